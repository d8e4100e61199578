//! The host's functions behind the border: C arguments in, [`Context`] calls, a status out.
//!
//! A panic of the host would unwind through the plugin's frames, so it is caught here too.

use crate::sampler::{Context, Failure, Fault, Lookup, NoiseAsk};
use crate::score::Prediction;
use crate::state::{Coef, Dtype, Mix, Norm};
use ito_abi as abi;
use std::ffi::{CStr, CString, c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

pub(super) const NAME: &CStr = c"ito";

pub(super) fn version() -> &'static CStr {
    VERSION
}

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => c"unknown",
};

pub(super) fn header_hash() -> &'static CStr {
    static HASH: LazyLock<CString> = LazyLock::new(|| CString::new(abi::HEADER_HASH).unwrap_or_default());
    &HASH
}

pub(super) static HOST: abi::Host = abi::Host {
    struct_size: size_of::<abi::Host>() as u32,
    reserved: 0,
    name: NAME.as_ptr(),
    version: VERSION.as_ptr(),
    extension: Some(extension),
    log: Some(log),
    fail: Some(fail),
    cancelled: Some(cancelled),
    make: Some(make),
    free: Some(free),
    describe: Some(describe),
    combine: Some(combine),
    multiply: Some(multiply),
    clamp: Some(clamp),
    select: Some(select),
    norms: Some(norms),
    dot: Some(dot),
    error_norm: Some(error_norm),
    uniforms: Some(uniforms),
    eval: Some(eval),
    lookup: Some(lookup),
    time_of: Some(time_of),
    inner_step: Some(inner_step),
};

/// The fault that a status stands for.
pub(super) fn fault(status: abi::Status) -> Fault {
    match status {
        abi::E_INVALID => Fault::Invalid,
        abi::E_UNSUPPORTED => Fault::Unsupported,
        abi::E_NOMEM => Fault::OutOfMemory,
        abi::E_HANDLE => Fault::Handle,
        abi::E_STATE => Fault::State,
        abi::E_CANCELLED => Fault::Cancelled,
        abi::E_MODEL => Fault::Model,
        abi::E_PANIC => Fault::Panic,
        _ => Fault::Internal,
    }
}

fn status(fault: Fault) -> abi::Status {
    match fault {
        Fault::Invalid => abi::E_INVALID,
        Fault::Unsupported => abi::E_UNSUPPORTED,
        Fault::OutOfMemory => abi::E_NOMEM,
        Fault::Handle => abi::E_HANDLE,
        Fault::State => abi::E_STATE,
        Fault::Cancelled | Fault::TimedOut => abi::E_CANCELLED,
        Fault::Model => abi::E_MODEL,
        Fault::Panic => abi::E_PANIC,
        Fault::Internal => abi::E_INTERNAL,
    }
}

