//! The rule by which a measured order passes or fails: one for all samplers.

mod held;

pub use held::Held;

use serde::{Deserialize, Serialize};

/// Errors below this many floors say nothing.
const FLOORS: f64 = 100.0;
/// Of orders above 3 one error above this many floors, known to 10 %, may complete a settling: it moves its slope by at most
/// log2(1.1) = 0.14, less than half of the tolerance.
const LAST_FLOORS: f64 = 10.0;
/// From this order on the least-squares rule holds.
const HIGH: f64 = 5.0;
/// Errors that must lie in the range of a high order, and how many of them, the last ones, are fitted where all together do
/// not hold: those before still see the width of the data.
const NEEDED: usize = 4;
const FIT: usize = 3;
/// Errors above this are outside the range of convergence of a high order.
const COARSE: f64 = 1e-3;

/// The error at one number of steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// N, the number of intervals.
    pub steps: u32,
    /// Root mean square over samples of |x − x*|/√D, or the weak error.
    pub error: f64,
    /// Error of the reference, or 1e-13 |x|.
    pub floor: f64,
}

impl Level {
    fn counts(&self) -> bool {
        self.exceeds(FLOORS)
    }

    fn exceeds(&self, floors: f64) -> bool {
        self.error.is_finite() && self.error > floors * self.floor
    }
}

/// What a slope is held against.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Each of the last three halvings within this distance of the declared order.
    Within(f64),
    /// The least-squares slope at least this.
    AtLeast(f64),
}

impl Rule {
    /// Orders up to 3: within 0.15. Order 4: within 0.3. From 5 on: at least the declared order less 0.5.
    #[must_use]
    pub fn of(declared: f64) -> Self {
        if declared >= HIGH { Self::from(declared, declared) } else { Self::Within(tolerance(declared)) }
    }

    /// The lower side alone.
    fn from(least: f64, declared: f64) -> Self {
        Self::AtLeast(least - if declared >= HIGH { 0.5 } else { tolerance(least) })
    }

    /// How the slopes of the last three halvings keep it.
    fn held(self, declared: f64, slopes: &[f64]) -> Option<Held> {
        let inside = |slope: f64| match self {
            Self::Within(d) => (slope - declared).abs() <= d,
            Self::AtLeast(least) => slope >= least,
        };
        // How far a slope is from where the rule wants it.
        let off = |slope: f64| match self {
            Self::Within(_) => (slope - declared).abs(),
            Self::AtLeast(_) => declared - slope,
        };
        let settling = slopes.windows(2).all(|pair| off(pair[1]) < off(pair[0]));
        if slopes.iter().all(|&slope| inside(slope)) {
            let above = slopes.iter().any(|slope| slope - declared > tolerance(declared));
            Some(if above { Held::Above } else { Held::Each })
        } else if settling && slopes.last().is_some_and(|&slope| inside(slope)) {
            Some(Held::Settles)
        } else {
            None
        }
    }

    fn words(self, declared: f64) -> String {
        match self {
            Self::Within(d) => format!("{declared} ± {d} in each halving"),
            Self::AtLeast(least) => format!("at least {least}"),
        }
    }
}

/// How far a slope may be from an order below 5.
fn tolerance(order: f64) -> f64 {
    if order > 3.0 { 0.3 } else { 0.15 }
}

/// A row of the order table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The order the sampler declares.
    pub declared: f64,
    /// The rule of that order.
    pub rule: Rule,
    /// All that was measured, N rising.
    pub levels: Vec<Level>,
    /// The slopes that were judged: of the last three halvings, or the one of least squares.
    pub slopes: Vec<f64>,
    /// Their mean: the order to print. `None` where nothing could be measured.
    pub order: Option<f64>,
    /// Whether the rule holds.
    pub pass: bool,
    /// How, where it does.
    pub held: Option<Held>,
    /// Why not, where it does not.
    pub reason: Option<String>,
}

