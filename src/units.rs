//! Checked numbers: a time is not a noise level, a step count is not an evaluation count.
//!
//! Each type knows its name and its range, so that a message can say both. Inside formulas the bare `f64`
//! of [`get`](Time::get) is used; public functions of `process`, `grid` and `score` take these types.

use std::fmt;

/// A number outside the range of its type.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{what} is {found}, but must be {allowed}")]
pub struct OutOfRange {
    /// What the number is.
    pub what: &'static str,
    /// The number found.
    pub found: f64,
    /// The range in words.
    pub allowed: &'static str,
}

macro_rules! real_unit {
    ($(#[$doc:meta])* $name:ident, $what:literal, $allowed:literal, $test:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
        pub struct $name(f64);

        impl $name {
            #[doc = concat!("Checks that the number is ", $allowed, ".")]
            ///
            /// # Errors
            /// [`OutOfRange`] when it is not.
            pub fn new(value: f64) -> Result<Self, OutOfRange> {
                let inside: fn(f64) -> bool = $test;
                if inside(value) { Ok(Self(value)) } else { Err(OutOfRange { what: $what, found: value, allowed: $allowed }) }
            }

            /// The bare number.
            #[must_use]
            pub const fn get(self) -> f64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

macro_rules! count_unit {
    ($(#[$doc:meta])* $name:ident, $inner:ty, $what:literal, $least:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($inner);

        impl $name {
            #[doc = concat!("A count of at least ", $least, ".")]
            ///
            /// # Errors
            /// [`OutOfRange`] when it is smaller.
            pub fn new(value: $inner) -> Result<Self, OutOfRange> {
                const LEAST: $inner = $least;
                if LEAST == 0 || value >= LEAST {
                    Ok(Self(value))
                } else {
                    #[allow(clippy::cast_precision_loss, reason = "a message, not a computation")]
                    Err(OutOfRange { what: $what, found: value as f64, allowed: concat!("at least ", $least) })
                }
            }

            /// The bare number.
            #[must_use]
            pub const fn get(self) -> $inner {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

real_unit! {
    /// Time of the process; falls while sampling.
    Time, "time", "finite", f64::is_finite
}
real_unit! {
    /// A noise level: sigma, or sigma/alpha where the name says so.
    Sigma, "sigma", "at least 0", |x| x >= 0.0
}
real_unit! {
    /// `lambda = ln(alpha/sigma)`, half the logarithm of the signal-to-noise ratio.
    Lambda, "lambda", "not NaN", |x| !x.is_nan()
}
count_unit! {
    /// Number of grid intervals N.
    Steps, u32, "the number of steps", 1
}
count_unit! {
    /// Number of evaluations: one is one score of one sample at one time.
    Nfe, u64, "the number of evaluations", 0
}
count_unit! {
    /// Seed of the random streams.
    Seed, u32, "the seed", 0
}
