//! Discretisations of the reverse SDE.

mod euler_maruyama;
mod reverse;
mod reverse_diffusion;
mod shark;
mod sra1;
mod stochastic_heun;

pub use euler_maruyama::EulerMaruyama;
pub use reverse_diffusion::ReverseDiffusion;
pub use shark::Shark;
pub use sra1::Sra1;
pub use stochastic_heun::StochasticHeun;

ito_kit::export![EulerMaruyama, ReverseDiffusion, Shark, Sra1, StochasticHeun];
