//! A flat list of named parameters: what the optimizer moves, the average follows and checkpoints keep.

use super::NetError;
use crate::noise::{Key, Stream, normals};
use burn::tensor::{Device, Tensor, TensorData};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Name, shape and initial law of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parameter {
    /// Dotted path, as in the checkpoint.
    pub name: String,
    /// Shape; a weight is [inputs, outputs].
    pub shape: Vec<usize>,
    /// Standard deviation of the normal it starts from; 0 starts from zero.
    pub std: f64,
}

impl Parameter {
    pub(super) fn len(&self) -> usize {
        self.shape.iter().product()
    }

    fn columns(&self) -> usize {
        self.shape.last().copied().unwrap_or(1)
    }
}

/// Values of all parameters on one device, each a matrix of as many columns as its last dimension: a bias is
/// [1, outputs].
///
/// Not `Clone`: a clone of a tensor shares its storage, and what is averaged or saved must not follow the
/// training.
#[derive(Debug)]
pub(super) struct Weights(pub Vec<Tensor<2>>);

impl Weights {
    /// Initial values, from the counter-based generator: parameter i is sample i of the stream.
    pub(super) fn init(parameters: &[Parameter], seed: u32, device: &Device) -> Self {
        let stream = Stream::named("training/initial-weights");
        let values = parameters.iter().zip(0u32..).map(|(parameter, sample)| {
            let mut z = vec![0.0; parameter.len()];
            if parameter.std > 0.0 {
                normals(Key { seed, sample }, stream, 0, &mut z);
            }
            matrix(z.iter().map(|&z| (parameter.std * z) as f32).collect(), parameter.columns(), device)
        });
        Self(values.collect())
    }

    /// Values from host memory, in the order of the parameters.
    pub(super) fn from_host(parameters: &[Parameter], values: Vec<Vec<f32>>, device: &Device) -> Self {
        Self(parameters.iter().zip(values).map(|(p, v)| matrix(v, p.columns(), device)).collect())
    }

    /// The values in host memory.
    ///
    /// # Errors
    /// [`NetError::Backend`].
    pub(super) fn to_host(&self) -> Result<Vec<Vec<f32>>, NetError> {
        self.0.iter().map(host).collect()
    }

    /// As many zeros.
    pub(super) fn zeros(parameters: &[Parameter], device: &Device) -> Self {
        Self(parameters.iter().map(|p| Tensor::zeros([p.len() / p.columns(), p.columns()], device)).collect())
    }
}

/// A host matrix [rows, dim], row-major, on a device.
pub(super) fn matrix(values: Vec<f32>, dim: usize, device: &Device) -> Tensor<2> {
    let rows = values.len() / dim;
    Tensor::from_data(TensorData::new(values, [rows, dim]), device)
}

/// A tensor's numbers in host memory, row-major.
///
/// # Errors
/// [`NetError::Backend`].
pub(super) fn host<const D: usize>(tensor: &Tensor<D>) -> Result<Vec<f32>, NetError> {
    let data = tensor.try_to_data().map_err(|e| NetError::Backend(e.to_string()))?;
    data.try_into_vec().map_err(|e| NetError::Backend(e.to_string()))
}

/// SHA-256 of name, shape and little-endian values of all parameters in order, lower-case hexadecimal.
pub(super) fn sha256(parameters: &[Parameter], values: &[Vec<f32>]) -> String {
    let mut hash = Sha256::new();
    for (parameter, values) in parameters.iter().zip(values) {
        hash.update(format!("{} {:?}\n", parameter.name, parameter.shape));
        hash.update(le_bytes(values));
    }
    hex(&hash.finalize())
}

/// Little-endian bytes.
pub(super) fn le_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
