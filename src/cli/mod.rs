//! The command line: one subcommand a file.
//!
//! Results go to stdout; progress, notes and errors to stderr. A subcommand gives an exit code (see `exit`) or a
//! `exit::Stop`, which is printed here and nowhere else.

mod args;
mod check;
mod doctor;
mod exit;
mod interrupt;
mod logging;
mod orders;
mod output;
mod plot;
mod plugin;
mod progress;
mod run;
mod sample;
mod schema;
mod train;

use args::Global;
use clap::{Parser, Subcommand};
use exit::Stop;
use std::ffi::OsString;
use std::process::ExitCode;

const EXAMPLE: &str = "Example:
  ito check experiments/digits.yaml    what would run, and what it costs
  ito run experiments/digits.yaml      runs what is missing, then draws the figures
  ito plot runs/digits                 draws again, without running anything

Exit codes:
  0    done
  1    some cells are nonfinite, failed, timed out, ran out of memory or lack a metric; an order or a
       repeated cell differs
  2    the input is wrong
  3    the environment is wrong: a plugin, a device, a folder; a figure cannot be drawn
  130  interrupted; what was finished is kept";

/// Score-based SDE solvers as plugins, and step-count sweeps whose numbers can be trusted.
#[derive(Debug, Parser)]
#[command(name = "ito", version, max_term_width = 110, after_help = EXAMPLE)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Run),
    Check(check::Check),
    Orders(orders::Orders),
    Plot(plot::Plot),
    Train(train::Train),
    Sample(sample::Sample),
    #[command(subcommand)]
    Plugin(plugin::Plugin),
    Schema(schema::Schema),
    Doctor(doctor::Doctor),
}

impl Command {
    fn run(&self, global: &Global) -> Result<u8, Stop> {
        match self {
            Self::Run(args) => run::run(args, global),
            Self::Check(args) => check::check(args, global),
            Self::Orders(args) => orders::orders(args, global),
            Self::Plot(args) => plot::plot(args, global),
            Self::Train(args) => train::train(args, global),
            Self::Sample(args) => sample::sample(args, global),
            Self::Plugin(args) => plugin::plugin(args, global),
            Self::Schema(args) => schema::schema(args, global),
            Self::Doctor(args) => doctor::doctor(args, global),
        }
    }
}

/// The same command line with every `--plugin-path` at its end, in the order given. clap keeps the occurrences of a
/// flag after a subcommand and silently drops those before it.
fn gathered(args: impl Iterator<Item = OsString>) -> Vec<OsString> {
    const FLAG: &str = "--plugin-path";
    let (mut rest, mut paths) = (Vec::new(), Vec::new());
    let mut args = args.peekable();
    while let Some(arg) = args.next_if(|arg| arg != "--") {
        if arg == FLAG {
            paths.push(arg);
            paths.extend(args.next());
        } else if arg.to_string_lossy().starts_with("--plugin-path=") {
            paths.push(arg);
        } else {
            rest.push(arg);
        }
    }
    rest.into_iter().chain(paths).chain(args).collect()
}

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    logging::watch_for_panics();
    let cli = Cli::parse_from(gathered(std::env::args_os()));
    let done = logging::start(cli.global.colored()).and_then(|()| cli.command.run(&cli.global));
    ExitCode::from(done.unwrap_or_else(|stop| {
        progress::line(&stop.text(cli.global.colored()));
        stop.code()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent_and_every_flag_explained() {
        fn check(command: &clap::Command) {
            assert!(command.get_about().is_some(), "`{}` says nothing about itself", command.get_name());
            for arg in command.get_arguments() {
                assert!(arg.get_help().is_some(), "`{}` of `{}` has no help", arg.get_id(), command.get_name());
            }
            command.get_subcommands().for_each(check);
        }
        let command = Cli::command();
        command.clone().debug_assert();
        check(&command);
    }

    #[test]
    fn global_flags_stand_before_and_after_the_subcommand() {
        for line in ["ito --quiet --plugin-path a run x.yaml", "ito run x.yaml --plugin-path a -q"] {
            let cli = Cli::try_parse_from(line.split(' ')).expect(line);
            assert!(cli.global.quiet && cli.global.plugin_path.len() == 1, "{line}");
        }
    }

    #[test]
    fn every_plugin_path_counts_wherever_it_stands() {
        let line = "ito --plugin-path a --plugin-path=b run x.yaml --plugin-path c --set k=1";
        let cli = Cli::try_parse_from(gathered(line.split(' ').map(OsString::from))).expect(line);
        assert_eq!(cli.global.plugin_path, ["a", "b", "c"].map(std::path::PathBuf::from));
        let as_text = "ito sample -- --plugin-path";
        assert_eq!(gathered(as_text.split(' ').map(OsString::from)).join(&OsString::from(" ")), as_text);
    }

    #[test]
    fn a_cell_is_run_again_as_it_was() {
        for extra in ["--set a=1", "--device cpu", "--out d", "--jobs 2", "--shard 1/2", "--only seed=0", "--retry"] {
            let line = format!("ito run --cell 12ab runs/x {extra}");
            assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
        assert!(Cli::try_parse_from(["ito", "run", "--cell", "12ab", "runs/x"]).is_ok());
    }
}
