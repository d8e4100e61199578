//! `fitted-gaussian`: a predictor-corrector method that is exact for Gaussian data N(m, s² I) with any m and s.
//!
//! Equation, with y = x/alpha, r = sigma/alpha, S the score of y and D the prediction of x0 (D = y + r² S). Were the data
//! N(m, s² I), all of a path would have `m = D + s² S`, and `y − m` would be proportional to `R = √(r² + s²)`. For other
//! data `M = D + s² S` varies along the path, slowly where s fits, and for any s the flow is `dy/d ln R = y − M`:
//! - fit: `s² = −<dD, dS>/<dS, dS>`, d the difference of this prediction and the last: the s for which M changes least.
//!   0 where it comes out negative; r² where it is below −r², where D grows faster than y does and no Gaussian fits;
//! - correct: the last step again, from where it began, with this s and the prediction at its end:
//!   `y_t = R_t/R_u y_u + sum_j w_j M_j`, w_j the integral over the step in lambda of the polynomial that is 1 at M_j
//!   and 0 at the others against `R_t/R³ r²`. D and S follow y_t by their derivatives in the fitted Gaussian,
//!   s²/R² and −1/R², which leaves M as it is;
//! - predict: the same from t to s, without a prediction at s.
//!
//! Source: this project. The scheme is that of UniPC (Zhao et al. 2023, section 3, UniC-p and UniP-p) on M in place of
//! x0, which it is at s = 0; to take a linear part out of the score that leaves little is the idea of DPM-Solver-v3
//! (Zheng et al. 2023, section 3.1), which measures it on data beforehand, where here each sample finds its own.
//! Kind: ode. Order: that of the parameter plus one, for any bounded s, with exact starting values; the corrected first
//! step leaves an error of O(h³), small where the path begins in noise alone. Evaluations a step: 1.
//! Choose it for 5 to 20 evaluations; not where a sampler has to be linear in the state. What no Gaussian fits (a sample
//! still between modes) gets s by rule, no better than another choice would be.
//! At the marked end alpha = 1, sigma = 0, infinitely far in lambda, M is held: the end of a Gaussian's path still.

use crate::ends::at;
use crate::quadrature::{Rule, terms};
use ito_kit::{
    Coef, Failure, History, Host, Info, Kind, NEEDS_ALPHA, Param, Plan, Prediction, Problem, Sampler, Step, Tensor,
    Values,
};

/// Length of a panel in lambda: the kernel is singular at distance pi/2 from it.
const PANEL: f64 = 2.0;
/// The largest s²/r²; at a ratio without bound M would lose its digits.
const LARGEST: f64 = 1e6;

/// A time: alpha and r = sigma/alpha.
#[derive(Clone, Copy, Debug)]
struct At {
    alpha: f64,
    r: f64,
}

/// See the module.
#[derive(Debug)]
pub struct FittedGaussian {
    order: usize,
    rule: Rule,
    /// D and S, made at lambda.
    x0: History,
    score: History,
    /// s² of each row.
    s2: Vec<f64>,
    /// The state at the begin of the last step, and where that was; the state at t; a difference.
    before: Tensor,
    began: Option<At>,
    now: Tensor,
    change: [Tensor; 2],
}

/// s² from <dD, dS> and <dS, dS> at r.
fn fitted(product: f64, square: f64, r: f64) -> f64 {
    let s2 = if square > 0.0 { -product / square } else { 0.0 };
    if s2 < -r * r { r * r } else { s2.clamp(0.0, LARGEST * r * r) }
}

/// `R_b/R_a` and, for each s², the weights of M at `nodes` for the step from lambda `a` to `b`.
fn weights(rule: &Rule, (a, b): (f64, f64), nodes: &[f64], s2: &[f64]) -> Vec<Vec<f64>> {
    let points: Vec<(f64, Vec<f64>)> = rule
        .panels(a, b, PANEL)
        .into_iter()
        .map(|point| ((-2.0 * point.0).exp(), terms(nodes, point).collect()))
        .collect();
    let r2_b = (-2.0 * b).exp();
    let kernel = |r2: f64, s2: f64| ((r2_b + s2) / (r2 + s2)).sqrt() * r2 / (r2 + s2);
    let weight = |j: usize, s2: f64| points.iter().map(|(r2, l)| kernel(*r2, s2) * l[j]).sum();
    (0..nodes.len()).map(|j| s2.iter().map(|s2| weight(j, *s2)).collect()).collect()
}

