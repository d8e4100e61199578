//! A step allocates nothing: counted from the second step on, for fixed-grid samplers with an exact score.
//!
//! A test of its own, because the counting allocator is the whole process's.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

#[path = "support/counting_allocator.rs"]
mod counting_allocator;

use ito::grid::GridSpec;
use ito::plugin::{self, Registry, SamplerSpec};
use ito::process::{Process, ProcessSpec};
use ito::sampler::{Final, Init, NoiseMode, Setup, sample, tree};
use ito::score::Gaussian;
use ito::state::{HostState, State, StateError};
use ito::units::{Seed, Steps};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Allocations of a run of N steps of 64 rows of 2 numbers.
fn allocations(spec: &SamplerSpec, steps: u32, wide: bool) -> u64 {
    let process: Arc<dyn Process> =
        serde_json::from_value::<ProcessSpec>(json!({ "vp": {} })).unwrap().build().unwrap();
    let grid = GridSpec::default().build(&*process, Some(Steps::new(steps).unwrap()), true).unwrap();
    let score = Gaussian::isotropic(vec![1.0, -0.5], 0.8).unwrap();
    let state = move |rows: usize| -> Result<Box<dyn State>, StateError> {
        Ok(if wide { Box::new(HostState::<f64>::new(rows, 2)) } else { Box::new(HostState::<f32>::new(rows, 2)) })
    };
    let cancel = AtomicBool::new(false);
    let setup = Setup {
        process: &*process,
        score: &score,
        grid: &grid,
        last_rule: Final::State,
        init: Init::Prior,
        noise: NoiseMode::Paired,
        tree: tree(&process).unwrap(),
        seed: Seed::new(0).unwrap(),
        first: 0,
        samples: 64,
        batch: 64,
        per_row_step: false,
        limit: 1,
        deadline: None,
        keep_path: false,
        given: &[],
        state: &state,
        cancel: &cancel,
    };
    let before = counting_allocator::allocations();
    sample(&setup, &mut |ctx| plugin::create(spec, ctx)).unwrap();
    counting_allocator::allocations() - before
}

#[test]
fn steps_do_not_allocate() {
    let folder = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let file = |name: &str| {
        folder.join(format!("{}ito_{name}.{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_EXTENSION))
    };
    let registry = Registry::open(&["euler", "stochastic", "langevin", "euler_c", "testkit"].map(file)).unwrap();
    let samplers = [
        json!("euler"),
        json!({ "euler": { "in": "sigma" } }),
        json!("euler-c"),
        json!("heun"),
        json!("euler-maruyama"),
        json!("annealed-langevin"),
        json!("org.ito.test.ab2"),
    ];
    for sampler in samplers {
        let spec = SamplerSpec::resolve(&sampler, &registry).unwrap();
        for wide in [false, true] {
            allocations(&spec, 20, wide);
            // Whatever a run allocates before its second step is the same for 20 steps and for 40.
            let (short, long) = (allocations(&spec, 20, wide), allocations(&spec, 40, wide));
            assert_eq!(short, long, "{sampler}, f64: {wide}");
        }
    }
}
