//! The order table: every sampler against problems whose solution is known, by the test of its kind.
//!
//! | kind | test | file |
//! |---|---|---|
//! | ode | slope of the error against exact end points | `flow` |
//! | adaptive | the error falls with the tolerance | `flow` |
//! | sde | strong slope to its own limit on the same path; weak slope to the law of the process | `strong`, `weak` |
//! | mcmc | bias of the invariant law against the step size | `chain` |
//! | plateau | errors, no order claimed | `weak` |
//!
//! A sampler's parameters `in`, `control` and `start` are measured in all their choices; the plugin's own `plan` says
//! which kind and order each choice has, so that nothing here knows a sampler by name. Starts are exact samples of p at
//! t_begin; a run ends with the state as it is, at sigma > 0.

mod affine;
mod cases;
mod chain;
mod flow;
mod invariant;
mod iterative;
mod job;
mod kept;
mod page;
mod problem;
mod strong;
mod table;
mod variant;
mod weak;

pub use kept::Kept;
pub use page::page;
pub use table::{markdown, table};

use crate::metric::order::{Held, Rule, Verdict};
use crate::plugin::{Kind, Registry};
use cases::Cases;
use job::Job;
use problem::{Case, Problem};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicUsize, Ordering};
use variant::Variant;

/// Formulas up to this order are measured on the wider mixture.
const LOW: f64 = 2.0;
/// Ids of samplers that only tests use; they are measured by name alone.
const FOR_TESTS: &str = "org.ito.test.";

/// How much is measured; the rules are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The table: all processes, N to 10,240 (1,280 for errors of laws and strong errors, 320 for strong errors of choices
    /// that are not the default), 4,096 Brownian paths.
    Table,
    /// vp and edm alone, N to 10,240 (640 for errors of laws, 160 for strong errors), 256 Brownian paths; of choices of a
    /// sampler one at a time is another than the default.
    Quick,
    /// As quick, on edm alone, with one kind of data a test and the default choices: a test that everything is sound.
    Brief,
}

impl Extent {
    /// Most intervals on the probability flow.
    fn flow_steps(self) -> u32 {
        if self == Self::Brief { 2560 } else { 10_240 }
    }

    /// Most intervals where the law of the result is computed, at a cost of N².
    fn law_steps(self) -> u32 {
        if self == Self::Table { 1280 } else { 640 }
    }

    /// Most intervals of a grid that is compared with the limit of the same path, which costs as many times 128.
    fn path_steps(self, default: bool) -> u32 {
        match (self, default) {
            (Self::Table, true) => 1280,
            (Self::Table, false) => 320,
            _ => 160,
        }
    }

    /// Brownian paths of a strong error.
    fn paths(self) -> usize {
        if self == Self::Table { 4096 } else { 256 }
    }

    /// Whether a process is left out.
    fn leaves_out(self, process: &str) -> bool {
        match self {
            Self::Table => false,
            Self::Quick => !["vp", "edm"].contains(&process),
            Self::Brief => process != "edm",
        }
    }
}

/// What a row measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// Error against the exact end of the probability flow, by N.
    Order,
    /// Error against the sampler's own limit on the same Brownian path, by N.
    Strong,
    /// Error of the law of the result, by N.
    Weak,
    /// Median error against the exact end of the probability flow, by tolerance.
    Adaptive,
    /// Error of `E[x²]` under the invariant law of a Markov chain, by step size.
    Bias,
    /// Error of the law of the result, by N, without a claim.
    Plateau,
    /// Moments of a chain that has no bias, in standard errors.
    Invariant,
    /// Difference from the sequential sampler, by tolerance.
    Iterative,
}

impl What {
    /// The word in tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Strong => "strong",
            Self::Weak => "weak",
            Self::Adaptive => "adaptive",
            Self::Bias => "bias",
            Self::Plateau => "plateau",
            Self::Invariant => "invariant",
            Self::Iterative => "iterative",
        }
    }
}

