//! The split into training and held-out rows.

use ndarray::{Array2, Axis};

/// Whether row i is held out: one in five, `(i + ⌊i/10⌋) mod 5 = 0`.
///
/// The rule knows the index alone, so a row never changes sides. A plain `i mod 5 = 0` would take two of the
/// ten classes from files that list them in turn, as parts of the digits do; `⌊i/10⌋` moves on by one every
/// ten rows.
#[must_use]
pub fn is_held_out(i: usize) -> bool {
    (i + i / 10).is_multiple_of(5)
}

/// Training and held-out rows, each in the order of `rows` [count, D].
pub(super) fn split(rows: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
    let part = |held: bool| -> Vec<usize> { (0..rows.nrows()).filter(|&i| is_held_out(i) == held).collect() };
    (rows.select(Axis(0), &part(false)), rows.select(Axis(0), &part(true)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_out_two_of_every_ten_rows_and_every_last_digit_in_turn() {
        for first in (0..1000).step_by(10) {
            assert_eq!((first..first + 10).filter(|&i| is_held_out(i)).count(), 2);
        }
        for digit in 0..10 {
            assert_eq!((0..500).filter(|&i| i % 10 == digit && is_held_out(i)).count(), 10);
        }
    }

    #[test]
    fn no_row_is_lost_or_doubled() {
        let rows = Array2::from_shape_fn((37, 1), |(i, _)| i as f64);
        let (train, held_out) = split(&rows);
        let mut all: Vec<f64> = train.iter().chain(&held_out).copied().collect();
        all.sort_by(f64::total_cmp);
        assert_eq!(all, (0..37).map(f64::from).collect::<Vec<_>>());
    }
}
