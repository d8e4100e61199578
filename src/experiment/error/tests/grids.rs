//! Grids, word for word.

use crate::experiment::testing::{RIGHT, report, try_plan};
use insta::assert_snapshot;

/// What is said about a grid at the top.
fn grid(text: &str) -> String {
    report(&format!("{RIGHT}grid: {text}\n"))
}

#[test]
fn parameters_out_of_range() {
    assert_snapshot!(grid("{ karras: { rho: 1000 } }"), @"");
    assert_snapshot!(grid("{ power: { p: 0 } }"), @"");
    assert_snapshot!(grid("{ shift: { shift: 0 } }"), @"");
    assert_snapshot!(grid("{ polyexponential: { rho: -3 } }"), @"");
    assert_snapshot!(grid("{ ddpm: { spacing: leading, of: 0 } }"), @"");
    assert_snapshot!(grid("{ ddpm: { spacing: leading, offset: 2000 } }"), @"");
    assert_snapshot!(grid("{ ddpm: { spacing: leading, of: 3 } }"), @"");
    assert_snapshot!(grid("{ ddpm: { spacing: leading, t_end: 0.5 } }"), @"");
}

#[test]
fn times_that_do_not_fall() {
    assert_snapshot!(grid("{ times: [0.1, 0.5, 1] }"), @"");
    assert_snapshot!(grid("{ times: { list: [1, 1, 0.1], zero: true } }"), @"");
    assert_snapshot!(grid("{ times: { 1: [1, 0.1], 2: [1, 0.5, 0.7] } }"), @"");
    assert_snapshot!(grid("{ uniform: { t_begin: 0.1, t_end: 0.5 } }"), @"");
}

#[test]
fn times_outside_of_the_process() {
    assert_snapshot!(grid("{ uniform: { t_begin: 3 } }"), @"");
    assert_snapshot!(grid("{ times: [1, 0.5, -0.1] }"), @"");
    assert_snapshot!(grid("{ log-snr: { t_end: 0 } }"), @"");
}

#[test]
fn lists_of_another_length() {
    assert_snapshot!(grid("{ times: [1] }"), @"");
    assert_snapshot!(grid("{ times: { list: { 3: [1, 0.5] } } }"), @"");
}

#[test]
fn a_grid_of_the_sweep() {
    let swept = RIGHT.replace("  steps:", "  grid: [uniform, { karras: { rho: 1000 } }]\n  steps:");
    assert_snapshot!(report(&swept), @"");
}

#[test]
fn a_grid_that_some_process_can_use_is_refused_on_the_others_alone() {
    let text = RIGHT.replace("process: { vp: { beta_max: 20 } }\n", "");
    let text = text.replace("  steps:", "  process: [vp, edm]\n  steps:") + "grid: { uniform: { t_begin: 3 } }\n";
    let plan = try_plan(&text, &[]).unwrap_or_else(|report| panic!("{report}"));
    let refused = |name: &str| {
        plan.cells.iter().filter(|c| c.process.build().is_ok_and(|p| p.name() == name)).all(|c| c.refused.is_some())
    };
    assert!(refused("vp") && !refused("edm"));
}

#[test]
fn a_file_of_times_that_is_no_array() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = dir.path().join("t.npy");
    std::fs::write(&file, "no array").expect("written");
    let text = grid(&format!("{{ times: {{ file: {} }} }}", file.display()));
    assert!(text.starts_with("x.yaml:12:18: grid.times.file: "), "{text}");
}
