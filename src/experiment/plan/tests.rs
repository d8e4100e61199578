use super::*;
use crate::experiment::testing::{RIGHT, plan, registry, report_set, try_plan};
use insta::assert_snapshot;

/// What differs between the cells, one line each.
fn lines(plan: &Plan, show: impl Fn(&Cell) -> String) -> String {
    plan.cells.iter().map(show).collect::<Vec<_>>().join("\n")
}

fn steps(plan: &Plan) -> Vec<Option<u64>> {
    plan.cells.iter().map(|cell| cell.steps).collect()
}

#[test]
fn combinations_run_like_an_odometer() {
    let all: Vec<_> = combinations(&[2, 1, 3]).collect();
    assert_eq!(all, [[0, 0, 0], [0, 0, 1], [0, 0, 2], [1, 0, 0], [1, 0, 1], [1, 0, 2]]);
    assert_eq!(combinations(&[]).count(), 1);
    assert_eq!(combinations(&[3, 0]).count(), 0);
}

#[test]
fn the_sampler_varies_slowest_and_the_seed_fastest() {
    let plan = plan(&["sweep.grid=[uniform, log-snr]", "sweep.final=[state, mean]", "sweep.steps=[2, 3]"]);
    let show = |c: &Cell| {
        format!("{} {} {:?} {} {}", c.sampler.info().id, c.grid.name(), c.last, c.steps.unwrap_or(0), c.seed)
    };
    assert_eq!(plan.cells.len(), 2 * 2 * 2 * 2 * 2);
    assert_snapshot!(lines(&plan, show).lines().take(17).collect::<Vec<_>>().join("\n"), @r"
    euler uniform State 2 3
    euler uniform State 2 4
    euler uniform State 3 3
    euler uniform State 3 4
    euler uniform Mean 2 3
    euler uniform Mean 2 4
    euler uniform Mean 3 3
    euler uniform Mean 3 4
    euler log-snr State 2 3
    euler log-snr State 2 4
    euler log-snr State 3 3
    euler log-snr State 3 4
    euler log-snr Mean 2 3
    euler log-snr Mean 2 4
    euler log-snr Mean 3 3
    euler log-snr Mean 3 4
    heun uniform State 2 3
    ");
}

#[test]
fn one_axis_sweeps_both_tolerances() {
    let samplers = "sweep.sampler=[euler, rk45, { rk45: { rtol: 0.5 } }]";
    let sets = [samplers, "sweep.params={ tol: [0.1, 0.01] }", "sweep.steps=4", "sweep.seed=0"];
    let plan = plan(&sets);
    assert_snapshot!(lines(&plan, |c| c.sampler.yaml().to_string()), @r#"
    {"euler":{}}
    {"rk45":{"atol":0.1,"rtol":0.1}}
    {"rk45":{"atol":0.01,"rtol":0.01}}
    {"rk45":{"atol":0.00001,"rtol":0.5}}
    "#);
    let twice = report_set(&[samplers, "sweep.params={ tol: [0.1], atol: [0.2] }"]);
    assert!(twice.ends_with("sweep.params.atol: `tol` sets `atol` already: keep one of the two"), "{twice}");
    let nobody = report_set(&["sweep.params={ tol: [0.1] }"]);
    assert!(nobody.contains("unknown parameter of these samplers `tol`"), "{nobody}");
    let wrong = report_set(&[samplers, "sweep.params={ tol: [0.1, -1] }"]);
    assert!(wrong.contains("sweep.params.tol[1]: "), "{wrong}");
}

#[test]
fn a_swept_parameter_goes_to_the_samplers_that_have_it_and_do_not_set_it() {
    let samplers = "sweep.sampler=[euler, rk45, { rk45: { rtol: 0.5 } }]";
    let plan = plan(&[samplers, "sweep.params={ rtol: [0.1, 0.01], atol: [0.2] }", "sweep.steps=4", "sweep.seed=0"]);
    assert_snapshot!(lines(&plan, |c| c.sampler.yaml().to_string()), @r#"
    {"euler":{}}
    {"rk45":{"atol":0.2,"rtol":0.1}}
    {"rk45":{"atol":0.2,"rtol":0.01}}
    {"rk45":{"atol":0.2,"rtol":0.5}}
    "#);
}

#[test]
fn a_swept_alternative_is_set_inside_its_choice() {
    let plan = plan(&["sweep.sampler=annealed-langevin", "sweep.params={ step.absolute: [0.1] }", "sweep.seed=0"]);
    assert_eq!(plan.cells[0].sampler.params().to_string(), r#"{"step":{"absolute":0.1},"steps_per_level":1}"#);
}

#[test]
fn samplers_that_choose_their_steps_are_planned_once_and_check_says_so() {
    let once = plan(&["sweep.sampler=rk45"]);
    assert_eq!(steps(&once), [None, None]);
    assert_eq!(once.cells[0].times.as_ref().map(Grid::steps), Some(1));
    assert_eq!((once.cells[0].evaluations, once.cost()), (None, (0, 2)));
    assert_eq!(once.notes.len(), 1);
    assert!(once.notes[0].starts_with("`rk45` chooses its own steps: it is planned once"), "{:?}", once.notes);
    let stops = plan(&["sweep.sampler=rk45", "stops=true", "sweep.seed=0"]);
    assert_eq!(steps(&stops), [Some(4), Some(8)]);
    assert!(stops.notes.is_empty());
}

#[test]
fn markov_chains_stay_at_their_level_whatever_the_grids() {
    let plan = plan(&["sweep.sampler={ ula: { level: 0.25 } }", "sweep.grid=[uniform, karras]", "sweep.seed=0"]);
    assert_eq!(steps(&plan), [Some(4), Some(8)]);
    assert_eq!(plan.cells[0].times.as_ref().map(|grid| grid.times().to_vec()), Some(vec![0.25; 5]));
}

#[test]
fn nfe_takes_the_largest_n_that_fits_with_the_last_evaluation() {
    let swept = "sweep={ sampler: [euler, heun], nfe: [1, 10, 11] }";
    let asked = |plan: &Plan| lines(plan, |c| format!("{} {:?} {:?}", c.sampler.info().id, c.nfe_asked, c.steps));
    assert_snapshot!(asked(&plan(&[swept])), @r"
    euler Some(1) Some(1)
    euler Some(10) Some(10)
    euler Some(11) Some(11)
    heun Some(1) None
    heun Some(10) Some(5)
    heun Some(11) Some(5)
    ");
    let x0 = plan(&[swept, "final=x0"]);
    assert_snapshot!(asked(&x0), @r"
    euler Some(1) None
    euler Some(10) Some(9)
    euler Some(11) Some(10)
    heun Some(1) None
    heun Some(10) Some(4)
    heun Some(11) Some(5)
    ");
    assert_eq!(x0.cells[1].evaluations, Some(10));
    let refused = x0.cells[0].refused.as_deref();
    assert_eq!(refused, Some("nfe 1 is too few: the least is 2, for N = 1"));
}

#[test]
fn the_same_n_is_the_same_cell() {
    let plan = plan(&["sweep={ sampler: heun, nfe: [10, 11, 12] }"]);
    assert_eq!(steps(&plan), [Some(5), Some(5), Some(6)]);
    assert_eq!(plan.cells[0].key, plan.cells[1].key);
    assert_ne!(plan.cells[0].key, plan.cells[2].key);
}

#[test]
fn nothing_is_evaluated_at_the_clean_end() {
    let plan = plan(&["final=x0", "sweep.sampler=euler", "sweep.grid=[uniform, { uniform: { zero: true } }]"]);
    let evaluations: Vec<_> = plan.cells.iter().map(|c| (c.steps, c.evaluations)).step_by(2).collect();
    assert_eq!(evaluations, [(Some(4), Some(5)), (Some(8), Some(9)), (Some(4), Some(4)), (Some(8), Some(8))]);
}

#[test]
fn a_list_of_times_has_its_own_n() {
    let grids = "sweep.grid=[uniform, { times: [1.0, 0.5, 0.1] }, { times: { 4: [1.0, 0.8, 0.6, 0.4, 0.2] } }]";
    let all = plan(&["sweep.sampler=euler", grids, "sweep.seed=0"]);
    assert_eq!(steps(&all), [Some(4), Some(8), Some(2), Some(4)]);
    let list = "{ sampler: euler, grid: [{ times: [1.0, 0.5, 0.1] }] }";
    assert_eq!(steps(&plan(&[&format!("sweep={list}")])), [Some(2)]);
    let two = "{ times: { 1: [1.0, 0.5], 2: [1.0, 0.5, 0.1] } }";
    assert_eq!(steps(&plan(&[&format!("sweep={{ sampler: euler, grid: {two} }}")])), [Some(1), Some(2)]);
    let some = plan(&[&format!("sweep={{ sampler: euler, grid: [uniform, {two}], steps: [2, 3] }}")]);
    let reasons: Vec<_> = some.cells.iter().map(|cell| cell.refused.as_deref()).collect();
    assert_eq!(reasons, [None, None, None, Some("steps is 3, but `times` has lists for [1, 2] only")]);
}

#[test]
fn steps_that_no_list_of_times_has_are_a_mistake_and_those_of_other_grids_a_note() {
    let list = "{ times: [1.0, 0.5, 0.1] }";
    let report = report_set(&["sweep.sampler=[euler, rk45]", &format!("grid={list}"), "sweep.steps=[2, 5]"]);
    let text = "sweep.steps[1]: steps is 5, but lists of times fix N, here to 2: leave out `steps`, or that N";
    assert!(report.ends_with(text), "{report}");
    let of = |grids: &str, steps: &str, sampler: &str| {
        let sampler = format!("sweep.sampler={sampler}");
        plan(&[&sampler, &format!("sweep.grid={grids}"), &format!("sweep.steps={steps}"), "sweep.seed=0"])
    };
    let two = of(&format!("[{list}, {{ times: [1.0, 0.5] }}]"), "[1, 2]", "euler");
    assert_eq!(steps(&two), [Some(2), Some(1)], "each N has its list");
    let mixed = of(&format!("[uniform, {list}]"), "[4, 8]", "euler");
    assert_eq!(steps(&mixed), [Some(4), Some(8), Some(2)]);
    assert_eq!(mixed.notes, ["a list of times fixes N: its cells have 2 steps, whatever `steps` asks of other grids"]);
    assert!(of(list, "2", "euler").notes.is_empty());
    let own = of(list, "5", "rk45");
    assert!(own.notes[0].starts_with("`rk45` chooses its own steps"), "{:?}", own.notes);
    assert_eq!(steps(&of(list, "5", "{ ula: { level: 0.25 } }")), [Some(5)], "a chain at one level has no grid");
}

#[test]
fn a_swept_parameter_may_be_one_that_must_be_given() {
    let plan =
        plan(&["sweep.sampler=[euler, ula]", "sweep.params={ level: [0.3, 0.5] }", "sweep.steps=4", "sweep.seed=0"]);
    assert_snapshot!(lines(&plan, |c| c.sampler.yaml().to_string()), @r#"
    {"euler":{}}
    {"ula":{"level":0.3}}
    {"ula":{"level":0.5}}
    "#);
    let missing = report_set(&["sweep.sampler=[ula, rk45]", "sweep.params={ rtol: [0.3, 0.5] }"]);
    assert!(missing.ends_with("sweep.sampler[0].ula: parameter `level` of sampler `ula` must be given: the level"));
    let wrong = report_set(&["sweep.sampler=ula", "sweep.params={ level: [0.3, deep] }"]);
    assert!(wrong.contains("sweep.params.level[1]: parameter `level` is the text \"deep\""), "{wrong}");
}

#[test]
fn a_list_that_starts_without_signal_is_refused_to_samplers_that_need_it() {
    let sets = ["process=flow", "sweep={ sampler: [euler, ancestral], grid: { times: [1.0, 0.5, 0.1] } }"];
    let plan = plan(&sets);
    assert!(plan.cells[0].refused.is_none());
    let reason = plan.cells[1].refused.as_deref().unwrap_or_default();
    assert!(reason.starts_with("the list of times starts at t = 1, where alpha = 0"), "{reason}");
    assert_eq!(plan.cells[1].evaluations, None);
    assert_eq!(plan.cost(), (200, 0), "a refused cell costs nothing");
}

#[test]
fn each_sampler_has_its_own_last_step() {
    let plan = plan(&["sweep.sampler=[euler, euler-maruyama]", "sweep.seed=0", "sweep.steps=4"]);
    assert_eq!(plan.cells.iter().map(|c| c.last).collect::<Vec<_>>(), [Final::State, Final::Mean]);
}

#[test]
fn unequal_spacing_is_said_where_weights_assume_equal_spacing() {
    assert!(plan(&["sweep.sampler=ab2"]).notes.is_empty());
    let notes = plan(&["sweep.sampler=ab2", "grid=karras"]).notes;
    assert_eq!(notes, ["the weights of `ab2` assume equal spacing in t, which the karras grid on vp does not have"]);
}

#[test]
fn a_training_is_known_before_it_is_trained() {
    let train = "model={ train: { steps: 10 } }";
    let plan = plan(&[train, "data=digits", "sweep.train_seed=[0, 1]", "sweep.steps=4", "sweep.seed=0"]);
    let data = plan.data.as_ref().map(|data| data.sha256.clone());
    assert_eq!(plan.cells.len(), 4);
    assert_eq!(plan.cells[1].identity["train"]["seed"], 1);
    assert_eq!(plan.cells[1].identity["data"].as_str(), data.as_deref());
    assert_eq!((plan.cells[0].dtype, plan.cells[0].batch), (Dtype::F32, 256));
}

#[test]
fn the_table_shows_what_differs() {
    let sets = ["sweep.sampler=[euler, rk45, ab2, { ula: { level: 2 } }]", "sweep.grid=[uniform, karras]"];
    assert_snapshot!(plan(&sets).table(), @r"
    | sampler | grid                                                     | steps | evaluations                                                | seeds |
    |---------|----------------------------------------------------------|-------|------------------------------------------------------------|-------|
    | euler   | {uniform:{t_begin:1.0, t_end:0.001, zero:false}}         | 4     | 4                                                          | 2     |
    | euler   | {uniform:{t_begin:1.0, t_end:0.001, zero:false}}         | 8     | 8                                                          | 2     |
    | euler   | {karras:{rho:7.0, t_begin:1.0, t_end:0.001, zero:false}} | 4     | 4                                                          | 2     |
    | euler   | {karras:{rho:7.0, t_begin:1.0, t_end:0.001, zero:false}} | 8     | 8                                                          | 2     |
    | rk45    | {uniform:{t_begin:1.0, t_end:0.001, zero:false}}         | own   | its own                                                    | 2     |
    | rk45    | {karras:{rho:7.0, t_begin:1.0, t_end:0.001, zero:false}} | own   | its own                                                    | 2     |
    | ab2     | {uniform:{t_begin:1.0, t_end:0.001, zero:false}}         | 4     | 4                                                          | 2     |
    | ab2     | {uniform:{t_begin:1.0, t_end:0.001, zero:false}}         | 8     | 8                                                          | 2     |
    | ab2     | {karras:{rho:7.0, t_begin:1.0, t_end:0.001, zero:false}} | 4     | 4                                                          | 2     |
    | ab2     | {karras:{rho:7.0, t_begin:1.0, t_end:0.001, zero:false}} | 8     | 8                                                          | 2     |
    | ula     | {uniform:{t_begin:1.0, t_end:0.001, zero:false}}         | 4     | refused: level is t = 2, but vp is defined for t in [0, 1] | 2     |
    | ula     | {uniform:{t_begin:1.0, t_end:0.001, zero:false}}         | 8     | refused: level is t = 2, but vp is defined for t in [0, 1] | 2     |
    24 cells, 9600 evaluations, and 4 cells whose sampler chooses its steps, 4 cells refused
    note: `rk45` chooses its own steps: it is planned once, not for each of `steps` or `nfe`; sweep `tol` in `params`, or set `stops: true`
    note: the weights of `ab2` assume equal spacing in t, which the karras grid on vp does not have
    ");
}

#[test]
fn files_are_found_beside_the_yaml_and_checked() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let yaml = folder.path().join("x.yaml");
    std::fs::write(&yaml, format!("{RIGHT}init: {{ file: x.npy }}\n")).expect("the YAML is written");
    let write = |rows, columns| {
        let x = ndarray::Array2::<f64>::zeros((rows, columns));
        crate::data::io::write_npy(&folder.path().join("x.npy"), &x).expect("npy is written");
    };
    write(100, 2);
    let first = open(&yaml, &[], &registry()).unwrap_or_else(|report| panic!("{report}"));
    assert!(first.cells[0].files.init.is_some());
    write(101, 2);
    let second = open(&yaml, &[], &registry()).unwrap_or_else(|report| panic!("{report}"));
    assert_ne!(first.cells[0].key, second.cells[0].key, "the file's content is part of the key");
    let again = try_plan(&first.yaml().expect("YAML"), &[]).unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(again.cells[0].key, second.cells[0].key, "the resolved spec finds the file from everywhere");
    write(99, 2);
    let report = open(&yaml, &[], &registry()).map(|_| ()).expect_err("too few rows").to_string();
    assert!(report.contains("has the shape [99, 2], but must have [100 or more, 2]"), "{report}");
}
