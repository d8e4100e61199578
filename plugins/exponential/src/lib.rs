//! Exponential Runge-Kutta methods in lambda: the linear part of the probability flow is solved exactly.

mod etd_rk2;
mod etd_rk3;
mod etd_rk4;
mod method;

pub use etd_rk2::EtdRk2;
pub use etd_rk3::EtdRk3;
pub use etd_rk4::EtdRk4;

ito_kit::export![EtdRk2, EtdRk3, EtdRk4];
