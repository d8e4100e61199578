//! Training end to end, on a two-dimensional mixture whose exact prediction is known.

use super::checkpoint::{File, MODEL_FILE, Metadata, TRAINING_FILE, write};
use super::curve::CURVE_FILE;
use super::network::architecture;
use super::*;
use crate::noise::{Key, Stream, normals, uniform};
use crate::process::{Point, ProcessSpec};
use crate::score::{Prediction, Score};
use crate::units::{Sigma, Time};
use burn::tensor::{Tensor, TensorData};
use ndarray::Array2;
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::path::Path;

/// The default process of this name.
fn process(name: &str) -> ProcessSpec {
    serde_json::from_value(json!({ name: {} })).expect(name)
}

fn point(name: &str, t: f64) -> Point {
    process(name).build().expect(name).at(Time::new(t).expect("finite"))
}

pub(super) fn vp(t: f64) -> Point {
    point("vp", t)
}

pub(super) fn flow(t: f64) -> Point {
    point("flow", t)
}

/// Half of the mass at each of ±(1, 0.5), standard deviation 0.2.
const MEAN: [f64; 2] = [1.0, 0.5];
const STD: f64 = 0.2;

fn mixture(rows: u32) -> Array2<f64> {
    let mut data = Array2::zeros((rows as usize, 2));
    for (sample, mut row) in (0..rows).zip(data.rows_mut()) {
        let key = Key { seed: 9, sample };
        let mut z = [0.0; 2];
        normals(key, Stream::named("test/data"), 0, &mut z);
        let sign = if uniform(key, Stream::named("test/component"), 0) < 0.5 { -1.0 } else { 1.0 };
        for j in 0..2 {
            row[j] = sign * MEAN[j] + STD * z[j];
        }
    }
    data
}

/// `E[eps | x_t]`: with v² = alpha² STD² + sigma² and responsibility r = tanh(alpha x·MEAN/v²), the mean of
/// the components' `sigma (x ∓ alpha MEAN)/v²`.
fn exact_eps(at: &Point, x: &[f64]) -> [f64; 2] {
    let v2 = (at.alpha * STD).powi(2) + at.sigma.powi(2);
    let r = (at.alpha * (x[0] * MEAN[0] + x[1] * MEAN[1]) / v2).tanh();
    [0, 1].map(|j| at.sigma * (x[j] - r * at.alpha * MEAN[j]) / v2)
}

fn small(steps: u64) -> TrainSpec {
    let text = json!({ "net": { "mlp": { "width": 16, "depth": 2 } }, "steps": steps, "batch": 150, "warmup": 5,
        "schedule": "cosine", "seed": 3 });
    serde_json::from_value(text).expect("a valid block")
}

