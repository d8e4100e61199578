//! Two-dimensional synthetic sets, the usual ones of generative modelling.
//!
//! A set is drawn as a whole, distribution by distribution, each from a stream of its own, so that the first
//! rows of a long set are the rows of a short one.

use super::DataError;
use super::spec::{BoardSpec, LatticeSpec, MoonsSpec, RingSpec, RollSpec};
use crate::noise::{Key, Stream, StreamRng};
use ndarray::{Array1, Array2, Zip};
use ndarray_rand::RandomExt;
use ndarray_rand::rand_distr::{Distribution, StandardNormal, StandardUniform};
use std::f64::consts::PI;

/// More rows than this are a slip of the pen.
const MOST: usize = 10_000_000;

/// Numbers of one seed, by purpose.
struct Draw {
    samples: usize,
    seed: u32,
}

impl Draw {
    fn new(samples: usize, seed: u32) -> Result<Self, DataError> {
        if (10..=MOST).contains(&samples) {
            Ok(Self { samples, seed })
        } else {
            Err(DataError::Range { what: "samples", found: samples as f64, allowed: "from 10 to 10,000,000" })
        }
    }

    fn rng(&self, purpose: &str) -> StreamRng {
        StreamRng::new(Key { seed: self.seed, sample: 0 }, Stream::named(purpose))
    }

    /// Uniforms in [0, 1), one a sample.
    fn uniforms(&self, purpose: &str) -> Array1<f64> {
        Array1::random_using(self.samples, StandardUniform, &mut self.rng(purpose))
    }

    /// Whole numbers from 0 to count − 1, one a sample, all alike likely.
    fn choices(&self, purpose: &str, count: u32) -> Array1<f64> {
        self.uniforms(purpose).mapv(|u| (u * f64::from(count)).floor())
    }

    /// Centres [samples, 2] and normal noise around them.
    fn around(&self, centre: impl Fn(usize) -> [f64; 2], std: f64) -> Array2<f64> {
        let law = StandardNormal.map(|z: f64| std * z);
        let mut x = Array2::random_using((self.samples, 2), law, &mut self.rng("data/noise"));
        for (i, mut row) in x.rows_mut().into_iter().enumerate() {
            let [a, b] = centre(i);
            row[0] += a;
            row[1] += b;
        }
        x
    }
}

fn check(what: &'static str, found: f64, allowed: &'static str, inside: bool) -> Result<(), DataError> {
    if inside && found.is_finite() { Ok(()) } else { Err(DataError::Range { what, found, allowed }) }
}

fn check_std(what: &'static str, std: f64) -> Result<(), DataError> {
    check(what, std, "finite and at least 0", std >= 0.0)
}

fn check_count(what: &'static str, count: u32) -> Result<(), DataError> {
    check(what, f64::from(count), "from 1 to 10,000", (1..=10_000).contains(&count))
}

pub(super) fn ring(spec: &RingSpec) -> Result<Array2<f64>, DataError> {
    let draw = Draw::new(spec.samples, spec.seed)?;
    check_count("modes", spec.modes)?;
    check("radius", spec.radius, "finite and above 0", spec.radius > 0.0)?;
    check_std("std", spec.std)?;
    let mode = draw.choices("data/mode", spec.modes);
    let centre = |i: usize| {
        let (sin, cos) = libm::sincos(2.0 * PI * mode[i] / f64::from(spec.modes));
        [spec.radius * cos, spec.radius * sin]
    };
    Ok(draw.around(centre, spec.std))
}

pub(super) fn grid(spec: &LatticeSpec) -> Result<Array2<f64>, DataError> {
    let draw = Draw::new(spec.samples, spec.seed)?;
    check_count("side", spec.side)?;
    check("spacing", spec.spacing, "finite and above 0", spec.spacing > 0.0)?;
    check_std("std", spec.std)?;
    let (column, row) = (draw.choices("data/column", spec.side), draw.choices("data/row", spec.side));
    let middle = f64::from(spec.side - 1) / 2.0;
    Ok(draw.around(|i| [column[i], row[i]].map(|k| (k - middle) * spec.spacing), spec.std))
}

pub(super) fn two_moons(spec: &MoonsSpec) -> Result<Array2<f64>, DataError> {
    let draw = Draw::new(spec.samples, spec.seed)?;
    check_std("noise", spec.noise)?;
    let (moon, angle) = (draw.choices("data/moon", 2), draw.uniforms("data/angle"));
    let centre = |i: usize| {
        let (sin, cos) = libm::sincos(PI * angle[i]);
        if moon[i] == 0.0 { [cos, sin] } else { [1.0 - cos, 0.5 - sin] }
    };
    Ok(draw.around(centre, spec.noise))
}

