//! A [`Scene`] as a PDF of one page of its printed size, for `\includegraphics`: lines stay lines, text stays text.

use super::scene::{Anchor, Label, Pt, Scene, Shape};
use super::style::{Color, FONT_PT};
use flate2::{Compression, write::ZlibEncoder};
use pdf_writer::types::{CidFontType, FontFlags, LineJoinStyle, SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str};
use std::collections::BTreeMap;
use std::io::Write;
use ttf_parser::Face;

const FONT: Name<'static> = Name(b"F");
const FONT_NAME: Name<'static> = Name(b"ITOFIG+DejaVuSans");
const IDENTITY: SystemInfo<'static> = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };
/// Control points of four cubic curves that are a circle of radius 1 to 3e-4.
const KAPPA: f64 = 0.552_284_75;
const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const PAGE: Ref = Ref::new(3);
const CONTENT: Ref = Ref::new(4);
const TYPE0: Ref = Ref::new(5);
const CID: Ref = Ref::new(6);
const DESCRIPTOR: Ref = Ref::new(7);
const FILE: Ref = Ref::new(8);
const UNICODE: Ref = Ref::new(9);
/// The number of the first picture.
const PICTURES: i32 = 10;

/// The figure as PDF bytes; the same scene gives the same bytes.
#[must_use]
pub fn pdf(scene: &Scene) -> Vec<u8> {
    let face = Face::parse(super::canvas::FONT_FILE, 0).expect("the shipped font is a TrueType file");
    let mut page =
        Page { height: scene.height, face, content: Content::new(), glyphs: BTreeMap::new(), opacities: Vec::new() };
    page.content.set_line_join(LineJoinStyle::RoundJoin);
    for shape in &scene.shapes {
        page.draw(shape);
    }
    page.document(scene)
}

struct Page {
    /// In points.
    height: f64,
    face: Face<'static>,
    content: Content,
    /// The glyphs in use: their characters and widths in thousandths of an em.
    glyphs: BTreeMap<u16, (char, f32)>,
    /// Each opacity is a graphics state of its own.
    opacities: Vec<f64>,
}

impl Page {
    /// A place of the scene; y grows upwards in a PDF.
    fn at(&self, (x, y): Pt) -> (f32, f32) {
        (rounded(x), rounded(self.height - y))
    }

    fn draw(&mut self, shape: &Shape) {
        match shape {
            Shape::Stroke { path, width, color } => {
                let [r, g, b] = rgb(*color);
                self.content.set_stroke_rgb(r, g, b).set_line_width(rounded(*width));
                self.path(path);
                self.content.stroke();
            }
            Shape::Fill { path, color, opacity } => {
                self.ink(*color, *opacity);
                self.path(path);
                self.content.close_path().fill_nonzero();
            }
            Shape::Dot { at, radius, color } => {
                self.ink(*color, 1.0);
                self.circle(*at, *radius);
                self.content.fill_nonzero();
            }
            Shape::Text(label) => self.text(label),
            // Above all others.
            Shape::Picture { .. } => {}
        }
    }

    fn path(&mut self, path: &[Pt]) {
        for (i, &point) in path.iter().enumerate() {
            let (x, y) = self.at(point);
            if i == 0 {
                self.content.move_to(x, y)
            } else {
                self.content.line_to(x, y)
            };
        }
    }

    fn circle(&mut self, (x, y): Pt, r: f64) {
        let k = KAPPA * r;
        let (x_0, y_0) = self.at((x + r, y));
        self.content.move_to(x_0, y_0);
        let curves = [
            [(x + r, y + k), (x + k, y + r), (x, y + r)],
            [(x - k, y + r), (x - r, y + k), (x - r, y)],
            [(x - r, y - k), (x - k, y - r), (x, y - r)],
            [(x + k, y - r), (x + r, y - k), (x + r, y)],
        ];
        for curve in curves {
            let [(x1, y1), (x2, y2), (x3, y3)] = curve.map(|point| self.at(point));
            self.content.cubic_to(x1, y1, x2, y2, x3, y3);
        }
    }

    /// What fills from now on.
    fn ink(&mut self, color: Color, opacity: f64) {
        let known = self.opacities.iter().position(|&o| o.to_bits() == opacity.to_bits());
        let state = known.unwrap_or_else(|| {
            self.opacities.push(opacity);
            self.opacities.len() - 1
        });
        let [r, g, b] = rgb(color);
        self.content.set_parameters(Name(state_name(state).as_bytes())).set_fill_rgb(r, g, b);
    }

