//! A trained network as a [`Score`].

use super::checkpoint::{File, Metadata, ModelMetadata};
use super::mlp::Mlp;
use super::spec::NetSpec;
use super::weights::{Weights, host, matrix};
use super::{DeviceKind, NetError};
use crate::process::Point;
use crate::score::{Prediction, Score, ScoreError};
use burn::tensor::{Device, FloatDType, Tensor};
use rayon::prelude::*;
use std::path::Path;

/// A network with its averaged weights on one device, in single precision.
///
/// Coefficients are f64; only the network's input and output are f32. Threads may share it. On `cpu` a
/// row's bits depend neither on the other rows nor on the number of threads, up to widths and dims of 512
/// (beyond, sums are cut into blocks whose length depends on the number of rows).
#[derive(Debug)]
pub struct Network {
    mlp: Mlp,
    weights: Weights,
    metadata: ModelMetadata,
    device: Device,
    kind: DeviceKind,
}

/// The network that the metadata describe, without its weights.
pub(super) fn architecture(metadata: &ModelMetadata, kind: DeviceKind) -> Mlp {
    let NetSpec::Mlp(spec) = metadata.training.train.net;
    Mlp::new(spec, metadata.dim, &metadata.embedding, kind)
}

impl Network {
    /// Reads `model.safetensors`; the file alone suffices.
    ///
    /// # Errors
    /// [`NetError`]: the device, the file, its metadata, a tensor, or the hash of the weights.
    pub fn load(path: &Path, kind: DeviceKind) -> Result<Self, NetError> {
        let file = File::open(path)?;
        let foreign = |reason: String| NetError::NotACheckpoint { path: path.into(), reason };
        let Metadata::Model(metadata) = file.metadata()? else {
            return Err(foreign("it is a training under way; finish it first".into()));
        };
        metadata.training.train.check().map_err(|e| foreign(e.to_string()))?;
        if metadata.dim == 0 {
            return Err(foreign("its samples have no numbers".into()));
        }
        let mlp = architecture(&metadata, kind);
        let values = file.weights(&metadata, mlp.parameters())?;
        let device = kind.open()?;
        let weights = Weights::from_host(mlp.parameters(), values, &device);
        Ok(Self { mlp, weights, metadata, device, kind })
    }

    /// How it was made.
    #[must_use]
    pub fn metadata(&self) -> &ModelMetadata {
        &self.metadata
    }

    /// `(a, b)` of `want = a x_t + b F` at each point.
    fn coefficients(&self, want: Prediction, at: &[Point]) -> Result<Vec<(f64, f64)>, ScoreError> {
        at.iter().map(|point| self.metadata.sigma_data.coefficients(want, point)).collect()
    }

    /// What time adds in the network's blocks: one row for one point.
    fn condition(&self, at: &[Point]) -> Vec<Tensor<2>> {
        let embedding = &self.metadata.embedding;
        self.mlp.condition(&self.weights.0, matrix(embedding.of(at), embedding.features(), &self.device))
    }

    /// F of host rows x [n, dim] with the input scale of each.
    fn forward(&self, x: &[f64], c: impl Fn(usize) -> f64, conditions: &[Tensor<2>]) -> Result<Vec<f32>, ScoreError> {
        let dim = self.metadata.dim;
        let input = x.iter().enumerate().map(|(i, x)| (c(i / dim) * x) as f32).collect();
        let output = self.mlp.forward(&self.weights.0, matrix(input, dim, &self.device), conditions);
        host(&output).map_err(|e| ScoreError::Network(e.to_string()))
    }
}

/// The i-th of a list with one entry for all rows or one a row.
fn of<T: Copy>(list: &[T], i: usize) -> T {
    if list.len() == 1 { list[0] } else { list[i] }
}

impl Score for Network {
    fn dim(&self) -> usize {
        self.metadata.dim
    }

    fn predict(&self, want: Prediction, at: &[Point], x: &[f64], out: &mut [f64]) -> Result<(), ScoreError> {
        let dim = self.metadata.dim;
        let coefficients = self.coefficients(want, at)?;
        let c: Vec<f64> = at.iter().map(|point| self.metadata.sigma_data.input_scale(point)).collect();
        let shared = if at.len() == 1 { Some(self.condition(at)) } else { None };
        let rows = self.kind.rows_per_task().unwrap_or(usize::MAX / dim).min(x.len() / dim).max(1);
        x.par_chunks(rows * dim).zip(out.par_chunks_mut(rows * dim)).enumerate().try_for_each(|(task, (x, out))| {
            let first = task * rows;
            let own = || self.condition(&at[first..first + x.len() / dim]);
            let f = match &shared {
                Some(conditions) => self.forward(x, |_| c[0], conditions)?,
                None => self.forward(x, |i| c[first + i], &own())?,
            };
            for (i, ((out, x), f)) in out.iter_mut().zip(x).zip(f).enumerate() {
                let (a, b) = of(&coefficients, first + i / dim);
                *out = a * x + b * f64::from(f);
            }
            Ok(())
        })
    }

