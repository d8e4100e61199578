//! The Rust mirror of `include/ito_plugin.h`, the contract between ito and its samplers.
//!
//! Names, order and meaning are those of the header, which is the text to read. Every function pointer is
//! an `Option`, because a plugin in C may leave one null; enumerations are integers, because an unknown
//! value from the other side must not be undefined behaviour.
#![allow(unsafe_code, reason = "function pointer types of the border are unsafe to call")]

mod host;
mod library;

pub use host::{Blocks, Energy, Extension, Host, Noise, TensorInfo};
pub use library::{BeginFn, CreateFn, DestroyFn, EndFn, EntryFn, ExtensionFn, Hello, Info, Library, PlanFn, StepFn};

use core::ffi::c_char;
use core::marker::{PhantomData, PhantomPinned};

/// The text of the C header.
pub const HEADER: &str = include_str!("../include/ito_plugin.h");

/// `ITO_HEADER_HASH` of the header: SHA-256 of its text with this hash replaced by 64 zeros.
pub const HEADER_HASH: &str = hash_in(HEADER);

/// The exported symbol; the major version is in its name.
pub const ENTRY: &str = "ito_plugin_v0";

const fn hash_in(header: &str) -> &str {
    const MARK: &[u8] = b"#define ITO_HEADER_HASH \"";
    let bytes = header.as_bytes();
    let mut at = 0;
    loop {
        let mut same = 0;
        while same < MARK.len() && bytes[at + same] == MARK[same] {
            same += 1;
        }
        if same == MARK.len() {
            let (_, tail) = header.split_at(at + same);
            let (hash, _) = tail.split_at(64);
            return hash;
        }
        at += 1;
    }
}

/// 0 or a negative code.
pub type Status = i32;
/// Handle of a tensor; 0 = none.
pub type Tensor = u64;
/// Handle of another sampler; 0 = none.
pub type InnerSampler = u64;

macro_rules! numbers {
    ($($kind:ty { $($name:ident = $value:literal),+ $(,)? })+) => {
        $($(
            #[doc = concat!("`ITO_", stringify!($name), "` of the header.")]
            pub const $name: $kind = $value;
        )+)+
    };
}

numbers! {
    i32 {
        OK = 0, E_INVALID = -1, E_UNSUPPORTED = -2, E_NOMEM = -3, E_HANDLE = -4, E_STATE = -5,
        E_CANCELLED = -7, E_MODEL = -8, E_PANIC = -11, E_VERSION = -12, E_INTERNAL = -99,
        LOG_DEBUG = 1, LOG_INFO = 2, LOG_WARN = 3,
    }
    u32 {
        NONE = 0, F64 = 1, I64 = 2, BOOL = 3, ENUM = 4, STR = 5, F64LIST = 6, SAMPLER = 7,
        PARAM_REQUIRED = 1, PARAM_MIN_EXCLUSIVE = 2, PARAM_MAX_EXCLUSIVE = 4, PARAM_LOG = 8,
        PARAM_DEPRECATED = 16,
        KIND_ODE = 1, KIND_SDE = 2, KIND_ADAPTIVE = 3, KIND_MCMC = 4, KIND_PLATEAU = 5, KIND_ITERATIVE = 6,
        ONE_STEP = 1, PER_ROW_STEP = 2, LEVEL = 4, NEEDS_ALPHA = 8, FINAL_MEAN = 16, BATCH_WIDE = 32,
        ANY_SPACING = 0, UNIFORM_T = 1, UNIFORM_LAMBDA = 2, UNIFORM_INDEX = 3,
        STEP_LAST = 1, STEP_MEAN = 2, STEP_CLEAN = 4, STEP_INNER = 8, STEP_GIVEN = 16,
        KEPT = 1, DROPPED = 2,
        DRAW = 1, PATH = 2, AREA = 3,
        PREDICT_SCORE = 1, PREDICT_EPS = 2, PREDICT_X0 = 3, PREDICT_V = 4, PREDICT_VELOCITY = 5,
        ALPHA = 1, SIGMA = 2, LAMBDA = 3, RATIO = 4, DRIFT = 5, DIFFUSION2 = 6, ALPHA_DOT = 7, SIGMA_DOT = 8,
        NORM_L2 = 1, NORM_RMS = 2, NORM_MAX = 3,
        MIX_MAX = 1, MIX_SUM = 2,
        DTYPE_F32 = 1, DTYPE_F64 = 2,
    }
}

