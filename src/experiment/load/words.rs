//! Errors of serde in the words of somebody who wrote YAML.

use super::super::error::Fault;
use super::tree::{Mark, Step, nonfinite};
use serde::de::{self, Expected, Unexpected};
use std::fmt;

/// A fault on its way up: the innermost place counts, each level adds its step.
#[derive(Debug)]
pub struct Error {
    fault: Box<Fault>,
    mark: Option<Mark>,
    /// Innermost first.
    path: Vec<Step>,
}

impl Error {
    pub(super) fn new(fault: Fault) -> Self {
        Self { fault: Box::new(fault), mark: None, path: Vec::new() }
    }

    /// The place, where none further in is known.
    pub(super) fn at(mut self, mark: Mark) -> Self {
        self.mark.get_or_insert(mark);
        self
    }

    /// The same seen from one step further out.
    pub(super) fn below(mut self, step: impl Into<Step>) -> Self {
        self.path.push(step.into());
        self
    }

    /// The fault, its place, and the path to it from the outside in.
    pub(super) fn parts(self) -> (Fault, Option<Mark>, impl Iterator<Item = Step>) {
        (*self.fault, self.mark, self.path.into_iter().rev())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.fmt(f)
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self::new(Fault::Invalid(text.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(Fault::WrongType { found: found_words(found), expected: expected_words(&expected.to_string()) })
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_variant(found: &str, allowed: &'static [&'static str]) -> Self {
        Self::new(Fault::UnknownName { what: "name".into(), found: found.into(), allowed: owned(allowed) })
    }

    fn unknown_field(found: &str, allowed: &'static [&'static str]) -> Self {
        Self::new(Fault::UnknownKey { found: found.into(), allowed: owned(allowed) })
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(Fault::MissingKey(key.into()))
    }
}

pub(super) fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.into()).collect()
}

fn found_words(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(b) => format!("`{b}`"),
        Unexpected::Unsigned(n) => format!("the number {n}"),
        Unexpected::Signed(n) => format!("the number {n}"),
        Unexpected::Float(r) if r.is_finite() => format!("the number {r}"),
        Unexpected::Float(r) => format!("the number {}", nonfinite(r)),
        Unexpected::Str(text) => format!("the text `{text}`"),
        Unexpected::Unit | Unexpected::Option => "nothing".into(),
        Unexpected::Seq => "a list".into(),
        Unexpected::Map => "a map".into(),
        other => other.to_string(),
    }
}

/// serde names Rust types; the user wrote YAML.
fn expected_words(expected: &str) -> String {
    match expected {
        "u8" => "a whole number from 0 to 255".into(),
        "u16" => "a whole number from 0 to 65535".into(),
        "u32" => "a whole number from 0 to 4294967295".into(),
        "u64" | "usize" => "a whole number from 0".into(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".into(),
        "f32" | "f64" => "a number".into(),
        "a boolean" => "`true` or `false`".into(),
        "a string" | "path string" => "text".into(),
        "a sequence" => "a list".into(),
        "a map" => "a map of keys".into(),
        other if other.starts_with("struct ") => "a map of keys".into(),
        other => other.into(),
    }
}

/// `ProcessSpec` → `process`.
pub(super) fn type_words(name: &str) -> String {
    let mut words = String::new();
    for c in name.strip_suffix("Spec").unwrap_or(name).chars() {
        if c.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    words
}
