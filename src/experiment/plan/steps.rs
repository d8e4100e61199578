//! How many intervals a cell has.

use super::axes::Setting;
use super::build::times;
use super::count;
use crate::experiment::error::{Fault, Problem};
use crate::experiment::load::Tree;
use crate::experiment::load::yaml_path;
use crate::experiment::spec::Spec;
use crate::units::Steps;

/// N of a cell, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Count {
    /// Given by `steps` or by a list of times.
    Steps(u64),
    /// The largest N that fits into the evaluations asked for, or why there is none.
    Nfe {
        /// Evaluations asked for.
        asked: u64,
        /// N.
        steps: Result<u64, String>,
    },
    /// The sampler chooses its steps.
    Own,
}

/// Every N that a setting is planned with.
pub(super) fn counts(spec: &Spec, tree: &Tree, setting: &Setting<'_>) -> Result<Vec<Count>, Problem> {
    if setting.chooses_steps(spec) {
        return Ok(vec![Count::Own]);
    }
    let listed = if setting.flags.level { None } else { setting.listed };
    let sweep = &spec.sweep;
    Ok(match (listed, &sweep.steps, &sweep.nfe) {
        // A single list has its own N, whatever others sweep.
        (Some(listed), steps, None) if listed.len() == 1 || steps.is_none() => {
            listed.iter().copied().map(Count::Steps).collect()
        }
        (_, Some(steps), _) => steps.iter().map(|n| Count::Steps(n.get())).collect(),
        (listed, None, Some(nfe)) => {
            let choose = |asked: u64| {
                let cost = |n| setting.evaluations(n);
                let steps = match listed {
                    Some(listed) => largest_steps(asked, listed.iter().rev().copied(), cost),
                    // A step costs at least one evaluation.
                    None => largest_steps(asked, (1..=asked).rev(), cost),
                };
                let counted = |n| count::evaluations(setting, &times(setting, Some(n)).ok()?).ok();
                let steps = match listed {
                    _ if !setting.cheap_last() => steps,
                    Some(listed) => raised(asked, steps, listed.iter().copied(), counted),
                    None => raised(asked, steps, 1..=asked, counted),
                };
                Count::Nfe { asked, steps }
            };
            nfe.iter().map(|asked| choose(asked.get())).collect()
        }
        (_, None, None) => return Err(tree.problem(&yaml_path!["sweep"], Fault::MissingKey("steps".into()))),
    })
}

/// N as the grid wants it.
pub(super) fn checked(steps: u64) -> Result<Steps, String> {
    let steps = u32::try_from(steps).map_err(|_| format!("N = {steps} is more than the grid can hold"))?;
    Steps::new(steps).map_err(|e| e.to_string())
}

/// The largest N of `candidates` (falling) whose cost fits into `asked` evaluations. An N that the sampler refuses is
/// passed over.
///
/// # Errors
/// Where none fits: the smallest cost, or the sampler's own reason.
fn largest_steps(
    asked: u64,
    candidates: impl IntoIterator<Item = u64>,
    cost: impl Fn(u64) -> Result<u64, String>,
) -> Result<u64, String> {
    let mut least: Option<(u64, u64)> = None;
    let mut refusal = None;
    for steps in candidates {
        match cost(steps) {
            Ok(evaluations) if evaluations <= asked => return Ok(steps),
            Ok(evaluations) if least.is_none_or(|(smallest, _)| evaluations <= smallest) => {
                least = Some((evaluations, steps));
            }
            Ok(_) => {}
            Err(reason) => refusal = Some(reason),
        }
    }
    Err(match (least, refusal) {
        (Some((evaluations, steps)), _) => {
            format!("nfe {asked} is too few: the least is {evaluations}, for N = {steps}")
        }
        (None, Some(reason)) => reason,
        (None, None) => "there is no number of steps to choose from".into(),
    })
}

/// The same where the last step costs less than declared, so that a larger N may fit; `candidates` in any order.
fn raised(
    asked: u64,
    found: Result<u64, String>,
    candidates: impl IntoIterator<Item = u64>,
    counted: impl Fn(u64) -> Option<u64>,
) -> Result<u64, String> {
    let from = found.as_ref().map_or(0, |&steps| steps);
    let mut more: Vec<u64> = candidates.into_iter().filter(|&steps| steps > from).collect();
    more.sort_unstable();
    let fits = |steps: &u64| counted(*steps).is_some_and(|evaluations| evaluations <= asked);
    more.into_iter().take_while(fits).last().map_or(found, Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn falling(from: u64) -> impl Iterator<Item = u64> {
        (1..=from).rev()
    }

    #[test]
    fn the_largest_n_that_fits_is_taken() {
        let heun = |n: u64| Ok(2 * n);
        assert_eq!(largest_steps(18, falling(18), heun), Ok(9));
        assert_eq!(largest_steps(17, falling(17), heun), Ok(8));
        // On a grid with the clean end it costs 2N − 1, and the least is no longer too few.
        let clean = |n: u64| Some(2 * n - 1);
        assert_eq!(raised(18, Ok(9), 1..=18, clean), Ok(9));
        assert_eq!(raised(17, Ok(8), 1..=17, clean), Ok(9));
        assert_eq!(raised(1, largest_steps(1, falling(1), heun), 1..=1, clean), Ok(1));
        assert_eq!(raised(17, Ok(8), [16, 9, 4], clean), Ok(9));
    }

    #[test]
    fn refused_n_are_passed_over() {
        let even_only = |n: u64| if n.is_multiple_of(2) { Ok(n) } else { Err(format!("{n} is odd")) };
        assert_eq!(largest_steps(7, falling(7), even_only), Ok(6));
        assert_eq!(largest_steps(1, falling(1), even_only), Err("1 is odd".into()));
    }

    #[test]
    fn too_few_evaluations_name_the_fewest() {
        let error = largest_steps(3, falling(3), |n| Ok(4 * n)).expect_err("4 do not fit into 3");
        assert_eq!(error, "nfe 3 is too few: the least is 4, for N = 1");
    }
}
