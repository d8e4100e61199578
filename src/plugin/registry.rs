//! All samplers of a search path.

use super::{ParamKind, ParamValue, PluginError, SamplerInfo, error, find, library};
use std::path::PathBuf;
use std::sync::Arc;

/// All samplers found, sorted by id.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    samplers: Vec<Arc<SamplerInfo>>,
    warnings: Vec<String>,
}

impl Registry {
    /// Loads every plugin under these files and folders.
    ///
    /// The same bytes found twice count once. Where two different plugins claim one id, the earlier place
    /// in the path wins if it was a different place, with a warning; within one place it is an error.
    ///
    /// # Errors
    /// [`PluginError`] for the first plugin that cannot be used.
    pub fn open(path: &[PathBuf]) -> Result<Self, PluginError> {
        let mut all: Vec<(usize, Arc<SamplerInfo>)> = Vec::new();
        let mut warnings = Vec::new();
        for (place, at) in path.iter().enumerate() {
            for file in find::plugins_at(at)? {
                for info in library::load(&file)? {
                    match all.iter().find(|(_, other)| other.id == info.id) {
                        None => all.push((place, Arc::new(info))),
                        Some((_, other)) if other.file.sha256 == info.file.sha256 => {}
                        Some((p, other)) if *p == place => {
                            return Err(PluginError::Duplicate {
                                id: info.id,
                                first: other.file.path.clone(),
                                second: file,
                            });
                        }
                        Some((_, other)) => warnings.push(format!(
                            "sampler `{}` of {} is hidden by {}, which comes earlier in the plugin path",
                            info.id,
                            file.display(),
                            other.file.path.display()
                        )),
                    }
                }
            }
        }
        let mut samplers: Vec<_> = all.into_iter().map(|(_, info)| info).collect();
        samplers.sort_by(|a, b| a.id.cmp(&b.id));
        let registry = Self { samplers, warnings };
        match registry.cycle() {
            Some(cycle) => Err(registry.endless(&cycle)),
            None => Ok(registry),
        }
    }

    /// Samplers whose parameters have each other as defaults, so that filling them in would never end: from one to the
    /// same again.
    #[must_use]
    pub fn cycle(&self) -> Option<Vec<String>> {
        self.samplers.iter().find_map(|info| self.back_to(&mut vec![info.id.clone()]))
    }

    /// A cycle that the defaults of the last sampler of a way lead into.
    fn back_to(&self, way: &mut Vec<String>) -> Option<Vec<String>> {
        let info = self.find(way.last()?)?;
        for param in info.params.iter().filter(|param| param.kind == ParamKind::Sampler) {
            let Some(ParamValue::Str(id)) = &param.default else { continue };
            let before = way.iter().position(|other| other == id);
            way.push(id.clone());
            if let Some(from) = before {
                return Some(way.split_off(from));
            }
            if let Some(cycle) = self.back_to(way) {
                return Some(cycle);
            }
            way.pop();
        }
        None
    }

    fn endless(&self, cycle: &[String]) -> PluginError {
        let id = cycle.first().cloned().unwrap_or_default();
        let path = self.find(&id).map(|info| info.file.path.clone()).unwrap_or_default();
        let reason = format!(
            "the default of a SAMPLER parameter leads back to it ({}); give one of them another default, or none",
            cycle.join(" → ")
        );
        PluginError::Descriptor { path, sampler: id, reason }
    }

    /// A registry of given descriptions, for tests of what stands above plugins.
    #[must_use]
    pub fn from_infos(infos: Vec<SamplerInfo>) -> Self {
        let mut samplers: Vec<_> = infos.into_iter().map(Arc::new).collect();
        samplers.sort_by(|a, b| a.id.cmp(&b.id));
        Self { samplers, warnings: Vec::new() }
    }

    /// All samplers, sorted by id.
    #[must_use]
    pub fn samplers(&self) -> &[Arc<SamplerInfo>] {
        &self.samplers
    }

    /// Samplers hidden by an earlier place of the path.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// A sampler by id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<Arc<SamplerInfo>> {
        self.samplers.iter().find(|s| s.id == id).cloned()
    }

    /// The sentence for an id that is not there.
    #[must_use]
    pub fn unknown(&self, id: &str) -> String {
        let ids = || self.samplers.iter().map(|s| s.id.as_str());
        let known = ids().collect::<Vec<_>>().join(", ");
        let known = if known.is_empty() { "none, no plugin was found".to_owned() } else { known };
        format!("unknown sampler `{id}`; known: {known}{}", error::nearest(id, ids()))
    }
}
