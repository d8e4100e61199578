//! The learned or exact score: `E[x0 | x_t]` and its conversions.
//!
//! With `x_t = alpha x0 + sigma eps`: score = −eps/sigma; `v = alpha eps − sigma x0`; the velocity is dx/dt
//! of the probability flow, `alpha' x0 + sigma' eps`.

mod components;
mod convert;
mod eigen;
mod empirical;
mod exact;
mod gaussian;
mod isotropic;
mod jacobian;
mod lanes;
mod mixture;
mod random;
mod softmax;
mod spec;

pub use convert::{Conversion, convert};
pub(crate) use eigen::eigen;
pub use empirical::Empirical;
pub use gaussian::Gaussian;
pub use mixture::Mixture;
pub use random::{Numbers, RandomSpec};
pub use spec::{GaussianSpec, MixtureSpec, ModelError};

pub mod net;

use crate::process::Point;

/// The form in which a prediction is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Prediction {
    /// `grad log p_t(x)`.
    Score,
    /// `E[eps | x_t]`.
    Eps,
    /// `E[x0 | x_t]`.
    X0,
    /// `alpha eps − sigma x0`.
    V,
    /// `alpha' x0 + sigma' eps`.
    Velocity,
}

/// Why a prediction could not be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ScoreError {
    /// The conversion does not exist at this point of the process.
    #[error("{want:?} does not exist at t = {t} (alpha = {alpha}, sigma = {sigma})")]
    NoConversion {
        /// What was asked for.
        want: Prediction,
        /// The time.
        t: f64,
        /// alpha(t).
        alpha: f64,
        /// sigma(t).
        sigma: f64,
    },
    /// The network or its backend failed.
    #[error("the network failed: {0}")]
    Network(String),
}

/// A score of data with `dim` numbers a sample.
pub trait Score: Send + Sync {
    /// Numbers a sample.
    fn dim(&self) -> usize;

    /// `out := prediction` for rows `x` [n, dim] row-major, at one point for all rows (`at.len() == 1`) or
    /// one a row. A row's result depends on that row alone, bit for bit, for closed forms.
    ///
    /// # Errors
    /// [`ScoreError`].
    fn predict(&self, want: Prediction, at: &[Point], x: &[f64], out: &mut [f64]) -> Result<(), ScoreError>;

    /// As [`predict`](Score::predict) for a state in single precision. The default goes through f64 and rounds
    /// once.
    ///
    /// # Errors
    /// [`ScoreError`].
    fn predict_f32(&self, want: Prediction, at: &[Point], x: &[f32], out: &mut [f32]) -> Result<(), ScoreError> {
        thread_local! {
            // Kept, because a step must not allocate.
            static WIDE: std::cell::RefCell<(Vec<f64>, Vec<f64>)> = const { std::cell::RefCell::new((Vec::new(), Vec::new())) };
        }
        WIDE.with_borrow_mut(|(wide, y)| {
            wide.clear();
            wide.extend(x.iter().map(|&v| f64::from(v)));
            y.resize(out.len(), 0.0);
            self.predict(want, at, wide, y)?;
            for (o, v) in out.iter_mut().zip(y) {
                *o = *v as f32;
            }
            Ok(())
        })
    }

    /// The same on a device tensor [n, dim]; `None` for scores that live in host memory.
    fn predict_tensor(
        &self,
        _want: Prediction,
        _at: &[Point],
        _x: &burn::Tensor<2>,
    ) -> Option<Result<burn::Tensor<2>, ScoreError>> {
        None
    }

    /// `out := v^T J` for rows `x`, `v`, `out` [n, dim], `J = d prediction/dx` of each row; `at` as in
    /// [`predict`](Score::predict). `None` for scores whose derivatives are not at hand. Closed forms: a row's
    /// result depends on that row alone, bit for bit.
    fn vjp(
        &self,
        _want: Prediction,
        _at: &[Point],
        _x: &[f64],
        _v: &[f64],
        _out: &mut [f64],
    ) -> Option<Result<(), ScoreError>> {
        None
    }

    /// `out := tr J`, the divergence of the prediction, exact: `out` `[n]` for rows `x` [n, dim]. The default
    /// makes `dim` calls of [`vjp`](Score::vjp); `None` where that is.
    fn divergence(&self, want: Prediction, at: &[Point], x: &[f64], out: &mut [f64]) -> Option<Result<(), ScoreError>> {
        jacobian::trace_of_products(self, want, at, x, out)
    }

    /// The same law as a closed form, where it is one.
    fn closed_form(&self) -> Option<&dyn ClosedForm> {
        None
    }

    /// How many evaluations one call costs a row (guidance costs 2).
    fn cost(&self) -> u64 {
        1
    }
}

/// A distribution whose score is known exactly under every process: the judge of all samplers.
pub trait ClosedForm: Score {
    /// `log p_t(x)` of rows `x` [n, dim], into `out` `[n]`.
    fn log_density(&self, at: &Point, x: &[f64], out: &mut [f64]);
    /// Exact samples of p_t from standard normals `z` [n, dim] and uniforms `u` `[n]` (the component), into
    /// `out` [n, dim].
    fn sample(&self, at: &Point, z: &[f64], u: &[f64], out: &mut [f64]);
}
