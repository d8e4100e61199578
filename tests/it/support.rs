//! What the tests share.

use ito::plugin::Registry;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The folder where cargo leaves the plugins' shared libraries: that of the test executable.
pub fn plugin_folder() -> PathBuf {
    let exe = std::env::current_exe().expect("a test has an executable");
    exe.parent().expect("it lies in a folder").to_owned()
}

/// The plugins of the collection and of the test kit, each by its file.
pub fn plugin_files() -> Vec<PathBuf> {
    let file = |name: &str| {
        let (prefix, extension) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_EXTENSION);
        plugin_folder().join(format!("{prefix}ito_{}.{extension}", name.replace('-', "_")))
    };
    let folders = std::fs::read_dir(root().join("plugins")).expect("the folder of the plugins").flatten();
    let folders = folders.filter(|entry| entry.path().join("Cargo.toml").is_file());
    let mut names: Vec<String> = folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    // The contract and the kit are no plugins.
    names.retain(|name| !["abi", "kit"].contains(&name.as_str()));
    names.sort();
    names.iter().map(|name| file(name)).collect()
}

/// `ito` in a folder of its own: beside the one that cargo builds may lie plugins of another time.
pub fn executable() -> &'static Path {
    static PLACE: OnceLock<PathBuf> = OnceLock::new();
    PLACE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("executable");
        let (mine, place) = (folder.join(std::process::id().to_string()), folder.join("ito"));
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::copy(env!("CARGO_BIN_EXE_ito"), &mine).expect("a copy of the executable");
        // Other tests may run the old copy at this moment.
        std::fs::rename(&mine, &place).expect("the copy takes its place");
        place
    })
}

/// All samplers.
pub fn registry() -> Registry {
    Registry::open(&plugin_files()).expect("the plugins of the collection load")
}

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The recipes of published tables: the experiment of that name and the files beside it.
pub fn recipes() -> Vec<PathBuf> {
    let beside = std::fs::read_dir(root().join("experiments/published-recipes")).expect("a folder").flatten();
    let mut files: Vec<PathBuf> = beside.map(|entry| entry.path()).collect();
    files.push(root().join("experiments/published-recipes.yaml"));
    files.sort();
    files
}

use ito::experiment::plan::{self, Plan};
use ito::experiment::record::Record;
use ito::experiment::run::{Options, Reporter, run};
use ito::experiment::store::Store;
use ndarray::Array2;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

/// Keeps the texts of failed cells, so that a test can show them.
#[derive(Default)]
pub struct Errors(Mutex<Vec<String>>);

impl Errors {
    pub fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Reporter for Errors {
    fn planned(&self, _: usize, _: usize, _: usize) {}
    fn training(&self, _: u64, _: u64, _: f64) {}
    fn finished(&self, record: &Record) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(record.error.iter().map(|e| format!("{}: {e}", record.sampler)));
    }
    fn note(&self, text: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_owned());
    }
}

/// A finished run in a folder of its own.
pub struct Done {
    pub dir: tempfile::TempDir,
    pub plan: Plan,
    pub errors: Vec<String>,
}

impl Done {
    pub fn records(&self) -> Vec<Record> {
        ito::experiment::table::read(&self.dir.path().join("records.csv")).unwrap()
    }

    /// The kept samples of each cell, in plan order.
    pub fn samples(&self) -> Vec<Array2<f64>> {
        let store = Store::open(self.dir.path()).unwrap();
        let keys = self.plan.cells.iter().map(|cell| cell.key.as_str());
        keys.map(|key| store.samples(key).unwrap().expect("samples are kept")).collect()
    }

    /// The bytes of the samples' files, in plan order.
    pub fn sample_files(&self) -> Vec<Vec<u8>> {
        let file = |key: &str| self.dir.path().join("cells").join(key).join("samples.safetensors");
        self.plan.cells.iter().map(|cell| std::fs::read(file(&cell.key)).unwrap()).collect()
    }
}

/// Plans a YAML text; a mistake in it is the test's own.
pub fn planned(yaml: &str, sets: &[&str]) -> Plan {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("test.yaml");
    std::fs::write(&file, yaml).unwrap();
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    match plan::open(&file, &sets, &registry()) {
        Ok(plan) => plan,
        Err(report) => panic!("{report}"),
    }
}

/// Runs a YAML text with `jobs` threads.
pub fn run_yaml(yaml: &str, sets: &[&str], jobs: u64) -> Done {
    let plan = planned(yaml, sets);
    let dir = tempfile::tempdir().unwrap();
    let options = Options { out: dir.path().to_owned(), jobs: Some(jobs), ..Options::default() };
    let errors = Errors::default();
    run(&plan, &options, &AtomicBool::new(false), &errors).unwrap();
    Done { dir, plan, errors: errors.all() }
}
