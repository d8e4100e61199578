//! `deis-tab`: DEIS with polynomials in time, weights exact.
//!
//! Equation, with r = sigma/alpha: `x_s = alpha_s (x_t/alpha_t + sum_j w_j eps_j)`,
//! `w_j = int_{r_t}^{r_s} L_j(tau(r)) dr`, L_j the polynomial in tau that is 1 at tau_j and 0 at the other tau_i.
//! With `in: t` tau is the process's time, with `in: vp` that of the vp process that has the noise levels of EDM (0.002
//! at tau = 0.001, 80 at tau = 1), for models with another time: on edm, where t is sigma, in t it is `lms`; on ve it is
//! `exponential-adams` in eps.
//! Source: Zhang and Chen 2023 (DEIS), polynomial extrapolation of eps in t (tAB-DEIS); `in: vp` as in diff-sampler.
//! Kind: ode. Order: that of the parameter, which counts predictions: the paper's tAB of index k has order k + 1.
//! Evaluations a step: 1.
//! Choose it from 5 steps on; on log-snr and Karras grids `exponential-adams: { predict: eps, order: 4 }` keeps up and is
//! ahead from about 60; `lms` stays behind but on a grid uniform in t, below 15 and from 80 on (eight modes, exact scores).
//! The integral is taken over r, where the integrand is smooth to r = 0, by Gauss-Legendre points in panels:
//! `quadrature: rectangles` is diff-sampler's, 10,000 in tau, for `in: vp`; its end points are 1e-5 away at 10 steps.
//! At the marked end alpha = 1, sigma = 0 the formula holds, with r_s = 0; `in: t`, where that end has no time, the
//! prediction of x0 takes its place.

use crate::ends::Ends;
use crate::past::{ORDER, Past, order};
use crate::quadrature::{self, Rule};
use crate::vp_time::VpTime;
use ito_kit::{
    Coef, Failure, Host, Info, Kind, NEEDS_ALPHA, Param, Plan, Prediction, Problem, Sampler, Step, Values, What,
};

/// Rectangles of diff-sampler's quadrature.
const RECTANGLES: usize = 10_000;
/// A panel ends where r is this many times smaller, so that whatever happens near r = 0 is resolved.
const SHRINK: f64 = 4.0;
/// At most so many panels.
const PANELS: usize = 12;

/// See the module.
#[derive(Debug)]
pub struct DeisTab {
    vp: Option<VpTime>,
    rectangles: bool,
    rule: Rule,
    past: Past,
}

impl DeisTab {
    /// Points `(tau, g)` of the integral over r.
    fn points(&self, host: &Host, ends: &Ends) -> Result<Vec<(f64, f64)>, Failure> {
        if let (Some(vp), true, true) = (self.vp, self.rectangles, ends.r_s > 0.0) {
            return Ok(rectangles(vp, ends));
        }
        let panels = std::iter::successors(Some(ends.r_t / SHRINK), |r| Some(r / SHRINK)).take(PANELS);
        let cuts: Vec<f64> = panels.take_while(|r| *r > ends.r_s).collect();
        let (r, g): (Vec<f64>, Vec<f64>) = self.rule.points(ends.r_t, ends.r_s, &cuts).into_iter().unzip();
        let mut tau = vec![0.0; r.len()];
        match self.vp {
            Some(vp) => tau.iter_mut().zip(&r).for_each(|(tau, r)| *tau = vp.of_ratio(*r)),
            None => host.times_of(What::Ratio, Coef::Each(&r), &mut tau)?,
        }
        Ok(tau.into_iter().zip(g).collect())
    }
}

/// The interval cut by 10,000 points, both ends among them, each with a 10,000th of the interval.
fn rectangles(vp: VpTime, ends: &Ends) -> Vec<(f64, f64)> {
    let (from, to) = (vp.of_ratio(ends.r_t), vp.of_ratio(ends.r_s));
    let point = |i: usize| {
        let tau = from + (to - from) * i as f64 / (RECTANGLES - 1) as f64;
        (tau, vp.speed(tau) * (to - from) / RECTANGLES as f64)
    };
    (0..RECTANGLES).map(point).collect()
}

