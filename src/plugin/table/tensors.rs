//! Operations on tensors, as C calls them.

use super::arguments::{ask, coef, enter, null, slice, slice_mut};
use crate::sampler::{Failure, Fault};
use crate::state::{Coef, Dtype, Mix, Norm};
use ito_abi as abi;
use std::ffi::{CStr, c_char};

pub(super) unsafe extern "C-unwind" fn make(
    ctx: *mut abi::Context,
    tag: *const c_char,
    out: *mut abi::Tensor,
) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe {
        enter(ctx, |c| {
            let tag = if tag.is_null() { "".into() } else { CStr::from_ptr(tag).to_string_lossy() };
            *out.as_mut().ok_or_else(|| null("out of make"))? = c.make(&tag)?;
            Ok(())
        })
    }
}

pub(super) unsafe extern "C-unwind" fn free(ctx: *mut abi::Context, tensor: abi::Tensor) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe { enter(ctx, |c| c.free(tensor)) }
}

pub(super) unsafe extern "C-unwind" fn describe(
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

pub(super) unsafe extern "C-unwind" fn combine(
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

pub(super) unsafe extern "C-unwind" fn multiply(
    ctx: *mut abi::Context,
    out: abi::Tensor,
    a: abi::Tensor,
    b: abi::Tensor,
) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe { enter(ctx, |c| c.multiply(out, a, b)) }
}

pub(super) unsafe extern "C-unwind" fn clamp(
    ctx: *mut abi::Context,
    out: abi::Tensor,
    x: abi::Tensor,
    lo: f64,
    hi: f64,
) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe { enter(ctx, |c| c.clamp(out, x, lo, hi)) }
}

pub(super) unsafe extern "C-unwind" fn select(
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

pub(super) unsafe extern "C-unwind" fn norms(
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

pub(super) unsafe extern "C-unwind" fn dot(
    ctx: *mut abi::Context,
    a: abi::Tensor,
    b: abi::Tensor,
    out: *mut f64,
) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe {
        enter(ctx, |c| {
            let out = slice_mut(out, c.rows(), "out of dot")?;
            c.dot(a, b, out)
        })
    }
}

pub(super) unsafe extern "C-unwind" fn error_norm(
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

pub(super) unsafe extern "C-unwind" fn uniforms(
    ctx: *mut abi::Context,
    stream: u32,
    counter: u64,
    out: *mut f64,
) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe {
        enter(ctx, |c| {
            let out = slice_mut(out, c.rows(), "out of uniforms")?;
            c.uniforms(stream, counter, out)
        })
    }
}
