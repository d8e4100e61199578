//! YAML in and out: the only file that knows `serde_yaml`.
//!
//! `saphyr-parser` gives the structure with its places, `serde_yaml` the meaning of a scalar and the writing.
//! Everything after works on the [`Tree`], so that each mistake can be shown in its line.

mod below;
mod de;
mod set;
mod tree;
mod words;

pub use below::FILE_KEYS;
pub use set::set;
pub(crate) use tree::yaml_path;
pub use tree::{Content, Key, Mark, Node, Path, Source, Step, Tree};

use super::error::{Fault, Problem, Report};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;

/// Nesting beyond which a file is refused, so that it cannot exhaust the stack.
const MAX_DEPTH: usize = 64;

/// Reads a YAML file and applies the changes `key=value` in order.
///
/// # Errors
/// Whatever is wrong, with its place.
pub fn read(file: &std::path::Path, sets: &[String]) -> Result<Tree, Report> {
    let origin = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|e| {
        let source = Source { origin: origin.clone(), text: String::new() };
        problem(&source, Mark::default(), Fault::Unreadable(e.to_string()))
    })?;
    let mut tree = parse(&origin, &text)?;
    for change in sets {
        set(&mut tree, change)?;
    }
    Ok(tree)
}

/// Parses YAML text; `origin` names it in messages.
///
/// # Errors
/// [`Fault::Syntax`], [`Fault::Tab`], [`Fault::Empty`], [`Fault::DuplicateKey`], [`Fault::Unsupported`].
pub fn parse(origin: &str, text: &str) -> Result<Tree, Report> {
    let source = Source { origin: origin.into(), text: text.into() };
    let mut builder =
        Builder { parser: Parser::new_from_str(text), source: &source, number: 0, anchors: HashMap::new() };
    let root = builder.document()?;
    Ok(Tree { root, sources: vec![source] })
}

/// Parses the value of a `--set`, whose places are the `--set` as a whole.
fn parse_value(source: &Source, number: usize, text: &str) -> Result<Node, Problem> {
    let mut builder = Builder { parser: Parser::new_from_str(text), source, number, anchors: HashMap::new() };
    match builder.document() {
        Err(problem) if problem.fault == Fault::Empty => Ok(Node { mark: builder.mark(None), content: Content::Null }),
        other => other,
    }
}

/// The tree as a type.
///
/// # Errors
/// The first mistake, with its place.
pub fn typed<T: DeserializeOwned>(tree: &Tree) -> Result<T, Report> {
    Ok(de::typed(tree, &tree.root, &[])?)
}

/// Writes a value as YAML, with choices as one-key maps. [`parse`] and [`typed`] give the same value back.
///
/// # Errors
/// Where the value has no YAML, which is a mistake in its type.
pub fn to_yaml<T: Serialize>(value: &T) -> Result<String, String> {
    // serde_yaml would write choices as tags, serde_json writes them as one-key maps.
    let value = serde_json::to_value(value).map_err(|e| e.to_string())?;
    serde_yaml::to_string(&yaml(value)).map_err(|e| e.to_string())
}

fn yaml(value: serde_json::Value) -> serde_yaml::Value {
    use serde_json::Value as Json;
    match value {
        Json::Null => serde_yaml::Value::Null,
        Json::Bool(b) => b.into(),
        Json::Number(n) => match (n.as_u64(), n.as_i64(), n.as_f64()) {
            (Some(n), ..) => n.into(),
            (_, Some(n), _) => n.into(),
            (.., r) => r.unwrap_or(f64::NAN).into(),
        },
        Json::String(s) => match s.as_str() {
            ".inf" => f64::INFINITY.into(),
            "-.inf" => f64::NEG_INFINITY.into(),
            ".nan" => f64::NAN.into(),
            _ => s.into(),
        },
        Json::Array(items) => items.into_iter().map(yaml).collect::<Vec<_>>().into(),
        Json::Object(entries) => {
            entries.into_iter().map(|(k, v)| (k.into(), yaml(v))).collect::<serde_yaml::Mapping>().into()
        }
    }
}

/// What a plain scalar means.
fn scalar(text: &str) -> Content {
    match serde_yaml::from_str(text) {
        _ if text.is_empty() => Content::Null,
        Ok(serde_yaml::Value::Null) => Content::Null,
        Ok(serde_yaml::Value::Bool(b)) => Content::Bool(b),
        Ok(serde_yaml::Value::Number(n)) => match (n.as_u64(), n.as_i64()) {
            (Some(n), _) => Content::Unsigned(n),
            (_, Some(n)) => Content::Signed(n),
            _ => Content::Real(n.as_f64().unwrap_or(f64::NAN)),
        },
        _ => Content::Text(text.into()),
    }
}

