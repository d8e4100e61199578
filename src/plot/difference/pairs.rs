//! Which cells of two samplers belong together.

use super::names::{called, find, names};
use super::{At, Difference};
use crate::experiment::record::Record;
use crate::plot::PlotError;
use crate::plot::axes::trimmed;
use crate::plot::facets::{Facets, phrase};
use crate::plot::series::{Line, Place, Question, WITH_STEPS, group, number, places};
use std::collections::BTreeSet;

/// Columns of one value a cell, and those that name the samplers.
const NOT_BY: [&str; 8] = ["cell", "seed", "sampler", "params", "status", "error", "model_s", "metrics"];
/// Settings for which the plan gives each sampler its own where the experiment does not choose: as much a part of the
/// sampler as its parameters.
const OWN: [&str; 2] = ["final", "grid"];

/// All pairs of a figure.
pub(super) struct Pairs<'a> {
    /// What the two samplers are called.
    pub names: [String; 2],
    /// One a line of the figure, in the order of the records.
    pub lines: Vec<Joined<'a>>,
    /// What the reader must know of settings that the two samplers do not share; whole sentences, or empty.
    pub notes: String,
}

/// The cells of two samplers that share every setting.
pub(super) struct Joined<'a> {
    /// Built only from what differs between the lines.
    pub label: String,
    /// In order.
    pub places: Vec<Meeting<'a>>,
}

/// The pairs of cells at one x.
pub(super) struct Meeting<'a> {
    /// Where they are on the line of the first sampler.
    pub place: Place<'a>,
    /// Cells of the first and of the second sampler, one pair a seed.
    pub pairs: Vec<(&'a Record, &'a Record)>,
    /// Seeds that one of the two does not have.
    pub alone: usize,
}

/// Cells of one sampler that share every setting.
pub(super) struct Part<'a> {
    /// `sampler` and `params`.
    pub sampler: Facets,
    /// The column `by`; empty where the sampler has no such parameter.
    pub by: Facets,
    /// All else.
    pub settings: Facets,
    records: Vec<&'a Record>,
}

/// Joins the lines of two samplers.
///
/// # Errors
/// [`PlotError`]: no records, a name that is not one sampler's, a column that is no setting, nothing to join.
pub(super) fn pairs<'a>(spec: &Difference, records: &'a [Record]) -> Result<Pairs<'a>, PlotError> {
    let ask = Question { y: &spec.y, x: spec.x.column(), samplers: &[] };
    let parts = parts(spec, &group(records, &ask)?)?;
    let mut samplers: Vec<Facets> = Vec::new();
    for part in &parts {
        if !samplers.contains(&part.sampler) {
            samplers.push(part.sampler.clone());
        }
    }
    let names = names(&samplers);
    let (i, j) = (find(&spec.of[0], &samplers, &names)?, find(&spec.of[1], &samplers, &names)?);
    if i == j {
        return Err(PlotError::SameSampler(names[i].clone()));
    }
    let (mut a, rest): (Vec<Part<'_>>, Vec<Part<'_>>) = parts.into_iter().partition(|p| p.sampler == samplers[i]);
    let mut b: Vec<Part<'_>> = rest.into_iter().filter(|p| p.sampler == samplers[j]).collect();
    let names = [names[i].clone(), names[j].clone()];

    let mut notes = String::new();
    for column in OWN {
        if let Some([x, y]) = take_own(column, &mut a, &mut b) {
            notes
                .push_str(&format!("Each sampler has its own {column}: {x} for {}, {y} for {}.\n", names[0], names[1]));
        }
    }
    let mut joined: Vec<(&Part<'_>, &Part<'_>, Vec<Meeting<'_>>)> = Vec::new();
    for a in &a {
        for b in b.iter().filter(|b| agree(a, b)) {
            let meetings = meetings(&a.records, &b.records, &ask);
            if !meetings.is_empty() {
                joined.push((a, b, meetings));
            }
        }
    }
    if joined.is_empty() {
        return Err(no_pairs(spec.x, names, [&a, &b]));
    }
    for (name, side) in names.iter().zip([&a, &b]) {
        let used = |part: &&Part<'_>| joined.iter().any(|(a, b, _)| std::ptr::eq(*a, *part) || std::ptr::eq(*b, *part));
        let (all, used) = (side.len(), side.iter().filter(used).count());
        if used < all {
            notes
                .push_str(&format!("Of {all} settings of {name}, {} have no partner and are not drawn.\n", all - used));
        }
    }
    let together: Vec<(&Part<'_>, &Part<'_>)> = joined.iter().map(|(a, b, _)| (*a, *b)).collect();
    let labels = called(spec.by.as_deref(), &names.join(" − "), &together);
    let lines = joined.into_iter().zip(labels).map(|((_, _, places), label)| Joined { label, places }).collect();
    Ok(Pairs { names, lines, notes })
}

/// Whether two parts differ in the sampler alone. A parameter that one of them does not have pairs with all its values.
fn agree(a: &Part<'_>, b: &Part<'_>) -> bool {
    a.settings == b.settings && (a.by == b.by || a.by.is_empty() || b.by.is_empty())
}

