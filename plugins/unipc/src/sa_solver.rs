//! `sa-solver`: stochastic Adams methods in lambda, predictor and corrector, one evaluation a step.
//!
//! Equation, with h = lambda_s − lambda_t, u the distance in lambda from t and m(u) the polynomial through the newest
//! predictions of x0: `x_s = sigma_s/sigma_t e^{−tau² h} x_t + (1 + tau²) alpha_s int_0^h e^{−(1 + tau²)(h − u)} m(u) du +
//! sigma_s √(1 − e^{−2 tau² h}) z`, z the normalised increment of the sample's path from t to s; with `predict: eps`
//! `x_s = alpha_s/alpha_t x_t − (1 + tau²) sigma_s int_0^h e^{h − u} m(u) du + tau sigma_s √(e^{2h} − 1) z`. The predictor
//! takes `predictor_order` values of the past, the corrector `corrector_order` values, that at s (from the predicted
//! state) among them, and the same z. In x0, with two values and `rescale`, the slope is weighted by h²/2 in place of
//! the integral.
//! tau is constant where sigma_s/alpha_s lies between `tau_from` and `tau_to`, else 0; where `final: mean` leaves out the
//! last noise, the last step has tau = 0, as published.
//! Source: Xue et al. 2023 (SA-Solver), equations 15 (predictor) and 18 (corrector), appendix D (rescale), appendix A.2.4
//! (x0 rather than eps), as its code cites them; eps: that code, `noise_prediction`.
//! Kind: sde; ode with tau = 0, bit for bit without noise, which is `unipc` bh1 (in eps, or without rescale, `unipc-v`)
//! at `corrector_order` one above `predictor_order`. Order: strong 1, because the noise is additive and its integral is
//! replaced by its increment. Weak min(2, k) with k = min(corrector_order, predictor_order + 1), or predictor_order
//! without corrector: what a prediction gains from the noise of a step enters the slope of the next. With tau = 0 the
//! order is k, at most 2 with `lower_order_final`. Evaluations a step: 1.
//! Choose it for SDE sampling at 20 to 100 evaluations with orders 3 and 4; the larger tau, the more steps it needs. eps
//! only to compare: its step multiplies the noise of a state by 1 + tau² − tau² e^h, so that long steps overshoot. On
//! eight Gaussians, vp, it takes 100 steps to the law that x0 has at 20, and 30 at tau = 0.4.
//! At the marked end alpha = 1, sigma = 0 the step is its limit of order 1, the prediction of x0 made last.

use crate::interval::Interval;
use crate::pec::{Orders, Pec};
use crate::shared::{PREDICT, prediction};
use crate::weights::{Half, Rule};
use ito_kit::{FINAL_MEAN, Failure, Host, Info, Kind, NEEDS_ALPHA, Param, Plan, Prediction};
use ito_kit::{Problem, Sampler, Step, Values, abi};

/// See the module.
#[derive(Debug)]
pub struct SaSolver {
    tau: f64,
    from: f64,
    to: f64,
    prediction: Prediction,
    rule: Rule,
    pec: Pec,
}

fn orders(values: &Values) -> Orders {
    Orders {
        predictor: values.i64("predictor_order") as usize,
        corrector: values.i64("corrector_order") as usize,
        lower_order_final: values.bool("lower_order_final"),
        correct_last: false,
    }
}

impl Sampler for SaSolver {
    const INFO: Info = Info {
        id: c"sa-solver",
        name: c"SA-Solver",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Stochastic Adams predictor and corrector in lambda with noise of strength tau, one evaluation a step.",
        equation: c"x_s = sigma_s/sigma_t e^(-tau^2 h) x_t + (1 + tau^2) alpha_s int_0^h e^(-(1 + tau^2)(h - u)) m(u) du + sigma_s sqrt(1 - e^(-2 tau^2 h)) z; h = lambda_s - lambda_t, m the polynomial through predictions of x0; eps: x_s = alpha_s/alpha_t x_t - (1 + tau^2) sigma_s int_0^h e^(h - u) m(u) du + tau sigma_s sqrt(e^(2h) - 1) z",
        source: c"Xue et al. 2023 (SA-Solver), equations 15 and 18, appendix D; its code, noise_prediction, for eps",
        choose: c"SDE sampling at 20 to 100 evaluations with orders 3 and 4; the larger tau, the more steps it needs. With tau = 0 a deterministic predictor-corrector. predict: eps only to compare: at tau = 1 it takes 100 steps to what x0 has at 20.",
        kind: Kind::Sde,
        order: 1.0,
        weak_order: 2.0,
        flags: NEEDS_ALPHA | FINAL_MEAN,
        params: &[
            PREDICT,
            Param::f64(c"tau", 1.0, c"strength of the noise: 0 is the probability flow, 1 the reverse SDE")
                .range(0.0, 100.0),
            Param::f64(c"tau_from", 0.0, c"the smallest sigma/alpha at the end of a step with noise").range(0.0, f64::INFINITY),
            Param::optional_f64(c"tau_to", c"the largest sigma/alpha at the end of a step with noise; none if absent")
                .range(0.0, f64::INFINITY),
            Param::i64(c"predictor_order", 3, c"values the predictor takes").range(1.0, 4.0),
            Param::i64(c"corrector_order", 4, c"values the corrector takes, that at s among them; 0: no corrector")
                .range(0.0, 4.0),
            Param::bool(c"rescale", true, c"in x0 with two values, weight the slope by h^2/2, as published for few steps"),
            Param::bool(c"lower_order_final", true, c"the orders fall towards the end, to 1 in the last step"),
        ],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        let orders = orders(values);
        plan.weak_order = orders.of_steps().min(2) as f64;
        if values.f64("tau") == 0.0 {
            (plan.kind, plan.order, plan.weak_order) = (abi::KIND_ODE, orders.order() as f64, 0.0);
            plan.flags &= !FINAL_MEAN;
        }
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let to = values.get_f64("tau_to").unwrap_or(f64::INFINITY);
        let prediction = prediction(values);
        let rescale = values.bool("rescale") && prediction == Prediction::X0;
        let rule = if rescale { Rule::Halved(Half::Bh1) } else { Rule::Exact };
        let pec = Pec::new(orders(values), prediction);
        Ok(Self { tau: values.f64("tau"), from: values.f64("tau_from"), to, prediction, rule, pec })
    }

    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        self.pec.begin(host, problem.times.len() - 1)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        if step.clean() {
            return self.pec.clean(host, step);
        }
        let (at_t, at_s) = (host.point(step.t()?)?, host.point(step.s()?)?);
        let noisy = !step.mean() && (self.from..=self.to).contains(&at_s.ratio);
        let interval = Interval::of(self.prediction, &at_t, &at_s, if noisy { self.tau } else { 0.0 });
        // A step without noise inside a run with noise draws too, with scale 0: draws are then one a step.
        let draw = self.tau > 0.0 && !step.mean();
        self.pec.step(host, step, &interval, self.rule, draw)
    }
}

#[cfg(test)]
mod tests;
