//! What a run ran on, one file a distinct environment.

use crate::data::io::sha256_hex;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::process::Command;
use std::sync::OnceLock;

/// Facts about the program and the machine that may change a time or a last digit.
#[derive(Clone, Debug, Serialize)]
pub struct Environment {
    /// Version of ito.
    pub ito: &'static str,
    /// Version of the numerics: results change only with it.
    pub numerics: u32,
    /// SHA-256 of the program's file: two builds of one version are told apart.
    pub program: Option<String>,
    /// Version of the compiler.
    pub rustc: Option<&'static str>,
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
    /// Its version, where its folder tells.
    pub libtorch_version: Option<&'static str>,
    /// The graphics processors and their driver, on `cuda`, where the driver tells.
    pub gpus: Option<String>,
}

impl Environment {
    /// The environment of this process.
    #[must_use]
    pub fn here(device: &str) -> Self {
        Self {
            ito: env!("CARGO_PKG_VERSION"),
            numerics: super::key::NUMERICS,
            program: program().clone(),
            rustc: option_env!("ITO_RUSTC"),
            profile: if cfg!(debug_assertions) { "debug" } else { "release" },
            os: std::env::consts::OS,
            arch: std::env::consts::ARCH,
            cpu: cpu_model(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            device: device.to_owned(),
            libtorch: cfg!(feature = "libtorch"),
            libtorch_version: option_env!("ITO_LIBTORCH"),
            gpus: if device == "cuda" {
                said("nvidia-smi", &["--query-gpu=name,driver_version", "--format=csv,noheader"])
            } else {
                None
            },
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

/// SHA-256 of the file of this program, read once.
fn program() -> &'static Option<String> {
    static HASH: OnceLock<Option<String>> = OnceLock::new();
    HASH.get_or_init(|| Some(sha256_hex(&std::fs::read(std::env::current_exe().ok()?).ok()?)))
}

/// The output of a program; `None` where it is not there or fails.
pub fn said(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (!text.is_empty()).then_some(text)
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
        assert_eq!(read["program"].as_str().map(str::len), Some(64), "{text}");
        assert!(read["rustc"].as_str().is_some_and(|version| version.starts_with("rustc 1.")), "{text}");
        assert_eq!(text, Environment::here("cpu").json().expect("JSON"), "two runs of one program share the file");
        assert_eq!(hash(&text).len(), 16);
        let other = Environment { processors: 77_777, ..Environment::here("cpu") };
        assert_ne!(hash(&text), hash(&other.json().expect("JSON")));
    }
}
