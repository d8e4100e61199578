use super::{Part, Union};
use crate::noise::Key;
use crate::sampler::Read;
use ndarray::ArrayView1;
use std::sync::Arc;

const KEYS: [Key; 2] = [Key { seed: 3, sample: 0 }, Key { seed: 3, sample: 1 }];

/// The normal of intervals with these lengths, increments and areas.
fn joined(area: bool, intervals: &[(f64, f64, f64)]) -> f64 {
    let mut part = Part::default();
    for &(length, w, h) in intervals {
        part.append(&Part { length, w: vec![w], h: vec![h] });
    }
    let mut normal = [0.0];
    part.normal(area, &mut normal);
    normal[0]
}

/// (1 z_0 + √3 z_1)/√4.
#[test]
fn increments_join_by_hand() {
    let found = joined(false, &[(1.0, 0.3, 0.0), (3.0, -(3.0_f64.sqrt()), 0.0)]);
    assert!((found - (0.3 - 3.0_f64.sqrt()) / 2.0).abs() < 1e-15, "{found}");
}

/// W = 0.3, H = 0.5/√12 over length 1, then w = −√3, h = √3·0.7/√12 = 0.35 over 3:
/// (1·H + 3·0.35 + (3·0.3 + 1·√3)/2)/4, normalised by √(12/4).
#[test]
fn areas_join_by_hand() {
    let found = joined(true, &[(1.0, 0.3, 0.5 / 12.0_f64.sqrt()), (3.0, -(3.0_f64.sqrt()), 0.35)]);
    let area = (0.5 / 12.0_f64.sqrt() + 3.0 * 0.35 + (0.9 + 3.0_f64.sqrt()) / 2.0) / 4.0;
    assert!((found - area * 3.0_f64.sqrt()).abs() < 1e-15, "{found}");
}

/// Of one path: the halves of a step add up to the whole, and pieces that overlap share what they share.
#[test]
fn grids_share_one_path() {
    let fine = vec![Read::Increment(1.0, 0.75), Read::Increment(0.75, 0.5), Read::Increment(0.5, 0.0)];
    let coarse = vec![Read::Increment(1.0, 0.5), Read::Increment(1.0, 0.0), Read::Increment(0.5, 0.0)];
    let union = Union::new(&[fine, coarse]).expect("reads of a path");
    assert_eq!(union.times, [1.0, 0.75, 0.5, 0.0]);
    let normals = union.normals(2, &KEYS, 1);
    for row in 0..2 {
        let w = |grid: usize, read: usize, h: f64| normals[grid][[read, row, 0]] * f64::sqrt(h);
        assert!((w(0, 0, 0.25) + w(0, 1, 0.25) - w(1, 0, 0.5)).abs() < 1e-15);
        assert!((w(1, 0, 0.5) + w(1, 2, 0.5) - w(1, 1, 1.0)).abs() < 1e-15);
        assert!(w(0, 2, 0.5) == w(1, 2, 0.5) && w(0, 0, 0.25) != w(0, 1, 0.25));
    }
    assert!(Union::new(&[vec![Read::Draw]]).is_none());
}

/// Joined in one pass or made as they are read: the same normals, but for the rounding of √h.
#[test]
fn both_ways_read_the_same_path() {
    let fine = vec![Read::Area(1.0, 0.75), Read::Increment(1.0, 0.75), Read::Increment(0.75, 0.0)];
    let coarse = vec![Read::Increment(1.0, 0.0), Read::Area(1.0, 0.0)];
    let union = Arc::new(Union::new(&[fine, coarse]).expect("reads of a path"));
    for (grid, normals) in union.normals(2, &KEYS, 2).iter().enumerate() {
        let source = union.on(grid, &KEYS, 2);
        for (read, joined) in normals.outer_iter().enumerate() {
            let mut made = [0.0; 4];
            source.fill(read, 0..2, &mut made);
            let off = (&ArrayView1::from(&made) - &joined.flatten()).mapv(f64::abs).sum();
            assert!(off < 1e-14 && made[0] != made[2], "{grid} {read}: {made:?} {joined}");
        }
    }
    let mut beyond = [0.0; 4];
    union.on(1, &KEYS, 2).fill(2, 0..2, &mut beyond);
    assert!(beyond.iter().all(|z| z.is_nan()));
}
