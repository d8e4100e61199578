//! Exact sets, of which the floor of a distribution error is made: the same metric between two fresh ones.

use crate::noise::{Key, Stream, normals, uniform};
use crate::process::Point;
use crate::score::ClosedForm;
use ndarray::Array2;
use rayon::prelude::*;

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
    fn rows_of_exact_sets_do_not_depend_on_their_number() {
        let at = Point { sigma: 0.3, ..Point::clean(None) };
        let set = |rows, name| exact_set(&Coin, &at, rows, 0, name);
        assert_eq!(set(5, "a"), set(50, "a").slice(ndarray::s![..5, ..]));
        assert_ne!(set(5, "a"), set(5, "b"));
    }
}
