//! What the driver and the border cost a step: 1024 x 2 numbers, 50 steps, through the loaded library, finite
//! checks on, with a model that costs next to nothing.
//!
//! Prints the median and the spread over runs of microseconds a step, the host calls a step and the
//! allocations a step. Beside it stand what k-diffusion 4601bf0 (27 and 42) and diffusers 0.42.1 (33 for Euler, 51
//! for DDIM, and 114) took a step for Euler and DPM-Solver++(2M) with a model as cheap, on two cores of an AMD EPYC,
//! one thread.

#[path = "../tests/support/counting_allocator.rs"]
mod counting_allocator;

use ito::grid::GridSpec;
use ito::plugin::{self, Registry, SamplerSpec};
use ito::process::{Point, Process, ProcessSpec};
use ito::sampler::{Final, Init, NoiseMode, Setup, sample, tree};
use ito::score::{Prediction, Score, ScoreError};
use ito::state::{HostState, State, StateError};
use ito::units::{Seed, Steps};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

const ROWS: usize = 1024;
const DIM: usize = 2;
const STEPS: u32 = 50;
const RUNS: usize = 200;

/// eps = x/2; other forms follow from it without looking at the data.
struct Free;

impl Score for Free {
    fn dim(&self) -> usize {
        DIM
    }

    fn predict(&self, want: Prediction, at: &[Point], x: &[f64], out: &mut [f64]) -> Result<(), ScoreError> {
        let p = &at[0];
        let c = match want {
            Prediction::Eps => 0.5,
            Prediction::X0 => (1.0 - 0.5 * p.sigma) / p.alpha,
            _ => 0.25,
        };
        out.iter_mut().zip(x).for_each(|(o, x)| *o = c * x);
        Ok(())
    }

    fn predict_f32(&self, want: Prediction, at: &[Point], x: &[f32], out: &mut [f32]) -> Result<(), ScoreError> {
        let p = &at[0];
        let c = match want {
            Prediction::Eps => 0.5,
            Prediction::X0 => ((1.0 - 0.5 * p.sigma) / p.alpha) as f32,
            _ => 0.25,
        };
        out.iter_mut().zip(x).for_each(|(o, x)| *o = c * x);
        Ok(())
    }
}

fn main() {
    let folder = std::env::current_exe().ok().and_then(|exe| exe.parent().map(std::path::Path::to_owned));
    let file = |name: &str| {
        folder.clone().unwrap_or_default().join(format!(
            "{}ito_{name}.{}",
            std::env::consts::DLL_PREFIX,
            std::env::consts::DLL_EXTENSION
        ))
    };
    let registry = match Registry::open(&[file("euler"), file("testkit")]) {
        Ok(registry) => registry,
        Err(e) => return eprintln!("{e}"),
    };
    println!(
        "{:<18} {:>6} {:>10} {:>10} {:>10} {:>12} {:>14}",
        "sampler", "dtype", "median us", "p10", "p90", "host calls", "allocations"
    );
    for (id, peers) in
        [("euler", "k-diffusion 27, diffusers 33"), ("org.ito.test.ab2", "k-diffusion 42, diffusers 114")]
    {
        for wide in [false, true] {
            let line = measure(id, wide, &registry);
            println!("{line}   ({peers})");
        }
    }
}

fn measure(id: &str, wide: bool, registry: &Registry) -> String {
    let value = if id == "euler" { json!({ "euler": { "in": "sigma" } }) } else { json!(id) };
    let spec = SamplerSpec::resolve(&value, registry).expect("the sampler is there");
    let process: Arc<dyn Process> =
        ProcessSpec::Vp(Default::default()).build().expect("the default process can be built");
    let tree = tree(&process).expect("the default process has paths");
    let state = move |rows: usize| -> Result<Box<dyn State>, StateError> {
        Ok(if wide { Box::new(HostState::<f64>::new(rows, DIM)) } else { Box::new(HostState::<f32>::new(rows, DIM)) })
    };
    let cancel = AtomicBool::new(false);
    let run = |steps: u32| {
        let grid = GridSpec::default().build(&*process, Steps::new(steps).ok(), true).expect("a uniform grid");
        let setup = Setup {
            process: &*process,
            score: &Free,
            grid: &grid,
            last_rule: Final::State,
            init: Init::Prior,
            noise: NoiseMode::Paired,
            tree: Arc::clone(&tree),
            seed: Seed::new(0).expect("a seed"),
            first: 0,
            samples: ROWS,
            batch: ROWS,
            per_row_step: false,
            limit: 1,
            deadline: None,
            keep_path: false,
            given: &[],
            state: &state,
            cancel: &cancel,
        };
        let before = counting_allocator::allocations();
        let begin = Instant::now();
        let outcome = sample(&setup, &mut |ctx| plugin::create(&spec, ctx)).expect("the run ends");
        let time = begin.elapsed().as_secs_f64();
        (time, counting_allocator::allocations() - before, outcome.host_calls)
    };
    // What a run costs beside its steps cancels in the difference of two lengths.
    let mut per_step: Vec<f64> = (0..RUNS)
        .map(|_| {
            let (short, long) = (run(STEPS).0, run(2 * STEPS).0);
            (long - short) / f64::from(STEPS) * 1e6
        })
        .collect();
    per_step.sort_by(f64::total_cmp);
    let (a, b) = (run(STEPS), run(2 * STEPS));
    let per = |x: u64, y: u64| (y as f64 - x as f64) / f64::from(STEPS);
    let at = |q: f64| per_step[(q * (RUNS - 1) as f64) as usize];
    format!(
        "{id:<18} {:>6} {:>10.2} {:>10.2} {:>10.2} {:>12.2} {:>14.2}",
        if wide { "f64" } else { "f32" },
        at(0.5),
        at(0.1),
        at(0.9),
        per(a.2, b.2),
        per(a.1, b.1)
    )
}
