//! The variational bound of given or true points on the grid of a cell: the metric `bound`.

use crate::experiment::execute::Ready;
use crate::experiment::plan::Measure;
use crate::experiment::store::Arrays;
use crate::metric::bound::{BoundSpec, Chain, VariationalBound, variational_bound};
use crate::metric::floor::exact_set;
use crate::metric::likelihood::POINTS;
use crate::process::Point;
use crate::units::Time;
use ndarray::Array1;
use std::sync::Arc;

/// The bound of points, with the times of its steps.
pub struct PointBound {
    times: Vec<f64>,
    found: VariationalBound,
}

impl PointBound {
    /// What stands in a record, by column, in bits per dimension.
    pub fn columns(&self) -> Vec<(String, f64)> {
        let of = &self.found;
        let (mean, standard_error) = of.mean();
        let all = [
            ("bound", Some(mean)),
            ("bound_prior", Some(of.prior)),
            ("bound_steps", Some(of.steps.iter().sum())),
            ("bound_decoder", Some(of.decoder)),
            ("bound_standard_error", standard_error),
        ];
        all.into_iter().filter_map(|(name, value)| value.map(|value| (name.to_owned(), value))).collect()
    }

    /// The term of each step, with the times between which it lies, and the sum of all terms of each point.
    pub fn arrays(&self) -> Arrays {
        let steps = Array1::from(self.found.steps.clone()).into_dyn();
        let times = Array1::from(self.times.clone()).into_dyn();
        Arrays {
            metric: "bound",
            tensors: vec![("t", times), ("steps", steps), ("total", self.found.total.clone().into_dyn())],
        }
    }
}

/// The times of the chain: those of the cell's grid at which sigma > 0.
pub(super) fn times<'a>(ready: &'a Ready<'_>) -> &'a [f64] {
    let times = ready.grid.times();
    &times[..times.len() - usize::from(ready.grid.clean())]
}

/// The bound on the cell's grid.
pub(super) fn of_points(ready: &Ready<'_>, spec: &BoundSpec, measure: &Measure) -> Result<Arc<PointBound>, String> {
    let (seed, times) = (ready.cell.seed, times(ready));
    let x_0 = match (&measure.points, ready.model.closed.as_deref()) {
        (Some(points), _) => (**points).clone(),
        (None, Some(law)) => {
            let data = Point::clean(ready.process.clean_time());
            exact_set(law, &data, spec.samples.unwrap_or(POINTS), seed.get(), "bound-points")
        }
        (None, None) => return Err("`bound` of a network needs `data` or `points`".into()),
    };
    let on_grid: Vec<Time> =
        times.iter().map(|&t| Time::new(t)).collect::<Result<_, _>>().map_err(|e| format!("`bound`: {e}"))?;
    let chain = Chain {
        score: &*ready.model.score,
        process: &*ready.process,
        times: &on_grid,
        variance: spec.variance,
        decoder: spec.decoder(),
    };
    let found = variational_bound(chain, x_0.view(), spec.draws, seed).map_err(|e| format!("`bound`: {e}"))?;
    Ok(Arc::new(PointBound { times: times.to_vec(), found }))
}
