//! `org.ito.test.halves`: drives another sampler over both halves of each step, split in the middle of t.
//!
//! Equation: `x_m = inner(x_t, t, m)`, `x_s = inner(x_m, m, s)`, m = (t + s)/2.
//! Source: none. Kind and order: those of the inner sampler; it equals that sampler on the grid with the
//! midpoints added. Evaluations a step: twice the inner ones, none of its own.
//! Choose it in tests of `inner_step`.

use ito_kit::abi::{STEP_CLEAN, STEP_LAST, STEP_MEAN};
use ito_kit::{Failure, Host, Info, InnerSampler, Kind, Param, Plan, Sampler, Step, Values};

/// See the module.
#[derive(Debug)]
pub struct Halves {
    inner: InnerSampler,
}

impl Sampler for Halves {
    const INFO: Info = Info {
        id: c"org.ito.test.halves",
        summary: c"Another sampler over both halves of each step.",
        equation: c"x_m = inner(x_t, t, m); x_s = inner(x_m, m, s); m = (t + s)/2",
        source: c"none",
        choose: c"In tests only.",
        kind: Kind::Plateau,
        evals_per_step: 0,
        params: &[Param::sampler(c"sampler", c"the sampler that takes the two half steps")],
        ..Info::DEFAULT
    };

    fn plan(_: &Values, plan: &mut Plan) -> Result<(), String> {
        plan.evaluations = 0;
        plan.inner_steps = plan.steps.saturating_mul(2);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self { inner: values.sampler("sampler") })
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let (t, s) = (step.t()?, step.s()?);
        let m = if s.is_nan() { t / 2.0 } else { (t + s) / 2.0 };
        let flags = step.flags() & (STEP_LAST | STEP_MEAN | STEP_CLEAN);
        host.inner_step(self.inner, step.x, t.into(), m.into(), 0)?;
        host.inner_step(self.inner, step.x, m.into(), s.into(), flags)
    }
}
