//! The key of a cell: a hash of all that decides its samples, and of nothing else.
//!
//! The hash is over compact JSON with sorted keys. Times go in by their bits; files by their SHA-256; a plugin by that
//! of its library. Metrics, figures, jobs and `keep` are not in it, nor is the limit of tries: who reaches it has no
//! samples.

use super::plan::Cell;
use super::spec::{InitSpec, NoiseSpec};
use crate::data::io::sha256_hex;
use crate::plugin::SamplerSpec;
use crate::score::net::DeviceKind;
use serde_json::{Map, Value, json};

/// Version of the numbers: raised whenever the same cell gives other samples.
pub const NUMERICS: u32 = 1;

/// Hexadecimal digits of a key: 128 bits of the SHA-256, far beyond any chance of two alike.
const DIGITS: usize = 32;

/// The key: the first 32 hexadecimal digits of the SHA-256 of the [`identity`].
#[must_use]
pub fn key(cell: &Cell) -> String {
    hash(&identity(cell))
}

/// The key of an identity.
#[must_use]
pub fn hash(identity: &Value) -> String {
    let mut digits = sha256_hex(sorted(identity).to_string().as_bytes());
    digits.truncate(DIGITS);
    digits
}

/// All that decides the samples of a cell.
#[must_use]
pub fn identity(cell: &Cell) -> Value {
    let by_batch = cell.model.is_network() || batch_wide(cell);
    let bits = |times: &[f64]| -> Vec<String> { times.iter().map(|t| format!("{:016x}", t.to_bits())).collect() };
    json!({
        "numerics": NUMERICS,
        "sampler": sampler(&cell.sampler),
        "process": cell.process,
        "times": match &cell.times {
            Some(grid) => json!({ "bits": bits(grid.times()), "zero": grid.clean() }),
            // Refused: no times, so what was asked for.
            None => json!({ "grid": cell.grid, "steps": cell.steps, "nfe": cell.nfe_asked }),
        },
        "final": cell.last,
        "init": match &cell.init {
            InitSpec::File(_) => json!({ "file": cell.files.init }),
            init => json!(init),
        },
        "noise": match &cell.noise {
            NoiseSpec::File(_) => json!({ "file": cell.files.noise }),
            noise => json!(noise),
        },
        "model": cell.identity,
        "seed": cell.seed.get(),
        "samples": cell.samples,
        "dtype": cell.dtype,
        "device": device_kind(cell.device),
        "batch": by_batch.then_some(cell.batch),
    })
}

/// Whether a sample depends on which others are in its batch, as the sampler says of itself with these values.
fn batch_wide(cell: &Cell) -> bool {
    // One that refuses this N has no samples.
    cell.sampler.plan(cell.steps.unwrap_or(1)).is_ok_and(|plan| plan.flags.batch_wide)
}

/// A sampler with the hash of its plugin, and those inside it with theirs.
pub(super) fn sampler(spec: &SamplerSpec) -> Value {
    let inners: Map<String, Value> = spec.inners().map(|(id, inner)| (id.to_owned(), sampler(inner))).collect();
    json!({
        "id": spec.info().id,
        "plugin_sha256": spec.info().file.sha256,
        "params": spec.params(),
        "inners": inners,
    })
}

/// The kind of device, which decides the rounding, without its number.
#[must_use]
pub fn device_kind(device: DeviceKind) -> &'static str {
    match device {
        DeviceKind::Cpu => "cpu",
        DeviceKind::Libtorch => "libtorch",
        DeviceKind::Cuda(_) => "cuda",
    }
}

/// The same value with the keys of every map sorted.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            Value::Object(keys.into_iter().map(|key| (key.clone(), sorted(&map[key]))).collect())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::plan;
    use super::*;
    use std::collections::HashSet;

    fn keys(sets: &[&str]) -> HashSet<String> {
        plan(sets).cells.into_iter().map(|cell| cell.key).collect()
    }

    #[test]
    fn everything_that_decides_the_samples_is_in_the_key() {
        let base = keys(&[]);
        assert_eq!(base.len(), 8, "two samplers, two N, two seeds");
        assert!(base.iter().all(|key| key.len() == DIGITS));
        let changes: [&[&str]; 13] = [
            &["sweep.sampler=[rk45, euler-maruyama]"],
            &["sweep.sampler=[{ heun: { in: t } }]"],
            &["process={ vp: { beta_max: 19 } }"],
            &["grid=karras"],
            &["grid={ uniform: { zero: true } }"],
            &["final=x0"],
            &["init=marginal"],
            &["noise=independent"],
            &["model.gaussian.std=0.6"],
            &["sweep.steps=[5, 9]"],
            &["sweep.seed=[7, 8]"],
            &["samples=101"],
            &["dtype=f32"],
        ];
        for change in changes {
            assert!(keys(change).is_disjoint(&base), "{change:?} changes no key");
        }
    }

    #[test]
    fn what_is_done_with_the_samples_is_not_in_the_key() {
        let sets = ["metrics=[mmd]", "figures=[]", "jobs=2", "keep=trajectory", "limits.tries=7", "experiment=other"];
        for change in sets {
            assert_eq!(keys(&[change]), keys(&[]), "{change}");
        }
        assert_eq!(keys(&["batch=7"]), keys(&[]), "a closed form gives the same bits for every batch");
        let wide = |batch: &'static str| keys(&["sweep.sampler=[batch-wide]", batch]);
        assert!(wide("batch=7").is_disjoint(&wide("batch=8")), "unless the sampler says that it does not");
        assert_eq!(keys(&["device=libtorch"]), keys(&[]), "closed forms run on the CPU");
    }

    #[test]
    fn batch_and_device_of_a_network_are_in_the_key() {
        let network = ["model={ train: { steps: 10 } }", "data=digits"];
        let with = |change: &'static str| keys(&[network[0], network[1], change]);
        let base = keys(&network);
        let changes = ["batch=7", "device=libtorch", "model.train.steps=11", "model.train.seed=1", "data={ ring: {} }"];
        for change in changes {
            assert!(with(change).is_disjoint(&base), "{change}");
        }
        assert_eq!(with("jobs=2"), base);
    }

    #[test]
    fn a_time_goes_in_by_its_last_bit_and_a_plugin_by_its_hash() {
        let cell = plan(&["grid={ times: [1.0, 0.5, 0.1] }", "sweep.steps=2"]).cells.swap_remove(0);
        let nearly = plan(&["grid={ times: [1.0, 0.5000000000000001, 0.1] }", "sweep.steps=2"]).cells.swap_remove(0);
        assert_ne!(cell.key, nearly.key);
        let mut other = identity(&cell);
        other["sampler"]["plugin_sha256"] = "1".repeat(64).into();
        assert_ne!(hash(&other), cell.key);
    }

    #[test]
    fn the_order_of_keys_does_not_matter() {
        assert_eq!(
            hash(&json!({ "a": 1, "b": { "c": 2, "d": 3 } })),
            hash(&json!({ "b": { "d": 3, "c": 2 }, "a": 1 }))
        );
        assert_ne!(hash(&json!({ "a": [1, 2] })), hash(&json!({ "a": [2, 1] })));
    }
}
