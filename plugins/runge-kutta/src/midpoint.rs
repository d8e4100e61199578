//! `midpoint`: the slope in the middle of the step, on the probability flow.
//!
//! Equation: `x_mid = x_t + h/2 f(x_t, t)`, `x_s = x_t + h f(x_mid, middle)`; `in: t`: f = velocity, h = s − t;
//! `in: sigma`: the same for x/alpha, with f = eps and h the step in r = sigma/alpha; `in: log-sigma`: with f = r eps
//! and h the step in ln r. The middle is that of the variable.
//! Source: Runge 1895; Hairer, Nørsett and Wanner I, equation II.1.4; Karras et al. 2022 (EDM), the family of
//! two-stage methods in the appendix at alpha = 1/2.
//! Kind: ode. Order: 2. Evaluations a step: 2.
//! Choose it in sigma in place of `heun`: of the same cost, it keeps order 2 in the step to sigma = 0, and on a ring of
//! eight modes under vp, with exact scores and 12 to 48 evaluations, its error was 5 to 19 times smaller. With networks
//! EDM, appendix D.2, found Heun near the best in FID; and of these Heun alone evaluates at levels of the grid only. On
//! Gaussian data it is of order 3 in sigma: the leading error −a''/24 − a a'/4 − a³/6 of x' = a x vanishes for
//! a = r/(std² + r²).
//! At the marked end alpha = 1, sigma = 0: the formula in sigma, and in t where that end has a time; in log-sigma,
//! where h is infinite, and elsewhere the prediction of x0. `last: euler`: Euler's step in all.

use crate::fixed::{FLAGS, Fixed, INNER_PARAMS};
use ito_kit::tableaux::MIDPOINT;
use ito_kit::{Failure, Host, Info, Kind, Plan, Problem, Sampler, Step, Values};

/// See the module.
#[derive(Debug)]
pub struct Midpoint(Fixed);

impl Sampler for Midpoint {
    const INFO: Info = Info {
        id: c"midpoint",
        name: c"Midpoint",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"The midpoint method of order 2 on the probability flow.",
        equation: c"x_mid = x_t + h/2 f(x_t, t); x_s = x_t + h f(x_mid, middle); t: f = velocity, h = s - t; sigma: for x/alpha, f = eps, h = r_s - r_t with r = sigma/alpha; log-sigma: f = r eps, h = ln(r_s/r_t)",
        source: c"Runge 1895; Hairer, Norsett and Wanner I, equation II.1.4; Karras et al. 2022 (EDM), appendix, the family of second order at alpha = 1/2",
        choose: c"In sigma in place of heun: of the same cost, and on a mixture under vp with exact scores and 12 to 48 evaluations 5 to 19 times more accurate. With networks EDM (appendix D.2) found heun near the best; heun alone evaluates at levels of the grid only.",
        kind: Kind::Ode,
        order: 2.0,
        evals_per_step: 2,
        flags: FLAGS,
        params: INNER_PARAMS,
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        Fixed::plan(values, plan);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self(Fixed::inner(values, &MIDPOINT)))
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.0.begin(host)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        self.0.step(host, step)
    }
}

#[cfg(test)]
mod tests {
    use super::Midpoint;
    use ito_kit::Sampler;
    use ito_kit::testing::{EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Midpoint::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0, 1) under edm: eps = sigma x/(1 + sigma²). In sigma, from x = 1 at 2 to 1: k_1 = 2/5, x_mid = 4/5 at
    /// 3/2, k_2 = 24/65, x_s = 41/65.
    #[test]
    fn a_step_by_hand() {
        let run = Run { times: &[2.0, 1.0], params: &[("in", Given::Choice("sigma"))], ..Run::new(&EDM, 1.0) };
        let end = run.of::<Midpoint>().expect("it runs");
        assert!((end.x - 41.0 / 65.0).abs() < 1e-12, "{}", end.x);
        assert_eq!(end.evaluations, 2);
    }

    /// With l = ln 2 and f = sigma eps = sigma² x/(1 + sigma²): k_1 = 4/5, x_mid = 1 − 2 l/5 at √2, k_2 = 2/3 x_mid.
    #[test]
    fn a_step_in_log_sigma_by_hand() {
        let run = Run { times: &[2.0, 1.0], params: &[("in", Given::Choice("log-sigma"))], ..Run::new(&EDM, 1.0) };
        let l = std::f64::consts::LN_2;
        let x = run.of::<Midpoint>().expect("it runs").x;
        assert!((x - (1.0 - 2.0 / 3.0 * l * (1.0 - 0.4 * l))).abs() < 1e-12, "{x}");
    }

    /// In sigma from x = 1 at 2 to 0: x_mid = 3/5 at 1, k_2 = 3/10, x_s = 2/5; Euler, and any step in log-sigma: 1 −
    /// 2·2/5 = 1/5.
    #[test]
    fn to_sigma_zero_by_hand() {
        let end = |params: &[(&str, Given)]| {
            let run = Run { times: &[2.0, 0.0], clean: true, params, ..Run::new(&EDM, 1.0) };
            run.of::<Midpoint>().expect("it runs").x
        };
        let (sigma, log) = (("in", Given::Choice("sigma")), ("in", Given::Choice("log-sigma")));
        assert!((end(&[sigma]) - 0.4).abs() < 1e-12);
        assert!((end(&[]) - 0.4).abs() < 1e-12);
        assert!((end(&[sigma, ("last", Given::Choice("euler"))]) - 0.2).abs() < 1e-12);
        assert!((end(&[log]) - 0.2).abs() < 1e-12);
    }
}
