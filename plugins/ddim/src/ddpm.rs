//! `ddpm`: ancestral sampling, a draw from the law of x_s between x_t and the prediction of x0.
//!
//! Equation, with q = e^{−h}, h = lambda_s − lambda_t:
//! `x_s = (1 − q²) alpha_s x0(x_t, t) + q sigma_s/sigma_t x_t + √V z`, z the normalised increment of the sample's path from
//! t to s; `variance: small`: `V = sigma_s² (1 − q²)`, the variance of x_s given x_t and x_0 (DDPM's posterior
//! variance); `variance: large`: `V = sigma_t² (1 − q²)`, that of x_t given x_s (DDPM's beta).
//! With `betas: score-sde`: `x_s = (x_t + b score(x_t, t))/√(1 − b) + √b z`, b = g²(k/(N − 1))/N, k = N − 1 − i in step i.
//! Source: Ho, Jain and Abbeel 2020 (DDPM), equations 6 and 7 and section 3.2, for any alpha and sigma; Song et al.
//! 2021 (score SDE), equation 4, with the table of N betas of its code (AncestralSamplingPredictor).
//! Kind: sde. Order: strong 1, weak 1; no order for `betas: score-sde`, whose b is that of other times than the grid's.
//! Evaluations a step: 1.
//! Choose it as the sampler that DDPM models were published with, for hundreds of steps; the small variance for few of
//! them. With the small variance it is `ddim` with eta = 1.
//! At the marked end alpha = 1, sigma = 0, where q = 0, it is the prediction of x0; `betas: score-sde` is finite there
//! where that end has a time.

use ito_kit::abi::KIND_PLATEAU;
use ito_kit::{FINAL_MEAN, Failure, Host, Info, Kind, Noise, ONE_STEP, Param, Plan, Prediction, Problem, Sampler};
use ito_kit::{Step, Tensor, Values, open_share};

/// See the module.
#[derive(Debug)]
pub struct Ddpm {
    large: bool,
    /// The table of N betas: N.
    table: Option<u64>,
    prediction: Tensor,
}

impl Ddpm {
    /// Factors of x_t, the prediction and z.
    fn weights(&self, host: &Host, step: &Step, t: f64, s: f64) -> Result<[f64; 3], Failure> {
        if let Some(n) = self.table {
            let k = (n - 1).saturating_sub(step.index);
            let b = host.point(k as f64 / (n.max(2) - 1) as f64)?.diffusion2 / n as f64;
            if b >= 1.0 {
                return Err(Failure::unsupported(format!(
                    "`betas: score-sde` with N = {n} has a beta of {b}, which must be below 1: take more steps"
                )));
            }
            let root = (1.0 - b).sqrt();
            return Ok([1.0 / root, b / root, b.sqrt()]);
        }
        let (at_t, at_s) = (host.point(t)?, host.point(s)?);
        let share = open_share(&at_t, &at_s);
        let q = (at_t.lambda - at_s.lambda).exp();
        let level = if self.large { at_t.sigma } else { at_s.sigma };
        Ok([q * at_s.sigma / at_t.sigma, share * at_s.alpha, level * share.sqrt()])
    }
}

