//! ito
pub mod experiment;
pub mod noise;
pub mod process;
pub mod score;
pub mod state;
pub mod units;
