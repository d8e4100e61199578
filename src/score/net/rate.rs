//! Learning rates over the steps of a training.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// How the learning rate falls; a linear warm-up can precede each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum RateSpec {
    /// It stays.
    #[default]
    Constant,
    /// It is multiplied by `factor` at each of the steps `at`.
    Steps {
        /// Steps, rising.
        at: Vec<u64>,
        /// Factor of each.
        factor: f64,
    },
    /// Half a cosine down to zero at the last step (Loshchilov and Hutter 2017, equation 5, no restart).
    Cosine,
}

impl RateSpec {
    /// The factor on the base rate at step k of `steps`, k from 0: the warm-up `min(1, (k+1)/warmup)` times
    /// the schedule.
    #[must_use]
    pub fn factor(&self, k: u64, steps: u64, warmup: u64) -> f64 {
        let warm = if k < warmup { (k + 1) as f64 / warmup as f64 } else { 1.0 };
        warm * match self {
            Self::Constant => 1.0,
            Self::Steps { at, factor } => libm::pow(*factor, at.iter().filter(|&&s| s <= k).count() as f64),
            Self::Cosine => 0.5 * (1.0 + libm::cos(PI * k as f64 / steps as f64)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_have_their_closed_forms() {
        let steps = RateSpec::Steps { at: vec![10, 20], factor: 0.1 };
        assert_eq!([9, 10, 19].map(|k| steps.factor(k, 100, 0)), [1.0, 0.1, 0.1]);
        assert!((steps.factor(20, 100, 0) - 0.01).abs() < 1e-17);
        assert_eq!([0, 50].map(|k| RateSpec::Cosine.factor(k, 100, 0)), [1.0, 0.5]);
        assert_eq!([0, 1, 3, 4].map(|k| RateSpec::Constant.factor(k, 100, 4)), [0.25, 0.5, 1.0, 1.0]);
    }

    #[test]
    fn yaml_names() {
        for (json, spec) in [
            (r#""constant""#, RateSpec::Constant),
            (r#""cosine""#, RateSpec::Cosine),
            (r#"{"steps":{"at":[5],"factor":0.5}}"#, RateSpec::Steps { at: vec![5], factor: 0.5 }),
        ] {
            assert_eq!(serde_json::from_str::<RateSpec>(json).expect(json), spec);
            assert_eq!(serde_json::to_string(&spec).expect(json), json);
        }
        assert!(serde_json::from_str::<RateSpec>(r#"{"steps":{"at":[5],"factor":0.5,"x":1}}"#).is_err());
    }
}
