//! Arguments in, exit code out.

use std::process::ExitCode;

use cutover::{cli, hold};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == hold::SUBCOMMAND) {
        // Not for people: this program holds a child process for another cutover.
        return hold::main(arguments);
    }
    cli::main(std::env::args_os())
}
