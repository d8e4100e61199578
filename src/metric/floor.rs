//! The floor of a distribution error: the same metric between two fresh sets of one law.

use super::{MetricError, MetricSpec, Reference, Summary, summary};
use crate::noise::{Key, Stream, normals, uniform};
use crate::process::Point;
use crate::score::ClosedForm;
use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;

/// The metric over several pairs of sets (samples, reference), one [`Summary`] a column of the metric; its
/// interval is that of the mean over pairs.
///
/// # Errors
/// [`MetricError`] of the metric or of `pair`, which makes pair number k.
pub fn floor(
    metric: &MetricSpec,
    pairs: u32,
    mut pair: impl FnMut(u32) -> Result<(Array2<f64>, Array2<f64>), MetricError>,
) -> Result<Vec<Summary>, MetricError> {
    let mut columns = vec![Vec::new(); metric.columns().len()];
    for k in 0..pairs {
        let (samples, reference) = pair(k)?;
        let values = Reference::new(reference)?.errors(metric, samples.view())?;
        columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
    }
    Ok(columns.iter().filter_map(|values| summary(values)).collect())
}

/// `rows` exact samples of p at a point, [rows, D]. Row i depends on seed, name and i only; sets of different
/// names are independent.
#[must_use]
pub fn exact_set(form: &dyn ClosedForm, at: &Point, rows: u32, seed: u32, name: &str) -> Array2<f64> {
    let (normal, component) = (Stream::named(name), Stream::named(&format!("{name}/component")));
    let dim = form.dim();
    let mut z = Array2::zeros((rows as usize, dim));
    let layout = "made in standard layout";
    z.as_slice_mut()
        .expect(layout)
        .par_chunks_mut(dim)
        .zip(0..rows)
        .for_each(|(z, sample)| normals(Key { seed, sample }, normal, 0, z));
    let u: Vec<f64> = (0..rows).map(|sample| uniform(Key { seed, sample }, component, 0)).collect();
    let mut x = Array2::zeros(z.dim());
    form.sample(at, z.as_slice().expect(layout), &u, x.as_slice_mut().expect(layout));
    x
}

/// Two disjoint random subsets of real data [count, D] for pair number k: of `samples` and of `reference` rows.
///
/// # Errors
/// [`MetricError::FloorRows`] when the data has fewer rows than both together.
pub fn real_pair(
    data: ArrayView2<'_, f64>,
    samples: usize,
    reference: usize,
    seed: u32,
    k: u32,
) -> Result<(Array2<f64>, Array2<f64>), MetricError> {
    let (asked, found) = (samples + reference, data.nrows());
    if asked > found {
        return Err(MetricError::FloorRows { asked, found });
    }
    let stream = Stream::named("metric/floor");
    let mut rows: Vec<usize> = (0..found).collect();
    // The first places of a Fisher-Yates shuffle.
    for i in 0..asked {
        let u = uniform(Key { seed, sample: k }, stream, i as u64);
        rows.swap(i, i + (u * (found - i) as f64) as usize);
    }
    Ok((data.select(Axis(0), &rows[..samples]), data.select(Axis(0), &rows[samples..asked])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Prediction, Score, ScoreError};

    /// Two points at 0 and 1, blurred: the component decides which.
    struct Coin;

    impl Score for Coin {
        fn dim(&self) -> usize {
            1
        }

        fn predict(&self, want: Prediction, at: &[Point], _: &[f64], _: &mut [f64]) -> Result<(), ScoreError> {
            let Point { t, alpha, sigma, .. } = at[0];
            Err(ScoreError::NoConversion { want, t, alpha, sigma })
        }
    }

    impl ClosedForm for Coin {
        fn log_density(&self, _: &Point, _: &[f64], out: &mut [f64]) {
            out.fill(0.0);
        }

        fn sample(&self, at: &Point, z: &[f64], u: &[f64], out: &mut [f64]) {
            for ((out, z), u) in out.iter_mut().zip(z).zip(u) {
                *out = at.alpha * f64::from(u8::from(*u > 0.5)) + at.sigma * z;
            }
        }
    }

    #[test]
    fn the_floor_of_an_unbiased_metric_covers_zero_and_shrinks_with_the_sets() {
        let at = Point { sigma: 0.3, ..Point::clean(None) };
        let of = |metric, rows| {
            floor(&metric, 40, |k| Ok((exact_set(&Coin, &at, rows, k, "a"), exact_set(&Coin, &at, rows, k, "b"))))
                .expect("a floor")[0]
        };
        let energy = of(MetricSpec::Energy, 100);
        let half = energy.half_width.expect("40 pairs have a spread");
        assert!(energy.count == 40 && energy.mean.abs() < 2.0 * half, "{energy:?}");
        let (few, many) = (of(MetricSpec::SlicedW2, 25), of(MetricSpec::SlicedW2, 400));
        assert!(many.mean < 0.5 * few.mean && many.mean > 0.0, "{few:?} {many:?}");
    }

    #[test]
    fn rows_of_exact_sets_do_not_depend_on_their_number() {
        let at = Point { sigma: 0.3, ..Point::clean(None) };
        let set = |rows, name| exact_set(&Coin, &at, rows, 0, name);
        assert_eq!(set(5, "a"), set(50, "a").slice(ndarray::s![..5, ..]));
        assert_ne!(set(5, "a"), set(5, "b"));
    }

    #[test]
    fn real_pairs_are_disjoint_and_change_with_k() {
        let data = Array2::from_shape_fn((30, 1), |(i, _)| i as f64);
        let (a, b) = real_pair(data.view(), 20, 10, 0, 0).expect("a pair");
        let mut all: Vec<f64> = a.iter().chain(&b).copied().collect();
        all.sort_by(f64::total_cmp);
        assert_eq!(all, (0..30).map(f64::from).collect::<Vec<_>>());
        assert_ne!(a, real_pair(data.view(), 20, 10, 0, 1).expect("a pair").0);
        assert_eq!(
            real_pair(data.view(), 21, 10, 0, 0).expect_err("too many").to_string(),
            "the floor needs 31 rows at once, but the real data has 30; use fewer samples"
        );
    }
}
