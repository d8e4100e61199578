//! What a sampler may call: the mirror of the header's part `host`.

use crate::{Context, InnerSampler, Reals, Status, Tensor};
use core::ffi::{c_char, c_void};

/// `ito_noise`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "fields are documented in the header")]
pub struct Noise {
    pub struct_size: u32,
    pub kind: u32,
    pub stream: u32,
    pub reserved: u32,
    pub counter: u64,
    pub t: Reals,
    pub s: Reals,
    pub scale: Reals,
}

/// `ito_extension`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "fields are documented in the header")]
pub struct Extension {
    pub struct_size: u32,
    pub reserved: u32,
}

/// `ito_energy`, the extension `ito.energy/1`.
#[repr(C)]
#[derive(Debug)]
#[allow(missing_docs, reason = "fields are documented in the header")]
pub struct Energy {
    pub struct_size: u32,
    pub reserved: u32,
    pub log_density: Option<unsafe extern "C-unwind" fn(*mut Context, Tensor, Reals, *mut f64) -> Status>,
}

/// `ito_blocks`, the extension `ito.blocks/1`.
#[repr(C)]
#[derive(Debug)]
#[allow(missing_docs, reason = "fields are documented in the header")]
pub struct Blocks {
    pub struct_size: u32,
    pub reserved: u32,
    pub evals: Option<
        unsafe extern "C-unwind" fn(
            *mut Context,
            u32,
            *const Tensor,
            *const Reals,
            u32,
            *const Tensor,
            *const u32,
        ) -> Status,
    >,
}

/// `ito_tensor_info`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "fields are documented in the header")]
pub struct TensorInfo {
    pub struct_size: u32,
    pub dtype: u32,
    pub rows: u64,
    pub dim: u64,
}

macro_rules! host_table {
    ($($name:ident: ($($arg:ty),*) -> $ret:ty;)+) => {
        /// `ito_host`: the functions that a sampler may call.
        #[repr(C)]
        #[derive(Debug)]
        #[allow(missing_docs, reason = "fields are documented in the header")]
        pub struct Host {
            pub struct_size: u32,
            pub reserved: u32,
            pub name: *const c_char,
            pub version: *const c_char,
            $(pub $name: Option<unsafe extern "C-unwind" fn($($arg),*) -> $ret>,)+
        }
    };
}

host_table! {
    extension: (*const Host, *const c_char) -> *const c_void;
    log: (*mut Context, i32, *const c_char) -> ();
    fail: (*mut Context, Status, *const c_char) -> Status;
    cancelled: (*mut Context) -> i32;
    make: (*mut Context, *const c_char, *mut Tensor) -> Status;
    free: (*mut Context, Tensor) -> Status;
    describe: (*mut Context, Tensor, *mut TensorInfo) -> Status;
    combine: (*mut Context, Tensor, u32, *const Reals, *const Tensor, *const Noise) -> Status;
    multiply: (*mut Context, Tensor, Tensor, Tensor) -> Status;
    clamp: (*mut Context, Tensor, Tensor, f64, f64) -> Status;
    select: (*mut Context, Tensor, *const u32, Tensor, Tensor) -> Status;
    norms: (*mut Context, u32, *const Tensor, u32, *mut f64) -> Status;
    dot: (*mut Context, Tensor, Tensor, *mut f64) -> Status;
    error_norm: (*mut Context, Tensor, Tensor, Tensor, Tensor, f64, f64, u32, *mut f64) -> Status;
    uniforms: (*mut Context, u32, u64, *mut f64) -> Status;
    eval: (*mut Context, Tensor, Reals, u32, Tensor) -> Status;
    lookup: (*mut Context, u32, *const u32, Reals, *mut f64) -> Status;
    time_of: (*mut Context, u32, Reals, *mut f64) -> Status;
    inner_step: (*mut Context, InnerSampler, Tensor, Reals, Reals, u32) -> Status;
}

// SAFETY: the table is plain data whose pointers lead to data that is never written again.
unsafe impl Sync for Host {}
