//! `rk45`: Dormand and Prince's method of order 5 with an estimate of order 4, on the probability flow; by
//! default each sample chooses its own steps.
//!
//! Equation: `k_i = f(x_t + h sum_j a_ij k_j, t + c_i h)`, `x_s = x_t + h sum_i b_i k_i`; `in: t`: f = velocity
//! and h = s − t; `in: sigma`: the same for x/alpha, with f = eps and h the step in r = sigma/alpha;
//! `in: log-sigma`: with f = r eps and h the step in ln r.
//! Error of a sample: RMS over its elements of `h sum_i (b_i − bhat_i) k_i / (atol + rtol max(|x_t|, |x_s|))`.
//! `estimate`: bhat of Dormand and Prince, as scipy, or of Shampine, as torchdiffeq and diffrax.
//! Source: Dormand and Prince 1980, RK5(4)7M; Hairer, Nørsett and Wanner I, table II.5.2 and section II.4
//! (control, first step); Song et al. 2021 (score SDE), section 4.3, with scipy's RK45; Shampine 1986, Some
//! practical Runge-Kutta formulas; Söderlind 2003, Digital filters in adaptive time-stepping (PID).
//! Kind: adaptive; ode with `control: off`. Order: 5. Evaluations: 6 a try (first same as last), and 2 before
//! the first, or 1 if `first_step` is given; 6 a step with `control: off`.
//! Choose it for tolerances of 1e-3 and smaller, and for references; at 10 to 30 evaluations in all,
//! exponential multistep methods are better. In f32 an rtol below 1e-6 only adds rejections.
//!
//! The step is controlled in t, in log-sigma in ln r. scipy has one step for a whole batch, with the RMS over
//! all of it; here each sample has its own, so that a run of scipy is that of one sample.
//! At the marked end alpha = 1, sigma = 0 nothing can be evaluated: that step is the prediction of x0; with `control:
//! off`, in t and where that end has a time, Euler's `x_t + (s − t) velocity(x_t, t)`.

use ito_kit::tableaux::{DORMAND_PRINCE, DORMAND_PRINCE_SHAMPINE};
use ito_kit::{
    Failure, Host, Info, Kind, PAIR_PARAMS, PER_ROW_STEP, Pair, Param, Plan, Problem, Sampler, Step, Values,
};

/// Those of every pair and one more.
const PARAMS: [Param; PAIR_PARAMS.len() + 1] = {
    let mut all = [Param::choice(
        c"estimate",
        &[c"dormand-prince", c"shampine"],
        0,
        c"the embedded result of order 4: Dormand and Prince's as scipy, or Shampine's as torchdiffeq and diffrax",
    ); PAIR_PARAMS.len() + 1];
    let mut i = 0;
    while i < PAIR_PARAMS.len() {
        all[i] = PAIR_PARAMS[i];
        i += 1;
    }
    all
};

/// See the module.
#[derive(Debug)]
pub struct Rk45(Pair);

impl Sampler for Rk45 {
    const INFO: Info = Info {
        id: c"rk45",
        name: c"Dormand-Prince 5(4)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Dormand and Prince's Runge-Kutta pair of order 5(4) on the probability flow, with error control for each sample.",
        equation: c"k_i = f(x_t + h sum_j a_ij k_j, t + c_i h); x_s = x_t + h sum_i b_i k_i; t: f = velocity, h = s - t; sigma: for x/alpha, f = eps, h = r_s - r_t with r = sigma/alpha; log-sigma: f = r eps, h = ln(r_s/r_t)",
        source: c"Dormand and Prince 1980, RK5(4)7M; Hairer, Norsett and Wanner I, table II.5.2 and section II.4; Song et al. 2021 (score SDE), section 4.3",
        choose: c"For tolerances of 1e-3 and smaller, and for references; at 10 to 30 evaluations in all, exponential multistep methods are better.",
        kind: Kind::Adaptive,
        order: 5.0,
        evals_per_step: 6,
        flags: PER_ROW_STEP,
        params: &PARAMS,
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        Pair::plan(values, plan);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let shampine = values.choice("estimate") == 1;
        Ok(Self(Pair::new(values, if shampine { &DORMAND_PRINCE_SHAMPINE } else { &DORMAND_PRINCE })))
    }

    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        self.0.begin(host, problem)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        self.0.step(host, step)
    }
}

#[cfg(test)]
mod tests {
    use super::{DORMAND_PRINCE, Rk45, Sampler};
    use ito_kit::testing::{EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Rk45::INFO.faults(), Vec::<String>::new());
        assert_eq!(Rk45::INFO.order, DORMAND_PRINCE.order as f64);
        assert_eq!(Rk45::INFO.evals_per_step as usize, DORMAND_PRINCE.stages() - 1);
    }

    /// Data N(0, 1) under edm: eps = sigma x/(1 + sigma²). In sigma, from x = 1 at 2 to 1: in exact fractions
    /// x_s = 0.632454831451024.
    #[test]
    fn a_step_by_hand() {
        let params = &[("in", Given::Choice("sigma")), ("control", Given::Choice("off"))];
        let end = Run { times: &[2.0, 1.0], params, ..Run::new(&EDM, 1.0) }.of::<Rk45>().expect("it runs");
        assert!((end.x - 0.632_454_831_451_024).abs() < 1e-12, "{}", end.x);
        assert_eq!(end.evaluations, 6);
    }
}