/// The host's, one a run; opaque.
#[repr(C)]
#[derive(Debug)]
pub struct Context {
    _private: [u8; 0],
    _not_send_or_unpin: PhantomData<(*mut u8, PhantomPinned)>,
}

/// The plugin's, made by `create`; opaque to the host.
#[repr(C)]
#[derive(Debug)]
pub struct Instance {
    _private: [u8; 0],
    _not_send_or_unpin: PhantomData<(*mut u8, PhantomPinned)>,
}

/// One number for all active rows (`n == 1`) or one each.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Reals {
    /// The numbers.
    pub v: *const f64,
    /// How many.
    pub n: u64,
}

/// The payload of a [`Value`].
#[repr(C)]
#[derive(Clone, Copy)]
pub union Payload {
    /// F64.
    pub f64: f64,
    /// I64, BOOL, ENUM.
    pub i64: i64,
    /// STR.
    pub str: *const c_char,
    /// F64LIST.
    pub f64s: *const f64,
    /// SAMPLER.
    pub sampler: InnerSampler,
}

/// A parameter's value.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Value {
    /// NONE to SAMPLER.
    pub kind: u32,
    /// Entries of an F64LIST.
    pub len: u32,
    /// The field that `kind` names.
    pub v: Payload,
}

impl core::fmt::Debug for Value {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Value").field("kind", &self.kind).field("len", &self.len).finish_non_exhaustive()
    }
}

/// `ito_param`.
#[repr(C)]
#[derive(Debug)]
#[allow(missing_docs, reason = "fields are documented in the header")]
pub struct Param {
    pub struct_size: u32,
    pub flags: u32,
    pub kind: u32,
    pub n_enum: u32,
    pub id: *const c_char,
    pub unit: *const c_char,
    pub doc: *const c_char,
    pub default: Value,
    pub min: f64,
    pub max: f64,
    pub enum_ids: *const *const c_char,
}

/// `ito_plan`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "fields are documented in the header")]
pub struct Plan {
    pub struct_size: u32,
    pub flags: u32,
    pub kind: u32,
    pub uniform_in: u32,
    pub steps: u64,
    pub evaluations: u64,
    pub inner_steps: u64,
    pub order: f64,
    pub weak_order: f64,
    pub n_times: u64,
    pub times: *const f64,
    pub alpha: *const f64,
    pub sigma: *const f64,
    pub inner_kind: u32,
    pub inner_flags: u32,
    pub inner_order: f64,
    pub inner_weak_order: f64,
}

/// `ito_problem`.
#[repr(C)]
#[derive(Debug)]
#[allow(missing_docs, reason = "fields are documented in the header")]
pub struct Problem {
    pub struct_size: u32,
    pub flags: u32,
    pub x: Tensor,
    pub rows: u64,
    pub dim: u64,
    pub n_times: u64,
    pub times: *const f64,
    pub first_step: *mut f64,
}

/// `ito_step`.
#[repr(C)]
#[derive(Debug)]
#[allow(missing_docs, reason = "fields are documented in the header")]
pub struct Step {
    pub struct_size: u32,
    pub flags: u32,
    pub index: u64,
    pub rows: u64,
    pub t: Reals,
    pub s: Reals,
    pub x: Tensor,
    pub out: Tensor,
    pub fate: *const u32,
    pub accept: *mut u32,
    pub error: *mut f64,
    pub next: *mut f64,
    pub row: *const u32,
}
