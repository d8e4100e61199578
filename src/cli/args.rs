//! Flags that subcommands share, and the parsers of their values.

use super::exit::{Stop, sentence};
use super::progress;
use crate::experiment::plan::{self, Plan};
use crate::experiment::spec::Spec;
use crate::plugin::{Registry, search_path};
use crate::score::net::DeviceKind;
use clap::{Args, ValueEnum};
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where `--help` shows the flags of every subcommand.
const HEADING: &str = "Flags of every subcommand";

/// Flags of every subcommand.
#[derive(Debug, Args)]
pub struct Global {
    /// A plugin, or a folder of plugins, that is searched before ITO_PLUGIN_PATH, the folder of the program and
    /// <prefix>/lib/ito/plugins; may be repeated.
    #[arg(long, global = true, value_name = "PATH", help_heading = HEADING)]
    pub plugin_path: Vec<PathBuf>,
    /// Print results that were asked for and errors, but no progress, notes or summaries.
    #[arg(long, short, global = true, help_heading = HEADING)]
    pub quiet: bool,
    /// When messages are coloured: auto (on a terminal, unless NO_COLOR is set), always or never.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = HEADING)]
    #[arg(value_enum, hide_possible_values = true)]
    pub color: Color,
}

/// When messages are coloured.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

impl Global {
    /// Whether messages are coloured.
    pub fn colored(&self) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
        }
    }

    /// A sentence for the user, unless he wants none.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            progress::line(&format!("note: {text}"));
        }
    }

    /// All samplers of the search path.
    ///
    /// # Errors
    /// The first plugin that cannot be used.
    pub fn registry(&self) -> Result<Registry, Stop> {
        let registry = Registry::open(&search_path(&self.plugin_path))?;
        registry.warnings().iter().for_each(|warning| self.note(warning));
        Ok(registry)
    }

    /// Reads and plans an experiment, and makes sure that its device is there.
    ///
    /// # Errors
    /// What is wrong with plugins, input or device.
    pub fn plan(&self, file: &Path, changes: &Changes) -> Result<Plan, Stop> {
        let plan = plan::open(file, &changes.sets(), &self.registry()?)?;
        self.check_device(&plan, changes)?;
        Ok(plan)
    }

    /// Makes sure that the device of a plan is there, and says where `--device` changes nothing.
    ///
    /// # Errors
    /// Why it is not.
    pub fn check_device(&self, plan: &Plan, changes: &Changes) -> Result<(), Stop> {
        // One device for all cells: that of the experiment, or the CPU where there is no network.
        let Some(device) = plan.cells.first().map(|cell| cell.device) else { return Ok(()) };
        if changes.device.is_some_and(|asked| asked != device) {
            self.note(&format!("--device changes nothing: the model is a closed form, which runs on {device}"));
        }
        device.open().map(drop).map_err(|e| Stop::environment(sentence(&e)))
    }
}

/// Changes to an experiment before it is read.
#[derive(Debug, Default, Args)]
pub struct Changes {
    /// Change one value of the experiment before it is read, such as `sweep.steps=[10, 20]`; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Where networks run, instead of the experiment's own `device`: cpu, libtorch or cuda:N.
    #[arg(long, value_name = "DEVICE")]
    pub device: Option<DeviceKind>,
}

impl Changes {
    /// The changes as `key=value`, in order.
    pub fn sets(&self) -> Vec<String> {
        self.set.iter().cloned().chain(self.device.map(|device| format!("device={device}"))).collect()
    }
}

/// The run directory of an experiment where none is given.
pub fn run_dir(given: Option<&PathBuf>, spec: &Spec) -> PathBuf {
    given.cloned().unwrap_or_else(|| Path::new("runs").join(spec.experiment.as_str()))
}

/// The spec of a run directory.
///
/// # Errors
/// Where there is none.
pub fn spec_file(run: &Path) -> Result<PathBuf, Stop> {
    let file = run.join("spec.yaml");
    if file.is_file() {
        return Ok(file);
    }
    Err(Stop::input(format!("{} is no run directory: it has no spec.yaml", run.display())))
}

