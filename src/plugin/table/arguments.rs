//! What every function of the table does with its arguments: pointers to borrows, codes to names.

use super::status;
use crate::sampler::{Context, Failure, Fault, Lookup, NoiseAsk};
use crate::score::Prediction;
use crate::state::Coef;
use ito_abi as abi;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a host function on the context behind the pointer.
///
/// # Safety
/// `ctx` is null or the pointer that the host gave to the running call.
pub(super) unsafe fn enter(
    ctx: *mut abi::Context,
    f: impl FnOnce(&mut Context<'_>) -> Result<(), Failure>,
) -> abi::Status {
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

pub(super) fn null(what: &str) -> Failure {
    Failure::new(Fault::Invalid, format!("{what} is a null pointer"))
}

/// # Safety
/// `p` is null or leads to `n` values valid for `'a`.
pub(super) unsafe fn slice<'a, T>(p: *const T, n: usize, what: &str) -> Result<&'a [T], Failure> {
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
pub(super) unsafe fn slice_mut<'a, T>(p: *mut T, n: usize, what: &str) -> Result<&'a mut [T], Failure> {
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
pub(super) unsafe fn reals<'a>(r: abi::Reals, what: &str) -> Result<&'a [f64], Failure> {
    // SAFETY: by the condition above.
    unsafe { slice(r.v, r.n as usize, what) }
}

/// # Safety
/// As for [`reals`].
pub(super) unsafe fn coef<'a>(r: abi::Reals, what: &str) -> Result<Coef<'a>, Failure> {
    // SAFETY: by the condition above.
    match unsafe { reals(r, what) }? {
        [one] => Ok(Coef::One(*one)),
        [] => Err(Failure::new(Fault::Invalid, format!("{what} has no numbers; allowed: 1 or one an active row"))),
        each => Ok(Coef::Each(each)),
    }
}

pub(super) fn prediction(code: u32) -> Result<Prediction, Failure> {
    Ok(match code {
        abi::PREDICT_SCORE => Prediction::Score,
        abi::PREDICT_EPS => Prediction::Eps,
        abi::PREDICT_X0 => Prediction::X0,
        abi::PREDICT_V => Prediction::V,
        abi::PREDICT_VELOCITY => Prediction::Velocity,
        _ => return Err(Failure::new(Fault::Invalid, format!("prediction {code} is unknown; allowed: 1 to 5"))),
    })
}

pub(super) fn what(code: u32) -> Result<Lookup, Failure> {
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

/// # Safety
/// The pointers of `n` follow the header.
pub(super) unsafe fn ask<'a>(n: &abi::Noise) -> Result<NoiseAsk<'a>, Failure> {
    // SAFETY: by the condition above.
    unsafe {
        let scale = coef(n.scale, "the scale of noise")?;
        match n.kind {
            abi::DRAW => Ok(NoiseAsk::Draw { stream: n.stream, counter: n.counter, scale }),
            abi::PATH => {
                Ok(NoiseAsk::Path { t: reals(n.t, "the begin of PATH")?, s: reals(n.s, "the end of PATH")?, scale })
            }
            abi::AREA => {
                Ok(NoiseAsk::Area { t: reals(n.t, "the begin of AREA")?, s: reals(n.s, "the end of AREA")?, scale })
            }
            other => {
                let text = format!("noise kind {other} is unknown; allowed: 1 DRAW, 2 PATH, 3 AREA");
                Err(Failure::new(Fault::Invalid, text))
            }
        }
    }
}
