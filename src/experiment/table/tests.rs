use super::*;
use crate::experiment::record::Status;
use crate::plot::testing::record as finished;

#[test]
fn a_table_comes_back() {
    let mut failed = finished("rk45", 4, 1, 0.1);
    (failed.status, failed.error) = (Status::Failed, Some("no room, \"at all\"".into()));
    (failed.steps, failed.nfe, failed.wall_s) = (None, None, None);
    failed.metrics.clear();
    let records = [finished("euler", 4, 0, 0.1 + 0.2), failed];
    let csv = to_csv(&records, &["sliced-w2".into(), "sliced-w2_floor".into()]).expect("two rows");
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("records.csv");
    std::fs::write(&path, csv).expect("written");
    assert_eq!(read(&path).expect("two records"), records);
}

#[test]
fn the_columns_are_the_fields_of_a_record() {
    let fields = fields("a", &finished("euler", 4, 0, 0.1)).expect("an object");
    for (column, holds) in COLUMNS {
        let value = fields.get(column).unwrap_or_else(|| panic!("a record has no field {column}"));
        let fits = match holds {
            Text => value.is_string(),
            Sentence => value.is_string() || value.is_null(),
            Number => value.is_number() || value.is_null(),
        };
        assert!(fits, "{column} is {value}");
    }
}

#[test]
fn a_record_without_json_is_an_error_and_no_missing_row() {
    let keys_that_are_lists = BTreeMap::from([(vec![1], 2)]);
    let error = fields("5f3c", &keys_that_are_lists).expect_err("JSON's keys are texts");
    insta::assert_snapshot!(error, @"cell 5f3c: its record cannot be written as JSON (key must be a string); remove the folder cells/5f3c and run again");
    let error = fields("5f3c", &7).expect_err("a number has no fields");
    insta::assert_snapshot!(error, @"cell 5f3c: its record cannot be written as JSON (found 7 instead of named fields); remove the folder cells/5f3c and run again");
}

#[test]
fn metrics_that_are_not_finite_come_back_from_both_files() {
    let names = ["inf", "minus", "nan", "one", "tiny"].map(str::to_owned);
    let values = [f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1.0, 5e-324];
    let mut written = finished("euler", 4, 0, 0.1);
    written.metrics = names.iter().cloned().zip(values).collect();
    let bits = |record: &Record| names.each_ref().map(|name| record.metrics[name].to_bits());
    let json = serde_json::to_string(&written).expect("JSON");
    let metrics = r#""metrics":{"inf":"inf","minus":"-inf","nan":"nan","one":1.0,"tiny":5e-324}"#;
    assert!(json.contains(metrics), "{json}");
    let there: Record = serde_json::from_str(&json).expect("a record");
    assert_eq!(bits(&there), bits(&written));
    let csv = to_csv(std::slice::from_ref(&written), &names).expect("a row");
    assert!(String::from_utf8_lossy(&csv).trim_end().contains(",inf,-inf,nan,1,0.000"));
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("records.csv");
    std::fs::write(&path, csv).expect("written");
    assert_eq!(bits(&read(&path).expect("a record")[0]), bits(&written));
    let wrong = serde_json::from_str::<Record>(&json.replace(r#""-inf""#, r#""much""#)).expect_err("no number");
    assert!(wrong.to_string().starts_with("metric minus is `much`; allowed: a number, inf, -inf, nan"), "{wrong}");
}

#[test]
fn results_are_the_columns_that_a_cell_lacks_before_it_runs() {
    assert!(RESULTS.iter().all(|name| COLUMNS.iter().any(|(column, _)| column == name)));
    assert!(is_result("status") && is_result("sliced-w2") && !is_result("sampler"));
}
