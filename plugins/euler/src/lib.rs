//! Euler and Heun on the probability flow, in t or in sigma.

mod euler;
mod heun;

pub use euler::Euler;
pub use heun::Heun;

ito_kit::export![Euler, Heun];
