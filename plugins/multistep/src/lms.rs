//! `lms`: Adams and Bashforth's method in sigma/alpha, with weights for any spacing.
//!
//! Equation, with r = sigma/alpha: `x_s = alpha_s (x_t/alpha_t + sum_j w_j eps_j)`, `w_j = int_{r_t}^{r_s} L_j(r) dr`,
//! L_j the polynomial that is 1 at r_j and 0 at the other r_i; eps_0 is the prediction at (x_t, t), eps_j the one of j
//! steps ago.
//! Source: Hairer, Nørsett and Wanner, Solving Ordinary Differential Equations I, section III.5; used for diffusion in
//! k-diffusion (`sample_lms`), with the weights by numerical integration; here they are exact.
//! Kind: ode. Order: that of the parameter. Evaluations a step: 1.
//! Choose it to reproduce k-diffusion: at order 4, on eight modes with exact scores, `deis-tab` had the smaller error at
//! 20 to 60 evaluations on every grid tried (log-snr: 2.1e-4 for 1.1e-3 at 50, 1.7e-5 for 1.0e-4 at 100), and
//! `exponential-adams: { predict: eps, order: 4 }` on log-snr and Karras (8.0e-6 at 100); below 20 that of x0 is worse.
//! On a grid uniform in t it is the best of these below 15 and from 80 on. In azula it is called zAB, and `deis-rhoab`
//! is its other name here.
//! At the marked end alpha = 1, sigma = 0 the formula holds, with r_s = 0.

use crate::ends::Ends;
use crate::past::{ORDER, Past, order};
use ito_kit::{Failure, Host, Info, Kind, NEEDS_ALPHA, Plan, Prediction, Problem, Sampler, Step, Values, adams};

/// See the module.
#[derive(Debug)]
pub struct Lms {
    past: Past,
}

impl Sampler for Lms {
    const INFO: Info = Info {
        id: c"lms",
        name: c"LMS",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Linear multistep: Adams-Bashforth in sigma/alpha with exact weights for any spacing.",
        equation: c"x_s = alpha_s (x_t/alpha_t + sum_j w_j eps_j); w_j = int_{r_t}^{r_s} L_j(r) dr; r = sigma/alpha",
        source: c"Hairer, Norsett and Wanner I, section III.5; k-diffusion, sample_lms",
        choose: c"To reproduce k-diffusion. deis-tab of the same order had the smaller error at 20 to 60 evaluations on every grid tried, with exact scores; exponential-adams with predict: eps and order: 4 too, on log-snr and karras.",
        kind: Kind::Ode,
        order: 4.0,
        flags: NEEDS_ALPHA,
        params: &[ORDER],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        plan.order = order(values) as f64;
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self { past: Past::new(order(values), Prediction::Eps) })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.past.begin(host)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let ends = Ends::of(host, step)?;
        self.past.evaluate(host, step, ends.r_t)?;
        let weights = adams(0.0, ends.h(), &self.past.nodes());
        self.past.advance(host, step, ends.factors(), &weights)
    }
}

#[cfg(test)]
mod tests {
    use super::{Lms, Sampler};
    use ito_kit::testing::{CIRCLE, EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Lms::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0.7, 0.25), x = 1.3. edm, order 2, r = 4 → 2.5 → 1: eps = r (x − 0.7)/(0.25 + r²) is 0.147692… at 4, then
    /// 0.151432…; equal steps, so that the weights are (3, −1)/2 · (−1.5). On the circle (alpha = cos t, sigma = sin t)
    /// the four integrals of the Lagrange polynomials by quadrature: tests/golden.py works them in 40 digits.
    #[test]
    fn steps_by_hand() {
        let run = Run { data: (0.7, 0.5), ..Run::new(&EDM, 1.3) };
        let two = Run { times: &[4.0, 2.5, 1.0], params: &[("order", Given::I64(2))], ..run };
        let path = two.of::<Lms>().expect("it runs").path;
        let (e_1, e_0) = (4.0 * 0.6 / 16.25, 2.5 * (path[1] - 0.7) / 6.5);
        assert!((path[1] - (1.3 - 1.5 * e_1)).abs() < 1e-15);
        assert!((path[2] - (path[1] - 1.5 * (1.5 * e_0 - 0.5 * e_1))).abs() < 1e-15);
        assert!((path[2] - 0.861_715_976_331_36).abs() < 1e-14);
        let four = Run { process: &CIRCLE, times: &[1.4, 1.1, 0.7, 0.4, 0.3], ..run };
        assert!((four.of::<Lms>().expect("it runs").x - 1.285_117_929_929_05).abs() < 1e-12);
        let clean = Run { times: &[1.4, 1.1, 0.7, 0.4, f64::NAN], clean: true, ..four };
        assert!((clean.of::<Lms>().expect("it runs").x - 1.203_612_631_451_55).abs() < 1e-12);
    }

    /// eps is the same at all times for data at one point: every step is exact.
    #[test]
    fn a_point_mass_is_solved_exactly() {
        let run = Run { data: (0.7, 0.0), times: &[1.4, 0.9, 0.7, 0.2], ..Run::new(&CIRCLE, 1.3) };
        let eps = (1.3 - 0.7 * 1.4f64.cos()) / 1.4f64.sin();
        let exact = 0.7 * 0.2f64.cos() + eps * 0.2f64.sin();
        assert!((run.of::<Lms>().expect("it runs").x - exact).abs() < 1e-14);
    }
}