/// One measurement of one sampler.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Id of the sampler.
    pub sampler: String,
    /// The choices measured, `in: sigma, control: off`; empty where there is nothing to choose.
    pub variant: String,
    /// The kind that the plugin declares for these choices.
    pub kind: Kind,
    /// YAML name of the process; empty where nothing could be measured.
    pub process: String,
    /// The data: gaussian, mixture, wide-mixture, sharp-mixture, line-mixture.
    pub problem: String,
    /// The grid with its ends.
    pub grid: String,
    /// The order that the plugin declares for this test; 0 = none.
    pub declared: f64,
    /// What is measured.
    pub what: What,
    /// The numbers of intervals N; empty where something else varies.
    pub n: Vec<u64>,
    /// The tolerances or step sizes, where they vary instead of N.
    pub at: Vec<f64>,
    /// The error at each of them.
    pub errors: Vec<f64>,
    /// The error of the reference at each of them.
    pub floors: Vec<f64>,
    /// The slopes that are judged.
    pub slopes: Vec<f64>,
    /// Whether they are those declared.
    pub pass: bool,
    /// How, for orders: by each slope, because they settle, because the lower side alone is claimed, by their mean, or by
    /// those of the leading term.
    pub held: Option<Held>,
    /// Why not, or what else must be known of the row.
    pub note: String,
}

impl Row {
    /// A row about N with its verdict.
    fn judged(mut self, verdict: Verdict) -> Self {
        self.n = verdict.levels.iter().map(|level| u64::from(level.steps)).collect();
        self.errors = verdict.levels.iter().map(|level| level.error).collect();
        self.floors = verdict.levels.iter().map(|level| level.floor).collect();
        self.slopes = verdict.slopes;
        (self.pass, self.held) = (verdict.pass, verdict.held);
        self.note = verdict.reason.unwrap_or_default();
        self
    }
}

/// A measurement to make. `Err` is a sentence that becomes the note of a failed row.
type Test = fn(&Job<'_>) -> Result<Vec<Row>, String>;

/// What to measure.
pub struct Request<'a> {
    /// How much of it.
    pub extent: Extent,
    /// Ids of samplers; none for all but those for tests.
    pub ids: &'a [String],
    /// The samplers there are.
    pub registry: &'a Registry,
    /// Rows measured before, and where new ones are kept.
    pub kept: Option<&'a Kept>,
}

