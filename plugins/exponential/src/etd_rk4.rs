//! `etd-rk4`: Hochbruck and Ostermann's exponential Runge-Kutta method of five stages and stiff order 4.
//!
//! Equation, with h = lambda_s − lambda_t, z = −h in x0 and h in eps, phi_j,i = phi_j(c_i z), in the form of the
//! module `method`: c = 0, 1/2, 1/2, 1, 1/2; a_21 = phi_1,2/2; a_32 = phi_2,3, a_31 = phi_1,3/2 − a_32; a_42 = a_43 =
//! phi_2,4, a_41 = phi_1,4 − 2 phi_2,4; a_52 = a_53 = phi_2,5/2 − phi_3,4 + phi_2,4/4 − phi_3,5/2, a_54 = phi_2,5/4 −
//! a_52, a_51 = phi_1,5/2 − 2 a_52 − a_54; b_1 = phi_1 − 3 phi_2 + 4 phi_3, b_2 = b_3 = 0, b_4 = −phi_2 + 4 phi_3,
//! b_5 = 4 phi_2 − 8 phi_3.
//! Stiff order conditions, for all J, K and z: psi_1 = psi_2 = psi_3 = 0, psi_1,i = 0, sum_i b_i J psi_2,i = 0 and
//! sum_i b_i c_i K psi_2,i = 0 (b_2 = b_3 = 0, psi_2,4 = psi_2,5 = 0), sum_i b_i J sum_j a_ij J psi_2,j = 0 (psi_2,2
//! = −psi_2,3, a_i2 = a_i3); at z = 0, which is enough for order 4, psi_4 = 0 and sum_i b_i J psi_3,i = 0.
//! Source: Hochbruck and Ostermann 2005, their method of five stages, and their theorem of convergence for the conditions
//! at z = 0.
//! Kind: ode. Order: 4. Evaluations a step: 5.
//! Choose it in x0 from about 100 evaluations on; with fewer, five a step leave too few steps, and `etd-rk3` or
//! `etd-rk2` is better.
//! At the marked end alpha = 1, sigma = 0 the step in lambda is infinite: the step is the prediction of x0.

use crate::method::{FLAGS, Method, PREDICT, Weights};
use ito_kit::{Failure, Host, Info, Kind, Problem, Sampler, Step, Values, phi};

/// See the module.
#[derive(Debug)]
pub struct EtdRk4(Method);

/// Places of the stages.
const C: [f64; 5] = [0.0, 0.5, 0.5, 1.0, 0.5];

fn weights(_: &[f64], z: f64) -> Weights {
    let [full_1, full_2, full_3] = [1, 2, 3].map(|j| phi(j, z));
    let [half_1, half_2, half_3] = [1, 2, 3].map(|j| phi(j, z / 2.0));
    let a_52 = half_2 / 2.0 - full_3 + full_2 / 4.0 - half_3 / 2.0;
    let a_54 = half_2 / 4.0 - a_52;
    vec![
        vec![half_1 / 2.0],
        vec![half_1 / 2.0 - half_2, half_2],
        vec![full_1 - 2.0 * full_2, full_2, full_2],
        vec![half_1 / 2.0 - 2.0 * a_52 - a_54, a_52, a_52, a_54],
        vec![full_1 - 3.0 * full_2 + 4.0 * full_3, 0.0, 0.0, -full_2 + 4.0 * full_3, 4.0 * full_2 - 8.0 * full_3],
    ]
}

