//! The ways in which a row of the order table passes.

use serde::{Deserialize, Serialize};

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
    /// Each slope of the leading term is within the tolerance, where those of the error are not yet: [`judge_leading`](super::judge_leading).
    Leading,
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
            Self::Leading => "leading",
        }
    }
}
