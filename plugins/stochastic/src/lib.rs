//! Discretisations of the reverse SDE.

mod euler_maruyama;

pub use euler_maruyama::EulerMaruyama;

ito_kit::export![EulerMaruyama];
