//! What a plugin says of its samplers.

mod read;

pub(super) use read::{sampler, text};

use super::ParamValue;
use ito_abi as abi;
use std::path::PathBuf;
use std::sync::Arc;

/// The file a sampler came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginFile {
    /// Where it was found.
    pub path: PathBuf,
    /// Its file name.
    pub name: String,
    /// SHA-256 of its bytes, lower-case hexadecimal.
    pub sha256: String,
}

/// Decides the test in the order table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Deterministic on a fixed grid.
    Ode,
    /// Discretises an SDE.
    Sde,
    /// Deterministic with error control for each sample.
    Adaptive,
    /// Markov chain at one time.
    Mcmc,
    /// Converges to a floor of its own.
    Plateau,
    /// Iterates to a sequential sampler's result.
    Iterative,
}

impl Kind {
    pub(super) fn from_code(code: u32) -> Option<Self> {
        Some(match code {
            abi::KIND_ODE => Self::Ode,
            abi::KIND_SDE => Self::Sde,
            abi::KIND_ADAPTIVE => Self::Adaptive,
            abi::KIND_MCMC => Self::Mcmc,
            abi::KIND_PLATEAU => Self::Plateau,
            abi::KIND_ITERATIVE => Self::Iterative,
            _ => return None,
        })
    }

    pub(super) fn code(self) -> u32 {
        match self {
            Self::Ode => abi::KIND_ODE,
            Self::Sde => abi::KIND_SDE,
            Self::Adaptive => abi::KIND_ADAPTIVE,
            Self::Mcmc => abi::KIND_MCMC,
            Self::Plateau => abi::KIND_PLATEAU,
            Self::Iterative => abi::KIND_ITERATIVE,
        }
    }

    /// The word in tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ode => "ode",
            Self::Sde => "sde",
            Self::Adaptive => "adaptive",
            Self::Mcmc => "mcmc",
            Self::Plateau => "plateau",
            Self::Iterative => "iterative",
        }
    }
}

/// What a sampler needs and can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize)]
#[allow(clippy::struct_excessive_bools, reason = "a set of independent facts")]
pub struct Flags {
    /// Keeps nothing between steps: can be an inner sampler.
    pub one_step: bool,
    /// Chooses its steps, row by row.
    pub per_row_step: bool,
    /// Markov chain at one time.
    pub level: bool,
    /// Divides by alpha(t).
    pub needs_alpha: bool,
    /// The default of `final` is `mean`.
    pub final_mean: bool,
    /// A sample depends on which others are in its batch.
    pub batch_wide: bool,
}

impl Flags {
    pub(super) fn from_bits(bits: u32) -> Self {
        Self {
            one_step: bits & abi::ONE_STEP != 0,
            per_row_step: bits & abi::PER_ROW_STEP != 0,
            level: bits & abi::LEVEL != 0,
            needs_alpha: bits & abi::NEEDS_ALPHA != 0,
            final_mean: bits & abi::FINAL_MEAN != 0,
            batch_wide: bits & abi::BATCH_WIDE != 0,
        }
    }
}

/// Type of a parameter.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ParamKind {
    /// A number.
    F64,
    /// A whole number.
    I64,
    /// true or false.
    Bool,
    /// One of these names.
    Enum(Vec<String>),
    /// A text.
    Str,
    /// A list of numbers.
    F64List,
    /// Another sampler.
    Sampler,
}

/// A declared parameter.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ParamInfo {
    /// YAML key; dots make alternatives.
    pub id: String,
    /// Unit.
    pub unit: String,
    /// What it does.
    pub doc: String,
    /// Type.
    pub kind: ParamKind,
    /// Default.
    pub default: Option<ParamValue>,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// The smallest value itself is not allowed.
    pub min_exclusive: bool,
    /// The largest value itself is not allowed.
    pub max_exclusive: bool,
    /// Must be given.
    pub required: bool,
}

/// A sampler as its plugin describes it.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the texts are those of ito_info in the header")]
pub struct SamplerInfo {
    pub id: String,
    pub name: String,
    pub version: String,
    pub author: String,
    pub license: String,
    pub url: String,
    pub summary: String,
    pub equation: String,
    pub source: String,
    pub choose: String,
    pub kind: Kind,
    pub flags: Flags,
    pub uniform_in: u32,
    pub order: f64,
    pub weak_order: f64,
    pub evals_per_step: u64,
    pub params: Vec<ParamInfo>,
    pub streams: Vec<String>,
    pub required: Vec<String>,
    pub file: Arc<PluginFile>,
    /// The plugin's table; `None` only in tests without a library.
    pub(super) raw: Option<&'static abi::Info>,
}

impl SamplerInfo {
    /// A description without a library behind it, for tests of what stands above plugins.
    #[must_use]
    pub fn without_library(id: &str, kind: Kind, flags: Flags, params: Vec<ParamInfo>) -> Self {
        Self {
            id: id.to_owned(),
            name: id.to_owned(),
            version: String::new(),
            author: String::new(),
            license: String::new(),
            url: String::new(),
            summary: String::new(),
            equation: String::new(),
            source: String::new(),
            choose: String::new(),
            kind,
            flags,
            uniform_in: abi::ANY_SPACING,
            order: 1.0,
            weak_order: 0.0,
            evals_per_step: 1,
            params,
            streams: Vec::new(),
            required: Vec::new(),
            file: Arc::new(PluginFile { path: PathBuf::new(), name: "none.so".into(), sha256: "0".repeat(64) }),
            raw: None,
        }
    }
}
