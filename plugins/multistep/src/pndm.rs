//! `pndm`: pseudo numerical methods, with the pseudo Runge-Kutta start or without it.
//!
//! Equation, with the transfer `phi(x, e, t, s) = alpha_s (x/alpha_t + (r_s − r_t) e)`, r = sigma/alpha, which is DDIM:
//! `x_s = phi(x_t, (55 eps_0 − 59 eps_1 + 37 eps_2 − 9 eps_3)/24, t, s)`, and before there are four predictions
//! `start: prk` (F-PNDM), with m = (t + s)/2: `e_1 = eps(x_t, t)`, `e_2 = eps(phi(x_t, e_1, t, m), m)`,
//! `e_3 = eps(phi(x_t, e_2, t, m), m)`, `e_4 = eps(phi(x_t, e_3, t, s), s)`,
//! `x_s = phi(x_t, (e_1 + 2 e_2 + 2 e_3 + e_4)/6, t, s)`;
//! `start: plms`: `x_s = phi(x_t, (e_1 + eps(phi(x_t, e_1, t, s), s))/2, t, s)` in the first step, then (3, −1)/2 and
//! (23, −16, 5)/12.
//! `middle: floor`, for a model of K = `of` discrete times: with `d = ⌊⌊K/N⌋/2⌋/K`, e_2 takes its state to t − d and is
//! evaluated at s + d, and e_3 is there in both, as in diffusers; where ⌊K/N⌋ is even and s = t − ⌊K/N⌋/K, that is m.
//! Source: Liu et al. 2022 (PNDM), section 3, equation 9 (the transfer); the start `plms` as in latent diffusion and
//! diffusers (`skip_prk_steps`).
//! Kind: ode. Order: 2, as the paper proves: the weights assume equal steps in r, and m is not the middle in r.
//! Evaluations a step: 1, and 3 more in each of the first 3 steps (`prk`), or 1 more in the first (`plms`).
//! Choose it to reproduce; `ipndm` spends no evaluations on the start.
//! At the marked end alpha = 1, sigma = 0 the multistep formula holds, with r_s = 0; a step of the start becomes it.

use crate::ends::Ends;
use crate::fixed;
use crate::past::Past;
use ito_kit::{
    Coef, Failure, Host, Info, Kind, NEEDS_ALPHA, Param, Plan, Prediction, Problem, Sampler, Step, Tensor,
    UNIFORM_INDEX, Values,
};

/// Predictions of the multistep formula.
const ORDER: usize = 4;

/// See the module.
#[derive(Debug)]
pub struct Pndm {
    prk: bool,
    /// K, with `middle: floor`.
    of: Option<i64>,
    /// d, with `middle: floor`; N is known when a run begins.
    half: Option<f64>,
    past: Past,
    x_i: Tensor,
    e_i: [Tensor; 3],
}

impl Pndm {
    /// `out := phi(x_t, sum_j c_j e_j, t, s)`
    fn transfer(host: &Host, out: Tensor, x: Tensor, ends: &Ends, e: &[(f64, Tensor)]) -> Result<(), Failure> {
        let slopes = e.iter().map(|(c, e)| (Coef::One(ends.gain * ends.h() * c), *e));
        let terms: Vec<_> = std::iter::once((Coef::One(ends.carry), x)).chain(slopes).collect();
        host.combine(out, &terms)
    }

    /// Where e_2 takes its state, and where e_2 and e_3 are evaluated; never outside the step.
    fn middle(&self, t: f64, s: f64) -> (f64, f64) {
        let m = t.midpoint(s);
        self.half.map_or((m, m), |d| ((t - d).max(s), (s + d).min(t)))
    }

    /// A pseudo Runge-Kutta step; e_1 is there.
    fn runge_kutta(&self, host: &Host, step: &Step, ends: &Ends, e_1: Tensor) -> Result<(), Failure> {
        let (t, s) = (step.t()?, step.s()?);
        let (near, m) = self.middle(t, s);
        let (first, second) = (Ends::between(host, t, near)?, Ends::between(host, t, m)?);
        let [e_2, e_3, e_4] = self.e_i;
        for (ends, at, from, to) in [(&first, m, e_1, e_2), (&second, m, e_2, e_3), (ends, s, e_3, e_4)] {
            Self::transfer(host, self.x_i, step.x, ends, &[(1.0, from)])?;
            host.eval(self.x_i, at, Prediction::Eps, to)?;
        }
        let e = [(1.0 / 6.0, e_1), (1.0 / 3.0, e_2), (1.0 / 3.0, e_3), (1.0 / 6.0, e_4)];
        Self::transfer(host, step.out, step.x, ends, &e)
    }

    /// The first step of `start: plms`, Heun's in r; e_1 is there.
    fn heun(&self, host: &Host, step: &Step, ends: &Ends, e_1: Tensor) -> Result<(), Failure> {
        Self::transfer(host, self.x_i, step.x, ends, &[(1.0, e_1)])?;
        host.eval(self.x_i, step.s()?, Prediction::Eps, self.e_i[0])?;
        Self::transfer(host, step.out, step.x, ends, &[(0.5, e_1), (0.5, self.e_i[0])])
    }
}

