//! The tables that a plugin's library hands over: itself, its samplers and their functions.

use super::{Context, Host, Instance, Param, Plan, Problem, Status, Step, Value};
use core::ffi::{c_char, c_void};

/// `plan` of a sampler.
pub type PlanFn = unsafe extern "C-unwind" fn(*const Value, u32, *mut Plan, *mut c_char, u64) -> Status;
/// `create` of a sampler.
pub type CreateFn =
    unsafe extern "C-unwind" fn(*const Host, *mut Context, *const Value, u32, *mut *mut Instance) -> Status;
/// `begin` of a sampler.
pub type BeginFn = unsafe extern "C-unwind" fn(*mut Instance, *mut Context, *const Problem) -> Status;
/// `step` of a sampler.
pub type StepFn = unsafe extern "C-unwind" fn(*mut Instance, *mut Context, *mut Step) -> Status;
/// `end` of a sampler.
pub type EndFn = unsafe extern "C-unwind" fn(*mut Instance, *mut Context) -> Status;
/// `destroy` of a sampler.
pub type DestroyFn = unsafe extern "C-unwind" fn(*mut Instance);
/// `extension` of a sampler.
pub type ExtensionFn = unsafe extern "C-unwind" fn(*mut Instance, *const c_char) -> *const c_void;

/// `ito_info`.
#[repr(C)]
#[derive(Debug)]
#[allow(missing_docs, reason = "fields are documented in the header")]
pub struct Info {
    pub struct_size: u32,
    pub flags: u32,
    pub kind: u32,
    pub uniform_in: u32,
    pub id: *const c_char,
    pub name: *const c_char,
    pub version: *const c_char,
    pub author: *const c_char,
    pub license: *const c_char,
    pub url: *const c_char,
    pub summary: *const c_char,
    pub equation: *const c_char,
    pub source: *const c_char,
    pub choose: *const c_char,
    pub order: f64,
    pub weak_order: f64,
    pub evals_per_step: u64,
    pub n_params: u32,
    pub n_streams: u32,
    pub n_required: u32,
    pub reserved: u32,
    pub params: *const *const Param,
    pub streams: *const *const c_char,
    pub required: *const *const c_char,
    pub plan: Option<PlanFn>,
    pub create: Option<CreateFn>,
    pub begin: Option<BeginFn>,
    pub step: Option<StepFn>,
    pub end: Option<EndFn>,
    pub destroy: Option<DestroyFn>,
    pub extension: Option<ExtensionFn>,
}

/// `ito_hello`.
#[repr(C)]
#[derive(Debug)]
#[allow(missing_docs, reason = "fields are documented in the header")]
pub struct Hello {
    pub struct_size: u32,
    pub reserved: u32,
    pub host_name: *const c_char,
    pub host_version: *const c_char,
    pub header_hash: *const c_char,
}

/// `ito_library`.
#[repr(C)]
#[derive(Debug)]
#[allow(missing_docs, reason = "fields are documented in the header")]
pub struct Library {
    pub struct_size: u32,
    pub n_samplers: u32,
    pub header_hash: *const c_char,
    pub samplers: *const *const Info,
}

/// The type of [`ENTRY`](super::ENTRY).
pub type EntryFn = unsafe extern "C-unwind" fn(*const Hello, *mut *const Library) -> Status;

// SAFETY: the tables below are plain data whose pointers lead to data that is never written again.
unsafe impl Sync for Info {}
// SAFETY: as for `Info`.
unsafe impl Sync for Param {}
// SAFETY: as for `Info`.
unsafe impl Sync for Library {}
