//! The functions the host calls: each catches panics, because none may cross the border.

use crate::info::DefaultValue;
use crate::{Failure, Host, Info, Param, Plan, Problem, Sampler, Step, Values};
use ito_abi as abi;
use std::any::Any;
use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What stands behind a `*mut abi::Instance`: the sampler and the host it was created by.
struct Living<S> {
    sampler: S,
    host: *const abi::Host,
    /// Rows of the run, of which fewer may be active at its end; before `begin` says how many, none is enough.
    rows: u64,
}

/// The table of a plugin; lives as long as the process, because a plugin is never unloaded.
#[derive(Debug)]
pub struct Exported(&'static abi::Library);

impl Exported {
    /// Fills the table.
    #[must_use]
    pub fn new(samplers: Vec<&'static abi::Info>) -> Self {
        let n_samplers = samplers.len() as u32;
        let samplers: &'static [&'static abi::Info] = samplers.leak();
        Self(Box::leak(Box::new(abi::Library {
            struct_size: size_of::<abi::Library>() as u32,
            n_samplers,
            header_hash: HASH.as_ptr().cast(),
            samplers: samplers.as_ptr().cast(),
        })))
    }

    /// The descriptor of one sampler in the border's form.
    #[must_use]
    pub fn info<S: Sampler>() -> &'static abi::Info {
        let info: Info = S::INFO;
        let name = if info.name.is_empty() { info.id } else { info.name };
        let params: Vec<*const abi::Param> = info.params.iter().map(param).collect();
        Box::leak(Box::new(abi::Info {
            struct_size: size_of::<abi::Info>() as u32,
            flags: info.flags,
            kind: info.kind.code(),
            uniform_in: info.uniform_in,
            id: info.id.as_ptr(),
            name: name.as_ptr(),
            version: info.version.as_ptr(),
            author: info.author.as_ptr(),
            license: info.license.as_ptr(),
            url: info.url.as_ptr(),
            summary: info.summary.as_ptr(),
            equation: info.equation.as_ptr(),
            source: info.source.as_ptr(),
            choose: info.choose.as_ptr(),
            order: info.order,
            weak_order: info.weak_order,
            evals_per_step: info.evals_per_step,
            n_params: info.params.len() as u32,
            n_streams: info.streams.len() as u32,
            n_required: info.required.len() as u32,
            reserved: 0,
            params: params.leak().as_ptr(),
            streams: texts(info.streams),
            required: texts(info.required),
            plan: Some(plan::<S>),
            create: Some(create::<S>),
            begin: Some(begin::<S>),
            step: Some(step::<S>),
            end: Some(end::<S>),
            destroy: Some(destroy::<S>),
            extension: None,
        }))
    }
}

/// The hash of the header with its closing NUL.
static HASH: [u8; 65] = {
    let (mut out, mut i) = ([0; 65], 0);
    while i < 64 {
        out[i] = abi::HEADER_HASH.as_bytes()[i];
        i += 1;
    }
    out
};

fn texts(list: &'static [&'static CStr]) -> *const *const c_char {
    let pointers: Vec<*const c_char> = list.iter().map(|s| s.as_ptr()).collect();
    pointers.leak().as_ptr()
}

fn param(p: &'static Param) -> *const abi::Param {
    let none = abi::Value { kind: abi::NONE, len: 0, v: abi::Payload { i64: 0 } };
    let value = |kind, v| abi::Value { kind, len: 0, v };
    let (kind, default) = match p.default {
        DefaultValue::F64(d) => (abi::F64, d.map(|f64| value(abi::F64, abi::Payload { f64 }))),
        DefaultValue::I64(d) => (abi::I64, d.map(|i64| value(abi::I64, abi::Payload { i64 }))),
        DefaultValue::Bool(d) => (abi::BOOL, d.map(|b| value(abi::BOOL, abi::Payload { i64: i64::from(b) }))),
        DefaultValue::Enum(_, d) => (abi::ENUM, d.map(|i| value(abi::ENUM, abi::Payload { i64: i as i64 }))),
        DefaultValue::Str(d) => (abi::STR, d.map(|s| value(abi::STR, abi::Payload { str: s.as_ptr() }))),
        DefaultValue::F64List(d) => {
            let list = |l: &'static [f64]| abi::Value {
                kind: abi::F64LIST,
                len: l.len() as u32,
                v: abi::Payload { f64s: l.as_ptr() },
            };
            (abi::F64LIST, d.map(list))
        }
        DefaultValue::Sampler(d) => (abi::SAMPLER, d.map(|id| value(abi::STR, abi::Payload { str: id.as_ptr() }))),
    };
    let names: &[&CStr] = if let DefaultValue::Enum(names, _) = p.default { names } else { &[] };
    Box::leak(Box::new(abi::Param {
        struct_size: size_of::<abi::Param>() as u32,
        flags: p.flags,
        kind,
        n_enum: names.len() as u32,
        id: p.id.as_ptr(),
        unit: p.unit.as_ptr(),
        doc: p.doc.as_ptr(),
        default: default.unwrap_or(none),
        min: p.min,
        max: p.max,
        enum_ids: if names.is_empty() {
            std::ptr::null()
        } else {
            let pointers: Vec<*const c_char> = names.iter().map(|s| s.as_ptr()).collect();
            pointers.leak().as_ptr()
        },
    }))
}

