//! What tells one line of a figure from another, and the shortest label that says it.

use crate::experiment::record::{MOVING_ENDS, Record, TRAIN_SEED};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Parameters that stand in for the step count of an adaptive sampler.
const TOLERANCES: [&str; 2] = ["params.rtol", "params.atol"];

/// The settings of a cell by name, such as `sampler`, `params.eta`, `process`, `process.vp.beta_max`.
pub type Facets = BTreeMap<String, String>;

/// What runs along a line; everything else but the seed tells lines apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Along<'a> {
    /// The step count, or the tolerance where there is none.
    Steps,
    /// This column.
    Column(&'a str),
}

/// The settings that a record shares with the other cells of its line.
#[must_use]
pub fn facets(record: &Record, along: Along<'_>) -> Facets {
    let mut out = Facets::new();
    out.insert("sampler".into(), record.sampler.clone());
    for (name, json) in
        [("params", &record.params), ("process", &record.process), ("grid", &record.grid), ("model", &record.model)]
    {
        choice(name, json, &mut out);
    }
    for (name, word) in [
        ("final", &record.final_),
        ("noise", &record.noise),
        ("init", &record.init),
        ("dtype", &record.dtype),
        ("device", &record.device),
    ] {
        out.insert(name.into(), word.clone());
    }
    out.insert("samples".into(), record.samples.to_string());
    if let Some(guidance) = record.guidance {
        out.insert("guidance".into(), guidance.to_string());
    }
    if let (Along::Column(_), Some(steps)) = (along, record.steps) {
        out.insert("steps".into(), steps.to_string());
    }
    match along {
        Along::Column(column) if !TOLERANCES.contains(&column) => {
            out.remove(column);
        }
        _ if record.steps.is_none() => out.retain(|name, _| !TOLERANCES.contains(&name.as_str())),
        Along::Column(column) => {
            out.remove(column);
        }
        Along::Steps => {}
    }
    out
}

/// A number inside `params`, `process`, `grid` or `model`, by path such as `params.step.sigma`.
#[must_use]
pub fn setting(record: &Record, path: &str) -> Option<f64> {
    let (column, rest) = path.split_once('.')?;
    let json = match column {
        "params" => &record.params,
        "process" => &record.process,
        "grid" => &record.grid,
        "model" => &record.model,
        _ => return None,
    };
    let value = bare(serde_json::from_str(json).ok()?);
    rest.split('.').try_fold(&value, |inner, key| inner.get(key))?.as_f64()
}

/// `{"vp":{"beta_max":20}}` becomes `process = vp`, `process.vp.beta_max = 20`; anything that is not such a
/// map stands as it is.
fn choice(name: &str, json: &str, out: &mut Facets) {
    match serde_json::from_str(json).map_or_else(|_| Value::String(json.to_owned()), bare) {
        Value::Object(map) if name == "params" => {
            map.iter().for_each(|(key, v)| leaves(&format!("{name}.{key}"), v, out));
        }
        Value::Object(map) if map.len() == 1 => {
            for (kind, inner) in map {
                out.insert(name.into(), kind.clone());
                if let Value::Object(fields) = inner {
                    fields.iter().for_each(|(key, v)| leaves(&format!("{name}.{kind}.{key}"), v, out));
                } else {
                    out.insert(format!("{name}.{kind}"), short(&inner));
                }
            }
        }
        other => {
            out.insert(name.into(), short(&other));
        }
    }
}

/// The grid itself, where its record says that its ends move with N.
fn bare(value: Value) -> Value {
    match value {
        Value::Object(mut map) if map.contains_key(MOVING_ENDS) => map.remove(MOVING_ENDS).unwrap_or_default(),
        other => other,
    }
}

fn leaves(path: &str, value: &Value, out: &mut Facets) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            map.iter().for_each(|(key, v)| leaves(&format!("{path}.{key}"), v, out));
        }
        _ => {
            out.insert(path.to_owned(), short(value));
        }
    }
}

fn short(value: &Value) -> String {
    match value {
        Value::String(word) => word.clone(),
        other => other.to_string(),
    }
}

