//! What `unipc` and `unipc-v` share: parameters, plan, and the step in x0 or eps.

use crate::interval::Interval;
use crate::pec::{Orders, Pec};
use crate::weights::Rule;
use ito_kit::{Failure, Host, Param, Plan, Prediction, Step, Values};

pub(crate) const ORDER: Param = Param::i64(c"order", 3, c"p: values the predictor takes").range(1.0, 4.0);
pub(crate) const PREDICT: Param =
    Param::choice(c"predict", &[c"x0", c"eps"], 0, c"the prediction that is interpolated: x0, or eps");
pub(crate) const CORRECTOR: Param =
    Param::bool(c"corrector", true, c"correct each state but the last with the evaluation that the next step needs");
pub(crate) const LOWER_ORDER_FINAL: Param = Param::bool(
    c"lower_order_final",
    true,
    c"the order falls towards the end, to 1 in the last step, as in published tables: far better at few steps where the last is long in lambda, as on grids uniform in t; the whole is then of order 2",
);
pub(crate) const CORRECT_LAST: Param = Param::bool(
    c"correct_last",
    false,
    c"correct the last state too, for one more evaluation; the order then falls to 2 only. As a grid whose last step has length zero",
);

/// That of [`PREDICT`].
pub(crate) fn prediction(values: &Values) -> Prediction {
    if values.choice("predict") == 0 { Prediction::X0 } else { Prediction::Eps }
}

/// The values each part takes.
pub(crate) fn orders(values: &Values) -> Orders {
    let predictor = values.i64("order") as usize;
    let corrector = values.bool("corrector");
    Orders {
        predictor,
        corrector: if corrector { predictor + 1 } else { 0 },
        lower_order_final: values.bool("lower_order_final"),
        correct_last: values.bool("correct_last"),
    }
}

/// Evaluations and order.
pub(crate) fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
    if values.bool("correct_last") && !values.bool("corrector") {
        return Err(
            "`correct_last: true` asks for a corrector, which `corrector: false` takes away: leave one out".into()
        );
    }
    let orders = orders(values);
    plan.order = orders.order() as f64;
    plan.evaluations += u64::from(orders.correct_last);
    Ok(())
}

/// The loop of a sampler of the probability flow.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) pec: Pec,
    prediction: Prediction,
    rule: Rule,
}

impl Core {
    pub(crate) fn new(values: &Values, rule: Rule) -> Self {
        let prediction = prediction(values);
        Self { pec: Pec::new(orders(values), prediction), prediction, rule }
    }

    pub(crate) fn step(&mut self, host: &Host, step: &Step) -> Result<(), Failure> {
        if step.clean() {
            return self.pec.clean(host, step);
        }
        let (at_t, at_s) = (host.point(step.t()?)?, host.point(step.s()?)?);
        let interval = Interval::of(self.prediction, &at_t, &at_s, 0.0);
        self.pec.step(host, step, &interval, self.rule, false)
    }
}