pub(super) fn swiss_roll(spec: &RollSpec) -> Result<Array2<f64>, DataError> {
    let draw = Draw::new(spec.samples, spec.seed)?;
    check_std("noise", spec.noise)?;
    let turn = draw.uniforms("data/angle");
    let centre = |i: usize| {
        let a = 1.5 * PI * (1.0 + 2.0 * turn[i]);
        let (sin, cos) = libm::sincos(a);
        [a * cos / 10.0, a * sin / 10.0]
    };
    Ok(draw.around(centre, spec.noise))
}

pub(super) fn checkerboard(spec: &BoardSpec) -> Result<Array2<f64>, DataError> {
    let draw = Draw::new(spec.samples, spec.seed)?;
    // A dark field is a column and one of its two dark rows: even rows in even columns, odd in odd.
    let (column, pair) = (draw.choices("data/column", 4), draw.choices("data/row", 2));
    let mut x = Array2::random_using((spec.samples, 2), StandardUniform, &mut draw.rng("data/noise"));
    Zip::from(x.rows_mut()).and(&column).and(&pair).for_each(|mut x, &column, &pair| {
        x[0] += column - 2.0;
        x[1] += 2.0 * pair + column % 2.0 - 2.0;
    });
    Ok(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ring_modes_are_alike_likely_and_as_wide_as_said() {
        let spec = RingSpec { modes: 4, radius: 3.0, std: 0.2, samples: 20_000, seed: 1 };
        let x = ring(&spec).expect("a ring");
        let mut counts = [0.0; 4];
        let mut squares = 0.0;
        for row in x.rows() {
            let mode = (row[1].atan2(row[0]) / (PI / 2.0)).round().rem_euclid(4.0);
            let (sin, cos) = (mode * PI / 2.0).sin_cos();
            counts[mode as usize] += 1.0;
            squares += (row[0] - 3.0 * cos).powi(2) + (row[1] - 3.0 * sin).powi(2);
        }
        // Five standard errors: 5 √(20,000 · 3/16) = 306; the variance of 40,000 squares is known to 3.5 %.
        assert!(counts.iter().all(|c: &f64| (c - 5000.0).abs() < 306.0), "{counts:?}");
        assert!((squares / 40_000.0 / 0.04 - 1.0).abs() < 0.035, "{}", squares / 40_000.0);
    }

    #[test]
    fn without_noise_the_sets_lie_on_their_curves() {
        let x = two_moons(&MoonsSpec { noise: 0.0, samples: 200, seed: 0 }).expect("moons");
        assert!(x.rows().into_iter().all(|r| {
            let above = (r[0].hypot(r[1]) - 1.0).abs() < 1e-12 && r[1] >= 0.0;
            above || ((r[0] - 1.0).hypot(r[1] - 0.5) - 1.0).abs() < 1e-12 && r[1] <= 0.5
        }));
        let x = swiss_roll(&RollSpec { noise: 0.0, samples: 200, seed: 0 }).expect("a roll");
        assert!(x.rows().into_iter().all(|r| {
            let a = 10.0 * r[0].hypot(r[1]);
            (a.cos() - 10.0 * r[0] / a).abs() < 1e-12 && (1.5 * PI..=4.5 * PI).contains(&a)
        }));
        let x = grid(&LatticeSpec { side: 3, spacing: 2.0, std: 0.0, samples: 200, seed: 0 }).expect("a grid");
        assert!(x.iter().all(|v| [-2.0, 0.0, 2.0].contains(v)));
        let x = checkerboard(&BoardSpec { samples: 200, seed: 0 }).expect("a board");
        assert!(x.rows().into_iter().all(|r| (r[0].floor() + r[1].floor()) % 2.0 == 0.0 && r[0].abs() <= 2.0));
    }

    #[test]
    fn a_short_set_is_the_head_of_a_long_one_and_seeds_differ() {
        let rows = |samples, seed| ring(&RingSpec { samples, seed, ..RingSpec::default() }).expect("a ring");
        assert_eq!(rows(50, 0), rows(500, 0).slice(ndarray::s![..50, ..]));
        assert_ne!(rows(50, 0), rows(50, 1));
    }

    #[test]
    fn numbers_out_of_range_are_refused_by_name() {
        let error = ring(&RingSpec { std: -1.0, ..RingSpec::default() }).expect_err("a negative std");
        assert_eq!(error.to_string(), "std is -1, but must be finite and at least 0");
        let error = checkerboard(&BoardSpec { samples: 3, seed: 0 }).expect_err("too few");
        assert_eq!(error.to_string(), "samples is 3, but must be from 10 to 10,000,000");
    }
}
