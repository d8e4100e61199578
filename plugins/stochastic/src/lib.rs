//! Discretisations of the reverse SDE.

mod euler_maruyama;
mod reverse;
mod sra1;
mod stochastic_heun;

pub use euler_maruyama::EulerMaruyama;
pub use sra1::Sra1;
pub use stochastic_heun::StochasticHeun;

ito_kit::export![EulerMaruyama, Sra1, StochasticHeun];