/// The numbers of steps at which a declared order is measured, up to `most`: 10·2^k, from order 5 on
/// 10·⌈2^{k/2}⌉ without repeats.
#[must_use]
pub fn step_counts(declared: f64, most: u32) -> Vec<u32> {
    let count = |k: u32| {
        let doublings = f64::from(k) / if declared >= HIGH { 2.0 } else { 1.0 };
        10.0 * doublings.exp2().ceil()
    };
    let mut all: Vec<u32> = (0..64).map(count).take_while(|&n| n <= f64::from(most)).map(|n| n as u32).collect();
    all.dedup();
    all
}

/// Applies the rule to errors at rising N.
///
/// Orders below 5: of all halvings (N to 2N) with both errors above 100 floors the last three; each slope
/// log2(e_N/e_2N) must be within the tolerance, or the slopes settle there: each is nearer to the declared order than
/// the one before, and the last is within the tolerance, for orders above 3 with one more halving down to 10 floors. From 5 on: the least-squares slope over all errors
/// between 1e-3 and 100 floors, at least four, or over the last three of them. An error that is not finite fails when it
/// comes after one that was used: convergence that ends in an overflow is none.
#[must_use]
pub fn judge(declared: f64, levels: &[Level]) -> Verdict {
    verdict(declared, Rule::of(declared), levels)
}

/// As [`judge`], for errors measured at the N of order `declared`, of which `least` is claimed as a lower bound: the lower
/// side alone is tested.
#[must_use]
pub fn judge_from(least: f64, declared: f64, levels: &[Level]) -> Verdict {
    verdict(declared, Rule::from(least, declared), levels)
}

/// As [`judge_from`], for errors over few Brownian paths, whose slopes scatter: their mean is tested, which is the slope
/// from the first to the last of the errors that count.
#[must_use]
pub fn judge_scattered(least: f64, declared: f64, levels: &[Level]) -> Verdict {
    let mut verdict = judge_from(least, declared, levels);
    let mean_holds = verdict.order.is_some_and(|mean| verdict.rule.held(declared, &[mean]).is_some());
    if !verdict.pass && mean_holds && levels.iter().all(|level| level.error.is_finite()) {
        (verdict.pass, verdict.held, verdict.reason) = (true, Some(Held::Mean), None);
    }
    verdict
}

/// A verdict on errors, or where they do not pass on their leading terms.
///
/// With E_N = x_N − x* as a vector over samples, E_N = c_p N^-p + c_{p+1} N^-{p+1} + …, and
///
/// ```text
/// E_N − 2^{p+1} E_2N = −c_p N^-p + O(N^-{p+2})
/// ```
///
/// the next term is gone, which elsewhere may be larger up to any N, or have the other sign and cancel. A method of a lower
/// order q keeps its slope: c_q is multiplied by 1 − 2^{p+1−q}, which is not 0. Each slope must be within the tolerance; to
/// settle is not enough. Orders below 5 only.
#[must_use]
pub fn judge_leading(verdict: Verdict, leading: &[Level]) -> Verdict {
    if verdict.pass || verdict.declared >= HIGH || !verdict.levels.iter().all(|level| level.error.is_finite()) {
        return verdict;
    }
    match halvings(verdict.rule, verdict.declared, leading) {
        Ok((slopes, Some(Held::Each))) => {
            let order = Some(slopes.iter().sum::<f64>() / slopes.len() as f64);
            Verdict { slopes, order, pass: true, held: Some(Held::Leading), reason: None, ..verdict }
        }
        _ => verdict,
    }
}

/// The factor 2^{p+1} of [`judge_leading`].
#[must_use]
pub fn next_term(declared: f64) -> f64 {
    (declared + 1.0).exp2()
}

