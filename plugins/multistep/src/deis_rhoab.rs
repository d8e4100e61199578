//! `deis-rhoab`: DEIS with polynomials in rho = sigma/alpha.
//!
//! Equation: `x_s = alpha_s (x_t/alpha_t + sum_j eps_j int_{rho_t}^{rho_s} L_j(rho) drho)`, which is that of `lms`, bit
//! for bit. k-diffusion and the paper came to it from two sides, and both names are in use.
//! Source: Zhang and Chen 2023 (DEIS), rhoAB-DEIS.
//! Kind: ode. Order: that of the parameter, which counts predictions: the paper's rhoAB of index k has order k + 1.
//! Evaluations a step: 1.
//! Choose it as `lms`.
//! At the marked end alpha = 1, sigma = 0 the formula holds, with rho_s = 0.

use crate::lms::Lms;
use ito_kit::{Failure, Host, Info, Plan, Problem, Sampler, Step, Values};

/// See the module.
#[derive(Debug)]
pub struct DeisRhoab(Lms);

impl Sampler for DeisRhoab {
    const INFO: Info = Info {
        id: c"deis-rhoab",
        name: c"DEIS rhoAB",
        summary: c"DEIS with polynomials in rho = sigma/alpha; another name of lms.",
        equation: c"x_s = alpha_s (x_t/alpha_t + sum_j eps_j int_{rho_t}^{rho_s} L_j(rho) drho); rho = sigma/alpha",
        source: c"Zhang and Chen 2023 (DEIS), rhoAB-DEIS",
        choose: c"As lms, with which it agrees bit for bit. Its order counts predictions: the paper's index is smaller by one.",
        ..Lms::INFO
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        Lms::plan(values, plan)
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Lms::create(values).map(Self)
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
    use super::{DeisRhoab, Sampler};
    use crate::Lms;
    use ito_kit::testing::{CIRCLE, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(DeisRhoab::INFO.faults(), Vec::<String>::new());
    }

    #[test]
    fn it_is_lms_bit_for_bit() {
        let run = Run { data: (0.7, 0.5), times: &[1.4, 1.1, 0.7, 0.4, 0.3], ..Run::new(&CIRCLE, 1.3) };
        assert_eq!(run.of::<DeisRhoab>().expect("it runs").path, run.of::<Lms>().expect("it runs").path);
    }
}
