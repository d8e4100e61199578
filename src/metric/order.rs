//! The rule by which a measured order passes or fails: one for all samplers.

use serde::{Deserialize, Serialize};

/// Errors below this many floors say nothing.
const FLOORS: f64 = 100.0;
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
        self.error.is_finite() && self.error > FLOORS * self.floor
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

/// How slopes keep a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Held {
    /// Each of the last three halvings is within the tolerance on both sides; from order 5 on, the fit over all errors is not
    /// below it.
    Each,
    /// Each is nearer than the one before, and the last is within the tolerance; from order 5 on, the fit over the last three
    /// errors is not below it.
    Settles,
    /// The lower side alone is claimed, and a slope is higher than the order.
    Above,
    /// The slopes scatter, and their mean holds.
    Mean,
}

impl Held {
    /// The word in tables; empty for the plain case.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Each => "",
            Self::Settles => "settles",
            Self::Above => "above",
            Self::Mean => "mean",
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
/// the one before, and the last is within the tolerance. From 5 on: the least-squares slope over all
/// errors between 1e-3 and 100 floors, at least four, or over the last three of them. An error that is not finite fails when it comes after one
/// that was used: convergence that ends in an overflow is none.
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
    let slopes: Vec<f64> = levels
        .windows(2)
        .filter(|pair| pair[1].steps == 2 * pair[0].steps && pair.iter().all(Level::counts))
        .map(|pair| (pair[0].error / pair[1].error).log2())
        .collect();
    if slopes.len() < 3 {
        return Err(format!("only {} halvings have errors above 100 floors, but 3 are needed", slopes.len()));
    }
    let last = slopes[slopes.len() - 3..].to_vec();
    let held = rule.held(declared, &last);
    Ok((last, held))
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
mod tests {
    use super::*;

    /// error = c(N) N^{-p} with a floor.
    fn levels(declared: f64, p: f64, floor: f64, extra: impl Fn(f64) -> f64) -> Vec<Level> {
        let level = |steps: u32| {
            let n = f64::from(steps);
            Level { steps, error: n.powf(-p) * (1.0 + extra(n)) + floor, floor }
        };
        step_counts(declared, 10_240).into_iter().map(level).collect()
    }

    #[test]
    fn counts_are_those_of_the_rule() {
        assert_eq!(step_counts(2.0, 10_240), [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10_240]);
        assert_eq!(step_counts(8.0, 160), [10, 20, 30, 40, 60, 80, 120, 160]);
    }

    #[test]
    fn clean_powers_pass_and_neighbouring_orders_fail() {
        for declared in [1.0, 1.5, 2.0, 3.0, 4.0] {
            let at = |p| judge(declared, &levels(declared, p, 1e-15, |n| 1.0 / n));
            assert_eq!(at(declared).held, Some(Held::Each), "{:?}", at(declared));
            assert!(!at(declared - 0.5).pass && !at(declared + 0.5).pass);
        }
        let verdict = judge(2.0, &levels(2.0, 1.8, 1e-15, |_| 0.0));
        assert_eq!(
            verdict.reason.as_deref(),
            Some("slopes 1.80, 1.80, 1.80, but must be 2 ± 0.15 in each halving, or settle there")
        );
        assert!((verdict.order.expect("an order") - 1.8).abs() < 1e-6);
    }

    /// Errors `N^-3 + 20 N^-4`: the slopes at N = 80 to 640 are 3.18, 3.10 and 3.05. They settle at 3.
    #[test]
    fn slopes_may_settle() {
        let some = &levels(3.0, 3.0, 0.0, |n| 20.0 / n)[3..7];
        assert_eq!(judge(3.0, some).held, Some(Held::Settles), "{:?}", judge(3.0, some));
        assert_eq!(judge_from(3.0, 3.0, some).held, Some(Held::Above));
        assert!(!judge_from(3.5, 3.5, some).pass);
        // Slopes that leave the order do not settle there, whatever the first of them.
        let leaving = [1e-3, 1e-3 / 8.0, 1e-3 / 66.0, 1e-3 / 600.0];
        let leaving: Vec<Level> = (0..4).map(|k| Level { steps: 10 << k, error: leaving[k], floor: 0.0 }).collect();
        assert!(!judge(3.0, &leaving).pass, "{:?}", judge(3.0, &leaving));
    }

    #[test]
    fn errors_near_the_floor_do_not_count() {
        // At N^-3 with a floor of 1e-9, N = 160 is the last above 1e-7: errors of 640 and more are flat.
        let all = levels(3.0, 3.0, 1e-9, |_| 0.0);
        let verdict = judge(3.0, &all);
        assert!(verdict.pass, "{verdict:?}");
        assert!(!judge(3.0, &all[..4].iter().map(|l| Level { floor: 1e-4, ..*l }).collect::<Vec<_>>()).pass);
        let few = judge(1.0, &levels(1.0, 1.0, 0.0, |_| 0.0)[..3]);
        assert_eq!(few.reason.as_deref(), Some("only 2 halvings have errors above 100 floors, but 3 are needed"));
        assert_eq!(few.order, None);
    }

    #[test]
    fn high_orders_are_fitted_and_tested_from_below_only() {
        let at = |p: f64| judge(6.0, &levels(6.0, p, 1e-16, |_| 0.0));
        assert!(at(6.0).pass && at(7.5).pass && at(5.6).pass && !at(5.4).pass);
        // As measured for `dop853` on vp: the fit over all has 5.4, that over the last three 8.2.
        let errors = [8.2e-4, 8.4e-5, 1.8e-5, 5.0e-6, 5.3e-7, 8.3e-8, 5.7e-9, 6.8e-10, 2.9e-11];
        let slow: Vec<Level> = step_counts(8.0, 230)
            .into_iter()
            .zip(errors)
            .map(|(steps, error)| Level { steps, error, floor: 7e-14 })
            .collect();
        assert_eq!(judge(8.0, &slow).held, Some(Held::Settles), "{:?}", judge(8.0, &slow));
        let verdict = judge(8.0, &levels(8.0, 8.0, 1e-13, |_| 0.0));
        assert_eq!(verdict.reason.as_deref(), Some("only 2 errors lie between 1e-3 and 100 floors, but 4 are needed"));
    }

    #[test]
    fn an_overflow_at_few_steps_is_no_failure_but_one_at_many_is() {
        let mut all = levels(2.0, 2.0, 1e-15, |_| 0.0);
        all[0].error = f64::INFINITY;
        assert!(judge(2.0, &all).pass);
        let last = all.len() - 1;
        all[last].error = f64::NAN;
        assert_eq!(judge(2.0, &all).reason.as_deref(), Some("the error at N = 10240 is not finite"));
    }

    #[test]
    fn least_squares_by_hand() {
        assert!((convergence_slope(&[(10.0, 1e-2), (100.0, 1e-4)]).expect("a slope") - 2.0).abs() < 1e-12);
        // ln N = 0, 1, 2 and −ln e = 0, 1, 4: slope 2.
        let e = |x: f64| x.exp();
        let slope = convergence_slope(&[(e(0.0), e(0.0)), (e(1.0), e(-1.0)), (e(2.0), e(-4.0))]).expect("a slope");
        assert!((slope - 2.0).abs() < 1e-12);
        assert_eq!(convergence_slope(&[(10.0, 1.0)]), None);
    }
}
