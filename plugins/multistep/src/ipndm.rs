//! `ipndm`: the weights of Adams and Bashforth for equal steps, on whatever grid, in sigma/alpha.
//!
//! Equation, with r = sigma/alpha: `x_s = alpha_s (x_t/alpha_t + (r_s − r_t) sum_j b_j eps_j)`, b = (1), (3, −1)/2,
//! (23, −16, 5)/12, (55, −59, 37, −9)/24.
//! Source: Zhang and Chen 2023 (DEIS), improved PNDM (iPNDM): `pndm` whose first steps are of lower order instead
//! of Runge-Kutta steps.
//! Kind: ode. Order: 1 for `order: 1`, else 2: where r is a smooth function of the index i but not a linear one, the
//! weights of order 3 and 4 leave an error of −r' r'' (d eps/dr)/12 a step, primes for d/di, of third order in 1/N. Only
//! grids uniform in r give the full order; where the spacing jumps from step to step it is 1. Evaluations a step: 1.
//! Choose it at 5 to 15 steps, where in diff-sampler's tables it is better than `ipndm-v`; for accuracy `lms`.
//! At the marked end alpha = 1, sigma = 0 the formula holds, with r_s = 0.

use crate::ends::Ends;
use crate::fixed;
use crate::past::{ORDER, Past, order};
use ito_kit::{
    Failure, Host, Info, Kind, NEEDS_ALPHA, Plan, Prediction, Problem, Sampler, Step, UNIFORM_INDEX, Values,
};

/// See the module.
#[derive(Debug)]
pub struct Ipndm {
    past: Past,
}

impl Sampler for Ipndm {
    const INFO: Info = Info {
        id: c"ipndm",
        name: c"iPNDM",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Improved PNDM: the Adams-Bashforth weights of equal steps on any grid, in sigma/alpha.",
        equation: c"x_s = alpha_s (x_t/alpha_t + (r_s - r_t) sum_j b_j eps_j); r = sigma/alpha; b = (55, -59, 37, -9)/24 at order 4",
        source: c"Zhang and Chen 2023 (DEIS), iPNDM; Liu et al. 2022 (PNDM)",
        choose: c"At 5 to 15 steps. On grids that are not uniform in sigma/alpha it has order 2 however many predictions it takes: for accuracy take lms.",
        kind: Kind::Ode,
        order: 2.0,
        flags: NEEDS_ALPHA,
        uniform_in: UNIFORM_INDEX,
        params: &[ORDER],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        plan.order = order(values).min(2) as f64;
        if order(values) == 1 {
            plan.uniform_in = ito_kit::abi::ANY_SPACING;
        }
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
        let (carry, gain) = ends.factors();
        self.past.advance(host, step, (carry, gain * ends.h()), fixed::weights(self.past.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Ipndm, Sampler};
    use ito_kit::testing::{CIRCLE, EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Ipndm::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0.7, 0.25) on the circle: four Euler steps in r = tan t with eps, (3 eps_0 − eps_1)/2, (23, −16, 5)/12
    /// and (55, −59, 37, −9)/24 in turn: tests/golden.py works them in 40 digits.
    #[test]
    fn four_steps_by_hand() {
        let run = Run { data: (0.7, 0.5), times: &[1.4, 1.1, 0.7, 0.4, 0.3], ..Run::new(&CIRCLE, 1.3) };
        let path = run.of::<Ipndm>().expect("it runs").path;
        let exact = [1.3, 1.400_977_066_373_04, 1.402_594_630_238_21, 1.348_629_295_523_04, 1.334_418_007_829_37];
        assert!(path.iter().zip(exact).all(|(x, e)| (x - e).abs() < 1e-12), "{path:?}");
    }

    /// Order 1 is Euler in sigma/alpha, DDIM.
    #[test]
    fn order_1_is_ddim() {
        let run = Run { times: &[2.0, 1.0], params: &[("order", Given::I64(1))], ..Run::new(&EDM, 1.0) };
        assert!((run.of::<Ipndm>().expect("it runs").x - 0.6).abs() < 1e-15);
    }
}
