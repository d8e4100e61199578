//! Iterations that solve many steps of a sequential sampler at the same time.

mod picard;
mod rows;
mod window;

pub use picard::Picard;

ito_kit::export![Picard];
