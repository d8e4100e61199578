//! What is recorded as evaluations is what the model was asked for.

use crate::support::registry;
use ito::grid::GridSpec;
use ito::plugin::{self, SamplerSpec};
use ito::process::{Point, Process, ProcessSpec};
use ito::sampler::{
    Context, Failure, Fault, Final, Init, Inner, NoiseMode, Outcome, Problem, Running, Setup, Solver, StepIo,
};
use ito::sampler::{sample, tree};
use ito::score::{Gaussian, Prediction, Score, ScoreError};
use ito::state::{HostState, State, StateError};
use ito::units::{Seed, Steps};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

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
    let spec = SamplerSpec::resolve(sampler, &registry()).unwrap();
    run_with(&spec, steps, last_rule, samples, &mut |ctx| plugin::create(&spec, ctx))
}

/// Runs what `make` creates by the plan of a sampler.
fn run_with(
    spec: &SamplerSpec,
    steps: u32,
    last_rule: Final,
    samples: usize,
    make: &mut dyn FnMut(&mut Context<'_>) -> Result<Running, Failure>,
) -> Result<(Outcome, Arc<Counting>), Failure> {
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
    let outcome = sample(&setup, make)?;
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

/// Writes down its calls, and fails in one of them.
struct Log {
    name: &'static str,
    fails: &'static str,
    calls: Arc<Mutex<Vec<String>>>,
}

impl Log {
    fn call(&self, what: &str) -> Result<(), Failure> {
        let call = format!("{} {what}", self.name);
        self.calls.lock().unwrap().push(call.clone());
        if call == self.fails { Err(Failure { fault: Fault::Invalid, text: call }) } else { Ok(()) }
    }
}

impl Solver for Log {
    fn begin(&mut self, _: &mut Context<'_>, problem: &mut Problem<'_>) -> Result<(), Failure> {
        problem.first_step.fill(1.0);
        self.call("begin")
    }

    fn step(&mut self, _: &mut Context<'_>, io: &mut StepIo<'_>) -> Result<(), Failure> {
        if let Some(tries) = &mut io.tries {
            tries.accept.fill(1);
        }
        self.call("step")
    }

    fn end(&mut self, _: &mut Context<'_>) -> Result<(), Failure> {
        self.call("end")
    }
}

/// Each sampler that has begun ends once, those inside before their owner; one that has not begun does not end.
#[test]
fn every_begin_that_is_done_has_one_end() {
    let told = |plan: &Value, fails: &'static str| {
        let calls: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = |name| Box::new(Log { name, fails, calls: Arc::clone(&calls) });
        let spec = SamplerSpec::resolve(plan, &registry()).unwrap();
        let done = run_with(&spec, 1, Final::State, 1, &mut |_| {
            let inners = vec![Inner::new(log("a"), Vec::new()), Inner::new(log("b"), Vec::new())];
            Ok(Running { solver: log("outer"), streams: Vec::new(), inners })
        });
        assert_eq!(done.err().map_or(String::new(), |failure| failure.text), fails);
        calls.lock().unwrap().join(", ")
    };
    for plan in [json!("euler"), json!({ "rk45": { "rtol": 1e-4 } })] {
        let begun = "a begin, b begin, outer begin, outer step";
        let ended = "a end, b end, outer end";
        assert_eq!(told(&plan, ""), format!("{begun}, {ended}"));
        assert_eq!(told(&plan, "outer step"), format!("{begun}, {ended}"));
        assert_eq!(told(&plan, "outer end"), format!("{begun}, {ended}"));
        assert_eq!(told(&plan, "a end"), format!("{begun}, {ended}"));
        assert_eq!(told(&plan, "outer begin"), "a begin, b begin, outer begin, a end, b end");
        assert_eq!(told(&plan, "b begin"), "a begin, b begin, a end");
    }
}
