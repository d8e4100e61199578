//! The key that a sentence is about: parts of an experiment that know no YAML name it in their errors.

use super::{Content, Node, Step, Tree};
use crate::experiment::error::{Fault, Problem};

/// Keys whose text is a file.
pub const FILE_KEYS: [&str; 2] = ["file", "path"];

impl Tree {
    /// What is wrong at a key somewhere below `path`: the file that the sentence names, else its first word that is a
    /// key below, or a path of keys such as `schedule.steps.at` or `weights[1]`; where there is none, `path` itself.
    #[must_use]
    pub fn problem_below(&self, path: &[Step], text: String) -> Problem {
        let below = self.get(path).and_then(|node| file(node, &text).or_else(|| mentioned(node, &text)));
        let path: Vec<Step> = path.iter().cloned().chain(below.unwrap_or_default()).collect();
        self.problem(&path, Fault::Invalid(text))
    }
}

/// The path of a key whose file the sentence names.
fn file(node: &Node, text: &str) -> Option<Vec<Step>> {
    anywhere(node, &|node| {
        let Content::Map(entries) = &node.content else { return None };
        let named = |value: &Content| matches!(value, Content::Text(file) if text.contains(file.as_str()));
        let key = entries.iter().find(|(key, node)| FILE_KEYS.contains(&key.text.as_str()) && named(&node.content));
        key.map(|(key, _)| vec![key.text.as_str().into()])
    })
}

/// The path of the first word that is a key or a path of keys.
fn mentioned(node: &Node, text: &str) -> Option<Vec<Step>> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !"_-.[]".contains(c));
    words.filter(|word| !word.is_empty()).find_map(|word| anywhere(node, &|node| led(node, word)))
}

/// Where a word such as `weights[1]` leads from a map: all of its keys must be there; places of lists that are not there
/// are left out.
fn led(node: &Node, word: &str) -> Option<Vec<Step>> {
    let mut places = word.split('[');
    let mut path = Vec::new();
    let mut node = node;
    for key in places.next()?.split('.') {
        node = node.get(key)?;
        path.push(key.into());
    }
    for place in places.map_while(|place| place.strip_suffix(']')?.parse::<usize>().ok()) {
        let Content::List(items) = &node.content else { break };
        let Some(item) = items.get(place) else { break };
        node = item;
        path.push(place.into());
    }
    Some(path)
}

/// What is found at a map or at one below it, with the keys that lead there.
fn anywhere(node: &Node, find: &dyn Fn(&Node) -> Option<Vec<Step>>) -> Option<Vec<Step>> {
    let Content::Map(entries) = &node.content else { return None };
    find(node).or_else(|| {
        entries.iter().find_map(|(key, child)| {
            let mut path = anywhere(child, find)?;
            path.insert(0, key.text.as_str().into());
            Some(path)
        })
    })
}
