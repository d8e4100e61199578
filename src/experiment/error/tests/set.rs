//! Mistakes in `--set`.

use crate::experiment::testing::report_set;
use insta::assert_snapshot;

#[test]
fn set_without_a_value() {
    assert_snapshot!(report_set(&["samples"]), @r"
    --set samples: `--set` takes `key=value`, such as `--set sweep.steps=[10, 20]`
    ");
}

#[test]
fn set_with_an_unknown_key() {
    assert_snapshot!(report_set(&["sample=10"]), @r"
    --set sample=10: sample: unknown key `sample`
      allowed: experiment, data, process, model, grid, sweep, samples, batch, metrics, figures, final, init, noise, stops, dtype, keep, device, jobs, limits
      did you mean `samples`?
    ");
}

#[test]
fn set_out_of_range() {
    assert_snapshot!(report_set(&["batch=7", "batch=0"]), @r"
    --set batch=0: batch: 0 is out of range: a whole number from 1 to 4294967295 is allowed
    ");
}

#[test]
fn set_more_steps_than_there_may_be() {
    assert_snapshot!(report_set(&["sweep.steps=[4, 4294967295]"]), @r"
    --set sweep.steps=[4, 4294967295]: sweep.steps[1]: 4294967295 is out of range: a whole number from 1 to 1000000 is allowed
    ");
    let alone = report_set(&["sweep={ sampler: euler, nfe: 4000000000 }"]);
    assert!(alone.contains("4000000000 is out of range: a whole number from 1 to 1000000 is allowed"), "{alone}");
}

#[test]
fn set_beyond_a_list() {
    assert_snapshot!(report_set(&["sweep.sampler[2].heun.in=t"]), @r"
    --set sweep.sampler[2].heun.in=t: sweep.sampler: this is a list of 2: [0] to [1] exist
    ");
}

#[test]
fn set_through_a_value() {
    assert_snapshot!(report_set(&["samples.count=3"]), @r"
    --set samples.count=3: samples: this is a value and has no keys
    ");
}

#[test]
fn set_that_is_not_yaml() {
    assert_snapshot!(report_set(&["sweep.steps=[1, 2"]), @r"
    --set sweep.steps=[1, 2: this is not YAML: while parsing a flow sequence, expected ',' or ']'
    ");
}
