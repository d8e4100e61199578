//! Samples as a PNG: a grid of images, values in [-1, 1].

use super::{DataError, SampleShape};
use image::{Rgb, RgbImage};
use ndarray::ArrayView2;
use std::path::Path;

/// Drawn where a sample is not finite: no picture of data holds it by chance.
pub const NOT_FINITE: Rgb<u8> = Rgb([255, 0, 255]);
/// Between the images.
const PAPER: Rgb<u8> = Rgb([255, 255, 255]);

/// How samples are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Images side by side; the last line may be shorter.
    pub columns: usize,
    /// Each pixel becomes a square of this side.
    pub scale: usize,
    /// White pixels around every image.
    pub padding: usize,
}

impl Layout {
    /// A grid as square as can be for `count` images of `height` pixels, each shown at least 48 high.
    #[must_use]
    pub fn square(count: usize, height: usize) -> Self {
        let mut columns = count.isqrt();
        if columns * columns < count {
            columns += 1;
        }
        Self { columns: columns.max(1), scale: 48_usize.div_ceil(height.max(1)), padding: 2 }
    }
}

/// Draws rows `x` [count, D] of `shape`, in order from the upper left; -1 is black, 1 white, values outside
/// are clipped, numbers that are not finite are [`NOT_FINITE`].
///
/// # Errors
/// [`DataError::Shape`] when a row is no image of 1 or 3 channels, there are no rows, or the picture would
/// have more than 2^28 pixels.
pub fn grid(x: ArrayView2<'_, f64>, shape: SampleShape, layout: Layout) -> Result<RgbImage, DataError> {
    let refuse = |allowed: &str| DataError::Shape { found: x.shape().to_vec(), allowed: allowed.to_owned() };
    let SampleShape::Image { height, width, channels } = shape else {
        return Err(refuse("rows that are images"));
    };
    if !matches!(channels, 1 | 3) || x.ncols() != shape.dim() || x.is_empty() {
        return Err(refuse(&format!("rows of {channels}×{height}×{width} numbers with 1 or 3 channels")));
    }
    let Layout { scale, padding, .. } = layout;
    let columns = layout.columns.clamp(1, x.nrows());
    let lines = x.nrows().div_ceil(columns);
    let across = columns * (width * scale + padding) + padding;
    let down = lines * (height * scale + padding) + padding;
    let (Ok(across), Ok(down), true) = (u32::try_from(across), u32::try_from(down), across * down <= 1 << 28) else {
        return Err(refuse("at most 2^28 pixels in all; draw fewer samples or use a smaller scale"));
    };
    let mut picture = RgbImage::from_pixel(across, down, PAPER);
    for (n, row) in x.rows().into_iter().enumerate() {
        let top = (n / columns) * (height * scale + padding) + padding;
        let left = (n % columns) * (width * scale + padding) + padding;
        for i in 0..height * scale {
            for j in 0..width * scale {
                let value = |c: usize| row[((c % channels) * height + i / scale) * width + j / scale];
                let pixel = colour([value(0), value(1), value(2)]);
                picture.put_pixel((left + j) as u32, (top + i) as u32, pixel);
            }
        }
    }
    Ok(picture)
}

fn colour(values: [f64; 3]) -> Rgb<u8> {
    if values.iter().any(|v| !v.is_finite()) {
        return NOT_FINITE;
    }
    Rgb(values.map(|v| ((v.clamp(-1.0, 1.0) + 1.0) * 127.5).round() as u8))
}

/// Draws as [`grid`] and writes a PNG.
///
/// # Errors
/// As [`grid`]; [`DataError::Io`].
pub fn write_png(path: &Path, x: ArrayView2<'_, f64>, shape: SampleShape, layout: Layout) -> Result<(), DataError> {
    grid(x, shape, layout)?.save_with_format(path, image::ImageFormat::Png).map_err(|error| {
        let source = match error {
            image::ImageError::IoError(source) => source,
            other => std::io::Error::other(other),
        };
        DataError::Io { action: "write", path: path.to_owned(), source }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    #[test]
    fn pixels_land_where_they_should() {
        // Three grey 1×2 images in two columns, scale 2, padding 1: 2 · (4 + 1) + 1 wide, 2 · (2 + 1) + 1 high.
        let x = array![[-1.0, 1.0], [0.0, 9.0], [f64::NAN, -9.0]];
        let shape = SampleShape::Image { height: 1, width: 2, channels: 1 };
        let picture = grid(x.view(), shape, Layout { columns: 2, scale: 2, padding: 1 }).expect("a picture");
        assert_eq!(picture.dimensions(), (11, 7));
        let grey = |v| Rgb([v; 3]);
        let at = |i, j| *picture.get_pixel(i, j);
        assert_eq!([at(0, 0), at(1, 1), at(2, 2), at(3, 1)], [PAPER, grey(0), grey(0), grey(255)]);
        assert_eq!([at(5, 1), at(6, 1), at(8, 2)], [PAPER, grey(128), grey(255)]);
        assert_eq!([at(1, 4), at(3, 4), at(6, 4)], [NOT_FINITE, grey(0), PAPER]);
    }

    #[test]
    fn colours_are_stored_channel_by_channel() {
        let x = array![[1.0, -1.0, 0.0]];
        let shape = SampleShape::Image { height: 1, width: 1, channels: 3 };
        let picture = grid(x.view(), shape, Layout { columns: 1, scale: 1, padding: 0 }).expect("a picture");
        assert_eq!(*picture.get_pixel(0, 0), Rgb([255, 0, 128]));
    }

    #[test]
    fn what_is_no_image_is_refused() {
        let layout = Layout::square(5, 8);
        assert_eq!(layout, Layout { columns: 3, scale: 6, padding: 2 });
        let x = Array2::zeros((5, 2));
        assert!(matches!(grid(x.view(), SampleShape::Vector { dim: 2 }, layout), Err(DataError::Shape { .. })));
        let image = SampleShape::Image { height: 1, width: 1, channels: 2 };
        assert!(matches!(grid(x.view(), image, layout), Err(DataError::Shape { .. })));
    }

    #[test]
    fn png_comes_back() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("x.png");
        let shape = SampleShape::Image { height: 2, width: 2, channels: 1 };
        let x = array![[-1.0, 0.0, 0.5, 1.0]];
        let layout = Layout { columns: 1, scale: 3, padding: 1 };
        write_png(&path, x.view(), shape, layout).expect("written");
        let read = image::open(&path).expect("a PNG").to_rgb8();
        assert_eq!(read, grid(x.view(), shape, layout).expect("a picture"));
    }
}
