//! `dpm-fast`: singlestep DPM-Solver or DPM-Solver++ with an order of its own in each interval of the grid.
//!
//! Equation: step i is that of `euler` in sigma, `dpm-solver-2` or `dpm-solver-3` (with `predict: x0` of `dpmpp-2s`,
//! `dpmpp-3s`), as orders_i says: `end`: `order` in all intervals but the last, which have the orders listed;
//! `nfe`: those of DPM-Solver-fast for a budget of evaluations, for order 3 steps of order 3 and then one of order 2 or
//! 1 or one of each, on a grid with as many intervals; `list`: all of them, one an interval.
//! Source: Lu et al. 2022 (DPM-Solver), DPM-Solver-fast, and its official code, `method: singlestep`;
//! k-diffusion, `sample_dpm_fast`.
//! Kind: ode. Order: that of the steps, but one more than the lowest of `end` where that is less: a few steps of order
//! q cost N^−(q+1) in all, so that `end: [2]` keeps order 3 and the 1 of the published `2, 1` does not. None is claimed
//! for `nfe` and `list`, which fit one N. Evaluations a step: its order.
//! Choose it to spend exactly a given number of evaluations, 12 to 20, on a grid in lambda; in t its last steps of low
//! order cost more than they save.
//! At the marked end alpha = 1, sigma = 0 the last step is the prediction of x0, one evaluation whatever its order.

use crate::exponential::{Predict, Rule};
use crate::orders::Orders;
use crate::singlestep::Singlestep;
use ito_kit::{Failure, Host, Info, Kind, NEEDS_ALPHA, Param, Plan, Problem, Sampler, Step, Values};

/// See the module.
#[derive(Debug)]
pub struct DpmFast {
    formula: Singlestep,
    orders: Orders,
    /// One an interval.
    steps: Vec<usize>,
}

impl Sampler for DpmFast {
    const INFO: Info = Info {
        id: c"dpm-fast",
        name: c"DPM-Solver-fast",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Singlestep DPM-Solver or DPM-Solver++ with an order of its own in each interval, to spend a budget of evaluations.",
        equation: c"step i is that of euler in sigma, dpm-solver-2 or dpm-solver-3 (predict x0: dpmpp-2s, dpmpp-3s), as orders_i says; nfe: orders 3, ..., 3 and then 2, 1 or 2 1",
        source: c"Lu et al. 2022 (DPM-Solver), DPM-Solver-fast, and its official code, method singlestep; k-diffusion, sample_dpm_fast",
        choose: c"To spend exactly a given number of evaluations, 12 to 20, on a grid in lambda; in t its last steps of low order cost more than they save.",
        kind: Kind::Ode,
        order: 3.0,
        evals_per_step: 0,
        flags: NEEDS_ALPHA,
        params: &[
            Predict::PARAM,
            Param::i64(c"order", 3, c"order of the steps, where `orders` does not say otherwise").range(2.0, 3.0),
            Orders::PARAMS[0],
            Orders::PARAMS[1],
            Orders::PARAMS[2],
            Rule::PARAM,
        ],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        let orders = Orders::read(values)?;
        plan.evaluations = orders.of(plan.steps as usize)?.iter().sum::<usize>() as u64;
        plan.order = orders.claimed();
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let formula = Singlestep::new(Predict::read(values), Rule::read(values), None);
        Ok(Self { formula, orders: Orders::read(values).map_err(Failure::invalid)?, steps: Vec::new() })
    }

    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        self.steps = self.orders.of(problem.times.len() - 1).map_err(Failure::invalid)?;
        self.formula.begin(host, 3)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        self.formula.step(host, step, self.steps[step.index as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::{DpmFast, Sampler};
    use crate::testing::{ends_at_the_prediction_of_x0, solves_a_point_mass};
    use crate::{DpmSolver3, Dpmpp2s, Fixed};
    use ito_kit::testing::{CIRCLE, EDM, End, Given, Run};

    fn of<S: Sampler>(times: &[f64], params: &[(&str, Given)]) -> End {
        Run { times, params, ..Run::new(&EDM, 1.0) }.of::<S>().unwrap()
    }

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(DpmFast::INFO.faults(), Vec::<String>::new());
        solves_a_point_mass::<DpmFast>(&[]);
        ends_at_the_prediction_of_x0::<DpmFast>();
    }

    #[test]
    fn an_interval_of_order_k_is_a_step_of_the_sampler_of_order_k() {
        let times = [8.0, 1.0, 0.3];
        let three = of::<DpmFast>(&times, &[("orders.end", Given::List(&[]))]);
        assert_eq!(three.path, of::<Fixed<DpmSolver3>>(&times, &[]).path);
        let x0 = [("predict", Given::Choice("x0")), ("orders.nfe", Given::I64(4)), ("order", Given::I64(2))];
        assert_eq!(of::<DpmFast>(&times, &x0).path, of::<Fixed<Dpmpp2s>>(&times, &[]).path);
    }

    /// Order 1 is DDIM, `x_s = alpha_s x0 + sigma_s eps`: with alpha = cos t, sigma = sin t and data N(0, 1) x0 = cos t
    /// x and eps = sin t x, so that x_s = cos(t − s) x.
    #[test]
    fn order_1_is_ddim() {
        for predict in ["eps", "x0"] {
            let params = [("predict", Given::Choice(predict)), ("orders.list", Given::List(&[1.0]))];
            let end = Run { times: &[1.2, 0.5], params: &params, ..Run::new(&CIRCLE, 0.8) }.of::<DpmFast>().unwrap();
            assert!((end.x - 0.8 * 0.7f64.cos()).abs() < 1e-15 && end.evaluations == 1, "{end:?}");
        }
    }

    #[test]
    fn orders_that_do_not_fit_the_grid_are_refused() {
        let refused = |params: &[(&str, Given)]| {
            Run { times: &[8.0, 1.0, 0.3], params, ..Run::new(&EDM, 1.0) }.of::<DpmFast>().unwrap_err()
        };
        let nfe = refused(&[("orders.nfe", Given::I64(10))]);
        assert_eq!(nfe, "the orders [3, 3, 3, 1] are those of 4 intervals, the grid has 2");
        assert_eq!(refused(&[("orders.list", Given::List(&[2.0, 1.5]))]), "an order is 1, 2 or 3, found 1.5");
    }
}
