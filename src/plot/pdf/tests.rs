//! Each shape as the operators of a page.

use super::*;
use crate::plot::style::BLACK;
use flate2::read::ZlibDecoder;
use std::io::Read;

/// The stream of an object, unpacked.
fn stream(pdf: &[u8], id: Ref) -> Vec<u8> {
    let find = |from: usize, what: &[u8]| {
        pdf[from..].windows(what.len()).position(|part| part == what).map(|at| from + at).expect("it is there")
    };
    let object = find(0, format!("\n{} 0 obj", id.get()).as_bytes());
    let begin = find(object, b"stream\n") + 7;
    let mut out = Vec::new();
    ZlibDecoder::new(&pdf[begin..find(begin, b"\nendstream")]).read_to_end(&mut out).expect("packed");
    out
}

fn drawn(shape: Shape) -> (Vec<u8>, String) {
    let mut scene = Scene::new(100.0, 50.0);
    scene.shapes.push(shape);
    let bytes = pdf(&scene);
    assert_eq!(bytes, pdf(&scene), "the same scene gives the same bytes");
    assert!(String::from_utf8_lossy(&bytes).contains("/MediaBox [0 0 100 50]"));
    let content = String::from_utf8_lossy(&stream(&bytes, CONTENT)).into_owned();
    (bytes, content.strip_prefix("1 j\n").expect("round joints").trim_end().to_owned())
}

fn label(anchor: Anchor, upright: bool) -> Shape {
    Shape::Text(Label { at: (30.0, 10.0), text: "lλ".into(), anchor, upright, color: BLACK })
}

#[test]
fn a_line_and_an_area_turn_upside_down() {
    let path = vec![(1.0, 2.0), (3.0, 4.5)];
    let (_, line) = drawn(Shape::Stroke { path: path.clone(), width: 0.5, color: (255, 0, 51) });
    assert_eq!(line, "1 0 0.2 RG\n0.5 w\n1 48 m\n3 45.5 l\nS");
    let (bytes, area) = drawn(Shape::Fill { path, color: (0, 0, 0), opacity: 0.22 });
    assert_eq!(area, "/O0 gs\n0 0 0 rg\n1 48 m\n3 45.5 l\nh\nf");
    assert!(String::from_utf8_lossy(&bytes).contains("/ca 0.22"));
}

/// At 45 degrees, the middle of a curve, it is as far from the centre as at its ends: (1 + 3 + 3 KAPPA)/8 · √2 = 1.
#[test]
fn a_dot_is_a_circle() {
    let (_, dot) = drawn(Shape::Dot { at: (10.0, 10.0), radius: 2.0, color: (0, 0, 0) });
    let curve = "12 38.895 11.105 38 10 38 c";
    assert!(dot.starts_with(&format!("/O0 gs\n0 0 0 rg\n12 40 m\n{curve}\n")) && dot.ends_with("\nf"), "{dot}");
    assert!(((4.0 + 3.0 * KAPPA) / 8.0 * 2.0_f64.sqrt() - 1.0).abs() < 1e-8);
}

/// In thousandths of an em of 2,048 units: l is 569 units wide, λ 1,212.
#[test]
fn text_is_placed_by_its_width_and_keeps_its_characters() {
    let width = (569.0 + 1212.0) / 2048.0 * FONT_PT;
    let (bytes, start) = drawn(label(Anchor::Start, false));
    assert!(start.contains("\n1 0 0 1 30 40 Tm\n"), "{start}");
    let (_, end) = drawn(label(Anchor::End, false));
    assert!(end.contains(&format!("\n1 0 0 1 {} 40 Tm\n", rounded(30.0 - width))), "{end}");
    let (_, up) = drawn(label(Anchor::Middle, true));
    assert!(up.contains(&format!("\n0 1 -1 0 30 {} Tm\n", rounded(40.0 - 0.5 * width))), "{up}");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(text.contains("> <006C>") && text.contains("> <03BB>"), "the map to Unicode has both");
    assert_eq!(stream(&bytes, FILE), crate::plot::canvas::FONT_FILE);
}

#[test]
fn a_picture_keeps_its_pixels_and_lies_above_the_rest() {
    let rgb = vec![255, 0, 0, 0, 0, 255];
    let shape = Shape::Picture { at: (1.0, 1.0), size: (4.0, 2.0), pixels: (2, 1), rgb: rgb.clone() };
    let (bytes, content) = drawn(shape);
    assert_eq!(content, "q\n4 0 0 2 1 47 cm\n/P0 Do\nQ");
    assert_eq!(stream(&bytes, Ref::new(PICTURES)), rgb);
}
