//! What makes one solver of this library differ from the others, and the parameters that say so.

use crate::bracket::{Form, Second};
use ito_kit::{FINAL_MEAN, Param, Plan, Prediction, Values, abi};

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

    /// The order on the probability flow; without noise the plan is that of a deterministic solver. The weak order is that
    /// to p, which is not the law of the limit with other noise than the SDE's.
    pub(crate) fn plan(&self, plan: &mut Plan) {
        let flow = if self.order == 3 && self.form == Form::Published { 2 } else { self.order };
        if self.eta == 0.0 {
            // A last step of order 1, however long the run, costs an error of N^-2.
            let flow = if self.lower_below == usize::MAX { flow.min(2) } else { flow };
            (plan.kind, plan.order, plan.weak_order) = (abi::KIND_ODE, flow as f64, 0.0);
            plan.flags &= !FINAL_MEAN;
        } else if self.s_noise != 1.0 {
            plan.weak_order = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::multistep::Multistep;
    use crate::{Dpm3m, Dpmpp2mSde, Dpmpp3m, DpmppSde, SdeDpmpp1};
    use ito_kit::Sampler;
    use ito_kit::abi::{FINAL_MEAN, KIND_ODE, KIND_SDE};
    use ito_kit::testing::{CIRCLE, Given, Run};

    const RUN: Run = Run { times: &[1.2, 0.9, 0.5], ..Run::new(&CIRCLE, 1.0) };

    #[test]
    fn a_last_step_of_order_1_leaves_order_2() {
        fn order<S: Sampler>(form: &str, lower: &str) -> f64 {
            let params = [("form", Given::Choice(form)), ("lower_order_final", Given::Choice(lower))];
            Run { params: &params, ..RUN }.planned::<S>().unwrap().order
        }
        for of in [order::<Multistep<Dpmpp3m>>, order::<Multistep<Dpm3m>>] {
            let exact = ["never", "below-10", "below-15", "always"].map(|lower| of("exact", lower));
            assert_eq!((exact, of("published", "never")), ([3.0, 3.0, 3.0, 2.0], 2.0));
        }
    }

    #[test]
    fn other_noise_than_that_of_the_sde_claims_no_law() {
        fn claims<S: Sampler>(eta: f64, s_noise: f64) -> (u32, f64, bool) {
            let params = [("eta", Given::F64(eta)), ("s_noise", Given::F64(s_noise))];
            let plan = Run { params: &params, ..RUN }.planned::<S>().unwrap();
            (plan.kind, plan.weak_order, plan.flags & FINAL_MEAN != 0)
        }
        for (of, weak) in [
            (claims::<Multistep<SdeDpmpp1>> as fn(f64, f64) -> _, 1.0),
            (claims::<Multistep<Dpmpp2mSde>>, 2.0),
            (claims::<DpmppSde>, 2.0),
        ] {
            assert_eq!((of(1.0, 1.0), of(0.5, 1.0)), ((KIND_SDE, weak, true), (KIND_SDE, weak, true)));
            assert_eq!((of(1.0, 1.003), of(0.0, 1.003)), ((KIND_SDE, 0.0, true), (KIND_ODE, 0.0, false)));
        }
    }
}
