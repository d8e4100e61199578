//! The table of discrete times that score_sde's discretisations read.

/// `i = floor((N − 1) t)` and its time `i/(N − 1)`, of a table of N entries over t from 0 to 1; for N = 1 t itself.
///
/// The grid's times are i/(N − 1) but for rounding: what lies below an entry by less than 1e-9 is that entry.
/// Source: Song et al. 2021 (score SDE), the authors' `discretize`.
#[must_use]
pub fn table_index(t: f64, n: f64) -> f64 {
    (t * (n - 1.0) + 1e-9).floor()
}

/// The time of an entry; `t` where the table has no other.
#[must_use]
pub fn table_time(i: f64, n: f64, t: f64) -> f64 {
    if n > 1.0 { i / (n - 1.0) } else { t }
}

#[cfg(test)]
mod tests {
    use super::{table_index, table_time};

    /// 0.3 · 10 is 3 and 0.7 · 10 is 6.999…: both are entries.
    #[test]
    fn rounding_does_not_move_an_entry() {
        for i in 0..=10 {
            let t = f64::from(i) * 0.1;
            assert_eq!(table_index(t, 11.0), f64::from(i));
            assert!((table_time(f64::from(i), 11.0, t) - t).abs() < 1e-15);
        }
        assert_eq!((table_index(0.35, 11.0), table_time(0.0, 1.0, 0.7)), (3.0, 0.7));
    }
}
