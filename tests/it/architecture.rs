//! The import rules of `docs/architecture.md`, and where `unsafe` may stand.

use crate::support::root;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What each module may import from the crate, beside itself.
const RULES: [(&str, &[&str]); 12] = [
    ("units", &[]),
    ("process", &["units"]),
    ("grid", &["units", "process"]),
    ("noise", &[]),
    ("state", &[]),
    // Training draws its noise from the same generator as sampling.
    ("score", &["units", "process", "noise", "state"]),
    ("sampler", &["units", "process", "grid", "score", "noise", "state"]),
    // A plugin's streams are named and checked at load.
    ("plugin", &["sampler", "score", "state", "noise"]),
    ("data", &["units", "noise"]),
    ("metric", &["units", "process", "grid", "score", "noise", "state"]),
    ("plot", &["experiment", "metric", "data"]),
    (
        "experiment",
        &["units", "process", "grid", "score", "noise", "state", "sampler", "plugin", "data", "metric", "plot"],
    ),
];

fn rust_files(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

fn files(dir: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    rust_files(&root().join(dir), &mut out);
    out.sort();
    out
}

/// The modules that a file names after `crate::`, its tests left out.
fn imports(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    let mut out = BTreeSet::new();
    for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for rest in line.split("crate::").skip(1) {
            let name = rest.split(|c: char| !(c.is_ascii_lowercase() || c == '_')).next().unwrap_or("");
            if !name.is_empty() {
                out.insert(name.to_owned());
            }
        }
    }
    out
}

#[test]
fn modules_import_only_what_the_architecture_allows() {
    let mut broken = Vec::new();
    for (module, allowed) in RULES {
        let own: Vec<PathBuf> = if root().join("src").join(module).is_dir() {
            files(&format!("src/{module}"))
        } else {
            vec![root().join(format!("src/{module}.rs"))]
        };
        for file in own {
            let is_test = ["tests.rs", "testing.rs", "conformance.rs"].iter().any(|t| file.ends_with(t));
            let text = std::fs::read_to_string(&file).unwrap();
            for name in imports(&text) {
                if !is_test && name != module && !allowed.contains(&name.as_str()) {
                    broken.push(format!("{} imports `{name}`", file.strip_prefix(root()).unwrap().display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn only_the_experiment_knows_yaml_and_only_the_plot_knows_plotters() {
    for (word, home) in [
        ("serde_yaml", "src/experiment/load"),
        ("plotters", "src/plot"),
        ("libloading", "src/plugin"),
        (" tch", "src/score/net/backend"),
    ] {
        for file in files("src") {
            let text = std::fs::read_to_string(&file).unwrap();
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
            let path = file.strip_prefix(root()).unwrap();
            let named = code.contains(&format!("{word}::")) && !file.ends_with("tests.rs");
            assert!(
                !named || path.starts_with(home) || path.starts_with(format!("{home}.rs")),
                "{} names {word}",
                path.display()
            );
        }
    }
}

#[test]
fn unsafe_stands_only_at_the_border() {
    let mut all = files("src");
    all.extend(files("plugins"));
    for file in all {
        let path = file.strip_prefix(root()).unwrap().to_owned();
        let home = ["src/plugin", "plugins/abi", "plugins/kit"].iter().any(|home| path.starts_with(home));
        let text = std::fs::read_to_string(&file).unwrap();
        // The shell of the plugin in C passes two pointers on; that one line is its whole Rust.
        let shell = path.starts_with("plugins/euler-c");
        assert!(home || shell || !text.contains("unsafe "), "{} has unsafe", path.display());
    }
}

#[test]
fn the_header_carries_the_hash_of_its_own_text() {
    use sha2::{Digest, Sha256};
    let text = ito_abi::HEADER.replacen(ito_abi::HEADER_HASH, &"0".repeat(64), 1);
    let hash: String = Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(ito_abi::HEADER_HASH, hash, "the header changed: write this hash into ITO_HEADER_HASH");
}

/// Above every function of the header stands when and on which thread it may be called: `[run]`, `[any]`, ….
#[test]
fn every_function_of_the_border_has_its_thread() {
    let (mut tag, mut found) = (None, 0);
    for line in ito_abi::HEADER.lines().map(str::trim_start) {
        if let Some(text) = line.strip_prefix("/*") {
            tag = Some(text.trim_start().starts_with("[run") || text.trim_start().starts_with("[any]"));
        } else if line.contains("(ITO_CALL *") || line.starts_with("ITO_EXPORT") {
            assert_eq!(tag.take(), Some(true), "no tag above `{line}`");
            found += 1;
        } else if !line.starts_with('*') && line.ends_with(';') && !line.starts_with("const ito_") {
            tag = None;
        }
    }
    let host = size_of::<ito_abi::Host>() / size_of::<usize>() - 3;
    assert!(found >= host + 10, "{found} functions found");
}

/// `cargo run` alone, in a fresh clone, builds the libraries of the samplers: they are default members, and no
/// `default-run` narrows the build to the executable.
#[test]
fn cargo_run_builds_every_plugin() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    assert!(!manifest.lines().any(|line| line.starts_with("default-run")));
    let (_, rest) = manifest.split_once("default-members").expect("default members");
    let (members, _) = rest.split_once(']').expect("a list");
    for entry in std::fs::read_dir(root().join("plugins")).expect("the plugins").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let member = entry.path().join("Cargo.toml").exists() && name != "testkit";
        assert_eq!(member, members.contains(&format!("\"plugins/{name}\"")), "plugins/{name}");
    }
}