impl Sampler for Ddpm {
    const INFO: Info = Info {
        id: c"ddpm",
        name: c"DDPM ancestral",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Ancestral sampling of DDPM, with either fixed variance, for any process.",
        equation: c"x_s = (1 - q^2) alpha_s x0 + q sigma_s/sigma_t x_t + sqrt(V) z; q = exp(lambda_t - lambda_s); small: V = sigma_s^2 (1 - q^2); large: V = sigma_t^2 (1 - q^2)",
        source: c"Ho, Jain and Abbeel 2020 (DDPM), equations 6 and 7 and section 3.2",
        choose: c"The sampler that DDPM models were published with, for hundreds of steps; the small variance for fewer. With few steps take a sampler of the probability flow.",
        kind: Kind::Sde,
        order: 1.0,
        weak_order: 1.0,
        evals_per_step: 1,
        flags: ONE_STEP | FINAL_MEAN,
        params: &[
            Param::choice(
                c"variance",
                &[c"small", c"large"],
                0,
                c"variance of the noise: that of x_s given x_t and x_0 (posterior), or that of x_t given x_s (DDPM's beta)",
            ),
            Param::choice(
                c"betas",
                &[c"process", c"score-sde"],
                0,
                c"the process's own alpha and sigma, or the table of N betas that score_sde takes for vp (large variance; no order)",
            ),
        ],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        if values.choice("betas") == 1 {
            if values.choice("variance") == 0 {
                return Err("`betas: score-sde` has the large variance: give `variance: large`".into());
            }
            (plan.kind, plan.order, plan.weak_order) = (KIND_PLATEAU, 0.0, 0.0);
            plan.flags &= !ONE_STEP;
        }
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let table = (values.choice("betas") == 1).then_some(1);
        Ok(Self { large: values.choice("variance") == 1, table, prediction: Tensor::NONE })
    }

    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        self.prediction = host.make(c"prediction")?;
        self.table = self.table.map(|_| problem.times.len() as u64 - 1);
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let (t, s) = (step.t()?, step.s()?);
        if step.clean() && (self.table.is_none() || s.is_nan()) {
            return host.eval(step.x, t, Prediction::X0, step.out);
        }
        let [of_x, of_prediction, of_z] = self.weights(host, step, t, s)?;
        let prediction = if self.table.is_some() { Prediction::Score } else { Prediction::X0 };
        host.eval(step.x, t, prediction, self.prediction)?;
        let terms = [(of_x.into(), step.x), (of_prediction.into(), self.prediction)];
        if step.mean() {
            return host.combine(step.out, &terms);
        }
        host.combine_noise(step.out, &terms, Noise::Path { t: t.into(), s: s.into(), scale: of_z.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::{Ddpm, Sampler};
    use crate::Ddim;
    use ito_kit::testing::{CIRCLE, FLOW, Given, Run};

    /// alpha, sigma = (0.6, 0.8), then (0.96, 0.28).
    const TIMES: [f64; 2] = [0.927_295_218_001_612_2, 0.283_794_109_208_327_8];

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Ddpm::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0, 1), x_t = 1: x0 = 0.6. With alpha_bar = 0.36 and 0.9216 DDPM has 1 − beta = 0.36/0.9216 = 0.390625,
    /// beta = 0.609375. Its equation 7: mean = 0.96 · 0.609375/0.64 · 0.6 + 0.625 · 0.0784/0.64 · 1 = 0.5484375 +
    /// 0.0765625 = 0.625, posterior variance 0.0784/0.64 beta = 0.0746484375.
    #[test]
    fn both_variances_by_hand() {
        for (variance, squared) in [("small", 0.074_648_437_5_f64), ("large", 0.609_375)] {
            let params = [("variance", Given::Choice(variance))];
            let run = Run { times: &TIMES, params: &params, draws: &[-2.0], ..Run::new(&CIRCLE, 1.0) };
            let (x, hand) = (run.of::<Ddpm>().unwrap().x, 0.625 - 2.0 * squared.sqrt());
            assert!((x - hand).abs() < 1e-12, "{variance}: {x} {hand}");
        }
    }

    /// The table for N = 2, in the first step k = 1: g² of the circle at t = 1 is 2 tan 1 = 3.1148154493098046, too much
    /// for N = 2, where b = 1.557; for N = 4 b = 0.7787038623274511 and score = −1 at x_t = 1: (1 − b)/√(1 − b) + √b z.
    #[test]
    fn the_table_of_score_sde_by_hand() {
        let params = [("variance", Given::Choice("large")), ("betas", Given::Choice("score-sde"))];
        let first = |times, draws| Run { times, params: &params, draws, ..Run::new(&CIRCLE, 1.0) }.of::<Ddpm>();
        assert!(first(&[1.0, 0.5, 0.2], &[0.0; 2]).unwrap_err().contains("must be below 1"));
        let end = first(&[1.0, 0.8, 0.6, 0.4, 0.2], &[0.5, 0.0, 0.0, 0.0]).unwrap();
        let b = 0.778_703_862_327_451_1_f64;
        assert!((end.path[1] - (1.0 - b).sqrt() - 0.5 * b.sqrt()).abs() < 1e-12, "{:?}", end.path);
    }

    #[test]
    fn the_small_variance_is_ddim_with_eta_1() {
        let (times, draws) = ([0.9, 0.7, 0.2, 0.01], [0.3, -1.1, 2.0]);
        let run = Run { times: &times, draws: &draws, data: (0.4, 0.3), ..Run::new(&FLOW, 1.2) };
        let ddim = Run { params: &[("eta", Given::F64(1.0))], ..run }.of::<Ddim>().unwrap();
        assert!((run.of::<Ddpm>().unwrap().x - ddim.x).abs() < 1e-12);
    }
}