    fn text(&mut self, label: &Label) {
        let per_em = f32::from(self.face.units_per_em());
        let (mut codes, mut width) = (Vec::new(), 0.0);
        for character in label.text.chars() {
            let glyph = self.face.glyph_index(character).unwrap_or_default();
            let advance = f32::from(self.face.glyph_hor_advance(glyph).unwrap_or_default()) * 1000.0 / per_em;
            self.glyphs.insert(glyph.0, (character, advance));
            codes.extend(glyph.0.to_be_bytes());
            width += f64::from(advance) / 1000.0 * FONT_PT;
        }
        let back = match label.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => 0.5 * width,
            Anchor::End => width,
        };
        let (x, y) = label.at;
        let start = self.at(if label.upright { (x, y + back) } else { (x - back, y) });
        let matrix = if label.upright { [0.0, 1.0, -1.0, 0.0] } else { [1.0, 0.0, 0.0, 1.0] };
        self.ink(label.color, 1.0);
        let [a, b, c, d] = matrix;
        self.content.begin_text().set_font(FONT, rounded(FONT_PT));
        self.content.set_text_matrix([a, b, c, d, start.0, start.1]).show(Str(&codes)).end_text();
    }

    fn document(mut self, scene: &Scene) -> Vec<u8> {
        let mut pdf = Pdf::new();
        pdf.catalog(CATALOG).pages(PAGES);
        pdf.pages(PAGES).kids([PAGE]).count(1);
        let mut pictures = Vec::new();
        for shape in &scene.shapes {
            if let Shape::Picture { at, size, pixels, rgb } = shape {
                let (x, y) = self.at((at.0, at.1 + size.1));
                let id = pictures.len();
                let name = picture_name(id);
                self.content.save_state().transform([rounded(size.0), 0.0, 0.0, rounded(size.1), x, y]);
                self.content.x_object(Name(name.as_bytes())).restore_state();
                let packed = packed(rgb);
                let mut image = pdf.image_xobject(Ref::new(PICTURES + id as i32), &packed);
                image.filter(Filter::FlateDecode);
                image.width(pixels.0 as i32).height(pixels.1 as i32);
                image.color_space().device_rgb();
                image.bits_per_component(8);
                pictures.push(name);
            }
        }
        let mut page = pdf.page(PAGE);
        page.media_box(Rect::new(0.0, 0.0, rounded(scene.width), rounded(scene.height)));
        page.parent(PAGES).contents(CONTENT);
        let mut resources = page.resources();
        resources.fonts().pair(FONT, TYPE0);
        let mut named = resources.x_objects();
        for (i, name) in pictures.iter().enumerate() {
            named.pair(Name(name.as_bytes()), Ref::new(PICTURES + i as i32));
        }
        named.finish();
        let mut states = resources.ext_g_states();
        for (i, &opacity) in self.opacities.iter().enumerate() {
            let mut state = states.insert(Name(state_name(i).as_bytes())).dict();
            state.pair(Name(b"ca"), rounded(opacity));
        }
        states.finish();
        resources.finish();
        page.finish();
        pdf.stream(CONTENT, &packed(self.content.finish().as_slice())).filter(Filter::FlateDecode);
        font(&mut pdf, &self.face, &self.glyphs);
        pdf.finish()
    }
}

/// The font, whole, and what its glyphs mean, so that text can be searched and edited.
fn font(pdf: &mut Pdf, face: &Face<'_>, glyphs: &BTreeMap<u16, (char, f32)>) {
    let mut type0 = pdf.type0_font(TYPE0);
    type0.base_font(FONT_NAME).encoding_predefined(Name(b"Identity-H"));
    type0.descendant_font(CID).to_unicode(UNICODE);
    type0.finish();
    let mut cid = pdf.cid_font(CID);
    cid.subtype(CidFontType::Type2).base_font(FONT_NAME).system_info(IDENTITY);
    cid.font_descriptor(DESCRIPTOR).default_width(0.0).cid_to_gid_map_predefined(Name(b"Identity"));
    let mut widths = cid.widths();
    for (&glyph, &(_, width)) in glyphs {
        widths.same(glyph, glyph, width);
    }
    widths.finish();
    cid.finish();
    let em = |units: i16| f32::from(units) * 1000.0 / f32::from(face.units_per_em());
    let bounds = face.global_bounding_box();
    let mut descriptor = pdf.font_descriptor(DESCRIPTOR);
    descriptor.name(FONT_NAME).flags(FontFlags::NON_SYMBOLIC).italic_angle(0.0).stem_v(80.0);
    descriptor.bbox(Rect::new(em(bounds.x_min), em(bounds.y_min), em(bounds.x_max), em(bounds.y_max)));
    descriptor.ascent(em(face.ascender())).descent(em(face.descender()));
    descriptor.cap_height(em(face.capital_height().unwrap_or(face.ascender()))).font_file2(FILE);
    descriptor.finish();
    let file = super::canvas::FONT_FILE;
    let packed_file = packed(file);
    let mut stream = pdf.stream(FILE, &packed_file);
    stream.filter(Filter::FlateDecode).pair(Name(b"Length1"), file.len() as i32);
    stream.finish();
    let mut map = UnicodeCmap::<u16>::new(Name(b"Figure"), IDENTITY);
    for (&glyph, &(character, _)) in glyphs {
        map.pair(glyph, character);
    }
    let map = map.finish();
    pdf.cmap(UNICODE, map.as_slice());
}

fn state_name(i: usize) -> String {
    format!("O{i}")
}

fn picture_name(i: usize) -> String {
    format!("P{i}")
}

fn rgb((r, g, b): Color) -> [f32; 3] {
    [r, g, b].map(|v| rounded(f64::from(v) / 255.0))
}

/// Thousandths of a point are finer than any printer, and short to write.
fn rounded(v: f64) -> f32 {
    ((v * 1000.0).round() / 1000.0) as f32
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("a Vec takes bytes")
}

#[cfg(test)]
mod tests;
