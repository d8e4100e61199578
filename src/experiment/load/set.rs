//! `--set key=value`: changes to the tree before it is read as an experiment.

use super::super::error::{Fault, Report};
use super::tree::{Content, Key, Mark, Node, Source, Step, Tree};

/// Applies `key=value`. The key is a path such as `sweep.sampler[0].heun.in`, the value is YAML; maps on the
/// way are made where they are missing, so that a wrong key is found when the tree is read.
///
/// # Errors
/// [`Fault::Set`] without a `=`, mistakes in the value, a path that leads through a value or past a list.
pub fn set(tree: &mut Tree, change: &str) -> Result<(), Report> {
    let source = Source { origin: format!("--set {change}"), text: String::new() };
    let mark = Mark { source: tree.sources.len(), ..Mark::default() };
    tree.sources.push(source.clone());
    let (path, value) = match change.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => (path.trim(), value),
        _ => return Err(tree.problem_at(mark, &[], Fault::Set).into()),
    };
    let value = super::parse_value(&source, mark.source, value)?;
    let mut walked = Vec::new();
    match descend(&mut tree.root, path, mark, &mut walked) {
        Ok(place) => *place = value,
        Err(text) => return Err(tree.problem_at(mark, &walked, Fault::Invalid(text)).into()),
    }
    Ok(())
}

/// The node that a path names, made where it is missing; `walked` holds the steps taken.
fn descend<'a>(node: &'a mut Node, path: &str, mark: Mark, walked: &mut Vec<Step>) -> Result<&'a mut Node, String> {
    if path.is_empty() {
        return Ok(node);
    }
    match &mut node.content {
        Content::Null => node.content = Content::Map(Vec::new()),
        // A bare name stands for the map `{ name: {} }`.
        Content::Text(name) => {
            let key = Key { mark: node.mark, text: std::mem::take(name) };
            let empty = Node { mark: node.mark, content: Content::Map(Vec::new()) };
            node.content = Content::Map(vec![(key, empty)]);
        }
        _ => {}
    }
    match &mut node.content {
        Content::List(items) => {
            let digits = path.trim_start_matches(['.', '[']);
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            let (index, rest) = digits.split_at(end);
            let rest = rest.strip_prefix(']').unwrap_or(rest);
            let count = items.len();
            let item = index.parse().ok().and_then(|i: usize| Some((i, items.get_mut(i)?)));
            let (i, item) =
                item.ok_or_else(|| format!("this is a list of {count}: [0] to [{}] exist", count.saturating_sub(1)))?;
            walked.push(i.into());
            descend(item, rest, mark, walked)
        }
        Content::Map(entries) => {
            let path = path.strip_prefix('.').unwrap_or(path);
            let word = path.find(['.', '[']).unwrap_or(path.len());
            // Ids such as `org.x.name` hold dots: the longest key that is there wins.
            let leads =
                |key: &str| path.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
            let length = entries.iter().map(|(k, _)| k.text.as_str()).filter(|k| leads(k)).map(str::len).max();
            let (key, rest) = path.split_at(length.unwrap_or(word));
            walked.push(key.into());
            let place = match entries.iter().position(|(k, _)| k.text == key) {
                Some(place) => place,
                None => {
                    entries.push((Key { mark, text: key.into() }, Node { mark, content: Content::Null }));
                    entries.len() - 1
                }
            };
            descend(&mut entries[place].1, rest, mark, walked)
        }
        _ => Err("this is a value and has no keys".into()),
    }
}
