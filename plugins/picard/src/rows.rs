//! Where each sample stands on the grid, and which rows an operation concerns.

/// The positions of the rows: row r is solved up to time number `at[r]` of a grid of `steps` intervals.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    at: Vec<usize>,
    steps: usize,
}

impl Rows {
    /// All rows at time number `at`.
    pub(crate) fn new(rows: usize, at: usize, steps: usize) -> Self {
        Self { at: vec![at; rows], steps }
    }

    /// Whether every row is solved up to this time.
    pub(crate) fn reach(&self, time: usize) -> bool {
        self.at.iter().all(|&at| at >= time)
    }

    /// The most intervals that any row has before it, at most `window`: slots that a sweep works on.
    pub(crate) fn width(&self, window: usize) -> usize {
        self.at.iter().map(|at| window.min(self.steps - at)).max().unwrap_or(0)
    }

    /// For each row what `of` says of its interval number `slot`, counted from where it stands; `past` beyond the end.
    pub(crate) fn each<T>(&self, slot: usize, past: T, of: impl Fn(usize) -> T) -> Vec<T>
    where
        T: Clone,
    {
        self.at.iter().map(|at| at + slot).map(|i| if i < self.steps { of(i) } else { past.clone() }).collect()
    }

    /// For each of so many slots, and in it each row, whether there is an interval: 1 or 0.
    pub(crate) fn before_the_end(&self, slots: usize) -> Vec<u32> {
        (0..slots).flat_map(|slot| self.left().map(move |left| u32::from(slot < left))).collect()
    }

    /// The rows that `advance` moves past their slot, by the time they have there: `(time, mask)`.
    pub(crate) fn arrivals(&self, slot: usize, advance: &[usize]) -> Vec<(usize, Vec<u32>)> {
        let mut times: Vec<usize> = self.moved(slot, advance).map(|(at, _)| at + slot).collect();
        times.sort_unstable();
        times.dedup();
        let mask =
            |time| (0..self.at.len()).map(|r| u32::from(advance[r] >= slot && self.at[r] + slot == time)).collect();
        times.into_iter().map(|time| (time, mask(time))).collect()
    }

    fn moved<'a>(&'a self, slot: usize, advance: &'a [usize]) -> impl Iterator<Item = (usize, usize)> + 'a {
        self.at.iter().copied().zip(advance.iter().copied()).filter(move |(_, advance)| *advance >= slot)
    }

    /// Moves the rows, and says which of them moved by how much: `(advance, mask)`, without those that stay.
    pub(crate) fn advance(&mut self, advance: &[usize]) -> Vec<(usize, Vec<u32>)> {
        self.at.iter_mut().zip(advance).for_each(|(at, advance)| *at += advance);
        let mut amounts: Vec<usize> = advance.iter().copied().filter(|&amount| amount > 0).collect();
        amounts.sort_unstable();
        amounts.dedup();
        let mask = |amount| advance.iter().map(|&a| u32::from(a == amount)).collect();
        amounts.into_iter().map(|amount| (amount, mask(amount))).collect()
    }

    /// Intervals that each row has before it.
    pub(crate) fn left(&self) -> impl Iterator<Item = usize> + '_ {
        self.at.iter().map(|at| self.steps - at)
    }
}

#[cfg(test)]
mod tests {
    use super::Rows;

    /// Three rows at 0, 2 and 5 of 5 intervals.
    #[test]
    fn rows_stand_where_they_advanced_to() {
        let mut rows = Rows::new(3, 0, 5);
        assert_eq!(rows.advance(&[0, 2, 5]), [(2, vec![0, 1, 0]), (5, vec![0, 0, 1])]);
        assert!(rows.reach(0) && !rows.reach(1));
        assert_eq!((rows.width(4), rows.width(9)), (4, 5));
        assert_eq!(rows.each(1, 9, |i| i), [1, 3, 9]);
        assert_eq!(rows.left().collect::<Vec<_>>(), [5, 3, 0]);
        assert_eq!(rows.before_the_end(4), [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 0]);
        // The first two move by 3 and 1: at their slot 1 they come to times 1 and 3, at slot 2 the first alone.
        assert_eq!(rows.arrivals(1, &[3, 1, 0]), [(1, vec![1, 0, 0]), (3, vec![0, 1, 0])]);
        assert_eq!(rows.arrivals(2, &[3, 1, 0]), [(2, vec![1, 0, 0])]);
    }
}
