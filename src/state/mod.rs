//! The vector operations of the host: one trait, one implementation on ndarray, one on burn tensors.
//!
//! A state owns tensors of shape [rows, dim] in numbered slots. A row is one sample. Every operation acts
//! on the rows it is given and leaves the others alone; it runs one routine for one row and for many, with
//! a summation order that depends on neither the number of rows nor threads, so that a sample's bits do not
//! depend on its neighbours.

mod host;
mod kernel;
mod real;
mod tensor;

#[cfg(test)]
mod conformance;

pub use host::HostState;
pub use tensor::TensorState;

use ndarray::{Array2, ArrayView2};

/// Largest number of terms of [`State::combine`].
pub const MAX_TERMS: usize = 16;

/// Number of a tensor inside a [`State`].
pub type Slot = usize;

/// Precision of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    /// IEEE single.
    F32,
    /// IEEE double.
    F64,
}

/// The rows an operation acts on.
#[derive(Clone, Copy, Debug)]
pub enum Rows<'a> {
    /// All of them, in order.
    All,
    /// These row numbers, rising.
    Some(&'a [u32]),
}

impl Rows<'_> {
    /// Number of rows of the call, in a state of `all` rows.
    #[inline]
    #[must_use]
    pub fn count(&self, all: usize) -> usize {
        match self {
            Rows::All => all,
            Rows::Some(rows) => rows.len(),
        }
    }

    /// The i-th row of the call.
    #[inline]
    #[must_use]
    pub fn row(&self, i: usize) -> usize {
        match self {
            Rows::All => i,
            Rows::Some(rows) => rows[i] as usize,
        }
    }

    /// [`Rows::All`] where the list names every row: rising, it then is 0, 1, 2, …
    #[inline]
    #[must_use]
    pub fn simplified(self, all: usize) -> Self {
        if self.count(all) == all { Rows::All } else { self }
    }
}

/// A coefficient: one number for all rows of the call, or one each in the order of [`Rows`].
#[derive(Clone, Copy, Debug)]
pub enum Coef<'a> {
    /// One for all.
    One(f64),
    /// One a row.
    Each(&'a [f64]),
}

impl Coef<'_> {
    /// The coefficient of the i-th row of the call.
    #[inline]
    #[must_use]
    pub fn of(&self, i: usize) -> f64 {
        match self {
            Coef::One(c) => *c,
            Coef::Each(c) => c[i],
        }
    }
}

/// Standard normals added by [`State::combine`]: `scale * z`, z rounded once to the state's type.
#[derive(Clone, Copy, Debug)]
pub struct NoiseTerm<'a> {
    /// [rows of the call, dim], row-major.
    pub z: &'a [f64],
    /// Standard deviation.
    pub scale: Coef<'a>,
}

/// Which norm of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Norm {
    /// Root of the sum of squares.
    L2,
    /// L2 over the root of dim.
    Rms,
    /// Largest absolute value.
    Max,
}

/// How absolute and relative tolerance mix in [`State::error_norm`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    /// `max(atol, rtol m)`.
    Max,
    /// `atol + rtol m`.
    Sum,
}

/// Why an operation on tensors failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StateError {
    /// The device has no room.
    #[error("out of memory: no room for a tensor of {rows} x {dim}")]
    OutOfMemory {
        /// Rows asked for.
        rows: usize,
        /// Numbers a row.
        dim: usize,
    },
    /// A tensor operation of the backend failed.
    #[error("the tensor backend failed: {0}")]
    Backend(String),
    /// The function given to [`State::map`] failed.
    #[error("{0}")]
    Map(String),
}

/// A function on rows, such as a score at one time; see [`State::map`].
pub trait RowMap {
    /// `out := f(x)`, both [rows of the call, dim] row-major in f64.
    ///
    /// # Errors
    /// A sentence that says what failed.
    fn f64(&self, x: &[f64], out: &mut [f64]) -> Result<(), String>;

    /// As [`f64`](RowMap::f64) in f32. The default goes through f64 and rounds once.
    ///
    /// # Errors
    /// A sentence that says what failed.
    fn f32(&self, x: &[f32], out: &mut [f32]) -> Result<(), String> {
        let wide: Vec<f64> = x.iter().map(|&v| f64::from(v)).collect();
        let mut y = vec![0.0; out.len()];
        self.f64(&wide, &mut y)?;
        for (o, v) in out.iter_mut().zip(y) {
            *o = v as f32;
        }
        Ok(())
    }

    /// The same on a device tensor [rows of the call, dim]; `None` where only host memory will do.
    fn tensor(&self, _x: burn::Tensor<2>) -> Option<Result<burn::Tensor<2>, String>> {
        None
    }
}

