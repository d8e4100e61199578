//! Loading a plugin: hash, private copy, open, entry, header check.
//!
//! The file is read once; what is hashed is what is loaded, from a read-only copy named by the hash. So a
//! plugin that is rebuilt in place can neither crash a running ito nor be confused with its older self. It
//! is never unloaded: thread-local destructors of a library that is gone crash at thread exit.

use super::{PluginError, PluginFile, SamplerInfo, info};
use ito_abi as abi;
use sha2::{Digest, Sha256};
use std::ffi::CStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Loads a plugin and copies what it says of its samplers.
pub(super) fn load(path: &Path) -> Result<Vec<SamplerInfo>, PluginError> {
    let io = |what| move |source| PluginError::Io { path: path.to_owned(), what, source };
    let bytes = std::fs::read(path).map_err(io("cannot be read"))?;
    let sha256 = hex(&Sha256::digest(&bytes));
    let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let refused = |source| PluginError::Cache { path: path.to_owned(), cache: cache(), source };
    let copy = private_copy(&sha256, &name, &bytes).map_err(refused)?;
    let table = open(path, &copy)?;
    let file = Arc::new(PluginFile { path: path.to_owned(), name, sha256 });
    samplers(table, &file)
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Where copies of plugins live: `ITO_CACHE`, `XDG_CACHE_HOME/ito`, `HOME/.cache/ito`, or a temporary folder.
#[must_use]
pub fn cache() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    set("ITO_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|p| p.join("ito")))
        .or_else(|| set("HOME").map(|p| p.join(".cache/ito")))
        .unwrap_or_else(|| std::env::temp_dir().join("ito-cache"))
        .join("plugins")
}

fn private_copy(sha256: &str, name: &str, bytes: &[u8]) -> std::io::Result<PathBuf> {
    let folder = cache().join(sha256);
    let copy = folder.join(name);
    if std::fs::read(&copy).is_ok_and(|there| there == bytes) {
        return Ok(copy);
    }
    std::fs::create_dir_all(&folder)?;
    let mut file = tempfile::NamedTempFile::new_in(&folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    let mut permissions = file.as_file().metadata()?.permissions();
    permissions.set_readonly(true);
    file.as_file().set_permissions(permissions)?;
    file.persist(&copy).map_err(|e| e.error)?;
    Ok(copy)
}

#[cfg(unix)]
fn dlopen(copy: &Path) -> Result<libloading::Library, libloading::Error> {
    use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
    // SAFETY: runs the library's constructors. Loading a plugin means trusting its code; NOW and LOCAL see
    // to it that missing symbols show here and that its names stay its own.
    unsafe { Library::open(Some(copy), RTLD_NOW | RTLD_LOCAL).map(Into::into) }
}

#[cfg(not(unix))]
fn dlopen(copy: &Path) -> Result<libloading::Library, libloading::Error> {
    // SAFETY: runs the library's initialisers; loading a plugin means trusting its code.
    unsafe { libloading::Library::new(copy) }
}

fn open(path: &Path, copy: &Path) -> Result<&'static abi::Library, PluginError> {
    let load = |e: libloading::Error| PluginError::Load { path: path.to_owned(), reason: e.to_string() };
    let library = dlopen(copy).map_err(load)?;
    // SAFETY: the symbol of this name has this type, by the header; the library is never unloaded.
    let entry = unsafe { *library.get::<abi::EntryFn>(abi::ENTRY).map_err(load)? };
    std::mem::forget(library);
    let hello = abi::Hello {
        struct_size: size_of::<abi::Hello>() as u32,
        reserved: 0,
        host_name: super::table::NAME.as_ptr(),
        host_version: super::table::version().as_ptr(),
        header_hash: super::table::header_hash().as_ptr(),
    };
    let mut table = std::ptr::null();
    // SAFETY: both pointers are valid for the call.
    let status = unsafe { entry(&hello, &mut table) };
    if status != abi::OK || table.is_null() {
        return Err(PluginError::Entry { path: path.to_owned(), status });
    }
    // SAFETY: the entry returned OK, so the table is static and follows the header in its first fields.
    let table: &'static abi::Library = unsafe { &*table };
    let found = if table.header_hash.is_null() {
        "none".to_owned()
    } else {
        // SAFETY: the hash is a string that ends in NUL, by the header.
        unsafe { CStr::from_ptr(table.header_hash) }.to_string_lossy().into_owned()
    };
    if found != abi::HEADER_HASH {
        return Err(PluginError::OtherHeader { path: path.to_owned(), found });
    }
    Ok(table)
}

fn samplers(table: &'static abi::Library, file: &Arc<PluginFile>) -> Result<Vec<SamplerInfo>, PluginError> {
    let wrong = |sampler: String, reason: String| PluginError::Descriptor { path: file.path.clone(), sampler, reason };
    let n = table.n_samplers as usize;
    if n == 0 || table.samplers.is_null() {
        return Err(wrong("-".into(), "the library has no samplers".into()));
    }
    let mut out = Vec::with_capacity(n);
    for i in 0..n {
        // SAFETY: the table has n pointers, each null or to a static description.
        let raw: &'static abi::Info = unsafe { (*table.samplers.add(i)).as_ref() }
            .ok_or_else(|| wrong(format!("number {i}"), "the description is null".into()))?;
        // SAFETY: the header hash agrees, so the description follows the header.
        let info = unsafe { info::sampler(raw, file) }.map_err(|reason| {
            // SAFETY: as above.
            let id = unsafe { info::text(raw.id) }.unwrap_or_default();
            wrong(if id.is_empty() { format!("number {i}") } else { id }, reason)
        })?;
        check_streams(&info.streams).map_err(|reason| wrong(info.id.clone(), reason))?;
        out.push(info);
    }
    Ok(out)
}

/// Two names of one sampler, or one of the host's, must not give the same stream.
fn check_streams(streams: &[String]) -> Result<(), String> {
    let host = ["init", "init-component", "path"];
    let names: Vec<&str> = host.into_iter().chain(streams.iter().map(String::as_str)).collect();
    crate::noise::streams(&names).map(drop).map_err(|e| e.to_string())
}
