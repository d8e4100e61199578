//! Parameter values in the border's form, with the memory they point to.

use super::{ParamKind, ParamValue, SamplerSpec};
use ito_abi as abi;
use std::ffi::CString;

/// Values aligned with the parameters; valid while this lives.
pub(super) struct RawValues {
    values: Vec<abi::Value>,
    /// Keeps the texts alive; their heap memory does not move with the vector.
    _texts: Vec<CString>,
    /// Keeps the lists alive.
    _lists: Vec<Vec<f64>>,
}

impl RawValues {
    /// `handle` gives the handle of a sampler inside.
    pub(super) fn new(spec: &SamplerSpec, handle: &mut dyn FnMut(&SamplerSpec) -> u64) -> Self {
        let (mut texts, mut lists) = (Vec::new(), Vec::new());
        let mut raw = |value: &Option<ParamValue>, kind: &ParamKind| {
            let make = |kind, v| abi::Value { kind, len: 0, v };
            match value {
                None => make(abi::NONE, abi::Payload { i64: 0 }),
                Some(ParamValue::F64(f64)) => make(abi::F64, abi::Payload { f64: *f64 }),
                Some(ParamValue::I64(i64)) => make(abi::I64, abi::Payload { i64: *i64 }),
                Some(ParamValue::Bool(b)) => make(abi::BOOL, abi::Payload { i64: i64::from(*b) }),
                Some(ParamValue::Enum(name)) => {
                    let names: &[String] = if let ParamKind::Enum(names) = kind { names } else { &[] };
                    let at = names.iter().position(|n| n == name).unwrap_or(0);
                    make(abi::ENUM, abi::Payload { i64: at as i64 })
                }
                Some(ParamValue::Str(s)) => {
                    let text = CString::new(s.replace('\0', " ")).unwrap_or_default();
                    let value = make(abi::STR, abi::Payload { str: text.as_ptr() });
                    texts.push(text);
                    value
                }
                Some(ParamValue::F64List(list)) => {
                    let list = list.clone();
                    let v = abi::Payload { f64s: list.as_ptr() };
                    let value = abi::Value { kind: abi::F64LIST, len: list.len() as u32, v };
                    lists.push(list);
                    value
                }
                Some(ParamValue::Sampler(inner)) => make(abi::SAMPLER, abi::Payload { sampler: handle(inner) }),
            }
        };
        let params = &spec.info().params;
        let values = spec.values().iter().zip(params).map(|(v, p)| raw(v, &p.kind)).collect();
        Self { values, _texts: texts, _lists: lists }
    }

    pub(super) fn as_ptr(&self) -> *const abi::Value {
        self.values.as_ptr()
    }

    pub(super) fn len(&self) -> u32 {
        self.values.len() as u32
    }
}
