//! Arrays in files: npy, safetensors, CSV; and their hashes.

use super::DataError;
use ndarray::{Array, Array2, ArrayD, ArrayView2, ArrayViewD, Dimension};
use ndarray_npy::{ReadNpyError, WriteNpyError};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::io::Read;
use std::path::Path;

/// Lower-case hexadecimal SHA-256 of some bytes.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hexadecimal SHA-256 over arrays: each as rows and columns (u64, little-endian), then its
/// numbers (f64, little-endian, row by row).
#[must_use]
pub fn sha256_of(arrays: &[ArrayView2<'_, f64>]) -> String {
    let mut hash = Sha256::new();
    for x in arrays {
        hash.update((x.nrows() as u64).to_le_bytes());
        hash.update((x.ncols() as u64).to_le_bytes());
        for v in x {
            hash.update(v.to_le_bytes());
        }
    }
    hex(&hash.finalize())
}

fn hex(digest: &[u8]) -> String {
    digest.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes text");
        text
    })
}

fn io_error(action: &'static str, path: &Path, source: std::io::Error) -> DataError {
    DataError::Io { action, path: path.to_owned(), source }
}

/// Reads an npy file of float64 or float32, which widens exactly, with the number of axes of `D`, in C or Fortran order.
///
/// # Errors
/// [`DataError::Io`]; [`DataError::Content`] for another type, another number of axes, or a damaged file.
pub fn read_npy<D: Dimension>(path: &Path) -> Result<Array<f64, D>, DataError> {
    read_npy_of(path, "a numpy array of float64 or float32 (write it with numpy.save(path, x.astype('f8')))")
}

/// [`read_npy`] where more is asked of the file, which errors name.
pub(super) fn read_npy_of<D: Dimension>(path: &Path, allowed: &'static str) -> Result<Array<f64, D>, DataError> {
    let content = |found: String| DataError::Content { path: path.to_owned(), found, allowed };
    let read = match ndarray_npy::read_npy(path) {
        Err(ReadNpyError::WrongDescriptor(found)) => ndarray_npy::read_npy::<_, Array<f32, D>>(path)
            .map(|x| x.mapv(f64::from))
            .map_err(|_| ReadNpyError::WrongDescriptor(found)),
        read => read,
    };
    read.map_err(|error| match error {
        ReadNpyError::Io(source) if source.kind() == std::io::ErrorKind::UnexpectedEof => {
            content("ends in the middle of its array, or is none".into())
        }
        ReadNpyError::Io(source) => io_error("read", path, source),
        ReadNpyError::WrongDescriptor(found) => content(format!("has the type {found}")),
        ReadNpyError::WrongNdim(want, found) => {
            content(format!("has {found} axes instead of {}", want.map_or("any".to_owned(), |n| n.to_string())))
        }
        other => content(format!("cannot be parsed ({other})")),
    })
}

/// Writes an npy file of float64.
///
/// # Errors
/// [`DataError::Io`].
pub fn write_npy<D: Dimension>(path: &Path, x: &Array<f64, D>) -> Result<(), DataError> {
    ndarray_npy::write_npy(path, x).map_err(|error| match error {
        WriteNpyError::Io(source) => io_error("write", path, source),
        other => io_error("write", path, std::io::Error::other(other)),
    })
}

/// A named array for [`write_tensors`].
#[derive(Clone, Debug)]
pub struct Tensor<'a> {
    /// Its name in the file.
    pub name: &'a str,
    /// Its numbers.
    pub values: ArrayViewD<'a, f64>,
    /// F32 (rounded once) or F64.
    pub dtype: Dtype,
}

/// The bytes of an array in a safetensors file and in its hash: little-endian, row by row, f32 rounded once.
///
/// # Errors
/// [`DataError::Shape`] when `dtype` is neither F32 nor F64.
pub fn bytes(values: &ArrayViewD<'_, f64>, dtype: Dtype) -> Result<Vec<u8>, DataError> {
    match dtype {
        Dtype::F64 => Ok(values.iter().flat_map(|v| v.to_le_bytes()).collect()),
        Dtype::F32 => Ok(values.iter().flat_map(|&v| (v as f32).to_le_bytes()).collect()),
        other => Err(DataError::Shape {
            found: values.shape().to_vec(),
            allowed: format!("numbers of type f32 or f64, not {other:?}"),
        }),
    }
}