/// One label a line, built only from what differs between the lines; never empty, never twice the same.
#[must_use]
pub fn labels(lines: &[Facets]) -> Vec<String> {
    let mut out: Vec<String> = lines.iter().map(|line| label(line, lines)).collect();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for label in &mut out {
        let count = seen.entry(label.clone()).or_default();
        *count += 1;
        if *count > 1 {
            *label = format!("{label} #{count}");
        }
    }
    out
}

fn label(line: &Facets, lines: &[Facets]) -> String {
    let differs = |name: &str, among: &mut dyn Iterator<Item = &Facets>| {
        among.map(|other| other.get(name)).collect::<BTreeSet<_>>().len() > 1
    };
    let mut words = Vec::new();
    for (name, value) in line {
        // A parameter means something among lines of its own sampler, a field among lines of its own kind.
        let context = match name.split('.').collect::<Vec<_>>().as_slice() {
            // Each sampler has its own treatment of the last step unless the sweep varies it.
            ["params", ..] | ["final"] => Some("sampler"),
            [column @ ("process" | "grid" | "model"), _, ..] => Some(*column),
            _ => None,
        };
        let mut among = lines.iter().filter(|other| context.is_none_or(|c| other.get(c) == line.get(c)));
        if name != "sampler" && differs(name, &mut among) {
            words.push((rank(name), phrase(name, value)));
        }
    }
    if words.is_empty() || differs("sampler", &mut lines.iter()) {
        words.push((0, line.get("sampler").cloned().unwrap_or_default()));
    }
    words.sort_by_key(|(rank, _)| *rank);
    words.into_iter().map(|(_, word)| word).collect::<Vec<_>>().join(", ")
}

fn rank(name: &str) -> usize {
    const ORDER: [&str; 8] = ["sampler", "params", "steps", "process", "grid", "final", "noise", "init"];
    let column = name.split('.').next().unwrap_or(name);
    ORDER.iter().position(|c| *c == column).unwrap_or(ORDER.len())
}

