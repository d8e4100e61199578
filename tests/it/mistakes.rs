//! What a person meets: each class of mistake has one clear error with its place, and nothing is started.

use crate::cli::{GOOD, ito};
use crate::support::{planned, root};
use insta::assert_snapshot;
use std::process::Command;

/// The text on stderr and the exit code of a run that must not start; what depends on the machine or grows with the
/// collection is cut away.
fn complaint(yaml: &str, args: &[&str]) -> String {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("x.yaml"), yaml).unwrap();
    std::fs::write(dir.path().join("libtext.so"), "this is a text").unwrap();
    let output = ito(dir.path(), &[&["run", "x.yaml", "--out", "out"], args].concat());
    assert!(!dir.path().join("out").exists(), "something was started");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let text = text.replace(&format!("{}/", dir.path().display()), "");
    // The tests look for plugins in two folders; a library built at another time may lie in the second.
    let text: String = text.split_inclusive('\n').filter(|line| !line.contains(" is hidden by ")).collect();
    format!("{}\nexit code {}", without_list(text.trim_end()), output.status.code().unwrap_or(-1))
}

/// Known samplers become dots.
fn without_list(text: &str) -> String {
    match text.split_once("known: ") {
        Some((before, rest)) => match rest.split_once(';') {
            Some((_, after)) => format!("{before}known: …;{after}"),
            None => format!("{before}known: …"),
        },
        None => text.to_owned(),
    }
}

/// One edit of the good file.
fn edited(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from));
    complaint(&GOOD.replace(from, to), &[])
}

