//! What the YAML says about the log-likelihood.

use super::bits::Lattice;
use crate::process::Process;
use crate::units::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

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

/// How many points a likelihood is taken of where neither a number nor a file is given.
pub const POINTS: u32 = 64;

/// Points that are given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum PointsSpec {
    /// An npy file, float64 or float32, [count, dim], one point a row in the units of the model.
    File(PathBuf),
}

/// Bits per dimension of data on levels, by uniform dequantisation: uniform noise fills the cell about each level, so
/// that the density bounds the probability of the levels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DequantizeSpec {
    /// Number of levels: 17 for `digits`, 256 for images of 8 bits.
    #[schemars(range(min = 2))]
    pub levels: u32,
    /// Draws K of the noise for each point. Default: 1, which gives the ELBO; more give the tighter importance-weighted
    /// bound as well.
    #[serde(default = "one")]
    #[schemars(range(min = 1))]
    pub draws: u32,
    /// Value of the lowest level in the units of the model. Default: -1.
    #[serde(default = "minus_one")]
    pub low: f64,
    /// Value of the highest level. Default: 1.
    #[serde(default = "plus_one")]
    pub high: f64,
}

fn one() -> u32 {
    1
}
pub(in crate::metric) fn minus_one() -> f64 {
    -1.0
}
pub(in crate::metric) fn plus_one() -> f64 {
    1.0
}

impl DequantizeSpec {
    /// The levels.
    #[must_use]
    pub fn lattice(&self) -> Lattice {
        Lattice { count: self.levels, low: self.low, high: self.high }
    }
}

/// The negative log-likelihood of points under model and process, whatever the sampler: by the probability flow
/// from `t_end` up to `t_begin`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// The points x at `t_end`. Default: the held-out data, or for a closed form fresh exact samples of p at `t_end`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<PointsSpec>,
    /// Bits per dimension of data on levels, which the points must lie on: held-out data, or those of a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dequantize: Option<DequantizeSpec>,
    /// How many of the points, from the first. Default: 64, or all of a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub samples: Option<u32>,
}

impl Default for NllSpec {
    fn default() -> Self {
        Self {
            prior: Prior::default(),
            t_end: None,
            trace: Trace::default(),
            rtol: 1e-5,
            points: None,
            dequantize: None,
            samples: None,
        }
    }
}

impl NllSpec {
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
        match self.dequantize.map(|spec| (spec.draws, spec.lattice().check())) {
            Some((0, _)) => return Err(("dequantize.draws", "at least 1")),
            Some((_, Err(("levels", allowed)))) => return Err(("dequantize.levels", allowed)),
            Some((_, Err((_, allowed)))) => return Err(("dequantize.high", allowed)),
            _ => {}
        }
        if self.samples == Some(0) { Err(("samples", "at least 1")) } else { Ok(()) }
    }
}

/// Whether the density can be asked for at a time of a process: within its domain, and before its prior's time.
///
/// # Errors
/// What is allowed, to come after the time.
pub fn check_end(t_end: Time, process: &dyn Process) -> Result<(), String> {
    let (lower, t_begin) = (process.domain().0, process.ends().0);
    let allowed = format!("on {} from {lower} to below {t_begin} is allowed", process.name());
    if t_end < lower || t_end >= t_begin { Err(allowed) } else { Ok(()) }
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
        let spec = NllSpec { prior: Prior::Exact, t_end: Some(1e-5), rtol: 1e-8, trace, ..NllSpec::default() };
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
        assert_eq!(with(|s| s.samples = Some(0)), Err("samples"));
        for (levels, draws, high, key) in
            [(1, 1, 1.0, "dequantize.levels"), (2, 0, 1.0, "dequantize.draws"), (2, 1, -1.0, "dequantize.high")]
        {
            let dequantize = Some(DequantizeSpec { levels, draws, low: -1.0, high });
            let found = NllSpec { dequantize, ..NllSpec::default() }.check();
            assert_eq!(found.map_err(|(key, _)| key), Err(key));
        }
        assert_eq!(
            with(|s| s.trace = Trace::Hutchinson(HutchinsonSpec { probes: 0, law: ProbeLaw::Gaussian })),
            Err("trace.hutchinson.probes")
        );
    }
}
