//! The order table: every sampler of the collection passes the test of its kind, and mistakes do not.

use crate::support::registry;
use ito::experiment::orders::{Extent, Kept, Request, Row, What, measure, table};
use ito::plugin::Kind;
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

fn quick(ids: &[&str]) -> Vec<Row> {
    let ids: Vec<String> = ids.iter().map(|&id| id.to_owned()).collect();
    let registry = registry();
    let request = Request { extent: Extent::Quick, ids: &ids, registry: &registry, kept: None };
    measure(&request, &|_| ()).expect("known samplers")
}

fn all_pass(rows: &[Row]) {
    let failed: Vec<Row> = rows.iter().filter(|row| !row.pass).cloned().collect();
    assert!(failed.is_empty(), "\n{}", table(&failed));
}

/// One process, the default choices, fewer N and paths: `ito orders --quick` takes minutes, and the whole table hours.
#[test]
fn every_sampler_passes_the_test_of_its_kind() {
    let registry = registry();
    let said = AtomicUsize::new(0);
    let progress = |_: &str| {
        said.fetch_add(1, Ordering::Relaxed);
    };
    let request = Request { extent: Extent::Brief, ids: &[], registry: &registry, kept: None };
    let rows = measure(&request, &progress).expect("the collection");
    all_pass(&rows);
    assert!(said.into_inner() > 0);
    let expected = registry.samplers().iter().map(|info| &info.id).filter(|id| !id.starts_with("org.ito.test."));
    for id in expected {
        assert!(rows.iter().any(|row| row.sampler == *id), "`{id}` has no row");
    }
    let has = |id: &str, what: What| rows.iter().any(|row| row.sampler == id && row.what == what);
    assert!(has("euler-maruyama", What::Strong) && has("euler-maruyama", What::Weak));
    assert!(has("rk45", What::Adaptive) && has("picard", What::Iterative) && has("mala", What::Invariant));
    assert!(has("sgld", What::Bias) && has("annealed-langevin", What::Plateau));
    assert!(rows.iter().all(|row| row.kind != Kind::Plateau || row.declared == 0.0));
}

/// Of the choices of a sampler one at a time is another than the default.
#[test]
fn choices_have_rows_of_their_own() {
    let rows = quick(&["heun"]);
    all_pass(&rows);
    let mut variants: Vec<&str> = rows.iter().map(|row| row.variant.as_str()).collect();
    variants.dedup();
    assert_eq!(variants, ["in: t", "in: sigma"]);
}

/// All processes, N to 10,240, 4,096 paths: `cargo test --release --test it -- --ignored orders`.
#[test]
#[ignore = "takes hours, in release"]
fn the_whole_table_passes() {
    let registry = registry();
    let request = Request { extent: Extent::Table, ids: &[], registry: &registry, kept: None };
    all_pass(&measure(&request, &|_| ()).expect("the collection"));
}

#[test]
fn a_multistep_sampler_has_its_order() {
    let rows = quick(&["org.ito.test.ab2"]);
    all_pass(&rows);
    assert!(rows.iter().all(|row| row.slopes.iter().all(|slope| (slope - 2.0).abs() < 0.15)), "{rows:?}");
}

#[test]
fn mistakes_are_failed_rows_with_their_reason() {
    for (id, reason) in [
        ("org.ito.test.error", "a deliberate refusal"),
        ("org.ito.test.panic", "a deliberate panic"),
        ("org.ito.test.eval-clean", "sigma = 0"),
        ("org.ito.test.miscount", "declares 10 evaluations for 10 steps, but makes 20"),
        ("org.ito.test.not-finite", "not affine"),
        ("org.ito.test.halves", "parameter `sampler`"),
    ] {
        let rows = quick(&[id]);
        assert!(!rows.is_empty() && rows.iter().all(|row| !row.pass && row.note.contains(reason)), "{id}: {rows:?}");
    }
}

/// What passed is read and not measured again, by the same program alone; half a line that a killed program left is cut.
#[test]
fn rows_are_kept() {
    let dir = tempfile::tempdir().expect("a folder");
    let (path, registry) = (dir.path().join("rows.jsonl"), registry());
    let ids = ["ralston".to_owned(), "org.ito.test.error".to_owned()];
    let run = |program: &str| {
        let kept = Kept::open(&path, program.to_owned()).expect("a file of rows");
        let before = AtomicUsize::new(0);
        let progress = |text: &str| {
            before.fetch_add(usize::from(text.ends_with("measured before")), Ordering::Relaxed);
        };
        let request = Request { extent: Extent::Brief, ids: &ids, registry: &registry, kept: Some(&kept) };
        (measure(&request, &progress).expect("rows"), before.into_inner())
    };
    let (rows, before) = run("one");
    assert_eq!(before, 0);
    let lines = || std::fs::read_to_string(&path).expect("rows").lines().count();
    let passed = lines();
    assert!(passed > 0);
    std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .and_then(|mut file| file.write_all(b"{\"key\": \""))
        .expect("half");
    assert_eq!(run("one"), (rows.clone(), passed));
    assert_eq!(lines(), passed);
    assert_eq!(run("another"), (rows, 0));
    std::fs::write(&path, "not JSON\n").expect("written");
    let error = Kept::open(&path, "one".to_owned()).err().expect("an error");
    assert!(error.contains("rows.jsonl, line 1: not rows of the order table"), "{error}");
}

#[test]
fn an_unknown_sampler_is_an_error() {
    let (ids, registry) = (["hein".to_owned()], registry());
    let request = Request { extent: Extent::Table, ids: &ids, registry: &registry, kept: None };
    let error = measure(&request, &|_| ()).expect_err("no such sampler");
    assert!(error.starts_with("unknown sampler `hein`; known: ") && error.contains("heun"), "{error}");
}