fn verdict(declared: f64, rule: Rule, levels: &[Level]) -> Verdict {
    let measured = if declared >= HIGH { high_order(rule, levels) } else { halvings(rule, declared, levels) };
    let (slopes, mut held, mut reason) = match measured {
        Ok((slopes, held)) => (slopes, held, None),
        Err(reason) => (Vec::new(), None, Some(reason)),
    };
    let order = (!slopes.is_empty()).then(|| slopes.iter().sum::<f64>() / slopes.len() as f64);
    if reason.is_none() && held.is_none() {
        let found: Vec<String> = slopes.iter().map(|s| format!("{s:.2}")).collect();
        reason = Some(format!("slopes {}, but must be {}, or settle there", found.join(", "), rule.words(declared)));
    }
    if reason.is_none() {
        let after = levels.iter().skip_while(|level| !level.counts());
        reason = after
            .clone()
            .find(|level| !level.error.is_finite())
            .map(|level| format!("the error at N = {} is not finite", level.steps));
    }
    held = held.filter(|_| reason.is_none());
    Verdict { declared, rule, levels: levels.to_vec(), slopes, order, pass: held.is_some(), held, reason }
}

/// The slopes that are judged, and how they keep the rule.
type Judged = (Vec<f64>, Option<Held>);

fn halvings(rule: Rule, declared: f64, levels: &[Level]) -> Result<Judged, String> {
    // The last three of all slopes whose second error is above so many floors.
    let last = |floors: f64| -> Vec<f64> {
        let pairs = levels.windows(2).filter(|pair| pair[1].steps == 2 * pair[0].steps);
        let counted = pairs.filter(|pair| pair[0].counts() && pair[1].exceeds(floors));
        let slopes: Vec<f64> = counted.map(|pair| (pair[0].error / pair[1].error).log2()).collect();
        slopes[slopes.len().saturating_sub(3)..].to_vec()
    };
    let slopes = last(FLOORS);
    if slopes.len() < 3 {
        return Err(format!("only {} halvings have errors above 100 floors, but 3 are needed", slopes.len()));
    }
    let held = rule.held(declared, &slopes);
    if held.is_none() && declared > 3.0 {
        let further = last(LAST_FLOORS);
        if let Some(Held::Settles) = rule.held(declared, &further) {
            return Ok((further, Some(Held::Settles)));
        }
    }
    Ok((slopes, held))
}

fn high_order(rule: Rule, levels: &[Level]) -> Result<Judged, String> {
    let points: Vec<(f64, f64)> = levels
        .iter()
        .filter(|level| level.counts() && level.error <= COARSE)
        .map(|level| (f64::from(level.steps), level.error))
        .collect();
    let of_last = convergence_slope(&points[points.len().saturating_sub(FIT)..]);
    let (Some(of_all), Some(of_last), true) = (convergence_slope(&points), of_last, points.len() >= NEEDED) else {
        return Err(format!("only {} errors lie between 1e-3 and 100 floors, but 4 are needed", points.len()));
    };
    let holds = |slope: f64| matches!(rule, Rule::AtLeast(least) if slope >= least);
    Ok(match (holds(of_all), holds(of_last)) {
        (true, _) => (vec![of_all], Some(Held::Each)),
        (false, last) => (vec![of_last], last.then_some(Held::Settles)),
    })
}

/// The order p of error ≈ c N^{-p}: least squares of −ln error on ln N over (N, error), both above 0. `None`
/// for fewer than two different N.
#[must_use]
pub fn convergence_slope(points: &[(f64, f64)]) -> Option<f64> {
    let count = points.len() as f64;
    let mean = |f: fn(f64, f64) -> f64| points.iter().map(|&(n, e)| f(n.ln(), -e.ln())).sum::<f64>() / count;
    let (x, y) = (mean(|x, _| x), mean(|_, y| y));
    let (mut xx, mut xy) = (0.0, 0.0);
    for &(n, error) in points {
        xx += (n.ln() - x) * (n.ln() - x);
        xy += (n.ln() - x) * (-error.ln() - y);
    }
    (xx > 0.0).then(|| xy / xx)
}

#[cfg(test)]
mod tests;
