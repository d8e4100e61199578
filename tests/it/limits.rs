//! What the metric `trajectory` compares with: the limit of each sampler on the sample's own path, or nothing.

use crate::support::{Errors, planned, run_yaml};
use ito::experiment::record::Record;
use ito::experiment::run::{Options, Summary, run};
use ito::experiment::table;
use ndarray::Array3;
use std::path::Path;
use std::sync::atomic::AtomicBool;

fn yaml(sampler: &str) -> String {
    format!(
        "experiment: limits\nprocess: vp\nmodel: {{ gaussian: {{ mean: [1.0, -0.5], std: 0.5 }} }}\n\
         sweep: {{ sampler: [{sampler}], seed: 0 }}\nsamples: 8\ndtype: f64\nfinal: state\n\
         metrics: [{{ trajectory: {{ samples: 8 }} }}]\n"
    )
}

fn run_in(dir: &Path, yaml: &str, sets: &[&str]) -> (Summary, Vec<Record>) {
    let options = Options { out: dir.to_owned(), ..Options::default() };
    let summary = run(&planned(yaml, sets), &options, &AtomicBool::new(false), &Errors::default()).unwrap();
    (summary, table::read(&dir.join("records.csv")).unwrap())
}

/// The limit of an SDE sampler is that of the sweep's finest grid: where the sweep goes on, old cells are measured again.
#[test]
fn a_sweep_that_goes_on_has_one_limit() {
    let (grown, fresh) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let yaml = yaml("euler-maruyama, euler");
    let (_, before) = run_in(grown.path(), &yaml, &["sweep.steps=[5, 10]"]);
    let (summary, now) = run_in(grown.path(), &yaml, &["sweep.steps=[5, 10, 40]"]);
    assert_eq!(summary.ran, 4, "two new cells, and two of the SDE sampler measured again");
    let (_, at_once) = run_in(fresh.path(), &yaml, &["sweep.steps=[5, 10, 40]"]);
    let errors = |records: &[Record]| records.iter().map(|r| r.metrics["trajectory"]).collect::<Vec<_>>();
    assert_eq!(errors(&now), errors(&at_once));
    assert_ne!(errors(&before)[0], errors(&now)[0]);
    let (again, _) = run_in(grown.path(), &yaml, &["sweep.steps=[5, 10, 40]"]);
    assert_eq!(again.ran, 0);
}

/// Where the lists of a sweep no longer end at one time a path has no limit: the number against the old one goes. And a
/// cell is told under the grid that the present plan has it on.
#[test]
fn a_number_against_a_limit_that_is_gone_leaves_the_table() {
    let (grown, fresh) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let yaml = yaml("euler-maruyama");
    let one = ["grid={ times: { 2: [1.0, 0.5, 0.1] } }"];
    let two = ["grid={ times: { 2: [1.0, 0.5, 0.1], 4: [1.0, 0.8, 0.6, 0.4, 0.05] } }"];
    assert!(run_in(grown.path(), &yaml, &one).1[0].metrics.contains_key("trajectory"));
    let (summary, now) = run_in(grown.path(), &yaml, &two);
    assert_eq!(summary.ran, 1, "the second list alone is new");
    let (_, at_once) = run_in(fresh.path(), &yaml, &two);
    let told = |records: &[Record]| records.iter().map(|r| (r.grid.clone(), r.metrics.clone())).collect::<Vec<_>>();
    assert_eq!(told(&now), told(&at_once));
    assert!(!now[0].metrics.contains_key("trajectory"), "{now:?}");
}

#[test]
fn what_has_no_limit_stays_empty_and_check_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let draws = dir.path().join("draws.npy");
    ito::data::io::write_npy(&draws, &Array3::from_elem((4, 8, 2), 0.5)).unwrap();
    let file = format!("noise={{ file: {} }}", draws.display());
    let moving = "grid={ ddpm: { spacing: leading } }";
    for (set, why) in [(file.as_str(), "reads its noise from a file"), (moving, "whose ends move with N")] {
        let sets = ["sweep.steps=[4]", set];
        let yaml = yaml("euler-maruyama");
        let notes = planned(&yaml, &sets).notes;
        assert!(notes.iter().any(|note| note.contains("`trajectory`") && note.contains(why)), "{notes:?}");
        let runs = tempfile::tempdir().unwrap();
        let (summary, records) = run_in(runs.path(), &yaml, &sets);
        assert_eq!(summary.ran, 1);
        assert!(!records[0].metrics.contains_key("trajectory"), "{:?}", records[0].metrics);
        assert_eq!(run_in(runs.path(), &yaml, &sets).0.ran, 0, "nothing is missing");
    }
    // A sampler of the flow has its own begin and end on such a grid.
    let done = run_yaml(&yaml("{ heun: { in: t } }"), &["sweep.steps=[40]", moving], 1);
    assert!(done.records()[0].metrics["trajectory"] < 0.05, "{:?}", done.records()[0].metrics);
}

/// Other noise leads elsewhere: the distance is that of two samples, at any N.
#[test]
fn independent_noise_is_said_to_lead_elsewhere() {
    let sets = ["sweep.steps=[40]", "noise=independent"];
    let notes = planned(&yaml("euler-maruyama"), &sets).notes;
    assert!(notes.iter().any(|note| note.contains("what the pairing buys")), "{notes:?}");
    let done = run_yaml(&yaml("euler-maruyama"), &sets, 1);
    assert!(done.records()[0].metrics["trajectory"] > 0.2, "{:?}", done.records()[0].metrics);
}

/// Steps of its own: the limit is the formula with control off, not the same tolerance with more stops.
#[test]
fn the_limit_of_a_controlled_sde_sampler_does_not_depend_on_its_tolerance() {
    for grid in ["uniform", "{ uniform: { zero: true } }"] {
        let sets = ["sweep.params={ rtol: [0.1, 0.001], atol: [0.001] }", &format!("grid={grid}")];
        let done = run_yaml(&yaml("gotta-go-fast"), &sets, 1);
        assert_eq!(done.errors, Vec::<String>::new());
        let records = done.records();
        let of = |i: usize, column: &str| records[i].metrics[column];
        let predictions = if grid == "uniform" { 0 } else { 8 };
        assert_eq!(of(0, "reference_evaluations"), f64::from(8 * 2 * 10_240 + predictions), "two a step");
        assert!(of(1, "trajectory") < 0.5 * of(0, "trajectory"), "{grid}: {records:?}");
        assert!(of(1, "trajectory") < 0.05, "{grid}: {}", of(1, "trajectory"));
    }
}

/// A sweep over eta holds cells without noise, which end with the state, and with it, which end with a mean.
#[test]
fn a_sampler_that_ends_in_two_ways_is_named() {
    let yaml = "experiment: ends\nprocess: vp\nmodel: { gaussian: { mean: [0.0], std: 1.0 } }\n\
                sweep: { sampler: ddim, params: { eta: [0, 1] }, steps: 4 }\nsamples: 4\n";
    let notes = |sets: &[&str]| planned(yaml, sets).notes;
    let said = notes(&[]);
    assert!(said.len() == 1 && said[0].starts_with("`ddim` ends with the state where it adds no noise"), "{said:?}");
    assert_eq!(notes(&["final=state"]), Vec::<String>::new());
    assert_eq!(notes(&["sweep.params.eta=[0.5, 1]"]), Vec::<String>::new());
}
