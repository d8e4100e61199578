//! What the tests share.

use ito::plugin::Registry;
use std::path::{Path, PathBuf};

/// The folder where cargo leaves the plugins' shared libraries: that of the test executable.
pub fn plugin_folder() -> PathBuf {
    let exe = std::env::current_exe().expect("a test has an executable");
    exe.parent().expect("it lies in a folder").to_owned()
}

/// The plugins of the collection and of the test kit, each by its file.
pub fn plugin_files() -> Vec<PathBuf> {
    let names = ["euler", "runge_kutta", "stochastic", "langevin", "euler_c", "testkit"];
    let file = |name: &str| {
        let (prefix, extension) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_EXTENSION);
        plugin_folder().join(format!("{prefix}ito_{name}.{extension}"))
    };
    names.into_iter().map(file).collect()
}

/// All samplers.
pub fn registry() -> Registry {
    Registry::open(&plugin_files()).expect("the plugins of the collection load")
}

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
