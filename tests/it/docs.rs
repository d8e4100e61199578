//! The documentation does what it says: its plugins build and run, its links lead somewhere, its experiments are sound.

use crate::support::{executable, plugin_files, recipes, root};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Most lines of the plugin in README.md, both files together.
const PLUGIN_LINES: usize = 60;

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_else(|e| panic!("{file}: {e}"))
}

/// The first fenced block of a language below a heading.
fn block<'t>(text: &'t str, heading: &str, language: &str) -> &'t str {
    let (_, below) = text.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no heading `{heading}`"));
    let below = below.split("\n## ").next().unwrap_or(below);
    let fenced = below.split_once(&format!("\n```{language}\n")).and_then(|(_, rest)| rest.split_once("\n```"));
    fenced.unwrap_or_else(|| panic!("no block of {language} below `{heading}`")).0
}

/// Runs a command that must succeed.
fn done(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}\n{}{}", text(&output.stdout), text(&output.stderr));
    output
}

/// ito with the collection, built for the tests, in its path.
fn ito() -> Command {
    let mut command = Command::new(executable());
    command.env("ITO_CACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    command.args(plugin_files().iter().flat_map(|file| ["--plugin-path".as_ref(), file.as_os_str()]));
    command
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}

/// The plugin of README.md, built in an empty crate; its three files stay in `folder`.
fn plugin_in_rust(folder: &Path) -> PathBuf {
    let readme = read("README.md");
    let of = |language| block(&readme, "## A sampler of your own", language);
    let (manifest, code) = (of("toml"), of("rust"));
    let lines = manifest.lines().count() + code.lines().count();
    assert!(lines <= PLUGIN_LINES, "the plugin of README.md has {lines} lines");
    let written = "../ito/plugins/kit";
    assert!(manifest.contains(written), "Cargo.toml names the kit by another path than {written}");
    let kit = root().join("plugins/kit").display().to_string();
    write(&folder.join("Cargo.toml"), &manifest.replace(written, &kit));
    let by_hand = block(&read("docs/plugin-abi.md"), "### A test by hand", "rust test").to_owned();
    write(&folder.join("src/lib.rs"), &format!("{code}\n\n{by_hand}\n"));
    write(&folder.join("mine.yaml"), of("yaml"));
    // Outside of this workspace, or cargo takes the crate for a member of it; what it builds is kept for the next time.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme-plugin");
    let build = ["build", "--release", "--offline", "--target-dir"];
    done(Command::new(env!("CARGO")).current_dir(folder).args(build).arg(&target));
    let tests =
        done(Command::new(env!("CARGO")).current_dir(folder).args(["test", "--offline", "--target-dir"]).arg(&target));
    assert!(String::from_utf8_lossy(&tests.stdout).contains("2 passed"), "the test by hand of docs/plugin-abi.md ran");
    let name = format!("{}mine{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    target.join("release").join(name)
}

/// The same method in C, from docs/plugin-abi.md.
fn plugin_in_c(folder: &Path) -> PathBuf {
    let source = folder.join("two_m.c");
    write(&source, &(block(&read("docs/plugin-abi.md"), "## In C", "c").to_owned() + "\n"));
    let library = folder.join(format!("libtwo_m{}", std::env::consts::DLL_SUFFIX));
    let flags = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-fvisibility=hidden"];
    let include = root().join("plugins/abi/include");
    done(Command::new("cc").args(flags).arg("-I").arg(include).arg(source).arg("-o").arg(&library).arg("-lm"));
    library
}

/// The rows of a table as (header, field) look-ups.
struct Rows(Vec<std::collections::HashMap<String, String>>);

impl Rows {
    fn open(file: &Path) -> Self {
        let mut reader = csv::Reader::from_path(file).expect("records.csv");
        Self(reader.deserialize().collect::<Result<_, _>>().expect("rows of text"))
    }

    /// A column of one sampler, in plan order.
    fn of(&self, sampler: &str, column: &str) -> Vec<&str> {
        self.0.iter().filter(|row| row["sampler"] == sampler).map(|row| row[column].as_str()).collect()
    }
}

#[test]
fn the_plugins_of_the_documentation_build_and_run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (rust, c) = (plugin_in_rust(folder.path()), plugin_in_c(folder.path()));
    let run = |out: &str, sets: &[&str]| {
        let mut command = ito();
        command.arg("run").arg(folder.path().join("mine.yaml")).arg("--out").arg(folder.path().join(out));
        command.arg("--plugin-path").arg(rust.parent().expect("a folder")).arg("--plugin-path").arg(&c);
        done(command.args(sets.iter().flat_map(|set| ["--set", set])));
        Rows::open(&folder.path().join(out).join("records.csv"))
    };
    let rows = run("both", &["sweep.sampler=[heun, org.example.two-m, org.example.two-m-c]"]);
    let mine = |column| rows.of("org.example.two-m", column);
    assert_eq!(mine("status"), ["ok"; 4], "{:?}", mine("error"));
    assert_eq!(mine("nfe"), mine("steps"), "one evaluation a step");
    let error = |column: &[&str]| column.iter().map(|e| e.parse().expect("a number")).collect::<Vec<f64>>();
    let errors = error(&mine("trajectory"));
    assert!(errors[3] < errors[0] / 16.0, "order 2 from N = 5 to 40 should give a factor of about 64: {errors:?}");
    for column in ["trajectory", "sliced-w2"] {
        assert_eq!(mine(column), rows.of("org.example.two-m-c", column), "the plugin in C is the same method");
    }
    // And as it is written, without any change.
    assert_eq!(run("written", &[]).of("org.example.two-m", "status"), ["ok"; 4]);
}

#[test]
fn the_guide_and_the_readme_show_one_plugin() {
    let (readme, guide) = (read("README.md"), read("docs/plugin-abi.md"));
    for language in ["toml", "rust"] {
        let of = |text, heading| block(text, heading, language).to_owned();
        assert_eq!(of(&readme, "## A sampler of your own"), of(&guide, "## In Rust"));
    }
}

/// `ito check` accepts an experiment and prints what it costs.
fn check(file: &Path) {
    let output = done(ito().arg("check").arg(file));
    let table = String::from_utf8_lossy(&output.stdout);
    assert!(table.contains("evaluations"), "{}: {table}", file.display());
}

#[test]
fn experiments_pass_the_check() {
    let files = std::fs::read_dir(root().join("experiments")).expect("a folder").flatten().map(|entry| entry.path());
    let files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|e| e == "yaml")).collect();
    assert!(files.len() >= 4, "{files:?}");
    let page = read("experiments/README.md");
    for file in files {
        check(&file);
        let name = file.file_name().expect("a file").to_string_lossy().into_owned();
        assert!(page.contains(&format!("({name})")), "experiments/README.md does not name {name}");
    }
    let page = read("experiments/published-recipes.yaml");
    for file in recipes() {
        check(&file);
        let name = file.file_stem().expect("a file").to_string_lossy().into_owned();
        assert!(page.contains(&name), "experiments/published-recipes.yaml does not name {name}");
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("ring.yaml");
    write(&file, block(&read("README.md"), "## A run", "yaml"));
    check(&file);
}

