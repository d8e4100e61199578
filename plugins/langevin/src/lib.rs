//! Langevin dynamics with the score: at one noise level, and on a ladder of levels.

mod annealed;
mod sgld;
mod update;

pub use annealed::AnnealedLangevin;
pub use sgld::Sgld;

ito_kit::export![Sgld, AnnealedLangevin];
