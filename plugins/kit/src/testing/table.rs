//! The functions of the host of one number.

use super::bench::Bench;
use super::extensions::extension;
use crate::abi::{self, Context, Noise, Reals, Status, Tensor};
use std::ffi::{CStr, c_char};

pub(super) static TABLE: abi::Host = abi::Host {
    struct_size: size_of::<abi::Host>() as u32,
    reserved: 0,
    name: c"ito-kit testing".as_ptr(),
    version: c"0".as_ptr(),
    extension: Some(extension),
    log: Some(log),
    fail: Some(fail),
    cancelled: Some(cancelled),
    make: Some(make),
    free: Some(free),
    describe: None,
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

/// Runs one operation; its sentence stays with the bench.
///
/// # Safety
/// `ctx` is the bench of the call, which nothing else uses.
pub(super) unsafe fn with(ctx: *mut Context, operation: impl FnOnce(&mut Bench) -> Result<(), String>) -> Status {
    // SAFETY: by the condition above.
    let bench = unsafe { &mut *ctx.cast::<Bench>() };
    if let Some((status, _)) = &bench.failure {
        return *status;
    }
    match operation(bench) {
        Ok(()) => abi::OK,
        Err(text) => {
            bench.failure = Some((abi::E_INVALID, text));
            abi::E_INVALID
        }
    }
}

impl Bench<'_> {
    pub(super) fn get(&self, tensor: Tensor) -> Result<f64, String> {
        let at = (tensor as usize).checked_sub(1).and_then(|i| self.tensors.get(i));
        at.copied().ok_or_else(|| format!("tensor {tensor} does not exist"))
    }

    pub(super) fn set(&mut self, tensor: Tensor, value: f64) -> Result<(), String> {
        self.get(tensor)?;
        self.tensors[tensor as usize - 1] = value;
        Ok(())
    }
}

/// The one number of a list that has one a row.
///
/// # Safety
/// `reals.v` leads to `reals.n` numbers.
pub(super) unsafe fn one(reals: &Reals) -> Result<f64, String> {
    if reals.n != 1 {
        return Err(format!("{} numbers for one row", reals.n));
    }
    // SAFETY: by the condition above.
    Ok(unsafe { *reals.v })
}

unsafe extern "C-unwind" fn log(_: *mut Context, _: i32, text: *const c_char) {
    // SAFETY: a text ends in NUL, by the header.
    eprintln!("{}", unsafe { CStr::from_ptr(text) }.to_string_lossy());
}

unsafe extern "C-unwind" fn fail(ctx: *mut Context, code: Status, text: *const c_char) -> Status {
    // SAFETY: a text ends in NUL and the context is the bench, by the header.
    unsafe {
        let text = CStr::from_ptr(text).to_string_lossy().into_owned();
        (*ctx.cast::<Bench>()).failure.get_or_insert((code, text));
    }
    code
}

unsafe extern "C-unwind" fn cancelled(_: *mut Context) -> i32 {
    0
}

unsafe extern "C-unwind" fn make(ctx: *mut Context, _: *const c_char, out: *mut Tensor) -> Status {
    // SAFETY: `out` is valid, by the header.
    unsafe {
        with(ctx, |bench| {
            *out = bench.add(0.0);
            Ok(())
        })
    }
}

unsafe extern "C-unwind" fn free(ctx: *mut Context, tensor: Tensor) -> Status {
    // SAFETY: by the header.
    unsafe { with(ctx, |bench| bench.get(tensor).map(drop)) }
}

unsafe extern "C-unwind" fn combine(
    ctx: *mut Context,
    out: Tensor,
    k: u32,
    c: *const Reals,
    x: *const Tensor,
    noise: *const Noise,
) -> Status {
    // SAFETY: there are k coefficients and tensors, and the noise is null or valid, by the header.
    unsafe {
        with(ctx, |bench| {
            let mut sum = 0.0;
            for j in 0..k as usize {
                sum += one(&*c.add(j))? * bench.get(*x.add(j))?;
            }
            if !noise.is_null() {
                sum += one(&(*noise).scale)? * bench.draw()?;
            }
            bench.set(out, sum)
        })
    }
}

unsafe extern "C-unwind" fn multiply(ctx: *mut Context, out: Tensor, a: Tensor, b: Tensor) -> Status {
    // SAFETY: by the header.
    unsafe { with(ctx, |bench| bench.set(out, bench.get(a)? * bench.get(b)?)) }
}

