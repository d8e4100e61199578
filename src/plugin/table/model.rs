//! The model, the schedule and other samplers, as C calls them.

use super::arguments::{enter, prediction, reals, slice, slice_mut, what};
use crate::sampler::{Failure, Fault, Lookup};
use ito_abi as abi;

pub(super) unsafe extern "C-unwind" fn eval(
    ctx: *mut abi::Context,
    x: abi::Tensor,
    t: abi::Reals,
    want: u32,
    out: abi::Tensor,
) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe { enter(ctx, |c| c.eval(x, reals(t, "the time of an evaluation")?, prediction(want)?, out)) }
}

pub(super) unsafe extern "C-unwind" fn evals(
    ctx: *mut abi::Context,
    n: u32,
    x: *const abi::Tensor,
    t: *const abi::Reals,
    want: u32,
    out: *const abi::Tensor,
    mask: *const u32,
) -> abi::Status {
    // SAFETY: pointers follow the header.
    unsafe {
        enter(ctx, |c| {
            let n = n as usize;
            let (x, t, out) = (slice(x, n, "x of evals")?, slice(t, n, "t of evals")?, slice(out, n, "out of evals")?);
            let times = t.iter().map(|t| reals(*t, "the time of an evaluation"));
            let times = times.collect::<Result<Vec<_>, Failure>>()?;
            let asked: Vec<_> = x.iter().zip(times).zip(out).map(|((x, t), out)| (*x, t, *out)).collect();
            let mask = if mask.is_null() { None } else { Some(slice(mask, n * c.rows(), "mask of evals")?) };
            c.evals(&asked, mask, prediction(want)?)
        })
    }
}

pub(super) unsafe extern "C-unwind" fn log_density(
    ctx: *mut abi::Context,
    x: abi::Tensor,
    t: abi::Reals,
    out: *mut f64,
) -> abi::Status {
    // SAFETY: pointers follow the header; there is room for every active row.
    unsafe {
        enter(ctx, |c| {
            let out = slice_mut(out, c.rows(), "out of log_density")?;
            c.log_density(x, reals(t, "the time of a density")?, out)
        })
    }
}

pub(super) unsafe extern "C-unwind" fn lookup(
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

pub(super) unsafe extern "C-unwind" fn time_of(
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

pub(super) unsafe extern "C-unwind" fn inner_step(
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
