//! The program `ito`: all of it is in the library, see [`ito::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    ito::cli::main()
}
