//! `dpm-singlestep`: singlestep DPM-Solver or DPM-Solver++ whose stages lie on the grid, so that each interval costs
//! one evaluation.
//!
//! Equation: k intervals t_0 > t_1 > … > t_k make one step of order k: `x_1 = E(x_0; m_0)`, `x_2 = E(x_0; m_0, m_1)`,
//! `x_3 = E(x_0; m_0, m_2)`, m_i the prediction at (x_i, t_i) and `E(x_0; m, …)` the flow from (x_0, t_0) with the
//! polynomial in lambda through m, … in its place (see `exponential`). `weights: paper`: with two predictions the
//! weight of m_1 is h phi_1/(2r) at the end of a step and exact in a stage; `midpoint`: h phi_1/(2r) in both; `taylor`:
//! exact in both, and `x_3 = E(x_0; m_0, m_1, m_2)`. N intervals are grouped as in DPM-Solver-fast: steps of `order`,
//! and one of lower order for a remainder; for order 3 without one the last three make a step of order 2 and one of 1.
//! Source: the official code of DPM-Solver (Lu et al. 2022), `method: singlestep` on a grid in t; diffusers,
//! DPMSolverSinglestepScheduler (its solver type heun is `taylor`).
//! Kind: ode. Order: 2. With order 3 it claims none and is a plateau: its last steps, of another order for each N
//! mod 3, cost as much as N^−2; `dpmpp-3s`, and `dpm-fast` with its default `end`, keep order 3. Evaluations a step: 1.
//! Choose it to reproduce diffusers and grids in t of the official code; else `dpmpp-2s`, or a multistep method.
//! At the marked end alpha = 1, sigma = 0 the last interval is the prediction of x0 from the state there.
//! The state within a step is a stage; one that is given anew is evaluated as it is.

use crate::exponential::{Predict, Rule, advance};
use crate::orders::fast;
use crate::place::Place;
use ito_kit::abi::KIND_PLATEAU;
use ito_kit::{
    Failure, Host, Info, Kind, NEEDS_ALPHA, Param, Plan, Prediction, Problem, Sampler, Step, Tensor, Values,
};

/// See the module.
#[derive(Debug)]
pub struct DpmSinglestep {
    order: usize,
    predict: Predict,
    /// Of the result of a step, and of a stage.
    rules: (Rule, Rule),
    /// For each interval whether its end is that of a step.
    ends: Vec<bool>,
    /// x_0
    x: Tensor,
    /// The places of the predictions of this step.
    places: Vec<Place>,
    m: [Tensor; 3],
}

