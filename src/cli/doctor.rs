//! `ito doctor`: what this machine offers, and why something is not there.

use super::args::{Global, writable};
use super::exit::{DONE, ENVIRONMENT, Stop, sentence};
use super::output;
use crate::experiment::environment::{Environment, said};
use crate::plugin::{Registry, cache, search_path};
use crate::score::net::DeviceKind;
use clap::Args;
use std::fmt::Write as _;
use std::path::Path;

/// Show the devices, the plugins in each place of the search path, and the cache; exit code 3 if one is broken.
#[derive(Debug, Args)]
#[command(after_help = "Example: ito doctor --plugin-path build/")]
pub struct Doctor {}

/// What was found, and whether anything that should work does not.
#[derive(Default)]
struct Findings {
    text: String,
    broken: bool,
}

impl Findings {
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.text, "{text}");
    }

    fn broken(&mut self, text: &str) {
        self.broken = true;
        let _ = writeln!(self.text, "{text}  << broken");
    }
}

/// Looks at everything and prints it.
pub fn doctor(_: &Doctor, global: &Global) -> Result<u8, Stop> {
    let mut found = Findings::default();
    let here = Environment::here("cpu");
    found.line(&format!("ito {} ({}), {} {}", here.ito, here.profile, here.os, here.arch));
    let cpu = here.cpu.unwrap_or_else(|| "of unknown model".into());
    found.line(&format!("processors: {}, {cpu}", here.processors));
    devices(&mut found);
    plugins(&mut found, global);
    output::print(&found.text)?;
    Ok(if found.broken { ENVIRONMENT } else { DONE })
}

fn devices(found: &mut Findings) {
    found.line("\ndevices");
    match DeviceKind::Cpu.open() {
        Ok(_) => found.line("  cpu       pure Rust"),
        Err(error) => found.broken(&format!("  cpu       {}", sentence(&error))),
    }
    libtorch(found);
}

#[cfg(feature = "libtorch")]
fn libtorch(found: &mut Findings) {
    match DeviceKind::Libtorch.open() {
        Ok(_) => found.line("  libtorch  built in"),
        Err(error) => found.broken(&format!("  libtorch  {}", sentence(&error))),
    }
    let (count, cudnn) = DeviceKind::cuda_devices();
    if count > 0 {
        let cudnn = if cudnn { "with" } else { "without" };
        found.line(&format!("  cuda:N    {count} found, N from 0 to {}, {cudnn} cuDNN", count - 1));
    } else if cfg!(libtorch_cuda) {
        found.line("  cuda:N    none: this libtorch has CUDA but finds no device, or no driver for one");
    } else {
        found.line(
            "  cuda:N    none: ito was built against a libtorch without CUDA (a folder without libtorch_cuda.so)",
        );
    }
    graphics(found);
}

#[cfg(not(feature = "libtorch"))]
fn libtorch(found: &mut Findings) {
    found.line("  libtorch  not built in: `cargo build --release --features libtorch` builds it in");
    found.line("  cuda:N    not built in: comes with libtorch");
    match said("python3", &["-c", "from importlib.metadata import version; print(version('torch'))"]) {
        Some(version) => found.line(&format!("  torch {version} of python3 can be built against")),
        None => found.line("  python3 has no torch to build against: `pip install torch==2.11.0` brings one"),
    }
    graphics(found);
}

/// The graphics cards that the driver sees, whoever can use them.
fn graphics(found: &mut Findings) {
    match said("nvidia-smi", &["--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]) {
        Some(cards) => cards.lines().for_each(|card| found.line(&format!("  the driver sees: {card}"))),
        None => found.line("  no driver for NVIDIA cards answers (nvidia-smi)"),
    }
}

fn plugins(found: &mut Findings, global: &Global) {
    let path = search_path(&global.plugin_path);
    found.line("\nplugin search path");
    if path.is_empty() {
        found.line("  empty: set ITO_PLUGIN_PATH or give --plugin-path");
    }
    let mut samplers = 0;
    for place in &path {
        found.line(&format!("  {}", place.display()));
        match Registry::open(std::slice::from_ref(place)) {
            Ok(registry) if registry.samplers().is_empty() => found.line("    no plugin"),
            Ok(registry) => {
                samplers += registry.samplers().len();
                files(found, &registry);
            }
            Err(error) => found.broken(&format!("    {}", sentence(&error))),
        }
    }
    if let Ok(registry) = Registry::open(&path) {
        registry.warnings().iter().for_each(|warning| found.line(&format!("  note: {warning}")));
    }
    if samplers == 0 {
        found.broken("  no sampler at all, so nothing can run");
    }
    let cache = cache();
    match writable(&cache) {
        Ok(()) => found.line(&format!("\nplugin cache: {}", cache.display())),
        Err(stop) => found.broken(&format!("\nplugin cache: {}", stop.text(false))),
    }
}

/// The plugins of one place and their samplers.
fn files(found: &mut Findings, registry: &Registry) {
    let mut all: Vec<&Path> = registry.samplers().iter().map(|info| info.file.path.as_path()).collect();
    all.sort_unstable();
    all.dedup();
    for file in all {
        let ids: Vec<&str> =
            registry.samplers().iter().filter(|info| info.file.path == file).map(|info| info.id.as_str()).collect();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        found.line(&format!("    {name}: {}", ids.join(", ")));
    }
}
