//! What the YAML says about the log-likelihood.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::hash::{Hash, Hasher};

/// The law that stands at `t_begin`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Prior {
    /// The exact p at `t_begin`, known for closed forms only.
    Exact,
    /// The process's own prior N(0, std² I). Its difference from the exact law is a column of its own, where the
    /// exact law is known.
    #[default]
    Standard,
}

/// The law of Hutchinson's probes; both have covariance I.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeLaw {
    /// Signs of equal chance: for a symmetric Jacobian the smaller variance, none on a diagonal one.
    #[default]
    Rademacher,
    /// Standard normals.
    Gaussian,
}

/// Random probes of the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HutchinsonSpec {
    /// Probes a point, each held fixed along its whole path; the standard error needs two. Default: 16.
    #[schemars(range(min = 1))]
    pub probes: u32,
    /// Their law.
    pub law: ProbeLaw,
}

impl Default for HutchinsonSpec {
    fn default() -> Self {
        Self { probes: 16, law: ProbeLaw::default() }
    }
}

/// How the trace of the Jacobian is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Trace {
    /// In closed form, or for a network by one vector-Jacobian product a dimension.
    #[default]
    Exact,
    /// Estimated, with its standard error.
    Hutchinson(HutchinsonSpec),
}

/// The negative log-likelihood of points under model and process, whatever the sampler: by the probability flow
/// from `t_end` up to `t_begin`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NllSpec {
    /// The law at `t_begin`. Default: `standard`.
    pub prior: Prior,
    /// Where the density is asked for. Default: the end of the cell's grid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub t_end: Option<f64>,
    /// The trace of the Jacobian. Default: `exact`.
    pub trace: Trace,
    /// Tolerance of the flow, relative and absolute, from 1e-14 to 1e-2; a network in f32 allows about 1e-5.
    /// Default: 1e-5, as Song et al. 2021.
    #[schemars(range(min = 1e-14, max = 1e-2))]
    pub rtol: f64,
    /// How many points: the first of the held-out data, or for a closed form fresh exact samples of p at
    /// `t_end`. Default: 64.
    #[schemars(range(min = 1))]
    pub samples: u32,
}

impl Default for NllSpec {
    fn default() -> Self {
        Self { prior: Prior::default(), t_end: None, trace: Trace::default(), rtol: 1e-5, samples: 64 }
    }
}

impl NllSpec {
    /// The numbers as bits: what two equal specs have in common.
    fn identity(&self) -> (Prior, Option<u64>, Trace, u64, u32) {
        (self.prior, self.t_end.map(f64::to_bits), self.trace, self.rtol.to_bits(), self.samples)
    }

    /// Whether the numbers are in range; where not, the key and what is allowed.
    ///
    /// # Errors
    /// (key, what is allowed).
    pub fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if !(1e-14..=1e-2).contains(&self.rtol) {
            return Err(("rtol", "from 1e-14 to 1e-2"));
        }
        if self.t_end.is_some_and(|t| !t.is_finite()) {
            return Err(("t_end", "finite"));
        }
        if matches!(self.trace, Trace::Hutchinson(HutchinsonSpec { probes: 0, .. })) {
            return Err(("trace.hutchinson.probes", "at least 1"));
        }
        if self.samples == 0 { Err(("samples", "at least 1")) } else { Ok(()) }
    }
}

/// A spec that was read from a file holds no NaN.
impl Eq for NllSpec {}

impl Hash for NllSpec {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_yaml_of_the_definition_is_read() {
        let of = |text: &str| serde_json::from_str::<NllSpec>(text);
        assert_eq!(of("{}").expect("all defaults"), NllSpec::default());
        let full = r#"{ "prior": "exact", "t_end": 1e-5, "rtol": 1e-8,
                        "trace": { "hutchinson": { "probes": 4, "law": "gaussian" } } }"#;
        let trace = Trace::Hutchinson(HutchinsonSpec { probes: 4, law: ProbeLaw::Gaussian });
        let spec = NllSpec { prior: Prior::Exact, t_end: Some(1e-5), rtol: 1e-8, trace, samples: 64 };
        assert_eq!(of(full).expect("all keys"), spec);
        let back = serde_json::to_string(&spec).expect("plain numbers");
        assert_eq!(of(&back).expect("its own text"), spec);
        assert!(of(r#"{ "prior": "normal" }"#).is_err() && of(r#"{ "tol": 1 }"#).is_err());
    }

    #[test]
    fn numbers_out_of_range_are_named() {
        let with = |change: fn(&mut NllSpec)| {
            let mut spec = NllSpec::default();
            change(&mut spec);
            spec.check().map_err(|(key, _)| key)
        };
        assert_eq!(with(|_| ()), Ok(()));
        assert_eq!(with(|s| s.rtol = 0.5), Err("rtol"));
        assert_eq!(with(|s| s.t_end = Some(f64::NAN)), Err("t_end"));
        assert_eq!(with(|s| s.samples = 0), Err("samples"));
        assert_eq!(
            with(|s| s.trace = Trace::Hutchinson(HutchinsonSpec { probes: 0, law: ProbeLaw::Gaussian })),
            Err("trace.hutchinson.probes")
        );
    }
}