impl FittedGaussian {
    /// D and S at (x, t).
    fn evaluate(&mut self, host: &Host, step: &Step, at: At) -> Result<(), Failure> {
        let lambda = -at.r.ln();
        let (x0, score) = (self.x0.push(lambda), self.score.push(lambda));
        host.eval(step.x, step.t()?, Prediction::Eps, score)?;
        host.combine(x0, &[((1.0 / at.alpha).into(), step.x), ((-at.r).into(), score)])?;
        host.combine(score, &[((-1.0 / at.r).into(), score)])
    }

    fn fit(&mut self, host: &Host, at: At) -> Result<(), Failure> {
        let [dx0, dscore] = self.change;
        host.combine(dx0, &[(1.0.into(), self.x0.tensor(0)), ((-1.0).into(), self.x0.tensor(1))])?;
        host.combine(dscore, &[(1.0.into(), self.score.tensor(0)), ((-1.0).into(), self.score.tensor(1))])?;
        let mut square = vec![0.0; self.s2.len()];
        host.dot(dx0, dscore, &mut self.s2)?;
        host.dot(dscore, dscore, &mut square)?;
        self.s2.iter_mut().zip(square).for_each(|(s2, square)| *s2 = fitted(*s2, square, at.r));
        Ok(())
    }

    /// `out :=` the step from x at `a` to `b` with the newest `count` predictions.
    fn advance(&self, host: &Host, (out, x): (Tensor, Tensor), (a, b): (At, At), count: usize) -> Result<(), Failure> {
        let carry: Vec<f64> = self.s2.iter().map(|s2| ((b.r * b.r + s2) / (a.r * a.r + s2)).sqrt()).collect();
        let w = if b.r == 0.0 {
            vec![carry.iter().map(|carry| 1.0 - carry).collect()]
        } else {
            let nodes: Vec<f64> = (0..count).map(|back| self.x0.at(back)).collect();
            weights(&self.rule, (-a.r.ln(), -b.r.ln()), &nodes, &self.s2)
        };
        let scale = |values: &[f64], by: f64| -> Vec<f64> { values.iter().map(|value| value * by).collect() };
        let on_x = scale(&carry, b.alpha / a.alpha);
        let on_x0: Vec<Vec<f64>> = w.iter().map(|w| scale(w, b.alpha)).collect();
        let on_score: Vec<Vec<f64>> =
            on_x0.iter().map(|w| w.iter().zip(&self.s2).map(|(w, s2)| w * s2).collect()).collect();
        let mut terms: Vec<(Coef, Tensor)> = vec![(on_x.as_slice().into(), x)];
        for j in 0..w.len() {
            terms.push((on_x0[j].as_slice().into(), self.x0.tensor(j)));
            terms.push((on_score[j].as_slice().into(), self.score.tensor(j)));
        }
        host.combine(out, &terms)
    }

    /// Replaces the state at t by that of the last step taken again, and D and S with it.
    fn correct(&mut self, host: &Host, step: &Step, (began, at): (At, At)) -> Result<(), Failure> {
        let count = (self.order + 1).min(self.x0.len());
        self.advance(host, (self.now, self.before), (began, at), count)?;
        let dy = self.change[0];
        host.combine(dy, &[((1.0 / at.alpha).into(), self.now), ((-1.0 / at.alpha).into(), step.x)])?;
        let slope: Vec<f64> = self.s2.iter().map(|s2| -1.0 / (at.r * at.r + s2)).collect();
        let share: Vec<f64> = self.s2.iter().map(|s2| s2 / (at.r * at.r + s2)).collect();
        let (x0, score) = (self.x0.tensor(0), self.score.tensor(0));
        host.combine(x0, &[(1.0.into(), x0), (share.as_slice().into(), dy)])?;
        host.combine(score, &[(1.0.into(), score), (slope.as_slice().into(), dy)])
    }
}

