//! From the tree to a spec in which every default is filled in, and every name, file and range is checked.

mod checks;
mod files;
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
    fill(&mut spec);
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

/// Fills in what is given neither at the top nor in the sweep. `final` alone stays open: its default is the
/// sampler's.
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

fn default<T>(value: &mut Option<T>, unswept: bool, default: impl FnOnce() -> T) {
    if unswept {
        value.get_or_insert_with(default);
    }
}

#[cfg(test)]
mod tests;
