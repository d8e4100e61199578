//! One sampler on one problem, run as an experiment runs it.

use super::problem::{Case, SEED};
use super::variant::Variant;
use super::{Extent, Row, What};
use crate::grid::Grid;
use crate::plugin::{self, Plan, SamplerSpec};
use crate::sampler::{Final, Init, NoiseMode, Outcome, Setup, sample};
use crate::state::HostState;
use crate::units::{Seed, Steps};
use ndarray::Array2;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Most tries of one sample; at a tolerance of 1e-9 some hundreds are needed.
const TRIES: u64 = 1_000_000;
/// The number of steps at which the plugin is asked for its order.
const DECLARED: u32 = 80;
/// The number of steps of which the evaluations are counted.
const COSTED: u32 = 10;
/// Samples that run together: their tensors stay in the cache.
const BATCH: usize = 256;

/// A sampler with its choices, and what it is measured on, where there is something.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    pub(super) variant: &'a Variant<'a>,
    pub(super) case: Option<&'a Case>,
    pub(super) extent: Extent,
}

impl fmt::Display for Job<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.variant.info.id)?;
        if !self.variant.label.is_empty() {
            write!(f, " ({})", self.variant.label)?;
        }
        match self.case {
            Some(case) => write!(f, " on {}, {}", case.setting.process.name(), case.problem.word()),
            None => Ok(()),
        }
    }
}

impl<'a> Job<'a> {
    /// A row without measurements, which therefore fails.
    pub(super) fn row(&self, what: What, declared: f64) -> Row {
        let of_case = |f: fn(&Case) -> String| self.case.map(f).unwrap_or_default();
        Row {
            sampler: self.variant.info.id.clone(),
            variant: self.variant.label.clone(),
            kind: self.plan().map_or(self.variant.info.kind, |plan| plan.kind),
            process: of_case(|case| case.setting.process.name().to_owned()),
            problem: of_case(|case| case.problem.word().to_owned()),
            grid: of_case(|case| case.setting.label.clone()),
            declared,
            what,
            n: Vec::new(),
            at: Vec::new(),
            errors: Vec::new(),
            floors: Vec::new(),
            slopes: Vec::new(),
            pass: false,
            held: None,
            note: String::new(),
        }
    }

    /// Why the sampler has no plan.
    pub(super) fn refusal(&self) -> String {
        self.plan().err().unwrap_or_default()
    }

    /// What the plugin declares.
    pub(super) fn plan(&self) -> Result<Plan, String> {
        self.variant.plan()
    }

    /// A declared order, which a test of it needs.
    pub(super) fn claimed(&self, order: fn(&Plan) -> f64) -> Result<f64, String> {
        let declared = order(&self.plan()?);
        if declared > 0.0 { Ok(declared) } else { Err("the plugin declares no order for this test".into()) }
    }

    /// Refuses a plugin that makes more evaluations than it declares: what is compared at equal cost would not be. What else
    /// goes wrong here, its own test will meet.
    pub(super) fn cost(&self) -> Result<(), String> {
        let fixed = self.runner(&[]).ok().filter(|r| !r.plan.flags.per_row_step && !r.plan.flags.level);
        let one = fixed.and_then(|runner| {
            let grid = runner.grid(COSTED).ok()?;
            let outcome = runner.outcome(&grid, Init::Prior, NoiseMode::Paired, (0, 1), &[]).ok()?;
            Some((runner.plan_on(&grid).ok()?.evaluations, *outcome.nfe.first()?))
        });
        match one {
            Some((declared, counted)) if counted > declared => Err(format!(
                "the plugin declares {declared} evaluations for {COSTED} steps, but makes {counted}: correct \
                 `evals_per_step`, or `evaluations` in `plan`"
            )),
            _ => Ok(()),
        }
    }

