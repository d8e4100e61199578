//! Learned scores: networks, their training and their checkpoints. The only folder that builds networks;
//! [`backend`] is the only file of it that names a backend.
//!
//! A network never predicts a noise or an image directly. With data of root mean square `sigma_data`, its
//! input and its regression target have variance 1 at every time of every process ([`precondition`]), and
//! each [`Prediction`](super::Prediction) is `a x_t + b F` with f64 coefficients of the
//! [`Point`](crate::process::Point).

mod activation;
mod adam;
pub mod backend;
pub mod checkpoint;
mod curve;
pub mod embedding;
pub mod loss;
pub mod mlp;
pub mod network;
pub mod precondition;
pub mod rate;
mod spec;
pub mod train;
mod weights;

#[cfg(test)]
mod tests;

pub use backend::DeviceKind;
pub use loss::{Target, Times};
pub use mlp::MlpSpec;
pub use network::Network;
pub use rate::RateSpec;
pub use spec::{AdamSpec, NetSpec, OptimizerSpec, TrainSpec};
pub use train::{Trained, Training, data_sha256, train};

use crate::process::ProcessError;
use std::path::PathBuf;

/// Version of the numbers that a training gives: raised whenever the same inputs give other weights.
pub const TRAINING_NUMERICS: u32 = 1;

/// Why a network could not be trained, saved or loaded.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// A number of the train block is out of range.
    #[error("`{key}` is {found}, but must be {allowed}")]
    Spec {
        /// Path of the key below `train`.
        key: &'static str,
        /// What was found.
        found: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A parameter of the process is out of range.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The name of a device is not known.
    #[error("unknown device `{found}`: `cpu`, `libtorch` and `cuda:N` exist")]
    UnknownDevice {
        /// What was found.
        found: String,
    },
    /// The device is known but cannot be used here.
    #[error("device `{device}` cannot be used: {reason}")]
    NoDevice {
        /// The device.
        device: DeviceKind,
        /// Why, and what to do.
        reason: String,
    },
    /// There is nothing to train on.
    #[error("the training data have {rows} rows of {dim} numbers; at least one of each is needed")]
    EmptyData {
        /// Rows found.
        rows: usize,
        /// Numbers a row.
        dim: usize,
    },
    /// A training sample is NaN or infinite.
    #[error("row {row} of the training data is not finite")]
    NonfiniteData {
        /// The first such row.
        row: usize,
    },
    /// All data are zero, so that they have no scale.
    #[error("the training data are all zero")]
    ZeroData,
    /// The marginal does not exist at one end of the training's times.
    #[error("the process has alpha = {alpha}, sigma = {sigma} at t = {t}; training needs finite numbers, sigma > 0")]
    BadEnd {
        /// The time.
        t: f64,
        /// alpha(t).
        alpha: f64,
        /// sigma(t).
        sigma: f64,
    },
    /// Reading or writing failed.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file is no checkpoint of this program.
    #[error("{path} is not a checkpoint: {reason}", path = .path.display())]
    NotACheckpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A tensor is missing.
    #[error("{path} has no tensor `{name}`", path = .path.display())]
    MissingTensor {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// A tensor has another shape or type than the network.
    #[error("{path}: tensor `{name}` is {found}, but the network needs {expected}", path = .path.display())]
    WrongTensor {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Type and shape found.
        found: String,
        /// Type and shape needed.
        expected: String,
    },
    /// The weights are not those that were written.
    #[error("{path}: the weights have SHA-256 {found}, but the file says {stated}", path = .path.display())]
    WrongHash {
        /// The file.
        path: PathBuf,
        /// Hash of the weights in the file.
        found: String,
        /// Hash in the file's metadata.
        stated: String,
    },
    /// The folder belongs to another training.
    #[error("{path} belongs to another training (other {differs}): remove it or train elsewhere", path = .path.display())]
    OtherTraining {
        /// The checkpoint.
        path: PathBuf,
        /// The parts that differ.
        differs: String,
    },
    /// The loss or its gradient stopped being finite.
    #[error("the loss is not finite at step {step}: lower `optimizer.adam.lr` or set `clip`")]
    Diverged {
        /// The step.
        step: u64,
    },
    /// The caller asked to stop; the training continues from here when it is called again.
    #[error("interrupted after {step} of {steps} steps; run it again to continue")]
    Interrupted {
        /// Steps done and saved.
        step: u64,
        /// Steps asked for.
        steps: u64,
    },
    /// The tensor backend failed.
    #[error("the tensor backend failed: {0}")]
    Backend(String),
}
