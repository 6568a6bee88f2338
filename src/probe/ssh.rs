//! Programs on another host, over `ssh`.
//!
//! Connections are kept open beside the checks (control masters of our own, in a directory that only we may enter),
//! one for every few checks of a host, and the checks' own `ssh` processes go through them; where a master cannot
//! connect, each tries by itself and tells why. Nothing may ask for a password, and nothing can: there is no terminal.
//!
//! On the other side a few lines of POSIX shell stand above the program and watch their standard input, as the
//! holder does on this side: when our `ssh` ends, for a time-out or with the cockpit, the end of file reaches them
//! and they end the program's process group. What cannot be ended from here: a program that left that group, and
//! any program while the network between is cut; that one goes on until the other host's `sshd` notices.

use std::collections::HashMap;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::exec::{self, Held, Turn};
use super::fault::Fault;
use super::seen::Notes;
use crate::hold::Input;
use crate::sample::Stage;
use crate::text;

/// How `ssh` says that it, and not the remote program, failed.
const SSH_FAILED: i32 = 255;

/// A control master that ended is not started again sooner.
const MASTER_REST: Duration = Duration::from_secs(30);

/// Sessions over one connection: `sshd` allows ten unless told otherwise, and one that ends takes its time.
const SESSIONS: usize = 8;

/// How often a new connection is looked at until it stands.
const GLANCE: Duration = Duration::from_millis(10);

/// What the remote side writes last when the program itself ended with [`SSH_FAILED`].
const ITS_OWN: &str = "cutover: the program itself ended with 255";

/// Runs the program given as arguments, and ends its process group when standard input ends.
const WATCH: &str = r#"exec 3<&0; "$@" </dev/null 3<&- & p=$!; (while read -r _; do :; done; kill -9 0) <&3 >/dev/null 2>&1 & w=$!; exec 3<&-; wait $p; s=$?; kill $w 2>/dev/null; [ $s = 255 ] && echo "cutover: the program itself ended with 255" >&2; exit $s"#;

/// The connections kept open, for each `via`.
#[derive(Default)]
pub(super) struct Masters(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    directory: Option<Directory>,
    hosts: HashMap<Vec<String>, Vec<Master>>,
    /// Masters so far, for the names of their sockets.
    count: usize,
}

struct Master {
    socket: PathBuf,
    sessions: Arc<Semaphore>,
    held: Held,
    started: Instant,
}

/// One session over a kept connection.
struct Seat {
    socket: PathBuf,
    _session: OwnedSemaphorePermit,
}

impl Masters {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session over a connection that stands, or that could not be made.
    async fn seat(&self, holder: &Path, via: &[String]) -> Result<Seat, Fault> {
        let seat = self.kept().seat(holder, via)?;
        while !seat.socket.exists() && !self.kept().has_ended(via, &seat.socket) {
            tokio::time::sleep(GLANCE).await;
        }
        Ok(seat)
    }
}

impl Kept {
    fn seat(&mut self, holder: &Path, via: &[String]) -> Result<Seat, Fault> {
        let directory = match &mut self.directory {
            Some(directory) => directory,
            none => none.insert(Directory::new()?),
        };
        let masters = self.hosts.entry(via.to_vec()).or_default();
        for master in masters.iter_mut() {
            let Ok(session) = Arc::clone(&master.sessions).try_acquire_owned() else { continue };
            if master.held.has_ended() && master.started.elapsed() > MASTER_REST {
                // A socket left behind would look like a connection that stands.
                let _ = fs::remove_file(&master.socket);
                master.held = Master::start(holder, via, &master.socket)?;
                master.started = Instant::now();
            }
            return Ok(Seat { socket: master.socket.clone(), _session: session });
        }
        let socket = directory.0.join(self.count.to_string());
        let sessions = Arc::new(Semaphore::new(SESSIONS));
        let held = Master::start(holder, via, &socket)?;
        masters.push(Master {
            socket: socket.clone(),
            sessions: Arc::clone(&sessions),
            held,
            started: Instant::now(),
        });
        self.count += 1;
        let session = sessions.try_acquire_owned();
        let session = session.map_err(|_| Fault::Broken("a new connection has no room".to_owned()))?;
        Ok(Seat { socket, _session: session })
    }

    fn has_ended(&mut self, via: &[String], socket: &Path) -> bool {
        let masters = self.hosts.get_mut(via).into_iter().flatten();
        masters.filter(|master| master.socket == socket).all(|master| master.held.has_ended())
    }
}

impl Master {
    fn start(holder: &Path, via: &[String], socket: &Path) -> Result<Held, Fault> {
        let mut argv = command(via, socket, "yes");
        argv.splice(1..1, ["-N", "-o", "ControlPersist=no"].map(str::to_owned));
        Held::start(holder, Input::Open, &argv, Stdio::null)
    }
}

/// `via` with our options before its own: `ssh` takes the first value it is given.
fn command(via: &[String], socket: &Path, master: &str) -> Vec<String> {
    let (program, rest) = match via {
        [program, rest @ ..] => (program.as_str(), rest),
        [] => ("ssh", via),
    };
    let mut argv = vec![program.to_owned(), "-T".to_owned()];
    let socket = socket.display().to_string().replace('%', "%%");
    for option in [
        "BatchMode=yes".to_owned(),
        "ConnectTimeout=10".to_owned(),
        "ServerAliveInterval=5".to_owned(),
        "ServerAliveCountMax=2".to_owned(),
        "LogLevel=ERROR".to_owned(),
        "ForwardAgent=no".to_owned(),
        "ForwardX11=no".to_owned(),
        "ClearAllForwardings=yes".to_owned(),
        format!("ControlMaster={master}"),
        format!("ControlPath={socket}"),
    ] {
        argv.extend(["-o".to_owned(), option]);
    }
    argv.extend(rest.iter().cloned());
    argv
}

