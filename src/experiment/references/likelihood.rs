//! The likelihood of true points under a model: the metric `nll`.
//!
//! The points are held-out data, or fresh exact samples of p at the end for a closed form: never the samples of a cell,
//! whose likelihood rewards a sampler that drops modes. So the numbers are the same for all samplers and step counts.

use super::is_chain;
use crate::experiment::execute::Ready;
use crate::experiment::plan::Plan;
use crate::metric::floor::exact_set;
use crate::metric::likelihood::bits::in_bits;
use crate::metric::likelihood::{FlowDensity, Settings};
use crate::metric::{Likelihood, NllSpec, log_likelihood};
use crate::units::Time;
use ndarray::s;
use std::sync::Arc;

/// The likelihood of true points under the model.
pub struct TrueLikelihood {
    found: Likelihood,
    /// Mean of |ln p − closed form| over the points, where there is one.
    error: Option<f64>,
}

impl TrueLikelihood {
    /// What stands in a record, by column.
    pub fn columns(&self) -> Vec<(String, f64)> {
        let of = &self.found;
        #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
        let evaluations = of.evaluations.sum() as f64 / of.evaluations.len() as f64;
        let all = [
            ("nll", Some(of.nll())),
            ("nll_bits_per_dim", Some(in_bits(of.nll(), of.latent.ncols()))),
            ("nll_standard_error", of.nll_standard_error()),
            ("nll_prior_mismatch", of.mean_mismatch()),
            ("nll_error", self.error),
            ("nll_evaluations", Some(evaluations)),
        ];
        all.into_iter().filter_map(|(name, value)| value.map(|value| (name.to_owned(), value))).collect()
    }
}

/// The time at which the density is asked for.
pub(super) fn end(ready: &Ready<'_>, spec: NllSpec) -> Result<Time, String> {
    let (process, times) = (&*ready.process, ready.grid.times());
    let t_end = match spec.t_end {
        Some(t) => Time::new(t).map_err(|e| e.to_string())?,
        // A chain has no way from its level to the data.
        None if is_chain(ready.cell) => process.ends().1,
        None => {
            let last = times.len() - if ready.grid.clean() { 2 } else { 1 };
            Time::new(times[last]).map_err(|e| e.to_string())?
        }
    };
    let (lower, t_begin) = (process.domain().0, process.ends().0);
    if t_end < lower || t_end >= t_begin {
        return Err(format!("`nll.t_end` is {t_end}; allowed: from {lower} to below {t_begin}"));
    }
    Ok(t_end)
}

/// ln p at `t_end`; `None` without a closed form and without data.
pub(super) fn of_true_points(
    ready: &Ready<'_>,
    plan: &Plan,
    spec: NllSpec,
    t_end: Time,
) -> Result<Option<Arc<TrueLikelihood>>, String> {
    let (process, seed) = (&*ready.process, ready.cell.seed);
    let (closed, at) = (ready.model.closed.as_deref(), process.at(t_end));
    let x = match (closed, &plan.data) {
        (Some(law), _) => exact_set(law, &at, spec.samples, seed.get(), "nll"),
        (None, Some(data)) => {
            let count = data.held_out.nrows().min(spec.samples as usize);
            data.held_out.slice(s![..count, ..]).to_owned()
        }
        (None, None) => return Ok(None),
    };
    let flow = FlowDensity { score: &*ready.model.score, closed, process, t_begin: process.ends().0, t_end };
    let settings = Settings { prior: spec.prior, trace: spec.trace, rtol: spec.rtol, seed };
    let found = log_likelihood(flow, &settings, x.view()).map_err(|e| e.to_string())?;
    let error = closed.map(|law| {
        let mut exact = vec![0.0; x.nrows()];
        law.log_density(&at, x.as_slice().unwrap_or(&[]), &mut exact);
        found.log_p.iter().zip(&exact).map(|(a, b)| (a - b).abs()).sum::<f64>() / exact.len() as f64
    });
    Ok(Some(Arc::new(TrueLikelihood { found, error })))
}
