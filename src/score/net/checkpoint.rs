//! Checkpoints: safetensors files whose metadata, one JSON text under the key `ito`, says what they are.
//!
//! `model.safetensors` is a trained model: the averaged weights and all that sampling needs.
//! `training.safetensors` is a training under way: weights, average, both moments of Adam and the step. Both
//! name the training they belong to. A file is written beside its place, synced and renamed: it exists whole
//! or not at all.

use super::embedding::Embedding;
use super::precondition::Preconditioner;
use super::spec::TrainSpec;
use super::weights::{Parameter, hex, le_bytes, sha256};
use super::{DeviceKind, NetError};
use crate::process::ProcessSpec;
use ndarray::ArrayView2;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Display;
use std::io::Write as _;
use std::path::Path;

/// The file of a trained model in its folder.
pub const MODEL_FILE: &str = "model.safetensors";
/// The file of a training under way.
pub(super) const TRAINING_FILE: &str = "training.safetensors";
/// The metadata key.
const KEY: &str = "ito";

/// What a training is made of; two trainings with the same identity give the same weights on one device
/// kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// [`super::TRAINING_NUMERICS`].
    pub numerics: u32,
    /// The train block, every default filled in.
    pub train: TrainSpec,
    /// The process.
    pub process: ProcessSpec,
    /// t_begin and t_end of the times trained on.
    pub ends: [f64; 2],
    /// [`data_sha256`].
    pub data_sha256: String,
}

/// Metadata of a trained model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelMetadata {
    /// How it was trained; the network's configuration is in its train block.
    pub training: Identity,
    /// Numbers a sample.
    pub dim: usize,
    /// The input and output scaling.
    pub sigma_data: Preconditioner,
    /// How the network sees time.
    pub embedding: Embedding,
    /// Where it was trained.
    pub device: DeviceKind,
    /// SHA-256 of the weights: name, shape and values in order.
    pub weights_sha256: String,
}

/// Metadata of a training under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrainingMetadata {
    pub training: Identity,
    /// Steps done.
    pub step: u64,
}

/// One of the two, as written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Metadata {
    Model(ModelMetadata),
    Training(TrainingMetadata),
}

impl Identity {
    /// The parts in which two trainings differ, in words; empty when they are the same. Compared as JSON
    /// text read back, since that is what a file holds.
    pub(super) fn differences(&self, other: &Self) -> Result<String, serde_json::Error> {
        let [a, b] = [self, other].map(|identity| {
            let text = serde_json::to_string(identity)?;
            serde_json::from_str::<serde_json::Map<String, Value>>(&text)
        });
        let (a, b) = (a?, b?);
        let differing: Vec<&str> = a.iter().filter(|(k, v)| b.get(*k) != Some(v)).map(|(k, _)| k.as_str()).collect();
        Ok(differing.join(", "))
    }
}

/// The seed of the training that a file holds the model of.
///
/// # Errors
/// [`NetError::Io`]; [`NetError::NotACheckpoint`] where it is none.
pub fn training_seed(path: &Path) -> Result<u32, NetError> {
    let file = File::open(path)?;
    match file.metadata()? {
        Metadata::Model(model) => Ok(model.training.train.seed),
        Metadata::Training(_) => Err(file.foreign(&"a training under way, not a trained model")),
    }
}

/// SHA-256 of data as 64-bit little-endian numbers, row-major, with their shape; part of an [`Identity`].
#[must_use]
pub fn data_sha256(data: &ArrayView2<'_, f64>) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("f64 {:?}\n", data.shape()));
    for x in data {
        hash.update(x.to_le_bytes());
    }
    hex(&hash.finalize())
}

/// A file read whole; [`metadata`](File::metadata) checks that it is one of ours.
pub(super) struct File<'a> {
    path: &'a Path,
    bytes: Vec<u8>,
}

impl<'a> File<'a> {
    /// # Errors
    /// [`NetError::Io`].
    pub(super) fn open(path: &'a Path) -> Result<Self, NetError> {
        let bytes = std::fs::read(path).map_err(|source| NetError::Io { path: path.into(), source })?;
        Ok(Self { path, bytes })
    }

    fn foreign(&self, reason: &dyn Display) -> NetError {
        NetError::NotACheckpoint { path: self.path.into(), reason: reason.to_string() }
    }

