//! The state in host memory, on ndarray.
//!
//! Sums run in f64 in one order, whatever the rows and coefficients: blocks of rows, single rows and the
//! whole batch go through the same [`sum`], so that their bits agree. Nothing is allocated once the slots
//! and the scratch space of [`State::map`] exist.

use super::kernel::{fold, max, sum, sum_flat, surely_finite};
use super::real::Real;
use super::{Coef, Dtype, MAX_TERMS, Mix, NoiseTerm, Norm, RowMap, Rows, Slot, State, StateError};
use ndarray::{Array2, ArrayView2};
use std::mem;
use std::ops::Range;

/// A [`State`] of `Array2<T>` in host memory, T = f32 or f64.
#[derive(Debug)]
pub struct HostState<T> {
    rows: usize,
    dim: usize,
    slots: Vec<Array2<T>>,
    free: Vec<Slot>,
    /// Rows gathered for [`State::map`], and what it made of them.
    gathered: Vec<T>,
    mapped: Vec<T>,
}

impl<T: Real> HostState<T> {
    /// No slots yet; `rows` samples of `dim` numbers, at least 1 each.
    #[must_use]
    pub fn new(rows: usize, dim: usize) -> Self {
        Self { rows, dim, slots: Vec::new(), free: Vec::new(), gathered: Vec::new(), mapped: Vec::new() }
    }

    /// `write(out, slots, call)` with the numbers of `out` taken from its slot, which is left empty meanwhile:
    /// an input that is `out` shows as an empty slice. A panic of `write` leaves it empty for good.
    fn write<R>(&mut self, out: Slot, write: impl FnOnce(&mut [T], &[Array2<T>]) -> R) -> R {
        let mut taken = mem::take(&mut self.slots[out]);
        let result = write(flat_mut(&mut taken), &self.slots);
        self.slots[out] = taken;
        result
    }

    /// `out := f(a, b)`, element by element.
    fn zip(&mut self, rows: Rows<'_>, out: Slot, a: Slot, b: Slot, f: impl Fn(T, T) -> T) {
        let rows = rows.simplified(self.rows);
        let (n, dim) = (rows.count(self.rows), self.dim);
        self.write(out, |out, slots| {
            let (a, b) = (flat(&slots[a]), flat(&slots[b]));
            let mut on = |span: Range<usize>| {
                let pair = (a.get(span.clone()), b.get(span.clone()));
                let out = out[span].iter_mut();
                match pair {
                    (Some(a), Some(b)) => out.zip(a).zip(b).for_each(|((out, a), b)| *out = f(*a, *b)),
                    (Some(a), None) => out.zip(a).for_each(|(out, a)| *out = f(*a, *out)),
                    (None, Some(b)) => out.zip(b).for_each(|(out, b)| *out = f(*out, *b)),
                    (None, None) => out.for_each(|out| *out = f(*out, *out)),
                }
            };
            match rows {
                Rows::All => on(0..n * dim),
                Rows::Some(rows) => rows.iter().for_each(|row| on(*row as usize * dim..(*row as usize + 1) * dim)),
            }
        });
    }

    /// `out[i] := of(row)` for the i-th row of the call; `of` gets the range of its elements.
    fn reduce(&self, rows: Rows<'_>, out: &mut [f64], of: impl Fn(Range<usize>) -> f64) {
        for (i, out) in out[..rows.count(self.rows)].iter_mut().enumerate() {
            let first = rows.row(i) * self.dim;
            *out = of(first..first + self.dim);
        }
    }

    /// [`State::error_norm`] of (high, low, a, b) with this tolerance.
    fn scaled_rms(&self, rows: Rows<'_>, x: [&[T]; 4], tol: impl Fn(f64) -> f64, out: &mut [f64]) {
        let square = |[high, low, a, b]: [f64; 4]| {
            let error = (high - low) / tol(max(a.abs(), b.abs()));
            error * error
        };
        self.reduce(rows, out, |row| {
            let sum = fold(x.map(|x| &x[row.clone()]), square, |sum, x| sum + x);
            (sum / self.dim as f64).sqrt()
        });
    }
}

fn flat<T>(x: &Array2<T>) -> &[T] {
    x.as_slice().expect("slots are made in standard layout")
}

fn flat_mut<T>(x: &mut Array2<T>) -> &mut [T] {
    x.as_slice_mut().expect("slots are made in standard layout")
}

