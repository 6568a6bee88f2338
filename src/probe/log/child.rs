//! One running program, here or on another host, read without waiting.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;

use crate::hold::{self, Input};
use crate::probe::exec::not_run;
use crate::probe::fault::{Fault, plain};
use crate::probe::net::Net;
use crate::probe::ssh;

/// Read at once from one pipe.
const BUFFER: usize = 64 * 1024;

/// Which of a program's outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    Out,
    Err,
}

/// A program below a holder; dropping it ends the program and all it started.
pub(super) struct Running {
    /// Nothing is ever written: its end is the sign to stop.
    release: Option<ChildStdin>,
    child: Child,
    pipes: Vec<(Stream, Box<dyn Pipe>)>,
    remote: Option<ssh::Remote>,
    name: String,
}

trait Pipe: Read + AsFd + Send {}

impl<T: Read + AsFd + Send> Pipe for T {}

impl Running {
    /// Starts a program; over `ssh` it may take as long as a connection does.
    pub(super) fn start(
        net: &Net,
        runtime: &tokio::runtime::Handle,
        via: Option<&[String]>,
        argv: &[String],
    ) -> Result<Running, Fault> {
        let remote = via.map(|via| runtime.block_on(ssh::Remote::new(&net.masters, &net.holder, via, argv)));
        let remote = remote.transpose()?;
        let (input, held) = match &remote {
            Some(remote) => (Input::Open, remote.argv.as_slice()),
            None => (Input::Null, argv),
        };
        let name = argv.first().cloned().unwrap_or_default();
        let broken = |error: &io::Error| {
            Fault::Broken(format!(
                "cannot start {}: {}",
                argv.first().map_or("", String::as_str),
                plain(error)
            ))
        };
        let mut child = Command::new(&net.holder)
            .arg0("cutover")
            .args(hold::arguments(input, held))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| broken(&error))?;
        let mut pipes: Vec<(Stream, Box<dyn Pipe>)> = Vec::new();
        if let Some(out) = child.stdout.take() {
            pipes.push((Stream::Out, Box::new(out)));
        }
        if let Some(err) = child.stderr.take() {
            pipes.push((Stream::Err, Box::new(err)));
        }
        let running = Running { release: child.stdin.take(), child, pipes, remote, name };
        for (_, pipe) in &running.pipes {
            let flags = rustix::fs::fcntl_getfl(pipe.as_fd());
            let set = flags.and_then(|flags| rustix::fs::fcntl_setfl(pipe.as_fd(), flags | OFlags::NONBLOCK));
            set.map_err(|error| broken(&error.into()))?;
        }
        Ok(running)
    }

    /// Reads what is there, of each output at most `budget` bytes; whether there may be more.
    pub(super) fn read(&mut self, budget: usize, mut take: impl FnMut(Stream, &[u8])) -> bool {
        let mut buffer = vec![0; BUFFER];
        let mut more = false;
        self.pipes.retain_mut(|(stream, pipe)| {
            let mut read = 0;
            loop {
                match pipe.read(&mut buffer) {
                    Ok(0) => return false,
                    Ok(got) => {
                        take(*stream, &buffer[..got]);
                        read += got;
                        if read >= budget {
                            more = true;
                            return true;
                        }
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    // Another error is the pipe's end.
                    Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
                }
            }
        });
        more
    }

    /// How it ended, as a clause; `None` while it runs or has something left to read. `last` is the last line of its
    /// standard error.
    pub(super) fn ended(&mut self, last: &str) -> Option<String> {
        if !self.pipes.is_empty() {
            return None;
        }
        let status = self.child.try_wait().ok().flatten()?;
        let name = &self.name;
        let Some(code) = status.code() else { return Some(format!("the holder of {name} was killed")) };
        let fault =
            self.remote.as_ref().and_then(|remote| remote.failed(code, last)).or_else(|| not_run(code, last));
        Some(match (fault, code) {
            (Some(Fault::NoAnswer { why, .. } | Fault::Broken(why)), _) => why,
            (_, 0) => format!("{name} ended"),
            (_, 129..=192) => format!("{name} was ended by signal {}", code - 128),
            _ => format!("{name} ended with exit code {code}"),
        })
    }

    /// Waits until there is something to read, at most so long.
    pub(super) fn wait(running: &[&Running], at_most: Duration) {
        let fds: Vec<BorrowedFd<'_>> =
            running.iter().flat_map(|running| running.pipes.iter().map(|(_, pipe)| pipe.as_fd())).collect();
        if fds.is_empty() {
            std::thread::park_timeout(at_most);
            return;
        }
        let mut fds: Vec<PollFd<'_>> = fds.iter().map(|fd| PollFd::new(fd, PollFlags::IN)).collect();
        let at_most = Timespec::try_from(at_most).unwrap_or_default();
        // Interrupted or not: it is looked at again.
        let _ = poll(&mut fds, Some(&at_most));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.release.take());
        // The holder ends all below it and then itself.
        let _ = self.child.wait();
    }
}
