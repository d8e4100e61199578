//! The host's operations, as methods that return `Result`.

use ito_abi as abi;
use std::ffi::{CStr, CString};

/// Why a call failed. The sentence is with the host already, or goes there when the step returns.
#[derive(Debug)]
pub struct Failure {
    pub(crate) status: abi::Status,
    pub(crate) text: Option<String>,
}

impl Failure {
    /// This process, grid or host cannot be served; `text` says why.
    #[must_use]
    pub fn unsupported(text: impl Into<String>) -> Self {
        Self { status: abi::E_UNSUPPORTED, text: Some(text.into()) }
    }

    /// An argument is outside its domain; `text` says which.
    #[must_use]
    pub fn invalid(text: impl Into<String>) -> Self {
        Self { status: abi::E_INVALID, text: Some(text.into()) }
    }

    pub(crate) fn of(status: abi::Status) -> Result<(), Self> {
        if status == abi::OK { Ok(()) } else { Err(Self { status, text: None }) }
    }
}

/// A tensor of the host, [rows, dim]; a number, not memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tensor(pub(crate) abi::Tensor);

impl Tensor {
    /// No tensor yet.
    pub const NONE: Self = Self(0);
}

/// One number for all active rows, or one each.
#[derive(Clone, Copy, Debug)]
pub enum Coef<'a> {
    /// One for all.
    One(f64),
    /// One a row.
    Each(&'a [f64]),
}

impl From<f64> for Coef<'_> {
    fn from(value: f64) -> Self {
        Coef::One(value)
    }
}

impl<'a> From<&'a [f64]> for Coef<'a> {
    fn from(values: &'a [f64]) -> Self {
        Coef::Each(values)
    }
}

impl Coef<'_> {
    /// The number of one active row.
    ///
    /// # Panics
    /// Where there is one number a row and `row` is none of them.
    #[must_use]
    pub fn at(&self, row: usize) -> f64 {
        match self {
            Coef::One(value) => *value,
            Coef::Each(values) => values[row],
        }
    }

    /// The numbers: one for all, or one each.
    #[must_use]
    pub fn to_vec(&self) -> Vec<f64> {
        match self {
            Coef::One(value) => vec![*value],
            Coef::Each(values) => values.to_vec(),
        }
    }

    /// The border's form; valid while `self` is borrowed.
    fn reals(&self) -> abi::Reals {
        match self {
            Coef::One(value) => abi::Reals { v: value, n: 1 },
            Coef::Each(values) => abi::Reals { v: values.as_ptr(), n: values.len() as u64 },
        }
    }
}

/// The form of a prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prediction {
    /// `grad log p_t(x)`.
    Score = abi::PREDICT_SCORE as isize,
    /// `E[eps | x_t]`.
    Eps = abi::PREDICT_EPS as isize,
    /// `E[x0 | x_t]`.
    X0 = abi::PREDICT_X0 as isize,
    /// `alpha eps − sigma x0`.
    V = abi::PREDICT_V as isize,
    /// dx/dt of the probability flow, `alpha' x0 + sigma' eps`.
    Velocity = abi::PREDICT_VELOCITY as isize,
}

/// A function of time, see [`Host::lookup`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// alpha.
    Alpha = abi::ALPHA as isize,
    /// sigma.
    Sigma = abi::SIGMA as isize,
    /// `ln(alpha/sigma)`.
    Lambda = abi::LAMBDA as isize,
    /// sigma/alpha.
    Ratio = abi::RATIO as isize,
    /// `f = alpha'/alpha`.
    Drift = abi::DRIFT as isize,
    /// `g²`.
    Diffusion2 = abi::DIFFUSION2 as isize,
    /// alpha'.
    AlphaDot = abi::ALPHA_DOT as isize,
    /// sigma'.
    SigmaDot = abi::SIGMA_DOT as isize,
}

/// The process at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The time.
    pub t: f64,
    /// alpha(t).
    pub alpha: f64,
    /// sigma(t).
    pub sigma: f64,
    /// `ln(alpha/sigma)`.
    pub lambda: f64,
    /// sigma/alpha.
    pub ratio: f64,
    /// `f = alpha'/alpha`.
    pub drift: f64,
    /// `g²`.
    pub diffusion2: f64,
}

