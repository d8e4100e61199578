//! `reverse-diffusion`: the forward chain's drift and noise taken backwards, for any process.
//!
//! Equation, with `q = alpha_t/alpha_s` and `G² = sigma_t² − q² sigma_s²` of the forward transition
//! `x_t = q x_s + G z` from s to t: `x_s = x_t − (q − 1) x_t + G² score(x_t, t) + G z`,
//! z the normalised increment of the sample's path from t to s.
//! Source: Song et al. 2021 (score SDE), equations 45 and 46 (appendix E); for vp 1 − q² is their beta_i, for ve q is 1.
//! Kind: sde. Order: strong 1, weak 1. Evaluations a step: 1.
//! Choose it as the predictor of `score_sde`'s published figures; it uses what a step does to the process where
//! `euler-maruyama` uses the coefficients at t, and costs the same.
//!
//! `chain: score-sde` takes the chain's transition as that program does: between i/(N − 1) and (i − 1)/(N − 1) with
//! `i = floor((N − 1) t)`, to 0 at the last, while the score is asked for at t. vp: `G² = beta/N` at i/(N − 1) and
//! `q = √(1 − G²)`; ve: the difference of sigma²; any other process: one Euler step of length 1/N at t. Its lengths add
//! up to 1 and its times do not, so that no order is claimed; and it begins at time 0, which `ddpm` does not have.
//! Divides by alpha. At the marked end alpha = 1, sigma = 0 the formula is finite: `x_s = (2 − alpha_t) x_t + sigma_t²
//! score`, with noise where that end has a time.

use ito_kit::{FINAL_MEAN, Failure, Host, Info, Kind, NEEDS_ALPHA, Noise, ONE_STEP, Param, Plan, Point};
use ito_kit::{Prediction, Problem, Sampler, Step, Tensor, UNIFORM_T, Values, abi, table_index, table_time};

/// See the module.
#[derive(Debug)]
pub struct ReverseDiffusion {
    score: Tensor,
    score_sde: bool,
    /// N of the grid.
    steps: f64,
}

/// The transition `x_t = q x_s + √G² z` of the forward process; sigma² falls by `1 − e^{−2h}` without the carry.
fn transition(at_t: &Point, at_s: Option<&Point>) -> (f64, f64) {
    let h = at_s.map_or(f64::INFINITY, |at_s| at_s.lambda - at_t.lambda);
    (at_t.alpha / at_s.map_or(1.0, |at_s| at_s.alpha), -at_t.sigma.powi(2) * (-2.0 * h).exp_m1())
}

impl ReverseDiffusion {
    fn transition(&self, host: &Host, step: &Step, at_t: &Point) -> Result<(f64, f64), Failure> {
        if !self.score_sde {
            let at_s = if step.clean() { None } else { Some(host.point(step.s()?)?) };
            return Ok(transition(at_t, at_s.as_ref()));
        }
        let n = self.steps;
        let i = table_index(at_t.t, n);
        let node = |i: f64| host.point(table_time(i, n, at_t.t));
        if at_t.drift == 0.0 {
            let below = if i > 0.0 { node(i - 1.0)?.sigma } else { 0.0 };
            return Ok((1.0, node(i)?.sigma.powi(2) - below.powi(2)));
        }
        if (at_t.alpha.powi(2) + at_t.sigma.powi(2) - 1.0).abs() < 1e-12 {
            let beta = node(i)?.diffusion2 / n;
            return Ok(((1.0 - beta).max(0.0).sqrt(), beta));
        }
        Ok((1.0 + at_t.drift / n, at_t.diffusion2 / n))
    }
}

