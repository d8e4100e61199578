//! Singlestep and adaptive DPM-Solver and DPM-Solver++: exponential integrators in lambda that evaluate inside a step.

mod adaptive;
mod dpm_fast;
mod dpm_singlestep;
mod dpm_solver_12;
mod dpm_solver_2;
mod dpm_solver_23;
mod dpm_solver_3;
mod dpmpp_2s;
mod dpmpp_2s_ancestral;
mod dpmpp_3s;
mod exponential;
mod orders;
mod place;
mod singlestep;
mod steering;
#[cfg(test)]
mod testing;

pub use adaptive::Adaptive;
pub use dpm_fast::DpmFast;
pub use dpm_singlestep::DpmSinglestep;
pub use dpm_solver_2::DpmSolver2;
pub use dpm_solver_3::DpmSolver3;
pub use dpm_solver_12::DpmSolver12;
pub use dpm_solver_23::DpmSolver23;
pub use dpmpp_2s::Dpmpp2s;
pub use dpmpp_2s_ancestral::Dpmpp2sAncestral;
pub use dpmpp_3s::Dpmpp3s;
pub use singlestep::Fixed;

ito_kit::export![
    DpmFast,
    DpmSinglestep,
    Adaptive<DpmSolver12>,
    Fixed<DpmSolver2>,
    Adaptive<DpmSolver23>,
    Fixed<DpmSolver3>,
    Fixed<Dpmpp2s>,
    Dpmpp2sAncestral,
    Fixed<Dpmpp3s>,
];
