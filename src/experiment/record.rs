//! One record a cell: what was asked, what was counted, what was measured.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The key around a grid whose ends move with N, in the column of grids.
pub const MOVING_ENDS: &str = "moving-ends";

/// What the name of a network begins with, before its training seed.
pub const TRAIN_SEED: &str = "train-seed-";

/// How a cell ended. Only `ok`, `nonfinite` and `refused` are results; the others may be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Samples and metrics are there.
    Ok,
    /// Some sample became NaN or infinite.
    Nonfinite,
    /// The sampler cannot do this by its nature; said at `check`.
    Refused,
    /// An error of the sampler, the model or the machine.
    Failed,
    /// The time limit was reached.
    TimedOut,
    /// There was no room.
    OutOfMemory,
}

impl Status {
    /// Whether the cell needs no further try.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Ok | Self::Nonfinite | Self::Refused)
    }

    /// The word in records.csv.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Nonfinite => "nonfinite",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::TimedOut => "timed-out",
            Self::OutOfMemory => "out-of-memory",
        }
    }
}

/// A finished cell. `None` is an empty field in records.csv: not measured, never 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The cell's key, lower-case hexadecimal.
    pub cell: String,
    /// Name of the experiment.
    pub experiment: String,
    /// Sampler id.
    pub sampler: String,
    /// File name of the plugin.
    pub plugin: String,
    /// SHA-256 of the plugin's file.
    pub plugin_sha256: String,
    /// The sampler's parameters as compact JSON, every default filled in.
    pub params: String,
    /// The process as compact JSON.
    pub process: String,
    /// The grid as compact JSON; names moving ends where it has them.
    pub grid: String,
    /// `state`, `mean` or `x0`.
    #[serde(rename = "final")]
    pub final_: String,
    /// `paired`, `independent`, or `file` with the first digits of its SHA-256.
    pub noise: String,
    /// `prior`, `marginal`, or `file` with the first digits of its SHA-256.
    pub init: String,
    /// The model as compact JSON or a hash.
    pub model: String,
    /// N, the number of grid intervals; empty for adaptive samplers.
    pub steps: Option<u64>,
    /// The evaluations asked for by `sweep: { nfe }`.
    pub nfe_asked: Option<u64>,
    /// The largest number of evaluations of any sample.
    pub nfe: Option<u64>,
    /// Evaluated rows over samples: the x axis called NFE.
    pub nfe_per_sample: Option<f64>,
    /// Longest chain of evaluations that wait for each other.
    pub depth: Option<u64>,
    /// Rejected tries summed over samples.
    pub rejected: Option<u64>,
    /// Seed.
    pub seed: u64,
    /// Number of samples.
    pub samples: u64,
    /// Rows in one model call at most.
    pub batch: u64,
    /// Device kind.
    pub device: String,
    /// `f32` or `f64`.
    pub dtype: String,
    /// Guidance scale, where there is guidance.
    pub guidance: Option<f64>,
    /// Threads of the numeric library.
    pub threads: u64,
    /// Cells run side by side.
    pub jobs: u64,
    /// Hash of the environment file.
    pub environment: String,
    /// How it ended.
    pub status: Status,
    /// What went wrong, one line.
    pub error: Option<String>,
    /// Wall time of the sampling in seconds.
    pub wall_s: Option<f64>,
    /// Of which inside the model, in seconds.
    pub model_s: Option<f64>,
    /// SHA-256 of the samples' bytes.
    pub samples_sha256: Option<String>,
    /// SHA-256 of the network's weights.
    pub weights_sha256: Option<String>,
    /// SHA-256 of the samples that these replaced, where a device does not repeat its bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<String>,
    /// Settings of metrics that have some, by the metric's name, as compact JSON with their points by SHA-256: where the
    /// experiment's are others, the metric is measured again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
    /// Metric columns by name: `sliced-w2`, and beside it `sliced-w2_floor`; `trajectory`,
    /// `trajectory_median`, `trajectory_floor`; `reference_evaluations`. One that is not finite, as samples that are
    /// finite but huge can give, is written as the text `inf`, `-inf` or `nan`.
    #[serde(with = "metrics")]
    pub metrics: BTreeMap<String, f64>,
}

impl Record {
    /// The temperature of a sampler for which no target is claimed, by [`ladder_temperature`].
    #[must_use]
    pub fn ladder_temperature(&self) -> Option<f64> {
        ladder_temperature(&serde_json::from_str(&self.params).ok()?)
    }
}

/// The temperature, other than 1, of a sampler with these parameters or of one inside, that goes through several levels;
/// `None` for a chain at one level, whose law is p^{1/τ} there. What comes out of a ladder of tempered levels has no law
/// that could be written down, so that no target is claimed for it.
#[must_use]
pub fn ladder_temperature(params: &Value) -> Option<f64> {
    let Value::Object(map) = params else { return None };
    let own = map.get("temperature").and_then(Value::as_f64).filter(|tau| *tau != 1.0 && !map.contains_key("level"));
    own.or_else(|| map.values().find_map(ladder_temperature))
}

/// A metric as text: all digits, or the word of one that is not finite; `str::parse` reads it back.
#[must_use]
pub fn metric_text(value: f64) -> String {
    if value.is_nan() { "nan".to_owned() } else { value.to_string() }
}

/// Metrics as JSON, which has no number that is not finite and would hold null.
mod metrics {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
    use std::collections::BTreeMap;

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Value {
        Number(f64),
        Word(String),
    }

    pub(super) fn serialize<S: Serializer>(metrics: &BTreeMap<String, f64>, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(metrics.iter().map(|(name, &value)| {
            (name, if value.is_finite() { Value::Number(value) } else { Value::Word(super::metric_text(value)) })
        }))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, f64>, D::Error> {
        let number = |(name, value): (String, Value)| match value {
            Value::Number(value) => Ok((name, value)),
            Value::Word(word) => match word.as_str() {
                "inf" => Ok((name, f64::INFINITY)),
                "-inf" => Ok((name, f64::NEG_INFINITY)),
                "nan" => Ok((name, f64::NAN)),
                _ => Err(de::Error::custom(format!("metric {name} is `{word}`; allowed: a number, inf, -inf, nan"))),
            },
        };
        BTreeMap::<String, Value>::deserialize(from)?.into_iter().map(number).collect()
    }
}
