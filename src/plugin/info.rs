//! What a plugin says of its samplers, copied out of its static tables and checked.

use super::ParamValue;
use ito_abi as abi;
use std::ffi::{CStr, c_char};
use std::path::PathBuf;
use std::sync::Arc;

/// The file a sampler came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginFile {
    /// Where it was found.
    pub path: PathBuf,
    /// Its file name.
    pub name: String,
    /// SHA-256 of its bytes, lower-case hexadecimal.
    pub sha256: String,
}

/// Decides the test in the order table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Deterministic on a fixed grid.
    Ode,
    /// Discretises an SDE.
    Sde,
    /// Deterministic with error control for each sample.
    Adaptive,
    /// Markov chain at one time.
    Mcmc,
    /// Converges to a floor of its own.
    Plateau,
    /// Iterates to a sequential sampler's result.
    Iterative,
}

impl Kind {
    pub(super) fn from_code(code: u32) -> Option<Self> {
        Some(match code {
            abi::KIND_ODE => Self::Ode,
            abi::KIND_SDE => Self::Sde,
            abi::KIND_ADAPTIVE => Self::Adaptive,
            abi::KIND_MCMC => Self::Mcmc,
            abi::KIND_PLATEAU => Self::Plateau,
            abi::KIND_ITERATIVE => Self::Iterative,
            _ => return None,
        })
    }

    /// The word in tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ode => "ode",
            Self::Sde => "sde",
            Self::Adaptive => "adaptive",
            Self::Mcmc => "mcmc",
            Self::Plateau => "plateau",
            Self::Iterative => "iterative",
        }
    }
}

/// What a sampler needs and can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize)]
#[allow(clippy::struct_excessive_bools, reason = "a set of independent facts")]
pub struct Flags {
    /// Keeps nothing between steps: can be an inner sampler.
    pub one_step: bool,
    /// Chooses its steps, row by row.
    pub per_row_step: bool,
    /// Markov chain at one time.
    pub level: bool,
    /// Divides by alpha(t).
    pub needs_alpha: bool,
    /// The default of `final` is `mean`.
    pub final_mean: bool,
}

impl Flags {
    pub(super) fn from_bits(bits: u32) -> Self {
        Self {
            one_step: bits & abi::ONE_STEP != 0,
            per_row_step: bits & abi::PER_ROW_STEP != 0,
            level: bits & abi::LEVEL != 0,
            needs_alpha: bits & abi::NEEDS_ALPHA != 0,
            final_mean: bits & abi::FINAL_MEAN != 0,
        }
    }
}

/// Type of a parameter.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ParamKind {
    /// A number.
    F64,
    /// A whole number.
    I64,
    /// true or false.
    Bool,
    /// One of these names.
    Enum(Vec<String>),
    /// A text.
    Str,
    /// A list of numbers.
    F64List,
    /// Another sampler.
    Sampler,
}

/// A declared parameter.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ParamInfo {
    /// YAML key; dots make alternatives.
    pub id: String,
    /// Unit.
    pub unit: String,
    /// What it does.
    pub doc: String,
    /// Type.
    pub kind: ParamKind,
    /// Default.
    pub default: Option<ParamValue>,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// The smallest value itself is not allowed.
    pub min_exclusive: bool,
    /// The largest value itself is not allowed.
    pub max_exclusive: bool,
    /// Must be given.
    pub required: bool,
}

/// A sampler as its plugin describes it.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the texts are those of ito_info in the header")]
pub struct SamplerInfo {
    pub id: String,
    pub name: String,
    pub version: String,
    pub author: String,
    pub license: String,
    pub url: String,
    pub summary: String,
    pub equation: String,
    pub source: String,
    pub choose: String,
    pub kind: Kind,
    pub flags: Flags,
    pub uniform_in: u32,
    pub order: f64,
    pub weak_order: f64,
    pub evals_per_step: u64,
    pub params: Vec<ParamInfo>,
    pub streams: Vec<String>,
    pub required: Vec<String>,
    pub file: Arc<PluginFile>,
    /// The plugin's table; `None` only in tests without a library.
    pub(super) raw: Option<&'static abi::Info>,
}

impl SamplerInfo {
    /// A description without a library behind it, for tests of what stands above plugins.
    #[must_use]
    pub fn without_library(id: &str, kind: Kind, flags: Flags, params: Vec<ParamInfo>) -> Self {
        Self {
            id: id.to_owned(),
            name: id.to_owned(),
            version: String::new(),
            author: String::new(),
            license: String::new(),
            url: String::new(),
            summary: String::new(),
            equation: String::new(),
            source: String::new(),
            choose: String::new(),
            kind,
            flags,
            uniform_in: abi::ANY_SPACING,
            order: 1.0,
            weak_order: 0.0,
            evals_per_step: 1,
            params,
            streams: Vec::new(),
            required: Vec::new(),
            file: Arc::new(PluginFile { path: PathBuf::new(), name: "none.so".into(), sha256: "0".repeat(64) }),
            raw: None,
        }
    }
}

/// Copies a text of a static table.
///
/// # Safety
/// `p` is null or leads to a string that ends in NUL.
pub(super) unsafe fn text(p: *const c_char) -> Result<String, String> {
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
pub(super) unsafe fn sampler(raw: &'static abi::Info, file: &Arc<PluginFile>) -> Result<SamplerInfo, String> {
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
    if p.default.kind != abi::NONE && p.default.kind != p.kind {
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
