use super::*;
use crate::plugin::{ParamInfo, ParamKind, Registry};
use serde_json::json;

/// What a plugin may answer: as many inner steps as there are numbers.
unsafe extern "C-unwind" fn endless(
    _: *const abi::Value,
    _: u32,
    io: *mut abi::Plan,
    _: *mut std::ffi::c_char,
    _: u64,
) -> abi::Status {
    // SAFETY: `plan` hands in a valid pointer.
    unsafe { (*io).inner_steps = u64::MAX };
    abi::OK
}

#[test]
fn a_cost_beyond_all_counting_is_the_largest_number() {
    let mut costly = {
        let flags = Flags { one_step: true, ..Flags::default() };
        SamplerInfo::without_library("costly", Kind::Ode, flags, Vec::new())
    };
    costly.evals_per_step = u64::MAX / 2;
    let inner = ParamInfo {
        id: "sampler".into(),
        unit: "1".into(),
        doc: "inside".into(),
        kind: ParamKind::Sampler,
        required: true,
        default: None,
        min: f64::NEG_INFINITY,
        max: f64::INFINITY,
        min_exclusive: false,
        max_exclusive: false,
    };
    let mut outer = SamplerInfo::without_library("outer", Kind::Ode, Flags::default(), vec![inner]);
    // SAFETY: the table holds numbers, pointers and optional functions; zeros are 0, null and none.
    let mut raw: abi::Info = unsafe { std::mem::zeroed() };
    raw.kind = abi::KIND_ODE;
    raw.plan = Some(endless);
    outer.raw = Some(Box::leak(Box::new(raw)));
    let registry = Registry::from_infos(vec![costly, outer]);
    let evaluations = |value: Value, steps| {
        let spec = SamplerSpec::resolve(&value, &registry).expect("a sampler");
        spec.plan(steps).expect("a plan").evaluations
    };
    assert_eq!(evaluations(json!("costly"), 2), u64::MAX - 1);
    assert_eq!(evaluations(json!("costly"), 3), u64::MAX);
    assert_eq!(evaluations(json!({ "outer": { "sampler": "costly" } }), 3), u64::MAX);
}