fn run(spec: &TrainSpec, name: &str, dir: &Path, stop_at: Option<u64>) -> Result<Trained, NetError> {
    let (data, process, device) = (mixture(500), process(name), DeviceKind::Cpu);
    let ends = process.build()?.ends();
    let training = Training { spec, data: data.view(), process: &process, ends, dir, device };
    train(&training, &mut |step, _| {
        if Some(step) == stop_at { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn bytes(dir: &Path, name: &str) -> Vec<u8> {
    std::fs::read(dir.join(name)).expect(name)
}

pub(super) fn trained(steps: u64) -> Network {
    run(&small(steps), "vp", folder().path(), None).expect("trains").network
}

fn in_pool<T: Send>(threads: usize, f: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool").install(f)
}

#[test]
fn interruptions_and_threads_change_no_bit() {
    let (straight, resumed) = (folder(), folder());
    let spec = small(40);
    in_pool(1, || run(&spec, "vp", straight.path(), None)).expect("trains");
    for (threads, stop_at) in [(2, 17), (3, 18)] {
        let error = in_pool(threads, || run(&spec, "vp", resumed.path(), Some(stop_at))).expect_err("interrupted");
        assert!(matches!(error, NetError::Interrupted { step, steps: 40 } if step == stop_at), "{error}");
    }
    // Lines beyond the checkpoint, as a killed process leaves them, are cut.
    let mut curve = bytes(resumed.path(), CURVE_FILE);
    curve.extend(b"19,1,1,1\n20,1,");
    std::fs::write(resumed.path().join(CURVE_FILE), curve).expect("writes");
    in_pool(2, || run(&spec, "vp", resumed.path(), None)).expect("trains");
    for name in [MODEL_FILE, CURVE_FILE] {
        assert!(bytes(straight.path(), name) == bytes(resumed.path(), name), "{name} differs");
    }
    assert_eq!(bytes(straight.path(), CURVE_FILE).iter().filter(|&&b| b == b'\n').count(), 41);
    assert!(!resumed.path().join(TRAINING_FILE).exists());
    // A finished training is loaded, not repeated.
    let again = run(&spec, "vp", resumed.path(), Some(1)).expect("loads");
    assert_eq!(again.network.metadata().training.train, spec);
}

#[test]
fn another_training_in_the_folder_is_refused() {
    let dir = folder();
    run(&small(3), "vp", dir.path(), Some(1)).expect_err("interrupted");
    let other = TrainSpec { seed: 4, ..small(3) };
    for _ in 0..2 {
        let error = run(&other, "vp", dir.path(), None).expect_err("another seed");
        assert!(error.to_string().ends_with("another training (other train): remove it or train elsewhere"), "{error}");
        run(&small(3), "vp", dir.path(), None).expect("trains");
    }
}

#[test]
fn learns_the_exact_eps_of_a_mixture() {
    let text = json!({ "net": { "mlp": { "width": 48, "depth": 2 } }, "steps": 600, "schedule": "cosine",
        "optimizer": { "adam": { "lr": 3e-3 } }, "ema": 0.99 });
    let spec: TrainSpec = serde_json::from_value(text).expect("a valid block");
    for (name, times) in [("vp", Times::Uniform), ("edm", Times::LogSnr), ("flow", Times::Uniform)] {
        let dir = folder();
        let network = run(&TrainSpec { times, ..spec.clone() }, name, dir.path(), None).expect("trains").network;
        let curve = String::from_utf8(bytes(dir.path(), CURVE_FILE)).expect("text");
        let losses: Vec<f64> = curve.lines().skip(1).filter_map(|line| line.split(',').nth(1)?.parse().ok()).collect();
        let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
        println!("{name}: loss from {:.3} to {:.3}", mean(&losses[..20]), mean(&losses[400..]));
        assert!(mean(&losses[400..]) < 0.9 * mean(&losses[..20]), "{name}: the loss does not fall");
        let process = process(name).build().expect(name);
        for ratio in [0.1, 0.3, 1.0, 3.0] {
            let at = process.at(process.time_from_ratio(Sigma::new(ratio).expect("positive")));
            let mut z = [0.0; 400];
            normals(Key { seed: 1, sample: 0 }, Stream::named("test/noise"), 0, &mut z);
            let x: Vec<f64> = mixture(200).iter().zip(&z).map(|(x_0, z)| at.alpha * x_0 + at.sigma * z).collect();
            let mut eps = [0.0; 400];
            network.predict(Prediction::Eps, &[at], &x, &mut eps).expect("predicts");
            let exact: Vec<f64> = x.chunks(2).flat_map(|x| exact_eps(&at, x)).collect();
            let rms =
                |of: &dyn Fn(usize) -> f64| ((0..400).map(|i| (of(i) - exact[i]).powi(2)).sum::<f64>() / 400.0).sqrt();
            let (a, _) = network.metadata().sigma_data.coefficients(Prediction::Eps, &at).expect("sigma > 0");
            let (trained, untrained) = (rms(&|i| eps[i]), rms(&|i| a * x[i]));
            println!("{name}, sigma/alpha = {ratio}: error {trained:.3}, untrained {untrained:.3}");
            assert!(trained < (0.6 * untrained).min(0.12), "{name}, sigma/alpha = {ratio}");
        }
    }
}

#[test]
fn a_row_depends_on_itself_alone_and_threads_share_the_network() {
    let net = NetSpec::Mlp(MlpSpec { width: 192, depth: 2 });
    let network = run(&TrainSpec { net, ..small(5) }, "vp", folder().path(), None).expect("trains").network;
    let n = 300;
    let mut x = vec![0.0; 2 * n];
    normals(Key { seed: 1, sample: 0 }, Stream::named("test/noise"), 0, &mut x);
    let at = [vp(0.4)];
    let predict = |x: &[f64], at: &[Point]| {
        let mut out = vec![0.0; x.len()];
        network.predict(Prediction::V, at, x, &mut out).map(|()| out)
    };
    let all = predict(&x, &at).expect("predicts");
    for rows in [1, 2, 7, 129] {
        for (x, expected) in x.chunks(2 * rows).zip(all.chunks(2 * rows)) {
            assert_eq!(predict(x, &at).expect("predicts"), expected, "{rows} rows a call");
        }
    }
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| predict(&x, &at))).collect();
        for thread in threads {
            assert_eq!(thread.join().expect("no panic").expect("predicts"), all);
        }
    });
    let each = predict(&x, &vec![at[0]; n]).expect("predicts");
    assert!(all.iter().zip(&each).all(|(a, b)| (a - b).abs() < 1e-5), "one time a row");
}

