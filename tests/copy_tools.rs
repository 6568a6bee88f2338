//! Each copy tool as it really runs: an adapter follows it from its first byte to its exit, and both must agree.
#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "helpers of tests are tests")]

mod azure;
mod local;
pub mod postgres;
mod s3;

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cutover::clock::{Clock, SystemClock};
use cutover::probe::copy::adapter::{Adapter, Told, adapter};
use cutover::sample::copy::{End, Progress, Stage};

use crate::common::tools;

/// What was seen of a run.
struct Run {
    /// All that was said, in order, without repetitions.
    said: Vec<Progress>,
    /// The last word, after the exit.
    last: Progress,
    /// The exit code; 128 + n for signal n.
    code: i32,
    /// All bytes, for the message of a failure.
    output: Vec<u8>,
}

impl Run {
    /// What led to a failure.
    fn story(&self) -> String {
        let output = String::from_utf8_lossy(&self.output);
        let end: String = output.chars().rev().take(2000).collect::<Vec<_>>().into_iter().rev().collect();
        format!("exit {}, last word {:#?}, output ends {end}", self.code, self.last)
    }

    #[track_caller]
    fn ended(&self, code: i32, stage: &Stage) {
        assert_eq!(self.code, code, "{}", self.story());
        assert_eq!(self.last.stage, *stage, "{}", self.story());
    }

    #[track_caller]
    fn finished(&self) {
        self.ended(0, &Stage::Ended(End::Finished));
        assert_eq!(self.last.failed.unwrap_or(0), 0, "{}", self.story());
        assert_eq!(self.last.restarts, 0, "{}", self.story());
    }

    #[track_caller]
    fn with_errors(&self, code: i32) {
        assert_eq!(self.code, code, "{}", self.story());
        assert!(matches!(self.last.stage, Stage::Ended(End::WithErrors(_))), "{}", self.story());
        assert!(!self.last.errors.is_empty(), "{}", self.story());
    }

    #[track_caller]
    fn failed(&self, code: i32) {
        assert_eq!(self.code, code, "{}", self.story());
        assert!(matches!(self.last.stage, Stage::Ended(End::Failed(_))), "{}", self.story());
    }

    /// Killed: its last word is no end.
    #[track_caller]
    fn died(&self) {
        assert_eq!(self.code, 137, "{}", self.story());
        assert!(matches!(self.last.stage, Stage::Running | Stage::Scanning), "{}", self.story());
    }

    /// It was seen at work: so many different looks, each further than the one before.
    #[track_caller]
    fn was_followed(&self, looks: usize) {
        let done: Vec<u64> =
            self.said.iter().filter_map(|said| said.bytes.done.or(said.objects.done)).collect();
        assert!(done.is_sorted(), "{done:?}");
        let mut different = done.clone();
        different.dedup();
        assert!(different.len() >= looks, "{done:?}, {}", self.story());
    }
}

/// A program in a folder, in a locale that every machine has.
fn program(path: impl AsRef<Path>, folder: &Path) -> Command {
    let mut command = Command::new(path.as_ref());
    command.current_dir(folder).env("LC_ALL", "C.UTF-8").env("HOME", folder).stdin(Stdio::null());
    command
}

/// Runs a program to its end, both outputs into one adapter.
fn run(format: &str, command: &mut Command) -> Run {
    run_until(format, command, Told::default(), |_| false)
}

/// Runs a program, and kills it as soon as `enough` of it is seen.
fn run_until(format: &str, command: &mut Command, told: Told, enough: impl Fn(&Progress) -> bool) -> Run {
    let (mut reader, writer) = std::io::pipe().unwrap();
    command.stderr(writer.try_clone().unwrap()).stdout(writer.try_clone().unwrap());
    let mut child = Ended(command.spawn().unwrap());
    // The child alone holds the pipe's other end now: its exit is the end of what can be read.
    drop(writer);
    command.stderr(Stdio::null()).stdout(Stdio::null());
    let mut adapter = adapter(&format.parse().unwrap(), told, Arc::default());
    let (mut said, mut output, mut killed) = (Vec::new(), Vec::new(), false);
    let mut buffer = [0; 1000];
    loop {
        let read = reader.read(&mut buffer).unwrap();
        if read == 0 {
            break;
        }
        output.extend_from_slice(&buffer[..read]);
        adapter.feed(&buffer[..read], SystemClock.now());
        let progress = adapter.progress();
        if said.last() != Some(progress) {
            said.push(progress.clone());
        }
        if !killed && enough(progress) {
            killed = true;
            child.0.kill().unwrap();
        }
    }
    let status = child.0.wait().unwrap();
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap());
    adapter.end(Some(code));
    Run { said, last: adapter.progress().clone(), code, output }
}

/// A process that ends with the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server that ends with the test.
struct Server {
    _child: Ended,
    address: SocketAddr,
}

/// Starts a server that is told its address, and waits until it takes connections.
fn serve(command: impl FnOnce(SocketAddr) -> Command) -> Server {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = command(address);
    let log = tempfile::NamedTempFile::new().unwrap();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log.reopen().unwrap());
    let mut child = Ended(command.spawn().unwrap());
    eventually("the server listens", || {
        if let Some(status) = child.0.try_wait().unwrap() {
            panic!("the server ended ({status}): {}", fs::read_to_string(log.path()).unwrap_or_default());
        }
        TcpStream::connect(address).is_ok()
    });
    Server { _child: child, address }
}

#[expect(clippy::disallowed_methods, reason = "a test's own limit")]
fn eventually(what: &str, mut is: impl FnMut() -> bool) {
    let limit = Instant::now() + Duration::from_mins(2);
    while !is() {
        assert!(Instant::now() < limit, "not within two minutes: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A folder with `files` files of `size` bytes, some of them deeper.
fn tree(files: usize, size: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("src/d/e")).unwrap();
    for n in 0..files {
        let place = if n % 3 == 0 { "src/d/e" } else { "src" };
        let byte = u8::try_from(n % 251).unwrap();
        fs::write(folder.path().join(place).join(format!("f{n}.bin")), vec![byte; size]).unwrap();
    }
    folder
}

/// Says which version was tried.
fn proved(name: &str, program: &Path, argument: &str) {
    let output = Command::new(program).arg(argument).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    println!(
        "tried: {name}: {}",
        text.lines().find(|line| line.contains(|c: char| c.is_ascii_digit())).unwrap_or("")
    );
}
