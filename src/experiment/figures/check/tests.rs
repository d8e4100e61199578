use crate::experiment::testing::{RIGHT, report, try_plan};
use insta::assert_snapshot;

fn with(figure: &str) -> String {
    format!("{RIGHT}metrics: [sliced-w2, {{ trajectory: {{}} }}]\nfigures:\n  - {figure}\n")
}

/// What is said about one wrong figure.
fn wrong(figure: &str) -> String {
    report(&with(figure))
}

/// The first line of it.
fn first(figure: &str) -> String {
    wrong(figure).lines().next().unwrap_or_default().to_owned()
}

#[test]
fn a_column_that_nobody_measures_is_shown_in_its_line() {
    assert_snapshot!(wrong("quality: { y: sliced_w2 }"), @r"
    x.yaml:14:19: figures[0].quality.y: unknown column `sliced_w2`
      14 |   - quality: { y: sliced_w2 }
         |                   ^^^^^^^^^
      allowed: sliced-w2, trajectory, trajectory_median
      did you mean `sliced-w2`?
    ");
    assert_snapshot!(wrong("table: { y: mmd }"), @r"
    x.yaml:14:14: figures[0].table.y: nothing measures `mmd`, which this figure shows: add `mmd` to `metrics`
      14 |   - table: { y: mmd }
         |              ^
    ");
    let lines = wrong("lines: { y: sliced-w2, x: params.temprature }");
    assert_snapshot!(lines.lines().next().unwrap_or_default(), @"x.yaml:14:31: figures[0].lines.x: unknown column `params.temprature`");
    assert!(lines.contains("\n  allowed: steps, nfe_asked, "), "{lines}");
}

#[test]
fn a_figure_of_paths_needs_their_metric() {
    let bare =
        format!("{RIGHT}metrics: [sliced-w2]\nfigures:\n  - error\n  - heat: {{ value: trajectory, steps: 4 }}\n");
    assert_snapshot!(report(&bare), @r"
    x.yaml:14:5: figures[0].error: nothing measures `trajectory`, which this figure shows: add `trajectory` to `metrics`
      14 |   - error
         |     ^^^^^
    x.yaml:15:13: figures[1].heat.value: nothing measures `trajectory`, which this figure shows: add `trajectory` to `metrics`
      15 |   - heat: { value: trajectory, steps: 4 }
         |             ^^^^^
    ");
}

#[test]
fn samplers_are_those_of_the_sweep() {
    assert_snapshot!(wrong("quality: { y: sliced-w2, samplers: [euler, hoin] }"), @r"
    x.yaml:14:48: figures[0].quality.samplers[1]: unknown sampler of this experiment `hoin`
      14 |   - quality: { y: sliced-w2, samplers: [euler, hoin] }
         |                                                ^^^^
      allowed: euler, heun
    ");
    assert_snapshot!(wrong("difference: { y: sliced-w2, of: [heun, eulre] }"), @r"
    x.yaml:14:44: figures[0].difference.of[1]: unknown sampler of this experiment `eulre`
      14 |   - difference: { y: sliced-w2, of: [heun, eulre] }
         |                                            ^^^^^
      allowed: euler, heun
      did you mean `euler`?
    ");
}

#[test]
fn filters_are_settings_of_the_sweep() {
    let gird = wrong("error: { only: { gird: uniform } }");
    assert_snapshot!(gird.lines().take(3).collect::<Vec<_>>().join("\n"), @r"
    x.yaml:14:22: figures[0].error.only.gird: unknown setting `gird`
      14 |   - error: { only: { gird: uniform } }
         |                      ^^^^
    ");
    assert!(gird.ends_with("did you mean `grid`?"), "{gird}");
    assert_snapshot!(wrong("table: { y: sliced-w2, only: { grid: [uniform, karas] } }"), @r"
    x.yaml:14:52: figures[0].table.only.grid[1]: unknown value of grid `karas`
      14 |   - table: { y: sliced-w2, only: { grid: [uniform, karas] } }
         |                                                    ^^^^^
      allowed: uniform
    ");
}

#[test]
fn budgets_and_step_counts_are_those_of_the_sweep() {
    assert_snapshot!(wrong("heat: { value: sliced-w2, steps: 5 }"), @r"
    x.yaml:14:31: figures[0].heat.steps: no cell was planned with 5 steps; the cells have steps: 4, 8
      14 |   - heat: { value: sliced-w2, steps: 5 }
         |                               ^^^^^
    ");
    assert_snapshot!(first("heat: { value: sliced-w2 }"), @"x.yaml:14:5: figures[0].heat: the cells have several budgets, steps: 4, 8; name one of them by the key `steps` of the figure");
    assert_snapshot!(wrong("samples: { steps: [5, 7] }"), @r"
    x.yaml:14:16: figures[0].samples.steps: no cell has 5, 7 steps; the cells have: 4, 8
      14 |   - samples: { steps: [5, 7] }
         |                ^^^^^
    ");
    let plan = try_plan(&with("samples: { steps: [4, 7] }"), &[]).unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(plan.notes, ["figures[0].samples.steps: no cell has N = 7: these columns stay empty"]);
    let grids: Vec<String> = (1..=60).map(|rho| format!("{{ karras: {{ rho: {rho} }} }}")).collect();
    let many = format!("sweep.grid=[{}]", grids.join(", "));
    let plan = try_plan(&with("samples: { steps: [4] }"), &[&many]).unwrap_or_else(|report| panic!("{report}"));
    assert!(
        plan.notes.iter().any(|note| note.ends_with("more than a page: `samplers` and `only` choose what it shows"))
    );
}

#[test]
fn a_closed_form_has_no_training_and_one_seed_no_difference() {
    assert_snapshot!(first("loss"), @"x.yaml:14:5: figures[0].loss: there is no training curve: the model of this experiment was not trained here");
    let one = with("difference: { y: sliced-w2, of: [heun, euler] }").replace("count: 2", "count: 1");
    assert_snapshot!(report(&one).lines().next().unwrap_or_default(), @r#"x.yaml:14:33: figures[0].difference.of: "heun" and "euler" have only seed 3 in common, but the interval of a difference needs two seeds"#);
}

#[test]
fn places_of_a_change_on_the_command_line_are_the_change() {
    let report = try_plan(RIGHT, &["figures=[{ quality: { y: sliced-w2 } }]"]).map(|plan| plan.table());
    let report = report.expect_err("nothing is measured").to_string();
    assert_snapshot!(report, @"--set figures=[{ quality: { y: sliced-w2 } }]: figures[0].quality.y: nothing measures `sliced-w2`, which this figure shows: add `sliced-w2` to `metrics`");
}

#[test]
fn right_figures_of_every_kind_pass() {
    let figures = "
  - quality: { y: sliced-w2, x: nfe, only: { sampler: [euler, heun] } }
  - error: { median: true }
  - difference: { y: trajectory, of: [heun, euler] }
  - heat: { value: trajectory_median, columns: steps }
  - heat: { value: wall_s, steps: 4 }
  - samples: { steps: [4, 8] }
  - lines: { y: sliced-w2, x: steps }
  - table: { y: sliced-w2 }
";
    let text = format!("{RIGHT}metrics: [sliced-w2, {{ trajectory: {{}} }}]\nfigures:{figures}");
    try_plan(&text, &[]).unwrap_or_else(|report| panic!("{report}"));
    // Whether the two meet at some number of evaluations is seen only when the adaptive one has run.
    let meet = format!(
        "{RIGHT}metrics: [sliced-w2]\nfigures:\n  - difference: {{ y: sliced-w2, of: [rk45, euler], x: nfe }}\n"
    );
    try_plan(&meet, &["sweep.sampler=[euler, rk45]"]).unwrap_or_else(|report| panic!("{report}"));
}
