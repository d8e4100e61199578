//! One small experiment from YAML to records.

use crate::support::{recipes, registry};
use ito::experiment::plan;
use ito::experiment::record::Record;
use ito::experiment::run::{Options, Reporter, run};
use std::sync::atomic::AtomicBool;

struct Silent;

impl Reporter for Silent {
    fn planned(&self, _: usize, _: usize) {}
    fn training(&self, _: u64, _: u64, _: f64) {}
    fn finished(&self, record: &Record) {
        println!("{} {:?} {:?} {:?} {:?}", record.sampler, record.steps, record.status, record.error, record.metrics);
    }
    fn note(&self, text: &str) {
        println!("{text}");
    }
}

#[test]
fn every_experiment_with_a_closed_form_runs() {
    let registry = registry();
    for name in ["gaussian-order", "ring-mixture", "langevin-temperature"] {
        let file = crate::support::root().join(format!("experiments/{name}.yaml"));
        let sets = ["samples=32".to_owned(), "sweep.seed=[0]".to_owned(), "sweep.steps=[2, 5]".to_owned()];
        let plan = match plan::open(&file, &sets, &registry) {
            Ok(plan) => plan,
            Err(report) => panic!("{report}"),
        };
        let dir = tempfile::tempdir().unwrap();
        let options = Options { out: dir.path().to_owned(), ..Options::default() };
        let summary = run(&plan, &options, &AtomicBool::new(false), &Silent).unwrap();
        println!("{summary:?}");
        assert_eq!(summary.by_status.keys().map(|s| s.word()).collect::<Vec<_>>(), ["ok"]);
        let again = run(&plan, &options, &AtomicBool::new(false), &Silent).unwrap();
        assert_eq!((again.ran, again.there), (0, plan.cells.len()));
    }
}

/// Each recipe of a published table runs as it stands, but for fewer samples and seeds.
#[test]
fn every_published_recipe_runs() {
    let registry = registry();
    for file in recipes() {
        let sets = ["samples=4".to_owned(), "sweep.seed=[0]".to_owned()];
        let plan = match plan::open(&file, &sets, &registry) {
            Ok(plan) => plan,
            Err(report) => panic!("{report}"),
        };
        let dir = tempfile::tempdir().unwrap();
        let options = Options { out: dir.path().to_owned(), ..Options::default() };
        let summary = run(&plan, &options, &AtomicBool::new(false), &Silent).unwrap();
        let words = summary.by_status.keys().map(|s| s.word()).collect::<Vec<_>>();
        assert_eq!(words, ["ok"], "{}", file.display());
    }
}
