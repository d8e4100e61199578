//! One Langevin update, and the rules for its step size.
//!
//! `x := x + a score(x, t) + √(2 a τ) z`, the Euler-Maruyama step of length a of
//! `dx = score dt + √(2τ) dw`, whose invariant density is `p_t^{1/τ}`, normalised.

use ito_kit::{BATCH_WIDE, Failure, Host, Noise, Param, Plan, Prediction, Problem, Tensor, Values, What};
use ito_kit::{table_index, table_time};

/// Name of the random stream of the unadjusted samplers.
pub(crate) const STREAMS: &[&std::ffi::CStr] = &[c"langevin"];

pub(crate) const LEVEL_PARAM: Param =
    Param::optional_f64(c"level", c"the time t of the target p_t").range(0.0, f64::INFINITY).unit(c"time").required();
pub(crate) const STEP_SIGMA: Param =
    Param::f64(c"step.sigma", 0.16, c"snr: a_t = 2 (snr sigma_t)^2, known before the run").range(0.0, 1.0).above_min();
pub(crate) const STEP_NCSN: Param = Param::optional_f64(
    c"step.ncsn",
    c"epsilon of NCSN: a_t = epsilon/2 (sigma_t/sigma_L)^2, sigma_L that of the last level; snr = sqrt(epsilon)/(2 sigma_L)",
)
.range(0.0, f64::INFINITY)
.above_min();
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
pub(crate) const STEP_NORM_ALPHA: Param = Param::choice(
    c"step.score-norm.alpha",
    &[c"one", c"score-sde"],
    0,
    c"factor of a: none, or on vp alpha_i = 1 - beta_i of score_sde's table of N betas",
);
pub(crate) const TEMPERATURE: Param =
    Param::f64(c"temperature", 1.0, c"multiplies the variance of the noise, not the step").range(0.0, f64::INFINITY);

/// How long a step is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum StepSize {
    /// snr; `a_t = 2 (snr sigma_t)²`.
    Sigma(f64),
    /// a.
    Absolute(f64),
    /// epsilon; `a_t = epsilon/2 (sigma_t/sigma_L)²`; of the samplers on a ladder alone.
    Ncsn(f64),
    /// snr; `a = 2 (snr mean|z| / mean|score|)²`, means over the rows of the batch (score_sde, `LangevinCorrector`).
    ScoreNorm(f64),
}

impl StepSize {
    /// The rules that know a before the run: [`STEP_SIGMA`] and [`STEP_ABSOLUTE`].
    pub(crate) fn known(values: &Values) -> Self {
        let absolute = values.get_f64("step.absolute").map(Self::Absolute);
        absolute.unwrap_or_else(|| Self::Sigma(values.f64("step.sigma")))
    }

    /// Those and score-norm.
    pub(crate) fn read(values: &Values) -> Self {
        let norm = values.get_f64("step.score-norm.snr").map(Self::ScoreNorm);
        norm.unwrap_or_else(|| Self::known(values))
    }

    /// Those and NCSN's.
    pub(crate) fn on_ladder(values: &Values) -> Self {
        let ncsn = values.get_f64("step.ncsn").map(Self::Ncsn);
        ncsn.unwrap_or_else(|| Self::read(values))
    }

    /// With score-norm a sample depends on the others of its batch.
    pub(crate) fn plan(self, plan: &mut Plan) {
        if let Self::ScoreNorm(_) = self {
            plan.flags |= BATCH_WIDE;
        }
    }

    /// NCSN's rule as one in sigma, where the ladder is known.
    fn resolve(self, host: &Host, times: &[f64]) -> Result<Self, Failure> {
        let Self::Ncsn(epsilon) = self else { return Ok(self) };
        Ok(Self::Sigma(snr_of_ncsn(epsilon, last_sigma(host, times)?)))
    }

    /// a at level t.
    pub(crate) fn at(self, host: &Host, t: f64) -> Result<f64, Failure> {
        match self {
            Self::Absolute(a) => Ok(a),
            Self::Sigma(snr) => Ok(from_snr(snr, sigma(host, t)?)),
            Self::ScoreNorm(_) | Self::Ncsn(_) => Err(Failure::unsupported("this step size depends on more than t")),
        }
    }
}

/// sigma at the last of the times that has noise.
fn last_sigma(host: &Host, times: &[f64]) -> Result<f64, Failure> {
    for &t in times.iter().rev().filter(|t| !t.is_nan()) {
        let sigma_t = sigma(host, t)?;
        if sigma_t > 0.0 {
            return Ok(sigma_t);
        }
    }
    Err(Failure::unsupported("no time of this grid has noise"))
}

pub(crate) fn sigma(host: &Host, t: f64) -> Result<f64, Failure> {
    let mut sigma_t = [0.0];
    host.lookup(&[What::Sigma], t.into(), &mut sigma_t)?;
    Ok(sigma_t[0])
}

/// NCSN's `alpha_t = epsilon (sigma_t/sigma_L)²` is 2 a, and `a = 2 (snr sigma_t)²`.
fn snr_of_ncsn(epsilon: f64, sigma_last: f64) -> f64 {
    epsilon.sqrt() / (2.0 * sigma_last)
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
    /// N, where score_sde's factor alpha_i is asked for.
    table: Option<f64>,
    score: Tensor,
    z: Tensor,
}

impl Chain {
    pub(crate) fn new(size: StepSize, temperature: f64) -> Self {
        Self { size, temperature, table: None, score: Tensor::NONE, z: Tensor::NONE }
    }

    /// With score_sde's factor alpha_i; its N comes in `begin`.
    pub(crate) fn with_table(self) -> Self {
        Self { table: Some(1.0), ..self }
    }

    pub(crate) fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        self.size = self.size.resolve(host, problem.times)?;
        self.table = self.table.map(|_| (problem.times.len() - 1).max(1) as f64);
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
        let a = if let StepSize::ScoreNorm(snr) = self.size {
            host.combine_noise(self.z, &[], Noise::Draw { stream: 0, counter, scale: 1.0.into() })?;
            let a = from_snr(snr, mean_norm(host, self.z, rows)? / mean_norm(host, self.score, rows)?);
            self.table.map_or(Ok(1.0), |n| table_alpha(host, t, n))? * a
        } else {
            self.size.at(host, t)?
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

/// score_sde's `alphas[i]` on vp, `1 − beta/N` at i/(N − 1) with `i = floor((N − 1) t)`; 1 on every other process.
fn table_alpha(host: &Host, t: f64, n: f64) -> Result<f64, Failure> {
    let node = host.point(table_time(table_index(t, n), n, t))?;
    let preserving = (node.alpha.powi(2) + node.sigma.powi(2) - 1.0).abs() < 1e-12;
    Ok(if preserving { 1.0 - node.diffusion2 / n } else { 1.0 })
}

fn mean_norm(host: &Host, x: Tensor, rows: usize) -> Result<f64, Failure> {
    let mut norms = vec![0.0; rows];
    host.norm(x, &mut norms)?;
    Ok(norms.iter().sum::<f64>() / rows as f64)
}

#[cfg(test)]
mod tests {
    use super::{from_snr, snr_of_ncsn};

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
        let a = from_snr(snr_of_ncsn(eps, sigma_l), sigma_i);
        assert!((a - eps * sigma_i * sigma_i / (sigma_l * sigma_l) / 2.0).abs() < 1e-15);
    }
}