/// Normals added by [`Host::combine_noise`].
#[derive(Clone, Copy, Debug)]
pub enum Noise<'a> {
    /// Fresh normals of a declared stream; use a (stream, counter) pair once a run.
    Draw {
        /// Position in [`Info::streams`](crate::Info::streams).
        stream: u32,
        /// Which draw.
        counter: u64,
        /// Standard deviation.
        scale: Coef<'a>,
    },
    /// The normalised increment of the sample's Brownian path from `t` to `s`.
    Path {
        /// Begin.
        t: Coef<'a>,
        /// End, `s < t`.
        s: Coef<'a>,
        /// Standard deviation.
        scale: Coef<'a>,
    },
}

/// The host during one call.
#[derive(Clone, Copy, Debug)]
pub struct Host<'a> {
    table: &'a abi::Host,
    ctx: *mut abi::Context,
}

const NO_REALS: abi::Reals = abi::Reals { v: std::ptr::null(), n: 0 };

/// Calls a function of the host's table.
macro_rules! call {
    ($self:ident . $name:ident ( $($arg:expr),* $(,)? )) => {
        match $self.table.$name {
            // SAFETY: the table and the context are the host's for the length of this call, and the
            // pointers among the arguments come from live borrows of the right length.
            Some(f) => unsafe { f($self.ctx, $($arg),*) },
            None => return Err(Failure::unsupported(concat!("the host has no function `", stringify!($name), "`"))),
        }
    };
}

impl<'a> Host<'a> {
    /// # Safety
    /// `table` and `ctx` come from the host and are valid for `'a`.
    pub(crate) unsafe fn new(table: &'a abi::Host, ctx: *mut abi::Context) -> Self {
        Self { table, ctx }
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
    /// [`Failure`] of the host.
    pub fn select(&self, out: Tensor, mask: &[u32], a: Tensor, b: Tensor) -> Result<(), Failure> {
        Failure::of(call!(self.select(out.0, mask.as_ptr(), a.0, b.0)))
    }

    /// The root mean square of each active row.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn rms(&self, x: Tensor, out: &mut [f64]) -> Result<(), Failure> {
        Failure::of(call!(self.norms(1, &x.0, abi::NORM_RMS, out.as_mut_ptr())))
    }

    /// The Euclidean norm of each active row.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn norm(&self, x: Tensor, out: &mut [f64]) -> Result<(), Failure> {
        Failure::of(call!(self.norms(1, &x.0, abi::NORM_L2, out.as_mut_ptr())))
    }

    /// Per active row the RMS of `(high − low)/(atol + rtol max(|a|, |b|))`, as in Hairer, Nørsett and Wanner,
    /// Solving Ordinary Differential Equations I, equations II.4.10 and 11.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn error_norm(
        &self,
        (high, low): (Tensor, Tensor),
        (a, b): (Tensor, Tensor),
        (atol, rtol): (f64, f64),
        out: &mut [f64],
    ) -> Result<(), Failure> {
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

    /// `out[j n + i] = what[j]` at the i-th of n times.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn lookup(&self, what: &[What], t: Coef<'_>, out: &mut [f64]) -> Result<(), Failure> {
        let n = match t {
            Coef::One(_) => 1,
            Coef::Each(t) => t.len(),
        };
        assert!(out.len() >= n * what.len(), "lookup needs room for {} numbers, found {}", n * what.len(), out.len());
        let mut codes = [0; 8];
        for (code, w) in codes.iter_mut().zip(what) {
            *code = *w as u32;
        }
        Failure::of(call!(self.lookup(what.len().min(8) as u32, codes.as_ptr(), t.reals(), out.as_mut_ptr())))
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
    /// [`Failure`] of the host.
    pub fn times_of(&self, what: What, values: Coef<'_>, out: &mut [f64]) -> Result<(), Failure> {
        let n = values.reals().n as usize;
        assert!(out.len() >= n, "times_of needs room for {n} numbers, found {}", out.len());
        Failure::of(call!(self.time_of(what as u32, values.reals(), out.as_mut_ptr())))
    }

    /// One uniform in (0, 1) an active row.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn uniforms(&self, stream: u32, counter: u64, out: &mut [f64]) -> Result<(), Failure> {
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