/// Runs a host function on the context behind the pointer.
///
/// # Safety
/// `ctx` is null or the pointer that the host gave to the running call.
unsafe fn enter(ctx: *mut abi::Context, f: impl FnOnce(&mut Context<'_>) -> Result<(), Failure>) -> abi::Status {
    if ctx.is_null() {
        return abi::E_INVALID;
    }
    // SAFETY: the host made the pointer from a `&mut Context` that nobody uses during the plugin's call,
    // and calls on one instance never overlap.
    let ctx = unsafe { &mut *ctx.cast::<Context<'_>>() };
    match catch_unwind(AssertUnwindSafe(|| f(ctx))) {
        Ok(Ok(())) => abi::OK,
        Ok(Err(failure)) => status(ctx.fail(failure).fault),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default();
            ctx.fail(Failure::new(Fault::Internal, format!("ito itself panicked (please report this): {text}")));
            abi::E_INTERNAL
        }
    }
}

fn null(what: &str) -> Failure {
    Failure::new(Fault::Invalid, format!("{what} is a null pointer"))
}

/// # Safety
/// `p` is null or leads to `n` values valid for `'a`.
unsafe fn slice<'a, T>(p: *const T, n: usize, what: &str) -> Result<&'a [T], Failure> {
    if n == 0 {
        Ok(&[])
    } else if p.is_null() {
        Err(null(what))
    } else {
        // SAFETY: by the condition above.
        Ok(unsafe { std::slice::from_raw_parts(p, n) })
    }
}

/// # Safety
/// `p` is null or leads to `n` values that nobody else uses during `'a`.
unsafe fn slice_mut<'a, T>(p: *mut T, n: usize, what: &str) -> Result<&'a mut [T], Failure> {
    if n == 0 {
        Ok(&mut [])
    } else if p.is_null() {
        Err(null(what))
    } else {
        // SAFETY: by the condition above.
        Ok(unsafe { std::slice::from_raw_parts_mut(p, n) })
    }
}

/// # Safety
/// `r.v` is null or leads to `r.n` numbers valid for `'a`.
unsafe fn reals<'a>(r: abi::Reals, what: &str) -> Result<&'a [f64], Failure> {
    // SAFETY: by the condition above.
    unsafe { slice(r.v, r.n as usize, what) }
}

/// # Safety
/// As for [`reals`].
unsafe fn coef<'a>(r: abi::Reals, what: &str) -> Result<Coef<'a>, Failure> {
    // SAFETY: by the condition above.
    match unsafe { reals(r, what) }? {
        [one] => Ok(Coef::One(*one)),
        [] => Err(Failure::new(Fault::Invalid, format!("{what} has no numbers; allowed: 1 or one an active row"))),
        each => Ok(Coef::Each(each)),
    }
}

fn prediction(code: u32) -> Result<Prediction, Failure> {
    Ok(match code {
        abi::PREDICT_SCORE => Prediction::Score,
        abi::PREDICT_EPS => Prediction::Eps,
        abi::PREDICT_X0 => Prediction::X0,
        abi::PREDICT_V => Prediction::V,
        abi::PREDICT_VELOCITY => Prediction::Velocity,
        _ => return Err(Failure::new(Fault::Invalid, format!("prediction {code} is unknown; allowed: 1 to 5"))),
    })
}

fn what(code: u32) -> Result<Lookup, Failure> {
    Ok(match code {
        abi::ALPHA => Lookup::Alpha,
        abi::SIGMA => Lookup::Sigma,
        abi::LAMBDA => Lookup::Lambda,
        abi::RATIO => Lookup::Ratio,
        abi::DRIFT => Lookup::Drift,
        abi::DIFFUSION2 => Lookup::Diffusion2,
        abi::ALPHA_DOT => Lookup::AlphaDot,
        abi::SIGMA_DOT => Lookup::SigmaDot,
        _ => return Err(Failure::new(Fault::Invalid, format!("look-up {code} is unknown; allowed: 1 to 8"))),
    })
}

unsafe extern "C-unwind" fn extension(_: *const abi::Host, _: *const c_char) -> *const c_void {
    // This host has no extensions yet; a sampler that requires one is refused before it is created.
    std::ptr::null()
}

unsafe extern "C-unwind" fn log(_: *mut abi::Context, level: i32, text: *const c_char) {
    if text.is_null() {
        return;
    }
    // SAFETY: a text ends in NUL, by the header.
    let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
    match level {
        abi::LOG_WARN => tracing::warn!(target: "plugin", "{text}"),
        abi::LOG_INFO => tracing::info!(target: "plugin", "{text}"),
        _ => tracing::debug!(target: "plugin", "{text}"),
    }
}

unsafe extern "C-unwind" fn fail(ctx: *mut abi::Context, code: abi::Status, text: *const c_char) -> abi::Status {
    let text = if text.is_null() {
        String::new()
    } else {
        // SAFETY: a text ends in NUL, by the header.
        unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
    };
    // SAFETY: by the header.
    unsafe { enter(ctx, |_| Err(Failure::new(fault(code), text))) };
    code
}

unsafe extern "C-unwind" fn cancelled(ctx: *mut abi::Context) -> i32 {
    if ctx.is_null() {
        return 0;
    }
    // SAFETY: as in `enter`; only an atomic is read.
    i32::from(unsafe { &*ctx.cast::<Context<'_>>() }.cancelled())
}

unsafe extern "C-unwind" fn make(ctx: *mut abi::Context, tag: *const c_char, out: *mut abi::Tensor) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe {
        enter(ctx, |c| {
            let tag = if tag.is_null() { "".into() } else { CStr::from_ptr(tag).to_string_lossy() };
            *out.as_mut().ok_or_else(|| null("out of make"))? = c.make(&tag)?;
            Ok(())
        })
    }
}

unsafe extern "C-unwind" fn free(ctx: *mut abi::Context, tensor: abi::Tensor) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe { enter(ctx, |c| c.free(tensor)) }
}

unsafe extern "C-unwind" fn describe(
    ctx: *mut abi::Context,
    tensor: abi::Tensor,
    out: *mut abi::TensorInfo,
) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe {
        enter(ctx, |c| {
            let out = out.as_mut().ok_or_else(|| null("out of describe"))?;
            c.check_handle(tensor)?;
            let (rows, dim, dtype) = c.describe();
            out.dtype = match dtype {
                Dtype::F32 => abi::DTYPE_F32,
                Dtype::F64 => abi::DTYPE_F64,
            };
            (out.rows, out.dim) = (rows as u64, dim as u64);
            Ok(())
        })
    }
}

