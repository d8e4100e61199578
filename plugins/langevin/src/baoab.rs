//! `baoab`: underdamped Langevin dynamics at one noise level, split into kicks, drifts and an exact friction.
//!
//! Equation, h the step and γ the friction, N times at t = `level`:
//! B `v := v + h/2 score(x, t)`, A `x := x + h/2 v`, O `v := e^{−γh} v + √(τ (1 − e^{−2γh})) z`, A, B: a splitting of
//! `dx = v dT`, `dv = (score − γ v) dT + √(2 γ τ) dw` for a unit mass. The velocity begins in N(0, τ I). The last B of a
//! step and the first of the next have one score: they are done together, at the beginning of the next.
//! Source: Leimkuhler and Matthews 2013 (arXiv 1203.5428), method BAOAB.
//! Step: `{ sigma: c }`: h = c sigma_t; `{ absolute: h }`: h itself. The dimension of h is that of x. No direction of
//! p_t is curved more than 1/sigma_t², so that h < 2 sigma_t is stable on every data. `friction` is γ sigma_t.
//! Kind: mcmc. Order: the bias of the law of x is of order h² at fixed friction (weak order 2 in `step`); on Gaussian data
//! it is 0 (tests). In the limit γ → ∞ the steps are those of a = h²/2 with the mean of two neighbouring normals for
//! the noise (Leimkuhler and Matthews). Evaluations a step: 1.
//! Choose it to sample p_t with few evaluations at a given bias; as every chain at one level it does not mix between
//! separate modes. The velocity must be kept: with a fresh one in every step the chain is `sgld` with
//! a = h² (1 + e^{−γh})/4 and its bias.

use crate::update::{LEVEL_PARAM, STEP_ABSOLUTE, STEP_SIGMA, TEMPERATURE, sigma};
use ito_kit::{DefaultValue, Failure, Host, Info, Kind, LEVEL, Noise, Param};
use ito_kit::{Prediction, Problem, Sampler, Step, Tensor, Values};

/// See the module.
#[derive(Debug)]
pub struct Baoab {
    /// h in units of sigma_t, or itself.
    relative: Option<f64>,
    absolute: Option<f64>,
    friction: f64,
    temperature: f64,
    score: Tensor,
    v: Tensor,
}

impl Sampler for Baoab {
    const INFO: Info = Info {
        id: c"baoab",
        name: c"Underdamped Langevin dynamics (BAOAB)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Underdamped Langevin dynamics at one noise level, by the splitting BAOAB.",
        equation: c"v += h/2 score(x, t); x += h/2 v; v := exp(-gamma h) v + sqrt(tau (1 - exp(-2 gamma h))) z; x += h/2 v; v += h/2 score(x, t)",
        source: c"Leimkuhler and Matthews 2013 (arXiv 1203.5428), method BAOAB",
        choose: c"To sample p_t where its modes overlap, with a bias of order h^2 that is 0 on Gaussian data; between separate modes it does not mix.",
        kind: Kind::Mcmc,
        weak_order: 2.0,
        evals_per_step: 1,
        flags: LEVEL,
        params: &[
            LEVEL_PARAM,
            Param { default: DefaultValue::F64(Some(0.5)), doc: c"c: the step is h = c sigma_t; stable below 2", ..STEP_SIGMA }
                .range(0.0, 2.0),
            Param { doc: c"h itself; stable below 2 sigma_t", ..STEP_ABSOLUTE },
            Param::f64(c"friction", 1.0, c"gamma in units of 1/sigma_t").range(0.0, f64::INFINITY).above_min(),
            TEMPERATURE,
        ],
        streams: &[c"langevin", c"velocity"],
        ..Info::DEFAULT
    };

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self {
            relative: values.get_f64("step.sigma"),
            absolute: values.get_f64("step.absolute"),
            friction: values.f64("friction"),
            temperature: values.f64("temperature"),
            score: Tensor::NONE,
            v: Tensor::NONE,
        })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        (self.score, self.v) = (host.make(c"score")?, host.make(c"v")?);
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let (x, v, t, counter) = (step.x, self.v, step.t()?, step.index);
        let sigma_t = sigma(host, t)?;
        let h = self.absolute.unwrap_or_else(|| self.relative.unwrap_or_default() * sigma_t);
        let begins = counter == 0 || step.given();
        if begins {
            let scale = self.temperature.sqrt().into();
            host.combine_noise(v, &[], Noise::Draw { stream: 1, counter, scale })?;
        }
        let kick = if begins { 0.5 * h } else { h };
        host.eval(x, t, Prediction::Score, self.score)?;
        host.combine(v, &[(1.0.into(), v), (kick.into(), self.score)])?;
        host.combine(step.out, &[(1.0.into(), x), ((0.5 * h).into(), v)])?;
        let damping = self.friction * h / sigma_t;
        let (keep, scale) = ((-damping).exp(), (self.temperature * -(-2.0 * damping).exp_m1()).sqrt());
        if step.mean() {
            host.combine(v, &[(keep.into(), v)])?;
        } else {
            let noise = Noise::Draw { stream: 0, counter, scale: scale.into() };
            host.combine_noise(v, &[(keep.into(), v)], noise)?;
        }
        host.combine(step.out, &[(1.0.into(), step.out), ((0.5 * h).into(), v)])
    }
}

#[cfg(test)]
mod tests;
