//! The `data:` block of an experiment.

use super::{DataError, DataSet, SampleShape, digits, io, toy};
use ndarray::Array2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The data to learn and to compare with. One in five rows is held out: row i with (i + ⌊i/10⌋) mod 5 = 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum DataSpec {
    /// 1,797 handwritten digits, 8×8 grey scans, shipped with the program; values in [-1, 1].
    Digits(DigitsSpec),
    /// An array of your own, one sample a row: npy (float64 or float32), safetensors (tensor `x`) or CSV without a header.
    File(FileSpec),
    /// Gaussians on a ring in the plane.
    Ring(RingSpec),
    /// Gaussians on a square grid in the plane.
    Grid(LatticeSpec),
    /// Two interleaved half circles in the plane.
    TwoMoons(MoonsSpec),
    /// A spiral in the plane.
    SwissRoll(RollSpec),
    /// The dark fields of a 4×4 board over [-2, 2]².
    Checkerboard(BoardSpec),
}

/// Digits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DigitsSpec {
    /// Another file of the same layout (gzipped CSV, 64 pixels from 0 to 16 and the label), relative to the
    /// folder of the experiment. Default: the file inside the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
}

/// An array from a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileSpec {
    /// The file, relative to the folder of the experiment; `.npy`, `.safetensors` or `.csv`.
    pub path: PathBuf,
    /// Height, width and channels, if a row is an image, stored as [channels, height, width] in [-1, 1].
    /// Default: a row is a plain vector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageSize>,
}

/// Size of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageSize {
    /// Rows of pixels.
    pub height: usize,
    /// Pixels a row.
    pub width: usize,
    /// Numbers a pixel: 1 (grey) or 3 (red, green, blue).
    pub channels: usize,
}

fn many() -> usize {
    10_000
}

macro_rules! toy_spec {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty = $default:expr),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $kind,)*
            /// Number of samples, the held-out fifth included.
            pub samples: usize,
            /// Seed of the samples.
            pub seed: u32,
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* samples: many(), seed: 0 }
            }
        }
    };
}

toy_spec! {
    /// A ring of Gaussians.
    RingSpec {
        /// Number of Gaussians, at equal angles, the first at (radius, 0).
        modes: u32 = 8,
        /// Distance of their centres from the origin.
        radius: f64 = 2.0,
        /// Standard deviation of each, the same in both directions.
        std: f64 = 0.1,
    }
}
toy_spec! {
    /// A grid of Gaussians.
    LatticeSpec {
        /// Gaussians along one side; side² in all, centred on the origin.
        side: u32 = 5,
        /// Distance of neighbouring centres.
        spacing: f64 = 1.0,
        /// Standard deviation of each, the same in both directions.
        std: f64 = 0.05,
    }
}
toy_spec! {
    /// Two half circles of radius 1, around (0, 0) above and around (1, 1/2) below.
    MoonsSpec {
        /// Standard deviation of the noise added to each coordinate.
        noise: f64 = 0.05,
    }
}
toy_spec! {
    /// The spiral (a cos a, a sin a)/10 with a uniform in [3π/2, 9π/2].
    RollSpec {
        /// Standard deviation of the noise added to each coordinate.
        noise: f64 = 0.02,
    }
}
toy_spec! {
    /// A checkerboard.
    BoardSpec {}
}

impl DataSpec {
    /// The YAML name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Digits(_) => "digits",
            Self::File(_) => "file",
            Self::Ring(_) => "ring",
            Self::Grid(_) => "grid",
            Self::TwoMoons(_) => "two-moons",
            Self::SwissRoll(_) => "swiss-roll",
            Self::Checkerboard(_) => "checkerboard",
        }
    }

    /// Reads or makes the data; paths are relative to `base_dir`, the folder of the experiment.
    ///
    /// # Errors
    /// [`DataError`]: the file is not there or not what it should be, or a number is out of range.
    pub fn load(&self, base_dir: &Path) -> Result<DataSet, DataError> {
        let plane = SampleShape::Vector { dim: 2 };
        let rows = match self {
            Self::Digits(spec) => return digits::load(spec.file.as_ref().map(|file| base_dir.join(file)).as_deref()),
            Self::File(spec) => return load_file(spec, &base_dir.join(&spec.path)),
            Self::Ring(spec) => toy::ring(spec)?,
            Self::Grid(spec) => toy::grid(spec)?,
            Self::TwoMoons(spec) => toy::two_moons(spec)?,
            Self::SwissRoll(spec) => toy::swiss_roll(spec)?,
            Self::Checkerboard(spec) => toy::checkerboard(spec)?,
        };
        Ok(DataSet::from_rows(self.name(), &rows, None, plane))
    }
}

