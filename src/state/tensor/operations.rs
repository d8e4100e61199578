//! The operations of [`State`] in those of burn.

use super::{TensorState, to_host};
use crate::state::{Coef, Dtype, MAX_TERMS, Mix, NoiseTerm, Norm, RowMap, Rows, Slot, State, StateError, check_shape};
use burn::Tensor;
use burn::tensor::{Bool, TensorData};
use ndarray::{Array2, ArrayView2};

/// The larger one, or NaN if either is; `max_pair` would drop the NaN of its second argument.
fn max(a: Tensor<2>, b: Tensor<2>) -> Tensor<2> {
    let take_a = a.clone().greater(b.clone()).bool_or(a.clone().is_nan());
    b.mask_where(take_a, a)
}

impl State for TensorState {
    fn rows(&self) -> usize {
        self.rows
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn make(&mut self) -> Result<Slot, StateError> {
        let zeros = self.guard(|| Ok(Tensor::zeros([self.rows, self.dim], (&self.device, self.element()))))?;
        if let Some(slot) = self.free.pop() {
            self.slots[slot] = zeros;
            return Ok(slot);
        }
        self.slots.push(zeros);
        Ok(self.slots.len() - 1)
    }

    fn free(&mut self, slot: Slot) {
        debug_assert!(slot < self.slots.len() && !self.free.contains(&slot), "slot {slot} is not in use");
        self.free.push(slot);
    }

    fn load(&mut self, slot: Slot, x: ArrayView2<'_, f64>) -> Result<(), StateError> {
        check_shape(x.dim(), (self.rows, self.dim))?;
        self.write(Rows::All, slot, |state, _| Ok(state.upload(x.iter().copied().collect(), state.dim)))
    }

    fn read(&self, slot: Slot) -> Result<Array2<f64>, StateError> {
        let numbers = self.guard(|| to_host(self.slots[slot].clone()))?;
        Array2::from_shape_vec((self.rows, self.dim), numbers).map_err(|error| StateError::Backend(error.to_string()))
    }

    fn combine(
        &mut self,
        rows: Rows<'_>,
        out: Slot,
        terms: &[(Coef<'_>, Slot)],
        noise: Option<NoiseTerm<'_>>,
    ) -> Result<(), StateError> {
        assert!(terms.len() <= MAX_TERMS, "{} terms, at most {MAX_TERMS} are allowed", terms.len());
        let (n, dim) = (rows.count(self.rows), self.dim);
        self.write(rows, out, |state, index| {
            let terms = terms.iter().map(|(c, slot)| state.scaled(state.gather(index, *slot), *c));
            let noise = noise.map(|noise| state.scaled(state.upload(noise.z[..n * dim].to_vec(), dim), noise.scale));
            let sum = terms.chain(noise).reduce(|sum, term| sum + term);
            Ok(sum.unwrap_or_else(|| Tensor::zeros([n, dim], (&state.device, state.element()))))
        })
    }

    fn multiply(&mut self, rows: Rows<'_>, out: Slot, a: Slot, b: Slot) -> Result<(), StateError> {
        self.write(rows, out, |state, index| Ok(state.gather(index, a) * state.gather(index, b)))
    }

    fn clamp(&mut self, rows: Rows<'_>, out: Slot, x: Slot, lo: f64, hi: f64) -> Result<(), StateError> {
        // By masks: backends differ on NaN and on lo > hi.
        self.write(rows, out, |state, index| {
            let x = state.gather(index, x);
            let below = x.clone().lower_scalar(lo);
            let x = x.mask_fill(below, lo);
            let above = x.clone().greater_scalar(hi);
            Ok(x.mask_fill(above, hi))
        })
    }

    fn select(&mut self, rows: Rows<'_>, out: Slot, mask: &[u32], a: Slot, b: Slot) -> Result<(), StateError> {
        let (n, dim) = (rows.count(self.rows), self.dim);
        self.write(rows, out, |state, index| {
            let mask: Vec<bool> = mask[..n].iter().map(|mask| *mask != 0).collect();
            let mask = Tensor::<2, Bool>::from_bool(TensorData::new(mask, [n, 1]), &state.device);
            Ok(state.gather(index, b).mask_where(mask.expand([n, dim]), state.gather(index, a)))
        })
    }

    fn norm(&mut self, rows: Rows<'_>, x: Slot, kind: Norm, out: &mut [f64]) -> Result<(), StateError> {
        self.reduce(rows, out, |state, index| {
            let x = state.gather(index, x);
            match kind {
                Norm::L2 => x.square().sum_dim(1).sqrt(),
                Norm::Rms => x.square().mean_dim(1).sqrt(),
                Norm::Max => {
                    let nan = x.clone().is_nan().any_dim(1);
                    x.abs().max_dim(1).mask_fill(nan, f64::NAN)
                }
            }
        })
    }

    fn dot(&mut self, rows: Rows<'_>, a: Slot, b: Slot, out: &mut [f64]) -> Result<(), StateError> {
        self.reduce(rows, out, |state, index| (state.gather(index, a) * state.gather(index, b)).sum_dim(1))
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
        self.reduce(rows, out, |state, index| {
            let [high, low, a, b] = [high, low, a, b].map(|slot| state.gather(index, slot));
            let relative = max(a.abs(), b.abs()).mul_scalar(rtol);
            let tol = match mix {
                Mix::Max => {
                    let below = relative.clone().lower_scalar(atol);
                    relative.mask_fill(below, atol)
                }
                Mix::Sum => relative.add_scalar(atol),
            };
            ((high - low) / tol).square().mean_dim(1).sqrt()
        })
    }

    fn finite(&mut self, rows: Rows<'_>, x: Slot, finite: &mut [bool]) -> Result<bool, StateError> {
        let n = rows.count(self.rows);
        let finite = &mut finite[..n];
        if n == 0 {
            return Ok(true);
        }
        self.guard(|| {
            let x = self.gather(self.index(rows).as_ref(), x);
            // A row with a number that is not finite has no finite sum; other sums may overflow.
            let sums: Vec<f64> = to_host(x.clone().sum_dim(1))?;
            if sums.iter().all(|sum| sum.is_finite()) {
                finite.fill(true);
                return Ok(true);
            }
            let numbers: Vec<f64> = to_host(x)?;
            for (finite, row) in finite.iter_mut().zip(numbers.chunks_exact(self.dim)) {
                *finite = row.iter().all(|x| x.is_finite());
            }
            Ok(finite.iter().all(|finite| *finite))
        })
    }

    fn map(&mut self, parts: &[(Rows<'_>, Slot, Slot)], f: &dyn RowMap) -> Result<(), StateError> {
        // Backends differ on tensors without elements.
        let parts: Vec<_> = parts.iter().filter(|(rows, ..)| rows.count(self.rows) > 0).collect();
        if parts.is_empty() {
            return Ok(());
        }
        let dim = self.dim;
        let n = parts.iter().map(|(rows, ..)| rows.count(self.rows)).sum();
        let y = self.guard(|| {
            let mut x: Vec<_> = parts.iter().map(|(rows, x, _)| self.gather(self.index(*rows).as_ref(), *x)).collect();
            let x = if x.len() == 1 { x.remove(0) } else { Tensor::cat(x, 0) };
            let y = match (f.tensor(x.clone()), self.dtype) {
                (Some(y), _) => y.map_err(StateError::Map)?,
                (None, Dtype::F32) => {
                    let (x, mut y) = (to_host::<f32>(x)?, vec![0.0_f32; n * dim]);
                    f.f32(&x, &mut y).map_err(StateError::Map)?;
                    Tensor::from_data(TensorData::new(y, [n, dim]), (&self.device, self.element()))
                }
                (None, Dtype::F64) => {
                    let (x, mut y) = (to_host::<f64>(x)?, vec![0.0; n * dim]);
                    f.f64(&x, &mut y).map_err(StateError::Map)?;
                    self.upload(y, dim)
                }
            };
            if y.dims() == [n, dim] {
                Ok(if y.dtype() == self.element() { y } else { y.cast(self.element()) })
            } else {
                let [r, d] = y.dims();
                Err(StateError::Map(format!("a function of {n} x {dim} numbers returned {r} x {d}")))
            }
        })?;
        let mut at = 0;
        for &&(rows, _, out) in &parts {
            let count = rows.count(self.rows);
            self.write(rows, out, |_, _| Ok(if count == n { y.clone() } else { y.clone().narrow(0, at, count) }))?;
            at += count;
        }
        Ok(())
    }
}