unsafe extern "C-unwind" fn combine(
    ctx: *mut abi::Context,
    out: abi::Tensor,
    k: u32,
    c: *const abi::Reals,
    x: *const abi::Tensor,
    noise: *const abi::Noise,
) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe {
        enter(ctx, |host| {
            let k = k as usize;
            let (c, x) = (slice(c, k, "c of combine")?, slice(x, k, "x of combine")?);
            let mut terms = [(Coef::One(0.0), 0); 16];
            if k > terms.len() {
                return Err(Failure::new(Fault::Invalid, format!("combine has {k} tensors; allowed: at most 16")));
            }
            for ((term, c), x) in terms.iter_mut().zip(c).zip(x) {
                *term = (coef(*c, "a coefficient of combine")?, *x);
            }
            let noise = noise.as_ref().map(|n| ask(n)).transpose()?;
            host.combine(out, &terms[..k], noise)
        })
    }
}

/// # Safety
/// The pointers of `n` follow the header.
unsafe fn ask<'a>(n: &abi::Noise) -> Result<NoiseAsk<'a>, Failure> {
    // SAFETY: by the condition above.
    unsafe {
        let scale = coef(n.scale, "the scale of noise")?;
        match n.kind {
            abi::DRAW => Ok(NoiseAsk::Draw { stream: n.stream, counter: n.counter, scale }),
            abi::PATH => {
                Ok(NoiseAsk::Path { t: reals(n.t, "the begin of PATH")?, s: reals(n.s, "the end of PATH")?, scale })
            }
            other => {
                Err(Failure::new(Fault::Invalid, format!("noise kind {other} is unknown; allowed: 1 DRAW, 2 PATH")))
            }
        }
    }
}

unsafe extern "C-unwind" fn multiply(
    ctx: *mut abi::Context,
    out: abi::Tensor,
    a: abi::Tensor,
    b: abi::Tensor,
) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe { enter(ctx, |c| c.multiply(out, a, b)) }
}

unsafe extern "C-unwind" fn clamp(
    ctx: *mut abi::Context,
    out: abi::Tensor,
    x: abi::Tensor,
    lo: f64,
    hi: f64,
) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe { enter(ctx, |c| c.clamp(out, x, lo, hi)) }
}

unsafe extern "C-unwind" fn select(
    ctx: *mut abi::Context,
    out: abi::Tensor,
    mask: *const u32,
    a: abi::Tensor,
    b: abi::Tensor,
) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe {
        enter(ctx, |c| {
            let mask = slice(mask, c.rows(), "mask of select")?;
            c.select(out, mask, a, b)
        })
    }
}

