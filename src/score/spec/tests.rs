use super::*;
use crate::score::Score;
use ndarray::{arr0, arr1, arr2, arr3};
use ndarray_npy::NpzWriter;

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("ito-mixture-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
    folder
}

fn parse(json: &str) -> MixtureSpec {
    serde_json::from_str(json).expect("valid JSON of the right shape")
}

#[test]
fn a_file_gives_the_same_numbers_as_the_keys() {
    let folder = folder("files");
    let spread = [("std", "0.5"), ("stds", "[0.5, 0.25]"), ("covariances", "[[[1, 0], [0, 1]], [[2, 0.5], [0.5, 1]]]")];
    for (key, value) in spread {
        let text = format!(r#"{{"weights": [1, 3], "means": [[0, 1], [2, 3]], "{key}": {value}}}"#);
        std::fs::write(folder.join("mixture.json"), &text).expect("writable");
        let mut npz = NpzWriter::new(File::create(folder.join("mixture.npz")).expect("writable"));
        npz.add_array("weights", &arr1(&[1.0, 3.0])).expect("writable");
        npz.add_array("means", &arr2(&[[0.0, 1.0], [2.0, 3.0]])).expect("writable");
        match key {
            "std" => npz.add_array(key, &arr0(0.5)),
            "stds" => npz.add_array(key, &arr1(&[0.5, 0.25])),
            _ => npz.add_array(key, &arr3(&[[[1.0, 0.0], [0.0, 1.0]], [[2.0, 0.5], [0.5, 1.0]]])),
        }
        .expect("writable");
        npz.finish().expect("writable");
        for file in ["mixture.json", "mixture.npz"] {
            let spec = MixtureSpec { file: Some(file.into()), ..MixtureSpec::default() };
            assert_eq!(spec.resolve(&folder), Ok(parse(&text)), "{key} in {file}");
            let mixture = spec.build(&folder).expect("valid");
            assert_eq!((mixture.dim(), mixture.weights()), (2, &[0.25, 0.75][..]));
        }
    }
    std::fs::remove_dir_all(folder).expect("it was there");
}

#[test]
fn messages_say_what_was_found_and_what_is_allowed() {
    let message = |json: &str| parse(json).build(Path::new("no-such-folder")).expect_err("wrong").to_string();
    assert_eq!(message(r#"{"means": [[0]], "std": 1}"#), "weights are missing");
    assert_eq!(
        message(r#"{"weights": [1], "means": [[0]], "std": 1, "stds": [1]}"#),
        "give exactly one of std, stds, covariances; found std, stds"
    );
    assert_eq!(
        message(r#"{"weights": [1], "means": [[0]]}"#),
        "give exactly one of std, stds, covariances; found none"
    );
    assert_eq!(message(r#"{"weights": [1, 1], "means": [[0]], "std": 1}"#), "means: found 1, expected 2, one a weight");
    assert_eq!(
        message(r#"{"weights": [1], "means": [[0, 0]], "covariances": [[[1, 0]]]}"#),
        "covariances[0]: found rows of [2], expected 2 rows of 2, as the mean has 2 numbers"
    );
    assert_eq!(message(r#"{"file": "a.npz", "std": 1}"#), "give exactly one of file, numbers; found both");
    let missing = message(r#"{"file": "a.npz"}"#);
    assert!(missing.contains("a.npz: "), "{missing}");
    assert!(message(r#"{"file": "a.txt"}"#).ends_with("the name must end in .json or .npz"));
    assert!(serde_json::from_str::<MixtureSpec>(r#"{"weight": [1]}"#).is_err(), "unknown keys are refused");
    let gaussian = GaussianSpec { mean: vec![0.0], std: None, covariance: None };
    let error = gaussian.build().expect_err("neither");
    assert_eq!(error.to_string(), "give exactly one of std, covariance; found neither");
}
