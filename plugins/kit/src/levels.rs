//! What a plan knows of the grid.

use ito_abi::Plan;

/// One time of the grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// The time; NaN at a marked end that has none.
    pub t: f64,
    /// alpha(t); 1 at the marked end.
    pub alpha: f64,
    /// sigma(t); 0 at the marked end.
    pub sigma: f64,
}

/// The times of the grid as the host gives them to `plan`; none where it does not know them yet.
#[must_use]
pub fn levels(plan: &Plan) -> Vec<Level> {
    if plan.times.is_null() || plan.alpha.is_null() || plan.sigma.is_null() || plan.n_times == 0 {
        return Vec::new();
    }
    // SAFETY: by the header each leads to n_times numbers, which live for the call of `plan`.
    let list = |p: *const f64| unsafe { std::slice::from_raw_parts(p, plan.n_times as usize) };
    let (times, alpha, sigma) = (list(plan.times), list(plan.alpha), list(plan.sigma));
    let level = |((&t, &alpha), &sigma): ((&f64, &f64), &f64)| Level { t, alpha, sigma };
    times.iter().zip(alpha).zip(sigma).map(level).collect()
}