/// Writes a safetensors file. The same tensors give the same bytes.
///
/// # Errors
/// [`DataError::Io`]; [`DataError::Shape`] for a type other than F32 and F64.
pub fn write_tensors(path: &Path, tensors: &[Tensor<'_>]) -> Result<(), DataError> {
    let data: Vec<Vec<u8>> = tensors.iter().map(|t| bytes(&t.values, t.dtype)).collect::<Result<_, _>>()?;
    let other = |error| io_error("write", path, std::io::Error::other(error));
    let views: Vec<(&str, TensorView<'_>)> = tensors
        .iter()
        .zip(&data)
        .map(|(t, bytes)| Ok((t.name, TensorView::new(t.dtype, t.values.shape().to_vec(), bytes).map_err(other)?)))
        .collect::<Result<_, DataError>>()?;
    let file = safetensors::serialize(views, None).map_err(other)?;
    std::fs::write(path, file).map_err(|source| io_error("write", path, source))
}

/// Reads one tensor of a safetensors file; f32 widens exactly.
///
/// # Errors
/// [`DataError::Io`]; [`DataError::Content`] when the tensor is not there or not of type F32 or F64.
pub fn read_tensor(path: &Path, name: &str) -> Result<(ArrayD<f64>, Dtype), DataError> {
    let allowed = "a safetensors file with that tensor as F32 or F64";
    let content = |found: String| DataError::Content { path: path.to_owned(), found, allowed };
    let file = std::fs::read(path).map_err(|source| io_error("read", path, source))?;
    let tensors = SafeTensors::deserialize(&file).map_err(|e| content(format!("cannot be parsed ({e})")))?;
    let tensor = tensors.tensor(name).map_err(|_| {
        let mut names: Vec<&str> = tensors.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        content(format!("has no tensor `{name}` (it has: {})", names.join(", ")))
    })?;
    let values: Vec<f64> = match tensor.dtype() {
        Dtype::F64 => tensor.data().as_chunks().0.iter().map(|&b| f64::from_le_bytes(b)).collect(),
        Dtype::F32 => tensor.data().as_chunks().0.iter().map(|&b| f64::from(f32::from_le_bytes(b))).collect(),
        other => return Err(content(format!("has `{name}` as {other:?}"))),
    };
    let x = ArrayD::from_shape_vec(tensor.shape(), values).map_err(|e| content(format!("is damaged ({e})")))?;
    Ok((x, tensor.dtype()))
}

/// The names of the tensors of a safetensors file, in order; the tensors themselves are not read.
///
/// # Errors
/// [`DataError::Io`]; [`DataError::Content`] for a file of another format.
pub fn tensor_names(path: &Path) -> Result<Vec<String>, DataError> {
    let io = |source| io_error("read", path, source);
    let mut file = std::fs::File::open(path).map_err(io)?;
    let mut length = [0; 8];
    file.read_exact(&mut length).map_err(io)?;
    let mut header = Vec::new();
    // What the format allows at most.
    file.take(u64::from_le_bytes(length).min(100_000_000)).read_to_end(&mut header).map_err(io)?;
    let header: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&header).map_err(|e| DataError::Content {
            path: path.to_owned(),
            found: format!("cannot be parsed ({e})"),
            allowed: "a safetensors file",
        })?;
    let mut names: Vec<String> =
        header.into_iter().map(|(name, _)| name).filter(|name| name != "__metadata__").collect();
    names.sort_unstable();
    Ok(names)
}

/// Writes samples [count, D] as the tensor `x`; row = sample index.
///
/// # Errors
/// As [`write_tensors`].
pub fn write_samples(path: &Path, x: ArrayView2<'_, f64>, dtype: Dtype) -> Result<(), DataError> {
    write_tensors(path, &[Tensor { name: "x", values: x.into_dyn(), dtype }])
}

/// Reads samples [count, D], the tensor `x`, and the type they were stored in.
///
/// # Errors
/// As [`read_tensor`]; [`DataError::Shape`] when `x` has not two axes.
pub fn read_samples(path: &Path) -> Result<(Array2<f64>, Dtype), DataError> {
    let (x, dtype) = read_tensor(path, "x")?;
    let found = x.shape().to_vec();
    let x = x.into_dimensionality().map_err(|_| DataError::Shape { found, allowed: "two axes, [count, D]".into() })?;
    Ok((x, dtype))
}

/// Reads lines of numbers with commas between them, no header, as [lines, numbers a line].
///
/// # Errors
/// [`DataError::Io`]; [`DataError::Content`] with the line for text that is no number or lines of unequal
/// length.
pub fn read_csv(path: &Path) -> Result<Array2<f64>, DataError> {
    let content = |found: String| DataError::Content {
        path: path.to_owned(),
        found,
        allowed: "lines of equally many numbers, without a header",
    };
    let file = std::fs::File::open(path).map_err(|source| io_error("read", path, source))?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(file);
    let (mut values, mut rows) = (Vec::new(), 0);
    for record in reader.records() {
        let record = record.map_err(|e| content(format!("cannot be parsed ({e})")))?;
        rows += 1;
        for field in &record {
            values.push(field.parse().map_err(|_| content(format!("has `{field}` in line {rows}")))?);
        }
    }
    let columns = values.len() / rows.max(1);
    Array2::from_shape_vec((rows, columns), values).map_err(|e| content(format!("is damaged ({e})")))
}

/// Writes lines of numbers with commas between them, no header; every number reads back as the same f64.
///
/// # Errors
/// [`DataError::Io`].
pub fn write_csv(path: &Path, x: ArrayView2<'_, f64>) -> Result<(), DataError> {
    let failed = |error: csv::Error| io_error("write", path, std::io::Error::other(error));
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_path(path).map_err(failed)?;
    for row in x.rows() {
        writer.write_record(row.iter().map(f64::to_string)).map_err(failed)?;
    }
    writer.flush().map_err(|source| io_error("write", path, source))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, Array3, array};

    #[test]
    fn hashes_are_those_of_the_bytes() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let x = array![[1.0, 2.0]];
        let mut all = [1_u64.to_le_bytes(), 2_u64.to_le_bytes()].concat();
        all.extend(bytes(&x.view().into_dyn(), Dtype::F64).expect("f64"));
        assert_eq!(sha256_of(&[x.view()]), sha256_hex(&all));
        assert_ne!(sha256_of(&[x.view()]), sha256_of(&[x.t()]));
    }

    #[test]
    fn arrays_come_back_bit_for_bit() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let x = Array3::from_shape_fn((2, 3, 4), |(i, j, k)| (i as f64 + 0.1) / (j as f64 - 0.7) + k as f64 * 1e-17);
        let npy = folder.path().join("x.npy");
        write_npy(&npy, &x).expect("written");
        assert_eq!(read_npy::<ndarray::Ix3>(&npy).expect("read"), x);
        let flat: Array2<f64> = x.to_shape((6, 4)).expect("24 numbers").into_owned();
        let csv = folder.path().join("x.csv");
        write_csv(&csv, flat.view()).expect("written");
        assert_eq!(read_csv(&csv).expect("read"), flat);

        let file = folder.path().join("x.safetensors");
        let t = Array1::from_vec(vec![1.0, 0.1]);
        let tensors = [
            Tensor { name: "x", values: flat.view().into_dyn(), dtype: Dtype::F32 },
            Tensor { name: "t", values: t.view().into_dyn(), dtype: Dtype::F64 },
        ];
        write_tensors(&file, &tensors).expect("written");
        assert_eq!(read_samples(&file).expect("read"), (flat.mapv(|v| f64::from(v as f32)), Dtype::F32));
        assert_eq!(read_tensor(&file, "t").expect("read"), (t.into_dyn(), Dtype::F64));
        let error = read_tensor(&file, "y").expect_err("no such tensor").to_string();
        assert!(error.contains("has no tensor `y` (it has: t, x)"), "{error}");
    }

    #[test]
    fn wrong_files_are_refused_with_what_they_hold() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("x.npy");
        ndarray_npy::write_npy(&path, &array![1, 2]).expect("written");
        let text = |error: DataError| error.to_string().replace(&path.display().to_string(), "FILE");
        assert_eq!(
            text(read_npy::<ndarray::Ix1>(&path).expect_err("another type")),
            "FILE has the type '<i4', but must hold a numpy array of float64 or float32 (write it with \
             numpy.save(path, x.astype('f8')))"
        );
        ndarray_npy::write_npy(&path, &array![0.1_f32, 2.0]).expect("written");
        assert_eq!(read_npy(&path).expect("widened"), array![f64::from(0.1_f32), 2.0]);
        write_npy(&path, &array![1.0, 2.0]).expect("written");
        assert!(text(read_npy::<ndarray::Ix2>(&path).expect_err("one axis")).contains("has 1 axes instead of 2"));
        std::fs::write(&path, "1,2\n3,x\n").expect("written");
        assert_eq!(
            text(read_csv(&path).expect_err("no number")),
            "FILE has `x` in line 2, but must hold lines of equally many numbers, without a header"
        );
    }
}
