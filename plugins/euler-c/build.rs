//! Compiles the plugin, a single C file.

fn main() {
    println!("cargo:rerun-if-changed=src/euler.c");
    println!("cargo:rerun-if-changed=../abi/include/ito_plugin.h");
    cc::Build::new()
        .file("src/euler.c")
        .include("../abi/include")
        // Alone, the C file is a whole plugin. Here the entry is exported by src/lib.rs, which calls this name.
        .define("ito_plugin_v0", "ito_euler_c_entry")
        .std("c99")
        .warnings(true)
        .extra_warnings(true)
        .warnings_into_errors(true)
        .flag_if_supported("-Wpedantic")
        .flag_if_supported("-fvisibility=hidden")
        .compile("ito_euler_c");
}
