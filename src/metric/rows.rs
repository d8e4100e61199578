//! DOP853 on many rows at once, each with its own place, step and error: the integrator of the judges.
//!
//! A row is a state, and behind it integrals along its path (the log-determinants of a likelihood), which no
//! slope reads. The error of the integrals is held apart from that of the state, so that one number beside 64
//! is not lost in their mean.

use super::MetricError;
use super::dop853::{A, B, C, E3, E5, STAGES, error_norm};

/// Tries a row may take before it counts as stuck; a mixture at 1e-12 takes a few hundred.
const MOST_TRIES: u32 = 10_000;
/// The smallest step; rounding of the angle in which the flows run is 1e-16.
const LEAST_STEP: f64 = 1e-12;

/// dy/du of rows.
pub(super) trait Field {
    /// Numbers of the state of a row; integrals follow.
    fn state(&self) -> usize;
    /// Numbers of a row, state and integrals.
    fn width(&self) -> usize;
    /// The slopes [rows, width] of `y` [rows, width], each row at its own u; `rows` are their numbers.
    fn slope(&mut self, rows: &[usize], u: &[f64], y: &[f64]) -> Result<Vec<f64>, MetricError>;
    /// The time of the process at u, for messages.
    fn time(&self, u: f64) -> f64;
}

/// One try of a step of some rows.
pub(super) struct Try {
    /// [rows, width].
    pub(super) y: Vec<f64>,
    /// The error in units of the tolerance, one a row.
    pub(super) error: Vec<f64>,
}

/// `y + h Σ_j w_j k_j`, row by row.
fn combine(width: usize, y: &[f64], h: &[f64], weights: &[f64], k: &[Vec<f64>]) -> Vec<f64> {
    let mut sum = vec![0.0; y.len()];
    for (w, k) in weights.iter().zip(k).filter(|(w, _)| **w != 0.0) {
        sum.iter_mut().zip(k).for_each(|(sum, k)| *sum += w * k);
    }
    for ((sum, y), h) in sum.chunks_mut(width).zip(y.chunks(width)).zip(h) {
        sum.iter_mut().zip(y).for_each(|(sum, y)| *sum = y + h * *sum);
    }
    sum
}

/// Tries one step from u to u + h for each row; `first` is the slope at u.
pub(super) fn try_step(
    field: &mut dyn Field,
    rows: &[usize],
    (u, h): (&[f64], &[f64]),
    y: &[f64],
    first: Vec<f64>,
    tol: f64,
) -> Result<Try, MetricError> {
    let (state, width) = (field.state(), field.width());
    let mut k = vec![first];
    for stage in 1..STAGES {
        let y_stage = combine(width, y, h, A[stage], &k);
        let u_stage: Vec<f64> = u.iter().zip(h).map(|(u, h)| u + C[stage] * h).collect();
        k.push(field.slope(rows, &u_stage, &y_stage)?);
    }
    let y_new = combine(width, y, h, &B, &k);
    let norm = |h: f64, places: std::ops::Range<usize>| {
        let count = places.len();
        let (mut e5, mut e3) = (0.0, 0.0);
        for d in places {
            let scale = tol * (1.0 + y[d].abs().max(y_new[d].abs()));
            let part = |weights: &[f64]| weights.iter().zip(&k).map(|(w, k)| w * k[d]).sum::<f64>() / scale;
            let (a, b) = (part(&E5), part(&E3));
            e5 += a * a;
            e3 += b * b;
        }
        error_norm(h, e5, e3, count)
    };
    let error = h.iter().enumerate().map(|(i, &h)| {
        let (of_state, of_integrals) =
            (norm(h, i * width..i * width + state), norm(h, i * width + state..(i + 1) * width));
        // Not `max`, which would drop a NaN.
        if of_state > of_integrals || of_state.is_nan() { of_state } else { of_integrals }
    });
    let error = error.collect();
    Ok(Try { y: y_new, error })
}

