//! A reference set with all that depends on it alone, computed once for the many cells compared with it.

use super::mmd::Kernel;
use super::moments::{self, MeanCovariance, Moments};
use super::pairs::{Columns, mean_within};
use super::sliced_w2::{sorted_projections, w2_1d};
use super::{MetricError, MetricSpec, check_set, check_sets, frechet};
use ndarray::{Array2, ArrayView2};
use std::sync::OnceLock;

/// Exact or held-out samples that others are compared with.
///
/// Parts that a metric needs are made on first use and kept; it may be shared between threads.
pub struct Reference {
    rows: Array2<f64>,
    columns: Columns,
    /// Mean distance within.
    spread: OnceLock<f64>,
    /// The kernel and its mean within.
    kernel: OnceLock<Result<(Kernel, f64), MetricError>>,
    projections: OnceLock<Vec<Vec<f64>>>,
    moments: OnceLock<MeanCovariance>,
}

impl Reference {
    /// Takes the rows [m, D].
    ///
    /// # Errors
    /// [`MetricError::TooFew`] for fewer than 2 rows; [`MetricError::NotFinite`].
    pub fn new(rows: Array2<f64>) -> Result<Self, MetricError> {
        check_set("reference", rows.view(), 2)?;
        let columns = Columns::new(rows.view());
        let (spread, kernel, projections, moments) = Default::default();
        Ok(Self { rows, columns, spread, kernel, projections, moments })
    }

