//! A pair of explicit Runge-Kutta methods whose difference controls the step, row by row.
//!
//! Where the last stage is the result (FSAL), its slope is the first of the next step, and a try costs one evaluation
//! less than the method has stages; else the first slope is evaluated at each try, after a rejected one too: the rows of
//! a batch are evaluated together, so that a row whose slope is still known would pay whenever another needs its own.

use crate::clock::Clock;
use crate::{
    BATCH_WIDE, Coef, Control, DROPPED, Explicit, Failure, Flow, Host, KEPT, Node, ONE_STEP, PER_ROW_STEP, Param, Plan,
};
use crate::{Problem, Step, Tableau, Tensor, Values, abi, first_step, probe_step};

const PI: usize = 1;
const PID: usize = 2;
const OFF: usize = 3;
/// The alternative of `over` with one error for all rows.
const BATCH_RMS: usize = 1;

/// The parameters of every pair.
pub const PAIR_PARAMS: &[Param] = &[
    Flow::PARAM_OF_THREE,
    Param::f64(c"rtol", 1e-5, c"relative tolerance of a step; 1e-5 as score_sde").range(0.0, 1.0).above_min(),
    Param::f64(c"atol", 1e-5, c"absolute tolerance of a step; 1e-5 as score_sde").range(0.0, 1e3).above_min(),
    Param::choice(
        c"control",
        &[c"i", c"pi", c"pid", c"off"],
        0,
        c"step control: I as scipy's RK45, PI as DOPRI5, PID by its gains, or off: the steps of the grid",
    ),
    Param::f64(c"gain_i", 0.47, c"control pid: integral gain times k; the gains are ARKODE's, 2/9, -2/9, 1/18 are H312PID's")
        .range(0.0, 2.0),
    Param::f64(c"gain_p", 0.01, c"control pid: proportional gain times k").range(-2.0, 2.0),
    Param::f64(c"gain_d", 0.1, c"control pid: derivative gain times k").range(-2.0, 2.0),
    Param::f64(c"safety", 0.9, c"aims at this share of the largest step the tolerance allows").range(0.1, 1.0),
    Param::f64(c"min_factor", 0.2, c"smallest factor from one step to the next").range(0.01, 1.0),
    Param::f64(c"max_factor", 10.0, c"largest factor from one step to the next").range(1.0, 100.0),
    Param::bool(
        c"never_shrink",
        false,
        c"after an accepted try the next is no shorter, and may grow although one was rejected: as diffrax and torchdiffeq",
    ),
    Param::choice(
        c"over",
        &[c"sample", c"batch-rms"],
        0,
        c"the elements that share an error and a step: those of a sample, or of the whole batch, as a solver of one long vector (scipy, torchdiffeq); a sample then depends on the others of its batch",
    ),
    Param::optional_f64(
        c"first_step",
        c"first step; by default Hairer's rule chooses one for each sample, for one evaluation",
    )
    .range(0.0, f64::INFINITY)
    .above_min()
    .unit(c"time"),
];

/// A sampler's steps by such a pair; its parameters are [`PAIR_PARAMS`].
#[derive(Debug)]
pub struct Pair {
    method: Explicit,
    flow: Flow,
    fsal: bool,
    error_weights: Vec<f64>,
    /// Weights of a second estimate, of lower order; see [`Pair::with_second`].
    second: Option<Vec<f64>>,
    /// Without control the steps are those of the grid.
    control: Option<Control>,
    filter: Option<[f64; 3]>,
    clock: Option<Clock>,
    never_shrink: bool,
    /// atol, rtol
    tolerance: (f64, f64),
    /// All rows share one error, and so one step.
    batch_wide: bool,
    first_step: Option<f64>,
    x_i: Tensor,
    zero: Tensor,
    /// The errors of the last two accepted tries of each row.
    errors: Vec<[f64; 2]>,
}

impl Pair {
    /// Kind and flags by the parameters; with control off the pair is an ordinary one-step method.
    pub fn plan(values: &Values, plan: &mut Plan) {
        Flow::read(values).plan(plan);
        if values.choice("control") == OFF {
            plan.flags = plan.flags & !PER_ROW_STEP | ONE_STEP;
            plan.kind = abi::KIND_ODE;
        } else if values.choice("over") == BATCH_RMS {
            plan.flags |= BATCH_WIDE;
        }
    }

