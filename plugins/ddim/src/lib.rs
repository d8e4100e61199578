//! DDIM with noise, and the ancestral sampling of DDPM, for any process.

mod ddim;
mod ddpm;
mod floor;

pub use ddim::Ddim;
pub use ddpm::Ddpm;

ito_kit::export![Ddim, Ddpm];
