//! What the YAML says about a closed form, and its numbers from a file.

use super::gaussian::checked_std;
use super::{Gaussian, Mixture, Numbers, RandomSpec};
use ndarray::{Array, ArrayView2, Dimension, Ix0, Ix1, Ix2, Ix3};
use ndarray_npy::NpzReader;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Why a closed form could not be built.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// Something needed is not there.
    #[error("{what} are missing")]
    Missing {
        /// What is missing.
        what: String,
    },
    /// Exclusive keys together, or none of them.
    #[error("give exactly one of {allowed}; found {found}")]
    Choice {
        /// The exclusive keys.
        allowed: &'static str,
        /// Those given.
        found: String,
    },
    /// Lengths that do not fit.
    #[error("{what}: found {found}, expected {expected}")]
    Shape {
        /// Which numbers, by their YAML key.
        what: String,
        /// Their length.
        found: String,
        /// What it must be.
        expected: String,
    },
    /// A number outside its range.
    #[error("{what} is {found}, but must be {allowed}")]
    Value {
        /// Which number, by its YAML key.
        what: String,
        /// The number.
        found: f64,
        /// Its range.
        allowed: &'static str,
    },
    /// A covariance that is not symmetric.
    #[error("{what} is not symmetric: entry ({row}, {column}) is {found}, ({column}, {row}) is {other}")]
    NotSymmetric {
        /// Which covariance, by its YAML key.
        what: String,
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// The entry.
        found: f64,
        /// Its mirror image.
        other: f64,
    },
    /// A covariance with a negative eigenvalue.
    #[error("{what} has the eigenvalue {found}, but none may be negative")]
    NotPositive {
        /// Which covariance, by its YAML key.
        what: String,
        /// The eigenvalue.
        found: f64,
    },
    /// A file that cannot be read as a mixture.
    #[error("{path}: {reason}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what is allowed.
        reason: String,
    },
}

impl ModelError {
    /// The same about component k of a mixture, whose keys are those of a Gaussian in the plural.
    pub(super) fn of_component(mut self, k: usize) -> Self {
        if let Self::Missing { what }
        | Self::Shape { what, .. }
        | Self::Value { what, .. }
        | Self::NotSymmetric { what, .. }
        | Self::NotPositive { what, .. } = &mut self
        {
            for key in ["mean", "std", "covariance"] {
                *what = what.replace(key, &format!("{key}s[{k}]"));
            }
        }
        self
    }
}

/// A Gaussian. Give exactly one of `std` and `covariance`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GaussianSpec {
    /// The mean, one number a dimension.
    pub mean: Vec<f64>,
    /// The standard deviation of every coordinate, at least 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub std: Option<f64>,
    /// The covariance matrix, row by row; symmetric and positive semidefinite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covariance: Option<Vec<Vec<f64>>>,
}

impl GaussianSpec {
    /// The Gaussian.
    ///
    /// # Errors
    /// [`ModelError`] when shapes do not fit or a number is outside its range.
    pub fn build(&self) -> Result<Gaussian, ModelError> {
        match (self.std, &self.covariance) {
            (Some(std), None) => Gaussian::isotropic(self.mean.clone(), std),
            (None, Some(rows)) => Gaussian::new(self.mean.clone(), &flat(rows, self.mean.len())?),
            (std, _) => {
                let found = if std.is_some() { "both" } else { "neither" }.to_owned();
                Err(ModelError::Choice { allowed: "std, covariance", found })
            }
        }
    }
}

/// A Gaussian mixture: `weights`, `means` and exactly one of `std`, `stds`, `covariances`; or `file` alone; or `random`
/// alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MixtureSpec {
    /// The relative weights of the K components, positive; they are divided by their sum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<Vec<f64>>,
    /// The means, one row a component.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub means: Option<Vec<Vec<f64>>>,
    /// One standard deviation for all coordinates of all components, at least 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub std: Option<f64>,
    /// One standard deviation a component, at least 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stds: Option<Vec<f64>>,
    /// One covariance matrix a component, row by row; symmetric and positive semidefinite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covariances: Option<Vec<Vec<Vec<f64>>>>,
    /// A file with the same names: `.json`, or `.npz` with float64 arrays `weights` (K), `means` (K, D) and
    /// one of `std` (), `stds` (K), `covariances` (K, D, D). Relative to the folder of the YAML file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// Numbers from a seed, for many dimensions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomSpec>,
}

impl MixtureSpec {
    /// The same mixture with its numbers in place of its file or seed; files lie in `base_dir`.
    ///
    /// # Errors
    /// [`ModelError::File`] when the file cannot be read, [`ModelError::Choice`] when numbers stand beside it,
    /// [`ModelError::Value`] when `random` is out of range.
    pub fn resolve(&self, base_dir: &Path) -> Result<Self, ModelError> {
        if let Some(random) = &self.random {
            if *self != (Self { random: self.random.clone(), ..Self::default() }) {
                let found = "random and others".to_owned();
                return Err(ModelError::Choice { allowed: "random, file, numbers", found });
            }
            let Numbers { means, covariances } = random.numbers()?;
            let weights = Some(vec![1.0; means.len()]);
            return Ok(Self { weights, means: Some(means), covariances: Some(covariances), ..Self::default() });
        }
        let Some(file) = &self.file else { return Ok(self.clone()) };
        if *self != (Self { file: self.file.clone(), ..Self::default() }) {
            return Err(ModelError::Choice { allowed: "file, numbers", found: "both".to_owned() });
        }
        let path = base_dir.join(file);
        let read = match path.extension().and_then(|e| e.to_str()) {
            Some("json") => Self::from_json(&path),
            Some("npz") => Self::from_npz(&path),
            _ => Err("the name must end in .json or .npz".to_owned()),
        };
        match read {
            Ok(spec) if spec.file.is_none() && spec.random.is_none() => Ok(spec),
            Ok(_) => {
                let reason = "names another file, or a random mixture; give the numbers".to_owned();
                Err(ModelError::File { path, reason })
            }
            Err(reason) => Err(ModelError::File { path, reason }),
        }
    }

