//! The list of the files that were drawn, so that those of figures which the experiment no longer names can go, and no
//! other file ever does.

use crate::experiment::run::RunError;
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// One file a line, relative to the run directory.
const LIST: &str = "figures.txt";

/// Whether anything was drawn here before.
pub(super) fn before(dir: &Path) -> bool {
    dir.join(LIST).exists()
}

/// Removes what was drawn before and is not now, and writes the list anew. The files of `failed` figures stay.
///
/// # Errors
/// [`RunError::Figure`] where a file cannot be removed or written.
pub(super) fn update(dir: &Path, files: &[PathBuf], failed: &[&str]) -> Result<(), RunError> {
    let refused = |path: &Path, cause: &std::io::Error| RunError::Figure(format!("{}: {cause}", path.display()));
    let list = dir.join(LIST);
    let old = match fs::read_to_string(&list) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(refused(&list, &cause)),
        read => read.unwrap_or_default(),
    };
    let relative = |file: &PathBuf| file.strip_prefix(dir).ok().and_then(Path::to_str).map(str::to_owned);
    let mut now: BTreeSet<String> = files.iter().filter_map(relative).collect();
    for line in old.lines().filter(|line| is_ours(Path::new(line))) {
        let stem = Path::new(line).file_stem().and_then(|stem| stem.to_str());
        if stem.is_some_and(|stem| failed.contains(&stem)) {
            now.insert(line.to_owned());
        } else if !now.contains(line) {
            let file = dir.join(line);
            match fs::remove_file(&file) {
                Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(refused(&file, &cause)),
                _ => {}
            }
        }
    }
    let text: String = now.into_iter().map(|line| line + "\n").collect();
    fs::write(&list, text).map_err(|cause| refused(&list, &cause))
}

/// Whether a line of the list can be one of ours: a file of the folders that are drawn into.
fn is_ours(path: &Path) -> bool {
    let parts: Vec<Component<'_>> = path.components().collect();
    matches!(parts.as_slice(), [Component::Normal(folder), Component::Normal(_)] if *folder == "figures" || *folder == "tables")
}