impl Sampler for Pndm {
    const INFO: Info = Info {
        id: c"pndm",
        name: c"PNDM",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Pseudo numerical methods: DDIM's transfer with Adams-Bashforth weights, after a pseudo Runge-Kutta start (prk) or a Heun step (plms).",
        equation: c"x_s = phi(x_t, (55 eps_0 - 59 eps_1 + 37 eps_2 - 9 eps_3)/24, t, s); phi(x, e, t, s) = alpha_s (x/alpha_t + (sigma_s/alpha_s - sigma_t/alpha_t) e)",
        source: c"Liu et al. 2022 (PNDM), section 3 and equation 9",
        choose: c"To reproduce. ipndm spends no evaluations on the start; lms has the order that this one's weights have for equal steps only.",
        kind: Kind::Ode,
        order: 2.0,
        evals_per_step: 0,
        flags: NEEDS_ALPHA,
        uniform_in: UNIFORM_INDEX,
        params: &[
            Param::choice(c"start", &[c"prk", c"plms"], 0, c"first steps: three of Runge-Kutta, or one of Heun"),
            Param::choice(
                c"middle",
                &[c"time", c"floor"],
                0,
                c"with start: prk, the middle of a step: in time, or floor(floor(of/N)/2) indices of the model's table from both ends, as in the diffusers package",
            ),
            Param::i64(c"of", 1000, c"with middle: floor, how many discrete times the model has").range(1.0, 1e9),
        ],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        if values.choice("start") == 1 && values.choice("middle") == 1 {
            return Err(
                "`middle: floor` is for `start: prk`, whose steps have a middle: leave it out, or take that start"
                    .into(),
            );
        }
        let more = if values.choice("start") == 0 { 3 * plan.steps.min(3) } else { plan.steps.min(1) };
        plan.evaluations = plan.steps + more;
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let prk = values.choice("start") == 0;
        let of = (values.choice("middle") == 1).then(|| values.i64("of"));
        let past = Past::new(ORDER, Prediction::Eps);
        Ok(Self { prk, of, half: None, past, x_i: Tensor::NONE, e_i: [Tensor::NONE; 3] })
    }

    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        let steps = problem.times.len().max(2) as i64 - 1;
        self.half = self.of.map(|of| (of / steps / 2) as f64 / of as f64);
        self.x_i = host.make(c"x_i")?;
        for e in &mut self.e_i {
            *e = host.make(c"e_i")?;
        }
        self.past.begin(host)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let ends = Ends::of(host, step)?;
        let e_1 = self.past.evaluate(host, step, ends.r_t)?;
        match self.past.len() {
            // Nothing can be evaluated at the marked end.
            _ if step.clean() => {}
            1..ORDER if self.prk => return self.runge_kutta(host, step, &ends, e_1),
            1 => return self.heun(host, step, &ends, e_1),
            _ => {}
        }
        let (carry, gain) = ends.factors();
        self.past.advance(host, step, (carry, gain * ends.h()), fixed::weights(self.past.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Pndm, Sampler};
    use ito_kit::testing::{CIRCLE, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Pndm::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0.7, 0.25) on the circle: the equations above with phi(x, e, t, s) = cos s (x/cos t + (tan s − tan t) e),
    /// tests/golden.py works them in 40 digits. The last of the four steps is the multistep formula.
    #[test]
    fn four_steps_by_hand() {
        let run = Run { data: (0.7, 0.5), times: &[1.4, 1.1, 0.7, 0.4, 0.3], ..Run::new(&CIRCLE, 1.3) };
        let prk = run.of::<Pndm>().expect("it runs");
        let exact = [1.3, 1.423_818_715_364_23, 1.445_284_416_968_68, 1.380_097_279_121_82, 1.367_722_643_963_86];
        assert!(prk.path.iter().zip(exact).all(|(x, e)| (x - e).abs() < 1e-12), "{:?}", prk.path);
        assert_eq!(prk.evaluations, 4 + 9);
        let plms = Run { params: &[("start", Given::Choice("plms"))], ..run }.of::<Pndm>().expect("it runs");
        let exact = [1.3, 1.442_563_348_271_59, 1.416_280_247_214_96, 1.376_054_502_107_56, 1.352_433_041_252_26];
        assert!(plms.path.iter().zip(exact).all(|(x, e)| (x - e).abs() < 1e-12), "{:?}", plms.path);
        assert_eq!(plms.evaluations, 5);
        // K = 10, N = 4: d = 1/10, so that e_2 has its state at t − 0.1 and is evaluated at s + 0.1.
        let params = [("middle", Given::Choice("floor")), ("of", Given::I64(10))];
        let floor = Run { params: &params, ..run }.of::<Pndm>().expect("it runs");
        let exact = [1.3, 1.446_746_633_640_35, 1.475_319_629_673_34, 1.410_360_094_572_65, 1.396_212_283_039_68];
        assert!(floor.path.iter().zip(exact).all(|(x, e)| (x - e).abs() < 1e-12), "{:?}", floor.path);
        let params = [("middle", Given::Choice("floor")), ("start", Given::Choice("plms"))];
        assert!(Run { params: &params, ..run }.of::<Pndm>().unwrap_err().contains("start: prk"));
        let clean = Run { times: &[1.4, 1.1, 0.7, 0.4, f64::NAN], clean: true, ..run };
        assert!((clean.of::<Pndm>().expect("it runs").x - 1.249_778_438_946_62).abs() < 1e-12);
    }
}
