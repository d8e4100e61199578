//! What a sampler costs on a grid that ends at sigma = 0, where the last step is cheaper than a plugin can declare: Heun's
//! takes one evaluation of its two, a midpoint rule both, and it may depend on whether the process has a time there.

use super::axes::Setting;
use crate::grid::Grid;
use crate::noise::Stream;
use crate::plugin;
use crate::sampler::{Final, Init, NoiseMode, Setup, sample, tree};
use crate::score::Gaussian;
use crate::state::{HostState, State, StateError};
use crate::units::Seed;
use std::sync::atomic::AtomicBool;

/// Evaluations of one sample of N(0, 1), which are those of any other: on a fixed grid no state changes them.
///
/// # Errors
/// The sampler's own, which a run will meet too.
pub(super) fn evaluations(setting: &Setting<'_>, grid: &Grid) -> Result<u64, String> {
    let process = setting.process.1.as_ref();
    let text = |e: &dyn std::error::Error| e.to_string();
    let setup = Setup {
        process,
        score: &Gaussian::isotropic(vec![0.0], 1.0).map_err(|e| text(&e))?,
        grid,
        last_rule: Final::State,
        init: Init::Prior,
        noise: NoiseMode::Independent(Stream::named("evaluations")),
        tree: tree(&setting.process.1).map_err(|e| text(&e))?,
        seed: Seed::new(0).map_err(|e| text(&e))?,
        first: 0,
        samples: 1,
        batch: 1,
        per_row_step: false,
        limit: 1,
        deadline: None,
        keep_path: false,
        given: &[],
        state: &|rows| -> Result<Box<dyn State>, StateError> { Ok(Box::new(HostState::<f64>::new(rows, 1))) },
        cancel: &AtomicBool::new(false),
    };
    let outcome = sample(&setup, &mut |ctx| plugin::create(setting.sampler, ctx)).map_err(|e| text(&e))?;
    outcome.nfe.first().copied().ok_or_else(|| "no sample was made".into())
}
