//! Control of the step size by an error estimate: Hairer, Nørsett and Wanner, Solving Ordinary Differential
//! Equations I, section II.4; Hairer and Wanner II, section IV.2 for the PI controller.
//!
//! `error` is an estimate divided by its tolerance, so that 1 is just right.

/// `h_next = h factor`, with `factor = safety error^−a last_error^b`, kept between `min_factor` and `max_factor`.
///
/// With an error estimate of order q and k = q + 1: `b = beta`, `a = 1/k − ¾ beta`. `beta = 0` is the I
/// controller (II.4.13); DOPRI5 takes `beta = 0.04` (IV.2), which damps the sequence of steps where stability,
/// not accuracy, limits them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Control {
    /// k = q + 1, q the order of the error estimate.
    pub k: f64,
    /// Share of the last error; 0 = I controller.
    pub beta: f64,
    /// Aims below the tolerance, so that the next try seldom fails.
    pub safety: f64,
    /// Smallest factor after a finite error.
    pub min_factor: f64,
    /// Largest factor.
    pub max_factor: f64,
}

impl Control {
    /// `last_error` before the first accepted try, and the floor of later ones, as in DOPRI5.
    pub const LAST_ERROR: f64 = 1e-4;

    /// Weights of a PID controller, those of ARKODE: it follows the error as fast as the PI controller and damps its
    /// noise. Söderlind's H312PID, (1/18, 1/9, 1/18), damps more, but follows so slowly that a loose tolerance is over
    /// before the steps have grown.
    pub const PID: [f64; 3] = [0.58, -0.21, 0.1];

    /// The factor after a try whose estimate was not finite.
    pub const NOT_FINITE: f64 = 0.1;

    /// Whether a try is accepted; one that is not finite never is.
    #[must_use]
    pub fn accepts(error: f64) -> bool {
        error <= 1.0
    }

    /// `h_next / h`. `last_error`: that of the last accepted try, see [`Control::LAST_ERROR`]; after a
    /// rejected try the next one does not grow, if `after_rejection`.
    #[must_use]
    pub fn factor(&self, error: f64, last_error: f64, after_rejection: bool) -> f64 {
        if !error.is_finite() {
            return Self::NOT_FINITE;
        }
        let plain = self.safety * error.powf(0.75 * self.beta - 1.0 / self.k);
        if !Self::accepts(error) {
            return plain.clamp(self.min_factor, 1.0);
        }
        let factor = (plain * last_error.powf(self.beta)).clamp(self.min_factor, self.max_factor);
        if after_rejection { factor.min(1.0) } else { factor }
    }

    /// `h_next / h` by a digital filter: `prod_j (safety^k/e_j)^(w_j/k)` over the errors of this try, of the last
    /// accepted one and of the one before it, so that at rest the error is `safety^k`, as with the I controller. A
    /// rejected try is followed by the I controller's step, as in [`Control::factor`].
    ///
    /// Weights (1, 0, 0) are the I controller, [`Control::PID`] a PID controller.
    /// Source: Söderlind 2003, Digital filters in adaptive time-stepping.
    #[must_use]
    pub fn filtered(&self, weights: [f64; 3], errors: [f64; 3], after_rejection: bool) -> f64 {
        if !Self::accepts(errors[0]) {
            return Self { beta: 0.0, ..*self }.factor(errors[0], 1.0, after_rejection);
        }
        let power =
            |(w, e): (&f64, &f64)| if *w == 0.0 { 1.0 } else { (self.safety.powf(self.k) / e).powf(w / self.k) };
        let factor = weights.iter().zip(&errors).map(power).product::<f64>();
        let factor = factor.clamp(self.min_factor, self.max_factor);
        if after_rejection { factor.min(1.0) } else { factor }
    }
}

/// First guess of the first step (II.4, starting step size, a to b): the step that moves the state by a
/// hundredth of itself. `d0`, `d1`: norms of state and slope, each over the tolerance; `span` > 0: length of
/// the whole interval.
#[must_use]
pub fn probe_step(d0: f64, d1: f64, span: f64) -> f64 {
    let h = if d0 < 1e-5 || d1 < 1e-5 { 1e-6 } else { 0.01 * d0 / d1 };
    positive(h.min(span), span)
}

/// The first step (II.4, starting step size, c to f), after one probe at the distance `h0` of [`probe_step`].
/// `d2`: norm of the difference of the two slopes over the tolerance, divided by `h0`; `k` as in [`Control`].
#[must_use]
pub fn first_step(h0: f64, d1: f64, d2: f64, k: f64, span: f64) -> f64 {
    let d = d1.max(d2);
    let h1 = if d <= 1e-15 { (1e-3 * h0).max(1e-6) } else { (0.01 / d).powf(1.0 / k) };
    positive(h1.min(100.0 * h0).min(span), span)
}