fn problem(source: &Source, mark: Mark, fault: Fault) -> Problem {
    Problem { fault, path: String::new(), place: Box::new(source.place(mark)) }
}

struct Builder<'a> {
    parser: Parser<'a, StrInput<'a>>,
    source: &'a Source,
    /// Number of the source in its tree.
    number: usize,
    anchors: HashMap<usize, Node>,
}

impl<'a> Builder<'a> {
    /// A `--set` is one place; only the file has lines.
    fn mark(&self, span: Option<Span>) -> Mark {
        match span.filter(|_| self.number == 0) {
            None => Mark { source: self.number, ..Mark::default() },
            Some(span) => Mark {
                source: 0,
                line: span.start.line(),
                column: span.start.col() + 1,
                width: if span.end.line() == span.start.line() { span.len() } else { usize::MAX },
            },
        }
    }

    fn problem(&self, span: Span, fault: Fault) -> Problem {
        problem(self.source, self.mark(Some(span)), fault)
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Problem> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(self.syntax(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn syntax(&self, error: &ScanError) -> Problem {
        let at = *error.marker();
        let mark = self.mark(Some(Span::empty(at)));
        let line = self.source.text.lines().nth(at.line().saturating_sub(1)).unwrap_or_default();
        let indent = line.len() - line.trim_start().len();
        match line.get(..indent).and_then(|blank| blank.find('\t')).filter(|_| self.number == 0) {
            Some(tab) => problem(self.source, Mark { column: tab + 1, width: 1, ..mark }, Fault::Tab),
            None => problem(self.source, mark, Fault::Syntax(error.info().into())),
        }
    }

    fn document(&mut self) -> Result<Node, Problem> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Err(problem(self.source, self.mark(None), Fault::Empty)),
                (Event::DocumentStart(_), _) => break,
                _ => {}
            }
        }
        let (event, span) = self.next()?;
        let root = self.node(event, span, 0)?;
        if self.number == 0 && root.content == Content::Null {
            return Err(problem(self.source, self.mark(None), Fault::Empty));
        }
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(root),
                (Event::DocumentStart(_), span) => {
                    return Err(self.problem(
                        span,
                        Fault::Unsupported("a second document begins here; a file holds one experiment".into()),
                    ));
                }
                _ => {}
            }
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, Problem> {
        let unsupported = |b: &Self, what: &str| Err(b.problem(span, Fault::Unsupported(what.into())));
        if depth > MAX_DEPTH {
            return unsupported(self, "nested too deeply");
        }
        let (content, anchor) = match event {
            Event::Scalar(.., Some(_)) | Event::SequenceStart(_, Some(_)) | Event::MappingStart(_, Some(_)) => {
                return unsupported(self, "YAML tags (`!name`) are not used here");
            }
            Event::Scalar(text, ScalarStyle::Plain, anchor, None) => (scalar(&text), anchor),
            Event::Scalar(text, _, anchor, None) => (Content::Text(text.into_owned()), anchor),
            Event::SequenceStart(anchor, None) => (self.list(depth)?, anchor),
            Event::MappingStart(anchor, None) => (self.map(depth)?, anchor),
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(node) => return Ok(Node { mark: self.mark(Some(span)), ..node.clone() }),
                None => return unsupported(self, "this alias stands inside its own anchor"),
            },
            _ => return unsupported(self, "a value is missing here"),
        };
        let node = Node { mark: self.mark(Some(span)), content };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self, depth: usize) -> Result<Content, Problem> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Content::List(items)),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Content, Problem> {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            let text = match event {
                Event::MappingEnd => return Ok(Content::Map(entries)),
                Event::Scalar(text, ..) => text.into_owned(),
                _ => return Err(self.problem(span, Fault::Unsupported("a key must be a plain word".into()))),
            };
            if let Some((first, _)) = entries.iter().find(|(k, _)| k.text == text) {
                return Err(self.problem(span, Fault::DuplicateKey { key: text, first: first.mark.line }));
            }
            let key = Key { mark: self.mark(Some(span)), text };
            let (event, span) = self.next()?;
            entries.push((key, self.node(event, span, depth + 1)?));
        }
    }
}

#[cfg(test)]
mod tests;
