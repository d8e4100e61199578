//! A pair of explicit Runge-Kutta methods whose difference controls the step, row by row; the pair must be
//! FSAL (the slope of the last stage is the first of the next step).

use crate::{
    Coef, Control, DROPPED, Explicit, Failure, Flow, Host, KEPT, ONE_STEP, PER_ROW_STEP, Param, Plan, Prediction,
};
use crate::{Problem, Span, Step, Tableau, Tensor, Values, abi, first_step, probe_step};

const OFF: usize = 2;

/// The parameters of every pair.
pub const PAIR_PARAMS: &[Param] = &[
    Flow::PARAM,
    Param::f64(c"rtol", 1e-5, c"relative tolerance of a step; 1e-5 as score_sde").range(0.0, 1.0).above_min(),
    Param::f64(c"atol", 1e-5, c"absolute tolerance of a step; 1e-5 as score_sde").range(0.0, 1e3).above_min(),
    Param::choice(
        c"control",
        &[c"i", c"pi", c"off"],
        0,
        c"step control: I as scipy's RK45, PI as DOPRI5, or off: the steps of the grid",
    ),
    Param::f64(c"safety", 0.9, c"aims at this share of the largest step the tolerance allows").range(0.1, 1.0),
    Param::f64(c"min_factor", 0.2, c"smallest factor from one step to the next").range(0.01, 1.0),
    Param::f64(c"max_factor", 10.0, c"largest factor from one step to the next").range(1.0, 100.0),
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
    error_weights: Vec<f64>,
    /// Without control the steps are those of the grid.
    control: Option<Control>,
    /// atol, rtol
    tolerance: (f64, f64),
    /// All rows share one error, and so one step.
    batch_wide: bool,
    first_step: Option<f64>,
    x_i: Tensor,
    zero: Tensor,
    one: Tensor,
    /// The error of the last accepted try, in every element of a row: rows that are done leave the lists of a
    /// step, and only a tensor keeps its rows where they are. PI control alone needs it.
    last_error: Tensor,
}

impl Pair {
    /// Kind and flags by the parameters; with control off the pair is an ordinary one-step method.
    pub fn plan(values: &Values, plan: &mut Plan) {
        Flow::read(values).plan(plan);
        if values.choice("control") == OFF {
            plan.flags = plan.flags & !PER_ROW_STEP | ONE_STEP;
            plan.kind = abi::KIND_ODE;
        }
    }

    /// Reads the parameters.
    #[must_use]
    pub fn new(values: &Values, tableau: &'static Tableau) -> Self {
        let flow = Flow::read(values);
        let (choice, q) = (values.choice("control"), tableau.embedded.map_or(tableau.order, |(_, q)| q));
        let control = Control {
            k: tableau.order.min(q) as f64 + 1.0,
            beta: if choice == 1 { 0.04 } else { 0.0 },
            safety: values.f64("safety"),
            min_factor: values.f64("min_factor"),
            max_factor: values.f64("max_factor"),
        };
        Self {
            method: Explicit::new(tableau, flow),
            flow,
            error_weights: tableau.error_weights(),
            control: (choice != OFF).then_some(control),
            tolerance: (values.f64("atol"), values.f64("rtol")),
            batch_wide: false,
            first_step: values.get_f64("first_step"),
            x_i: Tensor::NONE,
            zero: Tensor::NONE,
            one: Tensor::NONE,
            last_error: Tensor::NONE,
        }
    }

