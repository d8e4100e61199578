//! What goes to stdout: text, JSON, tables.

use super::exit::Stop;
use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use serde::Serialize;
use std::io::{self, ErrorKind, Write as _};
use std::path::PathBuf;

/// Writes a text and a line end. A reader that has seen enough (`ito plugin list | head`) is no error.
///
/// # Errors
/// Where stdout cannot be written.
pub fn print(text: &str) -> Result<(), Stop> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Stop::environment(format!("stdout cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes a value as JSON, indented.
///
/// # Errors
/// As [`print`].
pub fn print_json<T: Serialize>(value: &T) -> Result<(), Stop> {
    let text = serde_json::to_string_pretty(value).map_err(|e| Stop::failed(format!("this has no JSON: {e}")))?;
    print(&text)
}

/// An empty table; on a terminal it fits the window, elsewhere its lines are as long as they are.
pub fn table<'a>(header: impl IntoIterator<Item = &'a str>) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header);
    table
}

/// Aligns a column and all after it to the right.
pub fn right(table: &mut Table, from: usize) {
    table.column_iter_mut().skip(from).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
}

/// Writes the names of files, a line each.
///
/// # Errors
/// As [`print`].
pub fn print_files(files: &[PathBuf]) -> Result<(), Stop> {
    files.iter().try_for_each(|file| print(&format!("  {}", file.display())))
}
