//! Control of a step in lambda by an error estimate, one controller a row.
//!
//! `error` is an estimate of order k divided by its tolerance, so that 1 is just right.

use ito_kit::{Param, Values};

/// The factor after a try whose estimate was not finite.
const NOT_FINITE: f64 = 0.1;
/// Keeps the inverse of an error of 0 finite, as in k-diffusion.
const EPS: f64 = 1e-8;

/// How the next step follows from the error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Control {
    /// `h_next = theta h error^(−1/k)`, accepted where error ≤ 1: Lu et al. 2022 (DPM-Solver), DPM-Solver-12 and -23.
    /// Nothing limits the factor. `single`: error^(−1/k) is rounded to single precision, as in the official code.
    I { theta: f64, single: bool },
    /// `h_next = h L(error_0^(−b_1) error_1^(−b_2) error_2^(−b_3))` with L(f) = 1 + atan(f − 1), accepted where the
    /// factor is at least `least`; error_0 is that of the try, error_1 and error_2 those of the last accepted ones:
    /// k-diffusion's PIDStepSizeController. `b_1 = (p + i + d)/k`, `b_2 = −(p + 2d)/k`, `b_3 = d/k`.
    Pid { b: [f64; 3], least: f64 },
}

/// What the controller of one row remembers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Memory {
    /// The step in lambda that it wants to take.
    pub(crate) h: f64,
    /// 1/error of the last two accepted tries; of the first try before there are any.
    inverse: Option<[f64; 2]>,
}

impl Memory {
    /// Before the first step.
    pub(crate) fn new(h: f64) -> Self {
        Self { h, inverse: None }
    }
}

impl Control {
    /// Parameters of both.
    pub(crate) const PARAMS: [Param; 6] = [
        Param::choice(
            c"control",
            &[c"i", c"pid", c"off"],
            0,
            c"step control: i as the paper, pid as k-diffusion, or off: the steps of the grid",
        ),
        Param::f64(c"theta", 0.9, c"control i: aims at this share of the largest step the tolerance allows")
            .range(0.0, 1.0)
            .above_min(),
        Param::f64(c"pcoeff", 0.0, c"control pid: its coefficient p").range(0.0, 10.0),
        Param::f64(c"icoeff", 1.0, c"control pid: its coefficient i").range(0.0, 10.0),
        Param::f64(c"dcoeff", 0.0, c"control pid: its coefficient d").range(0.0, 10.0),
        Param::f64(c"accept_safety", 0.81, c"control pid: a try is accepted where its factor is at least this")
            .range(0.0, 1.0)
            .above_min(),
    ];

    /// The values of [`Control::PARAMS`]; `None` where control is off.
    pub(crate) fn read(values: &Values, k: usize, single: bool) -> Option<Self> {
        let [p, i, d] = ["pcoeff", "icoeff", "dcoeff"].map(|id| values.f64(id) / k as f64);
        match values.choice("control") {
            0 => Some(Self::I { theta: values.f64("theta"), single }),
            1 => Some(Self::Pid { b: [p + i + d, -(p + 2.0 * d), d], least: values.f64("accept_safety") }),
            _ => None,
        }
    }

    /// Whether a try of length h is accepted; the next step goes into the memory.
    pub(crate) fn judge(self, memory: &mut Memory, h: f64, error: f64, k: usize) -> bool {
        if !error.is_finite() {
            memory.h = NOT_FINITE * h;
            return false;
        }
        match self {
            Self::I { theta, single } => {
                let factor = error.powf(-1.0 / k as f64);
                memory.h = theta * h * if single { f64::from(factor as f32) } else { factor };
                error <= 1.0
            }
            Self::Pid { b, least } => {
                let now = 1.0 / (error + EPS);
                let [last, before] = memory.inverse.unwrap_or([now; 2]);
                let factor = 1.0 + (now.powf(b[0]) * last.powf(b[1]) * before.powf(b[2]) - 1.0).atan();
                let accepted = factor >= least;
                memory.inverse = Some(if accepted { [now, last] } else { [last, before] });
                // Of the step it wanted, not of one cut off at a stop.
                memory.h *= factor;
                accepted
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Control, Memory};

    #[test]
    fn the_controller_of_the_paper_by_hand() {
        let (control, mut memory) = (Control::I { theta: 0.9, single: false }, Memory::new(0.3));
        // 0.9 · 0.2 · 0.25^(−1/2) = 0.36; 0.9 · 0.2 · 8^(−1/3) = 0.09.
        assert!(control.judge(&mut memory, 0.2, 0.25, 2) && (memory.h - 0.36).abs() < 1e-15);
        assert!(!control.judge(&mut memory, 0.2, 8.0, 3) && (memory.h - 0.09).abs() < 1e-15);
        assert!(!control.judge(&mut memory, 0.2, f64::NAN, 3) && (memory.h - 0.02).abs() < 1e-15);
        assert!(control.judge(&mut memory, 0.2, 0.0, 3) && memory.h == f64::INFINITY);
    }

    /// With i = 1 alone and k = 2: factor 1 + atan(error^(−1/2) − 1); error 4: 1 + atan(−1/2) = 0.536…, below 0.81.
    #[test]
    fn the_controller_of_k_diffusion_by_hand() {
        let (control, mut memory) = (Control::Pid { b: [0.5, 0.0, 0.0], least: 0.81 }, Memory::new(0.3));
        assert!(!control.judge(&mut memory, 0.1, 4.0, 2));
        assert!((memory.h - 0.3 * (1.0 - 0.5f64.atan())).abs() < 1e-8);
        assert!(control.judge(&mut memory, 0.1, 1.0 / 9.0, 2));
        assert!((memory.h - 0.3 * (1.0 - 0.5f64.atan()) * (1.0 + 2.0f64.atan())).abs() < 1e-7);
        // p = 1, k = 1: the factor 1 + atan(last error/error − 1), the first try its own last one.
        let (control, mut memory) = (Control::Pid { b: [1.0, -1.0, 0.0], least: 0.81 }, Memory::new(1.0));
        assert!(control.judge(&mut memory, 1.0, 0.5, 1) && (memory.h - 1.0).abs() < 1e-15);
        assert!(control.judge(&mut memory, 1.0, 0.25, 1));
        assert!((memory.h - (1.0 + 1.0f64.atan())).abs() < 1e-7);
    }
}
