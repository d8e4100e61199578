//! The host's operations, as methods that return `Result`.

mod arguments;

pub use arguments::{Coef, Noise, Point, Prediction, Tensor, What};

use crate::Failure;
pub(crate) use arguments::NO_REALS;
use ito_abi as abi;
use std::ffi::{CStr, CString};

/// The host during one call.
#[derive(Clone, Copy, Debug)]
pub struct Host<'a> {
    pub(crate) table: &'a abi::Host,
    pub(crate) ctx: *mut abi::Context,
    /// Active rows of this call: the host reads or writes as many numbers behind every pointer to one a row.
    pub(crate) rows: usize,
}

/// Functions of time in one look-up.
const LOOKUPS: usize = 8;

/// Calls a function of the host's table.
macro_rules! call {
    ($self:ident . $name:ident ( $($arg:expr),* $(,)? )) => {
        match $self.table.$name {
            // SAFETY: the table and the context are the host's for the length of this call. The pointers among
            // the arguments come from live borrows: a list goes with its length, which the host checks, and what
            // has one number a row or a time was found long enough by `room`.
            Some(f) => unsafe { f($self.ctx, $($arg),*) },
            None => return Err(Failure::unsupported(concat!("the host has no function `", stringify!($name), "`"))),
        }
    };
}

impl<'a> Host<'a> {
    /// # Safety
    /// `table` and `ctx` come from the host and are valid for `'a`; during the call no more than `rows` rows are
    /// active.
    pub(crate) unsafe fn new(table: &'a abi::Host, ctx: *mut abi::Context, rows: usize) -> Self {
        Self { table, ctx, rows }
    }