unsafe extern "C-unwind" fn clamp(ctx: *mut Context, out: Tensor, x: Tensor, lo: f64, hi: f64) -> Status {
    // SAFETY: by the header.
    unsafe { with(ctx, |bench| bench.set(out, bench.get(x)?.max(lo).min(hi))) }
}

unsafe extern "C-unwind" fn select(ctx: *mut Context, out: Tensor, mask: *const u32, a: Tensor, b: Tensor) -> Status {
    // SAFETY: the mask has one entry a row, by the header.
    unsafe { with(ctx, |bench| bench.set(out, bench.get(if *mask != 0 { a } else { b })?)) }
}

unsafe extern "C-unwind" fn norms(ctx: *mut Context, n: u32, x: *const Tensor, _: u32, out: *mut f64) -> Status {
    // SAFETY: there are n tensors and room for n numbers, by the header. All norms of one number are its size.
    unsafe {
        with(ctx, |bench| {
            for j in 0..n as usize {
                *out.add(j) = bench.get(*x.add(j))?.abs();
            }
            Ok(())
        })
    }
}

unsafe extern "C-unwind" fn dot(ctx: *mut Context, a: Tensor, b: Tensor, out: *mut f64) -> Status {
    // SAFETY: there is room for one number, by the header.
    unsafe {
        with(ctx, |bench| {
            *out = bench.get(a)? * bench.get(b)?;
            Ok(())
        })
    }
}

unsafe extern "C-unwind" fn error_norm(
    ctx: *mut Context,
    high: Tensor,
    low: Tensor,
    a: Tensor,
    b: Tensor,
    atol: f64,
    rtol: f64,
    mix: u32,
    out: *mut f64,
) -> Status {
    // SAFETY: there is room for one number, by the header.
    unsafe {
        with(ctx, |bench| {
            let m = rtol * bench.get(a)?.abs().max(bench.get(b)?.abs());
            let tolerance = if mix == abi::MIX_MAX { atol.max(m) } else { atol + m };
            *out = ((bench.get(high)? - bench.get(low)?) / tolerance).abs();
            Ok(())
        })
    }
}

unsafe extern "C-unwind" fn uniforms(ctx: *mut Context, _: u32, _: u64, out: *mut f64) -> Status {
    // SAFETY: there is room for one number, by the header.
    unsafe {
        with(ctx, |bench| {
            *out = bench.uniform()?;
            Ok(())
        })
    }
}

unsafe extern "C-unwind" fn inner_step(
    ctx: *mut Context,
    _: abi::InnerSampler,
    x: Tensor,
    t: Reals,
    s: Reals,
    flags: u32,
) -> Status {
    // SAFETY: by the header.
    unsafe {
        with(ctx, |bench| {
            let end = bench.euler(bench.get(x)?, one(&t)?, one(&s)?, flags & abi::STEP_CLEAN != 0)?;
            bench.set(x, end)
        })
    }
}

unsafe extern "C-unwind" fn eval(ctx: *mut Context, x: Tensor, t: Reals, prediction: u32, out: Tensor) -> Status {
    // SAFETY: by the header.
    unsafe {
        with(ctx, |bench| {
            let value = bench.predict(bench.get(x)?, one(&t)?, prediction)?;
            bench.evaluations += 1;
            bench.depth += 1;
            bench.set(out, value)
        })
    }
}

unsafe extern "C-unwind" fn lookup(ctx: *mut Context, n: u32, what: *const u32, t: Reals, out: *mut f64) -> Status {
    // SAFETY: there are n functions, t.n times and room for n t.n numbers, by the header.
    unsafe {
        with(ctx, |bench| {
            for j in 0..n as usize {
                for i in 0..t.n as usize {
                    *out.add(j * t.n as usize + i) = bench.at(*what.add(j), *t.v.add(i))?;
                }
            }
            Ok(())
        })
    }
}

unsafe extern "C-unwind" fn time_of(ctx: *mut Context, what: u32, values: Reals, out: *mut f64) -> Status {
    // SAFETY: there are values.n numbers and room for as many, by the header.
    unsafe {
        with(ctx, |bench| {
            for i in 0..values.n as usize {
                *out.add(i) = bench.time_of(what, *values.v.add(i))?;
            }
            Ok(())
        })
    }
}
