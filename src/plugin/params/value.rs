//! Values of parameters: as JSON, within a range, out of a plugin's table.

use super::SamplerSpec;
use crate::plugin::{ParamInfo, ParamKind, info};
use ito_abi as abi;

/// A value of a parameter.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(untagged)]
pub enum ParamValue {
    /// A number.
    #[serde(serialize_with = "number")]
    F64(f64),
    /// A whole number.
    I64(i64),
    /// true or false.
    Bool(bool),
    /// The chosen name.
    Enum(String),
    /// A text.
    Str(String),
    /// A list of numbers.
    #[serde(serialize_with = "numbers")]
    F64List(Vec<f64>),
    /// Another sampler with its values.
    #[serde(serialize_with = "as_yaml")]
    Sampler(Box<SamplerSpec>),
}

/// JSON has no infinity: it is written as YAML's word for it, which `convert` reads.
struct Number(f64);

impl serde::Serialize for Number {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() {
            serializer.serialize_f64(self.0)
        } else {
            serializer.serialize_str(if self.0 > 0.0 { ".inf" } else { "-.inf" })
        }
    }
}

fn number<S: serde::Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&Number(*value), serializer)
}

fn numbers<S: serde::Serializer>(list: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(list.iter().map(|v| Number(*v)))
}

fn as_yaml<S: serde::Serializer>(spec: &SamplerSpec, serializer: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&spec.yaml(), serializer)
}

impl ParamInfo {
    /// The range in words.
    #[must_use]
    pub fn range(&self) -> String {
        let low = match (self.min, self.min_exclusive) {
            (f64::NEG_INFINITY, _) => None,
            (min, true) => Some(format!("above {min}")),
            (min, false) => Some(format!("at least {min}")),
        };
        let high = match (self.max, self.max_exclusive) {
            (f64::INFINITY, _) => None,
            (max, true) => Some(format!("below {max}")),
            (max, false) => Some(format!("at most {max}")),
        };
        [low, high].into_iter().flatten().collect::<Vec<_>>().join(" and ")
    }

    /// `is … ; allowed: …` when a number is outside the range.
    pub(in crate::plugin) fn check_range(&self, value: &ParamValue) -> Result<(), String> {
        let inside = |v: f64| {
            let low = if self.min_exclusive { v > self.min } else { v >= self.min };
            let high = if self.max_exclusive { v < self.max } else { v <= self.max };
            low && high
        };
        #[allow(clippy::cast_precision_loss, reason = "ranges are small numbers")]
        let outside = match value {
            ParamValue::F64(v) => (!inside(*v)).then_some(*v),
            ParamValue::I64(v) => (!inside(*v as f64)).then_some(*v as f64),
            ParamValue::F64List(list) => list.iter().copied().find(|v| !inside(*v)),
            _ => None,
        };
        match outside {
            Some(v) => Err(format!("is {v}; allowed: {}", self.range())),
            None => Ok(()),
        }
    }
}

impl ParamValue {
    /// Copies a default out of a plugin's table.
    ///
    /// # Safety
    /// The union of `raw` holds the field its `kind` names, with valid pointers.
    pub(in crate::plugin) unsafe fn from_raw(raw: &abi::Value, kind: &ParamKind) -> Result<Option<Self>, String> {
        // SAFETY: each arm reads the field that `kind` names.
        unsafe {
            Ok(match (raw.kind, kind) {
                (abi::F64, _) => Some(Self::F64(raw.v.f64)),
                (abi::I64, _) => Some(Self::I64(raw.v.i64)),
                (abi::BOOL, _) => Some(Self::Bool(raw.v.i64 != 0)),
                (abi::ENUM, ParamKind::Enum(names)) => {
                    let at = usize::try_from(raw.v.i64).ok();
                    let name = at.and_then(|at| names.get(at));
                    Some(Self::Enum(name.ok_or_else(|| format!("the default {} is no name", raw.v.i64))?.clone()))
                }
                (abi::STR, _) => Some(Self::Str(info::text(raw.v.str)?)),
                (abi::F64LIST, _) if raw.len == 0 => Some(Self::F64List(Vec::new())),
                (abi::F64LIST, _) if raw.v.f64s.is_null() => {
                    return Err(format!("the default says {} numbers and leads to none", raw.len));
                }
                (abi::F64LIST, _) => {
                    Some(Self::F64List(std::slice::from_raw_parts(raw.v.f64s, raw.len as usize).to_vec()))
                }
                _ => None,
            })
        }
    }
}
