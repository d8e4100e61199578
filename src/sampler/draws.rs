//! Where the normals come from: draws of named streams and increments of Brownian paths.

use super::{Failure, Fault};
use crate::noise::{Key, NoiseError, Paths, Stream, normals, normals_rows, uniform};
use ndarray::Array3;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// What a sampler asked for, once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Read {
    /// Fresh normals, or uniforms.
    Draw,
    /// The increment of the path over a step from t to s < t.
    Increment(f64, f64),
    /// The space-time Lévy area over it.
    Area(f64, f64),
}

/// Standard normals that are made as they are read.
pub trait Source: std::fmt::Debug + Send + Sync {
    /// Fills `out` [samples, dim] with what these samples of the cell read from PATH as number `read`, from 0.
    fn fill(&self, read: usize, samples: Range<usize>, out: &mut [f64]);
}

/// What PATH reads; the host alone decides.
#[derive(Clone, Debug, Default)]
pub enum NoiseMode {
    /// One Brownian path a sample, shared by all samplers and step counts.
    #[default]
    Paired,
    /// Fresh normals of this stream for every increment and area; the stream is the cell's own.
    Independent(Stream),
    /// Standard normals [draws, count, dim] in the order in which one sample consumes them; serves DRAW too.
    File(Arc<Array3<f64>>),
    /// Of this source, for samplers that read nothing but PATH, all samples in step.
    Made(Arc<dyn Source>),
    /// As paired, and all that the first sample asks for is noted: which times a sampler reads is known to it alone.
    Noted(Arc<Mutex<Vec<Read>>>),
}

/// The noise of one batch of samples.
pub struct Draws {
    keys: Vec<Key>,
    dim: usize,
    first: usize,
    mode: NoiseMode,
    paths: Paths,
    /// Increments beside the areas asked for.
    increments: Vec<f64>,
    /// Per row: draws consumed from the file, or increments and areas asked for with independent noise.
    used: Vec<u64>,
}

impl Draws {
    /// Noise for the samples of these keys; the first of them has number `first` in the cell.
    #[must_use]
    pub fn new(keys: Vec<Key>, first: usize, dim: usize, mode: NoiseMode, paths: Paths) -> Self {
        let used = vec![0; keys.len()];
        Self { keys, dim, first, mode, paths, increments: Vec::new(), used }
    }

    /// Fresh normals [rows, dim] of (stream, counter).
    pub(super) fn draw(&mut self, rows: &[u32], stream: Stream, counter: u64, out: &mut [f64]) -> Result<(), Failure> {
        if let NoiseMode::File(file) = &self.mode {
            let file = Arc::clone(file);
            return self.replay(rows, &file, out);
        }
        if let NoiseMode::Made(_) = &self.mode {
            return Err(Failure::new(Fault::Unsupported, "a draw, where only PATH has a source of noise"));
        }
        self.note(rows, Read::Draw);
        normals_rows(&self.keys, Some(rows), stream, counter, out);
        Ok(())
    }

    /// Normalised increments [rows, dim] of the paths from t to s; `t` and `s` hold one number or one a row.
    pub(super) fn path(&mut self, rows: &[u32], t: &[f64], s: &[f64], out: &mut [f64]) -> Result<(), Failure> {
        self.note(rows, Read::Increment(t[0], s[0]));
        self.of_path(rows, out, |paths, _, out| paths.increment(Some(rows), t, s, out))
    }

    /// Normalised space-time Lévy areas [rows, dim] of the same paths, `sqrt(12/(t − s)) H`.
    pub(super) fn area(&mut self, rows: &[u32], t: &[f64], s: &[f64], out: &mut [f64]) -> Result<(), Failure> {
        self.note(rows, Read::Area(t[0], s[0]));
        self.of_path(rows, out, |paths, increments, out| {
            increments.resize(out.len(), 0.0);
            paths.increment_and_area(Some(rows), t, s, increments, out)?;
            out.iter_mut().for_each(|h| *h *= 12.0_f64.sqrt());
            Ok(())
        })
    }

