//! What is kept of a cell beside its record.

use super::{StoreError, file_dtype, samples_error, sync};
use crate::data::io;
use crate::state::Dtype;
use ndarray::{Array2, Array3, ArrayD};
use std::path::Path;

/// The samples of a cell.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'a> {
    /// [samples, dim].
    pub x: &'a Array2<f64>,
    /// Precision of the file.
    pub dtype: Dtype,
    /// The N+1 times and the states there, [N+1, samples, dim].
    pub path: Option<(&'a [f64], &'a Array3<f64>)>,
}

impl Kept<'_> {
    pub(super) fn write(&self, path: &Path) -> Result<(), StoreError> {
        io::write_tensors(path, &self.tensors()).map_err(samples_error(path, "cannot be written"))?;
        sync(path)
    }

    /// The tensors of the file: `x`, and with a trajectory `t` and `path`.
    #[must_use]
    pub fn tensors(&self) -> Vec<io::Tensor<'_>> {
        let dtype = file_dtype(self.dtype);
        let mut tensors = vec![io::Tensor { name: "x", values: self.x.view().into_dyn(), dtype }];
        if let Some((t, path)) = self.path {
            let t = ndarray::aview1(t).into_dyn();
            tensors.push(io::Tensor { name: "t", values: t, dtype: safetensors::Dtype::F64 });
            tensors.push(io::Tensor { name: "path", values: path.view().into_dyn(), dtype });
        }
        tensors
    }
}

/// The numbers of a metric that are no columns, such as one a point: a file of the cell, in f64.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrays {
    /// The metric.
    pub metric: &'static str,
    /// By name.
    pub tensors: Vec<(&'static str, ArrayD<f64>)>,
}

impl Arrays {
    /// The file's name in the folder of the cell: `nll.safetensors`.
    #[must_use]
    pub fn file(&self) -> String {
        format!("{}.safetensors", self.metric)
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), StoreError> {
        let dtype = safetensors::Dtype::F64;
        let tensors = self.tensors.iter().map(|(name, values)| io::Tensor { name, values: values.view(), dtype });
        let tensors: Vec<io::Tensor<'_>> = tensors.collect();
        io::write_tensors(path, &tensors).map_err(samples_error(path, "cannot be written"))?;
        sync(path)
    }
}
