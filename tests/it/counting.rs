//! What is recorded as evaluations is what the model was asked for.

use crate::support::registry;
use ito::grid::GridSpec;
use ito::plugin::{self, SamplerSpec};
use ito::process::{Point, Process, ProcessSpec};
use ito::sampler::{Failure, Final, Init, NoiseMode, Outcome, Setup, sample, tree};
use ito::score::{Gaussian, Prediction, Score, ScoreError};
use ito::state::{HostState, State, StateError};
use ito::units::{Seed, Steps};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Counts the rows it is asked for.
struct Counting {
    exact: Gaussian,
    rows: AtomicU64,
    calls: AtomicU64,
}

impl Score for Counting {
    fn dim(&self) -> usize {
        self.exact.dim()
    }

    fn predict(&self, want: Prediction, at: &[Point], x: &[f64], out: &mut [f64]) -> Result<(), ScoreError> {
        self.rows.fetch_add((x.len() / self.dim()) as u64, Ordering::Relaxed);
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.exact.predict(want, at, x, out)
    }
}

/// Runs a sampler on N((1, -0.5), 0.8² I) under vp.
fn run(sampler: &Value, steps: u32, last_rule: Final, samples: usize) -> Result<(Outcome, Arc<Counting>), Failure> {
    let registry = registry();
    let spec = SamplerSpec::resolve(sampler, &registry).unwrap();
    let plan = spec.plan(u64::from(steps)).unwrap();
    let process: Arc<dyn Process> =
        serde_json::from_value::<ProcessSpec>(json!({ "vp": {} })).unwrap().build().unwrap();
    let grid = GridSpec::default();
    let grid = if plan.flags.per_row_step {
        grid.ends_only(&*process, plan.flags.needs_alpha).unwrap()
    } else {
        grid.build(&*process, Some(Steps::new(steps).unwrap()), plan.flags.needs_alpha).unwrap()
    };
    let score = Arc::new(Counting {
        exact: Gaussian::isotropic(vec![1.0, -0.5], 0.8).unwrap(),
        rows: AtomicU64::new(0),
        calls: AtomicU64::new(0),
    });
    let state = |rows: usize| -> Result<Box<dyn State>, StateError> { Ok(Box::new(HostState::<f64>::new(rows, 2))) };
    let cancel = AtomicBool::new(false);
    let setup = Setup {
        process: &*process,
        score: &*score,
        grid: &grid,
        last_rule,
        init: Init::Prior,
        noise: NoiseMode::Paired,
        tree: tree(&process).unwrap(),
        seed: Seed::new(0).unwrap(),
        first: 0,
        samples,
        batch: 16,
        per_row_step: plan.flags.per_row_step,
        limit: 10_000,
        deadline: None,
        keep_path: false,
        given: &[],
        state: &state,
        cancel: &cancel,
    };
    let outcome = sample(&setup, &mut |ctx| plugin::create(&spec, ctx))?;
    Ok((outcome, score))
}

#[test]
fn counts_equal_the_calls_made() {
    let cases = [
        (json!("euler"), 7, Final::State, 7),
        (json!("euler-c"), 7, Final::State, 7),
        (json!("heun"), 7, Final::State, 14),
        (json!("heun"), 7, Final::X0, 15),
        (json!("euler-maruyama"), 7, Final::Mean, 7),
        (json!({ "annealed-langevin": { "steps_per_level": 3 } }), 7, Final::State, 21),
        (json!({ "org.ito.test.halves": { "sampler": "heun" } }), 7, Final::State, 28),
        (json!("org.ito.test.ab2"), 7, Final::State, 7),
    ];
    for (sampler, steps, last_rule, each) in cases {
        let samples = 40;
        let (outcome, score) = run(&sampler, steps, last_rule, samples).unwrap();
        assert_eq!(outcome.nfe, vec![each; samples], "{sampler}");
        assert_eq!(score.rows.load(Ordering::Relaxed), each * samples as u64, "{sampler}");
        assert_eq!(outcome.depth, each, "{sampler}");
        assert_eq!(outcome.rejected, 0, "{sampler}");
        let declared = SamplerSpec::resolve(&sampler, &registry()).unwrap().plan(u64::from(steps)).unwrap().evaluations;
        let last = u64::from(last_rule == Final::X0);
        assert_eq!(declared + last, each, "{sampler}: what it declares");
    }
}

#[test]
fn adaptive_rows_are_counted_one_by_one() {
    let samples = 40;
    let (outcome, score) = run(&json!({ "rk45": { "rtol": 1e-4, "atol": 1e-4 } }), 0, Final::State, samples).unwrap();
    assert_eq!(outcome.nfe.iter().sum::<u64>(), score.rows.load(Ordering::Relaxed));
    // Rows of a batch are asked together; three batches one after the other.
    let calls = score.calls.load(Ordering::Relaxed);
    assert!(outcome.depth < calls && calls <= 3 * outcome.depth, "{} {calls}", outcome.depth);
    let distinct: std::collections::BTreeSet<_> = outcome.nfe.iter().collect();
    assert!(distinct.len() > 1, "each sample has its own steps: {:?}", outcome.nfe);
    // Hairer's first step costs 2; each try 6 of the 7 stages, the first being the last of the step before.
    let tries: u64 = outcome.nfe.iter().map(|nfe| (nfe - 2) / 6).sum();
    assert!(outcome.nfe.iter().all(|nfe| (nfe - 2) % 6 == 0), "{:?}", outcome.nfe);
    assert!(outcome.rejected < tries);
}
