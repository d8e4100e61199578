//! `picard`: many steps of a sequential sampler at the same time, by Picard's iteration over a sliding window (ParaDiGMS).
//!
//! Equation: a sweep takes the slopes k_j = f(x_j, t_j) of all times of the window at once, and from them the states anew,
//! `x_{j+1} := carry_j x_j + gain_j k_j`, from the first, which is solved, on. The window moves up to the first state that
//! changed by more than its tolerance, `rms(change) > tolerance √Var(x_{j+1} | x_j, x_0)` with the interval after it; that
//! state goes along, for it was made from slopes at states that had not changed. carry, gain and f are those of `euler`.
//! Source: Shih et al. 2023 (ParaDiGMS, arXiv 2305.16317), its sliding window, with Euler's step in the place of their scheduler's.
//! Kind: iterative: the limit of the sweeps is `euler` with the same `in`; `tolerance: 0` is that sampler bit for
//! bit, but for rounding in the interval to the marked end where `euler` asks for the prediction of x0: a sweep asks for one
//! prediction at all times, and here makes x0 from it.
//! Order: 1, that of `euler`, until the tolerance is reached.
//! Evaluations: one for each time of the window and sweep, and one at the start; depth: one a sweep. Every sweep solves
//! one state at least, so that N sweeps are the most.
//! Choose it where the time to a sample counts and evaluations do not: they are 2 to 12 times those of `euler`.
//!
//! Departures from the paper. Each sample has a window of its own, so that no sample depends on its batch; one that runs
//! ahead goes on to later times, and one that has arrived is evaluated no more, as no sample is at times beyond the end: what
//! a sample costs does not depend on its batch either. New states of a window begin as Euler's steps along its last slope
//! instead of copies of its last state, and so do those of the first one, which the paper begins with copies of x_T. In
//! sigma a sweep is exact in x; the paper also iterates the part that is linear in x.
//! At the marked end alpha = 1, sigma = 0 the last interval is as in `euler`: in t the formula where that end has a time,
//! else x0, `x/alpha − sigma/alpha eps`, or in t solved from x and the velocity.

use crate::rows::Rows;
use crate::window::Intervals;
use ito_kit::{BLOCKS, Coef, Failure, Flow, Host, Info, Kind, Param, Plan};
use ito_kit::{Problem, Sampler, Step, Tensor, Values};
use std::collections::VecDeque;

/// See the module.
#[derive(Debug)]
pub struct Picard {
    flow: Flow,
    window: usize,
    tolerance: f64,
    all: Intervals,
    rows: Rows,
    /// States of the times from where each row stands, of which the first is solved, and the slopes there.
    slots: Vec<Tensor>,
    slopes: Vec<Tensor>,
    next: Tensor,
    change: Tensor,
    /// Solved states of the times after the host's, for the rows that are there.
    ready: VecDeque<Tensor>,
    spare: Vec<Tensor>,
}

fn window(values: &Values, steps: u64) -> u64 {
    values.i64("window").unsigned_abs().min(steps)
}

impl Sampler for Picard {
    const INFO: Info = Info {
        id: c"picard",
        name: c"Picard iteration (ParaDiGMS)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Many Euler steps of the probability flow at the same time, by Picard's iteration over a sliding window.",
        equation: c"sweep: k_j = f(x_j, t_j) for all j of the window at once, then x_{j+1} := carry_j x_j + gain_j k_j; until rms(change of x_{j+1}) <= tolerance sqrt(Var(x_{j+2} | x_{j+1}, x_0))",
        source: c"Shih et al. 2023 (ParaDiGMS, arXiv 2305.16317)",
        choose: c"Where the time to a sample counts and evaluations do not: it needs more of them than euler, in a shorter chain.",
        kind: Kind::Iterative,
        order: 1.0,
        evals_per_step: 0,
        params: &[
            Flow::PARAM,
            Param::i64(c"window", 16, c"intervals that a sweep works on at once").range(1.0, 64.0),
            Param::f64(
                c"tolerance",
                0.1,
                c"largest change of a solved state, in units of the noise of the next ancestral step; 0 = none",
            )
            .range(0.0, f64::INFINITY),
        ],
        required: &[BLOCKS],
        ..Info::DEFAULT
    };

    /// The most it can cost: N sweeps, and the start.
    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        Flow::read(values).plan(plan);
        let w = window(values, plan.steps);
        let sweeps = w.saturating_mul(plan.steps) - w * w.saturating_sub(1) / 2;
        plan.evaluations = sweeps.saturating_add(u64::from(w > 1));
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self {
            flow: Flow::read(values),
            window: window(values, u64::MAX) as usize,
            tolerance: values.f64("tolerance"),
            all: Intervals::default(),
            rows: Rows::default(),
            slots: Vec::new(),
            slopes: Vec::new(),
            next: Tensor::NONE,
            change: Tensor::NONE,
            ready: VecDeque::new(),
            spare: Vec::new(),
        })
    }

    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        self.all = Intervals::new(host, self.flow, problem.times)?;
        self.window = self.window.min(self.all.len());
        let make = |count, tag| (0..count).map(|_| host.make(tag)).collect::<Result<Vec<_>, _>>();
        self.slots = make(self.window + 1, c"slot")?;
        self.slopes = make(self.window, c"slope")?;
        (self.next, self.change) = (host.make(c"next")?, host.make(c"change")?);
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let i = step.index as usize;
        if i == 0 || step.given() {
            self.start(host, step, i)?;
        }
        if !self.rows.reach(i + 1) {
            let advance = self.sweep(host, step.rows)?;
            self.store(host, i, &advance)?;
            self.slide(host, &advance)?;
        }
        let solved = self.ready.pop_front().ok_or_else(|| Failure::invalid("a step without its state"))?;
        self.spare.push(solved);
        host.combine(step.out, &[(1.0.into(), solved)])
    }
}

