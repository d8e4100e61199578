//! Grids that no combination of the sweep can use: mistakes, not refusals of a combination.

use super::super::error::{Fault, Problem, sentence};
use super::super::load::yaml_path;
use super::super::load::{Content, Step, Tree};
use super::super::spec::{MOST_STEPS, Spec};
use crate::grid::{GridError, GridSpec, TimesSpec};
use crate::process::Process;
use crate::units::Steps;
use std::path::Path;
use std::sync::Arc;

/// What is wrong with a grid, and the N of the list that it is about.
type Wrong = (Option<Steps>, GridError);

/// Every grid that cannot be made on any process of the sweep, whatever the sampler. One that can be made on some
/// stays: there a combination is refused.
pub(super) fn problems(tree: &Tree, spec: &Spec) -> Vec<Problem> {
    let processes = spec.process.iter().chain(spec.sweep.process.iter().flatten());
    // One that cannot be built is reported by itself.
    let processes: Vec<Arc<dyn Process>> = processes.filter_map(|process| process.build().ok()).collect();
    let swept = spec.sweep.grid.iter().flatten().enumerate();
    let swept = swept.map(|(i, grid)| (yaml_path!["sweep", "grid", i].to_vec(), grid));
    let grids = spec.grid.iter().map(|grid| (yaml_path!["grid"].to_vec(), grid)).chain(swept);
    // A file that is not there is reported by itself.
    let there = |grid: &GridSpec| !matches!(grid, GridSpec::Times(TimesSpec::File(times)) if !times.file.is_file());
    let wrong = grids.filter(|(_, grid)| there(grid)).filter_map(|(path, grid)| {
        let (steps, error) = wrong(grid, &processes, &counts(spec))?;
        Some(problem(tree, path, grid.name(), steps, &error))
    });
    wrong.collect()
}

/// Every N of the sweep; one where it sweeps evaluations or a sampler chooses.
fn counts(spec: &Spec) -> Vec<Steps> {
    let counts = spec.sweep.steps.iter().flatten().map(|n| n.get()).filter(|&n| n <= MOST_STEPS);
    let counts: Vec<Steps> = counts.filter_map(|n| Steps::new(u32::try_from(n).ok()?).ok()).collect();
    if counts.is_empty() { Steps::new(1).into_iter().collect() } else { counts }
}

/// Why a grid cannot be made on any of the processes: for none of the N, or for one of its own lists.
fn wrong(grid: &GridSpec, processes: &[Arc<dyn Process>], counts: &[Steps]) -> Option<Wrong> {
    let (grid, listed) = match grid.load(Path::new("")).and_then(|grid| grid.listed_steps().map(|of| (grid, of))) {
        Ok(loaded) => loaded,
        Err(error) => return Some((None, error)),
    };
    let nowhere = |counts: &[Steps]| {
        let mut first = None;
        for (process, &n) in processes.iter().flat_map(|process| counts.iter().map(move |n| (process, n))) {
            match grid.build(&**process, Some(n), false) {
                Ok(_) => return None,
                Err(error) => first = first.or(Some((Some(n), error))),
            }
        }
        first
    };
    match listed {
        Some(listed) => listed.into_iter().find_map(|n| nowhere(&[n])),
        None => nowhere(counts),
    }
}

/// The problem at the key or the time that it is about.
fn problem(tree: &Tree, mut path: Vec<Step>, name: &str, n: Option<Steps>, error: &GridError) -> Problem {
    path.push(name.into());
    if let Some(mut node) = tree.get(&path).filter(|node| name == "times" && node.get("file").is_none()) {
        if let Some(list) = node.get("list") {
            path.push("list".into());
            node = list;
        }
        if let (Content::Map(_), Some(n)) = (&node.content, n) {
            path.push(n.to_string().as_str().into());
        }
        path.extend(error.entry().map(Step::from));
        return tree.problem(&path, Fault::Invalid(sentence(error)));
    }
    tree.problem_below(&path, sentence(error))
}
