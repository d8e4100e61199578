//! Bits per dimension of whole-number data, by uniform dequantisation.
//!
//! Data n in whole numbers (grey levels 0 … 255) have a probability P(n), not a density. A density p of `n + u`
//! gives `P(n) = ∫ p(n + u) du` over u in [0, 1)^D, and by Jensen's inequality
//!
//! ```text
//! −log2 P(n) ≤ −E log2 (1/K) Σ_k p(n + u_k) ≤ −E log2 p(n + u),    u, u_k uniform in [0, 1)^D
//! ```
//!
//! L. Theis, A. van den Oord and M. Bethge, "A note on the evaluation of generative models" (2016), section 3.1;
//! the middle one is the importance-weighted bound of Y. Burda, R. Grosse and R. Salakhutdinov (2016), eq. 8,
//! under uniform dequantisation, as used by E. Hoogeboom et al. (2020). Both are bounds of the NLL from above on
//! average over u.
//!
//! A model sees `x = a (n + u) + b`, not n + u. Its density there is p(n + u)/a^D, so that each bound is that of
//! the model's own density minus log2 a a dimension: for 256 levels in [−1, 1], a = 1/128 adds 7 bits.

use crate::noise::{Key, Stream, uniforms};
use crate::units::Seed;
use ndarray::{Array1, Array2, ArrayView2};
use std::f64::consts::LN_2;

/// Which bound of −log2 P(n) a number is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// −E log2 p(n + u), the evidence lower bound; more draws lower its spread, not itself.
    #[default]
    Elbo,
    /// −E log2 (1/K) Σ_k p(n + u_k), tighter the larger K; with K = 1 the ELBO.
    ImportanceWeighted,
}

/// Data in whole numbers as a model sees them: levels 0 … count − 1 at equal distances from low to high.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lattice {
    /// Number of levels, at least 2.
    pub count: u32,
    /// Value of level 0.
    pub low: f64,
    /// Value of the last level, above `low`.
    pub high: f64,
}

/// Deviation from a level, in distances of levels, that counts as rounding to f32.
const ROUNDING: f64 = 0.01;

impl Lattice {
    /// Distance of neighbouring levels.
    #[must_use]
    pub fn width(self) -> f64 {
        (self.high - self.low) / (f64::from(self.count) - 1.0)
    }

    /// Whether it has levels; where not, the key and what is allowed.
    ///
    /// # Errors
    /// (key, what is allowed).
    pub fn check(self) -> Result<(), (&'static str, &'static str)> {
        if self.count < 2 {
            return Err(("levels", "at least 2"));
        }
        let finite = self.low.is_finite() && self.high.is_finite();
        if finite && self.low < self.high { Ok(()) } else { Err(("high", "finite and above `low`")) }
    }

    /// The levels' numbers in place of their values, [rows, D].
    ///
    /// # Errors
    /// Row and column of the first value that is no level.
    pub fn numbers(self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>, (usize, usize)> {
        let number = |x: f64| (x - self.low) / self.width();
        let level = |x: f64| number(x).round().clamp(0.0, f64::from(self.count) - 1.0);
        let off = x.indexed_iter().find(|&(_, &x)| (number(x) - level(x)).abs() > ROUNDING || !x.is_finite());
        off.map_or_else(|| Ok(x.mapv(level)), |(place, _)| Err(place))
    }
}

/// `x = scale (n + u) + shift`, from whole numbers to what the model sees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Levels {
    /// a > 0, the width of a level in the model's units.
    pub scale: f64,
    /// b.
    pub shift: f64,
}

impl Levels {
    /// Levels that the model saw, each in the middle of its cell: a is their distance, b = low − a/2. For models
    /// trained on the levels themselves.
    #[must_use]
    pub fn centred(lattice: Lattice) -> Self {
        let scale = lattice.width();
        Self { scale, shift: lattice.low - 0.5 * scale }
    }
}

/// `x = a (n + u_k) + b` of each row of `n` [rows, D], `draws` times: [rows · draws, D], the draws of a row one
/// after the other. Draw k of row i is a function of (seed, i, k).
#[must_use]
pub fn dequantise(n: ArrayView2<'_, f64>, levels: Levels, draws: u32, seed: Seed) -> Array2<f64> {
    let (stream, dim) = (Stream::named("dequantisation"), n.ncols());
    let draws = draws as usize;
    let mut u = vec![0.0; dim];
    let mut x = Array2::zeros((n.nrows() * draws, dim));
    for (place, mut x) in x.rows_mut().into_iter().enumerate() {
        let (row, draw) = (place / draws, place % draws);
        uniforms(Key { seed: seed.get(), sample: row as u32 }, stream, draw as u64, &mut u);
        for ((x, n), u) in x.iter_mut().zip(n.row(row)).zip(&u) {
            *x = levels.scale * (n + u) + levels.shift;
        }
    }
    x
}

/// Bits per dimension of each row, `[rows]`, from ln p `[rows · draws]` in nats of the model's density at the
/// rows of [`dequantise`]; `dim` is D.
#[must_use]
pub fn bits_per_dim(log_p: &[f64], draws: u32, dim: usize, levels: Levels, bound: Bound) -> Array1<f64> {
    let of_row = |log_p: &[f64]| {
        let log_p = match bound {
            Bound::Elbo => log_p.iter().sum::<f64>() / f64::from(draws),
            Bound::ImportanceWeighted => log_mean_exp(log_p),
        };
        in_bits(-log_p, dim) - libm::log2(levels.scale)
    };
    log_p.chunks_exact(draws as usize).map(of_row).collect()
}

