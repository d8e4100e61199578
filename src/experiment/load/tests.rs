use super::*;
use serde::Deserialize;
use serde_json::{Value, json};

fn value(text: &str) -> Value {
    parse("x.yaml", text).unwrap_or_else(|report| panic!("{report}")).root.to_json()
}

#[test]
fn plain_scalars_mean_what_yaml_1_2_says() {
    let text = "[1, -2, 1e-3, 0x10, .inf, -.INF, true, no, ~, null, 1_000, 007, \"3\", '4', 1.0, text: 5]";
    let expected = json!([
        1, -2, 1e-3, 16, ".inf", "-.inf", true, "no", null, null, "1_000", "007", "3", "4", 1.0, { "text": 5 }
    ]);
    assert_eq!(value(text), expected);
}

#[test]
fn scalars_agree_with_serde_yaml_on_whole_documents() {
    let text = "a: [1, 2.5, x]\nb: &b { c: |\n    two\n    lines\n  , d: \"q\\n\" }\n";
    let text = text.replace("|\n    two\n    lines\n  ", "'it''s'");
    let whole: Value = serde_yaml::from_str(&text).expect("YAML");
    assert_eq!(value(&text), whole);
}

#[test]
fn aliases_repeat_their_anchor() {
    assert_eq!(value("a: &x { b: 1 }\nc: *x\n"), json!({ "a": { "b": 1 }, "c": { "b": 1 } }));
}

#[test]
fn deep_nesting_is_refused_before_the_stack_ends() {
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    let report = parse("x.yaml", &deep).expect_err("too deep");
    assert!(matches!(report.0[0].fault, Fault::Unsupported(_) | Fault::Syntax(_)), "{}", report.0[0].fault);
}

#[test]
fn marks_are_those_of_the_source() {
    let tree = parse("x.yaml", "a: 1\nlist:\n  - ünï: { key: value }\n").expect("YAML");
    let problem = tree.problem(&yaml_path!["list", 0, "ünï", "key"], Fault::Set);
    assert_eq!((problem.place.at, problem.place.width), (Some((3, 12)), 3));
    let missing = tree.problem(&yaml_path!["list", 0, "ünï", "other"], Fault::Set);
    assert_eq!(missing.place.at, Some((3, 5)), "what is not there is shown at what holds it");
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Sample {
    count: u32,
    #[serde(default)]
    choice: Vec<Choice>,
    #[serde(default)]
    real: Option<f64>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Choice {
    Unit,
    Full(Inner),
    Fields {
        #[serde(default)]
        x: f64,
    },
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Inner {
    a: i32,
}

#[test]
fn choices_are_bare_names_or_one_key_maps() {
    let tree =
        parse("x.yaml", "count: 1e2\nreal: .inf\nchoice: [unit, unit: {}, full, full: { a: -1 }, full: , fields]\n");
    let sample: Sample = typed(&tree.expect("YAML")).unwrap_or_else(|report| panic!("{report}"));
    let full = |a| Choice::Full(Inner { a });
    let choice = vec![Choice::Unit, Choice::Unit, full(0), full(-1), full(0), Choice::Fields { x: 0.0 }];
    assert_eq!(sample, Sample { count: 100, choice, real: Some(f64::INFINITY) });
}

#[test]
fn errors_carry_the_path_to_the_innermost_value() {
    let says = |text: &str| {
        let report = typed::<Sample>(&parse("x.yaml", text).expect("YAML")).expect_err("a wrong value");
        let first = report.to_string();
        first.lines().next().map(str::to_owned).unwrap_or_default()
    };
    assert_eq!(
        says("count: 1.5"),
        "x.yaml:1:8: count: found the number 1.5, expected a whole number from 0 to 4294967295"
    );
    assert_eq!(
        says("count: 1\nchoice: [full: { a: b }]"),
        "x.yaml:2:21: choice[0].full.a: found the text `b`, expected a whole number"
    );
    assert_eq!(says("count: 1\nchoice: [unit: { a: b }]"), "x.yaml:2:18: choice[0].unit.a: unknown key `a`");
    assert_eq!(
        says("count: 1\nchoice: [3]"),
        "x.yaml:2:10: choice[0]: found the number 3, expected one of unit, full, fields"
    );
    assert_eq!(says("choice: []"), "x.yaml:1:1: missing key `count`");
}

#[test]
fn yaml_written_is_read_back() {
    let value = json!({ "a": { "vp": { "x": 1e-300, "y": 0.1, "z": -0.0 } }, "b": ["~", "1", "true", ".inf", "a: b", ""], "n": null });
    let text = to_yaml(&value).expect("YAML");
    assert_eq!(parse("x.yaml", &text).expect("YAML").root.to_json(), value);
}

#[test]
fn set_changes_and_makes_values() {
    let set_all = |text: &str, sets: &[&str]| {
        let mut tree = parse("x.yaml", text).expect("YAML");
        for change in sets {
            set(&mut tree, change).unwrap_or_else(|report| panic!("{report}"));
        }
        tree.root.to_json()
    };
    assert_eq!(set_all("a: 1", &["a=2", "b.c=[1, 2]", "b.c[1]=x"]), json!({ "a": 2, "b": { "c": [1, "x"] } }));
    assert_eq!(set_all("grid: karras", &["grid.karras.rho=5"]), json!({ "grid": { "karras": { "rho": 5 } } }));
    assert_eq!(set_all("s: [euler]", &["s.0.euler.x=1"]), json!({ "s": [{ "euler": { "x": 1 } }] }));
    assert_eq!(
        set_all("s: { org.x.name: { a: 1 } }", &["s.org.x.name.a=2"]),
        json!({ "s": { "org.x.name": { "a": 2 } } })
    );
    assert_eq!(set_all("a: 1", &["a="]), json!({ "a": null }));
    assert_eq!(set_all("a: 1", &["a=b=c"]), json!({ "a": "b=c" }));
}
