//! The element types of [`HostState`](super::HostState).

use super::{Dtype, RowMap};
use std::fmt::Debug;
use std::ops::{Add, Mul};

/// f32 or f64.
pub trait Real:
    Copy + Default + Debug + Send + Sync + PartialOrd + Add<Output = Self> + Mul<Output = Self> + 'static
{
    /// The name of the type.
    const DTYPE: Dtype;
    /// The same number in f64.
    fn wide(self) -> f64;
    /// The nearest number of this type.
    fn round(x: f64) -> Self;
    /// `out := f(x)`, both [rows, dim] row-major.
    ///
    /// # Errors
    /// Those of f.
    fn apply(f: &dyn RowMap, x: &[Self], out: &mut [Self]) -> Result<(), String>;
}

impl Real for f32 {
    const DTYPE: Dtype = Dtype::F32;

    #[inline]
    fn wide(self) -> f64 {
        f64::from(self)
    }

    #[inline]
    fn round(x: f64) -> Self {
        x as Self
    }

    fn apply(f: &dyn RowMap, x: &[Self], out: &mut [Self]) -> Result<(), String> {
        f.f32(x, out)
    }
}

impl Real for f64 {
    const DTYPE: Dtype = Dtype::F64;

    #[inline]
    fn wide(self) -> f64 {
        self
    }

    #[inline]
    fn round(x: f64) -> Self {
        x
    }

    fn apply(f: &dyn RowMap, x: &[Self], out: &mut [Self]) -> Result<(), String> {
        f.f64(x, out)
    }
}