/// Measures, and says through `progress` what is done.
///
/// A measurement that cannot be made is a row that fails, with the reason as its note.
///
/// # Errors
/// An unknown id; a file of kept rows that cannot be written.
pub fn measure(request: &Request<'_>, progress: &(dyn Fn(&str) + Sync)) -> Result<Vec<Row>, String> {
    let &Request { extent, ids, registry, kept } = request;
    let chosen = if ids.is_empty() {
        registry.samplers().iter().filter(|info| !info.id.starts_with(FOR_TESTS)).cloned().collect()
    } else {
        let find = |id: &String| registry.find(id).ok_or_else(|| registry.unknown(id));
        ids.iter().map(find).collect::<Result<Vec<_>, _>>()?
    };
    let variants: Vec<Variant<'_>> = chosen.iter().flat_map(|info| variant::all(info, registry, extent)).collect();
    let cases = Cases::new(extent)?;
    let plan: Vec<(Job<'_>, What, Test)> = variants.iter().flat_map(|variant| tests(variant, &cases, extent)).collect();
    let (done, all) = (AtomicUsize::new(0), plan.len());
    let rows = plan.par_iter().with_max_len(1).map(|(job, what, test)| {
        let key = kept.and_then(|kept| kept.key(job, *what));
        let old = kept.zip(key.as_ref()).and_then(|(kept, key)| kept.get(key));
        let rows = match old {
            Some(rows) => rows.to_vec(),
            None => {
                job.cost().and_then(|()| test(job)).unwrap_or_else(|note| vec![Row { note, ..job.row(*what, 0.0) }])
            }
        };
        let verdict = if rows.iter().all(|row| row.pass) { "ok" } else { "failed" };
        let there = if old.is_some() { ", measured before" } else { "" };
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        progress(&format!("{done}/{all} {job}: {} {verdict}{there}", what.word()));
        if let (Some(kept), Some(key), None) = (kept, key, old) {
            kept.add(key, &rows)?;
        }
        Ok(rows)
    });
    Ok(rows.collect::<Result<Vec<_>, String>>()?.concat())
}

/// The tests of a variant by its kind.
fn tests<'a>(variant: &'a Variant<'a>, cases: &'a Cases, extent: Extent) -> Vec<(Job<'a>, What, Test)> {
    let plan = match variant.plan() {
        Ok(plan) => plan,
        Err(_) => return vec![(Job { variant, case: None, extent }, What::Order, |job| Err(job.refusal()))],
    };
    let on = |cases: &'a [Case], problem: Problem, what: What, test: Test| {
        let fits = move |case: &&Case| case.problem == problem;
        cases
            .iter()
            .filter(fits)
            .map(move |case| (Job { variant, case: Some(case), extent }, what, test))
            .collect::<Vec<_>>()
    };
    let formula = variant.formula_order(&plan);
    match plan.kind {
        Kind::Ode if matches!(Rule::of(formula), Rule::AtLeast(_)) => {
            on(&cases.flow, Problem::SharpMixture, What::Order, flow::order)
        }
        // At low orders the few paths between two modes of a narrow mixture carry the error up to any N.
        Kind::Ode => [Problem::Gaussian, if formula <= LOW { Problem::WideMixture } else { Problem::Mixture }]
            .into_iter()
            .flat_map(|problem| on(&cases.flow, problem, What::Order, flow::order))
            .collect(),
        Kind::Adaptive => {
            let mut tests = on(&cases.flow, Problem::Gaussian, What::Adaptive, flow::tolerance);
            tests.extend(on(&cases.flow, Problem::Mixture, What::Adaptive, flow::tolerance));
            if !variant.can_be("control", "off") {
                tests.push((Job { variant, case: None, extent }, What::Order, |_| {
                    Err("without a choice `control: off` the order of the formula cannot be measured".into())
                }));
            }
            tests
        }
        Kind::Sde if !plan.flags.per_row_step => {
            let mut tests = on(&cases.path, Problem::Gaussian, What::Strong, strong::order);
            tests.extend(on(&cases.path, Problem::WideMixture, What::Strong, strong::order));
            tests.extend(on(&cases.law, Problem::Gaussian, What::Weak, weak::order));
            tests
        }
        Kind::Mcmc if plan.weak_order > 0.0 && !plan.flags.one_step => {
            on(&cases.level, Problem::Gaussian, What::Bias, weak::chain)
        }
        Kind::Mcmc if plan.weak_order > 0.0 => on(&cases.level, Problem::LineMixture, What::Bias, chain::bias),
        Kind::Mcmc => on(&cases.level, Problem::LineMixture, What::Invariant, invariant::law),
        Kind::Plateau => on(&cases.law, Problem::Gaussian, What::Plateau, weak::plateau),
        Kind::Sde if variant.can_be("control", "off") => [
            on(&cases.path, Problem::Gaussian, What::Adaptive, strong::tolerance),
            on(&cases.path, Problem::WideMixture, What::Adaptive, strong::tolerance),
        ]
        .concat(),
        Kind::Sde => vec![(Job { variant, case: None, extent }, What::Strong, |_| {
            Err("without a choice `control: off` the order of the formula cannot be measured".into())
        })],
        Kind::Iterative => on(&cases.flow, Problem::WideMixture, What::Iterative, iterative::limit),
    }
}
