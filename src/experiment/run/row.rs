//! The record of a cell: what was asked, then what it cost and how it ended.

use crate::experiment::key::device_kind;
use crate::experiment::models::name;
use crate::experiment::plan::{Cell, Plan};
use crate::experiment::record::{MOVING_ENDS, Record, Status};
use crate::experiment::spec::{InitSpec, NoiseSpec};
use crate::sampler::Outcome;
use crate::state::Dtype;
use serde_json::json;
use std::collections::BTreeMap;

/// The record of a cell before it ran.
pub(in crate::experiment) fn asked(cell: &Cell, plan: &Plan, environment: &str, jobs: u64) -> Record {
    let info = cell.sampler.info();
    let json = |value: serde_json::Value| value.to_string();
    Record {
        cell: cell.key.clone(),
        experiment: plan.spec.experiment.as_str().to_owned(),
        sampler: info.id.clone(),
        plugin: info.file.name.clone(),
        plugin_sha256: info.file.sha256.clone(),
        params: json(cell.sampler.params()),
        process: json(json!(cell.process)),
        grid: grid_text(cell),
        final_: json!(cell.last).as_str().unwrap_or_default().to_owned(),
        noise: match &cell.noise {
            NoiseSpec::Paired => "paired".to_owned(),
            NoiseSpec::Independent => "independent".to_owned(),
            NoiseSpec::File(_) => file(cell.files.noise.as_deref()),
        },
        init: match &cell.init {
            InitSpec::Prior => "prior".to_owned(),
            InitSpec::Marginal => "marginal".to_owned(),
            InitSpec::File(_) => file(cell.files.init.as_deref()),
        },
        model: name(cell),
        steps: cell.steps,
        nfe_asked: cell.nfe_asked,
        nfe: None,
        nfe_per_sample: None,
        depth: None,
        rejected: None,
        seed: u64::from(cell.seed.get()),
        samples: cell.samples,
        batch: cell.batch,
        device: device_kind(cell.device).to_owned(),
        dtype: match cell.dtype {
            Dtype::F32 => "f32",
            Dtype::F64 => "f64",
        }
        .to_owned(),
        guidance: None,
        threads: std::thread::available_parallelism().map_or(1, usize::from) as u64,
        jobs,
        environment: environment.to_owned(),
        status: Status::Ok,
        error: None,
        wall_s: None,
        model_s: None,
        samples_sha256: None,
        weights_sha256: None,
        replaced: None,
        settings: BTreeMap::new(),
        metrics: BTreeMap::new(),
    }
}

/// `file 3fa91c2e`: a file by the first digits of the hash that is in the key, so that records tell two files apart.
fn file(sha256: Option<&str>) -> String {
    sha256.and_then(|digits| digits.get(..8)).map_or_else(|| "file".to_owned(), |digits| format!("file {digits}"))
}

/// The grid as compact JSON; moving ends are named.
fn grid_text(cell: &Cell) -> String {
    let grid = json!(cell.grid);
    if cell.times.as_ref().is_some_and(crate::grid::Grid::moving_ends) {
        json!({ MOVING_ENDS: grid }).to_string()
    } else {
        grid.to_string()
    }
}

/// Writes what a run cost and how it ended.
pub(super) fn count(record: &mut Record, outcome: &Outcome) {
    let total: u64 = outcome.nfe.iter().sum();
    record.nfe = outcome.nfe.iter().max().copied();
    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let per_sample = total as f64 / outcome.nfe.len().max(1) as f64;
    record.nfe_per_sample = Some(per_sample);
    record.depth = Some(outcome.depth);
    record.rejected = Some(outcome.rejected);
    record.wall_s = Some(outcome.wall.as_secs_f64());
    record.model_s = Some(outcome.model.as_secs_f64());
    if let Some((step, sample)) = outcome.nonfinite {
        record.status = Status::Nonfinite;
        record.error = Some(format!("sample {sample} is not finite after step {step}"));
    } else if let Some(sample) = outcome.exhausted.first() {
        record.status = Status::Failed;
        record.error = Some(format!(
            "{} samples did not reach the end within the limit of tries (sample {sample} first); \
             loosen rtol or raise limits.tries",
            outcome.exhausted.len()
        ));
    }
}

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::io::{sha256_hex, write_npy};
    use crate::experiment::testing::plan;
    use ndarray::{Array2, Array3};

    #[test]
    fn two_files_are_told_apart_by_their_content() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = |name: &str| dir.path().join(name);
        write_npy(&file("draws.npy"), &Array3::zeros((1, 100, 2))).expect("written");
        for (name, value) in [("a.npy", 1.0), ("b.npy", 2.0), ("c.npy", 1.0)] {
            write_npy(&file(name), &Array2::from_elem((100, 2), value)).expect("written");
        }
        let list = ["a.npy", "b.npy", "c.npy"].map(|name| format!("{{ file: {} }}", file(name).display())).join(", ");
        let draws = format!("noise={{ file: {} }}", file("draws.npy").display());
        let inits = format!("sweep.init=[{list}]");
        let plan = plan(&[&draws, &inits, "sweep.sampler=[euler]", "sweep.steps=4", "sweep.seed=0"]);
        let rows: Vec<Record> = plan.cells.iter().map(|cell| asked(cell, &plan, "", 1)).collect();
        let digits = |name: &str| sha256_hex(&std::fs::read(file(name)).expect("a file"))[..8].to_owned();
        assert_eq!(rows[0].init, format!("file {}", digits("a.npy")));
        assert_eq!(rows[0].noise, format!("file {}", digits("draws.npy")));
        assert_ne!(rows[0].init, rows[1].init);
        assert_eq!(rows[0].init, rows[2].init);
    }

    #[test]
    fn rules_without_a_file_are_words() {
        let plan = plan(&["init=marginal"]);
        let row = asked(&plan.cells[0], &plan, "", 1);
        assert_eq!((row.init.as_str(), row.noise.as_str()), ("marginal", "paired"));
    }
}
