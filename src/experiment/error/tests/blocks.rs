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
    assert_snapshot!(said.join("\n"), @r"
    x.yaml:12:17: data.ring.modes: modes is 0, but must be from 1 to 10,000
    x.yaml:12:26: data.grid.std: std is -1, but must be finite and at least 0
    x.yaml:12:25: data.checkerboard.samples: samples is 1, but must be from 10 to 10,000,000
    ");
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
    assert_snapshot!(said.map(mixture).join("\n"), @r"
    x.yaml:4:27: model.mixture.weights[1]: weights[1] is -1, but must be positive and finite
    x.yaml:4:28: model.mixture.means: means: found 2, expected 1, one a weight
    x.yaml:4:47: model.mixture.means[1]: means[1]: found 1, expected 2 numbers, as in the first
    x.yaml:4:51: model.mixture.means[1][1]: means[1][1] is NaN, but must be finite
    x.yaml:4:56: model.mixture.std: std is -1, but must be at least 0 and finite
    x.yaml:4:66: model.mixture.stds[1]: stds[1] is -1, but must be at least 0 and finite
    x.yaml:4:88: model.mixture.covariances[1]: covariances[1] has the eigenvalue -1, but none may be negative
    x.yaml:4:88: model.mixture.covariances[1]: covariances[1] is not symmetric: entry (1, 0) is 0, (0, 1) is 2
    x.yaml:4:88: model.mixture.covariances[1]: covariances[1]: found rows of [2], expected 2 rows of 2, as the mean has 2 numbers
    x.yaml:4:3: model.mixture: give exactly one of std, stds, covariances; found none
    x.yaml:4:32: model.mixture.random.components: components is 0, but must be from 1 to 1024
    ");
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
    ];
    assert_snapshot!(said.map(betas).join("\n"), @r"
    x.yaml:2:41: process.ddpm.betas.list[1]: betas.list[1] of ddpm is 2, but must be at least 1e-12 and below 1, and all up to it must leave alpha above 1e-150
    x.yaml:2:29: process.ddpm.betas.list: betas.list of ddpm has 1 entries, but must have at least 2
    x.yaml:2:39: process.ddpm.betas.linear.count: betas.linear.count of ddpm is 1, but must be at least 2
    x.yaml:2:39: process.ddpm.betas.linear.first: betas.linear.first of ddpm is 2, but must be at least 1e-12 and below 1
    x.yaml:2:39: process.ddpm.betas.cosine.s: betas.cosine.s of ddpm is -1, but must be above 0 and finite
    x.yaml:2:39: process.ddpm.betas.cosine.max: betas.cosine.max of ddpm is 2, but must be at least 1e-12 and below 1
    ");
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
