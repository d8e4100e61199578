//! The part of the records that a figure shows.

use super::PlotError;
use super::facets::{Along, Facets, facets};
use crate::experiment::record::Record;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Settings and their values, such as `{ grid: log-snr }` or `{ params.order: [2, 3] }`.
pub type Only = BTreeMap<String, Value>;

/// The records whose settings have one of the values asked for; all where nothing is asked.
///
/// # Errors
/// [`PlotError::NoSetting`] for a name that is no setting, [`PlotError::NoValue`] for a value that no record has.
pub fn kept(records: &[Record], only: &Only) -> Result<Vec<Record>, PlotError> {
    let mut left: Vec<(&Record, Facets)> = records.iter().map(|r| (r, settings(r))).collect();
    for (name, values) in only {
        let have = distinct(left.iter().filter_map(|(_, f)| f.get(name).cloned()));
        if have.is_empty() && !left.is_empty() {
            let names: BTreeSet<&str> = left.iter().flat_map(|(_, f)| f.keys().map(String::as_str)).collect();
            let have = names.into_iter().collect();
            return Err(PlotError::NoSetting { found: name.clone(), have });
        }
        let wanted: BTreeSet<String> = match values {
            Value::Array(several) => several.iter().map(word).collect(),
            one => [word(one)].into(),
        };
        if let Some(found) = wanted.iter().find(|value| !have.iter().any(|known| same(known, value))) {
            let have = have.iter().map(String::as_str).collect();
            return Err(PlotError::NoValue { name: name.clone(), found: found.clone(), have });
        }
        left.retain(|(_, f)| f.get(name).is_some_and(|value| wanted.iter().any(|wanted| same(value, wanted))));
    }
    Ok(left.into_iter().map(|(record, _)| record.clone()).collect())
}

/// Whether two words are the same value: `1` is `1.0`.
#[must_use]
pub fn same(a: &str, b: &str) -> bool {
    a == b || matches!((a.parse::<f64>(), b.parse::<f64>()), (Ok(a), Ok(b)) if a == b)
}

/// Each value once, in order: numbers by their size, and before words.
#[must_use]
pub fn distinct(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = values.collect::<BTreeSet<_>>().into_iter().collect();
    let size = |value: &String| value.parse().unwrap_or(f64::INFINITY);
    all.sort_by(|a, b| size(a).total_cmp(&size(b)));
    all
}

/// The settings of a record, with those that run along a line.
#[must_use]
pub fn settings(record: &Record) -> BTreeMap<String, String> {
    let mut all = facets(record, Along::Column(""));
    all.extend(record.nfe_asked.map(|n| ("nfe".to_owned(), n.to_string())));
    all
}

fn word(value: &Value) -> String {
    match value {
        Value::String(word) => word.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::testing::record;
    use serde_json::json;

    fn records() -> Vec<Record> {
        let mut records = Vec::new();
        for grid in ["uniform", "karras"] {
            for steps in [10, 20] {
                let mut r = record("euler", steps, 0, 0.1);
                r.cell.push_str(grid);
                r.grid = json!({ grid: { "t_end": 0.001 } }).to_string();
                records.push(r);
            }
        }
        records
    }

    fn only(name: &str, values: Value) -> Only {
        Only::from([(name.to_owned(), values)])
    }

    #[test]
    fn settings_and_step_counts_choose() {
        let count = |name: &str, values: Value| kept(&records(), &only(name, values)).expect("there are some").len();
        assert_eq!(count("grid", json!("karras")), 2);
        assert_eq!(count("grid", json!(["karras", "uniform"])), 4);
        assert_eq!(count("steps", json!(20)), 2);
        assert_eq!(kept(&records(), &Only::new()).expect("all").len(), 4);
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        assert!(same("1", "1.0") && same("1e-3", "0.001") && !same("1", "10") && !same("grid", "1"));
        let words = ["10", "5.0", "karras", "0.5"].map(str::to_owned);
        assert_eq!(distinct(words.into_iter()), ["0.5", "5.0", "10", "karras"]);
        assert_eq!(kept(&records(), &only("steps", json!(20.0))).expect("the same number").len(), 2);
    }

    #[test]
    fn what_is_not_there_is_said() {
        let message = |name: &str, value| kept(&records(), &only(name, value)).expect_err("not there").to_string();
        insta::assert_snapshot!(message("grid", json!("karas")), @r#"no record has grid "karas"; the records have: karras, uniform"#);
        insta::assert_snapshot!(message("gird", json!("karras")), @r#"the figure cannot be split by "gird"; the settings of the records are: device, dtype, final, grid, grid.karras.t_end, grid.uniform.t_end, init, model, noise, process, process.vp.beta_max, process.vp.beta_min, sampler, samples, steps"#);
    }
}