impl From<[f64; 2]> for At {
    fn from([alpha, r]: [f64; 2]) -> Self {
        Self { alpha, r }
    }
}

impl Sampler for FittedGaussian {
    const INFO: Info = Info {
        id: c"fitted-gaussian",
        name: c"Fitted Gaussian",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Predictor-corrector on the mean of a Gaussian that each sample fits to its last two predictions.",
        equation: c"M = D + s^2 S, s^2 = -<dD, dS>/<dS, dS>; y_s = R_s/R_t y_t + sum_j w_j M_j, R^2 = r^2 + s^2, w_j the integral of R_s/R^3 r^2 times a polynomial in lambda; y = x/alpha, r = sigma/alpha, S the score of y, D = y + r^2 S; the last step again with each new prediction",
        source: c"this project; after UniPC (Zhao et al. 2023, section 3, UniC-p and UniP-p) and DPM-Solver-v3 (Zheng et al. 2023, section 3.1)",
        choose: c"For 5 to 20 evaluations. Exact from two evaluations on for Gaussian data of covariance s^2 I, whatever s; order 2 at 5 evaluations, more at 20. Not where a sampler has to be linear in the state.",
        kind: Kind::Ode,
        order: 3.0,
        flags: NEEDS_ALPHA,
        params: &[
            Param::i64(c"order", 2, c"predictions that the predictor takes; the corrector takes one more, the first steps fewer")
                .range(1.0, 4.0),
            Param::f64(c"std", 0.5, c"s of the first step; the correction makes good for Gaussian data").range(0.0, 1e6),
        ],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        plan.order = (values.i64("order") + 1) as f64;
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let (order, std) = (values.i64("order") as usize, values.f64("std"));
        let (x0, score) = (History::new(order + 1), History::new(order + 1));
        let none = Tensor::NONE;
        Ok(Self {
            order,
            rule: Rule::new(),
            x0,
            score,
            s2: vec![std * std],
            before: none,
            began: None,
            now: none,
            change: [none; 2],
        })
    }

    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        self.s2 = vec![self.s2[0]; problem.rows];
        self.began = None;
        (self.before, self.now) = (host.make(c"before")?, host.make(c"now")?);
        self.change = [host.make(c"change of x0")?, host.make(c"change of the score")?];
        self.x0.begin(host)?;
        self.score.begin(host)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let here: At = at(host, step.t()?)?.into();
        let there = if step.clean() { At { alpha: 1.0, r: 0.0 } } else { at(host, step.s()?)?.into() };
        self.evaluate(host, step, here)?;
        host.combine(self.now, &[(1.0.into(), step.x)])?;
        if let Some(began) = self.began {
            self.fit(host, here)?;
            if !step.given() {
                self.correct(host, step, (began, here))?;
            }
        }
        self.advance(host, (step.out, self.now), (here, there), self.order.min(self.x0.len()))?;
        (self.before, self.now) = (self.now, self.before);
        self.began = Some(here);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{FittedGaussian, Rule, Sampler, fitted, weights};
    use ito_kit::testing::{CIRCLE, EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(FittedGaussian::INFO.faults(), Vec::<String>::new());
    }

    /// From x = 3 at r = 4, data N(0.7, 0.25), s = 0.5 in the first step: M = 0.7, R² falls from 16.25 to 6.5, so that
    /// x_s = 0.7 + √(6.5/16.25) 2.3 = 2.154 647 723 677 45. With s = 1: S = −2.3/16.25, D = 3 + 16 S, M = D + S =
    /// 3 − 17·2.3/16.25 = 0.593 846 153 846 154, x_s = M + √(7.25/17) (3 − M) = 2.165 178 080 483 12.
    #[test]
    fn one_step_by_hand() {
        let run = Run { data: (0.7, 0.5), times: &[4.0, 2.5], ..Run::new(&EDM, 3.0) };
        let of = |std| Run { params: &[("std", Given::F64(std))], ..run }.of::<FittedGaussian>().unwrap().x;
        assert!((of(0.5) - 2.154_647_723_677_45).abs() < 1e-12, "{}", of(0.5));
        assert!((of(1.0) - 2.165_178_080_483_12).abs() < 1e-12, "{}", of(1.0));
    }

