//! Files that are no experiment at all.

use crate::experiment::testing::report;
use insta::assert_snapshot;

#[test]
fn an_empty_file() {
    assert_snapshot!(report("# nothing\n"), @r"
    x.yaml: the file is empty: an experiment has at least `experiment`, `model`, `sweep` and `samples`
    ");
}

#[test]
fn a_tab() {
    assert_snapshot!(report("experiment: x\nmodel:\n\tgaussian: {}\n"), @r"
    x.yaml:3:1: a tab in the indentation: YAML is indented with spaces
      3 | 	gaussian: {}
        | ^
    ");
}

#[test]
fn not_yaml() {
    assert_snapshot!(report("experiment: x\nsweep: { steps: [1, 2 }\n"), @r"
    x.yaml:2:23: this is not YAML: while parsing a flow sequence, expected ',' or ']'
      2 | sweep: { steps: [1, 2 }
        |                       ^
    ");
}

#[test]
fn a_tag() {
    assert_snapshot!(report("experiment: !name x\n"), @r"
    x.yaml:1:13: YAML tags (`!name`) are not used here
      1 | experiment: !name x
        |             ^^^^^^^
    ");
}

#[test]
fn a_second_document() {
    assert_snapshot!(report("experiment: x\n---\nexperiment: y\n"), @r"
    x.yaml:2:1: a second document begins here; a file holds one experiment
      2 | ---
        | ^^^
    ");
}

#[test]
fn a_list_instead_of_an_experiment() {
    assert_snapshot!(report("- experiment\n"), @r"
    x.yaml:1:1: found a list, expected a map of keys
      1 | - experiment
        | ^
    ");
}
