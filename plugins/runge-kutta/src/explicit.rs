//! The stages of an explicit Runge-Kutta method on the probability flow, for any [`Tableau`].

use ito_kit::{Coef, Failure, Flow, Host, Node, Span, Tableau, Tensor};

const NAMES: [&std::ffi::CStr; 7] = [c"k_1", c"k_2", c"k_3", c"k_4", c"k_5", c"k_6", c"k_7"];

/// The slopes of one step.
#[derive(Debug)]
pub(crate) struct Explicit {
    tableau: &'static Tableau,
    flow: Flow,
    /// `k[i]`, the slope of stage i.
    pub(crate) k: Vec<Tensor>,
}

impl Explicit {
    pub(crate) fn new(tableau: &'static Tableau, flow: Flow) -> Self {
        Self { tableau, flow, k: Vec::new() }
    }

    /// Makes the tensors of `stages` slopes.
    pub(crate) fn begin(&mut self, host: &Host, stages: usize) -> Result<(), Failure> {
        self.k = NAMES[..stages].iter().map(|name| host.make(name)).collect::<Result<_, _>>()?;
        Ok(())
    }

    /// The first slope, at (x, t).
    pub(crate) fn first_slope(&self, host: &Host, x: Tensor, t: Coef) -> Result<(), Failure> {
        host.eval(x, t, self.flow.slope(), self.k[0])
    }

    /// The slopes of the stages in `range`; those before are known. `x_i` is room for the state of a stage.
    pub(crate) fn slopes(
        &self,
        host: &Host,
        (x, x_i): (Tensor, Tensor),
        span: &Span,
        range: std::ops::Range<usize>,
    ) -> Result<(), Failure> {
        for i in range {
            let node = span.node(host, self.tableau.c[i])?;
            self.sum(host, x_i, Some(x), &node, self.tableau.a[i])?;
            host.eval(x_i, node.tau.as_slice(), self.flow.slope(), self.k[i])?;
        }
        Ok(())
    }

    /// `out := carry x + gain sum_j weights_j k_j`; without `x` the sum alone. Weights of 0 are left out.
    pub(crate) fn sum(
        &self,
        host: &Host,
        out: Tensor,
        x: Option<Tensor>,
        node: &Node,
        weights: &[f64],
    ) -> Result<(), Failure> {
        let used = weights.iter().zip(&self.k).filter(|(w, _)| **w != 0.0);
        let scaled: Vec<(Vec<f64>, Tensor)> =
            used.map(|(w, k)| (node.gain.iter().map(|gain| gain * w).collect(), *k)).collect();
        let state = x.map(|x| (Coef::Each(&node.carry), x));
        let terms: Vec<_> = state.into_iter().chain(scaled.iter().map(|(c, k)| (Coef::Each(c), *k))).collect();
        host.combine(out, &terms)
    }
}
