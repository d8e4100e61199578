//! What the YAML says about metrics.

use super::bound::BoundSpec;
use super::likelihood::bits::Lattice;
use super::likelihood::{NllSpec, PointsSpec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to measure. The distribution errors compare the samples of a cell with held-out or exact ones; the
/// trajectory error compares each sample with the end of its own path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum MetricSpec {
    /// Sliced 2-Wasserstein distance: root of the mean, over 256 fixed directions, of the squared W2 distance
    /// of the projections.
    SlicedW2,
    /// Squared maximum mean discrepancy, unbiased (can be negative): Gaussian kernels at 1/4, 1/2, 1, 2, 4
    /// times the reference's median distance, averaged.
    Mmd,
    /// Energy distance 2 E|X−Y| − E|X−X'| − E|Y−Y'|, unbiased (can be negative).
    Energy,
    /// Errors of the mean (column `moments_mean`: root mean square over coordinates) and of the covariance
    /// (column `moments_covariance`: Frobenius norm of the difference over that of the reference).
    Moments,
    /// Fréchet distance of the Gaussians with the sets' means and covariances: the 2-Wasserstein distance of
    /// those Gaussians, squared as in FID, on the samples themselves, not on features.
    Frechet,
    /// Root mean square over samples of |x − x*|/√D, x* the sampler's own limit from the same start; the
    /// median stands in `trajectory_median`.
    Trajectory {
        /// How many of the first samples of a cell are compared. Default: 64.
        #[serde(default = "trajectory_samples")]
        #[schemars(range(min = 1))]
        samples: u32,
    },
    /// Negative log-likelihood, in nats, of held-out points (for a closed form: of fresh exact samples of p at
    /// `t_end`), or of the points of a file, by the probability flow: a property of model and process, whatever the
    /// sampler. Beside it stand bits per dimension, the standard error of the trace's probes, what the standard prior
    /// adds, the mean absolute error against the closed form, and the slopes a point; the numbers of each point stand
    /// in `nll.safetensors` in the cell's folder.
    Nll(NllSpec),
    /// Variational bound of the negative log-likelihood by the Markov chain of DDPM on the cell's grid, in bits per
    /// dimension, with its terms: `bound_prior` (L_T), `bound_steps` (the sum of L_1 … L_{T−1}), `bound_decoder` (L_0);
    /// `bound_standard_error` is that of the mean over points and draws. A property of model, process and grid, whatever
    /// the sampler; the term of each step stands in `bound.safetensors` in the cell's folder. Empty for samplers that
    /// choose their own steps and for chains at one level.
    Bound(BoundSpec),
}

/// The points of a metric that is not measured on samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PointsOf<'a> {
    /// The file.
    pub file: Option<&'a PointsSpec>,
    /// How many are asked for.
    pub samples: Option<u32>,
    /// The levels on which they must lie, and the path of the key that says so.
    pub lattice: Option<(Lattice, &'static [&'static str])>,
}

/// Columns of `nll`: of a density; of data on levels with one draw of the noise; with several.
const NLL: [&str; 6] =
    ["nll", "nll_bits_per_dim", "nll_standard_error", "nll_prior_mismatch", "nll_error", "nll_evaluations"];
const NLL_ELBO: [&str; 7] = [
    "nll",
    "nll_elbo_bits_per_dim",
    "nll_draws",
    "nll_standard_error",
    "nll_prior_mismatch",
    "nll_error",
    "nll_evaluations",
];
const NLL_IMPORTANCE_WEIGHTED: [&str; 8] = [
    "nll",
    "nll_elbo_bits_per_dim",
    "nll_importance_weighted_bits_per_dim",
    "nll_draws",
    "nll_standard_error",
    "nll_prior_mismatch",
    "nll_error",
    "nll_evaluations",
];

/// Names of all metrics.
const NAMES: [&str; 8] = ["sliced-w2", "mmd", "energy", "moments", "frechet", "trajectory", "nll", "bound"];

fn trajectory_samples() -> u32 {
    64
}

impl MetricSpec {
    /// The name of the metric to which a column of the records belongs, whether an experiment measures it or not.
    #[must_use]
    pub fn name_of(column: &str) -> Option<&'static str> {
        let part = |name: &&str| column.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
        NAMES.into_iter().find(part)
    }

    /// The YAML name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::SlicedW2 => "sliced-w2",
            Self::Mmd => "mmd",
            Self::Energy => "energy",
            Self::Moments => "moments",
            Self::Frechet => "frechet",
            Self::Trajectory { .. } => "trajectory",
            Self::Nll(_) => "nll",
            Self::Bound(_) => "bound",
        }
    }

    /// The columns it fills in a record.
    #[must_use]
    pub fn columns(&self) -> &'static [&'static str] {
        match self {
            Self::SlicedW2 => &["sliced-w2"],
            Self::Mmd => &["mmd"],
            Self::Energy => &["energy"],
            Self::Moments => &["moments_mean", "moments_covariance"],
            Self::Frechet => &["frechet"],
            Self::Trajectory { .. } => &["trajectory", "trajectory_median"],
            Self::Nll(NllSpec { dequantize: None, .. }) => &NLL,
            Self::Nll(NllSpec { dequantize: Some(spec), .. }) if spec.draws == 1 => &NLL_ELBO,
            Self::Nll(_) => &NLL_IMPORTANCE_WEIGHTED,
            Self::Bound(_) => &["bound", "bound_prior", "bound_steps", "bound_decoder", "bound_standard_error"],
        }
    }

    /// Whether it compares two sets ([`errors`](super::Reference::errors)).
    #[must_use]
    pub fn is_distribution(&self) -> bool {
        !matches!(self, Self::Trajectory { .. } | Self::Nll(_) | Self::Bound(_))
    }

    /// The points of a metric that is taken of given or true points.
    #[must_use]
    pub fn points(&self) -> Option<PointsOf<'_>> {
        Some(match self {
            Self::Nll(NllSpec { points, samples, dequantize, .. }) => PointsOf {
                file: points.as_ref(),
                samples: *samples,
                lattice: dequantize.map(|spec| (spec.lattice(), &["dequantize"][..])),
            },
            Self::Bound(spec) => PointsOf {
                file: spec.points.as_ref(),
                samples: spec.samples,
                lattice: spec.lattice().map(|lattice| (lattice, &["decoder", "discretised"][..])),
            },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_yaml_are_those_of_the_columns() {
        let all: Vec<MetricSpec> = serde_json::from_str(
            r#"["sliced-w2", "mmd", "energy", "moments", "frechet", {"trajectory": {}}, {"trajectory": {"samples": 9}}]"#,
        )
        .expect("metrics");
        assert_eq!(all[5..], [MetricSpec::Trajectory { samples: 64 }, MetricSpec::Trajectory { samples: 9 }]);
        let bound: MetricSpec = serde_json::from_str(r#"{"bound": {}}"#).expect("a metric");
        let nll: MetricSpec = serde_json::from_str(r#"{"nll": {}}"#).expect("a metric");
        for metric in all.iter().chain([&bound, &nll]) {
            assert!(metric.columns().iter().all(|column| MetricSpec::name_of(column) == Some(metric.name())));
        }
        let error = serde_json::from_str::<MetricSpec>(r#""mmd2""#).expect_err("a misspelt name").to_string();
        assert!(error.starts_with("unknown variant `mmd2`, expected one of `sliced-w2`, `mmd`"), "{error}");
    }
}