    /// Reads the parameters.
    #[must_use]
    pub fn new(values: &Values, tableau: &'static Tableau) -> Self {
        let flow = Flow::read(values);
        let (choice, q) = (values.choice("control"), tableau.embedded.map_or(tableau.order, |(_, q)| q));
        let control = Control {
            k: tableau.order.min(q) as f64 + 1.0,
            beta: if choice == PI { 0.04 } else { 0.0 },
            safety: values.f64("safety"),
            min_factor: values.f64("min_factor"),
            max_factor: values.f64("max_factor"),
        };
        let [i, p, d] = ["gain_i", "gain_p", "gain_d"].map(|gain| values.f64(gain));
        Self {
            method: Explicit::new(tableau, flow),
            flow,
            fsal: tableau.fsal(),
            error_weights: tableau.error_weights(),
            second: None,
            control: (choice != OFF).then_some(control),
            filter: (choice == PID).then_some([i + p + d, -p - 2.0 * d, d]),
            clock: None,
            never_shrink: values.bool("never_shrink"),
            tolerance: (values.f64("atol"), values.f64("rtol")),
            batch_wide: values.choice("over") == BATCH_RMS,
            first_step: values.get_f64("first_step"),
            x_i: Tensor::NONE,
            zero: Tensor::NONE,
            errors: Vec::new(),
        }
    }

    /// A second estimate e_3 of order q_3 beside the tableau's e_5 of order q_5, for the error
    /// `|e_5|²/√(|e_5|² + |e_3|²/100)` of order 2 q_5 − q_3 + 1; Hairer, Nørsett and Wanner I, section II.10.
    /// `weights` are those of a third result.
    #[must_use]
    pub fn with_second(self, tableau: &Tableau, (weights, q_3): (&[f64], usize)) -> Self {
        let second = Some(tableau.b.iter().zip(weights).map(|(b, e)| b - e).collect());
        let k = |k: f64| 2.0 * k - (q_3 as f64 + 1.0);
        let control = self.control.map(|control| Control { k: k(control.k), ..control });
        Self { second, control, ..self }
    }

    /// One error for the whole batch, the root mean square over its rows: what a solver of one long vector does. A
    /// sample then depends on the others of its batch; for comparisons only, by a sampler with the flag
    /// [`BATCH_WIDE`].
    #[must_use]
    pub fn batch_wide(self) -> Self {
        Self { batch_wide: true, ..self }
    }