    /// Numbers that `read` takes from the paths, where the mode does not bring others.
    fn of_path(
        &mut self,
        rows: &[u32],
        out: &mut [f64],
        read: impl FnOnce(&mut Paths, &mut Vec<f64>, &mut [f64]) -> Result<(), NoiseError>,
    ) -> Result<(), Failure> {
        match &self.mode {
            NoiseMode::Paired | NoiseMode::Noted(_) => read(&mut self.paths, &mut self.increments, out)
                .map_err(|e| Failure::new(Fault::Unsupported, e.to_string())),
            &NoiseMode::Independent(fresh) => {
                self.fresh(rows, fresh, out);
                Ok(())
            }
            NoiseMode::File(file) => {
                let file = Arc::clone(file);
                self.replay(rows, &file, out)
            }
            NoiseMode::Made(source) => {
                let read = self.used[0];
                if rows.len() != self.keys.len() || self.used.iter().any(|&used| used != read) {
                    return Err(Failure::new(
                        Fault::Unsupported,
                        "noise that is made as it is read serves all rows at once",
                    ));
                }
                source.fill(read as usize, self.first..self.first + rows.len(), out);
                self.used.fill(read + 1);
                Ok(())
            }
        }
    }

    fn note(&self, rows: &[u32], read: Read) {
        if let (NoiseMode::Noted(reads), 0, Some(0)) = (&self.mode, self.first, rows.first()) {
            reads.lock().unwrap_or_else(PoisonError::into_inner).push(read);
        }
    }

    /// The next normals of each row.
    fn fresh(&mut self, rows: &[u32], stream: Stream, out: &mut [f64]) {
        let next = rows.first().map_or(0, |&row| self.used[row as usize]);
        if rows.iter().all(|&row| self.used[row as usize] == next) {
            normals_rows(&self.keys, Some(rows), stream, next, out);
        } else {
            for (&row, z) in rows.iter().zip(out.chunks_exact_mut(self.dim)) {
                normals(self.keys[row as usize], stream, self.used[row as usize], z);
            }
        }
        rows.iter().for_each(|&row| self.used[row as usize] += 1);
    }

    fn replay(&mut self, rows: &[u32], file: &Array3<f64>, out: &mut [f64]) -> Result<(), Failure> {
        let (draws, count, dim) = file.dim();
        for (&row, z) in rows.iter().zip(out.chunks_exact_mut(self.dim)) {
            let (row, sample) = (row as usize, self.first + row as usize);
            let draw = self.used[row] as usize;
            if draw >= draws {
                let text = format!(
                    "the noise file holds {draws} draws a sample, but sample {sample} asks for draw {}: give more",
                    draw + 1
                );
                return Err(Failure::new(Fault::Invalid, text));
            }
            if sample >= count || dim != self.dim {
                let text = format!(
                    "the noise file has shape [{draws}, {count}, {dim}], but sample {sample} with {} numbers is asked for",
                    self.dim
                );
                return Err(Failure::new(Fault::Invalid, text));
            }
            z.iter_mut().enumerate().for_each(|(i, z)| *z = file[[draw, sample, i]]);
            self.used[row] += 1;
        }
        Ok(())
    }

    /// One uniform in (0, 1) a row.
    pub(super) fn uniforms(&self, rows: &[u32], stream: Stream, counter: u64, out: &mut [f64]) {
        self.note(rows, Read::Draw);
        for (&row, u) in rows.iter().zip(out) {
            *u = uniform(self.keys[row as usize], stream, counter);
        }
    }

    /// Fails when a noise file holds more draws than the run consumed. A run that draws nothing at all leaves the file to
    /// the noisy samplers of the same sweep.
    pub(super) fn finish(&self) -> Result<(), Failure> {
        let NoiseMode::File(file) = &self.mode else { return Ok(()) };
        if self.used.iter().all(|&used| used == 0) {
            return Ok(());
        }
        let draws = file.dim().0 as u64;
        match self.used.iter().position(|&used| used != draws) {
            None => Ok(()),
            Some(row) => Err(Failure::new(
                Fault::Invalid,
                format!(
                    "the noise file holds {draws} draws a sample, but sample {} consumed {}: give exactly as many",
                    self.first + row,
                    self.used[row]
                ),
            )),
        }
    }
}
