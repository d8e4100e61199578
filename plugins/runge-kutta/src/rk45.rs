//! `rk45`: Dormand and Prince's method of order 5 with an estimate of order 4, on the probability flow; by
//! default each sample chooses its own steps.
//!
//! Equation: `k_i = f(x_t + h sum_j a_ij k_j, t + c_i h)`, `x_s = x_t + h sum_i b_i k_i`; `in: t`: f = velocity
//! and h = s − t; `in: sigma`: the same for x/alpha, with f = eps and h the step in sigma/alpha.
//! Error of a sample: RMS over its elements of `h sum_i (b_i − bhat_i) k_i / (atol + rtol max(|x_t|, |x_s|))`.
//! Source: Dormand and Prince 1980, RK5(4)7M; Hairer, Nørsett and Wanner I, table II.5.2 and section II.4
//! (control, first step); Song et al. 2021 (score SDE), section 4.3, with scipy's RK45.
//! Kind: adaptive; ode with `control: off`. Order: 5. Evaluations: 6 a try (first same as last), and 2 before
//! the first, or 1 if `first_step` is given; 6 a step with `control: off`.
//! Choose it for tolerances of 1e-3 and smaller, and for references; at 10 to 30 evaluations in all,
//! exponential multistep methods are better. In f32 an rtol below 1e-6 only adds rejections.
//!
//! The step is controlled in t, whatever the variable. scipy has one step for a whole batch, with the RMS over
//! all of it; here each sample has its own, so that a run of scipy is that of one sample.
//! At the marked end alpha = 1, sigma = 0 nothing can be evaluated: that step is the one of `euler`.

use crate::adaptive::{PARAMS, Pair};
use ito_kit::{Failure, Host, Info, Kind, PER_ROW_STEP, Plan, Problem, Sampler, Step, Tableau, Values};

/// Hairer, Nørsett and Wanner I, table II.5.2.
const DORMAND_PRINCE: Tableau = Tableau {
    a: &[
        &[],
        &[1.0 / 5.0],
        &[3.0 / 40.0, 9.0 / 40.0],
        &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
        &[19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0],
        &[9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0],
        &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
    ],
    b: &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0, 0.0],
    c: &[0.0, 1.0 / 5.0, 3.0 / 10.0, 4.0 / 5.0, 8.0 / 9.0, 1.0, 1.0],
    order: 5,
    embedded: Some((EMBEDDED, 4)),
}
.checked();

const EMBEDDED: &[f64] =
    &[5179.0 / 57600.0, 0.0, 7571.0 / 16695.0, 393.0 / 640.0, -92097.0 / 339200.0, 187.0 / 2100.0, 1.0 / 40.0];

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
        equation: c"k_i = f(x_t + h sum_j a_ij k_j, t + c_i h); x_s = x_t + h sum_i b_i k_i; t: f = velocity, h = s - t; sigma: for x/alpha, f = eps, h = sigma_s/alpha_s - sigma_t/alpha_t",
        source: c"Dormand and Prince 1980, RK5(4)7M; Hairer, Norsett and Wanner I, table II.5.2 and section II.4; Song et al. 2021 (score SDE), section 4.3",
        choose: c"For tolerances of 1e-3 and smaller, and for references; at 10 to 30 evaluations in all, exponential multistep methods are better.",
        kind: Kind::Adaptive,
        order: 5.0,
        evals_per_step: 6,
        flags: PER_ROW_STEP,
        params: PARAMS,
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        Pair::plan(values, plan);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self(Pair::new(values, &DORMAND_PRINCE)))
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
    use super::{DORMAND_PRINCE, EMBEDDED, Rk45, Sampler};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Rk45::INFO.faults(), Vec::<String>::new());
        assert_eq!(Rk45::INFO.order, DORMAND_PRINCE.order as f64);
        assert_eq!(Rk45::INFO.evals_per_step as usize, DORMAND_PRINCE.stages() - 1);
    }

    #[test]
    fn the_table_has_the_orders_it_declares_and_no_more() {
        let defect = |weights, order| DORMAND_PRINCE.order_defect(weights, order);
        assert!(defect(DORMAND_PRINCE.b, 5) < 1e-14, "{}", defect(DORMAND_PRINCE.b, 5));
        assert!(defect(DORMAND_PRINCE.b, 6) > 1e-4);
        assert!(defect(EMBEDDED, 4) < 1e-14, "{}", defect(EMBEDDED, 4));
        assert!(defect(EMBEDDED, 5) > 1e-4);
        assert!(DORMAND_PRINCE.fsal());
        // scipy's RK45.E, with the sign turned.
        let e = [71.0 / 57600.0, 0.0, -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339200.0, 22.0 / 525.0, -1.0 / 40.0];
        let ours = DORMAND_PRINCE.error_weights();
        assert!(ours.iter().zip(e).all(|(a, b)| (a - b).abs() < 1e-15), "{ours:?}");
        assert!(ours.iter().sum::<f64>().abs() < 1e-15);
    }
}
