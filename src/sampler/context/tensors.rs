//! Operations on the tensors of a run.

use super::Context;
use crate::noise::Stream;
use crate::sampler::{Failure, Fault};
use crate::state::{Coef, Mix, NoiseTerm, Norm};

/// Noise asked for by [`Context::combine`].
#[derive(Clone, Copy, Debug)]
pub enum NoiseAsk<'a> {
    /// Fresh normals; stream by position in the calling sampler's list.
    Draw {
        /// Position of the stream.
        stream: u32,
        /// Which draw.
        counter: u64,
        /// Standard deviation.
        scale: Coef<'a>,
    },
    /// Normalised space-time Lévy area of the sample's path.
    Area {
        /// Begin: one or one a row.
        t: &'a [f64],
        /// End.
        s: &'a [f64],
        /// Standard deviation.
        scale: Coef<'a>,
    },
    /// Normalised increment of the sample's path.
    Path {
        /// Begin: one or one a row.
        t: &'a [f64],
        /// End.
        s: &'a [f64],
        /// Standard deviation.
        scale: Coef<'a>,
    },
}

impl Context<'_> {
    /// A tensor of zeros.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn make(&mut self, tag: &str) -> Result<u64, Failure> {
        self.guarded(|c| {
            let slot = c.state.make()?;
            Ok(c.handles.add(slot, tag))
        })
    }

    /// Gives a tensor back.
    ///
    /// # Errors
    /// [`Failure`] for a stale handle.
    pub fn free(&mut self, tensor: u64) -> Result<(), Failure> {
        self.guarded(|c| {
            let slot = c.handles.remove(tensor)?;
            c.state.free(slot);
            Ok(())
        })
    }

    /// `out := sum_j c_j x_j + noise`.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn combine(&mut self, out: u64, terms: &[(Coef<'_>, u64)], noise: Option<NoiseAsk<'_>>) -> Result<(), Failure> {
        self.guarded(|c| {
            let mut list = [(Coef::One(0.0), 0); 16];
            if terms.len() > list.len() {
                let text = format!("combine has {} tensors; allowed: at most 16", terms.len());
                return Err(Failure::new(Fault::Invalid, text));
            }
            for (entry, (coef, x)) in list.iter_mut().zip(terms) {
                c.check_coef(*coef, "a coefficient of combine")?;
                *entry = (*coef, c.handles.slot(*x)?);
            }
            let out = c.handles.slot(out)?;
            let scale = match noise {
                None => None,
                Some(ask) => Some(c.fill_noise(ask)?),
            };
            let noise = scale.map(|scale| NoiseTerm { z: &c.z[..c.active.len() * c.state.dim()], scale });
            let rows = Self::selection(c.all, &c.active);
            Ok(c.state.combine(rows, out, &list[..terms.len()], noise)?)
        })
    }

    /// Puts the normals asked for into `self.z` and returns their scale.
    fn fill_noise<'n>(&mut self, ask: NoiseAsk<'n>) -> Result<Coef<'n>, Failure> {
        let n = self.active.len() * self.state.dim();
        if self.z.len() < n {
            self.z.resize(n, 0.0);
        }
        match ask {
            NoiseAsk::Draw { stream, counter, scale } => {
                self.check_coef(scale, "the scale of noise")?;
                let stream = self.stream(stream)?;
                self.draws.draw(&self.active, stream, counter, &mut self.z[..n])?;
                Ok(scale)
            }
            NoiseAsk::Area { t, s, scale } => {
                self.check_coef(scale, "the scale of noise")?;
                self.check_times(t, "the begin of AREA")?;
                self.check_times(s, "the end of AREA")?;
                self.draws.area(&self.active, t, s, &mut self.z[..n])?;
                Ok(scale)
            }
            NoiseAsk::Path { t, s, scale } => {
                self.check_coef(scale, "the scale of noise")?;
                self.check_times(t, "the begin of PATH")?;
                self.check_times(s, "the end of PATH")?;
                self.draws.path(&self.active, t, s, &mut self.z[..n])?;
                Ok(scale)
            }
        }
    }

    fn stream(&self, position: u32) -> Result<Stream, Failure> {
        self.streams.get(position as usize).copied().ok_or_else(|| {
            let text = format!("random stream {position} is not declared; this sampler has {}", self.streams.len());
            Failure::new(Fault::Invalid, text)
        })
    }

    /// `out := a b`.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn multiply(&mut self, out: u64, a: u64, b: u64) -> Result<(), Failure> {
        self.guarded(|c| {
            let (out, a, b) = (c.slot(out)?, c.slot(a)?, c.slot(b)?);
            Ok(c.state.multiply(Self::selection(c.all, &c.active), out, a, b)?)
        })
    }

    /// `out := min(max(x, lo), hi)`.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn clamp(&mut self, out: u64, x: u64, lo: f64, hi: f64) -> Result<(), Failure> {
        self.guarded(|c| {
            if lo > hi || lo.is_nan() || hi.is_nan() {
                return Err(Failure::new(Fault::Invalid, format!("clamp to [{lo}, {hi}]: the range is empty")));
            }
            let (out, x) = (c.slot(out)?, c.slot(x)?);
            Ok(c.state.clamp(Self::selection(c.all, &c.active), out, x, lo, hi)?)
        })
    }

    /// `out := a` where the mask is not 0, else `b`.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn select(&mut self, out: u64, mask: &[u32], a: u64, b: u64) -> Result<(), Failure> {
        self.guarded(|c| {
            let (out, a, b) = (c.slot(out)?, c.slot(a)?, c.slot(b)?);
            Ok(c.state.select(Self::selection(c.all, &c.active), out, mask, a, b)?)
        })
    }

    /// `out[r] :=` norm of active row r.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn norm(&mut self, x: u64, kind: Norm, out: &mut [f64]) -> Result<(), Failure> {
        self.guarded(|c| {
            let x = c.slot(x)?;
            Ok(c.state.norm(Self::selection(c.all, &c.active), x, kind, out)?)
        })
    }

    /// `out[r] := sum a b` over active row r.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn dot(&mut self, a: u64, b: u64, out: &mut [f64]) -> Result<(), Failure> {
        self.guarded(|c| {
            let (a, b) = (c.slot(a)?, c.slot(b)?);
            Ok(c.state.dot(Self::selection(c.all, &c.active), a, b, out)?)
        })
    }

    /// Error of each active row against its tolerance, see [`State::error_norm`](crate::state::State::error_norm).
    ///
    /// # Errors
    /// [`Failure`].
    pub fn error_norm(
        &mut self,
        pair: (u64, u64),
        size: (u64, u64),
        tolerance: (f64, f64),
        mix: Mix,
        out: &mut [f64],
    ) -> Result<(), Failure> {
        self.guarded(|c| {
            let pair = (c.slot(pair.0)?, c.slot(pair.1)?);
            let size = (c.slot(size.0)?, c.slot(size.1)?);
            Ok(c.state.error_norm(Self::selection(c.all, &c.active), pair, size, tolerance, mix, out)?)
        })
    }

    /// One uniform an active row.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn uniforms(&mut self, stream: u32, counter: u64, out: &mut [f64]) -> Result<(), Failure> {
        self.guarded(|c| {
            let stream = c.stream(stream)?;
            c.draws.uniforms(&c.active, stream, counter, out);
            Ok(())
        })
    }
}
