//! The host's functions behind the border: C arguments in, [`Context`] calls, a status out.
//!
//! A panic of the host would unwind through the plugin's frames, so it is caught here too.

mod arguments;
mod model;
mod tensors;

use crate::sampler::{Context, Failure, Fault};
use arguments::enter;
use ito_abi as abi;
use model::{eval, evals, inner_step, log_density, lookup, time_of};
use std::ffi::{CStr, CString, c_char, c_void};
use std::sync::LazyLock;
use std::sync::atomic::Ordering;
use tensors::{clamp, combine, describe, dot, error_norm, free, make, multiply, norms, select, uniforms};

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

/// Id of the extension that scores in closed form alone can serve.
pub const ENERGY: &str = "ito.energy/1";

/// Ids of the extensions of this host; a sampler that requires another one is refused before it is created.
pub(super) const EXTENSIONS: [&str; 3] = ["ito.levy-area/1", ENERGY, "ito.blocks/1"];

static LEVY_AREA_TABLE: abi::Extension =
    abi::Extension { struct_size: size_of::<abi::Extension>() as u32, reserved: 0 };
static ENERGY_TABLE: abi::Energy =
    abi::Energy { struct_size: size_of::<abi::Energy>() as u32, reserved: 0, log_density: Some(log_density) };
static BLOCKS_TABLE: abi::Blocks =
    abi::Blocks { struct_size: size_of::<abi::Blocks>() as u32, reserved: 0, evals: Some(evals) };

unsafe extern "C-unwind" fn extension(_: *const abi::Host, id: *const c_char) -> *const c_void {
    if id.is_null() {
        return std::ptr::null();
    }
    // SAFETY: a text ends in NUL, by the header.
    let id = unsafe { CStr::from_ptr(id) };
    match EXTENSIONS.iter().position(|known| id.to_bytes() == known.as_bytes()) {
        Some(0) => (&raw const LEVY_AREA_TABLE).cast(),
        Some(1) => (&raw const ENERGY_TABLE).cast(),
        Some(2) => (&raw const BLOCKS_TABLE).cast(),
        _ => std::ptr::null(),
    }
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
    // SAFETY: the pointer is the host's and its context lives, by the header. Another thread may be in a host call and
    // hold a `&mut Context`, so no reference to the context is made here: the one field is read by its own address. It is
    // set before the pointer is handed out and never written again, so that nothing races with the read, and no host call
    // writes to it, so that none is disturbed by it.
    let flag = unsafe { (&raw const (*ctx.cast::<Context<'_>>()).cancel).read() };
    i32::from(flag.load(Ordering::Relaxed))
}
