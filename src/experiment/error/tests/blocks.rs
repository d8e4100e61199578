//! Numbers and files of `data`, `model` and `process`, at their own keys.

use crate::experiment::testing::{RIGHT, report, try_plan};
use insta::assert_snapshot;

/// The first line of what is said.
fn first(text: &str) -> String {
    report(text).lines().next().unwrap_or_default().to_owned()
}

#[test]
fn data() {
    let data = |block: &str| first(&format!("{RIGHT}data: {block}\n"));
    let said =
        ["{ ring: { modes: 0 } }", "{ grid: { side: 3, std: -1 } }", "{ checkerboard: { samples: 1 } }"].map(data);
    assert_snapshot!(said.join("\n"), @"");
}

#[test]
fn mixtures() {
    let mixture = |numbers: &str| {
        first(&RIGHT.replace("gaussian: { mean: [0.0, 1.0], std: 0.5 }", &format!("mixture: {{ {numbers} }}")))
    };
    let said = [
        "weights: [1, -1], means: [[0, 1], [1, 0]], std: 1",
        "weights: [1], means: [[0, 1], [1, 0]], std: 1",
        "weights: [1, 1], means: [[0, 1], [1]], std: 1",
        "weights: [1, 1], means: [[0, 1], [1, .nan]], std: 1",
        "weights: [1, 1], means: [[0, 1], [1, 0]], std: -1",
        "weights: [1, 1], means: [[0, 1], [1, 0]], stds: [1, -1]",
        "weights: [1, 1], means: [[0, 1], [1, 0]], covariances: [[[1, 0], [0, 1]], [[1, 2], [2, 1]]]",
        "weights: [1, 1], means: [[0, 1], [1, 0]], covariances: [[[1, 0], [0, 1]], [[1, 2], [0, 1]]]",
        "weights: [1, 1], means: [[0, 1], [1, 0]], covariances: [[[1, 0], [0, 1]], [[1, 2]]]",
        "weights: [1, 1], means: [[0, 1], [1, 0]]",
        "random: { dim: 2, components: 0 }",
    ];
    assert_snapshot!(said.map(mixture).join("\n"), @"");
}

#[test]
fn a_table_of_betas() {
    let betas =
        |betas: &str| first(&RIGHT.replace("{ vp: { beta_max: 20 } }", &format!("{{ ddpm: {{ betas: {betas} }} }}")));
    let said = [
        "{ list: [0.1, 2] }",
        "{ list: [0.1] }",
        "{ linear: { count: 1 } }",
        "{ linear: { first: 2 } }",
        "{ cosine: { s: -1 } }",
        "{ cosine: { max: 2 } }",
        "{ linear: { count: 1000000 } }",
    ];
    assert_snapshot!(said.map(betas).join("\n"), @"");
}

#[test]
fn files_that_hold_something_else() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = |name: &str| {
        let file = dir.path().join(name);
        std::fs::write(&file, r#"{ "weights": [1, -1], "means": [[0], [1]], "std": 1 }"#).expect("written");
        file.display().to_string()
    };
    let place = |text: &str, sets: &[&str]| {
        let report = try_plan(text, sets).map(|plan| plan.table()).expect_err("no such array").to_string();
        report.split(": ").nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(place(&format!("{RIGHT}init: {{ file: {} }}\n", file("x.npy")), &[]), "init.file");
    assert_eq!(place(&format!("{RIGHT}noise: {{ file: {} }}\n", file("z.npy")), &[]), "noise.file");
    assert_eq!(place(&format!("{RIGHT}data: {{ file: {{ path: {} }} }}\n", file("d.npy")), &[]), "data.file.path");
    let mixture = format!("mixture: {{ file: {} }}", file("m.json"));
    let text = RIGHT.replace("gaussian: { mean: [0.0, 1.0], std: 0.5 }", &mixture);
    assert_eq!(place(&text, &[]), "model.mixture.file");
}
