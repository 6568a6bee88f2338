//! A program that outlives the cockpit on purpose: a copy of hours must not end with the terminal it was started from.
//!
//! `cutover __hold --outlive DIR -- argv…` leaves the cockpit's session, gives the program a process group of its own,
//! no input, and one file for both outputs, and stays until it ends. `DIR` then tells the rest to whoever comes later:
//!
//! ```text
//! output    what the program wrote, both outputs in one; of a very long one, its beginning and its end
//! process   who it is: numbers and start times of program and holder, and the boot they belong to
//! exit      its exit code, 128 + n for signal n, how long it ran and how much it wrote; 127 and a line of words if it
//!           could not be started
//! stop      it was asked to end: what is left of its process group is ended with it
//! ```
//!
//! With `--keep` the holder reads what the program writes and keeps its beginning and its end ([`kept`]), so that nothing
//! a program says can fill the disk of the log. Without it the program writes the file itself, and outlives its holder
//! too; what lies between the beginning and the end of a long output is then given back to the file system, as a hole:
//! nothing moves, and who reads on reads on.
//!
//! A process is known by its number, its start time and the boot, so that a number given to another is not it. Times of
//! start and end are those of the files.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::fs::{FallocateFlags, fallocate};
use rustix::process::{self, Pid, Signal, WaitId, WaitIdOptions};

use super::{CANNOT_RUN, NOT_RUN, SUBCOMMAND, complain, limit};

pub mod kept;
mod start;

pub use start::{Start, StartError};

/// What the program wrote.
pub const OUTPUT: &str = "output";

/// Bytes kept of the beginning of a long output.
const HEAD: u64 = 1 << 20;

/// Bytes kept of its end: more than whoever reads it may be behind.
const TAIL: u64 = 128 << 20;

/// Between two looks at its length.
const TRIM: Duration = Duration::from_secs(10);

const PROCESS: &str = "process";
const EXIT: &str = "exit";
const STOP: &str = "stop";
pub(super) const OPTION: &str = "--outlive";
pub(super) const KEEP: &str = "--keep";

/// What a program wrote before it ended is read for so long; what others of it write later belongs to nobody.
const DRAIN: Duration = Duration::from_millis(250);
/// Between asking what is left of a stopped program to end and ending it.
pub const GRACE: Duration = Duration::from_secs(5);
/// Between two looks at what is left of it.
const BREATH: Duration = Duration::from_millis(50);

/// A process that cannot be taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its number.
    pub pid: u32,
    /// When it began, in clock ticks after the boot (`/proc/PID/stat`, field 22).
    pub start: u64,
}

/// Who runs, as `process` tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The program, and the leader of its group.
    pub program: Identity,
    /// Who will write its exit code.
    pub holder: Identity,
    /// The boot that the numbers belong to.
    pub boot: String,
}

/// What became of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its holder has not said anything yet.
    Starting,
    /// It runs.
    Running,
    /// It ended with this code; words only if it never ran.
    Ended(i32, Option<String>),
    /// It is gone, and nobody wrote down how it ended.
    Lost,
}

/// The arguments that make `cutover` start `argv` and keep what it says in `directory`: all, or its two ends.
fn arguments(directory: &Path, argv: &[String], ends: bool) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec![SUBCOMMAND.into(), OPTION.into(), directory.into()];
    arguments.extend(ends.then(|| KEEP.into()));
    arguments.extend(limit());
    arguments.push("--".into());
    arguments.extend(argv.iter().map(OsString::from));
    arguments
}

/// The whole life of such a holder.
pub(super) fn main(
    directory: &Path,
    ends: bool,
    program: &OsString,
    arguments: impl Iterator<Item = OsString>,
) -> ExitCode {
    // Fails only for a process group's leader, which is then already apart.
    let _ = process::setsid();
    let code = run(directory, ends, program, arguments).unwrap_or_else(|error| {
        let why = format!("{}: {}", program.to_string_lossy(), plain(&error));
        complain(&why);
        // With the disk full nobody learns more than that it is gone.
        let _ = put(directory, EXIT, &format!("{NOT_RUN}\n{CANNOT_RUN}{why}\n"));
        i32::from(NOT_RUN)
    });
    ExitCode::from(u8::try_from(code).unwrap_or(NOT_RUN))
}

