//! Mistakes in a descriptor that the types do not exclude; for the tests of a plugin.

use crate::{DefaultValue, Info, Param};
use std::ffi::CStr;

impl Info {
    /// What is wrong with the descriptor, one sentence each; a test of every sampler compares it with nothing.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let texts = [("id", self.id), ("summary", self.summary), ("equation", self.equation)];
        for (what, text) in texts.into_iter().chain([("source", self.source), ("choose", self.choose)]) {
            if text.to_str().is_ok_and(|text| text.trim().is_empty()) {
                faults.push(format!("`{what}` is empty"));
            }
        }
        if !self.id.to_bytes().iter().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-._".contains(c)) {
            faults.push(format!("id {:?} has other characters than a-z, 0-9, `-`, `_` and `.`", self.id));
        }
        for (i, param) in self.params.iter().enumerate() {
            if self.params[..i].iter().any(|p| p.id == param.id) {
                faults.push(format!("parameter {:?} is declared twice", param.id));
            }
            faults.extend(param.fault().map(|fault| format!("parameter {:?}: {fault}", param.id)));
        }
        faults.extend([self.streams, self.required].into_iter().filter_map(twice));
        faults
    }
}

impl Param {
    fn fault(&self) -> Option<String> {
        if self.doc.is_empty() {
            return Some("has no doc".into());
        }
        if self.min > self.max {
            return Some(format!("has the empty range {} to {}", self.min, self.max));
        }
        let outside = |x: f64| {
            let inside = x >= self.min && x <= self.max;
            (!inside).then(|| format!("has the default {x} outside {} to {}", self.min, self.max))
        };
        match self.default {
            DefaultValue::F64(x) => x.and_then(outside),
            DefaultValue::I64(x) => x.and_then(|x| outside(x as f64)),
            DefaultValue::F64List(x) => x.and_then(|x| x.iter().find_map(|&x| outside(x))),
            DefaultValue::Enum(names, x) => {
                (names.is_empty() || x.is_some_and(|x| x >= names.len())).then(|| "has a default without a name".into())
            }
            DefaultValue::Bool(_) | DefaultValue::Str(_) | DefaultValue::Sampler(_) => None,
        }
    }
}

fn twice(names: &[&CStr]) -> Option<String> {
    let again = names.iter().enumerate().find(|(i, name)| names[..*i].contains(name));
    again.map(|(_, name)| format!("{name:?} is named twice"))
}

#[cfg(test)]
mod tests {
    use crate::{Info, Param};

    const GOOD: Info = Info { id: c"a", summary: c"b", equation: c"c", source: c"d", choose: c"e", ..Info::DEFAULT };

    #[test]
    fn faults_are_found() {
        assert_eq!(GOOD.faults(), Vec::<String>::new());
        let bad = Info { id: c"A b", source: c"", streams: &[c"x", c"x"], ..GOOD };
        assert_eq!(bad.faults().len(), 3, "{:?}", bad.faults());
        const PARAMS: &[Param] = &[Param::f64(c"p", 2.0, c"doc").range(0.0, 1.0), Param::i64(c"p", 1, c"")];
        let bad = Info { params: PARAMS, ..GOOD };
        assert_eq!(bad.faults().len(), 3, "{:?}", bad.faults());
    }
}