/// Carries rows `y` [n, width] from `begin` to `end`, in either direction, in place; a row leaves the work when
/// it is there. Returns the slopes spent on each row, `[n]`.
///
/// A step is kept when the root mean square of error/(tol (1 + |y|)) is at most 1, over the state and over the
/// integrals.
///
/// # Errors
/// [`MetricError::Stuck`] when the tolerance cannot be met, and what `field` returns.
pub(super) fn integrate(
    field: &mut dyn Field,
    begin: f64,
    end: f64,
    y: &mut [f64],
    tol: f64,
) -> Result<Vec<u64>, MetricError> {
    let width = field.width();
    let count = y.len() / width;
    let mut u = vec![begin; count];
    let mut h = vec![(end - begin) / 50.0; count];
    let mut active: Vec<usize> = (0..count).collect();
    let mut slopes = field.slope(&active, &u, y)?;
    let mut spent = vec![1; count];
    for _ in 0..MOST_TRIES {
        if active.is_empty() {
            break;
        }
        let gather =
            |from: &[f64]| active.iter().flat_map(|&i| &from[i * width..(i + 1) * width]).copied().collect::<Vec<_>>();
        let u_now: Vec<f64> = active.iter().map(|&i| u[i]).collect();
        // A rest slightly longer than the step is taken whole, not left as a crumb.
        let u_next = |i: usize| if 1.01 * h[i].abs() >= (end - u[i]).abs() { end } else { u[i] + h[i] };
        let u_new: Vec<f64> = active.iter().map(|&i| u_next(i)).collect();
        let h_now: Vec<f64> = u_now.iter().zip(&u_new).map(|(now, new)| new - now).collect();
        let tried = try_step(field, &active, (&u_now, &h_now), &gather(y), gather(&slopes), tol)?;
        let (mut kept, mut going) = (Vec::new(), Vec::new());
        for (place, &i) in active.iter().enumerate() {
            spent[i] += STAGES as u64 - 1;
            let error = tried.error[place];
            // 0.9, 1/3 and 6 are the defaults of dop853.f; a NaN shrinks the step as a large error does.
            let factor = (0.9 * error.powf(-1.0 / 8.0)).clamp(1.0 / 3.0, 6.0);
            h[i] = h_now[place] * if factor.is_nan() { 1.0 / 3.0 } else { factor };
            if error <= 1.0 {
                y[i * width..(i + 1) * width].copy_from_slice(&tried.y[place * width..(place + 1) * width]);
                u[i] = u_new[place];
                if u[i] != end {
                    kept.push(i);
                    going.push(i);
                }
            } else if h[i].abs() < LEAST_STEP {
                return Err(MetricError::Stuck { sample: i, t: field.time(u[i]), tol });
            } else {
                going.push(i);
            }
        }
        if !kept.is_empty() {
            let u_kept: Vec<f64> = kept.iter().map(|&i| u[i]).collect();
            let y_kept: Vec<f64> = kept.iter().flat_map(|&i| &y[i * width..(i + 1) * width]).copied().collect();
            let slopes_kept = field.slope(&kept, &u_kept, &y_kept)?;
            for (&i, slope) in kept.iter().zip(slopes_kept.chunks(width)) {
                slopes[i * width..(i + 1) * width].copy_from_slice(slope);
                spent[i] += 1;
            }
        }
        active = going;
    }
    match active.first() {
        Some(&i) => Err(MetricError::Stuck { sample: i, t: field.time(u[i]), tol }),
        None => Ok(spent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// y' = −y beside the integral of a y² along it, NaN once u passes `wall`.
    struct Decay {
        wall: f64,
        a: f64,
    }

    impl Field for Decay {
        fn state(&self) -> usize {
            1
        }

        fn width(&self) -> usize {
            2
        }

        fn slope(&mut self, _: &[usize], u: &[f64], y: &[f64]) -> Result<Vec<f64>, MetricError> {
            let row = |(u, y): (&f64, &[f64])| [if *u > self.wall { f64::NAN } else { -y[0] }, self.a * y[0] * y[0]];
            Ok(u.iter().zip(y.chunks(2)).flat_map(row).collect())
        }

        fn time(&self, u: f64) -> f64 {
            u
        }
    }

    #[test]
    fn integrals_run_beside_the_state_in_both_directions() {
        let mut field = Decay { wall: f64::INFINITY, a: 3.0 };
        let mut y = [1.0, 0.0, 2.0, 0.0];
        let spent = integrate(&mut field, 0.0, 2.0, &mut y, 1e-12).expect("smooth");
        // The integral of 3 e^(−2u) from 0 to 2.
        let whole = 1.5 * (1.0 - (-4.0_f64).exp());
        for (found, exact) in y.iter().zip([(-2.0_f64).exp(), whole, 2.0 * (-2.0_f64).exp(), 4.0 * whole]) {
            assert!((found - exact).abs() < 1e-10, "{found} {exact}");
        }
        assert!(spent[0] > 50 && spent[0] <= spent[1]);
        integrate(&mut field, 2.0, 0.0, &mut y, 1e-12).expect("smooth");
        assert!((y[0] - 1.0).abs() < 1e-10 && y[1].abs() < 1e-10, "{y:?}");
    }

    #[test]
    fn integrals_have_their_own_error_control() {
        // An integral 1e6 times as large as the state: the relative error is held, whatever the state's.
        let mut y = [1.0, 0.0];
        integrate(&mut Decay { wall: 9.0, a: 1e6 }, 0.0, 2.0, &mut y, 1e-10).expect("smooth");
        assert!((y[1] / (5e5 * (1.0 - (-4.0_f64).exp())) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_wall_is_not_stepped_over() {
        let error = integrate(&mut Decay { wall: 1.0, a: 0.0 }, 0.0, 2.0, &mut [1.0, 0.0], 1e-6);
        assert!(matches!(error, Err(MetricError::Stuck { sample: 0, t, .. }) if (t - 1.0).abs() < 1e-3), "{error:?}");
    }
}
