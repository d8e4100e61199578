//! Files named in an experiment: found relative to the YAML file, kept as absolute paths.

use super::super::error::{Fault, Problem};
use super::super::load::{Content, FILE_KEYS, Node, Path, Step, Tree};
use std::path::{self, PathBuf};

/// Makes every file absolute, so that the resolved spec means the same from everywhere; returns those that
/// are not there. Values of the file start at its folder, values of a `--set` at the current one.
pub(super) fn make_absolute(tree: &mut Tree) -> Vec<Problem> {
    let origin = tree.sources.first().map(|source| PathBuf::from(&source.origin)).unwrap_or_default();
    let folder = origin.parent().map(PathBuf::from).unwrap_or_default();
    let mut missing = Vec::new();
    walk(&mut tree.root, &folder, &mut Vec::new(), &mut missing);
    missing.iter().map(|(path, file)| tree.problem(path, Fault::MissingFile(file.display().to_string()))).collect()
}

fn walk(node: &mut Node, folder: &path::Path, path: &mut Vec<Step>, missing: &mut Vec<(Vec<Step>, PathBuf)>) {
    // The texts of samplers belong to their plugins.
    if matches!(Path(path).to_string().as_str(), "sweep.sampler" | "sweep.params" | "figures") {
        return;
    }
    match &mut node.content {
        Content::List(items) => {
            for (i, item) in items.iter_mut().enumerate() {
                path.push(i.into());
                walk(item, folder, path, missing);
                path.pop();
            }
        }
        Content::Map(entries) => {
            for (key, child) in entries {
                path.push(key.text.as_str().into());
                let source = child.mark.source;
                match &mut child.content {
                    Content::Text(text) if FILE_KEYS.contains(&key.text.as_str()) => {
                        let file = if source == 0 { folder.join(&*text) } else { PathBuf::from(&*text) };
                        if !file.is_file() {
                            missing.push((path.clone(), file));
                        } else if let Ok(absolute) = path::absolute(&file) {
                            *text = absolute.display().to_string();
                        }
                    }
                    _ => walk(child, folder, path, missing),
                }
                path.pop();
            }
        }
        _ => {}
    }
}