/// The body of `ito_plugin_v0`.
///
/// # Safety
/// `hello` and `out` are valid, as the header demands.
pub unsafe fn entry(table: &Exported, hello: *const abi::Hello, out: *mut *const abi::Library) -> abi::Status {
    if hello.is_null() || out.is_null() {
        return abi::E_INVALID;
    }
    // SAFETY: the caller promises valid pointers. The table is handed out even to a host of another
    // header: its first three fields never change, and the host compares the hash and says so.
    unsafe { *out = table.0 };
    abi::OK
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied().map(str::to_owned);
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    format!("the plugin panicked: {}", text.unwrap_or_else(|| "without a message".into()))
}

/// Runs a border function: failures and panics become a status, their sentence goes to the host.
///
/// # Safety
/// `host` and `ctx` are the host's and valid for this call, in which no more than `rows` rows are active.
unsafe fn guard(
    host: *const abi::Host,
    ctx: *mut abi::Context,
    rows: u64,
    body: impl FnOnce(&Host) -> Result<(), Failure>,
) -> abi::Status {
    // SAFETY: by the condition above.
    let host = unsafe { Host::new(&*host, ctx, rows as usize) };
    match catch_unwind(AssertUnwindSafe(|| body(&host))) {
        Ok(Ok(())) => abi::OK,
        Ok(Err(failure)) => host.report(&failure),
        Err(payload) => {
            let text = panic_text(&*payload);
            // A payload may panic when dropped; forgetting it keeps the promise of this function.
            std::mem::forget(payload);
            host.report(&Failure { status: abi::E_PANIC, text: Some(text) })
        }
    }
}

/// # Safety
/// `values` leads to `n` values in the order of `S::INFO.params`.
unsafe fn values_of<'a, S: Sampler>(values: *const abi::Value, n: u32) -> Values<'a> {
    let slice = if n == 0 {
        &[]
    } else {
        // SAFETY: by the condition above.
        unsafe { std::slice::from_raw_parts(values, n as usize) }
    };
    // SAFETY: the host fills values by the types declared.
    unsafe { Values::new(S::INFO.params, slice) }
}

unsafe extern "C-unwind" fn plan<S: Sampler>(
    values: *const abi::Value,
    n: u32,
    io: *mut abi::Plan,
    why: *mut c_char,
    n_why: u64,
) -> abi::Status {
    let answer = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the host passes valid pointers, by the header.
        let (values, io) = unsafe { (values_of::<S>(values, n), &mut *io) };
        // SAFETY: by the header the lists of a plan are null or as long as it says.
        let mut plan = unsafe { Plan::read(io) };
        S::plan(&values, &mut plan).map(|()| plan.write(io))
    }));
    let (status, text) = match answer {
        Ok(Ok(())) => return abi::OK,
        Ok(Err(text)) => (abi::E_INVALID, text),
        Err(payload) => {
            let text = panic_text(&*payload);
            std::mem::forget(payload);
            (abi::E_PANIC, text)
        }
    };
    let mut room = usize::try_from(n_why).unwrap_or(0).saturating_sub(1).min(text.len());
    while !text.is_char_boundary(room) {
        room -= 1;
    }
    if n_why > 0 {
        // SAFETY: `why` has n_why bytes; room + 1 <= n_why.
        unsafe {
            std::ptr::copy_nonoverlapping(text.as_ptr().cast(), why, room);
            *why.add(room) = 0;
        }
    }
    status
}

unsafe extern "C-unwind" fn create<S: Sampler>(
    host: *const abi::Host,
    ctx: *mut abi::Context,
    values: *const abi::Value,
    n: u32,
    out: *mut *mut abi::Instance,
) -> abi::Status {
    // SAFETY: the host passes valid pointers, by the header.
    unsafe {
        guard(host, ctx, 0, |_| {
            let sampler = S::create(&values_of::<S>(values, n))?;
            *out = Box::into_raw(Box::new(Living { sampler, host, rows: u64::MAX })).cast();
            Ok(())
        })
    }
}

unsafe extern "C-unwind" fn begin<S: Sampler>(
    instance: *mut abi::Instance,
    ctx: *mut abi::Context,
    problem: *const abi::Problem,
) -> abi::Status {
    // SAFETY: `instance` was made by `create::<S>`, is not destroyed and not in another call.
    unsafe {
        let living = &mut *instance.cast::<Living<S>>();
        living.rows = (*problem).rows;
        guard(living.host, ctx, living.rows, |host| living.sampler.begin(host, &Problem::new(&*problem)))
    }
}

unsafe extern "C-unwind" fn step<S: Sampler>(
    instance: *mut abi::Instance,
    ctx: *mut abi::Context,
    io: *mut abi::Step,
) -> abi::Status {
    // SAFETY: as in `begin`.
    unsafe {
        let living = &mut *instance.cast::<Living<S>>();
        guard(living.host, ctx, (*io).rows, |host| living.sampler.step(host, &mut Step::new(&mut *io)))
    }
}

unsafe extern "C-unwind" fn end<S: Sampler>(instance: *mut abi::Instance, ctx: *mut abi::Context) -> abi::Status {
    // SAFETY: as in `begin`.
    unsafe {
        let living = &mut *instance.cast::<Living<S>>();
        guard(living.host, ctx, living.rows, |host| living.sampler.end(host))
    }
}

unsafe extern "C-unwind" fn destroy<S: Sampler>(instance: *mut abi::Instance) {
    // SAFETY: `instance` was made by `create::<S>` and is destroyed once.
    let living = unsafe { Box::from_raw(instance.cast::<Living<S>>()) };
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(living))) {
        std::mem::forget(payload);
    }
}
