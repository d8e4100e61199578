//! What a figure says of cells without numbers, and of numbers without a target.

use super::*;

/// Refused cells have no evaluations: their crosses stand at those asked for, and without these the legend names them.
#[test]
fn what_was_refused_has_a_mark_on_every_axis() {
    let refused = |asked: Option<u64>| {
        let mut records = sweep();
        for r in records.iter_mut().filter(|r| r.sampler == "euler" || (r.sampler == "heun" && r.steps == Some(200))) {
            (r.status, r.nfe, r.nfe_per_sample, r.nfe_asked) = (Status::Refused, None, None, asked);
            r.metrics.clear();
        }
        let FigureSpec::Quality(spec) = spec(r#"{"quality":{"y":"sliced-w2"}}"#) else { panic!("a quality") };
        let drawing = quality::draw(&spec, &records).expect("it is drawn");
        assert!(drawing.caption.contains("euler at 10: 5 of 5 seeds refused"), "{}", drawing.caption);
        drawing
    };
    let (drawing, asked) = (refused(None), refused(Some(10)));
    let words = texts(&drawing.scene);
    assert!(words.contains(&"euler (refused)") && words.contains(&"heun (1 of 8 refused)"), "{words:?}");
    let words = texts(&asked.scene);
    assert!(words.contains(&"euler") && words.iter().any(|w| w.contains("refused,")), "{words:?}");
    assert!(asked.scene.shapes.len() > drawing.scene.shapes.len());
}

#[test]
fn a_line_without_a_target_says_so_in_its_name() {
    let mut records = sweep();
    let tempered = |r: &mut Record| r.params = r#"{"temperature":0.5}"#.into();
    records.iter_mut().filter(|r| r.sampler == "euler").for_each(tempered);
    for (json, label) in [
        (r#"{"quality":{"y":"sliced-w2"}}"#, "euler (no target)"),
        (r#"{"lines":{"y":"sliced-w2","x":"steps"}}"#, "euler (no target)"),
        (r#"{"quality":{"y":"trajectory"}}"#, "euler"),
    ] {
        let Ok(Made::Drawing(drawing)) = make(&spec(json), &source(&records)) else { panic!("{json}") };
        assert!(texts(&drawing.scene).contains(&label), "{json}");
        assert_eq!(drawing.caption.contains("No target is claimed for euler at temperature 0.5"), label != "euler");
    }
    for json in [
        r#"{"table":{"y":"sliced-w2"}}"#,
        r#"{"heat":{"value":"sliced-w2","steps":10,"columns":"process"}}"#,
        r#"{"difference":{"y":"sliced-w2","of":["euler","heun"],"x":"steps"}}"#,
    ] {
        let text = match make(&spec(json), &source(&records)).expect("it is made") {
            Made::Drawing(drawing) => drawing.caption,
            Made::Table(table) => table.markdown(),
        };
        assert!(text.contains("No target is claimed for euler"), "{json}: {text}");
    }
}
