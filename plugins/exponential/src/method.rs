//! The stages of an explicit exponential Runge-Kutta method in lambda, on the prediction of x0 or of eps.
//!
//! Along the probability flow `d(x/alpha)/dlambda = −x/alpha + x0` and `d(x/sigma)/dlambda = x/sigma − eps`: a linear
//! part A = −1 or 1 that is known, and the model. With h the step in lambda and z = A h, at lambda_t + c_i h
//!
//! ```text
//! x0:  x_i = sigma_i/sigma_t x_t + alpha_i h sum_j a_ij(z) x0_j,   z = −h
//! eps: x_i = alpha_i/alpha_t x_t − sigma_i h sum_j a_ij(z) eps_j,  z = h
//! ```
//!
//! and x_s the same with the weights b_j(z).
//! Source: Hochbruck and Ostermann 2005, Explicit exponential Runge-Kutta methods for semilinear parabolic problems;
//! Hochbruck and Ostermann 2010, Exponential integrators.

use ito_kit::{Failure, Host, NEEDS_ALPHA, ONE_STEP, Param, Point, Prediction, Step, Tensor, Values, What};

/// The parameter `predict`.
pub(crate) const PREDICT: Param =
    Param::choice(c"predict", &[c"x0", c"eps"], 0, c"the prediction that is the nonlinear part");

/// Flags of all of them.
pub(crate) const FLAGS: u32 = NEEDS_ALPHA | ONE_STEP;

/// The weights at z: row i − 1 holds a_i1, …, a_i(i−1) of stage i = 2, …, the last row b.
pub(crate) type Weights = Vec<Vec<f64>>;

/// A method on the flow.
#[derive(Debug)]
pub(crate) struct Method {
    /// Places of the stages, the first 0.
    c: Vec<f64>,
    weights: fn(&[f64], f64) -> Weights,
    prediction: Prediction,
    x_i: Tensor,
    predicted: Vec<Tensor>,
}

impl Method {
    /// Without tensors yet.
    pub(crate) fn new(values: &Values, c: &[f64], weights: fn(&[f64], f64) -> Weights) -> Self {
        let prediction = if values.choice("predict") == 0 { Prediction::X0 } else { Prediction::Eps };
        Self { c: c.to_vec(), weights, prediction, x_i: Tensor::NONE, predicted: Vec::new() }
    }

    pub(crate) fn begin(&mut self, host: &Host) -> Result<(), Failure> {
        self.x_i = host.make(c"x_i")?;
        self.predicted = self.c.iter().map(|_| host.make(c"predicted")).collect::<Result<_, _>>()?;
        Ok(())
    }

    /// A step; to the marked end alpha = 1, sigma = 0 it is infinite, and the prediction of x0 takes its place.
    pub(crate) fn step(&self, host: &Host, step: &Step) -> Result<(), Failure> {
        let t = step.t()?;
        if step.clean() {
            return host.eval(step.x, t, Prediction::X0, step.out);
        }
        let (at_t, at_s) = (host.point(t)?, host.point(step.s()?)?);
        let h = at_s.lambda - at_t.lambda;
        let weights = (self.weights)(&self.c, if self.prediction == Prediction::X0 { -h } else { h });
        host.eval(step.x, t, self.prediction, self.predicted[0])?;
        for (row, (c, out)) in weights.iter().zip(self.c.iter().zip(&self.predicted).skip(1)) {
            let at = if *c == 1.0 { at_s } else { host.point(host.time_of(What::Lambda, at_t.lambda + c * h)?)? };
            self.combine(host, self.x_i, step.x, (&at_t, &at), h, row)?;
            host.eval(self.x_i, at.t, self.prediction, *out)?;
        }
        self.combine(host, step.out, step.x, (&at_t, &at_s), h, &weights[self.c.len() - 1])
    }

    /// `out := carry x + gain sum_j row_j predicted_j`.
    fn combine(
        &self,
        host: &Host,
        out: Tensor,
        x: Tensor,
        (begin, end): (&Point, &Point),
        h: f64,
        row: &[f64],
    ) -> Result<(), Failure> {
        let (carry, gain) = match self.prediction {
            Prediction::X0 => (end.sigma / begin.sigma, end.alpha * h),
            _ => (end.alpha / begin.alpha, -end.sigma * h),
        };
        let used = row.iter().zip(&self.predicted).filter(|(weight, _)| **weight != 0.0);
        let terms = used.map(|(weight, predicted)| ((gain * weight).into(), *predicted));
        host.combine(out, &std::iter::once((carry.into(), x)).chain(terms).collect::<Vec<_>>())
    }
}

/// The stiff order conditions, for the tests of the methods.
#[cfg(test)]
pub(crate) mod stiff {
    use super::Weights;
    use ito_kit::phi;

    /// Values of z at which they are tested: both signs, small and large.
    pub(crate) const AT: [f64; 6] = [-9.0, -1.6, -0.03, 0.2, 1.4, 6.0];

    /// A method at one z.
    pub(crate) struct At<'a> {
        pub(crate) c: &'a [f64],
        pub(crate) weights: Weights,
        pub(crate) z: f64,
    }

    impl At<'_> {
        /// `psi_j = phi_j(z) − sum_k b_k c_k^(j−1)/(j−1)!`.
        pub(crate) fn psi(&self, j: usize) -> f64 {
            phi(j, self.z) - self.moment(self.b(), j)
        }

        /// `psi_j,i = phi_j(c_i z) c_i^j − sum_k a_ik c_k^(j−1)/(j−1)!`.
        pub(crate) fn psi_of(&self, j: usize, i: usize) -> f64 {
            let row: &[f64] = if i == 0 { &[] } else { &self.weights[i - 1] };
            phi(j, self.c[i] * self.z) * self.c[i].powi(j as i32) - self.moment(row, j)
        }

        pub(crate) fn b(&self) -> &[f64] {
            &self.weights[self.c.len() - 1]
        }

        /// The largest of the defects.
        pub(crate) fn worst(defects: impl IntoIterator<Item = f64>) -> f64 {
            defects.into_iter().map(f64::abs).fold(0.0, f64::max)
        }

        fn moment(&self, row: &[f64], j: usize) -> f64 {
            let factorial: f64 = (1..j).map(|m| m as f64).product();
            row.iter().zip(self.c).map(|(w, c)| w * c.powi(j as i32 - 1)).sum::<f64>() / factorial
        }
    }
}
