use super::super::{Key, Stream, normals, normals_rows, uniform, uniforms};
use super::*;
use proptest::prelude::*;

/// The definition through the `libm` crate, the angle in (−π, π] so that the comparison is not about the
/// rounding of 2πu.
fn reference(u_1: f64, u_2: f64) -> (f64, f64) {
    let radius = libm::sqrt(-2.0 * libm::log(u_1));
    let q = (4.0 * u_2).round();
    let (sin, cos) = libm::sincos(TAU * (u_2 - 0.25 * q));
    let (cos, sin) = [(cos, sin), (-sin, cos), (-cos, -sin), (sin, -cos)][q as usize % 4];
    (radius * cos, radius * sin)
}

fn ulps(a: f64, b: f64) -> f64 {
    (a - b).abs() / (b.abs() * f64::EPSILON)
}

#[test]
fn the_smallest_and_largest_uniform_lie_inside_the_unit_interval() {
    assert_eq!(open_unit(0), f64::EPSILON / 2.0);
    assert_eq!(open_unit(u64::MAX), 1.0 - f64::EPSILON / 2.0);
    assert_eq!(open_unit(0x8000_0000_0000_0FFF), 0.5 + f64::EPSILON / 2.0);
}

proptest! {
    #[test]
    fn the_kernel_agrees_with_libm(a: u64, b: u64, small in 0_u32..52) {
        // the second number is scaled down so that values next to 0 occur too
        for u in [open_unit(a), open_unit(a >> small), 1.0 - open_unit(a >> small)] {
            prop_assert_eq!(ln_unit(u).to_bits(), libm::log(u).to_bits());
            for u_2 in [open_unit(b), open_unit(b >> small), 1.0 - open_unit(b >> small)] {
                let (cos, sin) = box_muller(u, u_2);
                let (ref_cos, ref_sin) = reference(u, u_2);
                prop_assert!(ulps(cos, ref_cos) <= 2.0, "{cos} {ref_cos}");
                prop_assert!(ulps(sin, ref_sin) <= 2.0, "{sin} {ref_sin}");
                // and the plain formula, within the rounding of its angle
                let radius = libm::sqrt(-2.0 * libm::log(u));
                prop_assert!((cos - radius * libm::cos(TAU * u_2)).abs() <= 2e-15 * radius.max(1.0));
                prop_assert!((sin - radius * libm::sin(TAU * u_2)).abs() <= 2e-15 * radius.max(1.0));
            }
        }
    }

    #[test]
    fn an_element_depends_on_its_own_counter_only(seed: u32, sample: u32, index: u64, dim in 1_usize..140) {
        let key = Key { seed, sample };
        let stream = Stream::named("test");
        let mut row = vec![f64::NAN; dim];
        normals(key, stream, index, &mut row);
        for (i, &z) in row.iter().enumerate() {
            let (u_1, u_2) = uniform_block(key, stream, index, i as u64 / 2);
            let pair = box_muller(u_1, u_2);
            prop_assert_eq!(z.to_bits(), if i % 2 == 0 { pair.0 } else { pair.1 }.to_bits());
        }
        let keys = [Key { seed, sample: sample ^ 1 }, Key { seed, sample: sample ^ 2 }, key];
        let mut rows = vec![f64::NAN; 2 * dim];
        normals_rows(&keys, Some(&[0, 2]), stream, index, &mut rows);
        prop_assert_eq!(&rows[dim..], &row[..]);
        let mut all = vec![f64::NAN; 3 * dim];
        normals_rows(&keys, None, stream, index, &mut all);
        prop_assert_eq!(&all[..dim], &rows[..dim]);
        prop_assert_eq!(&all[2 * dim..], &row[..]);
    }
}

#[test]
fn uniforms_start_with_uniform() {
    let key = Key { seed: 1, sample: 2 };
    let stream = Stream::named("test");
    let mut many = [0.0; 3];
    uniforms(key, stream, 9, &mut many);
    assert_eq!(many[0], uniform(key, stream, 9));
    assert!(many.iter().all(|&u| 0.0 < u && u < 1.0) && many[0] != many[1] && many[1] != many[2]);
}

/// Moments and the distance of the empirical from the normal distribution function (Kolmogorov and
/// Smirnov), each as a z-score at fixed seeds.
#[test]
fn the_law_is_standard_normal() {
    const N: usize = 200_000;
    let root = (N as f64).sqrt();
    for seed in 0..3 {
        let mut z = vec![0.0; N];
        normals(Key { seed, sample: 5 }, Stream::named("law"), 1, &mut z);
        let moment = |p: i32| z.iter().map(|z| z.powi(p)).sum::<f64>() / N as f64;
        // Var z^p: 1, 2, 15, 96
        for (p, mean, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0_f64)] {
            assert!(((moment(p) - mean) * root / variance.sqrt()).abs() < 4.0, "moment {p}");
        }
        let pairs = z.chunks(2).map(|p| p[0] * p[1]).sum::<f64>() / (N as f64 / 2.0).sqrt();
        assert!(pairs.abs() < 4.0, "cos and sin of one block are correlated");
        let lag = z.windows(3).map(|w| w[0] * w[2]).sum::<f64>() / root;
        assert!(lag.abs() < 4.0, "neighbouring blocks are correlated");
        z.sort_by(f64::total_cmp);
        let distribution = |z: f64| 0.5 * libm::erfc(-z / std::f64::consts::SQRT_2);
        let distance = z.iter().enumerate().map(|(i, &z)| (distribution(z) - (i as f64 + 0.5) / N as f64).abs());
        // P(sqrt(N) D > 1.95) = 0.001
        assert!(distance.fold(0.0, f64::max) * root < 1.95);
    }
}

#[test]
fn every_set_of_instructions_gives_the_same_bits() {
    let mut lanes = Lanes::new(Stream::named("lanes"));
    for n in [1, 3, 8, 29, LANES] {
        for i in 0..n {
            let i_64 = i as u64;
            lanes.set(i, Key { seed: 3, sample: i as u32 % 5 }, i_64 << (i_64 % 60), 7 * i);
        }
        lanes.baseline(n);
        let expected = lanes.numbers(n).map(|z| z.iter().map(|z| z.to_bits()).collect::<Vec<_>>());
        lanes.normals(n);
        assert_eq!(lanes.numbers(n).map(|z| z.iter().map(|z| z.to_bits()).collect::<Vec<_>>()), expected);
    }
}

#[test]
fn samples_laid_out_once_have_the_same_normals() {
    let stream = Stream::named("samples");
    for (rows, dim) in [(1, 1), (3, 5), (70, 2), (129, 3)] {
        let keys: Vec<Key> = (0..rows).map(|sample| Key { seed: 3, sample }).collect();
        let mut samples = SampleNormals::new(&keys, stream, dim);
        let (mut z, mut expected) = (vec![0.0; keys.len() * dim], vec![0.0; keys.len() * dim]);
        for index in [0, 7, 1 << 40] {
            samples.fill(index, &mut z);
            normals_rows(&keys, None, stream, index, &mut expected);
            assert_eq!(z, expected, "{rows} rows of {dim}");
        }
    }
}
