//! `ipndm-v`: iPNDM with weights that follow the spacing, as published or as they were meant.
//!
//! Equation, with r = sigma/alpha, `h_0 = r_s − r_t` and h_i the step i steps ago:
//! `x_s = alpha_s (x_t/alpha_t + h_0 sum_j c_j eps_j)`; `form: exact`: c are the weights of Adams and Bashforth for this
//! spacing, so that it is `lms`; `form: published`: those of diff-sampler, which are the same at order 1 and 2.
//! Source: diff-sampler (`ipndm_v_sampler`), on which the tables of Zhou et al. 2024 (AMED) and Chen et al. 2024 (GITS)
//! rest; the method is that of Hairer, Nørsett and Wanner I, section III.5.
//! Kind: ode. Order: that of the parameter; 2 for `published` at order 4. There, in the factor of the second difference
//! a bracket is misplaced (right on equal steps alone; still order 3 where the spacing changes slowly, else 2), in that
//! of the third a sign is wrong, and the last weight has the ratio h_1/h_2 for h_2/h_3, so that the weights do not sum
//! to 1: with steps that are short and long in turn it does not converge. On a geometric sequence of r, as of the grid
//! log-snr, the sum is 1 and the order 3. Evaluations a step: 1.
//! Choose it to reproduce; else `lms`, or `ipndm` at few steps.
//! At the marked end alpha = 1, sigma = 0 the formula holds, with r_s = 0.

use crate::ends::Ends;
use crate::past::{ORDER, Past, order};
use ito_kit::{Failure, Host, Info, Kind, NEEDS_ALPHA, Param, Plan, Prediction, Problem, Sampler, Step, Values, adams};

/// See the module.
#[derive(Debug)]
pub struct IpndmV {
    published: bool,
    past: Past,
}

/// The published c for the steps h_0, h_1, …, one for each slope.
fn published(h: &[f64]) -> Vec<f64> {
    let mut c = vec![1.0];
    let mut add = |factor: f64, difference: &[f64]| {
        c.resize(difference.len(), 0.0);
        c.iter_mut().zip(difference).for_each(|(c, d)| *c += factor * d);
    };
    if let [h_0, h_1, ..] = *h {
        add(h_0 / h_1 / 2.0, &[1.0, -1.0]);
    }
    if let [h_0, h_1, h_2, ..] = *h {
        let (h_01, h_12) = (h_0 + h_1, h_1 + h_2);
        let ratio = h_1 / h_2;
        // For order 3: (1 − h_0/(3 h_01))/2 · (h_0 h_01)/(h_1 h_12).
        let second = (1.0 - h_0 / (3.0 * h_01) * (h_0 * h_01) / (h_1 * h_12)) / 2.0;
        add(second, &[1.0, -(1.0 + ratio), ratio]);
        if let [_, _, _, h_3] = *h {
            let (h_012, h_123) = (h_01 + h_2, h_12 + h_3);
            let b = h_1 * h_12 / (h_2 * (h_2 + h_3));
            // For order 4: a minus before the second term, and h_2/h_3 for the last ratio.
            let third = ((1.0 - h_0 / (3.0 * h_01)) / 2.0 + (1.0 - h_0 / (2.0 * h_01)) * h_0 / (6.0 * h_012))
                * (h_0 * h_01 * h_012)
                / (h_1 * h_12 * h_123);
            add(third, &[1.0, -(1.0 + ratio + b), ratio + b * (1.0 + h_2 / h_3), -b * ratio]);
        }
    }
    c
}

/// Whether each r is the same multiple of the one before, up to rounding.
fn geometric(r: &[f64]) -> bool {
    let mut factors = r.windows(2).map(|pair| pair[1] / pair[0]);
    factors.next().is_some_and(|first| factors.all(|factor| (factor / first - 1.0).abs() < 1e-9))
}

