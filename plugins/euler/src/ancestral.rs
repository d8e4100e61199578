//! What the ancestral samplers share: parameters, and the end of a step. The split is the kit's [`Ancestral`].

use ito_kit::{Ancestral, Failure, Host, Noise, Param, Step, Tensor, Values};

pub(crate) const PARAMS: [Param; 2] = [
    Param::f64(c"eta", 1.0, c"share of the standard deviation of x_s given x_t and x_0 that is new noise")
        .range(0.0, f64::INFINITY),
    Param::f64(c"s_noise", 1.0, c"factor of the new noise; other values than 1 sample another law")
        .range(0.0, f64::INFINITY),
];

pub(crate) fn read(values: &Values) -> Ancestral {
    Ancestral { eta: values.f64("eta"), s_noise: values.f64("s_noise") }
}

/// `x_s = carry x_t + gain k + up z`, without noise where eta = 0 or the last noise is left out.
pub(crate) fn finish(
    split: Ancestral,
    host: &Host,
    step: &Step,
    [carry, gain, up]: [f64; 3],
    k: Tensor,
) -> Result<(), Failure> {
    let terms = [(carry.into(), step.x), (gain.into(), k)];
    if split.eta == 0.0 || step.mean() {
        return host.combine(step.out, &terms);
    }
    host.combine_noise(step.out, &terms, Noise::Path { t: step.times(), s: step.ends(), scale: up.into() })
}
