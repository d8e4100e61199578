//! What a run ran on, one file a distinct environment.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// Facts about the program and the machine that may change a time or a last digit.
#[derive(Clone, Debug, Serialize)]
pub struct Environment {
    /// Version of ito.
    pub ito: &'static str,
    /// Version of the numerics: results change only with it.
    pub numerics: u32,
    /// Whether the program was built with optimisation.
    pub profile: &'static str,
    /// Operating system.
    pub os: &'static str,
    /// Processor family.
    pub arch: &'static str,
    /// Processor model, where the system tells.
    pub cpu: Option<String>,
    /// Logical processors.
    pub processors: usize,
    /// Device kind.
    pub device: String,
    /// Whether the LibTorch backend is built in.
    pub libtorch: bool,
}

impl Environment {
    /// The environment of this process.
    #[must_use]
    pub fn here(device: &str) -> Self {
        Self {
            ito: env!("CARGO_PKG_VERSION"),
            numerics: super::key::NUMERICS,
            profile: if cfg!(debug_assertions) { "debug" } else { "release" },
            os: std::env::consts::OS,
            arch: std::env::consts::ARCH,
            cpu: cpu_model(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            device: device.to_owned(),
            libtorch: cfg!(feature = "libtorch"),
        }
    }

    /// The file's text.
    ///
    /// # Errors
    /// What the writer of JSON says.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}

/// The first 16 hexadecimal digits of the SHA-256 of a file's text: its name.
#[must_use]
pub fn hash(json: &str) -> String {
    Sha256::digest(json).iter().take(8).map(|b| format!("{b:02x}")).collect()
}

fn cpu_model() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, model)| model.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_by_all_of_its_text() {
        let text = Environment::here("cpu").json().expect("texts and numbers have JSON");
        let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!((&read["device"], &read["numerics"]), (&"cpu".into(), &super::super::key::NUMERICS.into()));
        assert!(text.ends_with("}\n"));
        assert_eq!(hash(&text).len(), 16);
        let other = Environment { processors: 77_777, ..Environment::here("cpu") };
        assert_ne!(hash(&text), hash(&other.json().expect("JSON")));
    }
}