    /// One error for the whole batch, the root mean square over its rows: what a solver of one long vector does. A
    /// sample then depends on the others of its batch; for comparisons only.
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
        if control.beta > 0.0 {
            (self.one, self.last_error) = (host.make(c"one")?, host.make(c"last_error")?);
            host.clamp(self.one, self.zero, 1.0, 1.0)?;
            host.combine(self.last_error, &[(Control::LAST_ERROR.into(), self.one)])?;
        }
        self.method.first_slope(host, problem.x, problem.times[0].into())?;
        let mut steps = match self.first_step {
            Some(h) => vec![h; problem.rows],
            None => self.hairer(host, problem, control.k)?,
        };
        if self.batch_wide {
            let least = steps.iter().copied().fold(f64::INFINITY, f64::min);
            steps.fill(least);
        }
        problem.set_first_steps(&steps);
        Ok(())
    }

    /// The first steps by Hairer's rule, for dx/dt in both variables.
    fn hairer(&self, host: &Host, problem: &Problem, k: f64) -> Result<Vec<f64>, Failure> {
        let (x, t) = (problem.x, problem.times[0]);
        let length = t - problem.times.iter().copied().fold(t, f64::min);
        let (velocity, probe) = match self.flow {
            Flow::T => (self.method.k[0], self.method.k[2]),
            Flow::Sigma => {
                let at_t = host.point(t)?;
                let of_eps = at_t.diffusion2 / (2.0 * at_t.sigma);
                host.combine(self.method.k[1], &[(at_t.drift.into(), x), (of_eps.into(), self.method.k[0])])?;
                (self.method.k[1], self.method.k[2])
            }
        };
        let norm = |a, b, out: &mut [f64]| host.error_norm((a, b), (x, x), self.tolerance, out);
        let (mut d0, mut d1, mut d2) = (vec![0.0; problem.rows], vec![0.0; problem.rows], vec![0.0; problem.rows]);
        norm(x, self.zero, &mut d0)?;
        norm(velocity, self.zero, &mut d1)?;
        let h0: Vec<f64> = d0.iter().zip(&d1).map(|(d0, d1)| probe_step(*d0, *d1, length)).collect();
        let back: Vec<f64> = h0.iter().map(|h0| -h0).collect();
        let t0: Vec<f64> = h0.iter().map(|h0| t - h0).collect();
        host.combine(probe, &[(1.0.into(), x), (Coef::Each(&back), velocity)])?;
        host.eval(probe, t0.as_slice(), Prediction::Velocity, probe)?;
        norm(probe, velocity, &mut d2)?;
        Ok((0..problem.rows).map(|row| first_step(h0[row], d1[row], d2[row] / h0[row], k, length)).collect())
    }

    /// Tries a step.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        if step.clean() {
            self.flow.clean_step(host, step, self.x_i)?;
            let (accept, error, next) = step.verdict();
            accept.fill(1);
            error.fill(0.0);
            next.fill(1.0);
            return Ok(());
        }
        let span = self.flow.span(host, step.times().to_vec(), step.ends().to_vec())?;
        match self.control {
            Some(control) => self.try_step(host, step, &span, control),
            None => {
                self.method.first_slope(host, step.x, step.times())?;
                self.method.middle_slopes(host, (step.x, self.x_i), &span)?;
                self.method.result(host, step.x, step.out, &span.node(host, 1.0)?)
            }
        }
    }

    fn try_step(&self, host: &Host, step: &mut Step, span: &Span, control: Control) -> Result<(), Failure> {
        let rows = step.rows;
        let k = &self.method.k;
        let dropped: Vec<bool> = step.fate().iter().map(|fate| *fate == DROPPED).collect();
        let kept: Vec<u32> = step.fate().iter().map(|fate| u32::from(*fate == KEPT)).collect();
        let (first, last) = (k[0], k[k.len() - 1]);
        host.select(first, &kept, last, first)?;
        self.method.middle_slopes(host, (step.x, self.x_i), span)?;
        let end = span.node(host, 1.0)?;
        self.method.result(host, step.x, step.out, &end)?;
        host.eval(step.out, step.ends(), self.flow.slope(), last)?;

        self.method.sum(host, self.x_i, None, &end, &self.error_weights)?;
        let (mut error, mut last_error) = (vec![0.0; rows], vec![1.0; rows]);
        host.error_norm((self.x_i, self.zero), (step.x, step.out), self.tolerance, &mut error)?;
        if self.batch_wide {
            let mean_square = error.iter().map(|e| e * e).sum::<f64>() / rows as f64;
            error.fill(mean_square.sqrt());
        }
        if control.beta > 0.0 {
            host.rms(self.last_error, &mut last_error)?;
        }
        let h: Vec<f64> = (0..rows).map(|row| step.times().at(row) - step.ends().at(row)).collect();
        let (accept, ratio, next) = step.verdict();
        for row in 0..rows {
            accept[row] = u32::from(Control::accepts(error[row]));
            ratio[row] = error[row];
            next[row] = h[row] * control.factor(error[row], last_error[row], dropped[row]);
            if accept[row] != 0 {
                last_error[row] = error[row].max(Control::LAST_ERROR);
            }
        }
        if control.beta > 0.0 {
            host.combine(self.last_error, &[(Coef::Each(&last_error), self.one)])?;
        }
        Ok(())
    }
}
