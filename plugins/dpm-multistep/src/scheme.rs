//! What makes one solver of this library differ from the others, and the parameters that say so.

use crate::bracket::{Form, Second};
use ito_kit::{Param, Plan, Prediction, Values, abi};

/// One formula with its values.
#[derive(Clone, Copy, Debug)]
pub struct Scheme {
    /// X0 for DPM-Solver++, Eps for DPM-Solver.
    pub(crate) predict: Prediction,
    /// Predictions in the mean, once there are so many.
    pub(crate) order: usize,
    pub(crate) second: Second,
    pub(crate) form: Form,
    /// Strength of the noise; 0 is the probability flow.
    pub(crate) eta: f64,
    pub(crate) s_noise: f64,
    /// With fewer intervals than this the last steps take no more predictions than there are steps left.
    lower_below: usize,
}

const SECOND_DOC: &std::ffi::CStr = c"how steps of second order weigh the slope: at the middle of the step, or integrating the line exactly (heun; the authors' code says taylor)";
const LOWER_DOC: &std::ffi::CStr = c"number of steps N at which the last steps take no more predictions than steps are left: below-10 as the authors' code, below-15 as diffusers";
const LOWER: &[&std::ffi::CStr] = &[c"never", c"below-10", c"below-15", c"always"];

/// For solvers of second order of the probability flow.
pub(crate) const TYPE: Param = Param::choice(c"type", &[c"midpoint", c"heun", c"taylor"], 0, SECOND_DOC);
/// For solvers of the reverse SDE and those of third order, whose steps of second order are the first and the last ones.
pub(crate) const TYPE_TWO: Param = Param::choice(c"type", &[c"midpoint", c"heun"], 0, SECOND_DOC);
/// For the third order of k-diffusion.
pub(crate) const TYPE_HEUN: Param = Param::choice(c"type", &[c"midpoint", c"heun"], 1, SECOND_DOC);
pub(crate) const FORM: Param = Param::choice(
    c"form",
    &[c"published", c"exact"],
    0,
    c"second difference of steps of third order: half of the second derivative as published, or all of it",
);
pub(crate) const LOWER_ORDER_FINAL: Param = Param::choice(c"lower_order_final", LOWER, 1, LOWER_DOC);
pub(crate) const LOWER_ORDER_NEVER: Param = Param::choice(c"lower_order_final", LOWER, 0, LOWER_DOC);
pub(crate) const ETA: Param =
    Param::f64(c"eta", 1.0, c"strength of the noise; 0 is the solver of the probability flow").range(0.0, 100.0);
pub(crate) const S_NOISE: Param =
    Param::f64(c"s_noise", 1.0, c"factor of the noise; at other values than 1 the limit has another law")
        .range(0.0, 100.0);

impl Scheme {
    /// A solver of first order.
    pub(crate) fn first(predict: Prediction) -> Self {
        let (second, form) = (Second::Midpoint, Form::Published);
        Self { predict, order: 1, second, form, eta: 0.0, s_noise: 1.0, lower_below: 0 }
    }

    /// A solver of order 2 or 3 of the probability flow.
    pub(crate) fn multistep(predict: Prediction, order: usize, values: &Values) -> Self {
        let second = if values.choice("type") == 0 { Second::Midpoint } else { Second::Heun };
        let exact = order == 3 && values.choice("form") == 1;
        let form = if exact { Form::Exact } else { Form::Published };
        let lower_below = [0, 10, 15, usize::MAX][values.choice("lower_order_final")];
        Self { order, second, form, lower_below, ..Self::first(predict) }
    }

    /// The same on the reverse SDE.
    pub(crate) fn noisy(self, values: &Values) -> Self {
        Self { eta: values.f64("eta"), s_noise: values.f64("s_noise"), ..self }
    }

    /// Predictions in the mean of the step that `left` steps of `steps` begin with, where `made` predictions exist.
    pub(crate) fn order_with(&self, made: usize, left: usize, steps: usize) -> usize {
        let most = if steps < self.lower_below { left } else { self.order };
        self.order.min(made).min(most).max(1)
    }

    /// The order on the probability flow; without noise the plan is that of a deterministic solver.
    pub(crate) fn plan(&self, plan: &mut Plan) {
        let flow = if self.order == 3 && self.form == Form::Published { 2 } else { self.order };
        if self.eta == 0.0 {
            (plan.kind, plan.order, plan.weak_order) = (abi::KIND_ODE, flow as f64, 0.0);
        }
    }
}
