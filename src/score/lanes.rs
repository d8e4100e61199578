//! A number of one row, or the numbers of eight rows side by side.
//!
//! A closed form is written once for both. Every operation acts on each lane alone and in the same order, so a row has
//! the same bits whether it is computed alone or among others; and eight rows at a time are vector code, whatever the
//! number of dimensions and components.

use std::array::from_fn;
use std::ops::{Add, AddAssign, Div, Mul, Sub};

/// Rows side by side.
pub(super) const ROWS: usize = 8;

/// What a formula of a row is written in.
pub(super) trait Lane:
    Copy + Add<Output = Self> + AddAssign + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
    /// The same number in every lane.
    fn splat(value: f64) -> Self;
    /// f of each lane.
    fn map(self, f: impl Fn(f64) -> f64) -> Self;
    /// f of the lanes of two.
    fn zip(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self;
    /// Whether every lane is 0.
    fn is_zero(self) -> bool;
}

impl Lane for f64 {
    #[inline(always)]
    fn splat(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn map(self, f: impl Fn(f64) -> f64) -> Self {
        f(self)
    }

    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        f(self, other)
    }

    #[inline(always)]
    fn is_zero(self) -> bool {
        self == 0.0
    }
}

/// One number of each of eight rows.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Rows([f64; ROWS]);

impl Rows {
    /// Element i of eight rows of `dim` numbers each, which are the first of `x`.
    #[inline(always)]
    pub(super) fn gather(x: &[f64], dim: usize, i: usize) -> Self {
        Self(from_fn(|row| x[row * dim + i]))
    }

    /// The opposite of [`gather`](Self::gather).
    #[inline(always)]
    pub(super) fn scatter(self, out: &mut [f64], dim: usize, i: usize) {
        for (row, value) in self.0.into_iter().enumerate() {
            out[row * dim + i] = value;
        }
    }
}

impl Lane for Rows {
    #[inline(always)]
    fn splat(value: f64) -> Self {
        Self([value; ROWS])
    }

    #[inline(always)]
    fn map(self, f: impl Fn(f64) -> f64) -> Self {
        let mut lanes = self.0;
        lanes.iter_mut().for_each(|lane| *lane = f(*lane));
        Self(lanes)
    }

    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        Self(from_fn(|row| f(self.0[row], other.0[row])))
    }

    #[inline(always)]
    fn is_zero(self) -> bool {
        self.0.iter().all(|&value| value == 0.0)
    }
}

/// An operator of each lane.
macro_rules! lanewise {
    ($($operator:ident $function:ident $sign:tt),*) => { $(
        impl $operator for Rows {
            type Output = Self;

            #[inline(always)]
            fn $function(self, other: Self) -> Self {
                self.zip(other, |a, b| a $sign b)
            }
        }
    )* };
}

lanewise!(Add add +, Sub sub -, Mul mul *, Div div /);

impl AddAssign for Rows {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
