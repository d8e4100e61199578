//! What can be wrong with a plugin, and with the values given to its parameters.

use std::path::PathBuf;

/// A plugin that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// The path leads nowhere.
    #[error("{path}: no such file or folder; give a plugin's shared library or a folder of them")]
    NotFound {
        /// The path.
        path: PathBuf,
    },
    /// Reading or copying failed.
    #[error("{path}: {what}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The copy that is loaded could not be made.
    #[error(
        "{path}: cannot be copied to the plugin cache {cache}: {source}; set ITO_CACHE to a folder that can be written"
    )]
    Cache {
        /// The file.
        path: PathBuf,
        /// Where its copy belongs.
        cache: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// Not a shared library at all.
    #[error("{path}: not a shared library ({reason}); rebuild it as a cdylib, or remove it from the plugin path")]
    NotALibrary {
        /// The file.
        path: PathBuf,
        /// What the object reader said.
        reason: String,
    },
    /// A library without the entry.
    #[error("{path}: no symbol `{entry}`: this is not a plugin of ito{other}", entry = ito_abi::ENTRY)]
    NoEntry {
        /// The file.
        path: PathBuf,
        /// What was found instead, if anything.
        other: String,
    },
    /// Built from another header.
    #[error(
        "{path}: built from another ito_plugin.h (header hash {found}, this ito has {expected}); \
         rebuild the plugin against this version's header",
        expected = ito_abi::HEADER_HASH
    )]
    OtherHeader {
        /// The file.
        path: PathBuf,
        /// The hash it carries.
        found: String,
    },
    /// The loader refused it.
    #[error("{path}: cannot be loaded: {reason}")]
    Load {
        /// The file.
        path: PathBuf,
        /// The loader's words.
        reason: String,
    },
    /// The entry returned an error.
    #[error("{path}: `{entry}` returned status {status}", entry = ito_abi::ENTRY)]
    Entry {
        /// The file.
        path: PathBuf,
        /// The status.
        status: i32,
    },
    /// The description breaks a rule of the header.
    #[error("{path}: sampler `{sampler}`: {reason}")]
    Descriptor {
        /// The file.
        path: PathBuf,
        /// The sampler's id, or its position.
        sampler: String,
        /// The rule.
        reason: String,
    },
    /// Two plugins claim one id.
    #[error("sampler `{id}` is in two plugins: {first} and {second}; remove one of them from the plugin path")]
    Duplicate {
        /// The id.
        id: String,
        /// The file that came first in the search path.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
}

/// A value that does not fit a sampler's parameters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct ParamError {
    /// Keys below the sampler value, from the outside in: `["sgld", "step", "sigma"]`.
    pub path: Vec<String>,
    /// What was found, what is allowed, what is near.
    pub text: String,
}

impl ParamError {
    pub(super) fn new(path: &[&str], text: impl Into<String>) -> Self {
        Self { path: path.iter().map(|&key| key.to_owned()).collect(), text: text.into() }
    }

    /// The same error seen from one level further out.
    pub(super) fn inside(mut self, keys: &[&str]) -> Self {
        self.path.splice(0..0, keys.iter().map(|&key| key.to_owned()));
        self
    }
}

/// `did you mean …?` for the nearest of the allowed names, or nothing.
pub(super) fn nearest<'a>(found: &str, allowed: impl IntoIterator<Item = &'a str>) -> String {
    allowed
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(found, name), name))
        .min()
        .filter(|(distance, name)| *distance <= 1 + name.len() / 3)
        .map_or_else(String::new, |(_, name)| format!("; did you mean `{name}`?"))
}
