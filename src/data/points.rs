//! Points given in a file.

use super::DataError;
use super::io::read_npy_of;
use ndarray::{Array2, ArrayD};
use std::path::Path;

const ALLOWED: &str = "finite points [count, dim] as a numpy array of float64 or float32, one point a row";

/// Points [count, dim], count ≥ 1, from an npy file of float64 or float32, which widens exactly.
///
/// # Errors
/// [`DataError::Io`]; [`DataError::Content`] for another type, other axes, another `dim`, or a number that is not
/// finite, with its place.
pub fn read_points(path: &Path, dim: Option<usize>) -> Result<Array2<f64>, DataError> {
    let content = |found: String| DataError::Content { path: path.to_owned(), found, allowed: ALLOWED };
    let all: ArrayD<f64> = read_npy_of(path, ALLOWED)?;
    let shape = all.shape().to_vec();
    let x: Array2<f64> = match all.into_dimensionality() {
        Ok(x) if x.nrows() > 0 && x.ncols() > 0 => x,
        _ => return Err(content(format!("has the shape {shape:?}"))),
    };
    if let Some(dim) = dim.filter(|&dim| dim != x.ncols()) {
        return Err(content(format!("has the shape {shape:?}, while the model has dim = {dim}")));
    }
    if let Some(((row, column), value)) = x.indexed_iter().find(|(_, v)| !v.is_finite()) {
        return Err(content(format!("holds {value} in row {row}, column {column} (both from 0)")));
    }
    Ok(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, Array3, array};
    use ndarray_npy::write_npy;

    #[test]
    fn both_precisions_and_orders_are_read() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("x.npy");
        let x = array![[0.1, -2.0, 3.0], [4.0, 5.5, -0.7]];
        write_npy(&path, &x).expect("written");
        assert_eq!(read_points(&path, Some(3)).expect("points"), x);
        write_npy(&path, &x.t()).expect("written");
        assert_eq!(read_points(&path, None).expect("points"), x.t());
        write_npy(&path, &x.mapv(|v| v as f32)).expect("written");
        assert_eq!(read_points(&path, Some(3)).expect("points"), x.mapv(|v| f64::from(v as f32)));
    }

    #[test]
    fn files_without_points_say_what_they_hold() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("x.npy");
        let said = || {
            let text = read_points(&path, Some(2)).expect_err("no points").to_string();
            text.replace(&path.display().to_string(), "FILE").replace(ALLOWED, "POINTS")
        };
        assert_eq!(said(), "cannot read FILE");
        write_npy(&path, &Array1::<f64>::zeros(4)).expect("written");
        assert_eq!(said(), "FILE has the shape [4], but must hold POINTS");
        write_npy(&path, &Array3::<f32>::zeros((1, 2, 2))).expect("written");
        assert_eq!(said(), "FILE has the shape [1, 2, 2], but must hold POINTS");
        write_npy(&path, &Array2::<f64>::zeros((0, 2))).expect("written");
        assert_eq!(said(), "FILE has the shape [0, 2], but must hold POINTS");
        write_npy(&path, &Array2::<f64>::zeros((2, 3))).expect("written");
        assert_eq!(said(), "FILE has the shape [2, 3], while the model has dim = 2, but must hold POINTS");
        write_npy(&path, &Array2::<i64>::zeros((2, 2))).expect("written");
        assert_eq!(said(), "FILE has the type '<i8', but must hold POINTS");
        write_npy(&path, &array![[0.0, 1.0], [f64::NAN, 2.0]]).expect("written");
        assert_eq!(said(), "FILE holds NaN in row 1, column 0 (both from 0), but must hold POINTS");
        std::fs::write(&path, "1,2").expect("written");
        assert_eq!(said(), "FILE ends in the middle of its array, or is none, but must hold POINTS");
        std::fs::write(&path, "1.0,2.0\n".repeat(20)).expect("written");
        assert!(said().starts_with("FILE cannot be parsed ("), "{}", said());
    }
}