/// Tensors [rows, dim] in slots and the operations a solver needs.
///
/// `out` may be any of the inputs. Reductions return f64, and NaN in a row makes every reduction of that row
/// NaN. Where an operation fails, the rows of `out` are unspecified.
///
/// # Panics
/// Slots come from [`make`](State::make) and are not used after [`free`](State::free); slices have one
/// entry a row of the call (noise: rows times dim). Whoever takes these from a plugin checks them first:
/// operations panic on others.
pub trait State: Send {
    /// Samples in this batch.
    fn rows(&self) -> usize;
    /// Numbers a sample.
    fn dim(&self) -> usize;
    /// Precision of the numbers.
    fn dtype(&self) -> Dtype;
    /// A slot filled with zeros; slots that were freed are used again without a new allocation.
    ///
    /// # Errors
    /// [`StateError::OutOfMemory`].
    fn make(&mut self) -> Result<Slot, StateError>;
    /// Gives a slot back.
    fn free(&mut self, slot: Slot);
    /// Writes host numbers [rows, dim] into a slot, rounded once.
    ///
    /// # Errors
    /// [`StateError::Backend`].
    fn load(&mut self, slot: Slot, x: ArrayView2<'_, f64>) -> Result<(), StateError>;
    /// Reads a slot to the host; f32 widens exactly.
    ///
    /// # Errors
    /// [`StateError::Backend`].
    fn read(&self, slot: Slot) -> Result<Array2<f64>, StateError>;
    /// `out := sum_j c_j x_j + noise` of at most [`MAX_TERMS`] terms, summed in f64 in the order given, rounded once (device tensors:
    /// in the device's type).
    ///
    /// # Errors
    /// [`StateError::Backend`].
    fn combine(
        &mut self,
        rows: Rows<'_>,
        out: Slot,
        terms: &[(Coef<'_>, Slot)],
        noise: Option<NoiseTerm<'_>>,
    ) -> Result<(), StateError>;
    /// `out := a b`, element by element.
    ///
    /// # Errors
    /// [`StateError::Backend`].
    fn multiply(&mut self, rows: Rows<'_>, out: Slot, a: Slot, b: Slot) -> Result<(), StateError>;
    /// `out := min(max(x, lo), hi)`; NaN stays NaN.
    ///
    /// # Errors
    /// [`StateError::Backend`].
    fn clamp(&mut self, rows: Rows<'_>, out: Slot, x: Slot, lo: f64, hi: f64) -> Result<(), StateError>;
    /// `out := a` where `mask[i] != 0`, else `b`; one mask entry a row of the call.
    ///
    /// # Errors
    /// [`StateError::Backend`].
    fn select(&mut self, rows: Rows<'_>, out: Slot, mask: &[u32], a: Slot, b: Slot) -> Result<(), StateError>;
    /// `out[i] :=` norm of row i of the call.
    ///
    /// # Errors
    /// [`StateError::Backend`].
    fn norm(&mut self, rows: Rows<'_>, x: Slot, kind: Norm, out: &mut [f64]) -> Result<(), StateError>;
    /// `out[i] := sum a b` over row i.
    ///
    /// # Errors
    /// [`StateError::Backend`].
    fn dot(&mut self, rows: Rows<'_>, a: Slot, b: Slot, out: &mut [f64]) -> Result<(), StateError>;
    /// `out[i] :=` RMS over row i of `(high − low)/tol`, `m = max(|a|, |b|)` element by element, tol by
    /// `mix`.
    ///
    /// # Errors
    /// [`StateError::Backend`].
    #[allow(clippy::too_many_arguments, reason = "the arguments of one formula")]
    fn error_norm(
        &mut self,
        rows: Rows<'_>,
        high_low: (Slot, Slot),
        a_b: (Slot, Slot),
        atol_rtol: (f64, f64),
        mix: Mix,
        out: &mut [f64],
    ) -> Result<(), StateError>;
    /// `finite[i] :=` whether every number of row i is finite; returns whether all rows are. Cheap when
    /// they are.
    ///
    /// # Errors
    /// [`StateError::Backend`].
    fn finite(&mut self, rows: Rows<'_>, x: Slot, finite: &mut [bool]) -> Result<bool, StateError>;
    /// `out := f(x)` on the rows of each part `(rows, x, out)`; `f` sees them one after the other as one matrix, and is
    /// not called where there are none.
    ///
    /// # Errors
    /// [`StateError::Map`], [`StateError::Backend`].
    fn map(&mut self, parts: &[(Rows<'_>, Slot, Slot)], f: &dyn RowMap) -> Result<(), StateError>;
}

fn check_shape(found: (usize, usize), state: (usize, usize)) -> Result<(), StateError> {
    if found == state {
        return Ok(());
    }
    let ((r, d), (rows, dim)) = (found, state);
    Err(StateError::Backend(format!("the state holds {rows} x {dim} numbers, found {r} x {d}: load all of them")))
}
