//! A singlestep solver of order k with one of order k − 1 inside it, whose difference controls the step in lambda, row
//! by row: Lu et al. 2022 (DPM-Solver), DPM-Solver-12 and -23; the norm is that of Jolicoeur-Martineau et al. 2021.

use crate::exponential::{Predict, Rule};
use crate::place::Place;
use crate::singlestep::Singlestep;
use crate::steering::{Control, Memory};
use ito_kit::abi::KIND_ODE;
use ito_kit::{
    BATCH_WIDE, DROPPED, Failure, Host, Info, KEPT, ONE_STEP, PER_ROW_STEP, Param, Plan, Problem, Sampler, Step,
    Tensor, Values, What,
};
use std::marker::PhantomData;

const BATCH_MAX: usize = 1;
const BATCH_RMS: usize = 2;

/// The parameters of both pairs.
pub(crate) const PARAMS: [Param; 12] = [
    Predict::PARAM,
    Param::f64(c"rtol", 0.05, c"relative tolerance of a step; 0.05 as the paper").range(0.0, 1.0).above_min(),
    Param::f64(c"atol", 0.0078, c"absolute tolerance of a step; 0.0078 as the paper, for images in [-1, 1]")
        .range(0.0, 1e3)
        .above_min(),
    Param::f64(c"h_init", 0.05, c"first step").range(0.0, f64::INFINITY).above_min().unit(c"lambda"),
    Param::f64(c"t_err", 1e-5, c"a step that would end nearer to the end than this goes to the end").range(0.0, 1.0).unit(c"time"),
    Control::PARAMS[0],
    Control::PARAMS[1],
    Control::PARAMS[2],
    Control::PARAMS[3],
    Control::PARAMS[4],
    Control::PARAMS[5],
    Param::choice(
        c"over",
        &[c"sample", c"batch-max", c"batch-rms"],
        0,
        c"one error a sample; or one for the batch, as the official code (the largest, its power in single precision) or k-diffusion (the root mean square), for comparison only: a sample then depends on its batch",
    ),
];

/// What one sampler of such a pair is.
pub trait Pair: Send + 'static {
    /// As of a sampler; its parameters are [`PARAMS`].
    const INFO: Info;
    /// k, the order of the solver whose result is kept.
    const ORDER: usize;
}

/// The sampler of a pair.
#[derive(Debug)]
pub struct Adaptive<P> {
    pair: PhantomData<P>,
    formula: Singlestep,
    /// Without control the steps are those of the grid.
    control: Option<Control>,
    /// atol, rtol
    tolerance: (f64, f64),
    h_init: f64,
    t_err: f64,
    over: usize,
    /// One a row.
    memories: Vec<Memory>,
    /// The last stop and its lambda.
    end: (f64, f64),
    x_low: Tensor,
    /// x_low of the last accepted try.
    x_prev: Tensor,
}

impl<P: Pair> Sampler for Adaptive<P> {
    const INFO: Info = P::INFO;

    /// Kind and flags by the parameters; with control off the formula of order k is an ordinary one-step method.
    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        if Control::read(values, P::ORDER, false).is_none() {
            plan.flags = plan.flags & !PER_ROW_STEP | ONE_STEP;
            plan.kind = KIND_ODE;
        } else if values.choice("over") != 0 {
            plan.flags |= BATCH_WIDE;
        }
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self {
            pair: PhantomData,
            formula: Singlestep::new(Predict::read(values), Rule::Half, None),
            control: Control::read(values, P::ORDER, values.choice("over") == BATCH_MAX),
            tolerance: (values.f64("atol"), values.f64("rtol")),
            h_init: values.f64("h_init"),
            t_err: values.f64("t_err"),
            over: values.choice("over"),
            memories: Vec::new(),
            end: (0.0, 0.0),
            x_low: Tensor::NONE,
            x_prev: Tensor::NONE,
        })
    }

    /// Makes the tensors, and the first steps.
    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        self.formula.begin(host, P::ORDER)?;
        if self.control.is_none() {
            return Ok(());
        }
        self.x_low = host.make(c"x_low")?;
        self.x_prev = host.make(c"x_prev")?;
        host.combine(self.x_prev, &[(1.0.into(), problem.x)])?;
        let (begin, end) = (problem.times[0], problem.times[problem.times.len() - 1]);
        self.end = (end, host.point(end)?.lambda);
        self.memories = vec![Memory::new(self.h_init); problem.rows];
        let first = self.proposals(host, &[(begin, host.point(begin)?.lambda, self.h_init, false)])?;
        problem.set_first_steps(&vec![first[0]; problem.rows]);
        Ok(())
    }

    /// A step of the grid, or a try.
    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        match self.control {
            Some(control) => self.try_step(host, step, control),
            None => self.formula.step(host, step, P::ORDER),
        }
    }
}

