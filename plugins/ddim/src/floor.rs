//! The step of the diffusers package's DDIM: a fixed number of a model's discrete times, whatever the grid.
//!
//! A model has K = `of` discrete times t = (k + 1)/K; a run of N steps moves its state from index k to `k − ⌊K/N⌋`, and
//! evaluates where the grid says. Below index 0 lies alpha = 1, sigma = 0. Grids whose rows are not ⌊K/N⌋ apart then
//! ask the network about other times than the state has, and the samples do not converge (diffusers, DDIMScheduler).

use ito_kit::{Param, Problem, Values};

/// How near an index a time must be to count as that index.
const ROUNDING: f64 = 1e-6;

/// Steps of ⌊K/N⌋ indices.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Floor {
    /// K.
    of: f64,
    /// ⌊K/N⌋.
    rows: f64,
}

impl Floor {
    /// The parameter that chooses it.
    pub(crate) const PREVIOUS: Param = Param::choice(
        c"previous",
        &[c"grid", c"floor"],
        0,
        c"where a step ends: at the grid's next time, or floor(of/N) indices of the model's table below, as in the diffusers package, which converges only where that is the grid's next time",
    );
    /// K.
    pub(crate) const OF: Param =
        Param::i64(c"of", 1000, c"with previous: floor, how many discrete times the model has").range(1.0, 1e9);

    /// It, where it is chosen; N is not known yet.
    pub(crate) fn read(values: &Values) -> Option<Self> {
        (values.choice("previous") == 1).then(|| Self { of: values.i64("of") as f64, rows: 0.0 })
    }

    /// Whether N steps fit into the table.
    pub(crate) fn check(values: &Values, steps: u64) -> Result<(), String> {
        let of = values.i64("of");
        if steps <= of.unsigned_abs() {
            return Ok(());
        }
        Err(format!("`previous: floor` moves by floor(of/N) of {of} discrete times, which is none for N = {steps}"))
    }

    /// N is known.
    pub(crate) fn begin(&mut self, problem: &Problem) {
        self.rows = (self.of / (problem.times.len().max(2) - 1) as f64).floor();
    }

    /// Where the step from t ends; `None` is alpha = 1, sigma = 0.
    pub(crate) fn end(&self, t: f64) -> Option<f64> {
        let place = t * self.of - self.rows;
        let index = place.round();
        let place = if (place - index).abs() < ROUNDING { index } else { place };
        (place >= 1.0).then(|| place / self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::Floor;

    /// K = 1,000 and N = 80: from index 999 (t = 1) by 12 to index 987; from index 11 to −1, the clean end.
    #[test]
    fn steps_by_hand() {
        let floor = Floor { of: 1000.0, rows: 12.0 };
        assert_eq!(floor.end(1.0), Some(0.988));
        assert_eq!(floor.end(0.013), Some(0.001));
        assert_eq!(floor.end(0.012), None);
    }
}
