//! The likelihood of given or true points under a model: the metric `nll`.
//!
//! The points are those of a file, held-out data, or fresh exact samples of p at the end for a closed form: never the
//! samples of a cell, whose likelihood rewards a sampler that drops modes. So the numbers are the same for all samplers
//! and step counts.

use super::{flow_end, is_chain};
use crate::experiment::execute::Ready;
use crate::experiment::plan::Measure;
use crate::experiment::store::Arrays;
use crate::metric::floor::exact_set;
use crate::metric::likelihood::bits::{Bound, Levels, bits_per_dim, dequantise, in_bits};
use crate::metric::likelihood::{DequantizeSpec, FlowDensity, POINTS, Settings, check_end};
use crate::metric::{FlowEnd, Likelihood, NllSpec, log_likelihood};
use crate::units::Time;
use ndarray::{Array1, Array2, IxDyn};
use std::sync::Arc;

/// The likelihood of points under the model.
pub struct PointLikelihood {
    /// The points, [n, dim]; with dequantisation without the noise.
    x: Array2<f64>,
    /// Of the points; with dequantisation of n · K rows, the draws of a point one after the other.
    found: Likelihood,
    /// ln p of the closed form at the same rows, where there is one.
    exact: Option<Array1<f64>>,
    levels: Option<OnLevels>,
}

/// Bounds of −log2 P of data on levels, bits per dimension, `[n]` each.
struct OnLevels {
    draws: u32,
    elbo: Array1<f64>,
    /// For more than one draw.
    importance_weighted: Option<Array1<f64>>,
}

impl OnLevels {
    /// From ln p at the rows of [`dequantise`].
    fn new(spec: &DequantizeSpec, log_p: &Array1<f64>, dim: usize) -> Self {
        let (draws, levels, log_p) = (spec.draws, Levels::centred(spec.lattice()), log_p.to_vec());
        let of = |bound| bits_per_dim(&log_p, draws, dim, levels, bound);
        Self { draws, elbo: of(Bound::Elbo), importance_weighted: (draws > 1).then(|| of(Bound::ImportanceWeighted)) }
    }
}

impl PointLikelihood {
    /// What stands in a record, by column.
    pub fn columns(&self) -> Vec<(String, f64)> {
        let of = &self.found;
        let (count, levels) = (of.log_p.len(), self.levels.as_ref());
        #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
        let (points, evaluations) = (count as f64, of.evaluations.sum() as f64 / count as f64);
        let error = self.exact.as_ref().map(|exact| (&of.log_p - exact).mapv(f64::abs).sum() / points);
        let all = [
            ("nll", Some(of.nll())),
            ("nll_bits_per_dim", self.levels.is_none().then(|| in_bits(of.nll(), of.latent.ncols()))),
            ("nll_elbo_bits_per_dim", levels.and_then(|l| l.elbo.mean())),
            ("nll_importance_weighted_bits_per_dim", levels.and_then(|l| l.importance_weighted.as_ref()?.mean())),
            ("nll_draws", levels.map(|l| f64::from(l.draws))),
            ("nll_standard_error", of.nll_standard_error()),
            ("nll_prior_mismatch", of.mean_mismatch()),
            ("nll_error", error),
            ("nll_evaluations", Some(evaluations)),
        ];
        all.into_iter().filter_map(|(name, value)| value.map(|value| (name.to_owned(), value))).collect()
    }

    /// The numbers of each point: `[n]`, with dequantisation [n, K] where they differ between the draws.
    pub fn arrays(&self) -> Arrays {
        let (of, levels) = (&self.found, self.levels.as_ref());
        #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
        let evaluations = of.evaluations.mapv(|n| n as f64);
        let a_draw = [
            ("log_p", Some(of.log_p.clone())),
            ("standard_error", of.standard_error.clone()),
            ("prior_mismatch", of.prior_mismatch.clone()),
            ("log_p_exact", self.exact.clone()),
            ("evaluations", Some(evaluations)),
        ];
        let shape = |values: Array1<f64>| match levels {
            None => values.into_dyn(),
            Some(levels) => {
                let draws = levels.draws as usize;
                let shape = IxDyn(&[values.len() / draws, draws]);
                values.into_shape_with_order(shape).expect("K numbers a point")
            }
        };
        let a_point = [
            ("elbo_bits_per_dim", levels.map(|l| l.elbo.clone())),
            ("importance_weighted_bits_per_dim", levels.and_then(|l| l.importance_weighted.clone())),
        ];
        let a_draw = a_draw.into_iter().filter_map(|(name, values)| Some((name, shape(values?))));
        let a_point = a_point.into_iter().filter_map(|(name, values)| Some((name, values?.into_dyn())));
        let rows = [("x", self.x.clone().into_dyn()), ("latent", of.latent.clone().into_dyn())];
        Arrays { metric: "nll", tensors: rows.into_iter().chain(a_draw).chain(a_point).collect() }
    }
}

/// The time at which the density is asked for.
pub(super) fn end(ready: &Ready<'_>, spec: &NllSpec) -> Result<Time, String> {
    let process = &*ready.process;
    let t_end = match spec.t_end {
        Some(t) => Time::new(t).map_err(|e| e.to_string())?,
        // A chain has no way from its level to the data.
        None if is_chain(ready.cell) => process.ends().1,
        // The last time that has noise: of N = 1 with a marked end that of larger N.
        None => {
            let needs_alpha = ready.cell.sampler.plan(ready.cell.steps.unwrap_or(1))?.flags.needs_alpha;
            let (FlowEnd::At(t_end) | FlowEnd::X0At(t_end)) = flow_end(ready, needs_alpha)?;
            t_end
        }
    };
    let refused = |allowed| format!("the end of the grid, at which `nll` is asked for, is {t_end}: {allowed}");
    check_end(t_end, process).map_err(refused)?;
    Ok(t_end)
}

/// ln p at `t_end`.
pub(super) fn of_points(
    ready: &Ready<'_>,
    spec: &NllSpec,
    measure: &Measure,
    t_end: Time,
) -> Result<Arc<PointLikelihood>, String> {
    let (process, seed) = (&*ready.process, ready.cell.seed);
    let (closed, at) = (ready.model.closed.as_deref(), process.at(t_end));
    let x = match (&measure.points, closed) {
        (Some(points), _) => (**points).clone(),
        (None, Some(law)) => exact_set(law, &at, spec.samples.unwrap_or(POINTS), seed.get(), "nll"),
        (None, None) => return Err("`nll` of a network needs `data` or `points`".into()),
    };
    let rows = match &spec.dequantize {
        None => x.clone(),
        Some(noise) => {
            let lattice = noise.lattice();
            let numbers = lattice.numbers(x.view()).map_err(|_| "`nll`: a point lies on no level".to_owned())?;
            dequantise(numbers.view(), Levels::centred(lattice), noise.draws, seed)
        }
    };
    let flow = FlowDensity { score: &*ready.model.score, closed, process, t_begin: process.ends().0, t_end };
    let settings = Settings { prior: spec.prior, trace: spec.trace, rtol: spec.rtol, seed };
    let found = log_likelihood(flow, &settings, rows.view()).map_err(|e| format!("`nll`: {e}"))?;
    let exact = closed.map(|law| {
        let mut exact = Array1::zeros(rows.nrows());
        let layout = "made in standard layout";
        law.log_density(&at, rows.as_slice().expect(layout), exact.as_slice_mut().expect(layout));
        exact
    });
    let levels = spec.dequantize.as_ref().map(|spec| OnLevels::new(spec, &found.log_p, x.ncols()));
    Ok(Arc::new(PointLikelihood { x, found, exact, levels }))
}
