//! `org.ito.test.rk45-batch-wide`: the pair of `rk45` with one error and one step for all samples of a batch.
//!
//! Equation: that of `rk45`; the error is the root mean square over the batch.
//! Source: what scipy's RK45 does with a batch as one long vector. Kind: adaptive. Order: 5. Evaluations: those of `rk45`.
//! Choose it in tests that show what an error of its own buys each sample.

use ito_kit::tableaux::DORMAND_PRINCE;
use ito_kit::{
    BATCH_WIDE, Failure, Host, Info, Kind, PAIR_PARAMS, PER_ROW_STEP, Pair, Plan, Problem, Sampler, Step, Values,
};

/// See the module.
#[derive(Debug)]
pub struct BatchWide(Pair);

impl Sampler for BatchWide {
    const INFO: Info = Info {
        id: c"org.ito.test.rk45-batch-wide",
        summary: c"The pair of rk45 with one error and one step for all samples of a batch.",
        equation: c"as rk45; the error is the root mean square over the batch",
        source: c"scipy's RK45 on a batch as one vector",
        choose: c"In tests only.",
        kind: Kind::Adaptive,
        order: 5.0,
        evals_per_step: 6,
        flags: PER_ROW_STEP | BATCH_WIDE,
        params: PAIR_PARAMS,
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        Pair::plan(values, plan);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self(Pair::new(values, &DORMAND_PRINCE).batch_wide()))
    }

    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        self.0.begin(host, problem)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        self.0.step(host, step)
    }
}
