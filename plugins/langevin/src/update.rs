//! One Langevin update, and the three rules for its step size.
//!
//! `x := x + a score(x, t) + √(2 a τ) z`, the Euler-Maruyama step of length a of
//! `dx = score dt + √(2τ) dw`, whose invariant density is `p_t^{1/τ}`, normalised.

use ito_kit::{Failure, Host, Noise, Param, Prediction, Tensor, Values, What};

/// Name of the random stream of both samplers.
pub(crate) const STREAMS: &[&std::ffi::CStr] = &[c"langevin"];

pub(crate) const STEP_SIGMA: Param =
    Param::f64(c"step.sigma", 0.16, c"snr: a_t = 2 (snr sigma_t)^2, known before the run").range(0.0, 1.0).above_min();
pub(crate) const STEP_ABSOLUTE: Param =
    Param::optional_f64(c"step.absolute", c"a itself, the same at every level").range(0.0, f64::INFINITY).above_min();
pub(crate) const STEP_NORM_SNR: Param = Param::f64(
    c"step.score-norm.snr",
    0.16,
    c"snr: a = 2 (snr |z|/|score|)^2 as score_sde; depends on the state and on the batch, for comparison only",
)
.range(0.0, 1.0)
.above_min();
pub(crate) const STEP_NORM_OVER: Param =
    Param::choice(c"step.score-norm.over", &[c"batch"], 0, c"the norms are averaged over the samples of a batch");
pub(crate) const TEMPERATURE: Param =
    Param::f64(c"temperature", 1.0, c"multiplies the variance of the noise, not the step").range(0.0, f64::INFINITY);

/// How long a step is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum StepSize {
    /// snr; `a_t = 2 (snr sigma_t)²`.
    Sigma(f64),
    /// a.
    Absolute(f64),
    /// snr; `a = 2 (snr mean|z| / mean|score|)²`, means over the rows of the batch (score_sde, `LangevinCorrector`).
    ScoreNorm(f64),
}

impl StepSize {
    pub(crate) fn read(values: &Values) -> Self {
        let of = |id, rule: fn(f64) -> Self| values.get_f64(id).map(rule);
        of("step.absolute", Self::Absolute)
            .or_else(|| of("step.score-norm.snr", Self::ScoreNorm))
            .unwrap_or_else(|| Self::Sigma(values.f64("step.sigma")))
    }
}

/// `2 (snr scale)²`.
fn from_snr(snr: f64, scale: f64) -> f64 {
    2.0 * (snr * scale) * (snr * scale)
}

/// Updates at one level after the other.
#[derive(Debug)]
pub(crate) struct Chain {
    size: StepSize,
    temperature: f64,
    score: Tensor,
    z: Tensor,
}

impl Chain {
    pub(crate) fn read(values: &Values) -> Self {
        let (score, z) = (Tensor::NONE, Tensor::NONE);
        Self { size: StepSize::read(values), temperature: values.f64("temperature"), score, z }
    }

    pub(crate) fn begin(&mut self, host: &Host) -> Result<(), Failure> {
        self.score = host.make(c"score")?;
        self.z = host.make(c"z")?;
        Ok(())
    }

    /// One update of `x` at level `t`, in place; `counter` numbers the updates of a run. With `mean` the noise
    /// is left out.
    pub(crate) fn update(
        &self,
        host: &Host,
        (x, rows): (Tensor, usize),
        t: f64,
        counter: u64,
        mean: bool,
    ) -> Result<(), Failure> {
        host.eval(x, t, Prediction::Score, self.score)?;
        let a = match self.size {
            StepSize::Absolute(a) => a,
            StepSize::Sigma(snr) => {
                let mut sigma_t = [0.0];
                host.lookup(&[What::Sigma], t.into(), &mut sigma_t)?;
                from_snr(snr, sigma_t[0])
            }
            StepSize::ScoreNorm(snr) => {
                host.combine_noise(self.z, &[], Noise::Draw { stream: 0, counter, scale: 1.0.into() })?;
                from_snr(snr, mean_norm(host, self.z, rows)? / mean_norm(host, self.score, rows)?)
            }
        };
        let scale = (2.0 * a * self.temperature).sqrt();
        let terms = [(1.0.into(), x), (a.into(), self.score), (scale.into(), self.z)];
        match self.size {
            _ if mean => host.combine(x, &terms[..2]),
            StepSize::ScoreNorm(_) => host.combine(x, &terms),
            _ => host.combine_noise(x, &terms[..2], Noise::Draw { stream: 0, counter, scale: scale.into() }),
        }
    }
}

fn mean_norm(host: &Host, x: Tensor, rows: usize) -> Result<f64, Failure> {
    let mut norms = vec![0.0; rows];
    host.norm(x, &mut norms)?;
    Ok(norms.iter().sum::<f64>() / rows as f64)
}

#[cfg(test)]
mod tests {
    use super::from_snr;

    /// On N(0, sigma²) the update has the invariant variance sigma² / (1 − a/(2 sigma²)): with a = 2 (snr sigma)²
    /// that is sigma² / (1 − snr²) at every level, the fixed point of v = (1 − a/sigma²)² v + 2a.
    #[test]
    fn the_bias_on_a_gaussian_is_the_same_at_every_level() {
        for sigma in [0.01f64, 1.0, 50.0] {
            let (snr, s2) = (0.16, sigma * sigma);
            let (a, v) = (from_snr(snr, sigma), s2 / (1.0 - snr * snr));
            assert!((((1.0 - a / s2).powi(2) * v + 2.0 * a) / v - 1.0).abs() < 1e-14);
        }
    }

    /// NCSN's step, x += alpha_i/2 score + √alpha_i z with alpha_i = eps sigma_i²/sigma_L², is a = alpha_i/2 at
    /// snr = √eps/(2 sigma_L).
    #[test]
    fn ncsn_is_the_rule_in_sigma() {
        let (eps, sigma_l, sigma_i) = (2e-5f64, 0.01, 0.3);
        let a = from_snr(eps.sqrt() / (2.0 * sigma_l), sigma_i);
        assert!((a - eps * sigma_i * sigma_i / (sigma_l * sigma_l) / 2.0).abs() < 1e-15);
    }
}
