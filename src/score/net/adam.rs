//! Adam with decoupled weight decay, clipping by the global norm, and the average of the weights.

use super::NetError;
use super::spec::AdamSpec;
use super::weights::{Parameter, Weights, host};
use burn::tensor::{Device, Tensor};
use rayon::prelude::*;

/// Names of [`TrainingState::groups`] in checkpoints.
pub(super) const GROUPS: [&str; 4] = ["weights", "ema", "adam.m", "adam.v"];

/// What a training changes: weights, their average, and Adam's two moments.
#[derive(Debug)]
pub(super) struct TrainingState {
    pub weights: Weights,
    /// Exponential moving average of the weights.
    pub ema: Weights,
    /// Average of the gradient.
    pub m: Weights,
    /// Average of its square.
    pub v: Weights,
    /// Steps done.
    pub step: u64,
}

impl TrainingState {
    /// The state before the first step.
    ///
    /// # Errors
    /// [`NetError::Backend`].
    pub(super) fn start(parameters: &[Parameter], seed: u32, device: &Device) -> Result<Self, NetError> {
        let weights = Weights::init(parameters, seed, device);
        let ema = Weights::from_host(parameters, weights.to_host()?, device);
        let zeros = || Weights::zeros(parameters, device);
        Ok(Self { weights, ema, m: zeros(), v: zeros(), step: 0 })
    }

    /// One step with learning rate `rate` and the gradient times `gradient_scale`:
    ///
    /// `m = β₁ m + (1 − β₁) g`, `v = β₂ v + (1 − β₂) g²`,
    /// `w = (1 − rate wd) w − rate m/(1 − β₁ᵏ) / (√(v/(1 − β₂ᵏ)) + eps)`, then `ema = d ema + (1 − d) w`.
    ///
    /// Each number is changed on its own, so threads do not change the result.
    pub(super) fn advance(&mut self, gradient: Vec<Tensor<2>>, gradient_scale: f64, spec: AdamSpec, rate: f64, d: f64) {
        self.step += 1;
        let [beta1, beta2] = spec.betas;
        let correction = |beta: f64| 1.0 - libm::pow(beta, self.step as f64);
        let (size, root) = (rate / correction(beta1), 1.0 / correction(beta2).sqrt());
        let kept = 1.0 - rate * spec.weight_decay;
        // Taken out of their places, so that the backend may work in place.
        let [w, ema, m, v] = self.groups().map(|group| std::mem::take(&mut group.0));
        let moved: Vec<[Tensor<2>; 4]> = (w, ema, m, v, gradient)
            .into_par_iter()
            .map(|(w, ema, m, v, g)| {
                let g2 = g.clone().square().mul_scalar((1.0 - beta2) * gradient_scale * gradient_scale);
                let m = m.mul_scalar(beta1) + g.mul_scalar((1.0 - beta1) * gradient_scale);
                let v = v.mul_scalar(beta2) + g2;
                let change = m.clone().mul_scalar(size) / v.clone().sqrt().mul_scalar(root).add_scalar(spec.eps);
                let w = w.mul_scalar(kept) - change;
                let ema = ema.mul_scalar(d) + w.clone().mul_scalar(1.0 - d);
                [w, ema, m, v]
            })
            .collect();
        for tensors in moved {
            for (group, tensor) in self.groups().into_iter().zip(tensors) {
                group.0.push(tensor);
            }
        }
    }

    /// Weights, average, first and second moment, as they are named in checkpoints by [`GROUPS`].
    pub(super) fn groups(&mut self) -> [&mut Weights; 4] {
        [&mut self.weights, &mut self.ema, &mut self.m, &mut self.v]
    }
}

/// L2 norm of all gradients together. Each tensor's sum of squares is the backend's, in its fixed order;
/// they are added in f64 in the order of the parameters.
///
/// # Errors
/// [`NetError::Backend`].
pub(super) fn global_norm(gradient: &[Tensor<2>]) -> Result<f64, NetError> {
    let squares = gradient.iter().map(|g| g.clone().square().sum()).collect();
    let squares = host(&Tensor::cat(squares, 0))?;
    Ok(squares.into_iter().map(f64::from).sum::<f64>().sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::net::DeviceKind;
    use crate::score::net::weights::matrix;

    fn parameter(len: usize) -> Parameter {
        Parameter { name: "w".into(), shape: vec![len], std: 1.0 }
    }

    #[test]
    fn steps_follow_the_formula() {
        let device = DeviceKind::Cpu.open().expect("the CPU");
        let mut state = TrainingState::start(&[parameter(3)], 1, &device).expect("starts");
        let spec = AdamSpec { lr: 0.1, betas: [0.9, 0.99], eps: 1e-3, weight_decay: 0.01 };
        let mut w: Vec<f64> = state.weights.to_host().expect("reads")[0].iter().map(|&w| f64::from(w)).collect();
        let mut ema = w.clone();
        let (mut m, mut v) = (vec![0.0; 3], vec![0.0; 3]);
        for k in 1..=5 {
            let g: Vec<f64> = w.iter().map(|w| w - f64::from(k)).collect();
            let gradient = vec![matrix(g.iter().map(|&g| g as f32).collect(), 3, &device)];
            state.advance(gradient, 0.5, spec, 0.1, 0.8);
            for i in 0..3 {
                let g = 0.5 * g[i];
                m[i] = 0.9 * m[i] + 0.1 * g;
                v[i] = 0.99 * v[i] + 0.01 * g * g;
                let (m_hat, v_hat) = (m[i] / (1.0 - 0.9f64.powi(k)), v[i] / (1.0 - 0.99f64.powi(k)));
                w[i] = (1.0 - 0.1 * 0.01) * w[i] - 0.1 * m_hat / (v_hat.sqrt() + 1e-3);
                ema[i] = 0.8 * ema[i] + 0.2 * w[i];
            }
        }
        assert_eq!(state.step, 5);
        for (group, expected) in state.groups().into_iter().zip([w, ema, m, v]) {
            for (found, expected) in group.to_host().expect("reads")[0].iter().zip(expected) {
                assert!((f64::from(*found) - expected).abs() < 2e-6 * (1.0 + expected.abs()), "{found} {expected}");
            }
        }
    }

    #[test]
    fn the_average_does_not_follow_the_weights() {
        let device = DeviceKind::Cpu.open().expect("the CPU");
        let mut state = TrainingState::start(&[parameter(4)], 1, &device).expect("starts");
        let before = state.ema.to_host().expect("reads");
        state.advance(vec![matrix(vec![1.0; 4], 4, &device)], 1.0, AdamSpec::default(), 0.1, 1.0);
        assert_eq!(state.ema.to_host().expect("reads"), before);
        assert_ne!(state.weights.to_host().expect("reads"), before);
    }

    #[test]
    fn the_global_norm_joins_all_tensors() {
        let device = DeviceKind::Cpu.open().expect("the CPU");
        let gradient = [matrix(vec![3.0, 0.0], 2, &device), matrix(vec![0.0, 4.0, 12.0], 1, &device)];
        assert_eq!(global_norm(&gradient).expect("reads"), 13.0);
    }
}
