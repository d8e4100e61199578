//! Predictor-corrector multistep methods in lambda, one evaluation a step: UniPC and SA-Solver.
//!
//! All are the exponential Adams-Bashforth-Moulton method of their order; they differ where their papers replace a
//! weight by a shorter one, and SA-Solver adds noise.

mod interval;
mod pec;
mod sa_solver;
mod shared;
mod unipc;
mod unipc_v;
mod weights;

pub use sa_solver::SaSolver;
pub use unipc::UniPc;
pub use unipc_v::UniPcV;

ito_kit::export![SaSolver, UniPc, UniPcV];
