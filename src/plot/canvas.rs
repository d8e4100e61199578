//! A [`Scene`] through plotters into PNG and SVG.
//!
//! plotters places by whole units. Both outputs therefore get many units a point: the PNG is drawn three
//! times too large and averaged down, the SVG says its printed size in its header.

use super::PlotError;
use super::scene::{Anchor, Label, Scene, Shape};
use super::style::{Color, FONT_PT};
use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::fmt::Write as _;
use std::sync::Once;

/// DejaVu Sans with the characters of figures.
pub(super) const FONT_FILE: &[u8] = include_bytes!("font/DejaVuSans.ttf");
const FAMILY: &str = "sans-serif";
/// Height of the shipped font over its em: ab_glyph's sizes are heights.
const HEIGHT_OVER_EM: f64 = 1.164;
/// PNG pixels a point: 288 a inch, three times the 96 of a screen.
const PIXELS: usize = 4;
/// Side of the square of drawn pixels that becomes one pixel.
const OVERSAMPLE: usize = 3;
/// SVG units a point.
const SVG_UNITS: f64 = 20.0;

/// What the two plotters backends do differently.
struct Device {
    /// Units a point.
    unit: f64,
    /// Size that plotters must be given for an em of 1.
    size_over_em: f64,
    /// How far below the upper anchor the baseline comes to lie, in em.
    baseline: f64,
    /// Whether lines must be drawn piece by piece with round joints: plotters' polygons of sharp bends have
    /// holes.
    joints: bool,
}

fn font(size: f64) -> FontDesc<'static> {
    static REGISTER: Once = Once::new();
    REGISTER.call_once(|| {
        let read = plotters::style::register_font(FAMILY, FontStyle::Normal, FONT_FILE);
        assert!(read.is_ok(), "the shipped font is a TrueType file");
    });
    (FAMILY, size).into_font()
}

/// Width of a text over its em.
#[must_use]
pub fn em_width(text: &str) -> f64 {
    let em = 1000.0;
    let size = font(em * HEIGHT_OVER_EM).box_size(text);
    f64::from(size.expect("the registered font measures any text").0) / em
}

/// The figure as PNG bytes, 288 pixels an inch.
///
/// # Errors
/// [`PlotError::Backend`], [`PlotError::Png`].
pub fn png(scene: &Scene) -> Result<Vec<u8>, PlotError> {
    let scale = PIXELS * OVERSAMPLE;
    let small = ((scene.width * PIXELS as f64).ceil() as usize, (scene.height * PIXELS as f64).ceil() as usize);
    let large = (small.0 * OVERSAMPLE, small.1 * OVERSAMPLE);
    let mut pixels = vec![255; large.0 * large.1 * 3];
    {
        let backend = BitMapBackend::with_buffer(&mut pixels, (large.0 as u32, large.1 as u32));
        let device =
            Device { unit: scale as f64, size_over_em: HEIGHT_OVER_EM, baseline: HEIGHT_OVER_EM / 2.0, joints: true };
        paint(scene, &backend.into_drawing_area(), &device)?;
    }
    for shape in &scene.shapes {
        if let Shape::Picture { at, size, pixels: (columns, rows), rgb } = shape {
            let edge = |v: f64| (v * scale as f64).round().max(0.0) as usize;
            let (left, right) = (edge(at.0), edge(at.0 + size.0).min(large.0));
            let (top, bottom) = (edge(at.1), edge(at.1 + size.1).min(large.1));
            for y in top..bottom {
                let row = (y - top) * *rows as usize / (bottom - top);
                for x in left..right {
                    let from = (row * *columns as usize + (x - left) * *columns as usize / (right - left)) * 3;
                    let to = (y * large.0 + x) * 3;
                    pixels[to..to + 3].copy_from_slice(&rgb[from..from + 3]);
                }
            }
        }
    }
    encode(&average(&pixels, small), (small.0 as u32, small.1 as u32))
}

/// Each pixel becomes the mean of a square of drawn ones.
fn average(large: &[u8], (width, height): (usize, usize)) -> Vec<u8> {
    let stride = width * OVERSAMPLE * 3;
    let mut out = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            for channel in 0..3 {
                let mut sum = 0u32;
                for dy in 0..OVERSAMPLE {
                    let from = (y * OVERSAMPLE + dy) * stride + x * OVERSAMPLE * 3 + channel;
                    sum += (0..OVERSAMPLE).map(|dx| u32::from(large[from + 3 * dx])).sum::<u32>();
                }
                out.push((sum / (OVERSAMPLE * OVERSAMPLE) as u32) as u8);
            }
        }
    }
    out
}

fn encode(rgb: &[u8], (width, height): (u32, u32)) -> Result<Vec<u8>, PlotError> {
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes).write_image(rgb, width, height, ExtendedColorType::Rgb8)?;
    Ok(bytes)
}