impl Sampler for IpndmV {
    const INFO: Info = Info {
        id: c"ipndm-v",
        name: c"iPNDM_v",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"iPNDM with weights for any spacing: as published in diff-sampler, or the exact ones of Adams-Bashforth (then it is lms).",
        equation: c"x_s = alpha_s (x_t/alpha_t + h_0 sum_j c_j eps_j); r = sigma/alpha, h_0 = r_s - r_t; c(h_0/h_1, h_1/h_2, h_2/h_3)",
        source: c"diff-sampler, ipndm_v_sampler; Hairer, Norsett and Wanner I, section III.5",
        choose: c"To reproduce tables of diff-sampler. Else lms, which is its exact form, or ipndm at few steps.",
        kind: Kind::Ode,
        order: 2.0,
        flags: NEEDS_ALPHA,
        params: &[
            ORDER,
            Param::choice(c"form", &[c"published", c"exact"], 0, c"weights of diff-sampler, or of Adams-Bashforth"),
        ],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        let order = order(values);
        let r: Vec<f64> = plan.levels().iter().map(|level| level.sigma / level.alpha).collect();
        let defect = if geometric(&r) { 3.0 } else { 2.0 };
        plan.order = if values.choice("form") == 0 && order == 4 { defect } else { order as f64 };
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self { published: values.choice("form") == 0, past: Past::new(order(values), Prediction::Eps) })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.past.begin(host)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let ends = Ends::of(host, step)?;
        self.past.evaluate(host, step, ends.r_t)?;
        let (nodes, (carry, gain)) = (self.past.nodes(), ends.factors());
        if !self.published {
            return self.past.advance(host, step, (carry, gain), &adams(0.0, ends.h(), &nodes));
        }
        let earlier = nodes.windows(2).map(|r| r[0] - r[1]);
        let h: Vec<f64> = std::iter::once(ends.h()).chain(earlier).collect();
        self.past.advance(host, step, (carry, gain * ends.h()), &published(&h))
    }
}

#[cfg(test)]
mod tests {
    use super::{IpndmV, Sampler, published};
    use crate::Lms;
    use ito_kit::testing::{CIRCLE, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(IpndmV::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0.7, 0.25) on the circle, diff-sampler's coefficients for the steps in tan t:
    /// tests/golden.py works them in 40 digits.
    #[test]
    fn the_published_form_by_hand() {
        let run = Run { data: (0.7, 0.5), times: &[1.4, 1.1, 0.7, 0.4, 0.3], ..Run::new(&CIRCLE, 1.3) };
        assert!((run.of::<IpndmV>().expect("it runs").x - 1.316_871_819_321_15).abs() < 1e-12);
        let three = Run { params: &[("order", Given::I64(3))], ..run };
        assert!((three.of::<IpndmV>().expect("it runs").x - 1.316_614_019_630_53).abs() < 1e-12);
        let exact = Run { params: &[("form", Given::Choice("exact"))], ..run };
        assert_eq!(exact.of::<IpndmV>().expect("it runs").path, run.of::<Lms>().expect("it runs").path);
    }

    /// With equal steps the published order 3 is that of Adams and Bashforth, and order 4 is not: its third difference
    /// has the factor 5/12 + 1/24 = 11/24 for 5/12 − 1/24 = 3/8. With a ratio that changes its weights do not sum to 1.
    #[test]
    fn what_is_wrong_with_the_published_form() {
        let near = |c: &[f64], exact: &[f64]| c.iter().zip(exact).all(|(c, e)| (c - e).abs() < 1e-14);
        assert!(near(&published(&[0.1; 3]), &[23.0 / 12.0, -16.0 / 12.0, 5.0 / 12.0]));
        let sum = [23.0 / 12.0 + 11.0 / 24.0, -16.0 / 12.0 - 33.0 / 24.0, 5.0 / 12.0 + 33.0 / 24.0, -11.0 / 24.0];
        assert!(near(&published(&[0.1; 4]), &sum));
        assert!((published(&[1.0, 2.0, 4.0, 8.0]).iter().sum::<f64>() - 1.0).abs() < 1e-14);
        assert!(super::geometric(&[8.0, 4.0, 2.0, 1.0]) && !super::geometric(&[8.0, 4.0, 2.0, 0.0]));
        assert!((published(&[1.0, 2.0, 3.0, 4.0]).iter().sum::<f64>() - 1.0).abs() > 1e-3);
        assert!((published(&[1.0, 2.0, 3.0]).iter().sum::<f64>() - 1.0).abs() < 1e-14);
    }
}
