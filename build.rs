//! With the feature `libtorch`: where the binary finds libtorch at run time, so that nobody sets LD_LIBRARY_PATH.

use std::env;
use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-check-cfg=cfg(libtorch_cuda)");
    // torch-sys hands its library folder to crates that depend on it directly.
    println!("cargo:rerun-if-env-changed=DEP_TCH_LIBTORCH_LIB");
    let Ok(lib) = env::var("DEP_TCH_LIBTORCH_LIB") else { return };
    println!("cargo:rustc-link-arg=-Wl,-rpath,{lib}");
    if Path::new(&lib).join("libtorch_cuda.so").exists() {
        // For `ito doctor`: without a driver libtorch itself cannot tell.
        println!("cargo:rustc-cfg=libtorch_cuda");
        // Nothing refers to the CUDA half by name: it registers itself when loaded, so a linker drops it.
        for arg in ["-Wl,--no-as-needed", &format!("-L{lib}"), "-ltorch_cuda", "-Wl,--as-needed"] {
            println!("cargo:rustc-link-arg={arg}");
        }
    }
}