impl Sampler for DpmSinglestep {
    const INFO: Info = Info {
        id: c"dpm-singlestep",
        name: c"DPM-Solver, singlestep on the grid",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Singlestep DPM-Solver or DPM-Solver++ whose stages lie on the grid: one evaluation an interval.",
        equation: c"k intervals are one step of order k: x_1 = E(x_0; m_0), x_2 = E(x_0; m_0, m_1), x_3 = E(x_0; m_0, m_2) or, weights taylor, E(x_0; m_0, m_1, m_2); m_i the prediction at (x_i, t_i), E the flow with the polynomial in lambda through m in its place",
        source: c"Lu et al. 2022 (DPM-Solver), official code, method singlestep; diffusers, DPMSolverSinglestepScheduler",
        choose: c"To reproduce diffusers and grids in t of the official code; else dpmpp-2s, or a multistep method.",
        kind: Kind::Ode,
        order: 2.0,
        flags: NEEDS_ALPHA,
        params: &[
            Predict::PARAM,
            Param::i64(c"order", 2, c"intervals of a step, and its order").range(2.0, 3.0),
            Param::choice(
                c"weights",
                &[c"paper", c"taylor", c"midpoint"],
                0,
                c"of a step and its stages: as type dpmsolver and as type taylor of the official code, or as solver type midpoint of diffusers",
            ),
        ],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        let order = values.i64("order");
        plan.order = order as f64;
        if order == 3 {
            (plan.kind, plan.order) = (KIND_PLATEAU, 0.0);
        }
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let rules = match values.choice("weights") {
            0 => (Rule::Half, Rule::Exact),
            1 => (Rule::Exact, Rule::Exact),
            _ => (Rule::Half, Rule::Half),
        };
        Ok(Self {
            order: values.i64("order") as usize,
            predict: Predict::read(values),
            rules,
            ends: Vec::new(),
            x: Tensor::NONE,
            places: Vec::new(),
            m: [Tensor::NONE; 3],
        })
    }

    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        let orders = fast(self.order, problem.times.len() - 1);
        self.ends = orders.iter().flat_map(|order| (1..=*order).map(move |i| i == *order)).collect();
        self.places.clear();
        self.x = host.make(c"x_0")?;
        for m in &mut self.m[..self.order] {
            *m = host.make(c"m_i")?;
        }
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let t = step.t()?;
        if step.clean() {
            return host.eval(step.x, t, Prediction::X0, step.out);
        }
        if self.places.is_empty() {
            host.combine(self.x, &[(1.0.into(), step.x)])?;
        }
        host.eval(step.x, t, self.predict.form(), self.m[self.places.len()])?;
        self.places.push(Place::at(host, vec![t])?);
        let to = Place::at(host, vec![step.s()?])?;
        let ends = self.ends[step.index as usize];
        let rule = if ends { self.rules.0 } else { self.rules.1 };
        let known: Vec<_> = self.places.iter().zip(self.m).collect();
        advance(host, (self.predict, rule), (self.x, step.out), &known, &to)?;
        if ends {
            self.places.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{DpmSinglestep, Sampler};
    use crate::testing::{ends_at_the_prediction_of_x0, solves_a_point_mass};
    use crate::{DpmFast, DpmSolver3, Dpmpp2s, Fixed};
    use ito_kit::testing::{EDM, End, Given, Run};

    fn of<S: Sampler>(times: &[f64], params: &[(&str, Given)]) -> End {
        Run { times, params, ..Run::new(&EDM, 1.0) }.of::<S>().unwrap()
    }

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(DpmSinglestep::INFO.faults(), Vec::<String>::new());
        solves_a_point_mass::<DpmSinglestep>(&[]);
        solves_a_point_mass::<DpmSinglestep>(&[("weights", Given::Choice("midpoint")), ("order", Given::I64(3))]);
        ends_at_the_prediction_of_x0::<DpmSinglestep>();
    }

    /// On a grid whose inner points are the stages of the paper.
    #[test]
    fn it_is_the_singlestep_solver_with_the_grid_s_stages() {
        let close = |a: &End, b: &End| (a.x - b.x).abs() < 1e-14 && a.evaluations == b.evaluations;
        let x0 = ("predict", Given::Choice("x0"));
        let two = of::<DpmSinglestep>(&[8.0, 4.0, 2.0, 1.0, 0.5], &[x0]);
        assert!(close(&two, &of::<Fixed<Dpmpp2s>>(&[8.0, 2.0, 0.5], &[])), "{two:?}");
        let r = 0.75f64.log(0.5);
        let uneven = of::<DpmSinglestep>(&[2.0, 1.5, 1.0], &[x0]);
        assert!(close(&uneven, &of::<Fixed<Dpmpp2s>>(&[2.0, 1.0], &[("r_1", Given::F64(r))])), "{uneven:?}");
        let five = of::<DpmSinglestep>(&[8.0, 4.0, 2.0, 1.0, 0.5f64.sqrt(), 0.5], &[("order", Given::I64(3))]);
        let fast = [("orders.nfe", Given::I64(5))];
        assert!(close(&five, &of::<DpmFast>(&[8.0, 1.0, 0.5], &fast)), "{five:?}");
        assert!((five.path[3] - of::<Fixed<DpmSolver3>>(&[8.0, 1.0], &[]).x).abs() < 1e-14, "{five:?}");
    }

    /// `weights: midpoint` by hand: from x = 1 at 8 to 1 as `dpmpp-3s`, but u_2 = 1/4 + 3/4 (x0_0 + (x0_1 − x0_0)), the
    /// second stage being the midpoint of the first two intervals; x_s = 1/8 + 7/8 x0_0 + 3/2 p (u_2/5 − x0_0).
    #[test]
    fn the_stage_of_diffusers_by_hand() {
        let params =
            [("order", Given::I64(3)), ("predict", Given::Choice("x0")), ("weights", Given::Choice("midpoint"))];
        let end = of::<DpmSinglestep>(&[8.0, 4.0, 2.0, 1.0, 0.5], &params);
        assert!((end.path[3] - 0.17242811197031547).abs() < 1e-12, "{end:?}");
    }
}