#[test]
fn a_misspelt_key() {
    assert_snapshot!(edited("samples: 8", "sampels: 8"), @r#"
    x.yaml:5:1: sampels: unknown key `sampels`
      5 | sampels: 8
        | ^^^^^^^
      allowed: experiment, data, process, model, grid, sweep, samples, batch, metrics, figures, final, init, noise, stops, dtype, keep, device, jobs, limits
      did you mean `samples`?
    exit code 2
    "#);
}

#[test]
fn a_duplicate_key() {
    assert_snapshot!(edited("samples: 8", "samples: 8\nsamples: 9"), @r#"
    x.yaml:6:1: duplicate key `samples`: it is already in line 5
      6 | samples: 9
        | ^^^^^^^
    exit code 2
    "#);
}

#[test]
fn a_wrong_type() {
    assert_snapshot!(edited("samples: 8", "samples: many"), @r#"
    x.yaml:5:10: samples: found the text `many`, expected a whole number
      5 | samples: many
        |          ^^^^
    exit code 2
    "#);
}

#[test]
fn a_number_out_of_range() {
    assert_snapshot!(edited("samples: 8", "samples: 0"), @r#"
    x.yaml:5:10: samples: 0 is out of range: a whole number from 1 to 4294967295 is allowed
      5 | samples: 0
        |          ^
    exit code 2
    "#);
    assert_snapshot!(edited("process: vp", "process: { vp: { beta_max: -1 } }"), @r#"
    x.yaml:2:18: process.vp.beta_max: beta_max of vp is -1, but must be at least beta_min (0.1) and at most 700
      2 | process: { vp: { beta_max: -1 } }
        |                  ^^^^^^^^
    exit code 2
    "#);
}

#[test]
fn an_unknown_name() {
    assert_snapshot!(edited("euler, heun", "eulr, heun"), @r#"
    x.yaml:4:20: sweep.sampler[0]: unknown sampler `eulr`; known: …; did you mean `euler`?
      4 | sweep: { sampler: [eulr, heun], steps: [2, 4] }
        |                    ^^^^
    exit code 2
    "#);
    assert_snapshot!(edited("process: vp", "process: vpp"), @r#"
    x.yaml:2:10: process: unknown process `vpp`
      2 | process: vpp
        |          ^^^
      allowed: vp, sub-vp, ve, edm, brownian, flow, cosine, angle, ddpm, log-quadratic
      did you mean `vp`?
    exit code 2
    "#);
}

#[test]
fn a_bad_parameter_of_a_plugin() {
    assert_snapshot!(edited("euler, heun", "{ heun: { inn: t } }"), @r#"
    x.yaml:4:30: sweep.sampler[0].heun.inn: unknown parameter `inn` of sampler `heun`; allowed: in; did you mean `in`?
      4 | sweep: { sampler: [{ heun: { inn: t } }], steps: [2, 4] }
        |                              ^^^
    exit code 2
    "#);
    assert_snapshot!(edited("euler, heun", "{ heun: { in: x } }"), @r#"
    x.yaml:4:30: sweep.sampler[0].heun.in: parameter `in` is the text "x"; allowed: t, sigma; did you mean `t`?
      4 | sweep: { sampler: [{ heun: { in: x } }], steps: [2, 4] }
        |                              ^^
    exit code 2
    "#);
    assert_snapshot!(edited("euler, heun", "{ sgld: { temperature: -1 } }"), @r#"
    x.yaml:4:30: sweep.sampler[0].sgld.temperature: parameter `temperature` is -1; allowed: at least 0
      4 | sweep: { sampler: [{ sgld: { temperature: -1 } }], steps: [2, 4] }
        |                              ^^^^^^^^^^^
    exit code 2
    "#);
}

/// Their kind is `plateau` with these parameters, and they read the path all the same.
#[test]
fn a_sampler_with_noise_inside_one_that_adds_noise() {
    for inner in
        ["euler-maruyama: { step: 1/N }", "reverse-diffusion: { chain: score-sde }", "ddim: { previous: floor }"]
    {
        for outer in ["churn: { s_churn: 10,", "restart: {"] {
            let plan = planned(&GOOD.replace("euler, heun", &format!("{{ {outer} sampler: {{ {inner} }} }} }}")), &[]);
            let refused = |text: &Option<String>| text.as_ref().is_some_and(|text| text.contains("would use the path"));
            assert!(!plan.cells.is_empty() && plan.cells.iter().all(|cell| refused(&cell.refused)), "{outer} {inner}");
        }
    }
}

#[test]
fn a_missing_file() {
    assert_snapshot!(edited("samples: 8", "samples: 8\ninit: { file: nowhere.npy }"), @r#"
    x.yaml:6:9: init.file: no such file: nowhere.npy
      6 | init: { file: nowhere.npy }
        |         ^^^^
    exit code 2
    "#);
    let dir = tempfile::tempdir().unwrap();
    let output = ito(dir.path(), &["run", "nowhere.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert_snapshot!(String::from_utf8_lossy(&output.stderr), @r#"
    nowhere.yaml: cannot be read: No such file or directory (os error 2)
    "#);
}

#[test]
fn an_empty_file() {
    assert_snapshot!(complaint("", &[]), @r#"
    x.yaml: the file is empty: an experiment has at least `experiment`, `model`, `sweep` and `samples`
    exit code 2
    "#);
}

#[test]
fn a_mistake_on_the_command_line() {
    assert_snapshot!(complaint(GOOD, &["--set", "sampels=4"]), @r#"
    --set sampels=4: sampels: unknown key `sampels`
      allowed: experiment, data, process, model, grid, sweep, samples, batch, metrics, figures, final, init, noise, stops, dtype, keep, device, jobs, limits
      did you mean `samples`?
    exit code 2
    "#);
    assert_snapshot!(complaint(GOOD, &["--set", "samples=no"]), @r#"
    --set samples=no: samples: found the text `no`, expected a whole number
    exit code 2
    "#);
    assert_snapshot!(complaint(GOOD, &["--only", "sampel=euler"]), @r#"
    error: `--only sampel`: no such column; allowed: cell, experiment, sampler, plugin, plugin_sha256, params, process, grid, final, noise, init, model, steps, nfe_asked, nfe, nfe_per_sample, depth, rejected, seed, samples, batch, device, dtype, guidance, threads, jobs, environment, status, error, wall_s, model_s; and settings: grid.uniform.t_begin, grid.uniform.t_end, grid.uniform.zero, params.in, process.vp.beta_max, process.vp.beta_min
    exit code 2
    "#);
    assert_snapshot!(complaint(GOOD, &["--shard", "3/2"]), @r#"
    error: invalid value '3/2' for '--shard <I/N>': a shard is i/n with 1 ≤ i ≤ n, such as 2/4 for the cells 2, 6, 10, …

    For more information, try '--help'.
    exit code 2
    "#);
}

#[test]
fn a_file_that_is_no_plugin() {
    assert_snapshot!(complaint(GOOD, &["--plugin-path", "libtext.so"]), @r#"
    error: libtext.so: not a shared library (Could not read file magic); rebuild it as a cdylib, or remove it from the plugin path
    exit code 3
    "#);
    assert_snapshot!(complaint(GOOD, &["--plugin-path", "."]), @r#"
    error: ./libtext.so: not a shared library (Could not read file magic); rebuild it as a cdylib, or remove it from the plugin path
    exit code 3
    "#);
    assert_snapshot!(complaint(GOOD, &["--plugin-path", "nowhere"]), @r#"
    error: nowhere: no such file or folder; give a plugin's shared library or a folder of them
    exit code 3
    "#);
}

#[test]
fn a_plugin_of_another_header() {
    let dir = tempfile::tempdir().unwrap();
    let hash = ito_abi::HEADER_HASH;
    let other = ito_abi::HEADER.replacen(hash, &"1".repeat(64), 1);
    std::fs::write(dir.path().join("ito_plugin.h"), other).unwrap();
    let library = dir.path().join("libother.so");
    let mut cc = Command::new("cc");
    cc.args(["-std=c99", "-shared", "-fPIC", "-I"]).arg(dir.path());
    let built = cc.arg(root().join("plugins/euler-c/src/euler.c")).arg("-o").arg(&library).output();
    let built = built.expect("a C compiler is there: euler-c was built with it");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let text = complaint(GOOD, &["--plugin-path", &library.display().to_string()]);
    let text = text.replace(&format!("{}/", dir.path().display()), "").replace(hash, "<this header>");
    assert_snapshot!(text, @r#"
    error: libother.so: built from another ito_plugin.h (header hash 1111111111111111111111111111111111111111111111111111111111111111, this ito has <this header>); rebuild the plugin against this version's header
    exit code 3
    "#);
}
