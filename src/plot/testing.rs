//! Records for the tests of this folder.

use crate::experiment::record::{Record, Status};

/// An ok cell whose `sliced-w2` is `y`, with floor 0.01; two evaluations a step for `heun`, one for others.
pub fn record(sampler: &str, steps: u64, seed: u64, y: f64) -> Record {
    let nfe = if sampler == "heun" { 2 * steps } else { steps };
    Record {
        cell: format!("{sampler}-{steps}-{seed}"),
        experiment: "test".into(),
        sampler: sampler.into(),
        plugin: "libito_test.so".into(),
        plugin_sha256: "00".into(),
        params: "{}".into(),
        process: r#"{"vp":{"beta_min":0.1,"beta_max":20.0}}"#.into(),
        grid: r#"{"uniform":{"t_end":0.001}}"#.into(),
        final_: "state".into(),
        noise: "paired".into(),
        init: "prior".into(),
        model: "mixture".into(),
        steps: Some(steps),
        nfe_asked: None,
        nfe: Some(nfe),
        nfe_per_sample: Some(nfe as f64),
        depth: Some(nfe),
        rejected: Some(0),
        seed,
        samples: 1000,
        batch: 1000,
        device: "cpu".into(),
        dtype: "f64".into(),
        guidance: None,
        threads: 1,
        jobs: 1,
        environment: "00".into(),
        status: Status::Ok,
        error: None,
        wall_s: Some(0.01 * nfe as f64),
        model_s: None,
        samples_sha256: None,
        weights_sha256: None,
        replaced: None,
        settings: std::collections::BTreeMap::new(),
        metrics: [("sliced-w2".to_owned(), y), ("sliced-w2_floor".to_owned(), 0.01)].into(),
    }
}
