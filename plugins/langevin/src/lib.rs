//! Langevin dynamics with the score: at one noise level, on a ladder of levels, and after a predictor.

mod annealed;
mod baoab;
mod consistent;
mod mala;
mod predictor_corrector;
mod sgld;
mod update;

pub use annealed::AnnealedLangevin;
pub use baoab::Baoab;
pub use consistent::ConsistentAnnealed;
pub use mala::Mala;
pub use predictor_corrector::PredictorCorrector;
pub use sgld::Sgld;

ito_kit::export![Sgld, Mala, Baoab, AnnealedLangevin, ConsistentAnnealed, PredictorCorrector];