    fn tensors(&self) -> Result<SafeTensors<'_>, NetError> {
        SafeTensors::deserialize(&self.bytes).map_err(|e| self.foreign(&e))
    }

    /// # Errors
    /// [`NetError::NotACheckpoint`].
    pub(super) fn metadata(&self) -> Result<Metadata, NetError> {
        let (_, header) = SafeTensors::read_metadata(&self.bytes).map_err(|e| self.foreign(&e))?;
        let text = header.metadata().as_ref().and_then(|map| map.get(KEY));
        let text = text.ok_or_else(|| self.foreign(&format!("its metadata have no key `{KEY}`")))?;
        serde_json::from_str(text).map_err(|e| self.foreign(&format!("its metadata do not parse: {e}")))
    }

    /// The values of `group.name` for all parameters in order.
    ///
    /// # Errors
    /// [`NetError::NotACheckpoint`], [`NetError::MissingTensor`], [`NetError::WrongTensor`].
    pub(super) fn group(&self, group: &str, parameters: &[Parameter]) -> Result<Vec<Vec<f32>>, NetError> {
        let tensors = self.tensors()?;
        let read = |parameter: &Parameter| {
            let name = format!("{group}.{}", parameter.name);
            let Ok(tensor) = tensors.tensor(&name) else {
                return Err(NetError::MissingTensor { path: self.path.into(), name });
            };
            if tensor.dtype() != Dtype::F32 || tensor.shape() != parameter.shape {
                let found = format!("{} {:?}", tensor.dtype(), tensor.shape());
                let expected = format!("{} {:?}", Dtype::F32, parameter.shape);
                return Err(NetError::WrongTensor { path: self.path.into(), name, found, expected });
            }
            let (words, _) = tensor.data().as_chunks();
            Ok(words.iter().map(|&word| f32::from_le_bytes(word)).collect())
        };
        parameters.iter().map(read).collect()
    }

    /// The weights of a model and their metadata, after a check of their hash.
    ///
    /// # Errors
    /// As [`group`](File::group), and [`NetError::WrongHash`].
    pub(super) fn weights(
        &self,
        metadata: &ModelMetadata,
        parameters: &[Parameter],
    ) -> Result<Vec<Vec<f32>>, NetError> {
        let values = self.group("weights", parameters)?;
        let found = sha256(parameters, &values);
        if found == metadata.weights_sha256 {
            Ok(values)
        } else {
            Err(NetError::WrongHash { path: self.path.into(), found, stated: metadata.weights_sha256.clone() })
        }
    }
}

/// Writes groups of parameters and the metadata to `path`, whole or not at all.
///
/// # Errors
/// [`NetError::Io`].
pub(super) fn write(
    path: &Path,
    metadata: &Metadata,
    parameters: &[Parameter],
    groups: &[(&str, Vec<Vec<f32>>)],
) -> Result<(), NetError> {
    let io = |source: std::io::Error| NetError::Io { path: path.into(), source };
    let mut named = Vec::new();
    for (group, values) in groups {
        for (parameter, values) in parameters.iter().zip(values) {
            named.push((format!("{group}.{}", parameter.name), &parameter.shape, le_bytes(values)));
        }
    }
    let views = named.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(Dtype::F32, shape.to_vec(), bytes);
        view.map(|view| (name, view)).map_err(|e| io(std::io::Error::other(e)))
    });
    let views = views.collect::<Result<Vec<_>, _>>()?;
    let text = serde_json::to_string(metadata).map_err(|e| io(e.into()))?;
    let header = HashMap::from([(KEY.to_owned(), text)]);
    let bytes = safetensors::serialize(views, Some(header)).map_err(|e| io(std::io::Error::other(e)))?;
    replace(path, &bytes).map_err(io)
}

/// Writes a file whole or not at all: beside its place, synced, renamed.
///
/// # Errors
/// What the file system says.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    // The mode of any new file, of which the umask takes its part; a temporary file is its owner's alone.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(dir)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    // On unix a rename lasts once its folder is synced; elsewhere folders cannot be opened.
    #[cfg(unix)]
    std::fs::File::open(dir)?.sync_all()?;
    Ok(())
}
