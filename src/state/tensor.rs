//! The state on a device of burn, for networks that live there.
//!
//! Numbers are those of the device: sums and reductions run in the state's type, in the device's order, so
//! results agree with [`HostState`](super::HostState) up to rounding, not bit for bit.
//!
//! burn reports most failures by panicking: no memory on the device, a CUDA error, an operation that a
//! backend lacks, tensors on different devices. Each operation catches the panic and returns it as a
//! [`StateError`]; the slots are then as before, but after a CUDA error the device may refuse all further
//! work. The process's panic hook still prints its message.

mod operations;

use super::{Coef, Dtype, Rows, Slot, StateError};
use burn::Tensor;
use burn::tensor::{DType, Device, FloatDType, IndexingUpdateOp, Int, TensorData};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A [`State`](super::State) of burn tensors on one device.
#[derive(Debug)]
pub struct TensorState {
    device: Device,
    dtype: Dtype,
    rows: usize,
    dim: usize,
    slots: Vec<Tensor<2>>,
    free: Vec<Slot>,
}

impl TensorState {
    /// No slots yet; `rows` samples of `dim` numbers, at least 1 each, on `device`.
    ///
    /// # Errors
    /// [`StateError::Backend`] where the device lacks the type.
    pub fn new(device: Device, dtype: Dtype, rows: usize, dim: usize) -> Result<Self, StateError> {
        let state = Self { device, dtype, rows, dim, slots: Vec::new(), free: Vec::new() };
        if state.device.supports_dtype(state.element()) {
            Ok(state)
        } else {
            Err(StateError::Backend(format!("{:?} has no {dtype:?}: choose another dtype or device", state.device)))
        }
    }

    fn element(&self) -> DType {
        match self.dtype {
            Dtype::F32 => FloatDType::F32.into(),
            Dtype::F64 => FloatDType::F64.into(),
        }
    }

    /// Runs tensor operations, panics turned into errors.
    fn guard<R>(&self, f: impl FnOnce() -> Result<R, StateError>) -> Result<R, StateError> {
        // Unwind safe: operations build new tensors and slots are replaced after the last of them.
        catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|payload| {
            let text = payload
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| payload.downcast_ref::<&str>().copied())
                .unwrap_or("a panic without a message");
            Err(if text.to_lowercase().contains("out of memory") {
                StateError::OutOfMemory { rows: self.rows, dim: self.dim }
            } else {
                StateError::Backend(text.to_owned())
            })
        })
    }

    /// Host numbers on the device, rounded once; `width` numbers a row.
    fn upload(&self, x: Vec<f64>, width: usize) -> Tensor<2> {
        let rows = x.len() / width;
        Tensor::from_data(TensorData::new(x, [rows, width]), (&self.device, self.element()))
    }

    /// The row numbers of the call as a tensor; `None` for all.
    fn index(&self, rows: Rows<'_>) -> Option<Tensor<1, Int>> {
        match rows.simplified(self.rows) {
            Rows::All => None,
            Rows::Some(rows) => {
                let rows: Vec<i64> = rows.iter().map(|row| i64::from(*row)).collect();
                let n = rows.len();
                Some(Tensor::from_data(TensorData::new(rows, [n]), &self.device))
            }
        }
    }

    fn gather(&self, index: Option<&Tensor<1, Int>>, slot: Slot) -> Tensor<2> {
        let x = self.slots[slot].clone();
        match index {
            None => x,
            Some(index) => x.select(0, index.clone()),
        }
    }

    /// `c x`, c by row.
    fn scaled(&self, x: Tensor<2>, c: Coef<'_>) -> Tensor<2> {
        match c {
            // Exact, and saves a pass.
            Coef::One(1.0) => x,
            Coef::One(c) => x.mul_scalar(c),
            Coef::Each(c) => x * self.upload(c.to_vec(), 1),
        }
    }

    /// Puts `make(self, index)`, [rows of the call, dim], into the rows of `out`.
    fn write(
        &mut self,
        rows: Rows<'_>,
        out: Slot,
        make: impl FnOnce(&Self, Option<&Tensor<1, Int>>) -> Result<Tensor<2>, StateError>,
    ) -> Result<(), StateError> {
        // Backends differ on tensors without elements.
        if rows.count(self.rows) == 0 {
            return Ok(());
        }
        let new = self.guard(|| {
            let index = self.index(rows);
            let new = make(self, index.as_ref())?;
            Ok(match index {
                None => new,
                Some(index) => self.slots[out].clone().select_assign(0, index, new, IndexingUpdateOp::Assign),
            })
        })?;
        self.slots[out] = new;
        Ok(())
    }

    /// Reads `make(self, index)`, one number a row of the call, into `out`.
    fn reduce(
        &self,
        rows: Rows<'_>,
        out: &mut [f64],
        make: impl FnOnce(&Self, Option<&Tensor<1, Int>>) -> Tensor<2>,
    ) -> Result<(), StateError> {
        let n = rows.count(self.rows);
        if n > 0 {
            let numbers = self.guard(|| to_host::<f64>(make(self, self.index(rows).as_ref())))?;
            out[..n].copy_from_slice(&numbers);
        }
        Ok(())
    }
}

fn to_host<E: burn::tensor::Element>(x: Tensor<2>) -> Result<Vec<E>, StateError> {
    x.try_into_vec_as().map_err(|error| StateError::Backend(error.to_string()))
}
