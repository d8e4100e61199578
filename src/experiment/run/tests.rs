use super::*;
use crate::experiment::execute::samples_sha256;
use crate::experiment::store::Kept;
use crate::experiment::testing::plan;
use crate::state::Dtype;
use ndarray::Array2;
use std::path::Path;

struct Silent;

impl Reporter for Silent {
    fn planned(&self, _: usize, _: usize, _: usize) {}
    fn training(&self, _: u64, _: u64, _: f64) {}
    fn finished(&self, _: &Record) {}
    fn note(&self, _: &str) {}
}

/// Puts an end of a cell into a run directory; returns the record.
fn put(plan: &Plan, cell: &Cell, dir: &Path, status: Status, x: Option<&Array2<f64>>) -> Record {
    let store = Store::open(dir).expect("a run directory");
    let samples_sha256 = x.map(|x| samples_sha256(x, cell.dtype).expect("a hash"));
    let record = Record { status, samples_sha256, ..asked(cell, plan, "", 1) };
    let claim = store.claim(&cell.key).expect("a lock").expect("nobody else has it");
    let kept = x.map(|x| Kept { x, dtype: Dtype::F64, path: None });
    store.commit(&claim, &record, kept, &[]).expect("written");
    record
}

/// The samplers of these tests have no library: cells are chosen, and those without anything to draw completed.
fn run_in(dir: &Path, plan: &Plan, only: &[(&str, &str)], stopped: bool) -> Result<Summary, RunError> {
    let only = only.iter().map(|(column, value)| ((*column).to_owned(), vec![(*value).to_owned()])).collect();
    let options = Options { out: dir.to_owned(), only, retry: true, ..Options::default() };
    run(plan, &options, &AtomicBool::new(stopped), &Silent)
}

const ONE: [&str; 4] = ["sweep.sampler=[euler]", "sweep.steps=4", "sweep.seed=0", "metrics=[sliced-w2]"];

#[test]
fn a_filter_on_results_takes_cells_by_their_records() {
    let (dir, plan) = (tempfile::tempdir().expect("a temporary folder"), plan(&["metrics=[sliced-w2]"]));
    put(&plan, &plan.cells[0], dir.path(), Status::Failed, None);
    put(&plan, &plan.cells[1], dir.path(), Status::Failed, None);
    put(&plan, &plan.cells[2], dir.path(), Status::TimedOut, None);
    let summary = |only: &[(&str, &str)]| run_in(dir.path(), &plan, only, true).expect("a run");
    assert_eq!((summary(&[]).total, summary(&[]).there), (8, 0));
    let failed = summary(&[("status", "failed")]);
    assert_eq!((failed.total, failed.by_status), (2, BTreeMap::from([(Status::Failed, 2)])));
    assert_eq!(summary(&[("status", "timed-out")]).total, 1);
    // Not even what a record before the run holds: a cell that has not run has no status, and no empty one either.
    assert_eq!(summary(&[("status", "ok")]).total, 0);
    assert_eq!(summary(&[("nfe", "")]).total, 3);
    assert_eq!(summary(&[("sliced-w2", "")]).total, 3);
    assert_eq!(summary(&[("status", "failed"), ("seed", "3")]).total, 1);
    assert_eq!(summary(&[("sampler", "heun")]).total, 4, "what is asked for needs no record");
}

#[test]
fn a_filter_names_a_column_of_the_table() {
    let (dir, plan) = (tempfile::tempdir().expect("a temporary folder"), plan(&["metrics=[sliced-w2]"]));
    let out = dir.path().join("out");
    let error = run_in(&out, &plan, &[("samples_sha256", "1")], true).expect_err("no column").to_string();
    assert!(
        error.contains("wall_s, model_s, sliced-w2, sliced-w2_floor; and settings: grid.uniform.t_begin"),
        "{error}"
    );
    assert!(!out.exists(), "nothing was started");
}

