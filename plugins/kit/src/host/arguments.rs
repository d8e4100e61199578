//! What the host's operations take and give.

use ito_abi as abi;

pub(crate) const NO_REALS: abi::Reals = abi::Reals { v: std::ptr::null(), n: 0 };

/// A tensor of the host, [rows, dim]; a number, not memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tensor(pub(crate) abi::Tensor);

impl Tensor {
    /// No tensor yet.
    pub const NONE: Self = Self(0);
}

/// One number for all active rows, or one each.
#[derive(Clone, Copy, Debug)]
pub enum Coef<'a> {
    /// One for all.
    One(f64),
    /// One a row.
    Each(&'a [f64]),
}

impl From<f64> for Coef<'_> {
    fn from(value: f64) -> Self {
        Coef::One(value)
    }
}

impl<'a> From<&'a [f64]> for Coef<'a> {
    fn from(values: &'a [f64]) -> Self {
        Coef::Each(values)
    }
}

impl Coef<'_> {
    /// The number of one active row.
    ///
    /// # Panics
    /// Where there is one number a row and `row` is none of them.
    #[must_use]
    pub fn at(&self, row: usize) -> f64 {
        match self {
            Coef::One(value) => *value,
            Coef::Each(values) => values[row],
        }
    }

    /// The numbers: one for all, or one each.
    #[must_use]
    pub fn to_vec(&self) -> Vec<f64> {
        match self {
            Coef::One(value) => vec![*value],
            Coef::Each(values) => values.to_vec(),
        }
    }

    /// How many numbers there are.
    pub(crate) fn count(&self) -> usize {
        match self {
            Coef::One(_) => 1,
            Coef::Each(values) => values.len(),
        }
    }

    /// The border's form; valid while `self` is borrowed.
    pub(crate) fn reals(&self) -> abi::Reals {
        match self {
            Coef::One(value) => abi::Reals { v: value, n: 1 },
            Coef::Each(values) => abi::Reals { v: values.as_ptr(), n: values.len() as u64 },
        }
    }
}

/// The form of a prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prediction {
    /// `grad log p_t(x)`.
    Score = abi::PREDICT_SCORE as isize,
    /// `E[eps | x_t]`.
    Eps = abi::PREDICT_EPS as isize,
    /// `E[x0 | x_t]`.
    X0 = abi::PREDICT_X0 as isize,
    /// `alpha eps − sigma x0`.
    V = abi::PREDICT_V as isize,
    /// dx/dt of the probability flow, `alpha' x0 + sigma' eps`.
    Velocity = abi::PREDICT_VELOCITY as isize,
}

/// A function of time, see [`Host::lookup`](crate::Host::lookup).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// alpha.
    Alpha = abi::ALPHA as isize,
    /// sigma.
    Sigma = abi::SIGMA as isize,
    /// `ln(alpha/sigma)`.
    Lambda = abi::LAMBDA as isize,
    /// sigma/alpha.
    Ratio = abi::RATIO as isize,
    /// `f = alpha'/alpha`.
    Drift = abi::DRIFT as isize,
    /// `g²`.
    Diffusion2 = abi::DIFFUSION2 as isize,
    /// alpha'.
    AlphaDot = abi::ALPHA_DOT as isize,
    /// sigma'.
    SigmaDot = abi::SIGMA_DOT as isize,
}

/// The process at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The time.
    pub t: f64,
    /// alpha(t).
    pub alpha: f64,
    /// sigma(t).
    pub sigma: f64,
    /// `ln(alpha/sigma)`.
    pub lambda: f64,
    /// sigma/alpha.
    pub ratio: f64,
    /// `f = alpha'/alpha`.
    pub drift: f64,
    /// `g²`.
    pub diffusion2: f64,
}

/// Normals added by [`Host::combine_noise`](crate::Host::combine_noise).
#[derive(Clone, Copy, Debug)]
pub enum Noise<'a> {
    /// Fresh normals of a declared stream; use a (stream, counter) pair once a run.
    Draw {
        /// Position in [`Info::streams`](crate::Info::streams).
        stream: u32,
        /// Which draw.
        counter: u64,
        /// Standard deviation.
        scale: Coef<'a>,
    },
    /// The normalised space-time Lévy area of the path from `t` to `s`, `sqrt(12/(t − s)) H`; the sampler must name
    /// [`LEVY_AREA`](crate::LEVY_AREA) in `required`.
    Area {
        /// Begin.
        t: Coef<'a>,
        /// End, `s < t`.
        s: Coef<'a>,
        /// Standard deviation.
        scale: Coef<'a>,
    },
    /// The normalised increment of the sample's Brownian path from `t` to `s`.
    Path {
        /// Begin.
        t: Coef<'a>,
        /// End, `s < t`.
        s: Coef<'a>,
        /// Standard deviation.
        scale: Coef<'a>,
    },
}
