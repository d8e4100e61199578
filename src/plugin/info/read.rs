//! The static tables of a plugin, copied and checked.

use super::{Flags, Kind, ParamInfo, ParamKind, PluginFile, SamplerInfo};
use crate::plugin::ParamValue;
use ito_abi as abi;
use std::ffi::{CStr, c_char};
use std::sync::Arc;

/// Copies a text of a static table.
///
/// # Safety
/// `p` is null or leads to a string that ends in NUL.
pub(in crate::plugin) unsafe fn text(p: *const c_char) -> Result<String, String> {
    if p.is_null() {
        return Ok(String::new());
    }
    // SAFETY: by the condition above.
    let bytes = unsafe { CStr::from_ptr(p) };
    bytes.to_str().map(str::to_owned).map_err(|_| "a text is not UTF-8".to_owned())
}

/// Copies an array of texts.
///
/// # Safety
/// `p` is null or leads to `n` strings that end in NUL.
unsafe fn texts(p: *const *const c_char, n: u32) -> Result<Vec<String>, String> {
    if n > 0 && p.is_null() {
        return Err(format!("a list of {n} texts is null"));
    }
    // SAFETY: by the condition above.
    (0..n as usize).map(|i| unsafe { text(*p.add(i)) }).collect()
}

/// Copies and checks one description.
///
/// # Safety
/// `raw` is a table of a loaded library that follows the header.
pub(in crate::plugin) unsafe fn sampler(
    raw: &'static abi::Info,
    file: &Arc<PluginFile>,
) -> Result<SamplerInfo, String> {
    if (raw.struct_size as usize) < size_of::<abi::Info>() {
        return Err(format!("struct_size is {}, expected at least {}", raw.struct_size, size_of::<abi::Info>()));
    }
    let missing = [
        (raw.create.is_none(), "create"),
        (raw.begin.is_none(), "begin"),
        (raw.step.is_none(), "step"),
        (raw.end.is_none(), "end"),
        (raw.destroy.is_none(), "destroy"),
    ];
    if let Some((_, name)) = missing.iter().find(|(is_missing, _)| *is_missing) {
        return Err(format!("the function `{name}` is null"));
    }
    // SAFETY: the pointers of a table follow the header, by the condition above.
    let (t, list) = (|p| unsafe { text(p) }, |p, n| unsafe { texts(p, n) });
    let id = t(raw.id)?;
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._".contains(&b)) {
        return Err(format!("the id `{id}` is not made of a-z, 0-9, `-`, `.` and `_`"));
    }
    let kind = Kind::from_code(raw.kind).ok_or_else(|| format!("kind {} is unknown; allowed: 1 to 6", raw.kind))?;
    let n = raw.n_params as usize;
    if n > 0 && raw.params.is_null() {
        return Err(format!("the list of {n} parameters is null"));
    }
    let mut params = Vec::with_capacity(n);
    for i in 0..n {
        // SAFETY: the list has n pointers, each null or to a parameter.
        let p = unsafe { (*raw.params.add(i)).as_ref() }.ok_or_else(|| format!("parameter {i} is null"))?;
        // SAFETY: a parameter's pointers follow the header.
        let param = unsafe { param(p) }.map_err(|reason| format!("parameter {i}: {reason}"))?;
        if params.iter().any(|q: &ParamInfo| q.id == param.id) {
            return Err(format!("parameter `{}` is declared twice", param.id));
        }
        params.push(param);
    }
    let flags = Flags::from_bits(raw.flags);
    if flags.level && !params.iter().any(|p| p.id == "level" && p.kind == ParamKind::F64) {
        return Err("flag LEVEL needs a parameter `level` of type F64".to_owned());
    }
    Ok(SamplerInfo {
        id,
        name: t(raw.name)?,
        version: t(raw.version)?,
        author: t(raw.author)?,
        license: t(raw.license)?,
        url: t(raw.url)?,
        summary: t(raw.summary)?,
        equation: t(raw.equation)?,
        source: t(raw.source)?,
        choose: t(raw.choose)?,
        kind,
        flags,
        uniform_in: raw.uniform_in,
        order: raw.order,
        weak_order: raw.weak_order,
        evals_per_step: raw.evals_per_step,
        params,
        streams: list(raw.streams, raw.n_streams)?,
        required: list(raw.required, raw.n_required)?,
        file: Arc::clone(file),
        raw: Some(raw),
    })
}

/// Copies and checks one parameter.
///
/// # Safety
/// The pointers of `p` follow the header.
unsafe fn param(p: &abi::Param) -> Result<ParamInfo, String> {
    // SAFETY: by the condition above.
    let t = |p| unsafe { text(p) };
    // SAFETY: by the condition above.
    let names = unsafe { texts(p.enum_ids, if p.kind == abi::ENUM { p.n_enum } else { 0 }) }?;
    let kind = match p.kind {
        abi::F64 => ParamKind::F64,
        abi::I64 => ParamKind::I64,
        abi::BOOL => ParamKind::Bool,
        abi::ENUM if names.is_empty() => return Err("an ENUM without names".to_owned()),
        abi::ENUM => ParamKind::Enum(names),
        abi::STR => ParamKind::Str,
        abi::F64LIST => ParamKind::F64List,
        abi::SAMPLER => ParamKind::Sampler,
        other => return Err(format!("type {other} is unknown; allowed: 1 to 7")),
    };
    let allowed = if p.kind == abi::SAMPLER { abi::STR } else { p.kind };
    if p.default.kind != abi::NONE && p.default.kind != allowed {
        return Err(format!("the default has type {}, the parameter {}", p.default.kind, p.kind));
    }
    // SAFETY: the union holds the field its kind names, by the header.
    let default = unsafe { ParamValue::from_raw(&p.default, &kind) }?;
    let id = t(p.id)?;
    if id.is_empty() || p.min.is_nan() || p.max.is_nan() || p.min > p.max {
        return Err(format!("`{id}` with range {} to {} is not a parameter", p.min, p.max));
    }
    let info = ParamInfo {
        id,
        unit: t(p.unit)?,
        doc: t(p.doc)?,
        kind,
        default,
        min: p.min,
        max: p.max,
        min_exclusive: p.flags & abi::PARAM_MIN_EXCLUSIVE != 0,
        max_exclusive: p.flags & abi::PARAM_MAX_EXCLUSIVE != 0,
        required: p.flags & abi::PARAM_REQUIRED != 0,
    };
    if let Some(default) = &info.default {
        info.check_range(default).map_err(|reason| format!("the default of `{}` {reason}", info.id))?;
    }
    Ok(info)
}
