//! Handwritten digits: 1,797 scans of 8×8 pixels.
//!
//! Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI Machine Learning Repository
//! (1998), doi:10.24432/C50P49, CC BY 4.0; the test half, as shipped by scikit-learn.

use super::{DataError, DataSet, SampleShape};
use ndarray::Array2;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Height and width of a digit.
pub const SIDE: usize = 8;
/// Pixels run from 0 (paper) to this (ink).
const INK: u8 = 16;
/// The file inside the program, so that a run needs no working folder.
const SHIPPED: &[u8] = include_bytes!("../../experiments/data/digits.csv.gz");

/// The shipped digits, or those of `file`: pixels scaled to [-1, 1], paper at -1, labels kept.
///
/// # Errors
/// [`DataError::Io`] and [`DataError::Content`].
pub fn load(file: Option<&Path>) -> Result<DataSet, DataError> {
    let Some(path) = file else { return parse(SHIPPED, Path::new("the shipped digits.csv.gz")) };
    let bytes =
        std::fs::read(path).map_err(|source| DataError::Io { action: "read", path: path.to_owned(), source })?;
    parse(&bytes, path)
}

fn parse(gzipped: &[u8], path: &Path) -> Result<DataSet, DataError> {
    let content = |found: String| DataError::Content {
        path: PathBuf::from(path),
        found,
        allowed: "gzipped lines of 64 pixels from 0 to 16 and a label from 0 to 9",
    };
    let mut text = String::new();
    flate2::read::GzDecoder::new(gzipped)
        .read_to_string(&mut text)
        .map_err(|e| content(format!("cannot be unpacked ({e})")))?;
    let mut pixels = Vec::new();
    let mut labels = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let bad = || content(format!("has another line {}", i + 1));
        let fields: Vec<u8> =
            line.split(',').map(|field| field.trim().parse()).collect::<Result<_, _>>().map_err(|_| bad())?;
        let Some((&label, row)) = fields.split_last() else { return Err(bad()) };
        if row.len() != SIDE * SIDE || label > 9 || row.iter().any(|&v| v > INK) {
            return Err(bad());
        }
        pixels.extend(row.iter().map(|&v| f64::from(v) / f64::from(INK / 2) - 1.0));
        labels.push(u32::from(label));
    }
    if labels.len() < 10 {
        return Err(content(format!("holds {} digits, fewer than 10", labels.len())));
    }
    let rows = Array2::from_shape_vec((labels.len(), SIDE * SIDE), pixels).expect("every row has 64 pixels");
    let shape = SampleShape::Image { height: SIDE, width: SIDE, channels: 1 };
    Ok(DataSet::from_rows("digits", &rows, Some(&labels), shape))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn the_shipped_digits_are_whole() {
        let data = load(None).expect("the shipped digits");
        assert_eq!((data.train.dim(), data.held_out.dim()), ((1437, 64), (360, 64)));
        let all = || data.train.iter().chain(&data.held_out);
        assert_eq!(all().copied().fold(f64::INFINITY, f64::min), -1.0);
        assert_eq!(all().copied().fold(f64::NEG_INFINITY, f64::max), 1.0);
        // Row 0 is held out: its third pixel is 5, its label 0. Row 1 is trained on: label 1.
        let labels = data.labels.expect("labels");
        assert_eq!((data.held_out[[0, 2]], labels.held_out[0], labels.train[0]), (5.0 / 8.0 - 1.0, 0, 1));
        // Every class is about equally often held out.
        for digit in 0..10 {
            let held = labels.held_out.iter().filter(|&&label| label == digit).count();
            assert!((33..=39).contains(&held), "digit {digit}: {held}");
        }
    }

    #[test]
    fn a_wrong_line_is_named() {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(b"0,1,2\n").expect("memory takes bytes");
        let error = parse(&gz.finish().expect("memory takes bytes"), Path::new("d.csv.gz")).expect_err("a short line");
        assert_eq!(
            error.to_string(),
            "d.csv.gz has another line 1, but must hold gzipped lines of 64 pixels from 0 to 16 and a label from 0 to 9"
        );
    }
}