    /// One pass through the network and back a call; its weights track no gradients.
    fn vjp(
        &self,
        want: Prediction,
        at: &[Point],
        x: &[f64],
        v: &[f64],
        out: &mut [f64],
    ) -> Option<Result<(), ScoreError>> {
        Some(self.pull_back(want, at, (x, v), out))
    }

    /// On the network's device, in single precision; the result has the type of `x`. A tensor that tracks
    /// gradients keeps them.
    fn predict_tensor(&self, want: Prediction, at: &[Point], x: &Tensor<2>) -> Option<Result<Tensor<2>, ScoreError>> {
        Some(self.predict_on_device(want, at, x))
    }
}

impl Network {
    /// `v^T (a I + b c dF/dy)` at `y = c x_t`.
    fn pull_back(
        &self,
        want: Prediction,
        at: &[Point],
        (x, v): (&[f64], &[f64]),
        out: &mut [f64],
    ) -> Result<(), ScoreError> {
        let dim = self.metadata.dim;
        let coefficients = self.coefficients(want, at)?;
        let c: Vec<f64> = at.iter().map(|point| self.metadata.sigma_data.input_scale(point)).collect();
        let shared = if at.len() == 1 { Some(self.condition(at)) } else { None };
        let rows = self.kind.rows_per_task().unwrap_or(usize::MAX / dim).min(x.len() / dim).max(1);
        let tasks = x.par_chunks(rows * dim).zip(v.par_chunks(rows * dim)).zip(out.par_chunks_mut(rows * dim));
        tasks.enumerate().try_for_each(|(task, ((x, v), out))| {
            let first = task * rows;
            let scale = |i: usize| of(&c, first + i / dim);
            let input = x.iter().enumerate().map(|(i, x)| (scale(i) * x) as f32).collect();
            let y = matrix(input, dim, &self.device).autodiff().require_grad();
            let f = match &shared {
                Some(conditions) => self.mlp.forward(&self.weights.0, y.clone(), conditions),
                None => {
                    let own = self.condition(&at[first..first + x.len() / dim]);
                    self.mlp.forward(&self.weights.0, y.clone(), &own)
                }
            };
            let on_device = matrix(v.iter().map(|&v| v as f32).collect(), dim, &self.device);
            let mut gradients = (f * on_device).sum().backward();
            let missing = || ScoreError::Network("no gradient reached the input".into());
            let slope = y.grad_remove(&mut gradients).ok_or_else(missing)?;
            let slope = host(&slope).map_err(|e| ScoreError::Network(e.to_string()))?;
            for (i, ((out, v), slope)) in out.iter_mut().zip(v).zip(slope).enumerate() {
                let (a, b) = of(&coefficients, first + i / dim);
                *out = a * v + b * scale(i) * f64::from(slope);
            }
            Ok(())
        })
    }

    fn predict_on_device(&self, want: Prediction, at: &[Point], x: &Tensor<2>) -> Result<Tensor<2>, ScoreError> {
        if x.device() != self.device {
            let found = format!("the tensor is on {:?}, the network on {:?}", x.device(), self.device);
            return Err(ScoreError::Network(found));
        }
        let coefficients = self.coefficients(want, at)?;
        let single = x.clone().cast(FloatDType::F32);
        let times = |y: Tensor<2>, factor: &dyn Fn(usize) -> f64| match at.len() {
            1 => y.mul_scalar(factor(0)),
            n => y * matrix((0..n).map(|i| factor(i) as f32).collect(), 1, &self.device),
        };
        let input = times(single.clone(), &|i| self.metadata.sigma_data.input_scale(&at[i]));
        let f = self.mlp.forward(&self.weights.0, input, &self.condition(at));
        let y = times(single, &|i| coefficients[i].0) + times(f, &|i| coefficients[i].1);
        let dtype: FloatDType = x.dtype().into();
        Ok(y.cast(dtype))
    }
}

#[cfg(test)]
mod tests;
