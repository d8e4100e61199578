//! One small experiment from YAML to records.

use crate::support::{recipes, registry, root};
use ito::experiment::plan::{self, Plan};
use ito::experiment::record::Record;
use ito::experiment::run::{Drawn, Options, Reporter, draw, run};
use ito::plot::FigureSpec;
use ito::plugin::{Registry, SamplerInfo, SamplerSpec};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;

struct Silent;

impl Reporter for Silent {
    fn planned(&self, _: usize, _: usize, _: usize) {}
    fn training(&self, _: u64, _: u64, _: f64) {}
    fn finished(&self, record: &Record) {
        println!("{} {:?} {:?} {:?} {:?}", record.sampler, record.steps, record.status, record.error, record.metrics);
    }
    fn note(&self, text: &str) {
        println!("{text}");
    }
}

/// Runs an experiment, and draws every figure that it names.
fn run_and_draw(file: &Path, sets: &[&str], registry: &Registry) -> (Plan, tempfile::TempDir) {
    let sets: Vec<String> = sets.iter().map(|&set| set.to_owned()).collect();
    let plan = plan::open(file, &sets, registry).unwrap_or_else(|report| panic!("{report}"));
    let dir = tempfile::tempdir().unwrap();
    let options = Options { out: dir.path().to_owned(), ..Options::default() };
    let summary = run(&plan, &options, &AtomicBool::new(false), &Silent).unwrap();
    let words = summary.by_status.keys().map(|s| s.word()).collect::<Vec<_>>();
    assert_eq!(words, ["ok"], "{}", file.display());
    let Drawn { files, failed } = draw(&plan, dir.path()).unwrap();
    assert!(failed.is_empty(), "{}: {failed:?}", file.display());
    let expected = |figure: &FigureSpec| if matches!(figure, FigureSpec::Table(_)) { 3 } else { 4 };
    assert_eq!(
        files.len(),
        plan.spec.figures.iter().map(expected).sum::<usize>(),
        "three of a table, four of a figure"
    );
    assert!(files.iter().all(|file| file.metadata().unwrap().len() > 0), "{files:?}");
    (plan, dir)
}

/// With fewer samples, seeds and steps; of the experiments that hold every sampler, those that their figures name.
#[test]
fn every_experiment_with_a_closed_form_runs_and_draws() {
    const LESS: [&str; 2] = ["samples=16", "sweep.seed=[0, 1]"];
    let registry = registry();
    let mut kinds = BTreeSet::new();
    for entry in std::fs::read_dir(root().join("experiments")).unwrap().flatten() {
        let (file, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if file.extension().is_none_or(|ending| ending != "yaml") || name == "digits.yaml" {
            continue;
        }
        let named =
            "sweep.sampler=[euler, heun, dpm-2m, unipc, exponential-adams, ipndm, euler-maruyama, dpmpp-2m-sde]";
        let few = "metrics=[sliced-w2, { trajectory: { samples: 4 } }]";
        let less: &[&str] = match name.as_str() {
            "samplers-on-mixture.yaml" | "samplers-on-mixture-64d.yaml" => {
                &[named, few, "sweep.grid=[log-snr, uniform]", "sweep.nfe=[5, 10, 20]"]
            }
            "published-recipes.yaml" => &["sweep.nfe=[5, 8]"],
            _ => &["sweep.steps=[5, 10]"],
        };
        let (plan, dir) = run_and_draw(&file, &[&LESS, less].concat(), &registry);
        kinds.extend(plan.spec.figures.iter().map(std::mem::discriminant).map(|kind| format!("{kind:?}")));
        let options = Options { out: dir.path().to_owned(), ..Options::default() };
        let again = run(&plan, &options, &AtomicBool::new(false), &Silent).unwrap();
        assert_eq!((again.ran, again.there), (0, plan.cells.len()));
    }
    assert_eq!(kinds.len(), 7, "all kinds but the loss of a training: {kinds:?}");
}

#[test]
fn the_experiments_on_a_mixture_hold_every_sampler_of_fixed_steps() {
    let registry = registry();
    let takes_a_budget = |info: &&SamplerInfo| {
        let own = SamplerSpec::resolve(&serde_json::json!(info.id), &registry).ok().and_then(|s| s.plan(1).ok());
        let flags = own.map_or(info.flags, |plan| plan.flags);
        !(flags.per_row_step || flags.level)
    };
    let all = registry.samplers().iter().map(|info| &**info).filter(|info| !info.id.starts_with("org.ito.test."));
    let all: BTreeSet<String> = all.filter(takes_a_budget).map(|info| info.id.clone()).collect();
    for name in ["samplers-on-mixture", "samplers-on-mixture-64d"] {
        let sets = ["figures=[]", "sweep.grid=log-snr", "sweep.nfe=20", "sweep.seed=0"].map(str::to_owned);
        let file = root().join(format!("experiments/{name}.yaml"));
        let plan = plan::open(&file, &sets, &registry).unwrap_or_else(|report| panic!("{report}"));
        let here: BTreeSet<String> = plan.cells.iter().map(|cell| cell.sampler.info().id.clone()).collect();
        assert_eq!(here, all, "{name}");
    }
}

/// Each recipe of a published table runs as it stands, but for fewer samples and seeds.
#[test]
fn every_published_recipe_runs() {
    let registry = registry();
    for file in recipes() {
        run_and_draw(&file, &["samples=4", "sweep.seed=[0]"], &registry);
    }
}
