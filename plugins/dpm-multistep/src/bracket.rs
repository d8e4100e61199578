//! What all solvers of this library multiply by their gain: the mean of the predictions over a step, weighted by the
//! exponential, from the newest predictions `m_0, m_1, m_2`.
//!
//! With h the step in lambda, `h_0` and `h_1` the last two steps, r_j = h_j/h and phi_k the functions of [`phi`]:
//! `D_10 = (m_0 − m_1)/r_0`, `D_11 = (m_1 − m_2)/r_1`, `D_1 = D_10 + r_0/(r_0 + r_1) (D_10 − D_11)`,
//! `D_2 = 2/(r_0 + r_1) (D_10 − D_11)`: h times the slope and h² times the second derivative at t of the parabola
//! through the three. The means are
//!
//! | order | mean |
//! |---|---|
//! | 1 | phi_1 m_0 |
//! | 2, midpoint | phi_1 (m_0 + D_10/2) |
//! | 2, heun | phi_1 m_0 + phi_2 D_10 |
//! | 3 | phi_1 m_0 + phi_2 D_1 + phi_3 D_2 |
//!
//! The published third order has D_2/2 for D_2: it takes `1/(r_0 + r_1) (D_10 − D_11)` for h² times the second
//! derivative, which is half of it. What is left out is of order h² a step and the method of order 2.

use ito_kit::phi;

/// How the slope enters a step of second order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Second {
    /// With phi_1/2: the prediction in the middle of the step.
    Midpoint,
    /// With phi_2: the line is integrated exactly.
    Heun,
}

/// Which second difference a step of third order takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Half of the second derivative.
    Published,
    /// The second derivative: the parabola is integrated exactly.
    Exact,
}

/// The steps in lambda: this one and the last two, where there were so many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps {
    pub(crate) h: f64,
    pub(crate) h_0: f64,
    pub(crate) h_1: f64,
}

/// The factors of `m_0, m_1, m_2` in the mean over a step whose exponential is `e^{z (h − u)/h}`.
pub(crate) fn mean(order: usize, second: Second, form: Form, z: f64, steps: Steps) -> [f64; 3] {
    let slope = if order == 2 && second == Second::Midpoint { phi(1, z) / 2.0 } else { phi(2, z) };
    spread(order, [phi(1, z), slope, curvature(form, phi(3, z))], steps)
}

/// The same for a step in eps to sigma = 0, where lambda has no end: `int_0^∞ e^{−u} u^k/k! du = 1` for every k takes
/// the place of h^{k+1} phi_{k+1}, so that `h` is 1. The midpoint has no limit.
pub(crate) fn mean_to_the_end(order: usize, form: Form, h_0: f64, h_1: f64) -> [f64; 3] {
    spread(order, [1.0, 1.0, curvature(form, 1.0)], Steps { h: 1.0, h_0, h_1 })
}

fn curvature(form: Form, phi_3: f64) -> f64 {
    if form == Form::Published { phi_3 / 2.0 } else { phi_3 }
}

/// From factors of `m_0, D_1, D_2` to factors of `m_0, m_1, m_2`.
fn spread(order: usize, [value, slope, curvature]: [f64; 3], steps: Steps) -> [f64; 3] {
    let (r_0, r_1) = (steps.h_0 / steps.h, steps.h_1 / steps.h);
    match order {
        1 => [value, 0.0, 0.0],
        2 => [value + slope / r_0, -slope / r_0, 0.0],
        _ => {
            let of_difference = (slope * r_0 + 2.0 * curvature) / (r_0 + r_1);
            let (of_d10, of_d11) = (slope + of_difference, -of_difference);
            [value + of_d10 / r_0, of_d11 / r_1 - of_d10 / r_0, -of_d11 / r_1]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, Second, Steps, mean, mean_to_the_end};
    use ito_kit::adams;

    const STEPS: Steps = Steps { h: 0.7, h_0: 0.4, h_1: 0.9 };

    /// Where lines and parabolas are integrated exactly, these are the exponential Adams weights over h.
    #[test]
    fn heun_and_the_exact_form_are_the_exponential_adams_methods() {
        let nodes = [0.0, -0.4, -1.3];
        for rate in [-1.0, 1.0, -1.6] {
            for order in [2, 3] {
                let ours = mean(order, Second::Heun, Form::Exact, rate * STEPS.h, STEPS);
                for (w, exact) in ours.iter().zip(adams(rate, STEPS.h, &nodes[..order])) {
                    assert!((w * STEPS.h - exact).abs() < 1e-14, "rate {rate}, order {order}: {ours:?}");
                }
            }
        }
    }

    /// Of u², whose second derivative is 2, the exact form integrates `int_0^h e^{−(h−u)} u² du = h² − 2h + 2 − 2e^{−h}`
    /// and the published one half.
    #[test]
    fn the_published_form_takes_half_of_the_curvature() {
        let squares = [0.0, 0.16, 1.69];
        let integral = |form| {
            let weights = mean(3, Second::Heun, form, -STEPS.h, STEPS);
            STEPS.h * weights.iter().zip(squares).map(|(w, u)| w * u).sum::<f64>()
        };
        let exact = 0.49 - 1.4 + 2.0 - 2.0 * (-0.7f64).exp();
        assert!((integral(Form::Exact) - exact).abs() < 1e-15);
        assert!((integral(Form::Published) - exact / 2.0).abs() < 1e-15);
    }

    /// h times the mean, times the `e^{−h}` that sigma_s brings, becomes the mean to the end.
    #[test]
    fn long_steps_in_eps_reach_the_limit() {
        let (h, h_0, h_1) = (600.0, 0.4, 0.9);
        for order in [1, 2, 3] {
            let far = mean(order, Second::Heun, Form::Exact, h, Steps { h, h_0, h_1 });
            let limit = mean_to_the_end(order, Form::Exact, h_0, h_1);
            for (w, end) in far.iter().zip(limit) {
                assert!((w * h * (-h).exp() - end).abs() < 1e-13, "order {order}: {far:?} {limit:?}");
            }
        }
    }
}
