//! The stages of singlestep DPM-Solver and DPM-Solver++ of orders 1 to 3, one after the other within a step.
//!
//! With `E(x, t → s; m, …)` the line of [`advance`] through predictions m made so far:
//! `u_1 = E(x_t, t → s_1; m_0)`, `u_2 = E(x_t, t → s_2; m_0, m_1)` with the exact integral,
//! order 1 `x_s = E(x_t; m_0)`, order 2 `x_s = E(x_t; m_0, m_1)`, order 3 `x_s = E(x_t; m_0, m_2)` for
//! `type: dpmsolver`, `E(x_t; m_0, m_1, m_2)` for `taylor`; s_1 and s_2 lie at the shares r_1 and r_2 of the step in
//! lambda.
//!
//! Order 3 needs r_2 = 2/3, whatever r_1 and the type: at h → 0 the weights must satisfy `b_3 a_32 r_1 = 1/6` (Hairer,
//! Nørsett and Wanner I, section II.2), where `a_32 = r_2²/(2 r_1)`. In `dpmsolver` `b_3 = 1/(2 r_2)`, so that
//! r_2/4 = 1/6; in `taylor` `b_3 = (1/3 − r_1/2)/(r_2 (r_2 − r_1))`, which gives r_2 = 2/3 again. Other r_2 give order
//! 2.

use crate::exponential::{Predict, Rule, advance};
use crate::place::Place;
use ito_kit::{Failure, Host, Info, Param, Plan, Prediction, Problem, Sampler, Step, Tensor, Values};
use std::marker::PhantomData;

/// r_1 of a formula of order 2.
pub(crate) const MIDDLE: Param =
    Param::f64(c"r_1", 0.5, c"where the second prediction is made, as a share of the step in lambda; 1/2 as the paper")
        .range(0.0, 1.0)
        .above_min();
/// r_1 and r_2 of a formula of order 3.
pub(crate) const SHARES: [Param; 2] = [
    Param::f64(
        c"r_1",
        1.0 / 3.0,
        c"where the second prediction is made, as a share of the step in lambda; 1/3 as the paper",
    )
    .range(0.0, 1.0)
    .above_min(),
    Param::f64(c"r_2", 2.0 / 3.0, c"where the third is made; above r_1, and 2/3 as the paper, else the order is 2")
        .range(0.0, 1.0)
        .above_min(),
];

/// What one sampler that takes a singlestep formula on the steps of the grid is.
pub trait Formula: Send + 'static {
    /// As of a sampler; its parameters are [`MIDDLE`] or [`SHARES`], by the order, and [`Rule::PARAM`].
    const INFO: Info;
    /// The prediction that is integrated.
    const PREDICT: Predict;
    /// 2 or 3.
    const ORDER: usize;

    /// r_1 and r_2; a formula of order 2 has no r_2.
    fn shares(values: &Values) -> [f64; 2] {
        [values.f64("r_1"), if Self::ORDER == 2 { 1.0 } else { values.f64("r_2") }]
    }
}

/// The sampler of a formula.
#[derive(Debug)]
pub struct Fixed<F> {
    stages: Singlestep,
    formula: PhantomData<F>,
}

impl<F: Formula> Sampler for Fixed<F> {
    const INFO: Info = F::INFO;

    /// Order 3 with r_2 = 2/3 alone; r_1 < r_2.
    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        let [r_1, r_2] = F::shares(values);
        if F::ORDER == 3 && r_1 >= r_2 {
            return Err(format!("r_1 = {r_1} must lie below r_2 = {r_2}"));
        }
        plan.order = if F::ORDER == 3 && (r_2 - 2.0 / 3.0).abs() < 1e-9 { 3.0 } else { 2.0 };
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let stages = Singlestep::new(F::PREDICT, Rule::read(values), Some(F::shares(values)));
        Ok(Self { stages, formula: PhantomData })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.stages.begin(host, F::ORDER)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        self.stages.step(host, step, F::ORDER)
    }
}

/// A singlestep formula with room for its stages.
#[derive(Debug)]
pub(crate) struct Singlestep {
    predict: Predict,
    rule: Rule,
    /// r_1 and r_2; `None`: those of the paper, by the order.
    shares: Option<[f64; 2]>,
    m: [Tensor; 3],
    u: Tensor,
}

impl Singlestep {
    /// Without tensors yet.
    pub(crate) fn new(predict: Predict, rule: Rule, shares: Option<[f64; 2]>) -> Self {
        Self { predict, rule, shares, m: [Tensor::NONE; 3], u: Tensor::NONE }
    }

    /// Makes the tensors of a formula with at most `order` stages.
    pub(crate) fn begin(&mut self, host: &Host, order: usize) -> Result<(), Failure> {
        for m in &mut self.m[..order] {
            *m = host.make(c"m_i")?;
        }
        self.u = host.make(c"u_i")?;
        Ok(())
    }

    /// One step of a fixed grid with `order` evaluations; one, the prediction of x0, where s is the marked end.
    pub(crate) fn step(&self, host: &Host, step: &Step, order: usize) -> Result<(), Failure> {
        if step.clean() {
            return host.eval(step.x, step.times(), Prediction::X0, step.out);
        }
        let (from, to) = (Place::at(host, step.times().to_vec())?, Place::at(host, step.ends().to_vec())?);
        let places = self.stages(host, step.x, from, &to, order)?;
        self.result(host, (step.x, step.out), &places, &to)
    }

    /// The predictions of all stages of a step from `from`, where `x` is, to `to`; their places.
    pub(crate) fn stages(
        &self,
        host: &Host,
        x: Tensor,
        from: Place,
        to: &Place,
        order: usize,
    ) -> Result<Vec<Place>, Failure> {
        host.eval(x, from.t.as_slice(), self.predict.form(), self.m[0])?;
        let shares = self.shares.unwrap_or(if order == 2 { [0.5, 1.0] } else { [1.0 / 3.0, 2.0 / 3.0] });
        let mut places = vec![from];
        for i in 1..order {
            let place = places[0].towards(host, to, shares[i - 1])?;
            let known: Vec<_> = places.iter().zip(self.m).collect();
            advance(host, (self.predict, Rule::Exact), (x, self.u), &known, &place)?;
            host.eval(self.u, place.t.as_slice(), self.predict.form(), self.m[i])?;
            places.push(place);
        }
        Ok(places)
    }

    /// `out := x_s` of the order that the number of places says.
    pub(crate) fn result(
        &self,
        host: &Host,
        (x, out): (Tensor, Tensor),
        places: &[Place],
        to: &Place,
    ) -> Result<(), Failure> {
        let known: Vec<_> = places.iter().zip(self.m).collect();
        advance(host, (self.predict, self.rule), (x, out), &known, to)
    }
}
