//! Names to choose from, as messages list them.

/// Names to choose from, in messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(pub Vec<String>);

impl<T: Into<String>> FromIterator<T> for Names {
    fn from_iter<I: IntoIterator<Item = T>>(names: I) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }
}

impl std::fmt::Display for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Some names are phrases with commas.
        let between = if self.0.iter().any(|name| name.contains(',')) { "; " } else { ", " };
        f.write_str(&self.0.join(between))
    }
}