    /// The rows, [m, D].
    #[must_use]
    pub fn rows(&self) -> ArrayView2<'_, f64> {
        self.rows.view()
    }

    /// The values of a distribution metric in the order of [`MetricSpec::columns`], for `samples` [n, D].
    ///
    /// # Errors
    /// [`MetricError`]: sets that cannot be compared; [`MetricError::NotADistribution`] for the trajectory.
    pub fn errors(&self, metric: &MetricSpec, samples: ArrayView2<'_, f64>) -> Result<Vec<f64>, MetricError> {
        match metric {
            MetricSpec::SlicedW2 => Ok(vec![self.sliced_w2(samples)?]),
            MetricSpec::Mmd => Ok(vec![self.mmd2(samples)?]),
            MetricSpec::Energy => Ok(vec![self.energy_distance(samples)?]),
            MetricSpec::Moments => {
                let Moments { mean, covariance } = self.moments(samples)?;
                Ok(vec![mean, covariance])
            }
            MetricSpec::Frechet => Ok(vec![self.frechet(samples)?]),
            MetricSpec::Trajectory { .. } | MetricSpec::Nll(_) | MetricSpec::Bound(_) => {
                Err(MetricError::NotADistribution(metric.name()))
            }
        }
    }

    /// See [`sliced_w2`](super::sliced_w2()).
    ///
    /// # Errors
    /// [`MetricError`].
    pub fn sliced_w2(&self, samples: ArrayView2<'_, f64>) -> Result<f64, MetricError> {
        self.check(samples)?;
        let own = self.projections.get_or_init(|| sorted_projections(self.rows()));
        let theirs = sorted_projections(samples);
        let sum: f64 = own.iter().zip(&theirs).map(|(y, x)| w2_1d(x, y)).sum();
        Ok((sum / own.len() as f64).sqrt())
    }

    /// See [`mmd2`](super::mmd2()).
    ///
    /// # Errors
    /// [`MetricError`].
    pub fn mmd2(&self, samples: ArrayView2<'_, f64>) -> Result<f64, MetricError> {
        self.check(samples)?;
        let (kernel, own) = self
            .kernel
            .get_or_init(|| {
                let kernel = Kernel::of(self.rows())?;
                Ok((kernel, mean_within(self.rows(), |d2| kernel.at(d2))))
            })
            .clone()?;
        let k = |d2| kernel.at(d2);
        Ok(mean_within(samples, k) + own - 2.0 * self.columns.mean_to(samples, k))
    }

    /// See [`energy_distance`](super::energy_distance()).
    ///
    /// # Errors
    /// [`MetricError`].
    pub fn energy_distance(&self, samples: ArrayView2<'_, f64>) -> Result<f64, MetricError> {
        self.check(samples)?;
        let own = self.spread.get_or_init(|| mean_within(self.rows(), f64::sqrt));
        Ok(2.0 * self.columns.mean_to(samples, f64::sqrt) - mean_within(samples, f64::sqrt) - own)
    }

    /// See [`moment_errors`](super::moment_errors()), against the reference's own mean and covariance.
    ///
    /// # Errors
    /// [`MetricError`].
    pub fn moments(&self, samples: ArrayView2<'_, f64>) -> Result<Moments, MetricError> {
        self.check(samples)?;
        Ok(moments::compare(&moments::of(samples), self.own_moments()))
    }

    /// See [`frechet`](super::frechet).
    ///
    /// # Errors
    /// [`MetricError`].
    pub fn frechet(&self, samples: ArrayView2<'_, f64>) -> Result<f64, MetricError> {
        self.check(samples)?;
        Ok(frechet::distance(&moments::of(samples), self.own_moments()))
    }

    fn own_moments(&self) -> &MeanCovariance {
        self.moments.get_or_init(|| moments::of(self.rows()))
    }

    fn check(&self, samples: ArrayView2<'_, f64>) -> Result<(), MetricError> {
        check_sets(samples, self.rows(), 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::{Key, Stream, normals};

    /// N(0, std² I).
    fn gaussian(sample: u32, count: usize, dim: usize, std: f64) -> Array2<f64> {
        let mut x = vec![0.0; count * dim];
        normals(Key { seed: 5, sample }, Stream::named("test"), 0, &mut x);
        Array2::from_shape_vec((count, dim), x).expect("count × dim numbers") * std
    }

    #[test]
    fn unbiased_metrics_of_equal_laws_are_zero_on_average_and_sometimes_negative() {
        for metric in [MetricSpec::Mmd, MetricSpec::Energy] {
            let values: Vec<f64> = (0..200)
                .map(|k| {
                    let reference = Reference::new(gaussian(2 * k, 15, 3, 1.0)).expect("a reference");
                    reference.errors(&metric, gaussian(2 * k + 1, 25, 3, 1.0).view()).expect("a number")[0]
                })
                .collect();
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let error = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n / (n - 1.0)).sqrt();
            assert!(mean.abs() < 4.0 * error, "{metric:?}: {mean} ± {error}");
            assert!(values.iter().any(|&v| v < 0.0), "{metric:?} never negative");
        }
    }

    #[test]
    fn every_metric_grows_with_the_difference() {
        let reference = Reference::new(gaussian(1000, 400, 4, 1.0)).expect("a reference");
        for metric in
            [MetricSpec::SlicedW2, MetricSpec::Mmd, MetricSpec::Energy, MetricSpec::Moments, MetricSpec::Frechet]
        {
            let at = |std| {
                let values = reference.errors(&metric, gaussian(1001, 300, 4, std).view()).expect("numbers");
                assert_eq!(values.len(), metric.columns().len());
                *values.last().expect("a column")
            };
            let (same, off, far) = (at(1.0), at(1.3), at(2.0));
            assert!(same < off && off < far, "{metric:?}: {same} {off} {far}");
        }
        let trajectory = MetricSpec::Trajectory { samples: 64 };
        assert!(matches!(
            reference.errors(&trajectory, gaussian(0, 5, 4, 1.0).view()),
            Err(MetricError::NotADistribution("trajectory"))
        ));
    }

    #[test]
    fn a_second_question_gets_the_same_answer() {
        let reference = Reference::new(gaussian(0, 40, 3, 1.0)).expect("a reference");
        let x = gaussian(1, 30, 3, 1.1);
        for metric in [MetricSpec::SlicedW2, MetricSpec::Mmd, MetricSpec::Energy] {
            assert_eq!(reference.errors(&metric, x.view()), reference.errors(&metric, x.view()));
        }
    }
}
