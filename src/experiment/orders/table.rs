//! The rows as text.

use super::Row;
use crate::metric::order::Held;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{ContentArrangement, Table};
use std::fmt::Write as _;

const HEAD: [&str; 9] = ["sampler", "process", "problem", "test", "N", "errors", "slopes", "declared", "verdict"];

/// The rows for a terminal, their notes below; long lists are cut to their ends.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic).set_header(HEAD);
    let notes = notes(rows);
    for row in rows {
        table.add_row(cells(row, &notes));
    }
    let failed = rows.iter().filter(|row| !row.pass).count();
    format!("{table}\n{}{} rows, {failed} failed", footnotes(&notes), rows.len())
}

/// The rows as a table in Markdown, their notes below.
#[must_use]
pub fn markdown(rows: &[Row]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let notes = notes(rows);
    let mut text = line(&HEAD.map(str::to_owned)) + &line(&HEAD.map(|_| "---".to_owned()));
    for row in rows {
        text += &line(&cells(row, &notes).map(|cell| cell.replace('|', "\\|")));
    }
    if notes.is_empty() { text } else { format!("{text}\n{}", footnotes(&notes).replace('\n', "\n\n")) }
}

/// The different notes, in the order in which they come.
fn notes(rows: &[Row]) -> Vec<&str> {
    let mut notes = Vec::new();
    for note in rows.iter().map(|row| row.note.as_str()).filter(|note| !note.is_empty()) {
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    notes
}

fn footnotes(notes: &[&str]) -> String {
    notes.iter().enumerate().fold(String::new(), |mut text, (i, note)| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "({}) {note}", i + 1);
        text
    })
}

fn cells(row: &Row, notes: &[&str]) -> [String; HEAD.len()] {
    let name = if row.variant.is_empty() { row.sampler.clone() } else { format!("{} ({})", row.sampler, row.variant) };
    let process = if row.grid.is_empty() { row.process.clone() } else { format!("{}, {}", row.process, row.grid) };
    let varied = if row.at.is_empty() { ends(&row.n, u64::to_string) } else { ends(&row.at, |a| format!("{a:.1e}")) };
    let slopes: Vec<String> = row.slopes.iter().map(|slope| format!("{slope:.2}")).collect();
    let declared = if row.declared > 0.0 { row.declared.to_string() } else { "none".to_owned() };
    let how = row.held.map(Held::word).filter(|word| !word.is_empty());
    let verdict = match (row.pass, how) {
        (true, Some(how)) => format!("ok, {how}"),
        (true, None) => "ok".to_owned(),
        (false, _) => "FAILED".to_owned(),
    };
    let verdict = match notes.iter().position(|note| *note == row.note) {
        Some(i) => format!("{verdict} ({})", i + 1),
        None => verdict,
    };
    let errors = ends(&row.errors, |e| format!("{e:.1e}"));
    [name, process, row.problem.clone(), row.what.word().into(), varied, errors, slopes.join(", "), declared, verdict]
}

/// First and last of a list, or all of a short one.
fn ends<T>(values: &[T], show: impl Fn(&T) -> String) -> String {
    match values {
        [first, .., last] if values.len() > 4 => format!("{} … {}", show(first), show(last)),
        _ => values.iter().map(show).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::{markdown, table};
    use crate::experiment::orders::{Row, What};
    use crate::metric::order::Held;
    use crate::plugin::Kind;

    fn row(pass: bool, note: &str) -> Row {
        Row {
            sampler: "a|b".into(),
            variant: "in: t".into(),
            kind: Kind::Ode,
            process: "vp".into(),
            problem: "gaussian".into(),
            grid: "uniform 1 to 0.01".into(),
            declared: 1.0,
            what: What::Order,
            n: vec![10, 20, 40, 80, 160],
            at: vec![],
            errors: vec![0.1, 0.05],
            floors: vec![],
            slopes: vec![1.0],
            pass,
            held: pass.then_some(Held::Settles),
            note: note.into(),
        }
    }

    #[test]
    fn rows_share_their_notes() {
        let rows = [row(true, ""), row(false, "why"), row(false, "why")];
        assert_eq!(
            markdown(&rows),
            "| sampler | process | problem | test | N | errors | slopes | declared | verdict |\n\
             | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n\
             | a\\|b (in: t) | vp, uniform 1 to 0.01 | gaussian | order | 10 … 160 | 1.0e-1, 5.0e-2 | 1.00 | 1 | ok, settles |\n\
             | a\\|b (in: t) | vp, uniform 1 to 0.01 | gaussian | order | 10 … 160 | 1.0e-1, 5.0e-2 | 1.00 | 1 | FAILED (1) |\n\
             | a\\|b (in: t) | vp, uniform 1 to 0.01 | gaussian | order | 10 … 160 | 1.0e-1, 5.0e-2 | 1.00 | 1 | FAILED (1) |\n\
             \n(1) why\n\n"
        );
        assert!(table(&rows).ends_with("(1) why\n3 rows, 2 failed"), "{}", table(&rows));
    }
}
