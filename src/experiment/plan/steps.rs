//! How many intervals a cell has.

use super::axes::Setting;
use super::build::times;
use super::count;
use crate::experiment::error::{Fault, Problem};
use crate::experiment::load::Tree;
use crate::experiment::load::yaml_path;
use crate::experiment::spec::{MOST_STEPS, Spec};
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

/// Every N that a setting is planned with. `all_listed`: every N that has a written list, where each grid is such a list.
///
/// # Errors
/// Where nothing says how many steps there are, or an N is asked for of which there cannot be a cell.
pub(super) fn counts(
    spec: &Spec,
    tree: &Tree,
    setting: &Setting<'_>,
    all_listed: Option<&[u64]>,
) -> Result<Vec<Count>, Problem> {
    if setting.chooses_steps(spec) {
        return Ok(vec![Count::Own]);
    }
    let listed = if setting.flags.level { None } else { setting.listed };
    let sweep = &spec.sweep;
    if let (Some(_), Some(all), Some(steps)) = (listed, all_listed, &sweep.steps)
        && let Some((i, n)) = steps.iter().enumerate().find(|(_, n)| !all.contains(&n.get()))
    {
        let all = all.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let text =
            format!("steps is {}, but lists of times fix N, here to {all}: leave out `steps`, or that N", n.get());
        return Err(tree.problem(&yaml_path!["sweep", "steps", i], Fault::Invalid(text)));
    }
    Ok(match (listed, &sweep.steps, &sweep.nfe) {
        // A single list has its own N, whatever others sweep.
        (Some(listed), steps, None) if listed.len() == 1 || steps.is_none() => {
            listed.iter().copied().map(Count::Steps).collect()
        }
        (_, Some(steps), _) => steps.iter().map(|n| Count::Steps(n.get())).collect(),
        (listed, None, Some(nfe)) => {
            let choose = |asked: u64| {
                let cost = |n| setting.evaluations(n);
                // A step costs at least one evaluation.
                let most = asked.min(MOST_STEPS);
                let steps = match listed {
                    Some(listed) => largest_steps(asked, listed.len() as u64, |i| listed[i as usize], cost),
                    None => largest_steps(asked, most, |i| i + 1, cost),
                };
                let counted = |n| count::evaluations(setting, &times(setting, Some(n)).ok()?).ok();
                let steps = match (listed, steps.as_ref().map_or(0, |&steps| steps)) {
                    _ if !setting.cheap_last() => steps,
                    (Some(listed), from) => {
                        raised(asked, steps, listed.iter().copied().filter(|&steps| steps > from), counted)
                    }
                    (None, from) => raised(asked, steps, from + 1..=most, counted),
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

/// The largest N whose cost fits into `asked` evaluations, found by bisection: more steps cost no less. The candidates are
/// `at(0) < at(1) < … < at(count − 1)`; one that the sampler refuses is passed over.
///
/// # Errors
/// Where none fits: the smallest cost, or the sampler's own reason.
fn largest_steps(
    asked: u64,
    count: u64,
    at: impl Fn(u64) -> u64,
    cost: impl Fn(u64) -> Result<u64, String>,
) -> Result<u64, String> {
    let mut refusal: Option<(u64, String)> = None;
    let mut cost_at = |i: u64| {
        let found = cost(at(i));
        if let Err(reason) = &found
            && refusal.as_ref().is_none_or(|(first, _)| i < *first)
        {
            refusal = Some((i, reason.clone()));
        }
        found.ok().map(|evaluations| (i, evaluations))
    };
    // Those before `from` fit or are refused, those from `to` on cost too much or are.
    let (mut from, mut to) = (0, count);
    let (mut best, mut least) = (None, None);
    while from < to {
        let middle = from + (to - from) / 2;
        let below = (from..=middle).rev().find_map(&mut cost_at);
        match below.or_else(|| (middle + 1..to).find_map(&mut cost_at)) {
            Some((i, evaluations)) if evaluations <= asked => {
                best = Some(at(i));
                from = i.max(middle) + 1;
            }
            Some((i, evaluations)) => {
                least = Some((evaluations, at(i)));
                to = i.min(middle);
            }
            None => break,
        }
    }
    match (best, least, refusal) {
        (Some(steps), ..) => Ok(steps),
        (None, Some((evaluations, steps)), _) => {
            Err(format!("nfe {asked} is too few: the least is {evaluations}, for N = {steps}"))
        }
        (None, None, Some((_, reason))) => Err(reason),
        (None, None, None) => Err("there is no number of steps to choose from".into()),
    }
}

/// The same where the last step costs less than declared, so that a larger N may fit: the last of `more` (rising, above
/// what was found) before the first that does not.
fn raised(
    asked: u64,
    found: Result<u64, String>,
    more: impl IntoIterator<Item = u64>,
    counted: impl Fn(u64) -> Option<u64>,
) -> Result<u64, String> {
    let fits = |steps: &u64| counted(*steps).is_some_and(|evaluations| evaluations <= asked);
    more.into_iter().take_while(fits).last().map_or(found, Ok)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn up_to(asked: u64, cost: impl Fn(u64) -> Result<u64, String>) -> Result<u64, String> {
        largest_steps(asked, asked, |i| i + 1, cost)
    }

    #[test]
    fn the_largest_n_that_fits_is_taken() {
        let heun = |n: u64| Ok(2 * n);
        assert_eq!(up_to(18, heun), Ok(9));
        assert_eq!(up_to(17, heun), Ok(8));
        // On a grid with the clean end it costs 2N − 1, and the least is no longer too few.
        let clean = |n: u64| Some(2 * n - 1);
        assert_eq!(raised(18, Ok(9), 10..=18, clean), Ok(9));
        assert_eq!(raised(17, Ok(8), 9..=17, clean), Ok(9));
        assert_eq!(raised(1, up_to(1, heun), 1..=1, clean), Ok(1));
        assert_eq!(raised(17, Ok(8), [9, 16], clean), Ok(9));
        let listed = [4, 9, 16];
        assert_eq!(largest_steps(20, 3, |i| listed[i as usize], heun), Ok(9));
    }

    #[test]
    fn as_many_evaluations_as_there_may_be_ask_the_sampler_a_few_times() {
        let calls = Cell::new(0);
        let heun = |n: u64| {
            calls.set(calls.get() + 1);
            Ok(2 * n)
        };
        assert_eq!(up_to(MOST_STEPS, heun), Ok(MOST_STEPS / 2));
        assert!(calls.get() <= 20, "{} calls", calls.get());
    }

    #[test]
    fn refused_n_are_passed_over() {
        let even_only = |n: u64| if n.is_multiple_of(2) { Ok(n) } else { Err(format!("{n} is odd")) };
        assert_eq!(up_to(1, even_only), Err("1 is odd".into()));
        let odd_only = |n: u64| if n.is_multiple_of(2) { Err(format!("{n} is even")) } else { Ok(n) };
        let from = |least: u64| move |n: u64| if n < least { Err(format!("{n} is too few")) } else { Ok(n) };
        let to = |most: u64| move |n: u64| if n > most { Err(format!("{n} is too many")) } else { Ok(n) };
        for asked in 2..40 {
            assert_eq!(up_to(asked, even_only), Ok(asked - asked % 2));
            assert_eq!(up_to(asked, odd_only), Ok(asked - (asked + 1) % 2));
            for bound in 1..=asked {
                assert_eq!(up_to(asked, from(bound)), Ok(asked));
                assert_eq!(up_to(asked, to(bound)), Ok(bound));
            }
            assert_eq!(up_to(asked, from(asked + 1)), Err("1 is too few".into()));
        }
    }

    #[test]
    fn too_few_evaluations_name_the_fewest() {
        let error = up_to(3, |n| Ok(4 * n)).expect_err("4 do not fit into 3");
        assert_eq!(error, "nfe 3 is too few: the least is 4, for N = 1");
    }
}
