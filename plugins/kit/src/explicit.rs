//! The stages of an explicit Runge-Kutta method on the probability flow, for any [`Tableau`].

use crate::{Coef, Failure, Flow, Host, Node, Span, Step, Tableau, Tensor};

/// The slopes of one step.
#[derive(Debug)]
pub struct Explicit {
    tableau: &'static Tableau,
    flow: Flow,
    /// The slope of each stage.
    pub k: Vec<Tensor>,
}

impl Explicit {
    /// Without tensors yet.
    #[must_use]
    pub fn new(tableau: &'static Tableau, flow: Flow) -> Self {
        Self { tableau, flow, k: Vec::new() }
    }

    /// Makes the tensors.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn begin(&mut self, host: &Host) -> Result<(), Failure> {
        self.k = (0..self.tableau.stages()).map(|_| host.make(c"k_i")).collect::<Result<_, _>>()?;
        Ok(())
    }

    /// The slope of the first stage, at (x, t).
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn first_slope(&self, host: &Host, x: Tensor, t: Coef) -> Result<(), Failure> {
        self.flow.slope_at(host, x, t, self.k[0])
    }

    /// The slopes of the other stages but one that is the result itself (FSAL). `x_i` is room for a stage.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn middle_slopes(&self, host: &Host, (x, x_i): (Tensor, Tensor), span: &Span) -> Result<(), Failure> {
        for i in 1..self.tableau.stages() - usize::from(self.tableau.fsal()) {
            let node = span.node(host, self.tableau.c[i])?;
            self.sum(host, x_i, Some(x), &node, self.tableau.a[i])?;
            self.flow.slope_at(host, x_i, node.tau.as_slice().into(), self.k[i])?;
        }
        Ok(())
    }

    /// A whole step of a fixed grid, from `step.x` to `step.out`; `x_i` is room for a stage.
    ///
    /// To the marked end, where nothing can be evaluated, the formula holds as long as no stage lies there and the
    /// variable has an end: else, and always with `euler_at_end`, the step is [`Flow::clean_step`].
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn step(&self, host: &Host, step: &Step, x_i: Tensor, euler_at_end: bool) -> Result<(), Failure> {
        let inside = !euler_at_end && self.tableau.c.iter().all(|c| *c < 1.0);
        let span = match step.clean() {
            false => Some(self.flow.span(host, step.times().to_vec(), step.ends().to_vec())?),
            true if inside => self.flow.clean_span(host, step)?,
            true => None,
        };
        let Some(span) = span else { return self.flow.clean_step(host, step, x_i) };
        self.first_slope(host, step.x, step.times())?;
        self.middle_slopes(host, (step.x, x_i), &span)?;
        self.result(host, step.x, step.out, &span.node(host, 1.0)?)
    }

    /// `out := x_s`, with `end` the node at c = 1.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn result(&self, host: &Host, x: Tensor, out: Tensor, end: &Node) -> Result<(), Failure> {
        self.sum(host, out, Some(x), end, self.tableau.b)
    }

    /// `out := carry x + gain sum_j weights_j k_j`, without `x` the sum alone. Slopes with weight 0 are not read.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn sum(
        &self,
        host: &Host,
        out: Tensor,
        x: Option<Tensor>,
        node: &Node,
        weights: &[f64],
    ) -> Result<(), Failure> {
        let used = weights.iter().zip(&self.k).filter(|(weight, _)| **weight != 0.0);
        let scaled: Vec<(Vec<f64>, Tensor)> =
            used.map(|(weight, k)| (node.gain.iter().map(|gain| gain * weight).collect(), *k)).collect();
        let state = x.map(|x| (Coef::Each(&node.carry), x));
        let terms: Vec<_> = state.into_iter().chain(scaled.iter().map(|(c, k)| (Coef::Each(c), *k))).collect();
        host.combine(out, &terms)
    }
}
