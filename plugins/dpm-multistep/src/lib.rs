//! The multistep solvers of the DPM-Solver papers, for the probability flow and for the reverse SDE.

mod bracket;
mod dpm_2m;
mod dpm_2m_sde;
mod dpm_3m;
mod dpmpp_2m;
mod dpmpp_2m_sde;
mod dpmpp_3m;
mod dpmpp_3m_sde;
mod dpmpp_sde;
mod multistep;
mod scheme;
mod sde_dpmpp_1;
#[cfg(test)]
mod testing;

pub use dpm_2m::Dpm2m;
pub use dpm_2m_sde::Dpm2mSde;
pub use dpm_3m::Dpm3m;
pub use dpmpp_2m::Dpmpp2m;
pub use dpmpp_2m_sde::Dpmpp2mSde;
pub use dpmpp_3m::Dpmpp3m;
pub use dpmpp_3m_sde::Dpmpp3mSde;
pub use dpmpp_sde::DpmppSde;
pub use multistep::Multistep;
pub use sde_dpmpp_1::SdeDpmpp1;

ito_kit::export![
    Multistep<Dpm2m>,
    Multistep<Dpm3m>,
    Multistep<Dpmpp2m>,
    Multistep<Dpmpp3m>,
    Multistep<SdeDpmpp1>,
    Multistep<Dpm2mSde>,
    Multistep<Dpmpp2mSde>,
    Multistep<Dpmpp3mSde>,
    DpmppSde,
];
