//! The file that samples are written to.

use super::scatter;
use crate::cli::exit::{Stop, sentence};
use crate::data::image::{Layout, write_png};
use crate::data::{DataError, SampleShape, io};
use crate::experiment::plan::Plan;
use crate::experiment::store::Kept;
use std::path::PathBuf;
use std::str::FromStr;

/// Where samples go, and in which form.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) path: PathBuf,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Png,
    Npy,
    Safetensors,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let path = PathBuf::from(name);
        let form = match path.extension().and_then(|ending| ending.to_str()) {
            Some("png") => Form::Png,
            Some("npy") => Form::Npy,
            Some("safetensors") => Form::Safetensors,
            _ => return Err("the ending must be .png, .npy or .safetensors".into()),
        };
        Ok(Self { path, form })
    }
}

impl Target {
    /// Whether samples of this shape can be written in this form.
    pub(super) fn check(&self, shape: SampleShape) -> Result<(), Stop> {
        match (self.form, shape) {
            (Form::Png, SampleShape::Vector { dim }) if dim != 2 => Err(Stop::input(format!(
                "{}: a png shows images or points of the plane, but a sample has {dim} numbers; use .npy or .safetensors",
                self.path.display()
            ))),
            _ => Ok(()),
        }
    }

    /// Whether the file has room for states on the way.
    pub(super) fn takes_path(&self) -> bool {
        self.form == Form::Safetensors
    }

    /// Writes samples, with the states on the way where there are some and the form takes them.
    pub(super) fn write(&self, kept: &Kept<'_>, shape: SampleShape, plan: &Plan) -> Result<(), Stop> {
        let (path, x) = (self.path.as_path(), kept.x);
        let done = match (self.form, shape) {
            (Form::Npy, _) => io::write_npy(path, x),
            (Form::Safetensors, _) => io::write_tensors(path, &kept.tensors()),
            (Form::Png, SampleShape::Image { height, .. }) => {
                write_png(path, x.view(), shape, Layout::square(x.nrows(), height))
            }
            (Form::Png, SampleShape::Vector { .. }) => {
                let data = plan.data.as_ref().filter(|data| data.shape == shape).map(|data| data.held_out.view());
                let png = scatter::png(x, data).map_err(|e| Stop::failed(sentence(&e)))?;
                std::fs::write(path, png).map_err(|source| DataError::Io { action: "write", path: path.into(), source })
            }
        };
        done.map_err(|error| match error {
            DataError::Io { .. } => Stop::environment(sentence(&error)),
            _ => Stop::input(sentence(&error)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_decides_the_form() {
        let form = |name: &str| name.parse::<Target>().map(|target| target.form);
        assert_eq!(form("a/x.png"), Ok(Form::Png));
        assert_eq!(form("x.npy"), Ok(Form::Npy));
        assert_eq!(form("x.safetensors"), Ok(Form::Safetensors));
        for wrong in ["x", "x.PNG", "png", "x.jpg"] {
            assert!(form(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_picture_needs_two_dimensions() {
        let target: Target = "x.png".parse().expect("a target");
        assert!(target.check(SampleShape::Vector { dim: 2 }).is_ok());
        assert!(target.check(SampleShape::Image { height: 8, width: 8, channels: 1 }).is_ok());
        assert_eq!(target.check(SampleShape::Vector { dim: 64 }).expect_err("64 numbers").code(), 2);
    }
}
