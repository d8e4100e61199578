//! `ito orders`: the order of convergence of samplers, measured against closed forms.

use super::args::Global;
use super::exit::{CELLS, DONE, Stop};
use super::{output, progress};
use crate::experiment::orders::measure;
use crate::plot::axes::trimmed;
use crate::plugin::{Registry, search_path};
use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};
use std::path::PathBuf;

const EXAMPLE: &str = "Example:
  ito orders                              all samplers
  ito orders heun euler-maruyama          these two
  ito orders --plugin build/libmine.so    those of one plugin";

/// Measure orders of convergence against closed forms and compare them with those that plugins declare.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Orders {
    /// Ids of samplers [default: all].
    samplers: Vec<String>,
    /// A plugin's shared library, whose samplers are measured.
    #[arg(long, value_name = "FILE", conflicts_with = "samplers")]
    plugin: Option<PathBuf>,
    /// Print the rows as JSON, with every error.
    #[arg(long)]
    json: bool,
}

/// Measures; a row that fails makes exit code 1.
pub fn orders(args: &Orders, global: &Global) -> Result<u8, Stop> {
    let (ids, registry) = chosen(args, global)?;
    let say = |text: &str| {
        if !global.quiet {
            progress::line(text);
        }
    };
    let rows = measure(&ids, &registry, &say).map_err(Stop::failed)?;
    if args.json {
        output::print_json(&rows)?;
    } else {
        output::print(&table(&rows))?;
    }
    Ok(if rows.iter().all(|row| row.pass) { DONE } else { CELLS })
}

/// The ids to measure and the registry that has them.
fn chosen(args: &Orders, global: &Global) -> Result<(Vec<String>, Registry), Stop> {
    let Some(file) = &args.plugin else {
        let registry = global.registry()?;
        if let Some(id) = args.samplers.iter().find(|id| registry.find(id).is_none()) {
            return Err(Stop::input(registry.unknown(id)));
        }
        let all = || registry.samplers().iter().map(|info| info.id.clone()).collect();
        let ids = if args.samplers.is_empty() { all() } else { args.samplers.clone() };
        return Ok((ids, registry));
    };
    let mine = Registry::open(std::slice::from_ref(file))?;
    let ids = mine.samplers().iter().map(|info| info.id.clone()).collect();
    // First in the path, so that its samplers hide others of the same name.
    let mut given = vec![file.clone()];
    given.extend(global.plugin_path.iter().cloned());
    Ok((ids, Registry::open(&search_path(&given))?))
}

/// Fields with a number for each N, which JSON alone shows.
const SERIES: [&str; 2] = ["n", "errors"];

/// A line for each row; the columns are the fields of the rows.
fn table<T: Serialize>(rows: &[T]) -> String {
    let rows: Vec<Map<String, Value>> = rows
        .iter()
        .filter_map(|row| match serde_json::to_value(row) {
            Ok(Value::Object(fields)) => Some(fields),
            _ => None,
        })
        .collect();
    let Some(first) = rows.first() else { return "no sampler to measure".into() };
    let names: Vec<&str> = first.keys().map(String::as_str).filter(|name| !SERIES.contains(name)).collect();
    let mut table = output::table(names.iter().copied());
    for row in &rows {
        table.add_row(names.iter().map(|&name| row.get(name).map_or_else(String::new, word)));
    }
    table.to_string()
}

fn word(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "NO".into(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(word).collect::<Vec<_>>().join(", "),
        Value::Number(n) if n.is_f64() => n.as_f64().map_or_else(String::new, |x| trimmed((x * 1e3).round() / 1e3)),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_show_their_fields_and_leave_the_series_to_json() {
        let rows = [
            json!({ "sampler": "heun", "slope": 1.98765, "n": [10, 20], "errors": [0.1, 0.05], "pass": false, "note": null }),
        ];
        let text = table(&rows);
        assert!(text.contains("1.988") && text.contains("NO") && text.contains("note"), "{text}");
        assert!(!text.contains("errors") && !text.contains("0.05"), "{text}");
        assert_eq!(table::<Value>(&[]), "no sampler to measure");
    }
}