/// Starts the program, notes who it is, and notes its exit code.
fn run(
    directory: &Path,
    ends: bool,
    program: &OsString,
    arguments: impl Iterator<Item = OsString>,
) -> io::Result<i32> {
    let output = OpenOptions::new().append(true).create(true).mode(0o600).open(directory.join(OUTPUT))?;
    let boot = boot()?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).process_group(0);
    let reader = if ends {
        let (reader, writer) = io::pipe()?;
        command.stdout(writer.try_clone()?).stderr(writer);
        Some(reader)
    } else {
        command.stdout(output.try_clone()?).stderr(output.try_clone()?);
        trimmed(output.try_clone()?);
        None
    };
    let since = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let mut child = command.spawn()?;
    // Its own ends of the pipe would keep it open for ever.
    drop(command);
    let own = std::process::id();
    // Not waited for yet, so that even one that has ended already has its entry.
    let noted =
        start_of(child.id()).zip(start_of(own)).map_or(Err(io::ErrorKind::NotFound.into()), |(its, ours)| {
            put(
                directory,
                PROCESS,
                &format!("program {} {its}\nholder {own} {ours}\nboot {boot}\n", child.id()),
            )
        });
    if noted.is_err() {
        // Nobody could ever find it again, or stop it.
        signal_group(&child, Signal::KILL);
    }
    let pump = reader.map(|reader| {
        let (tell, told) = mpsc::channel();
        let directory = directory.to_owned();
        (std::thread::spawn(move || kept::pump(reader, output, &directory, &tell)), told)
    });
    wait(&child);
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::Boottime) - since;
    if directory.join(STOP).exists() {
        end_group(&child);
    }
    let status = child.wait()?;
    noted?;
    let code =
        status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(i32::from(NOT_RUN));
    let took = Duration::try_from(spent).unwrap_or_default().as_millis();
    let bytes = pump.as_ref().map(|(_, told)| {
        let _late = told.recv_timeout(DRAIN);
        kept::length(directory)
    });
    let bytes = bytes.map_or_else(String::new, |bytes| format!("bytes {bytes}\n"));
    put(directory, EXIT, &format!("{code}\ntook {took}\n{bytes}"))?;
    if let Some((pump, _)) = pump {
        // What it left running may still write, and must not die of it.
        let _ = pump.join();
    }
    Ok(code)
}

/// Keeps a long output short for as long as the holder lives; without it, or on a file system without holes, it is only
/// longer.
fn trimmed(output: File) {
    let _ = std::thread::Builder::new().name("trim".to_owned()).spawn(move || {
        loop {
            std::thread::sleep(TRIM);
            let _ = trim(&output, HEAD, TAIL);
        }
    });
}

/// Gives back what lies between the beginning and the end of a file.
fn trim(file: &File, head: u64, tail: u64) -> io::Result<()> {
    let end = file.metadata()?.len().saturating_sub(tail);
    if end <= head {
        return Ok(());
    }
    let hole = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    Ok(fallocate(file, hole, head, end - head)?)
}

/// Returns when the program has ended; its number is still its own then.
fn wait(child: &Child) {
    let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return };
    while process::waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
        .is_err_and(|error| error == rustix::io::Errno::INTR)
    {}
}

fn signal_group(child: &Child, signal: Signal) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // A group without living members is as good as ended.
        let _ = process::kill_process_group(group, signal);
    }
}

/// Ends what is left of the group of a stopped program that was not waited for yet.
fn end_group(child: &Child) {
    let mut left = GRACE;
    while !left.is_zero() && has_members(child.id()) {
        std::thread::sleep(BREATH);
        left = left.saturating_sub(BREATH);
    }
    signal_group(child, Signal::KILL);
}

