//! Grids, word for word.

use crate::experiment::testing::{RIGHT, report, try_plan};
use insta::assert_snapshot;

/// What is said about a grid at the top.
fn grid(text: &str) -> String {
    report(&format!("{RIGHT}grid: {text}\n"))
}

#[test]
fn parameters_out_of_range() {
    assert_snapshot!(grid("{ karras: { rho: 1000 } }"), @r"
    x.yaml:12:19: grid.karras.rho: rho of the karras grid is 1000, but must be between 0.1 and 100
      12 | grid: { karras: { rho: 1000 } }
         |                   ^^^
    ");
    assert_snapshot!(grid("{ power: { p: 0 } }"), @r"
    x.yaml:12:18: grid.power.p: p of the power grid is 0, but must be between 0.1 and 100
      12 | grid: { power: { p: 0 } }
         |                  ^
    ");
    assert_snapshot!(grid("{ shift: { shift: 0 } }"), @r"
    x.yaml:12:18: grid.shift.shift: shift of the shift grid is 0, but must be between 0.01 and 100
      12 | grid: { shift: { shift: 0 } }
         |                  ^^^^^
    ");
    assert_snapshot!(grid("{ polyexponential: { rho: -3 } }"), @r"
    x.yaml:12:28: grid.polyexponential.rho: rho of the polyexponential grid is -3, but must be between 0.1 and 100
      12 | grid: { polyexponential: { rho: -3 } }
         |                            ^^^
    ");
    assert_snapshot!(grid("{ ddpm: { spacing: leading, of: 0 } }"), @r"
    x.yaml:12:35: grid.ddpm.of: of of the ddpm grid is 0, but must be at least 1
      12 | grid: { ddpm: { spacing: leading, of: 0 } }
         |                                   ^^
    ");
    assert_snapshot!(grid("{ ddpm: { spacing: leading, offset: 2000 } }"), @r"
    x.yaml:12:35: grid.ddpm.offset: offset of the ddpm grid is 2000, but must be below `of`, which is 1000
      12 | grid: { ddpm: { spacing: leading, offset: 2000 } }
         |                                   ^^^^^^
    ");
    assert_snapshot!(grid("{ ddpm: { spacing: leading, of: 3 } }"), @r"
    x.yaml:12:17: grid.ddpm.spacing: the ddpm grid needs 5 different indices from 0 to 2, but its spacing reaches from 0 to 0; lower steps or offset, or raise `of`
      12 | grid: { ddpm: { spacing: leading, of: 3 } }
         |                 ^^^^^^^
    ");
    assert_snapshot!(grid("{ ddpm: { spacing: leading, t_end: 0.5 } }"), @r"
    x.yaml:12:35: grid.ddpm.t_end: t_end has no meaning for a ddpm grid, whose table has its own ends; write `fixed: true`, or leave it out
      12 | grid: { ddpm: { spacing: leading, t_end: 0.5 } }
         |                                   ^^^^^
    ");
}

#[test]
fn times_that_do_not_fall() {
    assert_snapshot!(grid("{ times: [0.1, 0.5, 1] }"), @r"
    x.yaml:12:22: grid.times[1]: the times of a grid must fall strictly, but entry 1 is 0.5 after 0.1
      12 | grid: { times: [0.1, 0.5, 1] }
         |                      ^^^
    ");
    assert_snapshot!(grid("{ times: { list: [1, 1, 0.1], zero: true } }"), @r"
    x.yaml:12:28: grid.times.list[1]: the times of a grid must fall strictly, but entry 1 is 1 after 1
      12 | grid: { times: { list: [1, 1, 0.1], zero: true } }
         |                            ^
    ");
    assert_snapshot!(grid("{ times: { 1: [1, 0.1], 2: [1, 0.5, 0.7] } }"), @r"
    x.yaml:12:43: grid.times.2[2]: the times of a grid must fall strictly, but entry 2 is 0.7 after 0.5
      12 | grid: { times: { 1: [1, 0.1], 2: [1, 0.5, 0.7] } }
         |                                           ^^^
    ");
    assert_snapshot!(grid("{ uniform: { t_begin: 0.1, t_end: 0.5 } }"), @r"
    x.yaml:12:20: grid.uniform.t_begin: sampling runs from t_begin = 0.1 to t_end = 0.5, but t_begin must be larger than t_end
      12 | grid: { uniform: { t_begin: 0.1, t_end: 0.5 } }
         |                    ^^^^^^^
    ");
}

#[test]
fn times_outside_of_the_process() {
    assert_snapshot!(grid("{ uniform: { t_begin: 3 } }"), @r"
    x.yaml:12:20: grid.uniform.t_begin: t_begin is t = 3, but vp is defined for t in [0, 1]
      12 | grid: { uniform: { t_begin: 3 } }
         |                    ^^^^^^^
    ");
    assert_snapshot!(grid("{ times: [1, 0.5, -0.1] }"), @r"
    x.yaml:12:25: grid.times[2]: entry 2 of the grid is t = -0.1, but vp is defined for t in [0, 1]
      12 | grid: { times: [1, 0.5, -0.1] }
         |                         ^^^^
    ");
    assert_snapshot!(grid("{ log-snr: { t_end: 0 } }"), @r"
    x.yaml:12:20: grid.log-snr.t_end: sigma is 0 at t_end = 0, but must be above 0 there; for a last step to sigma = 0 write `zero: true`
      12 | grid: { log-snr: { t_end: 0 } }
         |                    ^^^^^
    ");
}

#[test]
fn lists_of_another_length() {
    assert_snapshot!(grid("{ times: [1] }"), @r"
    x.yaml:12:9: grid.times: the list of times has 1 entries, but must have between 2 and 4294967295
      12 | grid: { times: [1] }
         |         ^^^^^
    ");
    assert_snapshot!(grid("{ times: { list: { 3: [1, 0.5] } } }"), @r"
    x.yaml:12:26: grid.times.list.3: the list of times for steps 3 has 2 entries, but must have 4
      12 | grid: { times: { list: { 3: [1, 0.5] } } }
         |                          ^
    ");
}

#[test]
fn a_grid_of_the_sweep() {
    let swept = RIGHT.replace("  steps:", "  grid: [uniform, { karras: { rho: 1000 } }]\n  steps:");
    assert_snapshot!(report(&swept), @r"
    x.yaml:9:31: sweep.grid[1].karras.rho: rho of the karras grid is 1000, but must be between 0.1 and 100
      9 |   grid: [uniform, { karras: { rho: 1000 } }]
        |                               ^^^
    ");
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
