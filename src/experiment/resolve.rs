//! From the tree to a spec in which every default is filled in, and every name, file and range is checked.

mod checks;
mod files;
mod grids;
mod samplers;

use super::error::Report;
use super::load::{self, Content, Node, Tree};
use super::spec::{Count, InitSpec, NoiseSpec, Spec};
use crate::grid::GridSpec;
use crate::plugin::{Registry, SamplerSpec};
use crate::process::{LinearBetaSpec, ProcessSpec};
use crate::state::Dtype;

/// An experiment that can be planned.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The spec with every default filled in, files absolute; written as YAML it resolves to itself.
    pub spec: Spec,
    /// The samplers, one for each entry of `spec.sweep.sampler`.
    pub samplers: Vec<SamplerSpec>,
    /// The source of all places in messages.
    pub tree: Tree,
}

/// Keys of the sweep that are lists; a single value stands for a list of one.
const LISTS: [&str; 11] =
    ["sampler", "process", "grid", "init", "noise", "final", "dtype", "batch", "train_seed", "steps", "nfe"];

/// Checks a tree against the types, the plugins and the files.
///
/// # Errors
/// The first mistake in the types; after that all mistakes in samplers, files and ranges together.
pub fn resolve(mut tree: Tree, registry: &Registry) -> Result<Resolved, Report> {
    make_lists(&mut tree.root);
    let missing = files::make_absolute(&mut tree);
    let mut spec: Spec = load::typed(&tree)?;
    fill(&mut spec);
    let mut problems = missing;
    problems.extend(checks::problems(&tree, &spec));
    let samplers = match samplers::expand(&tree, &spec, registry) {
        Ok(samplers) => samplers,
        Err(more) => {
            problems.extend(more);
            Vec::new()
        }
    };
    if !problems.is_empty() {
        return Err(Report(problems));
    }
    spec.sweep.sampler = samplers.iter().map(|s| super::spec::SamplerValue(s.yaml())).collect();
    spec.sweep.params.clear();
    fill_from_parts(&mut spec, &samplers);
    Ok(Resolved { spec, samplers, tree })
}

fn make_lists(root: &mut Node) {
    let Some(sweep) = root.get_mut("sweep") else { return };
    for key in LISTS {
        if let Some(node) = sweep.get_mut(key) {
            make_list(node);
        }
    }
    if let Some(Content::Map(entries)) = sweep.get_mut("params").map(|node| &mut node.content) {
        entries.iter_mut().for_each(|(_, node)| make_list(node));
    }
}

fn make_list(node: &mut Node) {
    if !matches!(node.content, Content::List(_) | Content::Null) {
        let one = node.clone();
        node.content = Content::List(vec![one]);
    }
}

/// Fills in what is given neither at the top nor in the sweep, as far as nothing else decides it.
fn fill(spec: &mut Spec) {
    let sweep = &spec.sweep;
    let network = spec.model.is_network();
    default(&mut spec.process, sweep.process.is_none(), || ProcessSpec::Vp(LinearBetaSpec::default()));
    default(&mut spec.grid, sweep.grid.is_none(), GridSpec::default);
    default(&mut spec.init, sweep.init.is_none(), InitSpec::default);
    default(&mut spec.noise, sweep.noise.is_none(), NoiseSpec::default);
    default(&mut spec.batch, sweep.batch.is_none(), || Count::BATCH);
    default(&mut spec.dtype, sweep.dtype.is_none(), || if network { Dtype::F32 } else { Dtype::F64 });
}

/// Fills in what process and samplers decide, where one value holds for all cells: the ends of grids on the only process,
/// and what becomes of the last step.
fn fill_from_parts(spec: &mut Spec, samplers: &[SamplerSpec]) {
    if let Some(process) = spec.process.as_ref().and_then(|process| process.build().ok()) {
        for grid in spec.grid.iter_mut().chain(spec.sweep.grid.iter_mut().flatten()) {
            // Samplers that need alpha above 0 start later, by the same rule as where nothing is written.
            if let Ok(whole) = grid.with_ends(&*process, false) {
                *grid = whole;
            }
        }
    }
    let mut own = samplers.iter().map(SamplerSpec::own_final);
    if let (None, None, Some(first)) = (&spec.final_, &spec.sweep.final_, own.next())
        && own.all(|last| last == first)
    {
        spec.final_ = Some(first);
    }
}

fn default<T>(value: &mut Option<T>, unswept: bool, default: impl FnOnce() -> T) {
    if unswept {
        value.get_or_insert_with(default);
    }
}

#[cfg(test)]
mod tests;
