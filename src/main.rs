//! Arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == cutover::hold::SUBCOMMAND) {
        return cutover::hold::main(arguments);
    }
    ExitCode::SUCCESS
}
