//! The rows as text.

use super::Row;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{ContentArrangement, Table};

const HEAD: [&str; 9] = ["sampler", "process", "problem", "test", "N", "errors", "slopes", "declared", "verdict"];

/// The rows for a terminal; every error is in the rows themselves.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic).set_header(HEAD);
    for row in rows {
        table.add_row(cells(row));
    }
    let failed = rows.iter().filter(|row| !row.pass).count();
    format!("{table}\n{} rows, {failed} failed", rows.len())
}

/// The rows as a table in Markdown.
#[must_use]
pub fn markdown(rows: &[Row]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head = line(&HEAD.map(str::to_owned)) + &line(&HEAD.map(|_| "---".to_owned()));
    let body: String = rows.iter().map(|row| line(&cells(row).map(|cell| cell.replace('|', "\\|")))).collect();
    head + &body
}

fn cells(row: &Row) -> [String; HEAD.len()] {
    let name = if row.variant.is_empty() { row.sampler.clone() } else { format!("{} ({})", row.sampler, row.variant) };
    let varied = if row.at.is_empty() { ends(&row.n, u64::to_string) } else { ends(&row.at, |a| format!("{a:.1e}")) };
    let verdict = match (row.pass, row.note.is_empty()) {
        (true, true) => "ok".to_owned(),
        (true, false) => format!("ok; {}", row.note),
        (false, _) => format!("FAILED: {}", row.note),
    };
    let slopes: Vec<String> = row.slopes.iter().map(|slope| format!("{slope:.2}")).collect();
    let process = if row.grid.is_empty() { row.process.clone() } else { format!("{}, {}", row.process, row.grid) };
    let declared = if row.declared > 0.0 { row.declared.to_string() } else { "none".to_owned() };
    [
        name,
        process,
        row.problem.clone(),
        row.what.word().to_owned(),
        varied,
        ends(&row.errors, |e| format!("{e:.1e}")),
        slopes.join(", "),
        declared,
        verdict,
    ]
}

/// First and last of a list, or all of a short one.
fn ends<T>(values: &[T], show: impl Fn(&T) -> String) -> String {
    match values {
        [first, .., last] if values.len() > 4 => format!("{} … {}", show(first), show(last)),
        _ => values.iter().map(show).collect::<Vec<_>>().join(", "),
    }
}
