//! What samplers and lines of a difference are called: as in the other figures.

use super::pairs::Part;
use crate::plot::PlotError;
use crate::plot::facets::{Facets, labels, phrase};

/// The samplers' names: the id, and with it the parameters that differ where an id stands for several.
pub(super) fn names(samplers: &[Facets]) -> Vec<String> {
    let full = |(sampler, label): (&Facets, String)| match sampler.get("sampler") {
        // With one id in all records the legends leave it out.
        Some(id) if label != *id && !label.starts_with(&format!("{id}, ")) => format!("{id}, {label}"),
        _ => label,
    };
    samplers.iter().zip(labels(samplers)).map(full).collect()
}

/// The one sampler that a name means: its full name, what a legend calls it, or an id that stands for one only.
pub(super) fn find(name: &str, samplers: &[Facets], names: &[String]) -> Result<usize, PlotError> {
    let legend = labels(samplers);
    let named = |all: &[String]| all.iter().position(|n| n == name);
    let mut with_id = (0..samplers.len()).filter(|i| samplers[*i].get("sampler").is_some_and(|id| id == name));
    let alone = with_id.next().filter(|_| with_id.next().is_none());
    let found = named(names).or_else(|| named(&legend)).or(alone);
    found.ok_or_else(|| PlotError::UnknownSampler { found: name.to_owned(), have: names.iter().cloned().collect() })
}

/// The lines' names: the value of `by` first, then what else differs between them; `title` where nothing does.
pub(super) fn called(by: Option<&str>, title: &str, joined: &[(&Part<'_>, &Part<'_>)]) -> Vec<String> {
    let titled = |f: &Facets| f.clone().into_iter().chain([("sampler".to_owned(), title.to_owned())]).collect();
    let settings: Vec<Facets> = joined.iter().map(|(a, _)| titled(&a.settings)).collect();
    let rest = words(&settings);
    let Some(column) = by else { return rest };
    let values: Vec<Facets> =
        joined.iter().map(|(a, b)| if a.by.is_empty() { &b.by } else { &a.by }).cloned().collect();
    let alike = settings.iter().all(|other| *other == settings[0]);
    let label = |((value, among), rest): ((&Facets, String), &String)| {
        let own = value.get(column).cloned().unwrap_or_default();
        let first = match value.len() {
            0 => format!("no {column}"),
            1 if own.parse::<f64>().is_ok() => phrase(column, &own),
            1 => own,
            _ if among.is_empty() => own,
            _ => among,
        };
        if alike { first } else { format!("{first}, {rest}") }
    };
    values.iter().zip(words(&values)).zip(&rest).map(label).collect()
}

/// Labels of settings of which some are the same.
fn words(all: &[Facets]) -> Vec<String> {
    let mut distinct: Vec<Facets> = Vec::new();
    for one in all {
        if !distinct.contains(one) {
            distinct.push(one.clone());
        }
    }
    let labels = labels(&distinct);
    all.iter()
        .map(|one| distinct.iter().zip(&labels).find(|(d, _)| *d == one).map_or("", |(_, l)| l).to_owned())
        .collect()
}
