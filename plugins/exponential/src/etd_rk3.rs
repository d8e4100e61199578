//! `etd-rk3`: the exponential Runge-Kutta methods of three stages and stiff order 3 with c_3 = 2/3.
//!
//! Equation, with h = lambda_s − lambda_t, z = −h in x0 and h in eps, phi_j,i = phi_j(c_i z), in the form of the
//! module `method`: a_21 = c_2 phi_1,2; a_32 = 4/(9 c_2) phi_2,3, a_31 = 2/3 phi_1,3 − a_32; b_1 = phi_1 − 3/2 phi_2,
//! b_2 = 0, b_3 = 3/2 phi_2.
//! Stiff order conditions: psi_1 = psi_2 = 0, psi_1,i = 0 and sum_i b_i J psi_2,i = 0 for all J and z (b_2 = 0,
//! psi_2,3 = 0); psi_3 = 0 at z = 0, which is enough for order 3.
//! Source: Hochbruck and Ostermann 2005, their methods of three stages. In eps with c_2 = 1/3 it is DPM-Solver-3 (Lu et
//! al. 2022), which therefore is of stiff order 3. With c_2 = 1/3 the leading error all but cancels on Gaussian
//! data: errors 3 to 20 times smaller than at 1/2, and slopes that come near 3 late.
//! Kind: ode. Order: 3. Evaluations a step: 3.
//! Choose it in x0 where one-step methods are needed, with c_2 = 1/3: at 12 evaluations its error was then a fifth to a
//! third of that in eps. Else a multistep method of order 3.
//! At the marked end alpha = 1, sigma = 0 the step in lambda is infinite: the step is the prediction of x0.

use crate::method::{FLAGS, Method, PREDICT, Weights};
use ito_kit::{Failure, Host, Info, Kind, Param, Problem, Sampler, Step, Values, phi};

/// See the module.
#[derive(Debug)]
pub struct EtdRk3(Method);

/// Place of the third stage.
const C_3: f64 = 2.0 / 3.0;

fn weights(c: &[f64], z: f64) -> Weights {
    let a_32 = C_3 * C_3 / c[1] * phi(2, C_3 * z);
    let b_3 = phi(2, z) / C_3;
    vec![vec![c[1] * phi(1, c[1] * z)], vec![C_3 * phi(1, C_3 * z) - a_32, a_32], vec![phi(1, z) - b_3, 0.0, b_3]]
}

impl Sampler for EtdRk3 {
    const INFO: Info = Info {
        id: c"etd-rk3",
        name: c"ETD-RK3",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Exponential Runge-Kutta of stiff order 3 in lambda, on the prediction of x0 or eps; DPM-Solver-3 in eps.",
        equation: c"a_21 = c_2 phi_1,2; a_32 = 4/(9 c_2) phi_2,3; a_31 = 2/3 phi_1,3 - a_32; b_1 = phi_1 - 3/2 phi_2; b_2 = 0; b_3 = 3/2 phi_2; phi_j,i = phi_j(c_i z); x0: x_i = sigma_i/sigma_t x_t + alpha_i h sum_j a_ij x0_j, z = -h; eps: x_i = alpha_i/alpha_t x_t - sigma_i h sum_j a_ij eps_j, z = h",
        source: c"Hochbruck and Ostermann 2005, methods of three stages; Lu et al. 2022, DPM-Solver-3, for c_2 = 1/3 in eps",
        choose: c"In x0, where one-step methods are needed: at 12 evaluations with c_2 = 1/3 a fifth to a third of the error in eps. Else a multistep method of order 3.",
        kind: Kind::Ode,
        order: 3.0,
        evals_per_step: 3,
        flags: FLAGS,
        params: &[PREDICT, Param::f64(c"c_2", 0.5, c"place of the second stage; 1/3 in eps is DPM-Solver-3").range(0.0, 1.0).above_min()],
        ..Info::DEFAULT
    };

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self(Method::new(values, &[0.0, values.f64("c_2"), C_3], weights)))
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
    use super::{EtdRk3, weights};
    use crate::method::stiff::{AT, At};
    use ito_kit::Sampler;
    use ito_kit::testing::{CIRCLE, EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(EtdRk3::INFO.faults(), Vec::<String>::new());
    }

    #[test]
    fn the_stiff_order_conditions_hold() {
        for (z, c_2) in AT.into_iter().flat_map(|z| [0.1, 1.0 / 3.0, 1.0].map(|c_2| (z, c_2))) {
            let c = [0.0, c_2, 2.0 / 3.0];
            let at = At { c: &c, weights: weights(&c, z), z };
            let defects = [at.psi(1), at.psi(2), at.psi_of(1, 1), at.psi_of(1, 2), at.b()[1], at.psi_of(2, 2)];
            assert!(At::worst(defects) < 1e-13 * z.exp().max(1.0), "z = {z}, {c_2}: {defects:?}");
            assert!(At { c: &c, weights: weights(&c, 0.0), z: 0.0 }.psi(3).abs() < 1e-15);
        }
    }

    /// The step of `a_step_by_hand` by DPM-Solver-3 of Lu et al. 2022, which is c_2 = 1/3 in eps: tests/golden.py works it.
    #[test]
    fn in_eps_with_a_third_it_is_dpm_solver_3() {
        let params = &[("predict", Given::Choice("eps")), ("c_2", Given::F64(1.0 / 3.0))];
        let x = Run { times: &[2.0, 1.0], params, ..Run::new(&EDM, 1.0) }.of::<EtdRk3>().expect("it runs").x;
        assert!((x - 0.632_807_682_580_744_6).abs() < 1e-12, "{x}");
    }

    /// For data at one point the prediction of x0 is the same everywhere, and the step exact: from 0.3 cos t + sin t
    /// eps at t = 1.2, eps = 0.5, to t = 0.4.
    #[test]
    fn a_point_mass_is_solved_exactly() {
        let at = |t: f64| 0.3 * t.cos() + 0.5 * t.sin();
        for predict in ["x0", "eps"] {
            let params = &[("predict", Given::Choice(predict))];
            let run = Run { data: (0.3, 0.0), times: &[1.2, 0.4], params, ..Run::new(&CIRCLE, at(1.2)) };
            let x = run.of::<EtdRk3>().expect("it runs").x;
            assert!((x - at(0.4)).abs() < 1e-14, "{predict}: {x}");
        }
    }

    /// Data N(0, 1) under edm, from x = 1 at sigma 2 to 1, by the equations above: tests/golden.py works them.
    #[test]
    fn a_step_by_hand() {
        for (predict, x_s) in [("x0", 0.632_495_882_199_162_4), ("eps", 0.632_235_273_867_390_6)] {
            let params = &[("predict", Given::Choice(predict))];
            let end = Run { times: &[2.0, 1.0], params, ..Run::new(&EDM, 1.0) }.of::<EtdRk3>().expect("it runs");
            assert!((end.x - x_s).abs() < 1e-12, "{predict}: {}", end.x);
            assert_eq!(end.evaluations, 3);
        }
    }
}
