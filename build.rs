//! The compiler's version, for records. With the feature `libtorch`: its version, and where the binary finds libtorch at run time, so that nobody sets LD_LIBRARY_PATH.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-check-cfg=cfg(libtorch_cuda)");
    if let Some(version) = compiler() {
        println!("cargo:rustc-env=ITO_RUSTC={version}");
    }
    // torch-sys hands its library folder to crates that depend on it directly.
    println!("cargo:rerun-if-env-changed=DEP_TCH_LIBTORCH_LIB");
    let Ok(lib) = env::var("DEP_TCH_LIBTORCH_LIB") else { return };
    println!("cargo:rustc-link-arg=-Wl,-rpath,{lib}");
    if let Some(version) = libtorch(Path::new(&lib)) {
        println!("cargo:rustc-env=ITO_LIBTORCH={version}");
    }
    if Path::new(&lib).join("libtorch_cuda.so").exists() {
        // For `ito doctor`: without a driver libtorch itself cannot tell.
        println!("cargo:rustc-cfg=libtorch_cuda");
        // Nothing refers to the CUDA half by name: it registers itself when loaded, so a linker drops it.
        for arg in ["-Wl,--no-as-needed", &format!("-L{lib}"), "-ltorch_cuda", "-Wl,--as-needed"] {
            println!("cargo:rustc-link-arg={arg}");
        }
    }
}

/// `rustc 1.95.0 (hash date)`.
fn compiler() -> Option<String> {
    let output = Command::new(env::var_os("RUSTC")?).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().next().map(str::to_owned)
}

/// The version of the libtorch of a library folder: `version.py` beside it in a Python package, `build-version` in an
/// archive of libtorch alone.
fn libtorch(lib: &Path) -> Option<String> {
    let beside = |name: &str| fs::read_to_string(lib.parent()?.join(name)).ok();
    let python = |text: String| {
        let line = text.lines().find(|line| line.starts_with("__version__"))?.to_owned();
        line.split(['\'', '"']).nth(1).map(str::to_owned)
    };
    let archive = || beside("build-version")?.lines().next().map(|line| line.trim().to_owned());
    beside("version.py").and_then(python).or_else(archive)
}
