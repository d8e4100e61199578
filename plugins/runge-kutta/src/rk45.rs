//! `rk45`: Dormand and Prince's method of order 5 with an estimate of order 4, on the probability flow; by
//! default each sample chooses its own steps.
//!
//! Equation: `k_i = f(x_t + h sum_j a_ij k_j, t + c_i h)`, `x_s = x_t + h sum_i b_i k_i`; `in: t`: f = velocity
//! and h = s − t; `in: sigma`: the same for x/alpha, with f = eps and h the step in sigma/alpha.
//! Error of a sample: RMS over its elements of `h sum_i (b_i − bhat_i) k_i / (atol + rtol max(|x_t|, |x_s|))`.
//! Source: Dormand and Prince 1980, RK5(4)7M; Hairer, Nørsett and Wanner I, table II.5.2 and section II.4
//! (control, first step); Song et al. 2021 (score SDE), section 4.3, with scipy's RK45.
//! Kind: adaptive, ode with `control: off`. Order: 5. Evaluations: 6 a try (first same as last) and 2 before
//! the first, 1 if `first_step` is given; 6 a step with `control: off`.
//! Choose it for tolerances of 1e-3 and smaller, and for references; at 10 to 30 evaluations in all
//! exponential multistep methods are better. In f32 an rtol below 1e-6 only adds rejections.
//!
//! The step h is controlled in t in both variables. scipy has one step for a whole batch, with the RMS over
//! all of it; here each sample has its own, so that a run of scipy is that of one sample.
//! At the marked end alpha = 1, sigma = 0 nothing can be evaluated: the step is that of `euler`.

use crate::explicit::Explicit;
use ito_kit::{Coef, Control, DROPPED, Failure, Flow, Host, Info, KEPT, Kind, ONE_STEP, PER_ROW_STEP, Param, Plan};
use ito_kit::{Prediction, Problem, Sampler, Step, Tableau, Tensor, Values, What, abi, first_step, probe_step};

/// Hairer, Nørsett and Wanner I, table II.5.2.
pub(crate) const DORMAND_PRINCE: Tableau = Tableau {
    a: &[
        &[],
        &[1.0 / 5.0],
        &[3.0 / 40.0, 9.0 / 40.0],
        &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
        &[19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0],
        &[9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0],
        &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
    ],
    b: &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0, 0.0],
    c: &[0.0, 1.0 / 5.0, 3.0 / 10.0, 4.0 / 5.0, 8.0 / 9.0, 1.0, 1.0],
    order: 5,
    embedded: Some((
        &[
            5179.0 / 57600.0,
            0.0,
            7571.0 / 16695.0,
            393.0 / 640.0,
            -92097.0 / 339200.0,
            187.0 / 2100.0,
            1.0 / 40.0,
        ],
        4,
    )),
}
.checked();

/// `b − bhat`.
const ERROR: [f64; 7] = {
    let (mut e, mut i) = ([0.0; 7], 0);
    while let (true, Some((embedded, _))) = (i < 7, DORMAND_PRINCE.embedded) {
        e[i] = DORMAND_PRINCE.b[i] - embedded[i];
        i += 1;
    }
    e
};

const CONTROL: &[&std::ffi::CStr] = &[c"i", c"pi", c"off"];
const OFF: usize = 2;