/// The whole command line for the remote shell: every word quoted.
fn remote(argv: &[String]) -> String {
    let mut line = format!("exec sh -c {} sh", quoted(WATCH));
    for word in argv {
        line.push(' ');
        line.push_str(&quoted(word));
    }
    line
}

/// One word to any POSIX shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A program on another host: what to hold here, for as long as this is kept.
pub(super) struct Remote {
    /// Our `ssh` and its arguments; its standard input must stay open.
    pub(super) argv: Vec<String>,
    host: String,
    _seat: Seat,
}

impl Remote {
    /// Waits for a connection that stands, or could not be made.
    pub(super) async fn new(
        masters: &Masters,
        holder: &Path,
        via: &[String],
        argv: &[String],
    ) -> Result<Remote, Fault> {
        let seat = masters.seat(holder, via).await?;
        let mut ssh = command(via, &seat.socket, "no");
        ssh.push(remote(argv));
        Ok(Remote { argv: ssh, host: via.last().cloned().unwrap_or_default(), _seat: seat })
    }

    /// Whether it was `ssh` that failed and not the program, by the exit code and the last line of standard error.
    pub(super) fn failed(&self, code: i32, last: &str) -> Option<Fault> {
        let own = last.trim_end().ends_with(ITS_OWN);
        (code == SSH_FAILED && !own).then(|| fault(&self.host, last))
    }
}

/// `ssh` failed, with these last words.
fn fault(host: &str, said: &str) -> Fault {
    let said = if said.trim().is_empty() { "it does not say why" } else { said.trim() };
    let said = said.strip_prefix("ssh: ").unwrap_or(said);
    Fault::refusal(Stage::Connect, "ssh", format!("ssh to {host} failed: {}", text::clean(said)))
}

/// Runs `argv` on the host that `via` leads to.
pub(super) async fn run(
    masters: &Masters,
    holder: &Path,
    via: &[String],
    argv: &[String],
    turn: &Turn,
    notes: &Notes,
) -> Result<(), Fault> {
    let host = via.last().map(String::as_str).unwrap_or_default();
    notes.note(|seen| seen.waiting = format!("connecting to {host}"));
    let ssh = Remote::new(masters, holder, via, argv).await?;
    exec::run(holder, Input::Open, &ssh.argv, turn, notes).await?;
    let mut failed = None;
    notes.note(|seen| {
        if seen.exit != Some(SSH_FAILED) {
            return;
        }
        let stderr = String::from_utf8_lossy(&seen.stderr.bytes).into_owned();
        if let Some(own) = stderr.trim_end().strip_suffix(ITS_OWN) {
            seen.stderr.bytes = own.as_bytes().to_vec();
        } else {
            failed = Some(stderr);
            seen.exit = None;
            seen.latency = None;
            seen.connected = Some(false);
        }
    });
    let Some(stderr) = failed else { return Ok(()) };
    Err(fault(host, stderr.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default()))
}

/// A directory for sockets that only we may enter, gone with us.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Result<Directory, Fault> {
        let base = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|base| base.is_dir());
        let base = base.unwrap_or_else(std::env::temp_dir);
        let broken = |error: &dyn std::fmt::Display| {
            Fault::Broken(format!("cannot make a directory for ssh sockets in {}: {error}", base.display()))
        };
        let mut salt = [0; 4];
        getrandom::fill(&mut salt).map_err(|error| broken(&error))?;
        // Short: a socket's whole path has room for 107 bytes, and ssh adds 17 while it makes one.
        let path = base.join(format!("cutover-{:08x}", u32::from_le_bytes(salt)));
        DirBuilder::new().mode(0o700).create(&path).map_err(|error| broken(&error))?;
        Ok(Directory(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // In the temporary directory, and empty but for dead sockets, if it stays.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_survives_a_real_shell() {
        for word in ["", "two words", "it's", "$HOME `id` \"x\"", "a\nb", "-n", "\\", "*", "ü"] {
            let line = format!("printf %s {}", quoted(word));
            let out = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
            assert_eq!(String::from_utf8(out.stdout).unwrap(), word);
        }
    }

    #[test]
    fn the_remote_watch_passes_the_exit_code_on() {
        for (program, code) in [("exit 0", 0), ("exit 3", 3), ("exit 255", 255)] {
            let line = remote(&["sh".to_owned(), "-c".to_owned(), program.to_owned()]);
            let mut child = std::process::Command::new("sh")
                .args(["-c", &line])
                .stdin(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            // `wait_with_output` would close it, which is the sign to end.
            let open = child.stdin.take();
            let out = child.wait_with_output().unwrap();
            drop(open);
            assert_eq!(out.status.code(), Some(code), "{program}");
            let stderr = String::from_utf8(out.stderr).unwrap();
            assert_eq!(stderr.trim_end() == ITS_OWN, code == 255, "{stderr}");
        }
    }

    #[test]
    fn our_options_stand_before_the_hosts() {
        let via = ["ssh", "-p", "2222", "dana@app.test"].map(str::to_owned);
        let argv = command(&via, Path::new("/run/x/0"), "no");
        assert_eq!(argv.first().map(String::as_str), Some("ssh"));
        assert_eq!(argv[argv.len() - 3..], via[1..]);
        assert!(argv.contains(&"BatchMode=yes".to_owned()));
    }
}