/// The lines, cut by the column `by` where that is not done already.
fn parts<'a>(spec: &Difference, lines: &[Line<'a>]) -> Result<Vec<Part<'a>>, PlotError> {
    let mut out: Vec<Part<'_>> = Vec::new();
    for line in lines {
        let start = out.len();
        for record in &line.records {
            let by = spec.by.as_deref().map_or_else(Facets::new, |by| value(by, record, &line.facets));
            if let Some(part) = out[start..].iter_mut().find(|part| part.by == by) {
                part.records.push(record);
                continue;
            }
            let others = line.facets.clone().into_iter().filter(|(name, _)| !by.contains_key(name));
            let (sampler, settings) = others.partition(|(name, _)| name == "sampler" || name.starts_with("params."));
            out.push(Part { sampler, by, settings, records: vec![record] });
        }
    }
    match &spec.by {
        Some(by) if out.iter().all(|part| part.by.is_empty()) => {
            let mut have: BTreeSet<&str> = lines.iter().flat_map(|l| l.facets.keys().map(String::as_str)).collect();
            have.remove("sampler");
            have.insert("batch");
            let have = have.into_iter().collect();
            Err(PlotError::NoSetting { found: by.clone(), have })
        }
        _ => Ok(out),
    }
}

/// What a record has in a column: all facets below it, else the column's text; empty where there is nothing.
fn value(column: &str, record: &Record, facets: &Facets) -> Facets {
    if NOT_BY.contains(&column) || WITH_STEPS.contains(&column) {
        return Facets::new();
    }
    let below = |name: &str| name.strip_prefix(column).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let found: Facets = facets.iter().filter(|(n, _)| below(n)).map(|(n, v)| (n.clone(), v.clone())).collect();
    if !found.is_empty() {
        return found;
    }
    match serde_json::to_value(record).ok().as_ref().and_then(|fields| fields.get(column)) {
        None | Some(serde_json::Value::Null) => Facets::new(),
        Some(serde_json::Value::String(text)) => Facets::from([(column.to_owned(), text.clone())]),
        Some(other) => Facets::from([(column.to_owned(), other.to_string())]),
    }
}

/// Takes a column out of the settings where each side has one value of it and the two differ; returns both in words.
fn take_own<'a>(column: &str, a: &mut [Part<'a>], b: &mut [Part<'a>]) -> Option<[String; 2]> {
    let below = |name: &str| name.split('.').next() == Some(column);
    let values = |parts: &[Part<'_>]| -> Option<Facets> {
        let of = |part: &Part<'_>| part.settings.clone().into_iter().filter(|(name, _)| below(name)).collect();
        let mut all: BTreeSet<Facets> = parts.iter().map(of).collect();
        all.pop_first().filter(|_| all.is_empty())
    };
    let (x, y) = (values(a)?, values(b)?);
    if x == y {
        return None;
    }
    for part in a.iter_mut().chain(b) {
        part.settings.retain(|name, _| !below(name));
    }
    let words = |of: &Facets, other: &Facets| {
        let differs = of.iter().filter(|(name, value)| other.get(*name) != Some(*value));
        let word = |(name, value): (&String, &String)| if name == column { value.clone() } else { phrase(name, value) };
        differs.map(word).collect::<Vec<_>>().join(", ")
    };
    Some([words(&x, &y), words(&y, &x)])
}

/// The cells of two lines that have x and seed in common.
fn meetings<'a>(a: &[&'a Record], b: &[&'a Record], ask: &Question<'_>) -> Vec<Meeting<'a>> {
    let others = places(b, ask);
    let meet = |place: Place<'a>| {
        let x = place.x?;
        let other = others.iter().find(|o| o.x.is_some_and(|o| (o - x).abs() <= 1e-9 * x.abs()))?;
        let partner = |r: &&'a Record| Some((*r, *other.records.iter().find(|o| o.seed == r.seed)?));
        let pairs: Vec<_> = place.records.iter().filter_map(partner).collect();
        let alone = place.records.len() + other.records.len() - 2 * pairs.len();
        (!pairs.is_empty()).then_some(Meeting { place, pairs, alone })
    };
    places(a, ask).into_iter().filter_map(meet).collect()
}

/// Names the settings that keep the two apart, each with what the two have.
fn no_pairs(x: At, [first, second]: [String; 2], sides: [&[Part<'_>]; 2]) -> PlotError {
    let numbers = |side: &[Part<'_>], column: &str| {
        let mut all: Vec<f64> = side.iter().flat_map(|p| &p.records).filter_map(|r| number(r, column)).collect();
        all.sort_by(f64::total_cmp);
        all.dedup();
        all.into_iter().map(trimmed).collect::<Vec<_>>()
    };
    let texts = |side: &[Part<'_>], name: &str| {
        let of = |p: &Part<'_>| p.settings.get(name).or_else(|| p.by.get(name)).cloned();
        side.iter().filter_map(of).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()
    };
    let parts = || sides.iter().flat_map(|side| side.iter());
    let names: BTreeSet<&String> = parts().flat_map(|p| p.settings.keys().chain(p.by.keys())).collect();
    let mut columns =
        vec![(x.word(), sides.map(|s| numbers(s, x.column()))), ("seed", sides.map(|s| numbers(s, "seed")))];
    columns.extend(names.into_iter().map(|name| (name.as_str(), sides.map(|s| texts(s, name)))));
    let said = |values: &[String]| if values.is_empty() { "nothing".to_owned() } else { values.join(", ") };
    let apart = columns.iter().filter(|(_, [a, b])| a.iter().all(|v| !b.contains(v)));
    let found: Vec<String> = apart.map(|(name, [a, b])| format!("{name} {} and {}", said(a), said(b))).collect();
    let found = if found.is_empty() { "other combinations of them in each".to_owned() } else { found.join("; ") };
    PlotError::NoPairs { first, second, x: x.word(), found }
}
