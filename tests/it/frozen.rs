//! The samples of some cells, frozen: who changes them raises the version of the numbers.

use crate::support::run_yaml;
use ito::experiment::key::NUMERICS;
use ito::experiment::store::Store;

/// A mixture under every kind of noise and step, in f32: what the last bits of another machine's logarithms do in f64 is
/// rounded away.
const YAML: &str = "
experiment: frozen
process: vp
grid: uniform
model: { mixture: { weights: [1, 2], means: [[1.0, -0.5], [-1.0, 0.25]], std: 0.3 } }
sweep:
  sampler:
    - euler
    - heun
    - ddim
    - dpmpp-2m
    - unipc
    - rk45
    - picard
    - euler-maruyama
    - sra1
    - dpmpp-2m-sde
    - churn: { s_churn: 4 }
    - baoab: { level: 0.3 }
  steps: [7]
samples: 16
dtype: f32
";

/// The version of the numbers below.
const VERSION: u32 = 1;
/// SHA-256 of the samples, cell by cell.
const SAMPLES: [(&str, &str); 12] = [
    ("euler", "5c842f70a065b934e498d31c948e00f21844d3553ce1dea89d2eabf4b01a76f6"),
    ("heun", "ab332bbd0c295a1f734805c3671556984754b1a330c7a15391dada96c70cbdc6"),
    ("ddim", "ab01e66dfc88856b46e9d752a4d737e4ec3e577409688e1079b064848a04cb6f"),
    ("dpmpp-2m", "2b3fb3a3b88e50c559e13b36e322556c444cf2074f27002923369d9a59dc7fc5"),
    ("unipc", "fc8d45a3aaacb43f19e998bfc1aaa998fa6ae386efb81ba8bf6657e723b3131b"),
    ("rk45", "b0b0e5d922ebb25aad12591c77addd234e140c436c621cec14533fbf6a0e2518"),
    ("picard", "a22e753791b7052cc67dab4940985e91dcdd291d6c00e11e7f11b159bbf42c3e"),
    ("euler-maruyama", "c9e7afdb94432e9fcb2d6901059295f18c42035ec52cdc54b1b42b167809c53f"),
    ("sra1", "4278bea6ff4da78c9d8d3c4316a0f1d6038afc4a7c537dfbd59c311e372276be"),
    ("dpmpp-2m-sde", "58b9627fcea0bc107edf765f6850fc862e72fccaf98edd41e1d68506fa9e75ec"),
    ("churn", "92aef5161639e9ac95f8ef3b39fa20b353c3c8ad9bcce1af402f2d30311013b6"),
    ("baoab", "ba10ea8eb355874eea61e66f7d0ac2f9a6bd91b21e4dd25f3580895c34bc2e8d"),
];

#[test]
fn the_numbers_have_not_changed_under_one_version() {
    let done = run_yaml(YAML, &[], 1);
    assert_eq!(done.errors, Vec::<String>::new());
    let store = Store::reading(done.dir.path());
    let records = done.plan.cells.iter().map(|cell| store.record(&cell.key).unwrap().unwrap());
    let found: Vec<(String, String)> =
        records.map(|record| (record.sampler, record.samples_sha256.expect("each ended well"))).collect();
    let list: String = found.iter().map(|(sampler, sha256)| format!("    (\"{sampler}\", \"{sha256}\"),\n")).collect();
    assert_eq!(NUMERICS, VERSION, "another version has other numbers: freeze\n{list}");
    assert!(
        found.iter().map(|(sampler, sha256)| (sampler.as_str(), sha256.as_str())).eq(SAMPLES),
        "samples changed: raise NUMERICS in src/experiment/key.rs, or do not. They are now\n{list}"
    );
}