impl<T: Real> State for HostState<T> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn dtype(&self) -> Dtype {
        T::DTYPE
    }

    fn make(&mut self) -> Result<Slot, StateError> {
        if let Some(slot) = self.free.pop() {
            self.slots[slot].fill(T::default());
            return Ok(slot);
        }
        let (rows, dim) = (self.rows, self.dim);
        let no_room = || StateError::OutOfMemory { rows, dim };
        let len = rows.checked_mul(dim).ok_or_else(no_room)?;
        let mut numbers = Vec::new();
        numbers.try_reserve_exact(len).map_err(|_| no_room())?;
        numbers.resize(len, T::default());
        self.slots.push(Array2::from_shape_vec((rows, dim), numbers).map_err(|_| no_room())?);
        // Room for every slot, so that `free` does not allocate.
        self.free.reserve(self.slots.len());
        Ok(self.slots.len() - 1)
    }

    fn free(&mut self, slot: Slot) {
        debug_assert!(slot < self.slots.len() && !self.free.contains(&slot), "slot {slot} is not in use");
        self.free.push(slot);
    }

    fn load(&mut self, slot: Slot, x: ArrayView2<'_, f64>) -> Result<(), StateError> {
        super::check_shape(x.dim(), (self.rows, self.dim))?;
        self.slots[slot].zip_mut_with(&x, |out, x| *out = T::round(*x));
        Ok(())
    }

    fn read(&self, slot: Slot) -> Result<Array2<f64>, StateError> {
        Ok(self.slots[slot].mapv(T::wide))
    }

    fn combine(
        &mut self,
        rows: Rows<'_>,
        out: Slot,
        terms: &[(Coef<'_>, Slot)],
        noise: Option<NoiseTerm<'_>>,
    ) -> Result<(), StateError> {
        assert!(terms.len() <= MAX_TERMS, "{} terms, at most {MAX_TERMS} are allowed", terms.len());
        let rows = rows.simplified(self.rows);
        let (n, dim, k) = (rows.count(self.rows), self.dim, terms.len());
        let z = noise.map(|noise| &noise.z[..n * dim]);
        let mut coefs = terms.iter().map(|(c, _)| *c).chain(noise.map(|noise| noise.scale));
        let uniform = coefs.all(|c| matches!(c, Coef::One(_)));
        self.write(out, |out, slots| {
            let mut x = [&[][..]; MAX_TERMS];
            let mut c = [0.0; MAX_TERMS];
            for (x, (_, slot)) in x.iter_mut().zip(terms) {
                *x = flat(&slots[*slot]);
            }
            let set = |c: &mut [f64], i: usize| {
                for (c, (coef, _)) in c.iter_mut().zip(terms) {
                    *c = coef.of(i);
                }
                noise.map_or(0.0, |noise| noise.scale.of(i))
            };
            if k == 0 && z.is_none() {
                for i in 0..n {
                    out[rows.row(i) * dim..][..dim].fill(T::default());
                }
            } else if uniform && matches!(rows, Rows::All) {
                let scale = set(&mut c, 0);
                let z = z.map(|z| (z, scale));
                match (&x[..k], &c[..k]) {
                    (&[a], &[ca]) => sum_flat(out, [a], [ca], z),
                    (&[a, b], &[ca, cb]) => sum_flat(out, [a, b], [ca, cb], z),
                    (&[a, b, d], &[ca, cb, cd]) => sum_flat(out, [a, b, d], [ca, cb, cd], z),
                    (&[a, b, d, e], &[ca, cb, cd, ce]) => sum_flat(out, [a, b, d, e], [ca, cb, cd, ce], z),
                    (x, c) => sum(out, 0, x, c, z),
                }
            } else {
                for i in 0..n {
                    let scale = set(&mut c, i);
                    let first = rows.row(i) * dim;
                    let z = z.map(|z| (&z[i * dim..][..dim], scale));
                    sum(&mut out[first..][..dim], first, &x[..k], &c[..k], z);
                }
            }
        });
        Ok(())
    }

    fn multiply(&mut self, rows: Rows<'_>, out: Slot, a: Slot, b: Slot) -> Result<(), StateError> {
        self.zip(rows, out, a, b, |a, b| a * b);
        Ok(())
    }

    fn clamp(&mut self, rows: Rows<'_>, out: Slot, x: Slot, lo: f64, hi: f64) -> Result<(), StateError> {
        // Rounding is monotonic: rounded bounds give the rounded result.
        let (lo, hi) = (T::round(lo), T::round(hi));
        self.zip(rows, out, x, x, |x, _| {
            let x = if x < lo { lo } else { x };
            if x > hi { hi } else { x }
        });
        Ok(())
    }

    fn select(&mut self, rows: Rows<'_>, out: Slot, mask: &[u32], a: Slot, b: Slot) -> Result<(), StateError> {
        let (n, dim) = (rows.count(self.rows), self.dim);
        self.write(out, |out, slots| {
            for (i, mask) in mask[..n].iter().enumerate() {
                let first = rows.row(i) * dim;
                let from = flat(&slots[if *mask != 0 { a } else { b }]);
                // An empty slot is `out`, whose row stays.
                if let Some(from) = from.get(first..first + dim) {
                    // Not memcpy: rows are short.
                    out[first..first + dim].iter_mut().zip(from).for_each(|(out, x)| *out = *x);
                }
            }
        });
        Ok(())
    }

    fn norm(&mut self, rows: Rows<'_>, x: Slot, kind: Norm, out: &mut [f64]) -> Result<(), StateError> {
        let x = flat(&self.slots[x]);
        let squares = |row| fold([&x[row]], |[x]| x * x, |sum, x| sum + x);
        match kind {
            Norm::L2 => self.reduce(rows, out, |row| squares(row).sqrt()),
            Norm::Rms => self.reduce(rows, out, |row| (squares(row) / self.dim as f64).sqrt()),
            Norm::Max => self.reduce(rows, out, |row| fold([&x[row]], |[x]| x.abs(), max)),
        }
        Ok(())
    }

    fn dot(&mut self, rows: Rows<'_>, a: Slot, b: Slot, out: &mut [f64]) -> Result<(), StateError> {
        let (a, b) = (flat(&self.slots[a]), flat(&self.slots[b]));
        self.reduce(rows, out, |row| fold([&a[row.clone()], &b[row]], |[a, b]| a * b, |sum, x| sum + x));
        Ok(())
    }

    fn error_norm(
        &mut self,
        rows: Rows<'_>,
        (high, low): (Slot, Slot),
        (a, b): (Slot, Slot),
        (atol, rtol): (f64, f64),
        mix: Mix,
        out: &mut [f64],
    ) -> Result<(), StateError> {
        let x = [high, low, a, b].map(|slot| flat(&self.slots[slot]));
        match mix {
            Mix::Max => self.scaled_rms(rows, x, |m| max(atol, rtol * m), out),
            Mix::Sum => self.scaled_rms(rows, x, |m| atol + rtol * m, out),
        }
        Ok(())
    }

    fn finite(&mut self, rows: Rows<'_>, x: Slot, finite: &mut [bool]) -> Result<bool, StateError> {
        let rows = rows.simplified(self.rows);
        let finite = &mut finite[..rows.count(self.rows)];
        let x = flat(&self.slots[x]);
        if matches!(rows, Rows::All) && surely_finite(x) {
            finite.fill(true);
            return Ok(true);
        }
        for (i, finite) in finite.iter_mut().enumerate() {
            let row = &x[rows.row(i) * self.dim..][..self.dim];
            *finite = row.iter().all(|x| x.wide().is_finite());
        }
        Ok(finite.iter().all(|finite| *finite))
    }

    fn map(&mut self, parts: &[(Rows<'_>, Slot, Slot)], f: &dyn RowMap) -> Result<(), StateError> {
        let (all, dim) = (self.rows, self.dim);
        if let &[(rows, x, out)] = parts
            && x != out
            && matches!(rows.simplified(all), Rows::All)
        {
            return self.write(out, |out, slots| T::apply(f, flat(&slots[x]), out)).map_err(StateError::Map);
        }
        self.gathered.clear();
        for (rows, x, _) in parts {
            let from = flat(&self.slots[*x]);
            (0..rows.count(all)).for_each(|i| self.gathered.extend_from_slice(&from[rows.row(i) * dim..][..dim]));
        }
        if self.gathered.is_empty() {
            return Ok(());
        }
        self.mapped.resize(self.gathered.len(), T::default());
        T::apply(f, &self.gathered, &mut self.mapped).map_err(StateError::Map)?;
        let mut mapped = self.mapped.chunks_exact(dim);
        for (rows, _, out) in parts {
            let out = flat_mut(&mut self.slots[*out]);
            (0..rows.count(all)).zip(&mut mapped).for_each(|(i, y)| out[rows.row(i) * dim..][..dim].copy_from_slice(y));
        }
        Ok(())
    }
}
