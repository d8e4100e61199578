//! A mixture with full covariances from a seed: as many dimensions as a question needs, in one line of YAML.

use super::spec::ModelError;
use crate::noise::{Key, Stream, normals};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Components of equal weight. Means are N(0, spread² I). Covariances are Q diag(s²) Qᵀ with Q uniform among the
/// rotations and reflections (Haar), and s from `std_min` to `std_max` in equal ratios. The same keys give the same
/// bits everywhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RandomSpec {
    /// Numbers a sample, from 1 to 1024.
    pub dim: usize,
    /// Number of components K, from 1 to 1024.
    pub components: usize,
    /// Seed of means and rotations, apart from the seeds of the sweep.
    #[serde(default)]
    pub seed: u32,
    /// Standard deviation of each coordinate of the means, at least 0.
    #[serde(default = "one")]
    pub spread: f64,
    /// The smallest standard deviation of each component, above 0.
    #[serde(default = "tenth")]
    pub std_min: f64,
    /// The largest one.
    #[serde(default = "one")]
    pub std_max: f64,
}

fn one() -> f64 {
    1.0
}

fn tenth() -> f64 {
    0.1
}

/// Most dimensions and components.
const MOST: usize = 1024;

/// What a mixture is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// [components, dim]
    pub means: Vec<Vec<f64>>,
    /// [components, dim, dim]
    pub covariances: Vec<Vec<Vec<f64>>>,
}

impl RandomSpec {
    /// The means and covariances.
    ///
    /// # Errors
    /// [`ModelError::Value`] for a number outside its range.
    pub fn numbers(&self) -> Result<Numbers, ModelError> {
        self.check()?;
        let draw = |stream: &str, k: usize, index: usize, scale: f64| {
            let mut z = vec![0.0; self.dim];
            let key = Key { seed: self.seed, sample: k as u32 };
            normals(key, Stream::named(stream), index as u64, &mut z);
            z.iter_mut().for_each(|v| *v *= scale);
            z
        };
        let mean = |k: usize| draw("mixture-mean", k, 0, self.spread);
        let covariance = |k: usize| {
            let axes: Vec<Vec<f64>> = (0..self.dim).map(|i| draw("mixture-axis", k, i, 1.0)).collect();
            self.covariance(&orthonormal(axes))
        };
        let means = (0..self.components).map(mean).collect();
        Ok(Numbers { means, covariances: (0..self.components).map(covariance).collect() })
    }

    fn check(&self) -> Result<(), ModelError> {
        let wrong = |what: &str, found, allowed| Err(ModelError::Value { what: what.to_owned(), found, allowed });
        for (what, count) in [("dim", self.dim), ("components", self.components)] {
            if !(1..=MOST).contains(&count) {
                return wrong(what, count as f64, "from 1 to 1024");
            }
        }
        if !(self.spread >= 0.0 && self.spread.is_finite()) {
            return wrong("spread", self.spread, "at least 0 and finite");
        }
        if !(self.std_min > 0.0 && self.std_min.is_finite()) {
            return wrong("std_min", self.std_min, "above 0 and finite");
        }
        if !(self.std_max >= self.std_min && self.std_max.is_finite()) {
            return wrong("std_max", self.std_max, "at least std_min and finite");
        }
        Ok(())
    }

    /// Q diag(s²) Qᵀ, the rows of `axes` being the columns of Q. Sums run in one order, so that no bit depends on the
    /// machine.
    fn covariance(&self, axes: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let last = self.dim.saturating_sub(1).max(1) as f64;
        let ratio = libm::log(self.std_max / self.std_min);
        let variance = |i: usize| libm::exp(2.0 * (libm::log(self.std_min) + ratio * i as f64 / last));
        let mut out = vec![vec![0.0; self.dim]; self.dim];
        for (i, axis) in axes.iter().enumerate() {
            let variance = variance(i);
            for (row, a) in axis.iter().enumerate() {
                // Symmetric to the bit: a b = b a, and both sums run in one order.
                out[row].iter_mut().zip(axis).for_each(|(out, b)| *out += variance * (a * b));
            }
        }
        out
    }
}

