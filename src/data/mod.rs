//! Data sets in, arrays and images out.

#![allow(clippy::needless_pass_by_value, reason = "views of arrays go by value, as ndarray's own do")]

pub mod digits;
pub mod image;
pub mod io;
mod points;
mod spec;
mod split;
mod toy;

pub use points::read_points;
pub use spec::{BoardSpec, DataSpec, DigitsSpec, FileSpec, ImageSize, LatticeSpec, MoonsSpec, RingSpec, RollSpec};
pub use split::is_held_out;

use ndarray::Array2;
use std::path::PathBuf;

/// What one row of a data set is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SampleShape {
    /// A point; its coordinates have no order in space.
    Vector {
        /// Numbers a sample.
        dim: usize,
    },
    /// An image, row-major [channels, height, width], values in [-1, 1].
    Image {
        /// Rows of pixels.
        height: usize,
        /// Pixels a row.
        width: usize,
        /// Numbers a pixel: 1 grey, 3 red, green, blue.
        channels: usize,
    },
}

impl SampleShape {
    /// Numbers a sample, D.
    #[must_use]
    pub fn dim(self) -> usize {
        match self {
            Self::Vector { dim } => dim,
            Self::Image { height, width, channels } => height * width * channels,
        }
    }
}

/// The class of every row, where the data has classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// One a row of [`DataSet::train`].
    pub train: Vec<u32>,
    /// One a row of [`DataSet::held_out`].
    pub held_out: Vec<u32>,
}

/// A data set in memory, split once and for all.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSet {
    /// The YAML name.
    pub name: &'static str,
    /// Rows to train on, [count, D].
    pub train: Array2<f64>,
    /// Rows never trained on, [count, D]; see [`is_held_out`].
    pub held_out: Array2<f64>,
    /// What a row is.
    pub shape: SampleShape,
    /// Classes, where there are some.
    pub labels: Option<Labels>,
    /// Lower-case SHA-256 over `train`, then `held_out`, each as rows and columns (u64, little-endian) and
    /// its numbers (f64, little-endian, row by row).
    pub sha256: String,
}

impl DataSet {
    /// Splits rows by [`is_held_out`].
    fn from_rows(name: &'static str, rows: &Array2<f64>, labels: Option<&[u32]>, shape: SampleShape) -> Self {
        let (train, held_out) = split::split(rows);
        let labels = labels.map(|all| {
            let part = |held: bool| {
                all.iter().enumerate().filter(|&(i, _)| is_held_out(i) == held).map(|(_, &label)| label).collect()
            };
            Labels { train: part(false), held_out: part(true) }
        });
        let sha256 = io::sha256_of(&[train.view(), held_out.view()]);
        Self { name, train, held_out, shape, labels, sha256 }
    }
}

/// Why data could not be read, made or written.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The system refused a file.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is there but holds something else.
    #[error("{} {found}, but must hold {allowed}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, a phrase that begins with a verb.
        found: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A number of the description is outside its range.
    #[error("{what} is {found}, but must be {allowed}")]
    Range {
        /// What the number is.
        what: &'static str,
        /// The number found.
        found: f64,
        /// The range in words.
        allowed: &'static str,
    },
    /// An array does not fit what it is used for.
    #[error("the array has the shape {found:?}, but must have {allowed}")]
    Shape {
        /// Its shape.
        found: Vec<usize>,
        /// What is allowed.
        allowed: String,
    },
}