impl Sampler for EtdRk4 {
    const INFO: Info = Info {
        id: c"etd-rk4",
        name: c"ETD-RK4",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Hochbruck and Ostermann's exponential Runge-Kutta method of stiff order 4 in lambda, on the prediction of x0 or eps.",
        equation: c"c = 0, 1/2, 1/2, 1, 1/2; a_21 = phi_1,2/2; a_32 = phi_2,3; a_42 = a_43 = phi_2,4; a_52 = a_53 = phi_2,5/2 - phi_3,4 + phi_2,4/4 - phi_3,5/2; a_54 = phi_2,5/4 - a_52; a_i1 = c_i phi_1,i - sum_j>1 a_ij; b_1 = phi_1 - 3 phi_2 + 4 phi_3; b_4 = -phi_2 + 4 phi_3; b_5 = 4 phi_2 - 8 phi_3; phi_j,i = phi_j(c_i z); x0: x_i = sigma_i/sigma_t x_t + alpha_i h sum_j a_ij x0_j, z = -h; eps: x_i = alpha_i/alpha_t x_t - sigma_i h sum_j a_ij eps_j, z = h",
        source: c"Hochbruck and Ostermann 2005, method of five stages and stiff order 4",
        choose: c"In x0 from about 100 evaluations on; with fewer, five a step leave too few steps, and etd-rk3 or etd-rk2 is better.",
        kind: Kind::Ode,
        order: 4.0,
        evals_per_step: 5,
        flags: FLAGS,
        params: &[PREDICT],
        ..Info::DEFAULT
    };

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self(Method::new(values, &C, weights)))
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
    use super::{EtdRk4, weights};
    use crate::method::stiff::{AT, At};
    use ito_kit::Sampler;
    use ito_kit::testing::{CIRCLE, EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(EtdRk4::INFO.faults(), Vec::<String>::new());
    }

    #[test]
    fn the_stiff_order_conditions_hold() {
        for z in AT {
            let at = At { c: &super::C, weights: weights(&super::C, z), z };
            let zero = [at.b()[1], at.b()[2], at.psi_of(2, 3), at.psi_of(2, 4), at.psi_of(2, 1) + at.psi_of(2, 2)];
            let equal = [3, 4].map(|i: usize| at.weights[i - 1][1] - at.weights[i - 1][2]);
            let psi = (1..4).map(|j| at.psi(j)).chain((1..5).map(|i| at.psi_of(1, i)));
            let worst = At::worst(psi.chain(zero).chain(equal));
            assert!(worst < 1e-13 * z.exp().max(1.0), "z = {z}: {worst:e}");
        }
        let at = At { c: &super::C, weights: weights(&super::C, 0.0), z: 0.0 };
        let third = (0..5).map(|i| at.b()[i] * at.psi_of(3, i)).sum();
        assert!(At::worst([at.psi(4), third]) < 1e-15);
    }

    /// For data at one point the prediction of x0 is the same everywhere, and the step exact: from 0.3 cos t + sin t
    /// eps at t = 1.2, eps = 0.5, to t = 0.4.
    #[test]
    fn a_point_mass_is_solved_exactly() {
        let at = |t: f64| 0.3 * t.cos() + 0.5 * t.sin();
        for predict in ["x0", "eps"] {
            let params = &[("predict", Given::Choice(predict))];
            let run = Run { data: (0.3, 0.0), times: &[1.2, 0.4], params, ..Run::new(&CIRCLE, at(1.2)) };
            let x = run.of::<EtdRk4>().expect("it runs").x;
            assert!((x - at(0.4)).abs() < 1e-14, "{predict}: {x}");
        }
    }

    /// Data N(0, 1) under edm, from x = 1 at sigma 2 to 1, by the equations above: tests/golden.py works them.
    #[test]
    fn a_step_by_hand() {
        for (predict, x_s) in [("x0", 0.632_419_665_027_349_5), ("eps", 0.632_469_550_287_598_2)] {
            let params = &[("predict", Given::Choice(predict))];
            let end = Run { times: &[2.0, 1.0], params, ..Run::new(&EDM, 1.0) }.of::<EtdRk4>().expect("it runs");
            assert!((end.x - x_s).abs() < 1e-12, "{predict}: {}", end.x);
            assert_eq!(end.evaluations, 5);
        }
    }
}
