//! The one place where the model is evaluated, and counted.

use super::Context;
use crate::process::Point;
use crate::sampler::{Failure, Fault};
use crate::score::{Prediction, Score};
use crate::state::{RowMap, Slot};
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
            let pair = (c.slot(x)?, c.slot(out)?);
            c.points.clear();
            c.take_points(t)?;
            c.predict(want, &[pair])
        })
    }

    /// Evaluations `(x, t, out)` that do not wait for each other: one call of the model, a depth of one.
    ///
    /// # Errors
    /// [`Failure`]; where sigma(t) = 0.
    pub fn evals(&mut self, asked: &[(u64, &[f64], u64)], want: Prediction) -> Result<(), Failure> {
        self.guarded(|c| {
            if asked.is_empty() {
                return Ok(());
            }
            let pairs = asked.iter().map(|(x, _, out)| Ok((c.slot(*x)?, c.slot(*out)?)));
            let pairs = pairs.collect::<Result<Vec<_>, Failure>>()?;
            c.points.clear();
            for (_, t, _) in asked {
                c.take_points(t)?;
                // One entry a row of the joined call.
                if t.len() == 1 && asked.len() > 1 {
                    let again = c.points.last().copied();
                    c.points.extend(again.into_iter().cycle().take(c.active.len().saturating_sub(1)));
                }
            }
            c.predict(want, &pairs)
        })
    }

    /// `log p_t(x)` of each active row, for closed forms; not an evaluation of a model.
    ///
    /// # Errors
    /// [`Failure`]; the score is no closed form.
    pub fn log_density(&mut self, x: u64, t: &[f64], out: &mut [f64]) -> Result<(), Failure> {
        self.guarded(|c| {
            let x = c.slot(x)?;
            c.points.clear();
            c.take_points(t)?;
            let law = c.score.closed_form().ok_or_else(|| {
                Failure::new(Fault::Unsupported, "the density is known for scores in closed form alone")
            })?;
            let x = c.state.read(x)?;
            for (i, (&row, out)) in c.active.iter().zip(out).enumerate() {
                let at = c.points.get(i).unwrap_or(&c.points[0]);
                law.log_density(at, &x.row(row as usize).to_vec(), std::slice::from_mut(out));
            }
            Ok(())
        })
    }

    /// Adds the points at `t`, none of which is without noise.
    fn take_points(&mut self, t: &[f64]) -> Result<(), Failure> {
        self.check_times(t, "the time of an evaluation")?;
        for &t in t {
            let point = self.point(t)?;
            if point.sigma <= 0.0 {
                let text = format!("an evaluation at t = {t}, where sigma = 0: nothing is evaluated there");
                return Err(Failure::new(Fault::Invalid, text));
            }
            self.points.push(point);
        }
        Ok(())
    }

    /// One call of the model at the points taken, `(x, out)` each; counted.
    fn predict(&mut self, want: Prediction, pairs: &[(Slot, Slot)]) -> Result<(), Failure> {
        let cost = self.score.cost() * pairs.len() as u64;
        for &row in &self.active {
            self.counter.per_row[row as usize] += cost;
        }
        self.counter.depth += 1;
        let begin = Instant::now();
        let map = Predict { score: self.score, want, at: &self.points };
        self.state.map(Self::selection(self.all, &self.active), pairs, &map)?;
        self.counter.model += begin.elapsed();
        Ok(())
    }
}
