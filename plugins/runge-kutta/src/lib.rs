//! Runge-Kutta methods on the probability flow, in t or in sigma.

mod rk45;

pub use rk45::Rk45;

ito_kit::export![Rk45];
