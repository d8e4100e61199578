//! One report, word for word, for each kind of mistake.

mod blocks;
mod grids;
mod metrics;
mod set;
mod syntax;

use crate::experiment::testing::{RIGHT, report, try_plan};
use insta::assert_snapshot;

fn replaced(from: &str, to: &str) -> String {
    assert!(RIGHT.contains(from), "`{from}` is not in the experiment");
    report(&RIGHT.replace(from, to))
}

#[test]
fn a_misspelt_key() {
    assert_snapshot!(replaced("samples: 100", "smaples: 100"), @r"
    x.yaml:11:1: smaples: unknown key `smaples`
      11 | smaples: 100
         | ^^^^^^^
      allowed: experiment, data, process, model, grid, sweep, samples, batch, metrics, figures, final, init, noise, stops, dtype, keep, device, jobs, limits
      did you mean `samples`?
    ");
}

#[test]
fn a_misspelt_key_deep_down() {
    assert_snapshot!(replaced("beta_max", "betamax"), @r"
    x.yaml:2:18: process.vp.betamax: unknown key `betamax`
      2 | process: { vp: { betamax: 20 } }
        |                  ^^^^^^^
      allowed: beta_min, beta_max
      did you mean `beta_max`?
    ");
}

#[test]
fn a_duplicate_key() {
    assert_snapshot!(replaced("samples: 100", "samples: 100\nexperiment: again"), @r"
    x.yaml:12:1: duplicate key `experiment`: it is already in line 1
      12 | experiment: again
         | ^^^^^^^^^^
    ");
}

#[test]
fn a_missing_key() {
    assert_snapshot!(replaced("samples: 100\n", ""), @r"
    x.yaml:1:1: missing key `samples`
      1 | experiment: test
        | ^
    ");
}

#[test]
fn missing_steps() {
    assert_snapshot!(replaced("  steps: [4, 8]\n", ""), @r"
    x.yaml:5:1: sweep: missing key `steps`
      5 | sweep:
        | ^^^^^
    ");
}

#[test]
fn a_wrong_type() {
    assert_snapshot!(replaced("beta_max: 20", "beta_max: fast"), @r"
    x.yaml:2:28: process.vp.beta_max: found the text `fast`, expected a number
      2 | process: { vp: { beta_max: fast } }
        |                            ^^^^
    ");
}

#[test]
fn a_wrong_type_in_a_list() {
    assert_snapshot!(replaced("steps: [4, 8]", "steps: [4, eight]"), @r"
    x.yaml:9:14: sweep.steps[1]: found the text `eight`, expected a whole number
      9 |   steps: [4, eight]
        |              ^^^^^
    ");
}

#[test]
fn a_map_where_a_list_belongs() {
    assert_snapshot!(replaced("samples: 100", "samples: 100\nmetrics: { mmd: {} }"), @r"
    x.yaml:12:10: metrics: found a map, expected a list
      12 | metrics: { mmd: {} }
         |          ^^
    ");
}

#[test]
fn a_count_out_of_range() {
    assert_snapshot!(replaced("samples: 100", "samples: 0"), @r"
    x.yaml:11:10: samples: 0 is out of range: a whole number from 1 to 4294967295 is allowed
      11 | samples: 0
         |          ^
    ");
}

#[test]
fn a_seed_out_of_range() {
    assert_snapshot!(replaced("{ first: 3, count: 2 }", "[1, 4294967296]"), @r"
    x.yaml:10:13: sweep.seed[1]: found the number 4294967296, expected a whole number from 0 to 4294967295
      10 |   seed: [1, 4294967296]
         |             ^^^^^^^^^^
    ");
}

#[test]
fn a_parameter_of_the_process_out_of_range() {
    assert_snapshot!(replaced("beta_max: 20", "beta_max: -1"), @r"
    x.yaml:2:18: process.vp.beta_max: beta_max of vp is -1, but must be at least beta_min (0.1) and at most 700
      2 | process: { vp: { beta_max: -1 } }
        |                  ^^^^^^^^
    ");
}

#[test]
fn an_unknown_choice() {
    assert_snapshot!(replaced("vp:", "vpp:"), @r"
    x.yaml:2:12: process: unknown process `vpp`
      2 | process: { vpp: { beta_max: 20 } }
        |            ^^^
      allowed: vp, sub-vp, ve, edm, brownian, flow, cosine, angle, ddpm, log-quadratic
      did you mean `vp`?
    ");
}

#[test]
fn two_choices() {
    assert_snapshot!(replaced("{ beta_max: 20 } }", "{}, ve: {} }"), @r"
    x.yaml:2:10: process: found `vp`, `ve`, expected exactly one of vp, sub-vp, ve, edm, brownian, flow, cosine, angle, ddpm, log-quadratic
      2 | process: { vp: {}, ve: {} }
        |          ^^
    ");
}

#[test]
fn an_unknown_sampler() {
    assert_snapshot!(replaced("- euler", "- eular"), @r"
    x.yaml:7:7: sweep.sampler[0]: unknown sampler `eular`; known: ab2, ancestral, annealed-langevin, batch-wide, euler, euler-maruyama, heun, rk45, ula; did you mean `euler`?
      7 |     - eular
        |       ^^^^^
    ");
}

#[test]
fn an_unknown_parameter_of_a_sampler() {
    assert_snapshot!(replaced("in: sigma", "inn: sigma"), @r"
    x.yaml:8:17: sweep.sampler[1].heun.inn: unknown parameter `inn` of sampler `heun`; allowed: in; did you mean `in`?
      8 |     - { heun: { inn: sigma } }
        |                 ^^^
    ");
}

#[test]
fn a_bad_value_of_a_parameter() {
    assert_snapshot!(replaced("heun: { in: sigma }", "annealed-langevin: { step: { sigma: -1 } }"), @r"
    x.yaml:8:38: sweep.sampler[1].annealed-langevin.step.sigma: parameter `step.sigma` is -1; allowed: above 0
      8 |     - { annealed-langevin: { step: { sigma: -1 } } }
        |                                      ^^^^^
    ");
}

#[test]
fn alternatives_that_are_written_flat() {
    assert_snapshot!(replaced("heun: { in: sigma }", "annealed-langevin: { step.sigma: 0.1 }"), @r"
    x.yaml:8:30: sweep.sampler[1].annealed-langevin.step.sigma: parameter `step.sigma` of sampler `annealed-langevin` is written `step: { sigma: … }`
      8 |     - { annealed-langevin: { step.sigma: 0.1 } }
        |                              ^^^^^^^^^^
    ");
}

#[test]
fn all_mistakes_in_samplers_files_and_ranges_at_once() {
    let text = RIGHT.replace("- euler", "- eular").replace("in: sigma", "in: s").replace("beta_max: 20", "beta_max: 0");
    assert_snapshot!(report(&format!("{text}init: {{ file: none.npy }}\n")), @r#"
    x.yaml:12:9: init.file: no such file: none.npy
      12 | init: { file: none.npy }
         |         ^^^^
    x.yaml:2:18: process.vp.beta_max: beta_max of vp is 0, but must be at least beta_min (0.1) and at most 700
      2 | process: { vp: { beta_max: 0 } }
        |                  ^^^^^^^^
    x.yaml:7:7: sweep.sampler[0]: unknown sampler `eular`; known: ab2, ancestral, annealed-langevin, batch-wide, euler, euler-maruyama, heun, rk45, ula; did you mean `euler`?
      7 |     - eular
        |       ^^^^^
    x.yaml:8:17: sweep.sampler[1].heun.in: parameter `in` is the text "s"; allowed: t, sigma; did you mean `t`?
      8 |     - { heun: { in: s } }
        |                 ^^
    "#);
}

#[test]
fn an_unknown_swept_parameter() {
    let text = RIGHT.replace("- euler", "- rk45").replace("  steps:", "  params: { rtool: [1.0e-3] }\n  steps:");
    assert_snapshot!(report(&text), @r"
    x.yaml:9:13: sweep.params.rtool: unknown parameter of these samplers `rtool`
      9 |   params: { rtool: [1.0e-3] }
        |             ^^^^^
      allowed: atol, in, rtol, tol
      did you mean `rtol`?
    ");
}

#[test]
fn a_bad_value_of_a_swept_parameter() {
    let text = RIGHT.replace("- euler", "- rk45").replace("  steps:", "  params: { rtol: [1.0e-3, 0] }\n  steps:");
    assert_snapshot!(report(&text), @r"
    x.yaml:9:28: sweep.params.rtol[1]: parameter `rtol` is 0; allowed: above 0
      9 |   params: { rtol: [1.0e-3, 0] }
        |                            ^
    ");
}

#[test]
fn a_missing_file() {
    assert_snapshot!(replaced("samples: 100", "samples: 100\nnoise: { file: z.npy }"), @r"
    x.yaml:12:10: noise.file: no such file: z.npy
      12 | noise: { file: z.npy }
         |          ^^^^
    ");
}

#[test]
fn a_value_given_twice() {
    assert_snapshot!(replaced("steps: [4, 8]", "steps: [4, 8, 4]"), @r"
    x.yaml:9:17: sweep.steps[2]: 4 is there twice
      9 |   steps: [4, 8, 4]
        |                 ^
    ");
}

#[test]
fn an_empty_list() {
    assert_snapshot!(replaced("steps: [4, 8]", "steps: []"), @r"
    x.yaml:9:3: sweep.steps: an empty list plans nothing: leave the key out, or give a value
      9 |   steps: []
        |   ^^^^^
    ");
}

#[test]
fn a_key_at_the_top_and_in_the_sweep() {
    assert_snapshot!(replaced("  steps:", "  process: [ve]\n  steps:"), @r"
    x.yaml:2:1: process: `process` is given here and in `sweep`: keep one of them
      2 | process: { vp: { beta_max: 20 } }
        | ^^^^^^^
    ");
}

#[test]
fn a_bad_name() {
    assert_snapshot!(replaced("experiment: test", "experiment: ../test"), @r"
    x.yaml:1:13: experiment: `../test` is no file name: letters, digits, `-`, `_` and `.` are allowed, not first a `.`
      1 | experiment: ../test
        |             ^^^^^^^
    ");
}

#[test]
fn a_training_without_data_at_a_bad_rate() {
    let training = "train: { steps: 10, optimizer: { adam: { lr: -1 } } }";
    assert_snapshot!(replaced("gaussian: { mean: [0.0, 1.0], std: 0.5 }", training), @r"
    x.yaml:4:3: model.train: a network is trained on `data`, which is not given
      4 |   train: { steps: 10, optimizer: { adam: { lr: -1 } } }
        |   ^^^^^
    x.yaml:4:44: model.train.optimizer.adam.lr: `optimizer.adam.lr` is -1, but must be above 0 and finite
      4 |   train: { steps: 10, optimizer: { adam: { lr: -1 } } }
        |                                            ^^
    ");
}

#[test]
fn the_marginal_of_a_network() {
    let text = RIGHT.replace("gaussian: { mean: [0.0, 1.0], std: 0.5 }", "train: { steps: 10 }");
    assert_snapshot!(report(&format!("{text}data: digits\ninit: marginal\n")), @r"
    x.yaml:13:1: init: the exact marginal is known for closed forms only, not for a trained network: use `prior`
      13 | init: marginal
         | ^^^^
    ");
}

#[test]
fn colour_changes_no_word() {
    let error = try_plan(&RIGHT.replace("samples: 100", "samples: 0"), &[]).map(|_| ()).expect_err("0 samples");
    let coloured = error.coloured();
    assert!(coloured.contains("\u{1b}["));
    let plain = ["\u{1b}[31m", "\u{1b}[1m", "\u{1b}[0m"].iter().fold(coloured, |text, code| text.replace(code, ""));
    assert_eq!(plain.trim_end(), error.to_string());
}
