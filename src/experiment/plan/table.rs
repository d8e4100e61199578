//! The plan as a table for people.

use super::axes::plain;
use super::{Cell, Plan};
use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{ContentArrangement, Table};
use serde::Serialize;
use serde_json::Value;

/// What a line shows of its cells, `seed` aside.
type Column = (&'static str, fn(&Cell) -> String);

/// Columns that are shown where they differ between cells; parameters where one sampler has several.
const VARYING: [Column; 8] = [
    ("process", |c| compact(&c.process)),
    ("grid", |c| compact(&c.grid)),
    ("init", |c| word(&c.init)),
    ("noise", |c| word(&c.noise)),
    ("final", |c| word(&c.last)),
    ("dtype", |c| word(&c.dtype)),
    ("batch", |c| c.batch.to_string()),
    ("model", |c| compact(&c.identity)),
];

/// One line for all seeds of a setting, then the cost, then the notes.
pub(super) fn table(plan: &Plan) -> String {
    let differ = |(_, show): &Column| plan.cells.windows(2).any(|pair| show(&pair[0]) != show(&pair[1]));
    let mut columns: Vec<Column> = vec![("sampler", |c| c.sampler.info().id.clone())];
    let other_params = |a: &Cell, b: &Cell| a.sampler.info().id == b.sampler.info().id && a.sampler != b.sampler;
    if plan.cells.windows(2).any(|pair| other_params(&pair[0], &pair[1])) {
        columns.push(("params", |c| compact(&c.sampler.params())));
    }
    columns.extend(VARYING.into_iter().filter(differ));
    columns.push(("steps", |c| c.steps.map_or_else(|| "own".into(), |n| n.to_string())));
    if plan.cells.iter().any(|cell| cell.nfe_asked.is_some()) {
        columns.push(("nfe asked", |c| c.nfe_asked.map(|n| n.to_string()).unwrap_or_default()));
    }
    columns.push(("evaluations", |c| match (&c.refused, c.evaluations) {
        (Some(reason), _) => format!("refused: {reason}"),
        (None, Some(n)) => n.to_string(),
        (None, None) => "its own".into(),
    }));
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|(name, _)| *name).chain(["seeds"]));
    let line = |cell: &Cell| -> Vec<String> { columns.iter().map(|(_, show)| show(cell)).collect() };
    let mut lines: Vec<(Vec<String>, usize)> = Vec::new();
    for cell in &plan.cells {
        let line = line(cell);
        match lines.last_mut() {
            Some((last, seeds)) if *last == line => *seeds += 1,
            _ => lines.push((line, 1)),
        }
    }
    for (line, seeds) in lines {
        table.add_row(line.into_iter().chain([seeds.to_string()]));
    }
    let (evaluations, unknown) = plan.cost();
    let refused = plan.cells.iter().filter(|cell| cell.refused.is_some()).count();
    let mut text = format!("{table}\n{} cells, {evaluations} evaluations", plan.cells.len());
    if unknown > 0 {
        text.push_str(&format!(", and {unknown} cells whose sampler chooses its steps"));
    }
    if refused > 0 {
        text.push_str(&format!(", {refused} cells refused"));
    }
    for note in &plan.notes {
        text.push_str(&format!("\nnote: {note}"));
    }
    text
}

/// One line of JSON without the quotes.
fn compact<T: Serialize>(value: &T) -> String {
    plain(value).to_string().replace('"', "").replace(',', ", ")
}

/// The name of a choice, without what is in it.
fn word<T: Serialize>(value: &T) -> String {
    match plain(value) {
        Value::String(name) => name,
        Value::Object(map) => map.keys().next().cloned().unwrap_or_default(),
        other => other.to_string(),
    }
}
