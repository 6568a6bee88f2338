//! Holds a program so that nothing of it outlives the cockpit.
//!
//! A time-out must end a program with all that it started, and so must `kill -9` of the cockpit, when no code of
//! ours runs any more. So programs run below a small process of their own, `cutover __hold -- argv…`: it leaves the
//! terminal (a new session: nothing below it can prompt on `/dev/tty`), puts the program into a process group, takes
//! in what the program leaves behind (a child subreaper), and watches its standard input, a pipe whose other end
//! only the cockpit holds. End of file there, for whatever reason, ends everything below.
//!
//! The program's exit code is passed on, 128 + n for signal n. A program that cannot be started is exit code 127
//! and a line that begins with [`CANNOT_RUN`].
//!
//! A copy is meant to outlive the cockpit: [`outlive`] holds such a program instead, and keeps what it says on file.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use rustix::process::{self, Pid, Resource, Rlimit, Signal, WaitId, WaitIdOptions, WaitOptions};

pub mod outlive;

/// The hidden subcommand.
pub const SUBCOMMAND: &str = "__hold";

/// What a program that cannot be started says on standard error, followed by its name.
pub const CANNOT_RUN: &str = "cutover: cannot run ";

/// The exit code that goes with [`CANNOT_RUN`].
pub const NOT_RUN: u8 = 127;

/// What a program gets for its standard input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Input {
    /// Nothing: end of file at once.
    #[default]
    Null,
    /// A pipe that stays open and silent until the program is ended (`ssh` passes the end of file on).
    Open,
}

/// Between asking a program to end and ending it.
const GRACE: Duration = Duration::from_millis(250);

/// Sweeps for processes left behind; each finds what the last one orphaned.
const SWEEPS: usize = 1000;

const OPEN_INPUT: &str = "--input=open";
const OPEN_FILES: &str = "--open-files=";

/// The soft limit of open files before it was raised.
static OPEN_FILES_BEFORE: OnceLock<u64> = OnceLock::new();

/// Raises this process's soft limit of open files to the hard one; programs that are held get the old one back.
///
/// # Errors
///
/// When the system refuses; the limit is then what it was.
pub fn raise_open_files() -> io::Result<()> {
    let limit = process::getrlimit(Resource::Nofile);
    process::setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })?;
    if let Some(before) = limit.current {
        OPEN_FILES_BEFORE.get_or_init(|| before);
    }
    Ok(())
}

/// The arguments that make `cutover` hold `argv`.
pub fn arguments(input: Input, argv: &[String]) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec![SUBCOMMAND.into()];
    if input == Input::Open {
        arguments.push(OPEN_INPUT.into());
    }
    arguments.extend(limit());
    arguments.push("--".into());
    arguments.extend(argv.iter().map(OsString::from));
    arguments
}

/// The argument that gives a program its old limit of open files.
fn limit() -> Option<OsString> {
    OPEN_FILES_BEFORE.get().map(|before| format!("{OPEN_FILES}{before}").into())
}

/// The whole life of a holder; `arguments` are those after [`SUBCOMMAND`].
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut arguments = arguments.into_iter();
    let mut input = Input::Null;
    let (mut outlive, mut ends) = (None, false);
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--") => break,
            Some(outlive::OPTION) => outlive = arguments.next().map(PathBuf::from),
            Some(outlive::KEEP) => ends = true,
            Some(OPEN_INPUT) => input = Input::Open,
            Some(other) => {
                if let Some(limit) = other.strip_prefix(OPEN_FILES).and_then(|limit| limit.parse().ok()) {
                    let maximum = process::getrlimit(Resource::Nofile).maximum;
                    // With a higher limit the program runs all the same.
                    let _ = process::setrlimit(Resource::Nofile, Rlimit { current: Some(limit), maximum });
                }
            }
            None => {}
        }
    }
    let Some(program) = arguments.next() else {
        complain("nothing: no program was named");
        return ExitCode::from(NOT_RUN);
    };
    if let Some(directory) = outlive {
        return outlive::main(&directory, ends, &program, arguments);
    }
    // Fails only for a process group's leader, which is then already apart.
    let _ = process::setsid();
    // Without it, only what leaves the process group is missed.
    let _ = process::set_child_subreaper(Some(process::getpid()));
    let stdin = if input == Input::Open { Stdio::piped() } else { Stdio::null() };
    match Command::new(&program).args(arguments).stdin(stdin).process_group(0).spawn() {
        Ok(child) => ExitCode::from(hold(child)),
        Err(error) => {
            complain(&format!("{}: {error}", program.to_string_lossy()));
            ExitCode::from(NOT_RUN)
        }
    }
}

fn complain(what: &str) {
    // Whoever reads it has gone if this fails.
    let _ = writeln!(io::stderr(), "{CANNOT_RUN}{what}");
}

/// A process group, and whether its leader still lends it its number.
struct Group {
    leader: Pid,
    reaped: Mutex<bool>,
}

impl Group {
    /// Signals every process of the group, if the number is still its own.
    fn signal(&self, signal: Signal) {
        let reaped = self.reaped.lock().unwrap_or_else(PoisonError::into_inner);
        if !*reaped {
            // A group without living members is as good as ended.
            let _ = process::kill_process_group(self.leader, signal);
        }
    }
}

fn hold(mut child: Child) -> u8 {
    // `wait` would close it.
    let _input = child.stdin.take();
    let Some(leader) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else {
        return NOT_RUN;
    };
    let group = Arc::new(Group { leader, reaped: Mutex::new(false) });
    let released = Arc::clone(&group);
    let watcher = std::thread::Builder::new().name("release".to_owned()).spawn(move || {
        wait_for_release();
        released.signal(Signal::TERM);
        std::thread::sleep(GRACE);
        released.signal(Signal::KILL);
    });
    if watcher.is_err() {
        group.signal(Signal::KILL);
    }
    // Not reaped yet: until then the group's number cannot be given to another.
    while process::waitid(WaitId::Pid(leader), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
        .is_err_and(|error| error == rustix::io::Errno::INTR)
    {}
    group.signal(Signal::KILL);
    let status = {
        let mut reaped = group.reaped.lock().unwrap_or_else(PoisonError::into_inner);
        *reaped = true;
        child.wait()
    };
    sweep();
    let code =
        status.ok().and_then(|status| status.code().or_else(|| status.signal().map(|signal| 128 + signal)));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(NOT_RUN)
}

/// Returns when the cockpit closes the pipe or is no more.
fn wait_for_release() {
    let mut pipe = io::stdin().lock();
    let mut bytes = [0; 64];
    loop {
        match pipe.read(&mut bytes) {
            Ok(0) => return,
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return,
            _ => {}
        }
    }
}

/// Ends what left the process group: it has become our child.
fn sweep() {
    for _ in 0..SWEEPS {
        // Reap what has ended by itself; no children at all is an error.
        loop {
            match process::wait(WaitOptions::NOHANG) {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) => return,
            }
        }
        for pid in children() {
            if process::kill_process(pid, Signal::KILL).is_ok() {
                let _ = process::waitpid(Some(pid), WaitOptions::empty());
            }
        }
    }
}

/// The processes whose parent is this one.
fn children() -> Vec<Pid> {
    let own = process::getpid().as_raw_nonzero().get().to_string();
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            // proc(5): the command's name may hold blanks and brackets; state and parent follow the last one.
            let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?;
            if parent == own { Pid::from_raw(pid) } else { None }
        })
        .collect()
}