/// Makes a folder if it is not there, and makes sure that files can be written in it.
///
/// # Errors
/// Why not.
pub fn writable(folder: &Path) -> Result<(), Stop> {
    // The current folder has an empty name.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    std::fs::create_dir_all(folder)
        .and_then(|()| tempfile::NamedTempFile::new_in(folder).map(drop))
        .map_err(|e| Stop::environment(format!("{} cannot be written: {e}", folder.display())))
}

/// Parses `i/n`, 1 ≤ i ≤ n.
pub fn shard(text: &str) -> Result<(u64, u64), String> {
    let number = |part: &str| part.parse::<u64>().ok().filter(|_| part.bytes().all(|b| b.is_ascii_digit()));
    match text.split_once('/').map(|(i, n)| (number(i), number(n))) {
        Some((Some(i), Some(n))) if (1..=n).contains(&i) => Ok((i, n)),
        _ => Err("a shard is i/n with 1 ≤ i ≤ n, such as 2/4 for the cells 2, 6, 10, …".into()),
    }
}

/// A filter on cells: each column has one of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter(pub Vec<(String, Vec<String>)>);

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut columns: Vec<(String, Vec<String>)> = Vec::new();
        for part in parts(text) {
            let pair = part.split_once('=').map(|(column, value)| (column.trim(), value.trim()));
            match (pair, columns.last_mut()) {
                (Some((column, value)), _) => match columns.iter_mut().find(|(name, _)| name == column) {
                    Some((_, values)) => values.push(value.into()),
                    None => columns.push((column.into(), vec![value.into()])),
                },
                (None, Some((_, values))) => values.push(part.trim().into()),
                (None, None) => return Err("a filter is column=value[,...], such as sampler=heun,euler".into()),
            }
        }
        Ok(Self(columns))
    }
}

/// The text between commas that stand outside of brackets and quotes: columns such as `params` hold JSON.
fn parts(text: &str) -> Vec<&str> {
    let (mut out, mut begin, mut depth, mut quoted) = (Vec::new(), 0, 0_i32, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '{' | '[' if !quoted => depth += 1,
            '}' | ']' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                out.push(&text[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    out.push(&text[begin..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_count_from_one() {
        assert_eq!(shard("1/1"), Ok((1, 1)));
        assert_eq!(shard("4/4"), Ok((4, 4)));
        for wrong in ["", "1", "0/4", "5/4", "1/0", "+1/4", "1/4/2", "-1/4", "a/b", " 1/4"] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
    }

    fn filter(text: &str) -> Vec<(String, Vec<String>)> {
        text.parse::<Filter>().expect(text).0
    }

    fn pair(column: &str, values: &[&str]) -> (String, Vec<String>) {
        (column.to_owned(), values.iter().map(|&v| v.to_owned()).collect())
    }

    #[test]
    fn filters_hold_columns_and_values() {
        assert_eq!(filter("sampler=heun"), [pair("sampler", &["heun"])]);
        assert_eq!(
            filter("sampler=heun,euler,steps=10"),
            [pair("sampler", &["heun", "euler"]), pair("steps", &["10"])]
        );
        assert_eq!(filter("seed=0, seed=1"), [pair("seed", &["0", "1"])]);
        let json = r#"params={"a":1,"b":[2,3]},seed=0"#;
        assert_eq!(filter(json), [pair("params", &[r#"{"a":1,"b":[2,3]}"#]), pair("seed", &["0"])]);
        assert!("heun".parse::<Filter>().is_err());
        assert_eq!(filter("status=failed,timed-out"), [pair("status", &["failed", "timed-out"])]);
    }

    #[test]
    fn the_device_is_one_more_change() {
        let changes = Changes { set: vec!["samples=3".into()], device: Some(DeviceKind::Cuda(1)) };
        assert_eq!(changes.sets(), ["samples=3", "device=cuda:1"]);
    }

    #[test]
    fn folders_that_cannot_be_written_are_the_environments_fault() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert!(writable(&folder.path().join("new/one")).is_ok());
        let file = folder.path().join("file");
        std::fs::write(&file, "").expect("written");
        assert_eq!(writable(&file).expect_err("a file").code(), 3);
        assert_eq!(spec_file(folder.path()).expect_err("no spec").code(), 2);
    }
}
