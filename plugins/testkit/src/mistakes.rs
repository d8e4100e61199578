//! Samplers that do one thing wrong. Those that reach the end of a step take a step of Euler in t.

use ito_kit::{Failure, Host, Info, Kind, Param, Prediction, Problem, Sampler, Step, Tensor, Values};

const MISTAKE: Info = Info {
    equation: c"x_s = x_t + (s - t) velocity(x_t, t), and a mistake",
    source: c"none",
    choose: c"In tests only.",
    kind: Kind::Plateau,
    ..Info::DEFAULT
};

fn euler(host: &Host, step: &Step, k: Tensor) -> Result<(), Failure> {
    let (t, s) = (step.t()?, step.s()?);
    host.eval(step.x, t, Prediction::Velocity, k)?;
    host.combine(step.out, &[(1.0.into(), step.x), ((s - t).into(), k)])
}

/// A sampler that owns one tensor, and its one mistake.
macro_rules! mistake {
    ($(#[$doc:meta])* $name:ident, $id:literal, $summary:literal, |$host:ident, $step:ident, $k:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(Tensor);

        impl Sampler for $name {
            const INFO: Info = Info { id: $id, summary: $summary, ..MISTAKE };

            fn create(_: &Values) -> Result<Self, Failure> {
                Ok(Self(Tensor::NONE))
            }

            fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
                self.0 = host.make(c"k")?;
                Ok(())
            }

            fn step(&mut self, $host: &Host, $step: &mut Step) -> Result<(), Failure> {
                let $k = self.0;
                $body
            }
        }
    };
}

mistake!(
    /// Ignores the error of a host call and goes on; the context must stay sticky.
    Deaf, c"org.ito.test.deaf", c"Ignores the error of a host call.", |host, step, k| {
        let _ = host.combine(step.out, &[(1.0.into(), Tensor::NONE)]);
        let _ = euler(host, step, k);
        Ok(())
    }
);

mistake!(
    /// Evaluates at t = 0, where sigma = 0 on vp, sub-vp, edm, flow and cosine.
    EvalClean, c"org.ito.test.eval-clean", c"Evaluates at t = 0.", |host, step, k| {
        host.eval(step.x, 0.0, Prediction::Score, k)
    }
);

mistake!(
    /// Uses a tensor that it has freed.
    Freed, c"org.ito.test.freed", c"Uses a freed tensor.", |host, step, k| {
        host.free(k)?;
        euler(host, step, k)
    }
);

mistake!(
    /// Declares one evaluation a step and makes two.
    Miscount, c"org.ito.test.miscount", c"Evaluates twice and declares once.", |host, step, k| {
        host.eval(step.x, step.t()?, Prediction::Eps, k)?;
        euler(host, step, k)
    }
);

/// Makes the state NaN at step `at`.
#[derive(Debug)]
pub struct NotFinite {
    at: i64,
    k: Tensor,
}

impl Sampler for NotFinite {
    const INFO: Info = Info {
        id: c"org.ito.test.not-finite",
        summary: c"Makes the state NaN at one step.",
        params: &[Param::i64(c"at", 0, c"number of the step, from 0").range(0.0, 1e9)],
        ..MISTAKE
    };

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self { at: values.i64("at"), k: Tensor::NONE })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.k = host.make(c"k")?;
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        euler(host, step, self.k)?;
        let bad = i64::try_from(step.index) == Ok(self.at);
        host.combine(step.out, &[(if bad { f64::NAN } else { 1.0 }.into(), step.out)])
    }
}

const MOMENTS: Param =
    Param::choice(c"at", &[c"create", c"begin", c"step", c"end"], 2, c"the call in which it happens");

/// Panics in one of its calls.
#[derive(Debug)]
pub struct Panics(usize);

impl Panics {
    fn at(&self, moment: usize) {
        assert!(self.0 != moment, "a deliberate panic");
    }
}

impl Sampler for Panics {
    const INFO: Info = Info {
        id: c"org.ito.test.panic",
        summary: c"Panics in one of its calls.",
        evals_per_step: 0,
        params: &[MOMENTS],
        ..MISTAKE
    };

    fn create(values: &Values) -> Result<Self, Failure> {
        let new = Self(values.choice("at"));
        new.at(0);
        Ok(new)
    }

    fn begin(&mut self, _: &Host, _: &Problem) -> Result<(), Failure> {
        self.at(1);
        Ok(())
    }

    fn step(&mut self, _: &Host, _: &mut Step) -> Result<(), Failure> {
        self.at(2);
        Ok(())
    }

    fn end(&mut self, _: &Host) -> Result<(), Failure> {
        self.at(3);
        Ok(())
    }
}

/// Returns an error with a sentence in one of its calls.
#[derive(Debug)]
pub struct Refuses(usize);

impl Refuses {
    fn at(&self, moment: usize) -> Result<(), Failure> {
        if self.0 == moment { Err(Failure::unsupported("a deliberate refusal")) } else { Ok(()) }
    }
}

impl Sampler for Refuses {
    const INFO: Info = Info {
        id: c"org.ito.test.error",
        summary: c"Returns an error in one of its calls.",
        evals_per_step: 0,
        params: &[MOMENTS],
        ..MISTAKE
    };

    fn create(values: &Values) -> Result<Self, Failure> {
        let new = Self(values.choice("at"));
        new.at(0)?;
        Ok(new)
    }

    fn begin(&mut self, _: &Host, _: &Problem) -> Result<(), Failure> {
        self.at(1)
    }

    fn step(&mut self, _: &Host, _: &mut Step) -> Result<(), Failure> {
        self.at(2)
    }

    fn end(&mut self, _: &Host) -> Result<(), Failure> {
        self.at(3)
    }
}
