//! Programs: argument vectors, never a shell; held so that a time-out ends all they started.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::fault::{Fault, plain};
use super::seen::{Content, Notes, Seen};
use crate::hold::{self, Input};

/// A program below a holder; dropping it ends the program and all it started.
pub(super) struct Held {
    /// Nothing is ever written: its end is the sign to stop.
    release: Option<ChildStdin>,
    child: Child,
}

impl Held {
    /// Starts `argv` below `holder`.
    pub(super) fn start(
        holder: &Path,
        input: Input,
        argv: &[String],
        output: fn() -> Stdio,
    ) -> Result<Held, Fault> {
        Held::start_in(holder, input, argv, &[], output)
    }

    /// The same, with more in its environment: what no argument may show.
    pub(super) fn start_in(
        holder: &Path,
        input: Input,
        argv: &[String],
        environment: &[(&str, &str)],
        output: fn() -> Stdio,
    ) -> Result<Held, Fault> {
        let mut child = Command::new(holder)
            .arg0("cutover")
            .args(hold::arguments(input, argv))
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(output())
            .stderr(output())
            .spawn()
            .map_err(|error| {
                let name = argv.first().map(String::as_str).unwrap_or_default();
                Fault::Broken(format!("cannot start {name}: {}", plain(&error)))
            })?;
        Ok(Held { release: child.stdin.take(), child })
    }

    /// What it writes, each once.
    pub(super) fn outputs(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.child.stdout.take(), self.child.stderr.take())
    }

    /// Waits for its end: the exit code, 128 + n for signal n; `None` if its holder was killed.
    pub(super) async fn wait(&mut self) -> io::Result<Option<i32>> {
        self.child.wait().await.map(|status| status.code())
    }

    /// Ends the program and all it started, and waits until they are gone.
    pub(super) async fn end(mut self) {
        drop(self.release.take());
        // Whatever it ended with: it was ended.
        let _ = self.child.wait().await;
    }

    /// Whether it has ended.
    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

/// One run at a time: the next waits until the last one's processes are gone, time-out or not.
#[derive(Clone, Debug)]
pub(super) struct Turn(Arc<Semaphore>);

impl Turn {
    pub(super) fn new() -> Turn {
        Turn(Arc::new(Semaphore::new(1)))
    }

    /// Waits for the turn; it ends when what is returned is dropped.
    pub(super) async fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).acquire_owned().await.ok()
    }
}

/// Runs `argv` to its end, noting outputs and exit code.
pub(super) async fn run(
    holder: &Path,
    input: Input,
    argv: &[String],
    turn: &Turn,
    notes: &Notes,
) -> Result<(), Fault> {
    notes.note(|seen| "ending the last run of the program".clone_into(&mut seen.waiting));
    let turn = turn.take().await;
    notes.start();
    let Held { release, mut child } = Held::start(holder, input, argv, Stdio::piped)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    // Goes on when this is given up: the turn ends with the holder, and the holder with all below it.
    let ended = tokio::spawn(async move {
        let status = child.wait().await;
        drop(turn);
        status
    });
    let (out, err, status) = tokio::join!(
        drain(stdout, notes, |seen| &mut seen.stdout),
        drain(stderr, notes, |seen| &mut seen.stderr),
        ended,
    );
    drop(release);
    let broken = |error: io::Error| Fault::Broken(format!("lost the program's output: {}", plain(&error)));
    out.and(err).map_err(broken)?;
    let status = status.unwrap_or_else(|_| Err(io::ErrorKind::Interrupted.into()));
    let code = status.map_err(broken)?.code();
    notes.finish();
    let mut refused = None;
    notes.note(|seen| {
        seen.exit = code;
        let stderr = String::from_utf8_lossy(&seen.stderr.bytes);
        refused = code.and_then(|code| not_run(code, stderr.lines().next_back().unwrap_or_default()));
    });
    match (refused, code) {
        (Some(fault), _) => Err(fault),
        // The holder itself was killed.
        (None, None) => Err(Fault::Broken("the program's holder was killed".to_owned())),
        (None, Some(_)) => Ok(()),
    }
}

/// Whether the holder could not start the program, by its exit code and the last line of standard error.
pub(super) fn not_run(code: i32, last: &str) -> Option<Fault> {
    let words = last.strip_prefix(hold::CANNOT_RUN).filter(|_| code == i32::from(hold::NOT_RUN))?;
    let words = words.split(" (os error").next().unwrap_or(words);
    Some(Fault::Broken(format!("cannot run {words}")))
}

async fn drain(
    pipe: Option<impl AsyncRead + Unpin>,
    notes: &Notes,
    whose: fn(&mut Seen) -> &mut Content,
) -> io::Result<()> {
    let Some(mut pipe) = pipe else { return Ok(()) };
    let mut buffer = vec![0; 8192];
    loop {
        let read = pipe.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        notes.note(|seen| {
            whose(seen).take(&buffer[..read], notes.output());
        });
    }
}