/// A setting in words, as in legends.
pub(super) fn phrase(name: &str, value: &str) -> String {
    let brief = |v: &str| match v.parse::<f64>() {
        Ok(number) if number.is_finite() => super::axes::trimmed(number),
        _ if v.chars().count() > 20 => format!("{}…", v.chars().take(19).collect::<String>()),
        _ => v.to_owned(),
    };
    let path: Vec<&str> = name.split('.').collect();
    match path.as_slice() {
        ["params", rest @ ..] => format!("{} = {}", rest.join("."), brief(value)),
        ["process", kind] if *kind == value => value.to_owned(),
        ["process" | "grid" | "model", kind] => format!("{kind} {}", brief(value)),
        ["process" | "grid" | "model", _, rest @ ..] => format!("{} = {}", rest.join("."), brief(value)),
        ["steps"] => format!("N = {value}"),
        ["model"] => match value.strip_prefix(TRAIN_SEED).and_then(|rest| rest.split_once('-')) {
            Some((seed, _)) => format!("train seed {seed}"),
            None => format!("model {}", brief(value)),
        },
        ["process" | "dtype" | "device"] => brief(value),
        ["grid"] => format!("{} grid", brief(value)),
        ["samples"] => format!("{value} samples"),
        ["noise"] => format!("{value} noise"),
        _ => format!("{} {}", name, brief(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::testing::record;

    fn names(records: &[Record], along: Along<'_>) -> Vec<String> {
        labels(&records.iter().map(|r| facets(r, along)).collect::<Vec<_>>())
    }

    /// A grid whose ends move with N is recorded with a note of it; its name is its own. A list of times has no field.
    #[test]
    fn grids_go_by_their_names() {
        let with = |grid: &str| Record { grid: grid.into(), ..record("euler", 10, 0, 1.0) };
        let moving = with(r#"{"moving-ends":{"ddpm":{"offset":1,"spacing":"leading"}}}"#);
        let [karras, list] = [r#"{"karras":{"rho":7.0}}"#, r#"{"times":[1.0,0.5,0.1]}"#].map(with);
        assert_eq!(setting(&moving, "grid.ddpm.offset"), Some(1.0));
        let other = with(r#"{"times":[1.0,0.4,0.1]}"#);
        assert_eq!(names(&[moving, karras], Along::Steps), ["ddpm grid", "karras grid"]);
        let trained = |name: &str| Record { model: name.into(), ..record("euler", 10, 0, 1.0) };
        let networks = [trained("train-seed-0-b558d0ef"), trained("train-seed-1-0c11")];
        assert_eq!(names(&networks, Along::Steps), ["train seed 0", "train seed 1"]);
        assert_eq!(names(&[list, other], Along::Steps), ["times [1.0,0.5,0.1]", "times [1.0,0.4,0.1]"]);
    }

    #[test]
    fn only_the_sampler_where_only_it_differs() {
        let records = [record("euler", 10, 0, 1.0), record("heun", 10, 0, 1.0)];
        assert_eq!(names(&records, Along::Steps), ["euler", "heun"]);
        assert_eq!(names(&records[..1], Along::Steps), ["euler"]);
    }

    #[test]
    fn parameters_are_compared_within_a_sampler_and_fields_within_a_kind() {
        let mut records = vec![record("ddim", 10, 0, 1.0); 4];
        records[0].params = r#"{"eta":0.0,"clip":false}"#.into();
        records[1].params = r#"{"eta":1.0,"clip":false}"#.into();
        records[2] = record("heun", 10, 0, 1.0);
        records[2].params = r#"{"in":"t"}"#.into();
        records[3] = records[2].clone();
        records[3].process = r#"{"ve":{"sigma_max":50.0}}"#.into();
        assert_eq!(names(&records, Along::Steps), ["ddim, eta = 0, vp", "ddim, eta = 1, vp", "heun, vp", "heun, ve"]);
    }

    #[test]
    fn the_treatment_of_the_last_step_is_said_where_one_sampler_has_two() {
        let mut records = vec![record("euler", 10, 0, 1.0), record("ddpm", 10, 0, 1.0), record("ddpm", 10, 0, 1.0)];
        records[1].final_ = "mean".into();
        assert_eq!(names(&records[..2], Along::Steps), ["euler", "ddpm"]);
        assert_eq!(names(&records, Along::Steps), ["euler", "ddpm, final mean", "ddpm, final state"]);
    }

    #[test]
    fn alternatives_of_one_parameter_stay_apart() {
        let mut records = vec![record("ula", 10, 0, 1.0); 2];
        records[0].params = r#"{"step":{"sigma":0.16}}"#.into();
        records[1].params = r#"{"step":{"absolute":0.01}}"#.into();
        assert_eq!(names(&records, Along::Steps), ["step.sigma = 0.16", "step.absolute = 0.01"]);
    }

    #[test]
    fn the_column_along_the_line_is_not_in_the_label() {
        let mut records = vec![record("ula", 10, 0, 1.0), record("ula", 20, 0, 1.0)];
        for (r, t) in records.iter_mut().zip(["0.5", "1.0"]) {
            r.params = format!(r#"{{"temperature":{t}}}"#);
        }
        assert_eq!(names(&records, Along::Column("params.temperature")), ["N = 10", "N = 20"]);
        assert_eq!(setting(&records[1], "params.temperature"), Some(1.0));
        assert_eq!(setting(&records[1], "process.vp.beta_max"), Some(20.0));
    }

    #[test]
    fn the_tolerance_of_an_adaptive_sampler_runs_along_its_line() {
        let mut records = vec![record("rk45", 10, 0, 1.0); 2];
        for (r, tol) in records.iter_mut().zip(["1e-3", "1e-5"]) {
            r.steps = None;
            r.params = format!(r#"{{"rtol":{tol},"atol":{tol}}}"#);
        }
        assert_eq!(facets(&records[0], Along::Steps), facets(&records[1], Along::Steps));
    }

    #[test]
    fn equal_words_are_numbered() {
        let long = |end: &str| Facets::from([("params.a".to_owned(), format!("a very long value of {end}"))]);
        let labels = labels(&[long("x"), long("y")]);
        assert_eq!(labels, ["a = a very long value o…", "a = a very long value o… #2"]);
    }
}
