use super::*;
use crate::plugin::{ParamInfo, ParamKind, Registry};
use serde_json::json;
use std::ffi::c_char;

/// What a plugin may answer: as many inner steps as there are numbers.
unsafe extern "C-unwind" fn endless(
    _: *const abi::Value,
    _: u32,
    io: *mut abi::Plan,
    _: *mut c_char,
    _: u64,
) -> abi::Status {
    // SAFETY: `plan` hands in a valid pointer.
    unsafe { (*io).inner_steps = u64::MAX };
    abi::OK
}

/// A parameter `sampler`.
fn inner(default: Option<&str>) -> ParamInfo {
    ParamInfo {
        id: "sampler".into(),
        unit: "1".into(),
        doc: "inside".into(),
        kind: ParamKind::Sampler,
        required: default.is_none(),
        default: default.map(|id| ParamValue::Str(id.to_owned())),
        min: f64::NEG_INFINITY,
        max: f64::INFINITY,
        min_exclusive: false,
        max_exclusive: false,
    }
}

/// A sampler that has this `plan` and nothing else.
fn planned(id: &str, params: Vec<ParamInfo>, plan: abi::PlanFn) -> SamplerInfo {
    let mut info = SamplerInfo::without_library(id, Kind::Ode, Flags::default(), params);
    // SAFETY: the table holds numbers, pointers and optional functions; zeros are 0, null and none.
    let mut raw: abi::Info = unsafe { std::mem::zeroed() };
    raw.kind = abi::KIND_ODE;
    raw.plan = Some(plan);
    info.raw = Some(Box::leak(Box::new(raw)));
    info
}

/// Refuses with a sentence that leaves no room for a NUL.
unsafe extern "C-unwind" fn verbose(
    _: *const abi::Value,
    _: u32,
    _: *mut abi::Plan,
    why: *mut c_char,
    n_why: u64,
) -> abi::Status {
    // SAFETY: `plan` hands in a buffer of that length.
    unsafe { std::ptr::write_bytes(why, b'x', n_why as usize) };
    abi::E_INVALID
}

#[test]
fn a_reason_that_fills_the_buffer_ends_with_it() {
    let registry = Registry::from_infos(vec![planned("verbose", Vec::new(), verbose)]);
    let spec = SamplerSpec::resolve(&json!("verbose"), &registry).expect("a sampler");
    assert_eq!(spec.plan(1), Err(format!("sampler `verbose` refuses: {}", "x".repeat(512))));
}

#[test]
fn a_list_without_numbers_is_no_default() {
    let list = |len| abi::Value { kind: abi::F64LIST, len, v: abi::Payload { f64s: std::ptr::null() } };
    // SAFETY: the union holds the field that the type names.
    let read = |len| unsafe { ParamValue::from_raw(&list(len), &ParamKind::F64List) };
    assert_eq!(read(0), Ok(Some(ParamValue::F64List(Vec::new()))));
    assert_eq!(read(3), Err("the default says 3 numbers and leads to none".into()));
}

#[test]
fn defaults_that_lead_back_to_their_sampler_are_found() {
    let sampler = |id: &str, default: Option<&str>| {
        SamplerInfo::without_library(
            id,
            Kind::Ode,
            Flags::default(),
            default.map(|d| inner(Some(d))).into_iter().collect(),
        )
    };
    let cycle = |infos: &[(&str, Option<&str>)]| {
        Registry::from_infos(infos.iter().map(|(id, default)| sampler(id, *default)).collect()).cycle()
    };
    assert_eq!(cycle(&[("a", Some("b")), ("b", None), ("c", Some("b")), ("d", Some("nobody"))]), None);
    assert_eq!(cycle(&[("a", Some("a"))]), Some(vec!["a".into(), "a".into()]));
    let round = [("a", Some("b")), ("b", Some("c")), ("c", Some("b"))];
    assert_eq!(cycle(&round), Some(vec!["b".into(), "c".into(), "b".into()]));
}

#[test]
fn a_cost_beyond_all_counting_is_the_largest_number() {
    let mut costly = {
        let flags = Flags { one_step: true, ..Flags::default() };
        SamplerInfo::without_library("costly", Kind::Ode, flags, Vec::new())
    };
    costly.evals_per_step = u64::MAX / 2;
    let outer = planned("outer", vec![inner(None)], endless);
    let registry = Registry::from_infos(vec![costly, outer]);
    let evaluations = |value: Value, steps| {
        let spec = SamplerSpec::resolve(&value, &registry).expect("a sampler");
        spec.plan(steps).expect("a plan").evaluations
    };
    assert_eq!(evaluations(json!("costly"), 2), u64::MAX - 1);
    assert_eq!(evaluations(json!("costly"), 3), u64::MAX);
    assert_eq!(evaluations(json!({ "outer": { "sampler": "costly" } }), 3), u64::MAX);
}