/// One number for all rows, where they agree.
fn coef(each: &[f64]) -> Coef<'_> {
    if each.iter().all(|c| *c == each[0]) { Coef::One(each[0]) } else { Coef::Each(each) }
}

impl Picard {
    /// All rows at x, time number i; the window's states by Euler's steps along the slope there.
    fn start(&mut self, host: &Host, step: &Step, i: usize) -> Result<(), Failure> {
        self.rows = Rows::new(step.rows, i, self.all.len());
        self.spare.extend(self.ready.drain(..));
        host.combine(self.slots[0], &[(1.0.into(), step.x)])?;
        if self.window == 1 {
            return Ok(());
        }
        let last = self.window - 1;
        host.eval(step.x, self.all.times[i], self.flow.slope(), self.slopes[last])?;
        self.guess(host, &vec![self.window; step.rows])
    }

    /// Makes all states of the windows anew; how many intervals each row is solved further.
    fn sweep(&mut self, host: &Host, rows: usize) -> Result<Vec<usize>, Failure> {
        let (all, width) = (&self.all, self.rows.width(self.window));
        let last = all.times[all.len() - 1];
        let times: Vec<Vec<f64>> = (0..width).map(|j| self.rows.each(j, last, |i| all.times[i])).collect();
        let asked: Vec<_> = (0..width).map(|j| (self.slots[j], coef(&times[j]), self.slopes[j])).collect();
        host.evals(&asked, Some(&self.rows.before_the_end(width)), self.flow.slope())?;
        let (mut advance, mut open, mut rms) = (vec![0; rows], vec![true; rows], vec![0.0; rows]);
        for j in 0..width {
            self.euler(host, j, self.slopes[j])?;
            host.combine(self.change, &[(1.0.into(), self.next), ((-1.0).into(), self.slots[j + 1])])?;
            host.rms(self.change, &mut rms)?;
            let bounds = self.rows.each(j + 1, 0.0, |i| self.tolerance * all.noise[i]);
            for (r, left) in self.rows.left().enumerate() {
                if open[r] && j < left {
                    advance[r] = j + 1;
                    open[r] = rms[r] <= bounds[r];
                }
            }
            std::mem::swap(&mut self.next, &mut self.slots[j + 1]);
        }
        Ok(advance)
    }

    /// `next := carry_j x_j + gain_j k`, nothing new for rows beyond the end.
    fn euler(&self, host: &Host, j: usize, k: Tensor) -> Result<(), Failure> {
        let carry = self.rows.each(j, 1.0, |i| self.all.weights[i].0);
        let gain = self.rows.each(j, 0.0, |i| self.all.weights[i].1);
        host.combine(self.next, &[(coef(&carry), self.slots[j]), (coef(&gain), k)])
    }

    /// Keeps the states solved for the steps to come; the host is at time number i.
    fn store(&mut self, host: &Host, i: usize, advance: &[usize]) -> Result<(), Failure> {
        for slot in 1..=advance.iter().copied().max().unwrap_or(0) {
            for (time, mask) in self.rows.arrivals(slot, advance) {
                while self.ready.len() < time - i {
                    let room = self.spare.pop().map_or_else(|| host.make(c"solved"), Ok)?;
                    self.ready.push_back(room);
                }
                let kept = self.ready[time - i - 1];
                host.select(kept, &mask, self.slots[slot], kept)?;
            }
        }
        Ok(())
    }

    /// Moves each window on, with states at its end that continue along its last slope.
    fn slide(&mut self, host: &Host, advance: &[usize]) -> Result<(), Failure> {
        for (amount, mask) in self.rows.advance(advance) {
            for j in 0..=self.window - amount {
                host.select(self.slots[j], &mask, self.slots[j + amount], self.slots[j])?;
            }
        }
        self.guess(host, advance)
    }

    /// The last `fresh[r]` states of row r.
    fn guess(&mut self, host: &Host, fresh: &[usize]) -> Result<(), Failure> {
        let most = fresh.iter().copied().max().unwrap_or(0);
        for j in self.window - most..self.window {
            self.euler(host, j, self.slopes[self.window - 1])?;
            let mask: Vec<u32> = fresh.iter().map(|fresh| u32::from(j + fresh >= self.window)).collect();
            host.select(self.slots[j + 1], &mask, self.next, self.slots[j + 1])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
