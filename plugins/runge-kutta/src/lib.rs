//! Runge-Kutta methods on the probability flow, in t, in sigma or in log sigma: fixed steps, and pairs with error control.

mod adaptive_heun;
mod bogacki_shampine;
mod dop853;
mod dopri8;
mod fehlberg2;
mod fixed;
mod heun3;
mod midpoint;
mod ralston;
mod rk3;
mod rk4;
mod rk45;
mod tsit5;

pub use adaptive_heun::AdaptiveHeun;
pub use bogacki_shampine::BogackiShampine;
pub use dop853::Dop853;
pub use dopri8::Dopri8;
pub use fehlberg2::Fehlberg2;
pub use heun3::Heun3;
pub use midpoint::Midpoint;
pub use ralston::Ralston;
pub use rk3::Rk3;
pub use rk4::Rk4;
pub use rk45::Rk45;
pub use tsit5::Tsit5;

ito_kit::export![
    Midpoint,
    Ralston,
    Heun3,
    Rk3,
    Rk4,
    AdaptiveHeun,
    Fehlberg2,
    BogackiShampine,
    Rk45,
    Tsit5,
    Dopri8,
    Dop853
];
