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
) -> Status {
    // SAFETY: there are n tensors, times and places, by the header.
    unsafe {
        with(ctx, |bench| {
            let values: Vec<f64> = (0..n as usize)
                .map(|j| bench.predict(bench.get(*x.add(j))?, one(&*t.add(j))?, prediction))
                .collect::<Result<_, _>>()?;
            bench.evaluations += u64::from(n);
            bench.depth += 1;
            values.into_iter().enumerate().try_for_each(|(j, value)| bench.set(*out.add(j), value))
        })
    }
}
