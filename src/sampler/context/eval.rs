//! The one place where the model is evaluated, and counted.

use super::Context;
use crate::process::Point;
use crate::sampler::{Failure, Fault};
use crate::score::{Prediction, Score};
use crate::state::RowMap;
use std::time::Instant;

/// A score at given points, as a function on rows.
struct Predict<'a> {
    score: &'a dyn Score,
    want: Prediction,
    at: &'a [Point],
}

impl RowMap for Predict<'_> {
    fn f64(&self, x: &[f64], out: &mut [f64]) -> Result<(), String> {
        self.score.predict(self.want, self.at, x, out).map_err(|e| e.to_string())
    }

    fn f32(&self, x: &[f32], out: &mut [f32]) -> Result<(), String> {
        self.score.predict_f32(self.want, self.at, x, out).map_err(|e| e.to_string())
    }

    fn tensor(&self, x: burn::Tensor<2>) -> Option<Result<burn::Tensor<2>, String>> {
        Some(self.score.predict_tensor(self.want, self.at, &x)?.map_err(|e| e.to_string()))
    }
}

impl Context<'_> {
    /// `out :=` prediction at `(x, t)`: one evaluation a row, counted here.
    ///
    /// # Errors
    /// [`Failure`]; where sigma(t) = 0.
    pub fn eval(&mut self, x: u64, t: &[f64], want: Prediction, out: u64) -> Result<(), Failure> {
        self.guarded(|c| {
            let (x, out) = (c.slot(x)?, c.slot(out)?);
            c.check_times(t, "the time of an evaluation")?;
            c.points.clear();
            for &t in t {
                let point = c.point(t)?;
                if point.sigma <= 0.0 {
                    let text = format!("an evaluation at t = {t}, where sigma = 0: nothing is evaluated there");
                    return Err(Failure::new(Fault::Invalid, text));
                }
                c.points.push(point);
            }
            let cost = c.score.cost();
            for &row in &c.active {
                c.counter.per_row[row as usize] += cost;
            }
            c.counter.depth += 1;
            let begin = Instant::now();
            let map = Predict { score: c.score, want, at: &c.points };
            c.state.map(Self::selection(c.all, &c.active), x, out, &map)?;
            c.counter.model += begin.elapsed();
            Ok(())
        })
    }
}
