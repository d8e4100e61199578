//! Which order each step of a singlestep formula has.

use ito_kit::{DefaultValue, Param, Values};

/// Orders of the steps that spend `budget` evaluations, as DPM-Solver-fast has them: steps of the full order, and the
/// remainder as one step of lower order; with order 3 and no remainder the last three are a step of order 2 and one of
/// order 1, so that the last step is never of order 3. Lu et al. 2022 (DPM-Solver), DPM-Solver-fast; the official code.
pub(crate) fn fast(order: usize, budget: usize) -> Vec<usize> {
    let mut orders = vec![order; budget / order];
    match budget % order {
        0 if order == 3 => {
            orders.pop();
            orders.extend([2, 1]);
        }
        0 => {}
        rest => orders.push(rest),
    }
    orders
}

/// How the orders are chosen.
#[derive(Clone, Debug)]
pub(crate) enum Orders {
    /// An order, and those of the last intervals.
    End(usize, Vec<usize>),
    /// An order and a budget.
    Budget(usize, usize),
    /// One an interval.
    List(Vec<usize>),
}

impl Orders {
    /// Alternatives; `order` is a parameter of the sampler's own.
    pub(crate) const PARAMS: [Param; 3] = [
        Param::f64_list(
            c"orders.end",
            Some(&[2.0]),
            c"orders of the last intervals, on a grid with any number of them",
        )
        .range(1.0, 3.0),
        Param {
            default: DefaultValue::I64(None),
            ..Param::i64(c"orders.nfe", 0, c"a budget of evaluations, for a grid with its number of intervals")
        }
        .range(1.0, 1e6),
        Param::f64_list(c"orders.list", None, c"the order of each interval").range(1.0, 3.0),
    ];

    /// The values of [`Orders::PARAMS`].
    pub(crate) fn read(values: &Values) -> Result<Self, String> {
        let order = values.i64("order") as usize;
        let whole = |list: &[f64]| match list.iter().find(|k| k.fract() != 0.0) {
            Some(k) => Err(format!("an order is 1, 2 or 3, found {k}")),
            None => Ok(list.iter().map(|k| *k as usize).collect()),
        };
        Ok(match (values.f64_list("orders.list"), values.get_i64("orders.nfe")) {
            (Some(list), _) => Self::List(whole(list)?),
            (_, Some(nfe)) => Self::Budget(order, nfe as usize),
            _ => Self::End(order, whole(values.f64_list("orders.end").unwrap_or_default())?),
        })
    }

    /// The orders of a grid with this many intervals.
    pub(crate) fn of(&self, intervals: usize) -> Result<Vec<usize>, String> {
        let steps = match self {
            Self::End(order, end) => {
                let tail = &end[end.len().saturating_sub(intervals)..];
                let full = vec![*order; intervals - tail.len()];
                return Ok([&full, tail].concat());
            }
            Self::Budget(order, nfe) => fast(*order, *nfe),
            Self::List(list) => list.clone(),
        };
        if steps.len() == intervals {
            return Ok(steps);
        }
        Err(format!("the orders {steps:?} are those of {} intervals, the grid has {intervals}", steps.len()))
    }

    /// The order of convergence.
    pub(crate) fn claimed(&self) -> f64 {
        let Self::End(order, end) = self else { return 0.0 };
        end.iter().map(|k| k + 1).fold(*order, usize::min) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::fast;

    #[test]
    fn the_official_table() {
        for (order, budget, orders) in [
            (3, 1, vec![1]),
            (3, 2, vec![2]),
            (3, 3, vec![2, 1]),
            (3, 9, vec![3, 3, 2, 1]),
            (3, 10, vec![3, 3, 3, 1]),
            (3, 11, vec![3, 3, 3, 2]),
            (2, 10, vec![2; 5]),
            (2, 5, vec![2, 2, 1]),
            (1, 3, vec![1; 3]),
        ] {
            assert_eq!(fast(order, budget), orders, "order {order}, {budget} evaluations");
        }
    }

    #[test]
    fn every_budget_is_spent() {
        for (order, budget) in (1..4).flat_map(|order| (1..40).map(move |budget| (order, budget))) {
            assert_eq!(fast(order, budget).iter().sum::<usize>(), budget);
        }
    }
}
