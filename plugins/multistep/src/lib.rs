//! Linear multistep methods of the probability flow: one evaluation a step, and those of earlier steps again.

mod adams_bashforth;
mod adams_flow;
mod deis_rhoab;
mod deis_tab;
mod ends;
mod exponential_adams;
mod fitted_gaussian;
mod fixed;
mod ipndm;
mod ipndm_v;
mod lms;
mod past;
mod pndm;
mod quadrature;
mod reab;
mod vp_time;

pub use adams_bashforth::AdamsBashforth;
pub use adams_flow::AdamsFlow;
pub use deis_rhoab::DeisRhoab;
pub use deis_tab::DeisTab;
pub use exponential_adams::ExponentialAdams;
pub use fitted_gaussian::FittedGaussian;
pub use ipndm::Ipndm;
pub use ipndm_v::IpndmV;
pub use lms::Lms;
pub use pndm::Pndm;
pub use reab::Reab;

ito_kit::export![
    AdamsBashforth,
    AdamsFlow,
    DeisRhoab,
    DeisTab,
    ExponentialAdams,
    FittedGaussian,
    Ipndm,
    IpndmV,
    Lms,
    Pndm,
    Reab
];