impl Sampler for ReverseDiffusion {
    const INFO: Info = Info {
        id: c"reverse-diffusion",
        name: c"Reverse diffusion",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"The forward chain's drift and noise taken backwards, score_sde's reverse diffusion predictor.",
        equation: c"x_s = (2 - q) x_t + G^2 score(x_t, t) + G z; q = alpha_t/alpha_s, G^2 = sigma_t^2 - q^2 sigma_s^2",
        source: c"Song et al. 2021 (score SDE), equations 45 and 46",
        choose: c"The predictor of score_sde's published figures, for hundreds of steps; for tens of steps take an exponential integrator.",
        kind: Kind::Sde,
        order: 1.0,
        weak_order: 1.0,
        evals_per_step: 1,
        flags: ONE_STEP | NEEDS_ALPHA | FINAL_MEAN,
        params: &[Param::choice(
            c"chain",
            &[c"grid", c"score-sde"],
            0,
            c"transitions of the forward chain: the process's between the times of the grid, or score_sde's table of N",
        )],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        if values.choice("chain") == 1 {
            (plan.kind, plan.uniform_in) = (abi::KIND_PLATEAU, UNIFORM_T);
            (plan.order, plan.weak_order) = (0.0, 0.0);
        }
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self { score: Tensor::NONE, score_sde: values.choice("chain") == 1, steps: 1.0 })
    }

    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        self.score = host.make(c"score")?;
        self.steps = (problem.times.len() - 1).max(1) as f64;
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let (t, s) = (step.t()?, step.s()?);
        let (q, variance) = self.transition(host, step, &host.point(t)?)?;
        host.eval(step.x, t, Prediction::Score, self.score)?;
        let terms = [((2.0 - q).into(), step.x), (variance.into(), self.score)];
        if step.mean() || s.is_nan() {
            return host.combine(step.out, &terms);
        }
        let scale = variance.max(0.0).sqrt().into();
        host.combine_noise(step.out, &terms, Noise::Path { t: t.into(), s: s.into(), scale })
    }
}

#[cfg(test)]
mod tests {
    use super::{ReverseDiffusion, Sampler};
    use ito_kit::testing::{CIRCLE, EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(ReverseDiffusion::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0, 1) on the circle: score = −x. From cos t = 3/5 to cos s = 4/5: q = 3/4, G² = 16/25 − (9/16)(9/25)
    /// = 7/16, so that x = 1 goes to 5/4 − 7/16 + z √7/4.
    #[test]
    fn a_step_by_hand() {
        let times = [0.6_f64.acos(), 0.8_f64.acos()];
        let run = Run { times: &times, draws: &[2.0], ..Run::new(&CIRCLE, 1.0) };
        let end = run.of::<ReverseDiffusion>().expect("it runs");
        assert!((end.x - (0.8125 + 7.0_f64.sqrt() / 2.0)).abs() < 1e-12, "{}", end.x);
    }

    /// Without a drift the marked end is the prediction of x0: from 1 at sigma = 2 it is 1/5.
    #[test]
    fn at_the_marked_end_of_edm_it_is_the_prediction_of_x0() {
        let run = Run { times: &[2.0, f64::NAN], clean: true, ..Run::new(&EDM, 1.0) };
        assert!((run.of::<ReverseDiffusion>().expect("it runs").x - 0.2).abs() < 1e-15);
    }

    /// score_sde's table with N = 3 on edm, its times 1, 0.6, 0.2: the nodes are 1, 1/2, 0, and below 0 lies 0.
    /// From 1: `1 + (1 − 1/4)(−1/2) = 5/8`, then `5/8 + (1/4 − 0)(−5/8)/1.36 = 0.510110294117647`, then nothing moves.
    #[test]
    fn the_chain_of_score_sde_by_hand() {
        let params = [("chain", Given::Choice("score-sde"))];
        let run = Run { times: &[1.0, 0.6, 0.2, 0.1], draws: &[0.0; 3], params: &params, ..Run::new(&EDM, 1.0) };
        let end = run.of::<ReverseDiffusion>().expect("it runs");
        assert!((end.path[1] - 0.625).abs() < 1e-12 && (end.x - 0.510_110_294_117_647).abs() < 1e-12, "{:?}", end.path);
    }
}