impl<P: Pair> Adaptive<P> {
    fn try_step(&mut self, host: &Host, step: &mut Step, control: Control) -> Result<(), Failure> {
        let kept: Vec<u32> = step.fate().iter().map(|fate| u32::from(*fate == KEPT)).collect();
        host.select(self.x_prev, &kept, self.x_low, self.x_prev)?;
        let each = |times: ito_kit::Coef| (0..step.rows).map(|row| times.at(row)).collect();
        let (from, to) = (Place::at(host, each(step.times()))?, Place::at(host, each(step.ends()))?);
        let places = self.formula.stages(host, step.x, from.clone(), &to, P::ORDER)?;
        self.formula.result(host, (step.x, step.out), &places, &to)?;
        self.formula.result(host, (step.x, self.x_low), &places[..P::ORDER - 1], &to)?;
        let mut errors = vec![0.0; step.rows];
        host.error_norm_max((step.out, self.x_low), (self.x_low, self.x_prev), self.tolerance, &mut errors)?;
        self.share(&mut errors);

        let (numbers, fates) = (step.row().to_vec(), step.fate().to_vec());
        let (accept, error, next) = step.verdict();
        let mut wanted = Vec::with_capacity(numbers.len());
        for (i, number) in numbers.iter().enumerate() {
            let memory = &mut self.memories[*number as usize];
            let accepted = control.judge(memory, to.lambda[i] - from.lambda[i], errors[i], P::ORDER);
            let at = if accepted { &to } else { &from };
            // A step that was lengthened to reach the end and failed is not lengthened again.
            let again = !accepted || fates[i] == DROPPED;
            wanted.push((at.t[i], at.lambda[i], memory.h, again));
            (accept[i], error[i]) = (u32::from(accepted), errors[i]);
        }
        next.copy_from_slice(&self.proposals(host, &wanted)?);
        Ok(())
    }

    /// The steps in t for steps h in lambda from (t, lambda), each with whether it is a repetition.
    fn proposals(&self, host: &Host, wanted: &[(f64, f64, f64, bool)]) -> Result<Vec<f64>, Failure> {
        let (t_end, lambda_end) = self.end;
        let lambda: Vec<f64> = wanted.iter().map(|(_, lambda, h, _)| (lambda + h).min(lambda_end)).collect();
        let mut s = vec![0.0; lambda.len()];
        host.times_of(What::Lambda, lambda.as_slice().into(), &mut s)?;
        let step = |(i, (t, _, _, again)): (usize, &(f64, f64, f64, bool))| {
            let reaches = lambda[i] >= lambda_end || (!again && s[i] - t_end < self.t_err);
            if reaches { t - t_end } else { t - s[i] }
        };
        Ok(wanted.iter().enumerate().map(step).collect())
    }

    /// One error for all rows, where that is asked for.
    fn share(&self, errors: &mut [f64]) {
        let all = match self.over {
            BATCH_MAX => errors.iter().copied().fold(0.0, f64::max),
            BATCH_RMS => (errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64).sqrt(),
            _ => return,
        };
        errors.fill(all);
    }
}