fn load_file(spec: &FileSpec, path: &Path) -> Result<DataSet, DataError> {
    let content = |found: String, allowed| DataError::Content { path: path.to_owned(), found, allowed };
    let rows: Array2<f64> = match path.extension().and_then(|e| e.to_str()) {
        Some("npy") => io::read_npy(path)?,
        Some("safetensors") => io::read_samples(path)?.0,
        Some("csv") => io::read_csv(path)?,
        _ => return Err(content("has another ending".into(), "an array as .npy, .safetensors or .csv")),
    };
    let shape = match spec.image {
        None => SampleShape::Vector { dim: rows.ncols() },
        Some(ImageSize { height, width, channels }) => SampleShape::Image { height, width, channels },
    };
    if rows.nrows() < 10 || rows.ncols() == 0 || rows.ncols() != shape.dim() {
        let found = format!("holds {} rows of {} numbers ({} asked for)", rows.nrows(), rows.ncols(), shape.dim());
        return Err(content(found, "at least 10 rows, each with the numbers of one sample"));
    }
    if let Some(i) = rows.rows().into_iter().position(|row| !row.iter().all(|v| v.is_finite())) {
        return Err(content(format!("holds a number that is not finite in row {i}"), "finite numbers"));
    }
    Ok(DataSet::from_rows("file", &rows, None, shape))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<DataSpec, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn defaults_fill_in_and_unknown_keys_are_refused() {
        assert_eq!(parse(r#"{"digits": {}}"#).expect("a data set"), DataSpec::Digits(DigitsSpec { file: None }));
        let ring = RingSpec { modes: 3, ..RingSpec::default() };
        assert_eq!(parse(r#"{"ring": {"modes": 3}}"#).expect("a data set"), DataSpec::Ring(ring));
        let error = parse(r#"{"ring": {"mode": 3}}"#).expect_err("a misspelt key").to_string();
        assert!(error.starts_with("unknown field `mode`, expected one of `modes`, `radius`, `std`"), "{error}");
        let error = parse(r#"{"rings": {}}"#).expect_err("a misspelt name").to_string();
        assert!(error.starts_with("unknown variant `rings`, expected one of `digits`, `file`, `ring`"), "{error}");
    }

    #[test]
    fn files_of_every_kind_give_the_same_data() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let rows = Array2::from_shape_fn((12, 4), |(i, j)| (i as f64 - j as f64 / 3.0) / 7.0);
        io::write_npy(&folder.path().join("x.npy"), &rows).expect("npy is written");
        io::write_csv(&folder.path().join("x.csv"), rows.view()).expect("csv is written");
        io::write_samples(&folder.path().join("x.safetensors"), rows.view(), safetensors::Dtype::F64)
            .expect("safetensors is written");
        let image = Some(ImageSize { height: 2, width: 2, channels: 1 });
        let load = |name: &str| DataSpec::File(FileSpec { path: name.into(), image }).load(folder.path());
        let npy = load("x.npy").expect("npy is read");
        assert_eq!((npy.train.nrows(), npy.held_out.nrows()), (10, 2));
        assert_eq!(npy, load("x.csv").expect("csv is read"));
        assert_eq!(npy, load("x.safetensors").expect("safetensors is read"));
        let wrong = DataSpec::File(FileSpec {
            path: "x.npy".into(),
            image: Some(ImageSize { height: 3, width: 2, channels: 1 }),
        });
        assert!(matches!(wrong.load(folder.path()), Err(DataError::Content { .. })));
        assert!(matches!(load("y.npy"), Err(DataError::Io { action: "read", .. })));
    }
}