    /// From the second prediction on a Gaussian is solved exactly, whatever s was first: y − m is proportional to R.
    #[test]
    fn a_gaussian_is_solved_exactly() {
        for (order, std) in [(1, 0.0), (2, 1.0), (3, 3.0)] {
            let params = [("order", Given::I64(order)), ("std", Given::F64(std))];
            let run = Run { data: (0.7, 0.5), params: &params, ..Run::new(&EDM, 3.0) };
            let times = [4.0, 2.5, 1.0, 0.4, 0.3];
            let end = Run { times: &times, ..run }.of::<FittedGaussian>().unwrap();
            assert!((end.x - (0.7 + 2.3 * (0.34f64 / 16.25).sqrt())).abs() < 1e-12, "{order}: {}", end.x);
            assert_eq!(end.evaluations, 4);
            let clean = Run { times: &[4.0, 2.5, 1.0, 0.0], clean: true, ..run }.of::<FittedGaussian>().unwrap().x;
            assert!((clean - (0.7 + 2.3 * 0.5 / 16.25f64.sqrt())).abs() < 1e-12, "{order}: {clean}");
            let circle =
                Run { process: &CIRCLE, times: &[1.4, 1.1, 0.7, 0.4], ..run }.of::<FittedGaussian>().unwrap().x;
            let spread = |t: f64| (0.25 * t.cos().powi(2) + t.sin().powi(2)).sqrt();
            let exact = 0.7 * 0.4f64.cos() + spread(0.4) / spread(1.4) * (3.0 - 0.7 * 1.4f64.cos());
            assert!((circle - exact).abs() < 1e-12, "{order}: {circle} {exact}");
        }
    }

    /// Data at one point have D constant: s = 0.
    #[test]
    fn a_point_mass_is_solved_exactly() {
        let run = Run { data: (0.7, 0.0), times: &[4.0, 2.5, 1.0, 0.5], ..Run::new(&EDM, 3.0) };
        let x = run.of::<FittedGaussian>().unwrap().x;
        assert!((x - (0.7 + 2.3 * 0.5 / 4.0)).abs() < 1e-12, "{x}");
    }

    #[test]
    fn what_no_gaussian_fits_has_a_rule() {
        assert_eq!(fitted(-0.5, 2.0, 3.0), 0.25);
        assert_eq!(fitted(0.5, 2.0, 3.0), 0.0); // D falls while y grows
        assert_eq!(fitted(20.0, 2.0, 3.0), 9.0); // D grows faster than y
        assert_eq!(fitted(-1e12, 1.0, 3.0), 9e6);
        assert_eq!(fitted(0.0, 0.0, 3.0), 0.0);
    }

    /// From r = 1 to r = 1/2 with s² = 1/4. One node: 1 − R_b/R_a = 1 − √(2/5). With a node ln 2 before, its weight is
    /// minus the integral of lambda/ln 2 against the kernel, with u = r: −√½/ln 2 times the integral of
    /// −ln u u/(u² + ¼)^{3/2} over u from 1/2 to 1; by parts its primitive is ln u/√(u² + ¼) + 2 asinh(1/(2u)), which
    /// makes the weight −√½/ln 2 (2 asinh ½ + √2 ln 2 − 2 asinh 1) = −0.183 558 403 209 982.
    #[test]
    fn weights_by_hand() {
        let (rule, b) = (Rule::new(), 2.0f64.ln());
        let one = weights(&rule, (0.0, b), &[0.0], &[0.25, 0.0]);
        assert!((one[0][0] - (1.0 - 0.4f64.sqrt())).abs() < 1e-14, "{one:?}");
        assert!((one[0][1] - 0.5).abs() < 1e-14, "s = 0 is DPM-Solver++'s kernel: {one:?}");
        let two = weights(&rule, (0.0, b), &[0.0, -b], &[0.25]);
        assert!((two[0][0] + two[1][0] - one[0][0]).abs() < 1e-14);
        assert!((two[1][0] + 0.183_558_403_209_982).abs() < 1e-13, "{two:?}");
    }
}