    /// The mixture; a file is looked for in `base_dir`.
    ///
    /// # Errors
    /// [`ModelError`] when the file, a shape or a number is wrong.
    pub fn build(&self, base_dir: &Path) -> Result<Mixture, ModelError> {
        let built = self.resolve(base_dir)?.build_numbers();
        // Whoever wrote only the name of the file looks there.
        built.map_err(|error| match &self.file {
            Some(file) => ModelError::File { path: base_dir.join(file), reason: error.to_string() },
            None => error,
        })
    }

    fn build_numbers(self) -> Result<Mixture, ModelError> {
        let weights = self.weights.ok_or(ModelError::Missing { what: "weights".to_owned() })?;
        let means = self.means.ok_or(ModelError::Missing { what: "means".to_owned() })?;
        let (std, stds, covariances) = (self.std, self.stds, self.covariances);
        match (std, stds, covariances) {
            (Some(std), None, None) => {
                checked_std(std)?;
                Mixture::isotropic(&weights, &means, &vec![std; weights.len()])
            }
            (None, Some(stds), None) => Mixture::isotropic(&weights, &means, &stds),
            (None, None, Some(covariances)) => {
                if covariances.len() != means.len() {
                    let (found, expected) = (covariances.len().to_string(), format!("{}, one a mean", means.len()));
                    return Err(ModelError::Shape { what: "covariances".to_owned(), found, expected });
                }
                let gaussian = |(k, (mean, c)): (usize, (Vec<f64>, &Vec<Vec<f64>>))| {
                    let made = flat(c, mean.len()).and_then(|covariance| Gaussian::new(mean, &covariance));
                    made.map_err(|error| error.of_component(k))
                };
                let gaussians = means.into_iter().zip(&covariances).enumerate().map(gaussian);
                Mixture::new(&weights, gaussians.collect::<Result<_, _>>()?)
            }
            (std, stds, covariances) => {
                let given = [("std", std.is_some()), ("stds", stds.is_some()), ("covariances", covariances.is_some())];
                let names: Vec<&str> = given.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| *name).collect();
                let found = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                Err(ModelError::Choice { allowed: "std, stds, covariances", found })
            }
        }
    }

    fn from_json(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
        serde_json::from_str(&text).map_err(|e| e.to_string())
    }

    fn from_npz(path: &Path) -> Result<Self, String> {
        let file = File::open(path).map_err(|e| e.to_string())?;
        let mut npz = NpzReader::new(file).map_err(|e| e.to_string())?;
        let mut spec = Self::default();
        for entry in npz.names().map_err(|e| e.to_string())? {
            let name = entry.strip_suffix(".npy").unwrap_or(&entry);
            match name {
                "weights" => spec.weights = Some(array::<Ix1>(&mut npz, name)?.to_vec()),
                "means" => spec.means = Some(rows(&array::<Ix2>(&mut npz, name)?.view())),
                "std" => spec.std = Some(array::<Ix0>(&mut npz, name)?.into_scalar()),
                "stds" => spec.stds = Some(array::<Ix1>(&mut npz, name)?.to_vec()),
                "covariances" => {
                    spec.covariances = Some(array::<Ix3>(&mut npz, name)?.outer_iter().map(|c| rows(&c)).collect());
                }
                _ => {
                    return Err(format!("unknown array `{name}`; allowed: weights, means, std, stds, covariances"));
                }
            }
        }
        Ok(spec)
    }
}

fn array<D: Dimension>(npz: &mut NpzReader<File>, name: &str) -> Result<Array<f64, D>, String> {
    npz.by_name(name).map_err(|e| format!("array `{name}`: {e}"))
}

fn rows(matrix: &ArrayView2<'_, f64>) -> Vec<Vec<f64>> {
    matrix.outer_iter().map(|row| row.to_vec()).collect()
}

/// A square matrix as one row-major list.
fn flat(rows: &[Vec<f64>], dim: usize) -> Result<Vec<f64>, ModelError> {
    if rows.len() != dim || rows.iter().any(|row| row.len() != dim) {
        let lengths: Vec<String> = rows.iter().map(|row| row.len().to_string()).collect();
        let expected = format!("{dim} rows of {dim}, as the mean has {dim} numbers");
        return Err(ModelError::Shape {
            what: "covariance".to_owned(),
            found: format!("rows of [{}]", lengths.join(", ")),
            expected,
        });
    }
    Ok(rows.concat())
}

#[cfg(test)]
mod tests;