/// Markdown files of the repository, as paths from its root.
fn pages() -> Vec<PathBuf> {
    fn below(folder: &Path, out: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let skipped = name.to_string_lossy().starts_with('.') || name == "target" || name == "runs";
            if path.is_dir() && !skipped {
                below(&path, out);
            } else if path.extension().is_some_and(|e| e == "md") {
                out.push(path);
            }
        }
    }
    let mut out = Vec::new();
    below(root(), &mut out);
    out
}

/// The text of a page without its fenced blocks.
fn prose(text: &str) -> String {
    text.split("\n```").step_by(2).collect()
}

/// The anchor that a heading gets on GitHub.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

/// The headings of a page as anchors.
fn anchors(page: &Path) -> Vec<String> {
    let text = prose(&std::fs::read_to_string(page).unwrap_or_default());
    text.lines().filter(|line| line.starts_with('#')).map(|line| anchor(line.trim_start_matches('#'))).collect()
}

#[test]
fn links_lead_to_files_and_headings() {
    let mut broken = Vec::new();
    for page in pages() {
        let text = prose(&std::fs::read_to_string(&page).expect("a page"));
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://")) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let folder = page.parent().expect("a page lies in a folder");
            let path = if file.is_empty() { page.clone() } else { folder.join(file) };
            if !path.exists() || !(heading.is_empty() || anchors(&path).iter().any(|anchor| anchor == heading)) {
                broken.push(format!("{}: {target}", page.strip_prefix(root()).expect("below the root").display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn files_named_in_the_documentation_exist() {
    const FOLDERS: [&str; 5] = ["src/", "plugins/", "tests/", "docs/", "experiments/"];
    let mut missing = Vec::new();
    for page in ["README.md", "docs/math.md", "docs/plugin-abi.md", "docs/errata.md", "plugins/README.md"] {
        let text = prose(&read(page));
        let words = text.split('`').skip(1).step_by(2);
        let files = words.filter(|word| FOLDERS.iter().any(|f| word.starts_with(f)) && !word.contains([' ', '<', '*']));
        missing.extend(files.filter(|file| !root().join(file).exists()).map(|file| format!("{page}: {file}")));
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn the_reference_of_the_yaml_is_the_one_made_from_the_types() {
    let made = ito::experiment::schema::reference_markdown();
    assert_eq!(
        read("docs/experiments.md").trim_end(),
        made.trim_end(),
        "run `ito schema --markdown > docs/experiments.md`"
    );
}

/// What the plugins say of themselves stands in docs/samplers.md as they say it, and each has rows in its order table.
#[test]
fn the_page_of_samplers_is_the_one_made_from_the_plugins() {
    const TABLE: &str = "\n## The order table\n";
    let registry = crate::support::registry();
    let made = ito::experiment::orders::page(&registry, &[], ito::experiment::orders::Extent::Table);
    let page = read("docs/samplers.md");
    let split = |text: &str| text.split_once(TABLE).map(|(head, rest)| (head.to_owned(), rest.to_owned()));
    let (made, _) = split(&made).expect("a table");
    let (head, rows) = split(&page).expect("a table");
    assert_eq!(head, made, "run `ito orders --markdown > docs/samplers.md`");
    for info in registry.samplers().iter().filter(|info| !info.id.starts_with("org.ito.test.")) {
        let row = |line: &str| line.starts_with(&format!("| {} ", info.id)) && line.contains("| ok");
        assert!(rows.lines().any(row), "`{}` has no row that passes", info.id);
    }
    assert!(!rows.contains("FAILED"), "a row failed");
}
