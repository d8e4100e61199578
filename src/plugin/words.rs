//! What plugins say of their samplers, in words for tables and pages.

use super::{Kind, ParamInfo, ParamKind, ParamValue, SamplerInfo};
use serde_json::json;

impl SamplerInfo {
    /// The declared order, `1, weak 2`; a dash where none is declared.
    #[must_use]
    pub fn order_text(&self) -> String {
        match (self.order, self.weak_order) {
            (0.0, 0.0) => "–".into(),
            (strong, 0.0) => strong.to_string(),
            (0.0, weak) => format!("weak {weak}"),
            (strong, weak) => format!("{strong}, weak {weak}"),
        }
    }

    /// Declared evaluations a step; a plugin that gives none computes them from its parameters.
    #[must_use]
    pub fn evaluations_text(&self) -> String {
        match self.evals_per_step {
            0 => "by its parameters".into(),
            n if self.kind == Kind::Adaptive => format!("{n} a try"),
            n => n.to_string(),
        }
    }
}

impl ParamInfo {
    /// The type; the names of a choice.
    #[must_use]
    pub fn kind_text(&self) -> String {
        match &self.kind {
            ParamKind::F64 => "number".into(),
            ParamKind::I64 => "whole number".into(),
            ParamKind::Bool => "true or false".into(),
            ParamKind::Enum(names) => names.join(" | "),
            ParamKind::Str => "text".into(),
            ParamKind::F64List => "list of numbers".into(),
            ParamKind::Sampler => "sampler".into(),
        }
    }

    /// The range as an interval; a round bracket is an end that is not allowed itself. Empty where there is none.
    #[must_use]
    pub fn range_text(&self) -> String {
        if !matches!(self.kind, ParamKind::F64 | ParamKind::I64 | ParamKind::F64List)
            || (self.min == f64::NEG_INFINITY && self.max == f64::INFINITY)
        {
            return String::new();
        }
        let open = if self.min_exclusive || self.min.is_infinite() { '(' } else { '[' };
        let close = if self.max_exclusive || self.max.is_infinite() { ')' } else { ']' };
        let end = |x: f64| match x {
            f64::INFINITY => "∞".to_owned(),
            f64::NEG_INFINITY => "-∞".to_owned(),
            x => x.to_string(),
        };
        format!("{open}{}, {}{close}", end(self.min), end(self.max))
    }

    /// The default; empty where there is none.
    #[must_use]
    pub fn default_text(&self) -> String {
        match &self.default {
            Some(ParamValue::Str(text) | ParamValue::Enum(text)) => text.clone(),
            Some(value) => json!(value).to_string(),
            None if self.required => "must be given".into(),
            None => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::plugin::{Flags, Kind, ParamInfo, ParamKind, SamplerInfo};

    fn param(kind: ParamKind, min: f64, max: f64) -> ParamInfo {
        let (id, unit, doc) = ("p".into(), String::new(), "a parameter".into());
        let (min_exclusive, max_exclusive) = (true, false);
        ParamInfo { id, unit, doc, kind, default: None, min, max, min_exclusive, max_exclusive, required: false }
    }

    #[test]
    fn ranges_are_intervals() {
        let of = |min, max| param(ParamKind::F64, min, max).range_text();
        assert_eq!(of(0.0, 1.5), "(0, 1.5]");
        assert_eq!(of(0.0, f64::INFINITY), "(0, ∞)");
        assert_eq!(of(f64::NEG_INFINITY, 2.0), "(-∞, 2]");
        assert_eq!(of(f64::NEG_INFINITY, f64::INFINITY), "");
        assert_eq!(param(ParamKind::Bool, 0.0, 1.0).range_text(), "");
    }

    #[test]
    fn an_order_that_is_not_claimed_is_no_number() {
        let mut info = SamplerInfo::without_library("a", Kind::Sde, Flags::default(), Vec::new());
        (info.order, info.weak_order) = (0.5, 1.0);
        assert_eq!(info.order_text(), "0.5, weak 1");
        (info.order, info.weak_order) = (0.0, 0.0);
        assert_eq!(info.order_text(), "–");
    }
}
