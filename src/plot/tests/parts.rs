//! The part of the records that a figure is asked to show.

use super::{source, spec, sweep};
use crate::experiment::record::Record;
use crate::plot::{Made, make};

/// `only` means the same wherever it stands: a figure of half of the records is that of no others.
#[test]
fn every_figure_shows_a_part_of_the_records() {
    let half = sweep();
    let other = |mut r: Record| {
        r.cell += "-karras";
        r.grid = serde_json::json!({ "karras": { "t_end": 0.001 } }).to_string();
        r
    };
    let both: Vec<Record> = half.iter().cloned().chain(sweep().into_iter().map(other)).collect();
    let texts = |figure: &str, records: &[Record]| match make(&spec(figure), &source(records)).expect("made") {
        Made::Drawing(drawing) => format!("{:?} {}", drawing.scene.shapes, drawing.caption),
        Made::Table(table) => table.csv(),
    };
    let figures = [
        r#"{"quality":{"y":"sliced-w2""#,
        r#"{"error":{"median":false"#,
        r#"{"difference":{"y":"sliced-w2","of":["heun","euler"]"#,
        r#"{"heat":{"value":"sliced-w2","columns":"grid","steps":10"#,
        r#"{"samples":{"steps":[10]"#,
        r#"{"lines":{"y":"sliced-w2","x":"steps""#,
        r#"{"table":{"y":"sliced-w2""#,
    ];
    for figure in figures {
        let (all, part) = (format!("{figure}}}}}"), format!(r#"{figure},"only":{{"grid":"uniform"}}}}}}"#));
        assert!(texts(&part, &both) == texts(&all, &half), "{figure}: more than the part");
        assert!(texts(&all, &both) != texts(&all, &half), "{figure}: not all");
    }
}