#[test]
fn host_and_device_predictions_agree_and_build_no_graph() {
    let network = trained(20);
    let device = DeviceKind::Cpu.open().expect("the CPU");
    let x = [0.3, -1.2, 2.0, 0.1, -0.5, 0.7];
    let tensor = Tensor::<2>::from_data(TensorData::new(x.map(|x| x as f32).to_vec(), [3, 2]), &device);
    for at in [vec![vp(0.3)], vec![vp(0.1), vp(0.5), vp(1.0)]] {
        for want in [Prediction::Score, Prediction::Eps, Prediction::X0, Prediction::V, Prediction::Velocity] {
            let mut host = [0.0; 6];
            network.predict(want, &at, &x, &mut host).expect("predicts");
            let on_device = network.predict_tensor(want, &at, &tensor).expect("lives there").expect("predicts");
            assert!(!on_device.is_autodiff());
            let on_device: Vec<f32> = on_device.into_data().try_into_vec().expect("f32");
            for (a, b) in host.iter().zip(on_device) {
                assert!((a - f64::from(b)).abs() < 1e-5 * (1.0 + a.abs()), "{want:?}: {a} and {b}");
            }
        }
    }
    let tracked = tensor.autodiff().require_grad();
    let eps = network.predict_tensor(Prediction::Eps, &[vp(0.3)], &tracked).expect("lives there").expect("predicts");
    let gradients = eps.sum().backward();
    assert!(tracked.grad(&gradients).is_some(), "gradients in x are kept");
}

