//! Discretisations of the reverse SDE.

mod er_sde;
mod euler_maruyama;
mod exponential;
mod gotta_go_fast;
mod noise_scale;
mod reverse;
mod reverse_diffusion;
mod seeds_1;
mod seeds_2;
mod seeds_3;
mod shark;
mod sra1;
mod stochastic_heun;

pub use er_sde::ErSde;
pub use euler_maruyama::EulerMaruyama;
pub use gotta_go_fast::GottaGoFast;
pub use reverse_diffusion::ReverseDiffusion;
pub use seeds_1::Seeds1;
pub use seeds_2::Seeds2;
pub use seeds_3::Seeds3;
pub use shark::Shark;
pub use sra1::Sra1;
pub use stochastic_heun::StochasticHeun;

ito_kit::export![
    ErSde,
    EulerMaruyama,
    GottaGoFast,
    ReverseDiffusion,
    Seeds1,
    Seeds2,
    Seeds3,
    Shark,
    Sra1,
    StochasticHeun
];
