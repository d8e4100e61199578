//! A created sampler behind the border, as the driver's [`Solver`].

use super::table::HOST;
use super::values::RawValues;
use super::{SamplerInfo, SamplerSpec};
use crate::noise::Stream;
use crate::sampler::{Context, Failure, Fault, Inner, Problem, Running, Solver, StepIo};
use ito_abi as abi;
use std::ptr;
use std::sync::Arc;

/// A sampler created by its plugin. It stays on the thread that made it.
pub struct Instance {
    raw: *mut abi::Instance,
    table: &'static abi::Info,
    info: Arc<SamplerInfo>,
}

/// Creates a sampler and those inside it.
///
/// # Errors
/// [`Failure`] of the plugin's `create`.
pub fn create(spec: &SamplerSpec, ctx: &mut Context<'_>) -> Result<Running, Failure> {
    let mut inners = Vec::new();
    let solver = instance(spec, "", ctx, &mut inners)?;
    Ok(Running { solver: Box::new(solver), streams: streams(spec, ""), inners })
}

/// Streams under a prefix of their own, so that an inner sampler never repeats its owner's draws.
fn streams(spec: &SamplerSpec, prefix: &str) -> Vec<Stream> {
    spec.info().streams.iter().map(|name| Stream::named(&format!("{prefix}{name}"))).collect()
}

fn instance(
    spec: &SamplerSpec,
    prefix: &str,
    ctx: &mut Context<'_>,
    inners: &mut Vec<Inner>,
) -> Result<Instance, Failure> {
    let mut handles = Vec::new();
    for (param, inner) in spec.inners() {
        let prefix = format!("{prefix}{param}/");
        let solver = instance(inner, &prefix, ctx, inners)?;
        inners.push(Inner::new(Box::new(solver), streams(inner, &prefix)));
        handles.push(inners.len() as u64);
    }
    let mut next = handles.into_iter();
    let values = RawValues::new(spec, &mut |_| next.next().unwrap_or(0));
    let info = Arc::clone(spec.info());
    let no_library = || Failure::new(Fault::Internal, format!("sampler `{}` has no library behind it", info.id));
    let table = info.raw.ok_or_else(no_library)?;
    let create = table.create.ok_or_else(no_library)?;
    let mut raw = ptr::null_mut();
    // SAFETY: the host table is static, the values are aligned with the parameters and live for the call,
    // `ctx` is used by nobody else meanwhile.
    let status = unsafe { create(&HOST, ptr::from_mut(ctx).cast(), values.as_ptr(), values.len(), &mut raw) };
    check(&info, ctx, status, "create")?;
    if raw.is_null() {
        let text = format!("sampler `{}` returned OK from create but made nothing", info.id);
        return Err(ctx.fail(Failure::new(Fault::Internal, text)));
    }
    Ok(Instance { raw, table, info })
}

/// Turns a status into the failure the context has recorded, or one that names the status.
fn check(info: &SamplerInfo, ctx: &mut Context<'_>, status: abi::Status, call: &str) -> Result<(), Failure> {
    if let Some(failure) = ctx.failure() {
        return Err(failure.clone());
    }
    if status == abi::OK {
        return Ok(());
    }
    let text = format!("sampler `{}` returned status {status} from {call} without a message", info.id);
    Err(ctx.fail(Failure::new(super::table::fault(status), text)))
}

fn reals(v: &[f64]) -> abi::Reals {
    abi::Reals { v: v.as_ptr(), n: v.len() as u64 }
}

impl Solver for Instance {
    fn begin(&mut self, ctx: &mut Context<'_>, problem: &mut Problem<'_>) -> Result<(), Failure> {
        let Some(begin) = self.table.begin else { return Ok(()) };
        let first_step = if problem.first_step.is_empty() { ptr::null_mut() } else { problem.first_step.as_mut_ptr() };
        let raw = abi::Problem {
            struct_size: size_of::<abi::Problem>() as u32,
            flags: 0,
            x: problem.x,
            rows: problem.rows as u64,
            dim: problem.dim as u64,
            n_times: problem.times.len() as u64,
            times: problem.times.as_ptr(),
            first_step,
        };
        // SAFETY: the instance is alive and not in another call; the arrays have the lengths stated; `ctx`
        // is reached only through the pointer during the call.
        let status = unsafe { begin(self.raw, ptr::from_mut(ctx).cast(), &raw) };
        check(&self.info, ctx, status, "begin")
    }

    fn step(&mut self, ctx: &mut Context<'_>, io: &mut StepIo<'_>) -> Result<(), Failure> {
        let Some(step) = self.table.step else { return Ok(()) };
        let flag = |set: bool, bit: u32| if set { bit } else { 0 };
        let mut raw = abi::Step {
            struct_size: size_of::<abi::Step>() as u32,
            flags: flag(io.last, abi::STEP_LAST)
                | flag(io.mean, abi::STEP_MEAN)
                | flag(io.clean, abi::STEP_CLEAN)
                | flag(io.inner, abi::STEP_INNER)
                | flag(io.given, abi::STEP_GIVEN),
            index: io.index,
            rows: io.rows as u64,
            t: reals(io.t),
            s: reals(io.s),
            x: io.x,
            out: io.out,
            fate: ptr::null(),
            accept: ptr::null_mut(),
            error: ptr::null_mut(),
            next: ptr::null_mut(),
            row: ptr::null(),
        };
        let row = ctx.active_rows();
        raw.row = row.as_ptr();
        if let Some(tries) = &mut io.tries {
            raw.fate = tries.fate.as_ptr();
            raw.accept = tries.accept.as_mut_ptr();
            raw.error = tries.error.as_mut_ptr();
            raw.next = tries.next.as_mut_ptr();
        }
        // SAFETY: as in `begin`; the arrays of tries have one entry an active row.
        let status = unsafe { step(self.raw, ptr::from_mut(ctx).cast(), &mut raw) };
        check(&self.info, ctx, status, "step")
    }

    fn end(&mut self, ctx: &mut Context<'_>) -> Result<(), Failure> {
        let Some(end) = self.table.end else { return Ok(()) };
        // SAFETY: as in `begin`.
        let status = unsafe { end(self.raw, ptr::from_mut(ctx).cast()) };
        check(&self.info, ctx, status, "end")
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Some(destroy) = self.table.destroy {
            // SAFETY: the instance is alive and destroyed once, here.
            unsafe { destroy(self.raw) }
        }
    }
}