/// The figure as an SVG document of its printed size.
///
/// # Errors
/// [`PlotError::Backend`], [`PlotError::Png`] for the pictures inside.
pub fn svg(scene: &Scene) -> Result<String, PlotError> {
    let (w, h) = ((scene.width * SVG_UNITS).ceil(), (scene.height * SVG_UNITS).ceil());
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, (w as u32, h as u32)).into_drawing_area();
        // plotters writes font-size = size/1.24 and lets text hang 0.76 em below its upper anchor.
        let device = Device { unit: SVG_UNITS, size_over_em: 1.24, baseline: 0.76, joints: false };
        paint(scene, &area, &device)?;
    }
    let body = text.split_once('\n').map_or("", |(_, body)| body).trim_end().trim_end_matches("</svg>");
    let mut out = format!(
        "<svg width=\"{:.4}in\" height=\"{:.4}in\" viewBox=\"0 0 {w} {h}\" stroke-linejoin=\"round\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n{body}",
        w / SVG_UNITS / 72.0,
        h / SVG_UNITS / 72.0
    );
    for shape in &scene.shapes {
        if let Shape::Picture { at, size, pixels, rgb } = shape {
            let [x, y, w, h] = [at.0, at.1, size.0, size.1].map(|v| (v * SVG_UNITS).round());
            let data = base64(&encode(rgb, *pixels)?);
            let _ = writeln!(
                out,
                "<image x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" preserveAspectRatio=\"none\" \
                 style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{data}\"/>"
            );
        }
    }
    out.push_str("</svg>\n");
    Ok(out)
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = (0..3).fold(0u32, |word, i| (word << 8) | u32::from(chunk.get(i).copied().unwrap_or(0)));
        for i in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * i)) as usize & 63];
            out.push(if i <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

fn backend_error(error: impl std::fmt::Display) -> PlotError {
    PlotError::Backend(error.to_string())
}

/// The one drawing, for every backend.
fn paint<DB: DrawingBackend>(
    scene: &Scene,
    area: &DrawingArea<DB, plotters::coord::Shift>,
    device: &Device,
) -> Result<(), PlotError> {
    let unit = |v: f64| (v * device.unit).round() as i32;
    let place = |&(x, y): &(f64, f64)| (unit(x), unit(y));
    let ink = |(r, g, b): Color| ShapeStyle::from(RGBColor(r, g, b)).filled();
    area.fill(&WHITE).map_err(backend_error)?;
    for shape in &scene.shapes {
        match shape {
            Shape::Stroke { path, width, color } => {
                let style = ink(*color).stroke_width(unit(*width).max(1) as u32);
                let points: Vec<(i32, i32)> = path.iter().map(place).collect();
                if device.joints {
                    for pair in points.windows(2) {
                        area.draw(&PathElement::new(pair.to_vec(), style)).map_err(backend_error)?;
                    }
                    for &joint in &points[1..points.len() - 1] {
                        area.draw(&Circle::new(joint, unit(*width) / 2, ink(*color))).map_err(backend_error)?;
                    }
                } else {
                    area.draw(&PathElement::new(points, style)).map_err(backend_error)?;
                }
            }
            Shape::Fill { path, color, opacity } => {
                let points: Vec<(i32, i32)> = path.iter().map(place).collect();
                let (r, g, b) = *color;
                let style = ShapeStyle::from(RGBAColor(r, g, b, *opacity)).filled();
                area.draw(&Polygon::new(points, style)).map_err(backend_error)?;
            }
            Shape::Dot { at, radius, color } => {
                area.draw(&Circle::new(place(at), unit(*radius), ink(*color))).map_err(backend_error)?;
            }
            Shape::Text(label) => {
                let color = RGBColor(label.color.0, label.color.1, label.color.2);
                let style = text_style(label, device, &color);
                let drop = device.baseline * FONT_PT;
                let (x, y) = label.at;
                let at = if label.upright { (x - drop, y) } else { (x, y - drop) };
                area.draw(&Text::new(label.text.clone(), place(&at), style)).map_err(backend_error)?;
            }
            Shape::Picture { .. } => {}
        }
    }
    area.present().map_err(backend_error)
}

fn text_style<'a>(label: &Label, device: &Device, color: &'a RGBColor) -> TextStyle<'a> {
    let across = match label.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let mut font = font(FONT_PT * device.size_over_em * device.unit);
    if label.upright {
        font = font.transform(FontTransform::Rotate270);
    }
    TextStyle::from(font).color(color).pos(Pos::new(across, VPos::Top))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_the_rfc_examples() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn png_has_the_printed_size_and_the_picture_its_colours() {
        let mut scene = Scene::new(10.0, 5.0);
        let rgb = vec![255, 0, 0, 0, 0, 255];
        scene.shapes.push(Shape::Picture { at: (1.0, 1.0), size: (4.0, 2.0), pixels: (2, 1), rgb });
        let read = image::load_from_memory(&png(&scene).expect("drawn")).expect("a PNG").to_rgb8();
        assert_eq!(read.dimensions(), (40, 20));
        assert_eq!(read.get_pixel(6, 6).0, [255, 0, 0]);
        assert_eq!(read.get_pixel(16, 6).0, [0, 0, 255]);
        assert_eq!(read.get_pixel(30, 15).0, [255; 3]);
        assert!(svg(&scene).expect("drawn").contains("data:image/png;base64,iVBOR"));
    }
}
