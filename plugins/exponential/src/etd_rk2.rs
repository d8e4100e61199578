//! `etd-rk2`: the exponential Runge-Kutta methods of two stages and stiff order 2.
//!
//! Equation, with h = lambda_s − lambda_t, z = −h in x0 and h in eps, phi_j,i = phi_j(c_i z), in the form of the
//! module `method`: a_21 = c_2 phi_1,2; b_1 = phi_1 − phi_2/c_2, b_2 = phi_2/c_2.
//! Stiff order conditions: psi_1 = psi_2 = 0 and psi_1,2 = 0, for all z (not in the limit z → 0 alone, as
//! DPM-Solver-2 has the second, whose b_2 is phi_1/(2 c_2)).
//! Source: Hochbruck and Ostermann 2005, their methods of two stages; Cox and Matthews 2002 (ETD2RK) at c_2 = 1.
//! Kind: ode. Order: 2. Evaluations a step: 2.
//! Choose it in x0 for 10 to 50 evaluations where one-step methods are needed; a multistep method of order 2 takes
//! two steps for the same price.
//! At the marked end alpha = 1, sigma = 0 the step in lambda is infinite: the step is the prediction of x0.

use crate::method::{FLAGS, Method, PREDICT, Weights};
use ito_kit::{Failure, Host, Info, Kind, Param, Problem, Sampler, Step, Values, phi};

/// See the module.
#[derive(Debug)]
pub struct EtdRk2(Method);

fn weights(c: &[f64], z: f64) -> Weights {
    let b_2 = phi(2, z) / c[1];
    vec![vec![c[1] * phi(1, c[1] * z)], vec![phi(1, z) - b_2, b_2]]
}

impl Sampler for EtdRk2 {
    const INFO: Info = Info {
        id: c"etd-rk2",
        name: c"ETD-RK2",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Exponential Runge-Kutta of stiff order 2 in lambda, on the prediction of x0 or eps.",
        equation: c"a_21 = c_2 phi_1,2; b_1 = phi_1 - phi_2/c_2; b_2 = phi_2/c_2; phi_j,i = phi_j(c_i z); x0: x_i = sigma_i/sigma_t x_t + alpha_i h sum_j a_ij x0_j, z = -h; eps: x_i = alpha_i/alpha_t x_t - sigma_i h sum_j a_ij eps_j, z = h",
        source: c"Hochbruck and Ostermann 2005, methods of two stages; Cox and Matthews 2002 (ETD2RK) at c_2 = 1",
        choose: c"In x0 for 10 to 50 evaluations where one-step methods are needed; a multistep method of order 2 takes two steps for the same price.",
        kind: Kind::Ode,
        order: 2.0,
        evals_per_step: 2,
        flags: FLAGS,
        params: &[PREDICT, Param::f64(c"c_2", 0.5, c"place of the second stage").range(0.0, 1.0).above_min()],
        ..Info::DEFAULT
    };

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self(Method::new(values, &[0.0, values.f64("c_2")], weights)))
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
    use super::{EtdRk2, weights};
    use crate::method::stiff::{AT, At};
    use ito_kit::Sampler;
    use ito_kit::testing::{CIRCLE, EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(EtdRk2::INFO.faults(), Vec::<String>::new());
    }

    #[test]
    fn the_stiff_order_conditions_hold() {
        for (z, c_2) in AT.into_iter().flat_map(|z| [0.1, 0.5, 1.0].map(|c_2| (z, c_2))) {
            let c = [0.0, c_2];
            let at = At { c: &c, weights: weights(&c, z), z };
            assert!(At::worst([at.psi(1), at.psi(2), at.psi_of(1, 1)]) < 1e-13 * z.exp().max(1.0), "z = {z}, {c_2}");
            assert!(at.psi(3).abs() > 1e-3);
        }
    }

    /// For data at one point the prediction of x0 is the same everywhere, and the step exact: from 0.3 cos t + sin t
    /// eps at t = 1.2, eps = 0.5, to t = 0.4.
    #[test]
    fn a_point_mass_is_solved_exactly() {
        let at = |t: f64| 0.3 * t.cos() + 0.5 * t.sin();
        for predict in ["x0", "eps"] {
            let params = &[("predict", Given::Choice(predict))];
            let run = Run { data: (0.3, 0.0), times: &[1.2, 0.4], params, ..Run::new(&CIRCLE, at(1.2)) };
            let x = run.of::<EtdRk2>().expect("it runs").x;
            assert!((x - at(0.4)).abs() < 1e-14, "{predict}: {x}");
        }
    }

    /// Data N(0, 1) under edm, from x = 1 at sigma 2 to 1, by the equations above: tests/golden.py works them.
    #[test]
    fn a_step_by_hand() {
        for (predict, x_s) in [("x0", 0.630_779_102_992_209_9), ("eps", 0.634_576_633_460_992_4)] {
            let params = &[("predict", Given::Choice(predict))];
            let end = Run { times: &[2.0, 1.0], params, ..Run::new(&EDM, 1.0) }.of::<EtdRk2>().expect("it runs");
            assert!((end.x - x_s).abs() < 1e-12, "{predict}: {}", end.x);
            assert_eq!(end.evaluations, 2);
        }
    }
}
