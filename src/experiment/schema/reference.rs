//! The reference page `docs/experiments.md`.

use super::{plain, resolved};
use serde_json::Value;

const HEAD: &str = "# The keys of an experiment\n\n<!-- Made by `ito schema --markdown` from the doc comments of the \
                    types; change those. -->\n\n";

/// Keys of the sweep whose values are those of the key of the same name at the top.
const SAME: [&str; 7] = ["process", "grid", "init", "noise", "final", "dtype", "batch"];

/// The reference of all keys, as Markdown.
#[must_use]
pub fn reference_markdown() -> String {
    let root = plain();
    let mut page = Page { root: &root, text: HEAD.into() };
    page.text.push_str(description(&root));
    page.text.push('\n');
    for (key, schema) in properties(&root) {
        page.text.push_str(&format!("\n## `{key}`\n\n{}{}\n", description(schema), facts(&root, &root, key, schema)));
        page.below(key, schema, 0);
    }
    page.text
}

struct Page<'r> {
    root: &'r Value,
    text: String,
}

impl<'r> Page<'r> {
    /// Everything inside a value: its keys, or its choices.
    fn below(&mut self, path: &str, schema: &'r Value, depth: usize) {
        for (shape, form) in forms(self.root, schema) {
            self.item(depth, &shape, description(form));
            self.below(path, form, depth + 1);
        }
        let schema = inner(self.root, schema);
        let start = self.text.len();
        for (key, property) in properties(schema) {
            let facts = facts(self.root, schema, key, property);
            self.item(depth, key, &format!("{}{facts}", description(property)));
            if !(path == "sweep" && SAME.contains(&key)) {
                self.below(key, property, depth + 1);
            }
        }
        for choice in list(schema, "oneOf") {
            match properties(choice).next() {
                Some((name, content)) => {
                    self.item(depth, name, description(choice));
                    self.below(name, content, depth + 1);
                }
                None => self.names(choice, depth),
            }
        }
        if depth == 0 && self.text.len() > start {
            self.text.insert(start, '\n');
        }
    }

    /// A choice without content, or several.
    fn names(&mut self, choice: &Value, depth: usize) {
        let several = list(choice, "enum").iter().chain(choice.get("const"));
        for name in several.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>() {
            self.item(depth, &name, description(choice));
        }
    }

    fn item(&mut self, depth: usize, name: &str, text: &str) {
        let colon = if text.is_empty() { "" } else { ": " };
        self.text.push_str(&format!("{}- `{name}`{colon}{}\n", "  ".repeat(depth), text.replace('\n', " ")));
    }
}

/// The forms of a value that are told apart by their shape alone, each with a text of its own: `[…]`, `{ list, zero }`.
fn forms<'r>(root: &'r Value, schema: &'r Value) -> Vec<(String, &'r Value)> {
    let all = list(resolved(root, schema), "anyOf");
    if all.iter().any(|form| description(form).is_empty()) {
        return Vec::new();
    }
    let of = |form: &'r Value| match forms(root, form) {
        none if none.is_empty() => vec![(shape(resolved(root, form)), form)],
        deeper => deeper,
    };
    all.iter().flat_map(of).collect()
}

/// A value as it is written, without what is in it.
fn shape(schema: &Value) -> String {
    let keys: Vec<&str> = properties(schema).map(|(key, _)| key).collect();
    match schema["type"].as_str() {
        Some("array") => "[…]".to_owned(),
        Some("object") if keys.is_empty() => "{ N: […] }".to_owned(),
        Some("object") => format!("{{ {} }}", keys.join(", ")),
        other => other.unwrap_or_default().to_owned(),
    }
}

/// The schema that holds the keys: behind references, options and lists.
fn inner<'r>(root: &'r Value, schema: &'r Value) -> &'r Value {
    let schema = resolved(root, schema);
    match schema.get("items").or(list(schema, "anyOf").first()) {
        Some(below) => inner(root, below),
        None => schema,
    }
}

/// Type, range and default in brackets.
fn facts(root: &Value, parent: &Value, key: &str, schema: &Value) -> String {
    let inner = inner(root, schema);
    let kind = match &inner["type"] {
        Value::String(kind) => kind.as_str(),
        Value::Array(kinds) => kinds.first().and_then(Value::as_str).unwrap_or_default(),
        _ => "",
    };
    let listed = |schema: &Value| schema["type"] == "array" || list(schema, "type").contains(&"array".into());
    let mut facts = Vec::new();
    match kind {
        _ if listed(resolved(root, schema)) => facts.push("list".to_owned()),
        "integer" => facts.push("whole number".to_owned()),
        "number" => facts.push("number".to_owned()),
        "boolean" => facts.push("true or false".to_owned()),
        "string" if inner.get("const").is_none() => facts.push("text".to_owned()),
        _ => {}
    }
    let bounds = [("minimum", "from"), ("exclusiveMinimum", "above"), ("maximum", "to"), ("exclusiveMaximum", "below")];
    let bounds = bounds.iter().filter(|(bound, _)| inner[*bound] != u32::MAX);
    facts.extend(bounds.filter_map(|(bound, word)| Some(format!("{word} {}", inner.get(*bound)?))));
    if list(parent, "required").contains(&key.into()) {
        facts.push("required".to_owned());
    }
    match &schema["default"] {
        Value::Null | Value::Object(_) | Value::Array(_) => {}
        default => facts.push(format!("default `{default}`").replace('"', "")),
    }
    if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) }
}

fn description(schema: &Value) -> &str {
    schema["description"].as_str().unwrap_or_default()
}

fn properties(schema: &Value) -> impl Iterator<Item = (&str, &Value)> {
    schema["properties"].as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

fn list<'a>(schema: &'a Value, key: &str) -> &'a [Value] {
    schema[key].as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_and_choice_has_a_text() {
        let page = reference_markdown();
        let bare: Vec<&str> = page.lines().filter(|l| l.trim_start().starts_with("- ") && !l.contains(": ")).collect();
        assert!(bare.is_empty(), "without a doc comment: {bare:#?}");
        for key in [
            "## `sweep`",
            "- `steps`: ",
            "- `vp`: ",
            "  - `beta_min`: ",
            "- `independent`: ",
            "  - `{ N: […] }`: ",
            "  - `{ file, zero }`: ",
        ] {
            assert!(page.contains(&format!("\n{key}")), "{key} is not in\n{page}");
        }
    }
}