#[test]
fn spoilt_files_are_named() {
    let dir = folder();
    let network = run(&small(2), "vp", dir.path(), None).expect("trains").network;
    let path = dir.path().join(MODEL_FILE);
    let message = || Network::load(&path, DeviceKind::Cpu).expect_err("a spoilt file").to_string();
    let metadata = network.metadata().clone();
    let mlp = architecture(&metadata, DeviceKind::Cpu);
    let values = File::open(&path).and_then(|file| file.group("weights", mlp.parameters())).expect("reads");
    let save = |parameters: &[weights::Parameter], values: Vec<Vec<f32>>| {
        write(&path, &Metadata::Model(metadata.clone()), parameters, &[("weights", values)]).expect("writes");
    };
    save(&mlp.parameters()[1..], values[1..].to_vec());
    assert!(message().ends_with("model.safetensors has no tensor `weights.time.weight`"), "{}", message());

    let mut parameters = mlp.parameters().to_vec();
    parameters[0].shape.reverse();
    parameters[2].shape.reverse();
    save(&parameters, values.clone());
    assert!(
        message().ends_with("tensor `weights.input.weight` is F32 [16, 2], but the network needs F32 [2, 16]"),
        "{}",
        message()
    );
    let mut other = values.clone();
    other[1][0] += 1.0;
    save(mlp.parameters(), other);
    assert!(message().contains("the weights have SHA-256"), "{}", message());

    std::fs::write(&path, b"no tensors here").expect("writes");
    assert!(message().contains("is not a checkpoint: "), "{}", message());
    let foreign: [(&str, safetensors::tensor::TensorView<'_>); 0] = [];
    std::fs::write(&path, safetensors::serialize(foreign, None).expect("serializes")).expect("writes");
    assert!(message().ends_with("is not a checkpoint: its metadata have no key `ito`"), "{}", message());
}

#[test]
fn bad_inputs_are_refused_in_words() {
    let refused = |patch: Value| {
        let mut block = serde_json::to_value(small(2)).expect("serializes");
        block.as_object_mut().expect("a map").extend(patch.as_object().expect("a map").clone());
        let spec: TrainSpec = serde_json::from_value(block).expect("parses");
        spec.check().expect_err("out of range").to_string()
    };
    assert_eq!(refused(json!({ "steps": 0 })), "`steps` is 0, but must be at least 1");
    assert_eq!(
        refused(json!({ "optimizer": { "adam": { "betas": [0.9, 1.0] } } })),
        "`optimizer.adam.betas` is [0.9, 1.0], but must be in [0, 1)"
    );
    assert_eq!(
        refused(json!({ "schedule": { "steps": { "at": [5, 5], "factor": 0.1 } } })),
        "`schedule.steps.at` is [5, 5], but must be strictly rising"
    );
    assert_eq!(refused(json!({ "clip": 0.0 })), "`clip` is 0, but must be above 0 and finite, or null");
    assert!(serde_json::from_value::<TrainSpec>(json!({ "steps": 1, "batchsize": 2 })).is_err());

    let dir = folder();
    let fails = |data: &Array2<f64>, ends: [f64; 2]| {
        let (spec, process, device) = (small(2), process("flow"), DeviceKind::Cpu);
        let [t_begin, t_end] = ends.map(|t| Time::new(t).expect("finite"));
        let (process, ends, dir) = (&process, (t_begin, t_end), dir.path());
        let training = Training { spec: &spec, data: data.view(), process, ends, dir, device };
        train(&training, &mut |_, _| ControlFlow::Continue(())).expect_err("bad input").to_string()
    };
    let mut data = mixture(4);
    assert!(fails(&data, [1.0, 0.0]).starts_with("the process has alpha = 1, sigma = 0 at t = 0;"));
    data[[2, 1]] = f64::NAN;
    assert_eq!(fails(&data, [1.0, 0.1]), "row 2 of the training data is not finite");
    assert_eq!(fails(&Array2::zeros((3, 2)), [1.0, 0.1]), "the training data are all zero");
    assert_eq!(
        fails(&Array2::zeros((0, 2)), [1.0, 0.1]),
        "the training data have 0 rows of 2 numbers; at least one of each is needed"
    );
}

#[test]
fn divergence_is_an_error() {
    let dir = folder();
    let optimizer = OptimizerSpec::Adam(AdamSpec { lr: 1e30, ..AdamSpec::default() });
    let spec = TrainSpec { optimizer, warmup: 0, ..small(20) };
    let error = run(&spec, "vp", dir.path(), None).expect_err("diverges");
    assert!(matches!(error, NetError::Diverged { step: 2.. }), "{error}");
}