/// Whether a process other than an ended one is in the group.
fn has_members(group: u32) -> bool {
    let Ok(entries) = fs::read_dir("/proc") else { return false };
    entries.flatten().any(|entry| {
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let mut fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
        // proc(5): fields 3 and 5.
        let alive = fields.next().is_some_and(|state| !matches!(state, "Z" | "X"));
        alive && fields.nth(1).and_then(|it| it.parse().ok()) == Some(group)
    })
}

/// Writes a file whole or not at all, and keeps it through a loss of power.
fn put(directory: &Path, name: &str, text: &str) -> io::Result<()> {
    let new = directory.join(format!("{name}.new"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, directory.join(name))?;
    File::open(directory)?.sync_all()
}

impl Job {
    /// Who runs according to `directory`; `None` if its holder has not said so yet.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is none of ours.
    pub fn read(directory: &Path) -> io::Result<Option<Job>> {
        let text = match fs::read_to_string(directory.join(PROCESS)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text?,
        };
        let words = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let identity = |name: &str| {
            let (pid, start) = words(name)?.split_once(' ')?;
            Some(Identity { pid: pid.parse().ok()?, start: start.parse().ok()? })
        };
        let job = identity("program").zip(identity("holder")).zip(words("boot"));
        let job = job.map(|((program, holder), boot)| Job { program, holder, boot: boot.to_owned() });
        job.map(Some).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// What became of it.
    ///
    /// # Errors
    ///
    /// The files of `directory` cannot be read.
    pub fn fate(directory: &Path) -> io::Result<Fate> {
        let job = Job::read(directory)?;
        let is_alive = |who: fn(&Job) -> Identity| job.as_ref().is_some_and(|job| job.is_alive(who(job)));
        let running = is_alive(|job| job.program);
        let held = is_alive(|job| job.holder);
        // Looked for last: whoever is gone by now has written it before.
        if let Some(ended) = ended(directory)? {
            return Ok(ended);
        }
        Ok(match &job {
            None => Fate::Starting,
            Some(_) if running || held => Fate::Running,
            Some(_) => Fate::Lost,
        })
    }

    /// Asks the program to end, and all of its group; whether it was still there.
    ///
    /// # Errors
    ///
    /// It cannot be written down that it was asked to.
    pub fn stop(&self, directory: &Path) -> io::Result<bool> {
        put(directory, STOP, "")?;
        Ok(self.signal(Signal::TERM) && self.signal(Signal::CONT))
    }

    fn is_alive(&self, who: Identity) -> bool {
        boot().is_ok_and(|boot| boot == self.boot) && who.is_alive()
    }

    /// Signals the program's whole group, if the program is still the one that was started; whether it was.
    #[must_use]
    pub fn signal(&self, signal: Signal) -> bool {
        let group = i32::try_from(self.program.pid).ok().and_then(Pid::from_raw);
        let Some(group) = group.filter(|_| self.is_alive(self.program)) else { return false };
        process::kill_process_group(group, signal).is_ok()
    }
}

impl Identity {
    /// The process that has this number now.
    #[must_use]
    pub fn of(pid: u32) -> Option<Identity> {
        start_of(pid).map(|start| Identity { pid, start })
    }

    /// Whether it still runs; one that has ended and was not waited for does not.
    #[must_use]
    pub fn is_alive(self) -> bool {
        stat(self.pid).is_some_and(|(state, start)| start == self.start && !matches!(state, 'Z' | 'X'))
    }
}

fn ended(directory: &Path) -> io::Result<Option<Fate>> {
    let text = match fs::read_to_string(directory.join(EXIT)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text?,
    };
    let mut lines = text.lines();
    let code = lines.next().and_then(|code| code.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    let words = lines.find_map(|line| line.strip_prefix(CANNOT_RUN));
    Ok(Some(Fate::Ended(code, words.map(str::to_owned))))
}

/// How long a program that has ended ran, and how many bytes it wrote, as far as its holder said.
#[must_use]
pub fn account(directory: &Path) -> (Option<Duration>, Option<u64>) {
    let text = fs::read_to_string(directory.join(EXIT)).unwrap_or_default();
    let number = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    (number("took ").map(Duration::from_millis), number("bytes "))
}

fn boot() -> io::Result<String> {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|id| id.trim().to_owned())
}

fn start_of(pid: u32) -> Option<u64> {
    stat(pid).map(|(_, start)| start)
}

fn stat(pid: u32) -> Option<(char, u64)> {
    state_and_start(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// State and start time of a process, from its line in `/proc/PID/stat`.
#[must_use]
pub fn state_and_start(line: &str) -> Option<(char, u64)> {
    // proc(5): the command's name may hold blanks and brackets; fields 3 and 22 are counted from behind it.
    let mut fields = line.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(18)?.parse().ok()?))
}

/// The system's words without "(os error 2)".
fn plain(error: &io::Error) -> String {
    error.to_string().split(" (os error").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Identity {
        Identity::of(std::process::id()).unwrap()
    }

    fn note(directory: &Path, program: Identity, holder: Identity, boot: &str) {
        let text = format!(
            "program {} {}\nholder {} {}\nboot {boot}\n",
            program.pid, program.start, holder.pid, holder.start
        );
        put(directory, PROCESS, &text).unwrap();
    }

    #[test]
    fn a_number_given_to_another_process_is_not_the_program() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        assert_eq!(Job::fate(directory).unwrap(), Fate::Starting);
        let boot = boot().unwrap();
        let reused = Identity { start: own().start - 1, ..own() };
        note(directory, own(), own(), &boot);
        assert_eq!(Job::fate(directory).unwrap(), Fate::Running);
        // The program has ended, its holder is about to say how.
        note(directory, reused, own(), &boot);
        assert_eq!(Job::fate(directory).unwrap(), Fate::Running);
        note(directory, reused, reused, &boot);
        assert_eq!(Job::fate(directory).unwrap(), Fate::Lost);
        assert!(
            !Job::read(directory).unwrap().unwrap().signal(Signal::KILL),
            "another's group is left alone"
        );
        note(directory, own(), own(), "another boot");
        assert_eq!(Job::fate(directory).unwrap(), Fate::Lost);
        put(directory, EXIT, "3\n").unwrap();
        assert_eq!(Job::fate(directory).unwrap(), Fate::Ended(3, None));
    }

    #[test]
    fn a_long_output_keeps_its_beginning_and_its_end_and_gives_back_the_rest() {
        use std::os::unix::fs::MetadataExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(OUTPUT);
        fs::write(&path, vec![b'x'; 4 << 20]).unwrap();
        let file = OpenOptions::new().append(true).open(&path).unwrap();
        file.sync_all().unwrap();
        let blocks = file.metadata().unwrap().blocks();
        trim(&file, 64 << 10, 8 << 20).unwrap();
        assert_eq!(file.metadata().unwrap().blocks(), blocks, "not long");
        trim(&file, 64 << 10, 128 << 10).unwrap();
        assert!(file.metadata().unwrap().blocks() < blocks / 2);
        let kept = fs::read(&path).unwrap();
        assert_eq!(kept.len(), 4 << 20);
        assert!(kept[..64 << 10].iter().chain(&kept[kept.len() - (128 << 10)..]).all(|byte| *byte == b'x'));
        assert_eq!(kept[1 << 20], 0);
    }

    #[test]
    fn files_of_others_are_errors_and_never_a_fate() {
        let directory = tempfile::tempdir().unwrap();
        put(directory.path(), PROCESS, "program x\n").unwrap();
        assert_eq!(Job::fate(directory.path()).unwrap_err().kind(), io::ErrorKind::InvalidData);
        put(directory.path(), EXIT, "").unwrap();
        assert_eq!(ended(directory.path()).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