/// Nats a sample as bits a dimension.
#[must_use]
pub fn in_bits(nats: f64, dim: usize) -> f64 {
    nats / (dim as f64 * LN_2)
}

fn log_mean_exp(values: &[f64]) -> f64 {
    let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if max == f64::NEG_INFINITY {
        return max;
    }
    let sum: f64 = values.iter().map(|v| libm::exp(v - max)).sum();
    max + libm::log(sum / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    const SEED: fn() -> Seed = || Seed::new(3).expect("any seed");

    #[test]
    fn a_flat_density_over_the_cells_has_log2_of_their_number() {
        // 16 levels, the model uniform on [−1, 1]: 4 bits, whatever the bound, the draws and the scaling.
        let levels = Levels { scale: 0.125, shift: -1.0 };
        for (draws, bound) in [(1, Bound::Elbo), (5, Bound::Elbo), (5, Bound::ImportanceWeighted)] {
            let log_p = vec![3.0 * 0.5_f64.ln(); 2 * draws as usize];
            for bits in bits_per_dim(&log_p, draws, 3, levels, bound) {
                assert!((bits - 4.0).abs() < 1e-14, "{bound:?}: {bits}");
            }
        }
        assert!((in_bits(3.0 * LN_2, 3) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn dequantised_rows_lie_in_their_cells_and_depend_on_their_number_alone() {
        let n = Array2::from_shape_fn((4, 3), |(i, j)| ((5 * i + 7 * j) % 16) as f64);
        let levels = Levels { scale: 0.125, shift: -1.0 };
        let x = dequantise(n.view(), levels, 6, SEED());
        assert_eq!(x.dim(), (24, 3));
        for (place, row) in x.rows().into_iter().enumerate() {
            for (x, n) in row.iter().zip(n.row(place / 6)) {
                assert_eq!(((x - levels.shift) / levels.scale).floor(), *n);
            }
        }
        let centred = Levels::centred(Lattice { count: 17, low: -1.0, high: 1.0 });
        assert_eq!((centred.scale, centred.shift + 0.5 * centred.scale), (0.125, -1.0));
        assert_eq!(dequantise(n.slice(ndarray::s![..1, ..]), levels, 6, SEED()), x.slice(ndarray::s![..6, ..]));
    }

    #[test]
    fn bounds_are_in_order_and_the_weighted_one_closes_in() {
        // One dimension, a density of slope 2 over the cell [0, 1): p = 2u, P = 1, −E log2 p = 1/ln 2 − 1.
        let n = Array2::zeros((4000, 1));
        let levels = Levels { scale: 1.0, shift: 0.0 };
        let mean = |draws, bound| {
            let x = dequantise(n.view(), levels, draws, SEED());
            let log_p: Vec<f64> = x.iter().map(|u| (2.0 * u).ln()).collect();
            bits_per_dim(&log_p, draws, 1, levels, bound).mean().expect("rows")
        };
        let elbo = mean(1, Bound::Elbo);
        assert!((elbo - (1.0 / LN_2 - 1.0)).abs() < 4.0 / (LN_2 * 4000.0_f64.sqrt()), "{elbo}");
        assert_eq!(elbo, mean(1, Bound::ImportanceWeighted));
        let [few, many] = [4, 64].map(|draws| mean(draws, Bound::ImportanceWeighted));
        assert!(elbo > few && few > many && many > 0.0 && many < 0.02, "{elbo} {few} {many}");
    }

    #[test]
    fn levels_are_numbered_and_other_values_named() {
        let pixels = Lattice { count: 17, low: -1.0, high: 1.0 };
        let x = ndarray::array![[-1.0, 1.0, 0.0], [-0.875, f64::from(0.375_f32), 0.5]];
        assert_eq!(pixels.numbers(x.view()), Ok(ndarray::array![[0.0, 16.0, 8.0], [1.0, 11.0, 12.0]]));
        // Sixteen levels lie elsewhere, and a level beyond the last is none.
        assert_eq!(Lattice { count: 16, ..pixels }.numbers(x.view()), Err((0, 2)));
        assert_eq!(Lattice { count: 9, high: 0.0, ..pixels }.numbers(x.view()), Err((0, 1)));
        assert_eq!(pixels.numbers(ndarray::array![[0.0], [f64::NAN]].view()), Err((1, 0)));
        // In single precision 256 levels are still told apart.
        let bytes = Lattice { count: 256, ..pixels };
        let single = Array2::from_shape_fn((1, 256), |(_, n)| f64::from((n as f32) / 127.5 - 1.0));
        assert_eq!(bytes.numbers(single.view()), Ok(Array2::from_shape_fn((1, 256), |(_, n)| n as f64)));
        assert_eq!(Lattice { count: 1, ..pixels }.check(), Err(("levels", "at least 2")));
        assert!(Lattice { high: -1.0, ..pixels }.check().is_err() && pixels.check().is_ok());
    }

    #[test]
    fn a_vanishing_density_stays_infinite() {
        let levels = Levels { scale: 1.0, shift: 0.0 };
        let never = [f64::NEG_INFINITY; 2];
        assert_eq!(bits_per_dim(&never, 2, 1, levels, Bound::ImportanceWeighted)[0], f64::INFINITY);
        let once = [f64::NEG_INFINITY, 0.0];
        assert_eq!(bits_per_dim(&once, 2, 1, levels, Bound::ImportanceWeighted)[0], 1.0);
    }
}