#[test]
fn a_refused_cell_is_found_by_its_status() {
    let sets = ["process=flow", "sweep={ sampler: [euler, ancestral], grid: { times: [1.0, 0.5, 0.1] } }"];
    let plan = plan(&sets);
    assert_eq!(plan.cells.iter().map(|cell| cell.refused.is_some()).collect::<Vec<_>>(), [false, true]);
    let dir = tempfile::tempdir().expect("a temporary folder");
    let summary = run_in(dir.path(), &plan, &[("status", "refused")], true).expect("a run");
    assert_eq!(summary.by_status, BTreeMap::from([(Status::Refused, 1)]));
}

#[test]
fn refusals_are_counted_apart_and_each_reason_is_said_once() {
    struct Heard(Mutex<Vec<String>>);
    impl Reporter for Heard {
        fn planned(&self, total: usize, there: usize, refused: usize) {
            self.note(&format!("{total} {there} {refused}"));
        }
        fn training(&self, _: u64, _: u64, _: f64) {}
        fn finished(&self, _: &Record) {}
        fn note(&self, text: &str) {
            self.0.lock().expect("a list").push(text.to_owned());
        }
    }
    let plan = plan(&["sweep.sampler=[euler, { ula: { level: 2 } }]"]);
    let dir = tempfile::tempdir().expect("a temporary folder");
    let options = Options { out: dir.path().to_owned(), ..Options::default() };
    let heard = Heard(Mutex::default());
    let summary = run(&plan, &options, &AtomicBool::new(true), &heard).expect("a run");
    assert_eq!((summary.total, summary.there, summary.refused), (8, 0, 4));
    let heard = heard.0.into_inner().expect("a list");
    assert_eq!(heard, ["4 cells refused: level is t = 2, but vp is defined for t in [0, 1]", "8 0 4"]);
}

#[test]
fn a_metric_that_cannot_be_added_leaves_the_cell_and_is_counted() {
    let plan = plan(&ONE);
    let dir = tempfile::tempdir().expect("a temporary folder");
    // Three numbers a sample where the law has two.
    let x = Array2::zeros((100, 3));
    let there = put(&plan, &plan.cells[0], dir.path(), Status::Ok, Some(&x));
    for _ in 0..2 {
        let summary = run_in(dir.path(), &plan, &[], false).expect("a run");
        assert_eq!((summary.ran, summary.incomplete), (0, 1));
        assert_eq!(summary.by_status, BTreeMap::from([(Status::Ok, 1)]));
    }
    let store = Store::reading(dir.path());
    assert_eq!(store.record(&there.cell).expect("readable"), Some(there.clone()));
    assert_eq!(store.samples(&there.cell).expect("readable"), Some(x));
}

/// The samplers here have no library, so that drawing again fails.
#[test]
fn a_failure_does_not_replace_a_cell_that_ended_well_without_samples() {
    let plan = plan(&[&ONE[..], &["keep=none"]].concat());
    let dir = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(dir.path()).expect("a run directory");
    let metrics = BTreeMap::from([("mmd".to_owned(), 0.25)]);
    let there = Record { metrics, ..asked(&plan.cells[0], &plan, "", 1) };
    let claim = store.claim(&there.cell).expect("a lock").expect("nobody else has it");
    store.commit(&claim, &there, None, &[]).expect("written");
    drop(claim);
    let summary = run_in(dir.path(), &plan, &[], false).expect("a run");
    assert_eq!((summary.ran, summary.incomplete), (0, 1));
    assert_eq!(summary.by_status, BTreeMap::from([(Status::Ok, 1)]));
    assert_eq!(store.record(&there.cell).expect("readable"), Some(there));
}

#[test]
fn a_cell_that_takes_the_place_of_another_leaves_nothing_of_it() {
    let plan = plan(&ONE);
    let dir = tempfile::tempdir().expect("a temporary folder");
    put(&plan, &plan.cells[0], dir.path(), Status::Ok, Some(&Array2::zeros((100, 2))));
    let there = put(&plan, &plan.cells[0], dir.path(), Status::Failed, None);
    let store = Store::reading(dir.path());
    assert_eq!(store.record(&there.cell).expect("readable"), Some(there.clone()));
    assert_eq!(store.samples(&there.cell).expect("readable"), None);
    let cells = std::fs::read_dir(dir.path().join("cells")).expect("a folder").flatten();
    let names: Vec<_> = cells.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    assert_eq!(
        names.iter().filter(|name| ![".claims", ".running"].contains(&name.as_str())).collect::<Vec<_>>(),
        [&there.cell]
    );
}

