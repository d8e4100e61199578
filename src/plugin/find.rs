//! Which files are plugins: by the symbol they export, read without running them.

use super::PluginError;
use object::{Object, ObjectSymbol, ReadCache};
use std::env::consts::{DLL_EXTENSION, EXE_EXTENSION};
use std::fs::File;
use std::path::{Path, PathBuf};

/// The places where plugins are looked for, in order: those given, `ITO_PLUGIN_PATH`, the folder of the
/// executable, `<prefix>/lib/ito/plugins`. The last two may be absent.
#[must_use]
pub fn search_path(given: &[PathBuf]) -> Vec<PathBuf> {
    let mut path = given.to_vec();
    if let Some(list) = std::env::var_os("ITO_PLUGIN_PATH") {
        path.extend(std::env::split_paths(&list).filter(|p| !p.as_os_str().is_empty()));
    }
    let executable = std::env::current_exe().ok().and_then(|exe| exe.canonicalize().ok());
    if let Some(folder) = executable.as_deref().and_then(Path::parent) {
        let installed = folder.parent().map(|prefix| prefix.join("lib/ito/plugins"));
        path.extend([folder.to_owned()].into_iter().chain(installed).filter(|p| p.is_dir()));
    }
    let mut seen = Vec::new();
    path.retain(|p| {
        let same = p.canonicalize().unwrap_or_else(|_| p.clone());
        let fresh = !seen.contains(&same);
        seen.push(same);
        fresh
    });
    path
}

/// The plugins under a path: the file itself, or every plugin of a folder, sorted by name.
///
/// A shared library without the entry is no plugin and is passed over in a folder; a file that ends like a
/// shared library and is none is an error, because somebody meant it to be one.
pub(super) fn plugins_at(path: &Path) -> Result<Vec<PathBuf>, PluginError> {
    if path.is_file() {
        return match exports(path)? {
            Entry::Here => Ok(vec![path.to_owned()]),
            Entry::Other(other) => Err(PluginError::NoEntry { path: path.to_owned(), other }),
        };
    }
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(PluginError::NotFound { path: path.to_owned() });
        }
        Err(source) => return Err(PluginError::Io { path: path.to_owned(), what: "cannot list the folder", source }),
    };
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let file = entry.path();
        let is_library = file.extension().is_some_and(|e| e == DLL_EXTENSION && e != EXE_EXTENSION);
        if is_library && file.is_file() && matches!(exports(&file)?, Entry::Here) {
            found.push(file);
        }
    }
    found.sort();
    Ok(found)
}

enum Entry {
    Here,
    /// Another major version, in words, or nothing.
    Other(String),
}

fn exports(path: &Path) -> Result<Entry, PluginError> {
    let file =
        File::open(path).map_err(|source| PluginError::Io { path: path.to_owned(), what: "cannot be read", source })?;
    let cache = ReadCache::new(file);
    let reason = |e: object::Error| PluginError::NotALibrary { path: path.to_owned(), reason: e.to_string() };
    let object = object::File::parse(&cache).map_err(reason)?;
    let mut other = String::new();
    for symbol in object.dynamic_symbols().filter(|s| s.is_definition()) {
        let name = symbol.name().map_err(reason)?;
        if name == ito_abi::ENTRY {
            return Ok(Entry::Here);
        }
        if name.starts_with("ito_plugin_v") {
            other = format!("; it exports `{name}`, the entry of another major version");
        }
    }
    Ok(Entry::Other(other))
}
