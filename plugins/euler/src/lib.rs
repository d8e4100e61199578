//! Euler, Heun and DPM-2 on the probability flow; their ancestral forms; churn and restart around another sampler.

mod ancestral;
mod churn;
mod dpm_2;
mod dpm_2_ancestral;
mod euler;
mod euler_ancestral;
mod heun;
mod inner;
mod midpoint;
mod restart;

pub use churn::Churn;
pub use dpm_2::Dpm2;
pub use dpm_2_ancestral::Dpm2Ancestral;
pub use euler::Euler;
pub use euler_ancestral::EulerAncestral;
pub use heun::Heun;
pub use restart::Restart;

ito_kit::export![Euler, Heun, EulerAncestral, Dpm2, Dpm2Ancestral, Churn, Restart];
