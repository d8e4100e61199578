//! The extensions of the host of one number.

use super::table::{one, with};
use crate::abi::{self, Context, Reals, Status, Tensor};
use std::ffi::{CStr, c_char, c_void};

static ENERGY: abi::Energy =
    abi::Energy { struct_size: size_of::<abi::Energy>() as u32, reserved: 0, log_density: Some(log_density) };

static BLOCKS: abi::Blocks =
    abi::Blocks { struct_size: size_of::<abi::Blocks>() as u32, reserved: 0, evals: Some(evals) };

pub(super) unsafe extern "C-unwind" fn extension(_: *const abi::Host, id: *const c_char) -> *const c_void {
    // SAFETY: an id ends in NUL, by the header.
    match unsafe { CStr::from_ptr(id) } {
        id if id == crate::ENERGY => (&raw const ENERGY).cast(),
        id if id == crate::BLOCKS => (&raw const BLOCKS).cast(),
        _ => std::ptr::null(),
    }
}

unsafe extern "C-unwind" fn log_density(ctx: *mut Context, x: Tensor, t: Reals, out: *mut f64) -> Status {
    // SAFETY: there is room for one number, by the header.
    unsafe {
        with(ctx, |bench| {
            *out = bench.log_density(bench.get(x)?, one(&t)?);
            Ok(())
        })
    }
}

unsafe extern "C-unwind" fn evals(
    ctx: *mut Context,
    n: u32,
    x: *const Tensor,
    t: *const Reals,
    prediction: u32,
    out: *const Tensor,
    mask: *const u32,
) -> Status {
    // SAFETY: there are n tensors, times and places, and as many entries of the mask for one row, by the header.
    unsafe {
        with(ctx, |bench| {
            let asked = (0..n as usize).filter(|j| mask.is_null() || *mask.add(*j) != 0);
            let values: Vec<(usize, f64)> = asked
                .map(|j| bench.predict(bench.get(*x.add(j))?, one(&*t.add(j))?, prediction).map(|value| (j, value)))
                .collect::<Result<_, String>>()?;
            bench.evaluations += values.len() as u64;
            bench.depth += u64::from(!values.is_empty());
            values.into_iter().try_for_each(|(j, value)| bench.set(*out.add(j), value))
        })
    }
}