/// A run that ends while another one writes the table waits for it, and then reads what that one left.
#[test]
fn a_table_lacks_no_row_of_a_run_that_ends_at_the_same_time() {
    let (dir, plan) = (tempfile::tempdir().expect("a temporary folder"), plan(&["metrics=[sliced-w2]"]));
    put(&plan, &plan.cells[0], dir.path(), Status::Failed, None);
    let store = Store::open(dir.path()).expect("a run directory");
    let whole = store.whole().expect("a lock");
    std::thread::scope(|scope| {
        let other = scope.spawn(|| run_in(dir.path(), &plan, &[], true).expect("a run"));
        std::thread::sleep(std::time::Duration::from_millis(200));
        assert!(!other.is_finished());
        put(&plan, &plan.cells[1], dir.path(), Status::Failed, None);
        drop(whole);
        assert_eq!(other.join().expect("no panic").by_status, BTreeMap::from([(Status::Failed, 2)]));
    });
    assert_eq!(table::read(&dir.path().join("records.csv")).expect("a table").len(), 2);
}

#[test]
fn a_metric_that_was_asked_for_later_is_added() {
    let plan = plan(&ONE);
    let dir = tempfile::tempdir().expect("a temporary folder");
    let x = Array2::from_shape_fn((100, 2), |(i, j)| (i + j) as f64 / 100.0);
    let there = put(&plan, &plan.cells[0], dir.path(), Status::Ok, Some(&x));
    let summary = run_in(dir.path(), &plan, &[], false).expect("a run");
    assert_eq!((summary.ran, summary.incomplete), (1, 0));
    let now = Store::reading(dir.path()).record(&there.cell).expect("readable").expect("a record");
    assert!(now.metrics["sliced-w2"].is_finite());
}

#[test]
fn a_metric_that_is_infinite_breaks_no_later_run() {
    let plan = plan(&ONE);
    let dir = tempfile::tempdir().expect("a temporary folder");
    let x = Array2::from_elem((100, 2), 1e300);
    let there = put(&plan, &plan.cells[0], dir.path(), Status::Ok, Some(&x));
    assert_eq!(run_in(dir.path(), &plan, &[], false).expect("a run").ran, 1);
    let summary = run_in(dir.path(), &plan, &[], false).expect("its record can be read");
    assert_eq!((summary.there, summary.ran), (1, 0));
    let row = table::read(&dir.path().join("records.csv")).expect("and its row");
    assert_eq!(row[0].metrics["sliced-w2"], f64::INFINITY);
    assert_eq!(row[0].cell, there.cell);
}

#[test]
fn a_recorded_cell_that_the_plan_has_not_says_what_differs() {
    let (dir, plan) = (tempfile::tempdir().expect("a temporary folder"), plan(&ONE));
    let store = Store::open(dir.path()).expect("a run directory");
    let record = |change: &dyn Fn(&mut Record)| {
        let mut record = asked(&plan.cells[0], &plan, "", 1);
        "1234".clone_into(&mut record.cell);
        change(&mut record);
        let claim = store.claim("1234").expect("a lock").expect("nobody else has it");
        store.commit(&claim, &record, None, &[]).expect("written");
        absent(&plan, "12", dir.path()).expect("readable").to_string()
    };
    let rebuilt = record(&|record| "5".repeat(64).clone_into(&mut record.plugin_sha256));
    let (then, now) = ("5".repeat(64), "0".repeat(64));
    assert_eq!(
        rebuilt,
        format!(
            "cell 1234 is recorded, but cannot be run again: plugin none.so had the SHA-256 {then} when it ran, and has \
             {now} now: build that version again"
        )
    );
    let other = record(&|record| record.seed = 9);
    assert!(other.contains("spec.yaml has no such cell"), "{other}");
    assert!(record(&|_| ()).contains("all that its record names is the same"));
    let none = absent(&plan, "77", dir.path()).expect("readable").to_string();
    assert!(none.starts_with("no cell `77` in "), "{none}");
}