unsafe extern "C-unwind" fn norms(
    ctx: *mut abi::Context,
    n: u32,
    x: *const abi::Tensor,
    kind: u32,
    out: *mut f64,
) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe {
        enter(ctx, |c| {
            let kind = match kind {
                abi::NORM_L2 => Norm::L2,
                abi::NORM_RMS => Norm::Rms,
                abi::NORM_MAX => Norm::Max,
                _ => return Err(Failure::new(Fault::Invalid, format!("norm {kind} is unknown; allowed: 1 to 3"))),
            };
            let (x, rows) = (slice(x, n as usize, "x of norms")?, c.rows());
            let out = slice_mut(out, rows * n as usize, "out of norms")?;
            for (j, &x) in x.iter().enumerate() {
                c.norm(x, kind, &mut out[j * rows..(j + 1) * rows])?;
            }
            Ok(())
        })
    }
}

unsafe extern "C-unwind" fn dot(ctx: *mut abi::Context, a: abi::Tensor, b: abi::Tensor, out: *mut f64) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe {
        enter(ctx, |c| {
            let out = slice_mut(out, c.rows(), "out of dot")?;
            c.dot(a, b, out)
        })
    }
}

unsafe extern "C-unwind" fn error_norm(
    ctx: *mut abi::Context,
    high: abi::Tensor,
    low: abi::Tensor,
    a: abi::Tensor,
    b: abi::Tensor,
    atol: f64,
    rtol: f64,
    mix: u32,
    out: *mut f64,
) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe {
        enter(ctx, |c| {
            let mix = match mix {
                abi::MIX_MAX => Mix::Max,
                abi::MIX_SUM => Mix::Sum,
                _ => return Err(Failure::new(Fault::Invalid, format!("mix {mix} is unknown; allowed: 1, 2"))),
            };
            let out = slice_mut(out, c.rows(), "out of error_norm")?;
            c.error_norm((high, low), (a, b), (atol, rtol), mix, out)
        })
    }
}

unsafe extern "C-unwind" fn uniforms(ctx: *mut abi::Context, stream: u32, counter: u64, out: *mut f64) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe {
        enter(ctx, |c| {
            let out = slice_mut(out, c.rows(), "out of uniforms")?;
            c.uniforms(stream, counter, out)
        })
    }
}

unsafe extern "C-unwind" fn eval(
    ctx: *mut abi::Context,
    x: abi::Tensor,
    t: abi::Reals,
    want: u32,
    out: abi::Tensor,
) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe { enter(ctx, |c| c.eval(x, reals(t, "the time of an evaluation")?, prediction(want)?, out)) }
}

unsafe extern "C-unwind" fn lookup(
    ctx: *mut abi::Context,
    n: u32,
    codes: *const u32,
    t: abi::Reals,
    out: *mut f64,
) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe {
        enter(ctx, |c| {
            let n = n as usize;
            let mut list = [Lookup::Alpha; 8];
            if n > list.len() {
                return Err(Failure::new(Fault::Invalid, format!("lookup of {n} functions; allowed: at most 8")));
            }
            for (entry, code) in list.iter_mut().zip(slice(codes, n, "what of lookup")?) {
                *entry = what(*code)?;
            }
            let t = reals(t, "the times of lookup")?;
            let out = slice_mut(out, n * t.len(), "out of lookup")?;
            c.lookup(&list[..n], t, out)
        })
    }
}

unsafe extern "C-unwind" fn time_of(
    ctx: *mut abi::Context,
    code: u32,
    values: abi::Reals,
    out: *mut f64,
) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe {
        enter(ctx, |c| {
            let values = reals(values, "the values of time_of")?;
            let out = slice_mut(out, values.len(), "out of time_of")?;
            c.time_of(what(code)?, values, out)
        })
    }
}

unsafe extern "C-unwind" fn inner_step(
    ctx: *mut abi::Context,
    sampler: abi::InnerSampler,
    x: abi::Tensor,
    t: abi::Reals,
    s: abi::Reals,
    flags: u32,
) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe {
        enter(ctx, |c| {
            let (t, s) = (reals(t, "the begin of an inner step")?, reals(s, "the end of an inner step")?);
            let has = |bit| flags & bit != 0;
            let flags = (has(abi::STEP_LAST), has(abi::STEP_MEAN), has(abi::STEP_CLEAN));
            c.inner_step(sampler, x, (t, s), flags)
        })
    }
}
