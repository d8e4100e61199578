//! The steps of a fixed grid by an explicit tableau, for the samplers without an error estimate.

use ito_kit::{Explicit, Failure, Flow, Host, ONE_STEP, Param, Plan, Step, Tableau, Tensor, Values};

/// The parameters of methods that evaluate nothing at the end of the step.
pub(crate) const INNER_PARAMS: &[Param] = &[
    Flow::PARAM_OF_THREE,
    Param::choice(
        c"last",
        &[c"formula", c"euler"],
        0,
        c"the step to sigma = 0: the formula where it is finite there, or Euler's, as EDM's code takes it",
    ),
];

/// Flags of all of them.
pub(crate) const FLAGS: u32 = ONE_STEP;

/// A method of a tableau on the flow.
#[derive(Debug)]
pub(crate) struct Fixed {
    method: Explicit,
    euler_at_end: bool,
    x_i: Tensor,
}

impl Fixed {
    /// In sigma and log sigma it divides by alpha.
    pub(crate) fn plan(values: &Values, plan: &mut Plan) {
        Flow::read(values).plan(plan);
    }

    /// Without tensors yet.
    pub(crate) fn new(values: &Values, tableau: &'static Tableau) -> Self {
        Self { method: Explicit::new(tableau, Flow::read(values)), euler_at_end: false, x_i: Tensor::NONE }
    }

    /// For [`INNER_PARAMS`].
    pub(crate) fn inner(values: &Values, tableau: &'static Tableau) -> Self {
        Self { euler_at_end: values.choice("last") == 1, ..Self::new(values, tableau) }
    }

    pub(crate) fn begin(&mut self, host: &Host) -> Result<(), Failure> {
        self.x_i = host.make(c"x_i")?;
        self.method.begin(host)
    }

    pub(crate) fn step(&self, host: &Host, step: &Step) -> Result<(), Failure> {
        self.method.step(host, step, self.x_i, self.euler_at_end)
    }
}
