//! The one place where the model is evaluated, and counted.

use super::{Context, Counter};
use crate::process::Point;
use crate::sampler::{Failure, Fault};
use crate::score::{Prediction, Score};
use crate::state::{RowMap, Rows, Slot, State};
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

/// The model's prediction on the rows of all parts `(rows, x, out)`, in one call; counted.
fn predict(
    state: &mut dyn State,
    counter: &mut Counter,
    map: &Predict<'_>,
    parts: &[(Rows<'_>, Slot, Slot)],
) -> Result<(), Failure> {
    let all = state.rows();
    let mut asked = false;
    for (rows, ..) in parts {
        for i in 0..rows.count(all) {
            counter.per_row[rows.row(i)] += map.score.cost();
            asked = true;
        }
    }
    counter.depth += u64::from(asked);
    let begin = Instant::now();
    state.map(parts, map)?;
    counter.model += begin.elapsed();
    Ok(())
}

impl Context<'_> {
    /// `out :=` prediction at `(x, t)`: one evaluation a row, counted here.
    ///
    /// # Errors
    /// [`Failure`]; where sigma(t) = 0.
    pub fn eval(&mut self, x: u64, t: &[f64], want: Prediction, out: u64) -> Result<(), Failure> {
        self.guarded(|c| {
            let (x, out) = (c.slot(x)?, c.slot(out)?);
            c.take_points(t)?;
            let map = Predict { score: c.score, want, at: &c.points };
            predict(&mut *c.state, &mut c.counter, &map, &[(Self::selection(c.all, &c.active), x, out)])
        })
    }

    /// Evaluations `(x, t, out)` that do not wait for each other: one call of the model, a depth of one. With a mask of
    /// one entry for each of them and each active row, only where it is not 0: other rows keep what `out` has, and are not
    /// counted.
    ///
    /// # Errors
    /// [`Failure`]; where sigma(t) = 0.
    pub fn evals(
        &mut self,
        asked: &[(u64, &[f64], u64)],
        mask: Option<&[u32]>,
        want: Prediction,
    ) -> Result<(), Failure> {
        self.guarded(|c| {
            let rows = c.active.len();
            let taken = |j: usize, i: usize| mask.is_none_or(|mask| mask[j * rows + i] != 0);
            let (mut points, mut lists) = (Vec::new(), Vec::with_capacity(asked.len()));
            for (j, (x, t, out)) in asked.iter().enumerate() {
                let slots = (c.slot(*x)?, c.slot(*out)?);
                c.take_points(t)?;
                // One entry a row of the joined call, or one for all.
                if let ([one], [_]) = (&c.points[..], asked) {
                    points.push(*one);
                } else {
                    let at = |i: usize| *c.points.get(i).unwrap_or(&c.points[0]);
                    points.extend((0..rows).filter(|i| taken(j, *i)).map(at));
                }
                lists.push(((0..rows).filter(|i| taken(j, *i)).map(|i| c.active[i]).collect::<Vec<_>>(), slots));
            }
            let parts: Vec<_> = lists.iter().map(|(list, (x, out))| (Rows::Some(list), *x, *out)).collect();
            let map = Predict { score: c.score, want, at: &points };
            predict(&mut *c.state, &mut c.counter, &map, &parts)
        })
    }

    /// `log p_t(x)` of each active row, for closed forms; not an evaluation of a model.
    ///
    /// # Errors
    /// [`Failure`]; the score is no closed form.
    pub fn log_density(&mut self, x: u64, t: &[f64], out: &mut [f64]) -> Result<(), Failure> {
        self.guarded(|c| {
            let x = c.slot(x)?;
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

    /// Puts the points at `t` in the place of those before; none of them is without noise.
    fn take_points(&mut self, t: &[f64]) -> Result<(), Failure> {
        self.check_times(t, "the time of an evaluation")?;
        self.points.clear();
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
}