    /// What it is measured on.
    pub(super) fn case(&self) -> Result<&'a Case, String> {
        self.case.ok_or_else(|| "nothing to measure on".into())
    }

    /// The sampler with its choices and these parameters, ready to run.
    pub(super) fn runner(&self, more: &[(&str, Value)]) -> Result<Runner<'a>, String> {
        let spec = self.variant.spec(more)?;
        Ok(Runner { plan: spec.plan(1)?, spec, case: self.case()? })
    }
}

/// A resolved sampler on a problem.
pub(super) struct Runner<'a> {
    spec: SamplerSpec,
    plan: Plan,
    case: &'a Case,
}

impl Runner<'_> {
    /// The grid of N intervals.
    pub(super) fn grid(&self, steps: u32) -> Result<Grid, String> {
        let steps = Steps::new(steps).map_err(|e| e.to_string())?;
        let setting = &self.case.setting;
        setting.grid.build(&*setting.process, Some(steps), self.plan.flags.needs_alpha).map_err(|e| e.to_string())
    }

    /// The order that the plugin declares on grids of this kind.
    pub(super) fn order(&self) -> Result<f64, String> {
        Ok(self.plan_on(&self.grid(DECLARED)?)?.order)
    }

    /// The plan for these times.
    fn plan_on(&self, grid: &Grid) -> Result<Plan, String> {
        let points = grid.points(&*self.case.setting.process);
        let levels: Vec<[f64; 3]> = points.iter().map(|p| [p.t, p.alpha, p.sigma]).collect();
        self.spec.plan_on(grid.steps() as u64, &levels)
    }

    /// The two ends.
    pub(super) fn ends(&self) -> Result<Grid, String> {
        let setting = &self.case.setting;
        setting.grid.ends_only(&*setting.process, self.plan.flags.needs_alpha).map_err(|e| e.to_string())
    }

    /// The level of a Markov chain, for so many updates.
    pub(super) fn level(&self, updates: Steps) -> Result<Grid, String> {
        Grid::level(&*self.case.setting.process, self.case.setting.t_end, updates).map_err(|e| e.to_string())
    }

    /// The samples `first..first + count`, [count, D]; noise of a file is that of sample 0 on.
    pub(super) fn run(
        &self,
        grid: &Grid,
        init: Init,
        noise: NoiseMode,
        samples: (usize, usize),
    ) -> Result<Array2<f64>, String> {
        self.run_from(grid, init, noise, samples, &[])
    }

    /// The same with states [count, D] that take the place of what the first steps leave.
    pub(super) fn run_from(
        &self,
        grid: &Grid,
        init: Init,
        noise: NoiseMode,
        (first, count): (usize, usize),
        given: &[Array2<f64>],
    ) -> Result<Array2<f64>, String> {
        self.outcome(grid, init, noise, (first, count), given).map(|outcome| outcome.x)
    }

    /// The same with what it cost.
    pub(super) fn outcome(
        &self,
        grid: &Grid,
        init: Init,
        noise: NoiseMode,
        (first, count): (usize, usize),
        given: &[Array2<f64>],
    ) -> Result<Outcome, String> {
        let (setting, law) = (&self.case.setting, &*self.case.law);
        let setup = Setup {
            process: &*setting.process,
            score: law,
            grid,
            last_rule: Final::State,
            init,
            noise,
            tree: Arc::clone(&setting.tree),
            seed: Seed::new(SEED).map_err(|e| e.to_string())?,
            first,
            samples: count,
            batch: BATCH,
            per_row_step: self.plan.flags.per_row_step,
            limit: TRIES,
            deadline: None,
            keep_path: false,
            given,
            state: &|rows| Ok(Box::new(HostState::<f64>::new(rows, law.dim()))),
            cancel: &AtomicBool::new(false),
        };
        let outcome = sample(&setup, &mut |ctx| plugin::create(&self.spec, ctx)).map_err(|e| e.to_string())?;
        match outcome.exhausted.first() {
            Some(sample) => Err(format!("sample {sample} reached the limit of {TRIES} tries")),
            None => Ok(outcome),
        }
    }
}