/// Gram and Schmidt, twice for rounding. Of normal vectors this gives the Haar law (Mezzadri 2007, section 4).
fn orthonormal(mut axes: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b);
    for i in 0..axes.len() {
        let (done, rest) = axes.split_at_mut(i);
        let axis = &mut rest[0];
        for _ in 0..2 {
            for other in done.iter() {
                let along = dot(axis, other);
                axis.iter_mut().zip(other).for_each(|(v, o)| *v -= along * o);
            }
        }
        let length = dot(axis, axis).sqrt();
        axis.iter_mut().for_each(|v| *v /= length);
    }
    axes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{MixtureSpec, Score};
    use std::path::Path;

    fn spec(json: &str) -> RandomSpec {
        serde_json::from_str(json).expect("a random mixture")
    }

    #[test]
    fn covariances_have_the_spectrum_that_is_asked_for() {
        let Numbers { means, covariances } =
            spec(r#"{"dim":3,"components":2,"seed":7,"std_min":0.1,"std_max":0.4}"#).numbers().expect("in range");
        assert_eq!((means.len(), means[0].len(), covariances.len()), (2, 3, 2));
        assert_ne!(means[0], means[1]);
        // Standard deviations 0.1, 0.2, 0.4: trace, determinant and the sum of squares of the entries.
        for c in &covariances {
            let det = c[0][0] * (c[1][1] * c[2][2] - c[1][2] * c[2][1])
                - c[0][1] * (c[1][0] * c[2][2] - c[1][2] * c[2][0])
                + c[0][2] * (c[1][0] * c[2][1] - c[1][1] * c[2][0]);
            let squares: f64 = c.iter().flatten().map(|v| v * v).sum();
            for (found, expected) in [
                (c[0][0] + c[1][1] + c[2][2], 0.01 + 0.04 + 0.16),
                (det, 0.01 * 0.04 * 0.16),
                (squares, 0.0001 + 0.0016 + 0.0256),
            ] {
                assert!((found / expected - 1.0).abs() < 1e-12, "{found} is not {expected}");
            }
            assert!(c[0][1].abs() > 1e-6, "a full covariance: {c:?}");
        }
        assert_ne!(covariances[0], covariances[1]);
    }

    #[test]
    fn a_seed_gives_the_same_mixture_and_another_seed_another_one() {
        let numbers = |seed: u32| spec(&format!(r#"{{"dim":4,"components":2,"seed":{seed}}}"#)).numbers();
        assert_eq!(numbers(3), numbers(3));
        assert_ne!(numbers(3), numbers(4));
    }

    #[test]
    fn the_model_is_built_from_it_and_stands_alone() {
        let random = |rest: &str| -> MixtureSpec {
            serde_json::from_str(&format!(r#"{{"random":{{"dim":5,"components":3}}{rest}}}"#)).expect("a mixture")
        };
        let mixture = random("").build(Path::new("")).expect("a mixture");
        assert_eq!((mixture.dim(), mixture.components().len()), (5, 3));
        let beside = random(r#","std":1"#).build(Path::new("")).expect_err("two laws").to_string();
        assert_eq!(beside, "give exactly one of random, file, numbers; found random and others");
    }

    #[test]
    fn ranges_are_checked() {
        let message = |json: &str| spec(json).numbers().expect_err("out of range").to_string();
        assert_eq!(message(r#"{"dim":0,"components":3}"#), "dim is 0, but must be from 1 to 1024");
        assert_eq!(
            message(r#"{"dim":2,"components":3,"std_max":0.01}"#),
            "std_max is 0.01, but must be at least std_min and finite"
        );
        assert_eq!(message(r#"{"dim":2,"components":3,"std_min":0}"#), "std_min is 0, but must be above 0 and finite");
    }
}