/// A slope that is not finite must not stop the run here: the first try finds it and is rejected.
fn positive(h: f64, span: f64) -> f64 {
    if h > 0.0 { h } else { span }
}

#[cfg(test)]
mod tests {
    use super::{Control, first_step, probe_step};

    const I: Control = Control { k: 5.0, beta: 0.0, safety: 0.9, min_factor: 0.2, max_factor: 10.0 };

    #[test]
    fn the_i_controller_aims_at_safety_to_the_k() {
        // An error that falls as h^5: from error e the next error is safety^5, whatever e.
        for e in [1e-3f64, 0.02, 0.5, 1.5, 30.0] {
            let next = e * I.factor(e, 1.0, false).powi(5);
            assert!((next - 0.9f64.powi(5)).abs() < 1e-12, "{e}: {next}");
        }
    }

    #[test]
    fn factors_keep_their_bounds() {
        assert_eq!(I.factor(0.0, 1e-4, false), 10.0);
        assert_eq!(I.factor(0.0, 1e-4, true), 1.0);
        assert_eq!(I.factor(1e9, 1e-4, false), 0.2);
        assert_eq!(I.factor(f64::NAN, 1e-4, false), 0.1);
        assert_eq!(I.factor(f64::INFINITY, 1e-4, false), 0.1);
        assert!(Control::accepts(1.0) && !Control::accepts(f64::NAN) && !Control::accepts(1.0 + 1e-15));
    }

    #[test]
    fn the_pi_controller_rests_where_the_error_does_not_change() {
        // error = last_error = e: factor = safety e^(beta − a) = 1 at e = safety^(1/(1/k − 7/4 beta)).
        let pi = Control { beta: 0.04, ..I };
        let e = 0.9f64.powf(1.0 / (0.2 - 1.75 * 0.04));
        assert!((pi.factor(e, e, false) - 1.0).abs() < 1e-12);
        // A falling error is trusted less than a steady one by a rising last error.
        assert!(pi.factor(0.1, 0.5, false) > pi.factor(0.1, 0.05, false));
        // Rejected tries forget the last error, as in DOPRI5.
        assert_eq!(pi.factor(2.0, 1e-4, false), pi.factor(2.0, 1.0, false));
    }

    #[test]
    fn filters_rest_where_the_i_controller_does() {
        let rest = I.safety.powf(I.k);
        for weights in [[1.0, 0.0, 0.0], Control::PID, [1.0 / 18.0, 1.0 / 9.0, 1.0 / 18.0]] {
            assert!((I.filtered(weights, [rest; 3], false) - 1.0).abs() < 1e-12);
            // All errors half as large: a step 2^(sum w/k) times as large.
            let faster = I.filtered(weights, [rest / 2.0; 3], false);
            assert!((faster - 2.0f64.powf(weights.iter().sum::<f64>() / I.k)).abs() < 1e-12);
        }
        for e in [0.02, 0.7, 3.0, f64::NAN] {
            assert!((I.filtered([1.0, 0.0, 0.0], [e, 0.0, 0.0], true) - I.factor(e, 1.0, true)).abs() < 1e-12);
        }
        assert_eq!(I.filtered(Control::PID, [0.0, Control::LAST_ERROR, 1.0], false), I.max_factor);
    }

    #[test]
    fn first_step_by_hand() {
        // d0 = 2, d1 = 4: h0 = 0.01 * 2/4; d2 = 10: (0.01/10)^(1/5) = 0.2512 > 100 h0 = 0.5? No: 0.2512.
        let h0 = probe_step(2.0, 4.0, 1.0);
        assert_eq!(h0, 0.005);
        assert!((first_step(h0, 4.0, 10.0, 5.0, 1.0) - 1e-3f64.powf(0.2)).abs() < 1e-15);
        // No slope at all: the floor, then the interval.
        assert_eq!(probe_step(2.0, 0.0, 1.0), 1e-6);
        assert_eq!(first_step(1e-6, 0.0, 0.0, 5.0, 1.0), 1e-6);
        assert_eq!(probe_step(1.0, 1.0, 1e-3), 1e-3);
        assert_eq!(first_step(1e-3, 1e-9, 1e-9, 5.0, 0.05), 0.05);
        for bad in [f64::NAN, f64::INFINITY] {
            assert!(first_step(probe_step(1.0, bad, 2.0), bad, bad, 5.0, 2.0) > 0.0);
        }
    }
}