    /// A tensor of zeros like the state; `tag` names it in messages.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn make(&self, tag: &CStr) -> Result<Tensor, Failure> {
        let mut out = 0;
        Failure::of(call!(self.make(tag.as_ptr(), &mut out)))?;
        Ok(Tensor(out))
    }

    /// Gives a tensor back before the run ends.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn free(&self, tensor: Tensor) -> Result<(), Failure> {
        Failure::of(call!(self.free(tensor.0)))
    }

    /// `out := sum_j c_j x_j` of at most 16 terms; `out` may be among them.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn combine(&self, out: Tensor, terms: &[(Coef<'_>, Tensor)]) -> Result<(), Failure> {
        self.combine_raw(out, terms, std::ptr::null())
    }

    /// As [`combine`](Host::combine), plus noise.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn combine_noise(&self, out: Tensor, terms: &[(Coef<'_>, Tensor)], noise: Noise<'_>) -> Result<(), Failure> {
        let empty = abi::Noise {
            struct_size: size_of::<abi::Noise>() as u32,
            kind: abi::DRAW,
            stream: 0,
            reserved: 0,
            counter: 0,
            t: NO_REALS,
            s: NO_REALS,
            scale: NO_REALS,
        };
        let raw = match &noise {
            Noise::Draw { stream, counter, scale } => {
                abi::Noise { stream: *stream, counter: *counter, scale: scale.reals(), ..empty }
            }
            Noise::Area { t, s, scale } => {
                abi::Noise { kind: abi::AREA, t: t.reals(), s: s.reals(), scale: scale.reals(), ..empty }
            }
            Noise::Path { t, s, scale } => {
                abi::Noise { kind: abi::PATH, t: t.reals(), s: s.reals(), scale: scale.reals(), ..empty }
            }
        };
        self.combine_raw(out, terms, &raw)
    }

    fn combine_raw(&self, out: Tensor, terms: &[(Coef<'_>, Tensor)], noise: *const abi::Noise) -> Result<(), Failure> {
        let (mut c, mut x) = ([NO_REALS; 16], [0; 16]);
        if terms.len() > c.len() {
            return Err(Failure::invalid(format!("combine takes at most 16 tensors, found {}", terms.len())));
        }
        for (j, (coef, tensor)) in terms.iter().enumerate() {
            c[j] = coef.reals();
            x[j] = tensor.0;
        }
        Failure::of(call!(self.combine(out.0, terms.len() as u32, c.as_ptr(), x.as_ptr(), noise)))
    }

    /// `out := a b`, element by element.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn multiply(&self, out: Tensor, a: Tensor, b: Tensor) -> Result<(), Failure> {
        Failure::of(call!(self.multiply(out.0, a.0, b.0)))
    }

    /// `out := x` with every element brought into `[lo, hi]`.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn clamp(&self, out: Tensor, x: Tensor, lo: f64, hi: f64) -> Result<(), Failure> {
        Failure::of(call!(self.clamp(out.0, x.0, lo, hi)))
    }

    /// `out := a` in the active rows with `mask != 0`, `b` in the others.
    ///
    /// # Errors
    /// [`Failure`] of the host; the slice has fewer numbers than there are active rows.
    pub fn select(&self, out: Tensor, mask: &[u32], a: Tensor, b: Tensor) -> Result<(), Failure> {
        room("select", mask.len(), self.rows)?;
        Failure::of(call!(self.select(out.0, mask.as_ptr(), a.0, b.0)))
    }

    /// The root mean square of each active row.
    ///
    /// # Errors
    /// [`Failure`] of the host; the slice has fewer numbers than there are active rows.
    pub fn rms(&self, x: Tensor, out: &mut [f64]) -> Result<(), Failure> {
        room("rms", out.len(), self.rows)?;
        Failure::of(call!(self.norms(1, &x.0, abi::NORM_RMS, out.as_mut_ptr())))
    }

    /// The Euclidean norm of each active row.
    ///
    /// # Errors
    /// [`Failure`] of the host; the slice has fewer numbers than there are active rows.
    pub fn norm(&self, x: Tensor, out: &mut [f64]) -> Result<(), Failure> {
        room("norm", out.len(), self.rows)?;
        Failure::of(call!(self.norms(1, &x.0, abi::NORM_L2, out.as_mut_ptr())))
    }

    /// The scalar product of `a` and `b` in each active row.
    ///
    /// # Errors
    /// [`Failure`] of the host; the slice has fewer numbers than there are active rows.
    pub fn dot(&self, a: Tensor, b: Tensor, out: &mut [f64]) -> Result<(), Failure> {
        room("dot", out.len(), self.rows)?;
        Failure::of(call!(self.dot(a.0, b.0, out.as_mut_ptr())))
    }

    /// Per active row the RMS of `(high − low)/(atol + rtol max(|a|, |b|))`, as in Hairer, Nørsett and Wanner,
    /// Solving Ordinary Differential Equations I, equations II.4.10 and 11.
    ///
    /// # Errors
    /// [`Failure`] of the host; the slice has fewer numbers than there are active rows.
    pub fn error_norm(
        &self,
        (high, low): (Tensor, Tensor),
        (a, b): (Tensor, Tensor),
        (atol, rtol): (f64, f64),
        out: &mut [f64],
    ) -> Result<(), Failure> {
        room("error_norm", out.len(), self.rows)?;
        let p = out.as_mut_ptr();
        Failure::of(call!(self.error_norm(high.0, low.0, a.0, b.0, atol, rtol, abi::MIX_SUM, p)))
    }

    /// `out :=` the model's prediction at `(x, t)`; counted by the host.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn eval<'c>(
        &self,
        x: Tensor,
        t: impl Into<Coef<'c>>,
        prediction: Prediction,
        out: Tensor,
    ) -> Result<(), Failure> {
        let t = t.into();
        Failure::of(call!(self.eval(x.0, t.reals(), prediction as u32, out.0)))
    }

    /// `out[j n + i] = what[j]` at the i-th of n times; at most 8 functions.
    ///
    /// # Errors
    /// [`Failure`] of the host; more functions, or too little room in `out`.
    pub fn lookup(&self, what: &[What], t: Coef<'_>, out: &mut [f64]) -> Result<(), Failure> {
        if what.len() > LOOKUPS {
            return Err(Failure::invalid(format!("lookup takes at most {LOOKUPS} functions, found {}", what.len())));
        }
        room("lookup", out.len(), t.count() * what.len())?;
        let mut codes = [0; LOOKUPS];
        for (code, w) in codes.iter_mut().zip(what) {
            *code = *w as u32;
        }
        Failure::of(call!(self.lookup(what.len() as u32, codes.as_ptr(), t.reals(), out.as_mut_ptr())))
    }

    /// The process at one time.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn point(&self, t: f64) -> Result<Point, Failure> {
        use What::{Alpha, Diffusion2, Drift, Lambda, Ratio, Sigma};
        let mut v = [0.0; 6];
        self.lookup(&[Alpha, Sigma, Lambda, Ratio, Drift, Diffusion2], Coef::One(t), &mut v)?;
        Ok(Point { t, alpha: v[0], sigma: v[1], lambda: v[2], ratio: v[3], drift: v[4], diffusion2: v[5] })
    }

    /// The time where `what` (Sigma, Lambda or Ratio) has this value.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn time_of(&self, what: What, value: f64) -> Result<f64, Failure> {
        let mut t = [0.0];
        self.times_of(what, Coef::One(value), &mut t)?;
        Ok(t[0])
    }

    /// As [`time_of`](Host::time_of), for one value or one a row.
    ///
    /// # Errors
    /// [`Failure`] of the host; too little room in `out`.
    pub fn times_of(&self, what: What, values: Coef<'_>, out: &mut [f64]) -> Result<(), Failure> {
        room("times_of", out.len(), values.count())?;
        Failure::of(call!(self.time_of(what as u32, values.reals(), out.as_mut_ptr())))
    }

    /// One uniform in (0, 1) an active row.
    ///
    /// # Errors
    /// [`Failure`] of the host; the slice has fewer numbers than there are active rows.
    pub fn uniforms(&self, stream: u32, counter: u64, out: &mut [f64]) -> Result<(), Failure> {
        room("uniforms", out.len(), self.rows)?;
        Failure::of(call!(self.uniforms(stream, counter, out.as_mut_ptr())))
    }

    /// One step of another sampler, `x` from `t` to `s` in place; `flags` as they apply to that step.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn inner_step(
        &self,
        inner: abi::InnerSampler,
        x: Tensor,
        t: Coef<'_>,
        s: Coef<'_>,
        flags: u32,
    ) -> Result<(), Failure> {
        Failure::of(call!(self.inner_step(inner, x.0, t.reals(), s.reals(), flags)))
    }

    /// A line for the user's log.
    pub fn warn(&self, text: &str) {
        if let (Some(log), Ok(text)) = (self.table.log, CString::new(text)) {
            // SAFETY: table and context are valid for 'a; the text ends in NUL.
            unsafe { log(self.ctx, abi::LOG_WARN, text.as_ptr()) }
        }
    }

    /// Hands a failure's sentence to the host and returns its status.
    pub(crate) fn report(&self, failure: &Failure) -> abi::Status {
        if let (Some(fail), Some(text)) = (self.table.fail, &failure.text) {
            let text = CString::new(text.replace('\0', " ")).unwrap_or_default();
            // SAFETY: table and context are valid for 'a; the text ends in NUL.
            return unsafe { fail(self.ctx, failure.status, text.as_ptr()) };
        }
        failure.status
    }
}

/// Refuses a slice that is shorter than what the host reads or writes there.
pub(crate) fn room(function: &str, found: usize, needed: usize) -> Result<(), Failure> {
    if found >= needed {
        return Ok(());
    }
    Err(Failure::invalid(format!("{function} needs room for {needed} numbers, found {found}")))
}

#[cfg(test)]
mod tests;
