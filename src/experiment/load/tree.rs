//! YAML as a tree in which every value and every key knows its place.

use super::super::error::{Fault, Place, Problem};
use serde_json::Value;
use std::fmt;

/// A place in one of the sources of a [`Tree`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Number of the source.
    pub source: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Characters.
    pub width: usize,
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it begins.
    pub mark: Mark,
    /// What it is.
    pub content: Content,
}

/// A key and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Where it begins.
    pub mark: Mark,
    /// Its text, also where it looks like a number.
    pub text: String,
}

/// A YAML value.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Nothing, or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number from 0.
    Unsigned(u64),
    /// A whole number below 0.
    Signed(i64),
    /// Any other number; `.inf` and `.nan` too.
    Real(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the source.
    Map(Vec<(Key, Node)>),
}

/// One step of a YAML path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A key of a map.
    Key(String),
    /// A place in a list, from 0.
    Index(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::Key(key.into())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// A path from keys and places: `yaml_path!["sweep", "sampler", 2]`.
macro_rules! yaml_path {
    ($($step:expr),* $(,)?) => { [$($crate::experiment::load::Step::from($step)),*] };
}
pub(crate) use yaml_path;

/// A path as it is printed: `sweep.sampler[2].heun.in`.
pub struct Path<'a>(pub &'a [Step]);

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if i == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl Node {
    /// The value below a key of a map.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Content::Map(entries) = &self.content else { return None };
        entries.iter().find(|(k, _)| k.text == key).map(|(_, node)| node)
    }

    /// As [`get`](Self::get).
    #[must_use]
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        let Content::Map(entries) = &mut self.content else { return None };
        entries.iter_mut().find(|(k, _)| k.text == key).map(|(_, node)| node)
    }

    /// The value as JSON; `.inf`, `-.inf` and `.nan` become texts of that name, which JSON numbers cannot be.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Bool(b) => (*b).into(),
            Content::Unsigned(n) => (*n).into(),
            Content::Signed(n) => (*n).into(),
            Content::Real(r) if r.is_finite() => (*r).into(),
            Content::Real(r) => nonfinite(*r).into(),
            Content::Text(text) => text.clone().into(),
            Content::List(items) => items.iter().map(Self::to_json).collect(),
            Content::Map(entries) => entries.iter().map(|(k, node)| (k.text.clone(), node.to_json())).collect(),
        }
    }

    /// The place of the last step of `path` that exists: of its key, where it has one.
    fn find(&self, path: &[Step]) -> Mark {
        let (mut node, mut mark) = (self, self.mark);
        for step in path {
            match (step, &node.content) {
                (Step::Key(key), Content::Map(entries)) => {
                    let Some((found, child)) = entries.iter().find(|(k, _)| k.text == *key) else { break };
                    (node, mark) = (child, found.mark);
                }
                (Step::Index(index), Content::List(items)) => {
                    let Some(child) = items.get(*index) else { break };
                    (node, mark) = (child, child.mark);
                }
                // A bare name stands for the map `{ name: {} }`.
                (Step::Key(key), Content::Text(name)) if key == name => mark = node.mark,
                _ => break,
            }
        }
        mark
    }
}

/// How YAML writes a number that is not finite.
#[must_use]
pub fn nonfinite(r: f64) -> &'static str {
    if r.is_nan() {
        ".nan"
    } else if r > 0.0 {
        ".inf"
    } else {
        "-.inf"
    }
}

/// Where a tree's values come from: the file, then each `--set`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file as it was named, or the `--set`.
    pub origin: String,
    /// Its text; empty for a `--set`.
    pub text: String,
}

/// A whole YAML document with the changes made by `--set`.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// The file, then each `--set`.
    pub sources: Vec<Source>,
    /// The value.
    pub root: Node,
}

impl Tree {
    /// The value at a path.
    #[must_use]
    pub fn get(&self, path: &[Step]) -> Option<&Node> {
        path.iter().try_fold(&self.root, |node, step| match (step, &node.content) {
            (Step::Key(key), _) => node.get(key),
            (Step::Index(i), Content::List(items)) => items.get(*i),
            _ => None,
        })
    }

    /// What is wrong at a path.
    #[must_use]
    pub fn problem(&self, path: &[Step], fault: Fault) -> Problem {
        self.problem_at(self.root.find(path), path, fault)
    }

    /// What is wrong at a place.
    #[must_use]
    pub fn problem_at(&self, mark: Mark, path: &[Step], fault: Fault) -> Problem {
        let place = self.sources.get(mark.source).map_or_else(Place::default, |source| source.place(mark));
        Problem { fault, path: Path(path).to_string(), place: Box::new(place) }
    }
}

impl Source {
    /// The place of a mark in this source.
    #[must_use]
    pub fn place(&self, mark: Mark) -> Place {
        let line = self.text.lines().nth(mark.line.saturating_sub(1));
        match line.filter(|_| mark.line > 0) {
            None => Place { origin: self.origin.clone(), ..Place::default() },
            Some(line) => {
                let rest = (line.chars().count() + 1).saturating_sub(mark.column);
                Place {
                    origin: self.origin.clone(),
                    at: Some((mark.line, mark.column)),
                    width: mark.width.clamp(1, rest.max(1)),
                    line: line.into(),
                }
            }
        }
    }
}