impl Sampler for DeisTab {
    const INFO: Info = Info {
        id: c"deis-tab",
        name: c"DEIS tAB",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"DEIS with polynomials in time (the process's, or that of a vp process) and exact weights.",
        equation: c"x_s = alpha_s (x_t/alpha_t + sum_j w_j eps_j); w_j = int_{r_t}^{r_s} L_j(tau(r)) dr; r = sigma/alpha",
        source: c"Zhang and Chen 2023 (DEIS), tAB-DEIS; diff-sampler for in: vp",
        choose: c"From 5 steps on, up to about 60 on grids in lambda; in: vp for models whose time is sigma. Its order counts predictions: the paper's index is smaller by one.",
        kind: Kind::Ode,
        order: 4.0,
        flags: NEEDS_ALPHA,
        params: &[
            ORDER,
            Param::choice(c"in", &[c"t", c"vp"], 0, c"variable of the polynomials: the process's time, or that of vp"),
            Param::choice(
                c"quadrature",
                &[c"exact", c"rectangles"],
                0,
                c"integrals to rounding, or as diff-sampler's 10,000 rectangles (in: vp only)",
            ),
        ],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        if values.choice("in") == 0 && values.choice("quadrature") == 1 {
            return Err("`quadrature: rectangles` is for `in: vp`: give both, or `quadrature: exact`".into());
        }
        plan.order = order(values) as f64;
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let vp = (values.choice("in") == 1).then(VpTime::of_edm);
        let past = Past::new(order(values), Prediction::Eps);
        Ok(Self { vp, rectangles: values.choice("quadrature") == 1, rule: Rule::new(), past })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.past.begin(host)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let t = step.t()?;
        if step.clean() && self.vp.is_none() && step.s()?.is_nan() {
            return host.eval(step.x, t, Prediction::X0, step.out);
        }
        let ends = Ends::of(host, step)?;
        let tau = self.vp.map_or(t, |vp| vp.of_ratio(ends.r_t));
        self.past.evaluate(host, step, tau)?;
        let weights = if self.past.len() == 1 {
            vec![ends.h()]
        } else {
            let points = self.points(host, &ends)?;
            quadrature::weights(&self.past.nodes(), points.into_iter().map(|(z, g)| (z - tau, g)))
        };
        self.past.advance(host, step, ends.factors(), &weights)
    }
}

#[cfg(test)]
mod tests {
    use super::{DeisTab, Sampler};
    use crate::{ExponentialAdams, Lms};
    use ito_kit::testing::{CIRCLE, EDM, FLOW, Given, Process, Run};

    const TIMES: &[f64] = &[1.4, 1.1, 0.7, 0.4, 0.3];

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(DeisTab::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0.7, 0.25) on the circle, tau = atan r in t: the integrals over r by quadrature:
    /// tests/golden.py works them in 40 digits.
    #[test]
    fn four_steps_by_hand() {
        let run = Run { data: (0.7, 0.5), times: TIMES, ..Run::new(&CIRCLE, 1.3) };
        let vp = [("in", Given::Choice("vp"))];
        let clean = Run { times: &[1.4, 1.1, 0.7, 0.4, 0.0], clean: true, ..run };
        for (run, exact) in [
            (run, 1.311_160_600_062_68),
            (Run { params: &vp, ..run }, 1.302_670_721_236_02),
            (clean, 1.260_808_267_919_75),
            (Run { params: &vp, ..clean }, 1.243_220_735_712_79),
        ] {
            let x = run.of::<DeisTab>().expect("it runs").x;
            assert!((x - exact).abs() < 1e-12, "{x} {exact}");
        }
    }

    /// The rectangles err by about 1e-5 here too, and need `in: vp`.
    #[test]
    fn rectangles_are_close() {
        let vp = [("in", Given::Choice("vp"))];
        let run = Run { data: (0.7, 0.5), times: TIMES, params: &vp, ..Run::new(&CIRCLE, 1.3) };
        let params = [("in", Given::Choice("vp")), ("quadrature", Given::Choice("rectangles"))];
        let far = Run { params: &params, ..run }.of::<DeisTab>().unwrap().x - run.of::<DeisTab>().unwrap().x;
        assert!(far != 0.0 && far.abs() < 1e-4, "{far}");
        assert!(Run { params: &params[1..], ..run }.of::<DeisTab>().unwrap_err().contains("in: vp"));
    }

    /// Where t is sigma/alpha it is `lms`; where it is linear in lambda, `exponential-adams` in eps.
    #[test]
    fn in_the_right_time_it_is_another_method() {
        const LOG: Process = Process { at: |t| [1.0, t.exp(), 0.0, t.exp()], of_ratio: f64::ln };
        let edm = Run { data: (0.7, 0.5), times: &[4.0, 2.5, 1.0, 0.4, 0.3], ..Run::new(&EDM, 1.3) };
        assert!((edm.of::<DeisTab>().unwrap().x - edm.of::<Lms>().unwrap().x).abs() < 1e-13);
        let log = Run { data: (0.7, 0.5), times: &[1.4, 0.9, 0.0, -0.9, -2.5], ..Run::new(&LOG, 1.3) };
        let params = [("order", Given::I64(4)), ("predict", Given::Choice("eps"))];
        let eps = Run { params: &params, ..log }.of::<ExponentialAdams>().unwrap().x;
        assert!((log.of::<DeisTab>().unwrap().x - eps).abs() < 1e-13);
        let flow = Run { data: (0.7, 0.0), times: &[0.9, 0.5, 0.4, 0.1], ..Run::new(&FLOW, 1.3) };
        let point = 0.7 * 0.9 + (1.3 - 0.07) / 0.9 * 0.1;
        assert!((flow.of::<DeisTab>().unwrap().x - point).abs() < 1e-14);
    }
}