    /// Makes the tensors, and the first steps.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        self.method.begin(host)?;
        self.x_i = host.make(c"x_i")?;
        let Some(control) = self.control else { return Ok(()) };
        self.zero = host.make(c"zero")?;
        // A filter begins as if the tries before had been just right, DOPRI5 as if they had been much too short.
        let before = if self.filter.is_some() { 1.0 } else { Control::LAST_ERROR };
        self.errors = vec![[before; 2]; problem.rows];
        self.method.first_slope(host, problem.x, problem.times[0].into())?;
        let t_end = problem.times.iter().copied().fold(f64::INFINITY, f64::min);
        let clock = Clock::new(host, self.flow, t_end)?;
        self.clock = Some(clock);
        let steps = match self.first_step {
            Some(h) => vec![h; problem.rows],
            None => self.hairer(host, problem, clock, control.k)?,
        };
        problem.set_first_steps(&steps);
        Ok(())
    }

    /// The first steps by Hairer's rule, in the variable of control.
    fn hairer(&self, host: &Host, problem: &Problem, clock: Clock, k: f64) -> Result<Vec<f64>, Failure> {
        let (x, t, rows) = (problem.x, problem.times[0], problem.rows);
        let length = clock.left(host, t)?;
        let (slope, probe) = (clock.slope(host, self.flow, (x, self.method.k[0]), t, self.method.k[1])?, self.x_i);
        let norm = |a, b, out: &mut [f64]| {
            host.error_norm((a, b), (x, x), self.tolerance, out)?;
            self.share(out);
            Ok::<(), Failure>(())
        };
        let (mut d0, mut d1, mut d2) = (vec![0.0; rows], vec![0.0; rows], vec![0.0; rows]);
        norm(x, self.zero, &mut d0)?;
        norm(slope, self.zero, &mut d1)?;
        let h0: Vec<f64> = d0.iter().zip(&d1).map(|(d0, d1)| probe_step(*d0, *d1, length)).collect();
        let back: Vec<f64> = h0.iter().map(|h0| -h0).collect();
        let begin = vec![t; rows];
        let t0: Vec<f64> = clock.steps(host, &begin, &h0)?.iter().map(|h| t - h).collect();
        host.combine(probe, &[(1.0.into(), x), (Coef::Each(&back), slope)])?;
        clock.eval(host, probe, &t0)?;
        norm(probe, slope, &mut d2)?;
        let first = |row: usize| first_step(h0[row], d1[row], d2[row] / h0[row], k, length);
        clock.steps(host, &begin, &(0..rows).map(first).collect::<Vec<f64>>())
    }

    /// Tries a step; without control takes it. With control the interval to the marked end is the host's, which takes
    /// the prediction of x0 there.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let (Some(control), Some(clock)) = (self.control, self.clock) else {
            return self.method.step(host, step, self.x_i, true);
        };
        self.try_step(host, step)?;
        self.judge(host, step, control, clock)
    }

    /// The proposal, and its error into the verdict.
    fn try_step(&self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let span = self.flow.span(host, step.times().to_vec(), step.ends().to_vec())?;
        let k = &self.method.k;
        let (first, last) = (k[0], k[k.len() - 1]);
        if self.fsal {
            let kept: Vec<u32> = step.fate().iter().map(|fate| u32::from(*fate == KEPT)).collect();
            host.select(first, &kept, last, first)?;
        } else if step.index > 0 {
            // `begin` has made that of the first try.
            self.method.first_slope(host, step.x, step.times())?;
        }
        self.method.middle_slopes(host, (step.x, self.x_i), &span)?;
        let end = span.node(host, 1.0)?;
        self.method.result(host, step.x, step.out, &end)?;
        if self.fsal {
            self.flow.slope_at(host, step.out, step.ends(), last)?;
        }
        let mut error = vec![0.0; step.rows];
        self.estimate(host, step, &end, &self.error_weights, &mut error)?;
        if let Some(second) = &self.second {
            let mut other = vec![0.0; step.rows];
            self.estimate(host, step, &end, second, &mut other)?;
            error.iter_mut().zip(&other).filter(|(e, _)| **e != 0.0).for_each(|(e, e3)| *e *= *e / e.hypot(0.1 * e3));
        }
        step.verdict().1.copy_from_slice(&error);
        Ok(())
    }

    /// `error :=` RMS of `gain sum_i weights_i k_i` over the tolerance, one a row.
    fn estimate(
        &self,
        host: &Host,
        step: &Step,
        end: &Node,
        weights: &[f64],
        error: &mut [f64],
    ) -> Result<(), Failure> {
        self.method.sum(host, self.x_i, None, end, weights)?;
        host.error_norm((self.x_i, self.zero), (step.x, step.out), self.tolerance, error)?;
        self.share(error);
        Ok(())
    }

    /// The root mean square of a norm over the rows in place of each row's own, where the batch shares its steps.
    fn share(&self, norms: &mut [f64]) {
        if self.batch_wide {
            let mean_square = norms.iter().map(|e| e * e).sum::<f64>() / norms.len() as f64;
            norms.fill(mean_square.sqrt());
        }
    }

    /// Accepts or not, and chooses the next step, by the errors of the verdict.
    fn judge(&mut self, host: &Host, step: &mut Step, control: Control, clock: Clock) -> Result<(), Failure> {
        let dropped: Vec<bool> = step.fate().iter().map(|fate| *fate == DROPPED && !self.never_shrink).collect();
        let rows: Vec<usize> = step.row().iter().map(|row| *row as usize).collect();
        let (t, s) = (step.times().to_vec(), step.ends().to_vec());
        let mut h = clock.lengths(host, &t, &s)?;
        let (accept, error, next) = step.verdict();
        for i in 0..rows.len() {
            let [last, before] = self.errors[rows[i]];
            let mut factor = match self.filter {
                Some(weights) => control.filtered(weights, [error[i], last, before], dropped[i]),
                None => control.factor(error[i], last, dropped[i]),
            };
            accept[i] = u32::from(Control::accepts(error[i]));
            if accept[i] != 0 {
                factor = if self.never_shrink { factor.max(1.0) } else { factor };
                self.errors[rows[i]] = [error[i].max(Control::LAST_ERROR), last];
            }
            h[i] *= factor;
        }
        let from: Vec<f64> = (0..rows.len()).map(|i| if accept[i] != 0 { s[i] } else { t[i] }).collect();
        next.copy_from_slice(&clock.steps(host, &from, &h)?);
        Ok(())
    }
}
