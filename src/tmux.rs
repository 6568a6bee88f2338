//! In a shared tmux session: which client typed last, and tmux' own paste buffer.
//!
//! tmux hands keys on without saying whose they are, but remembers when each client was last active, in whole
//! seconds. Asked right after a key, it names the hand: the client on our window that was active last. Two active
//! within a second of each other cannot be told apart, and the answer says so.

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::signoff::Client;

/// How long tmux may take to answer; it takes some 4 ms, and a stopped server would take for ever.
pub const PATIENCE: Duration = Duration::from_millis(300);

/// Clients active within so many seconds of each other may have typed in either order.
const RESOLUTION: u64 = 1;

/// What is asked of every client; the user stands last, as it is empty before tmux 3.3.
const FORMAT: &str = "#{client_activity} #{client_created} #{window_id} #{client_readonly} \
                      #{client_control_mode} #{client_pid} #{client_tty} #{client_user}";

/// Why tmux did not answer.
#[derive(Debug, thiserror::Error)]
pub enum TmuxError {
    /// The program could not be run.
    #[error("cannot run tmux: {0}")]
    Run(#[from] std::io::Error),
    /// It took longer than [`PATIENCE`].
    #[error("tmux did not answer within {} ms", PATIENCE.as_millis())]
    Slow,
    /// It refused.
    #[error("tmux refused: {0}")]
    Refused(String),
    /// Its answer makes no sense.
    #[error("tmux answered something else than a list of clients: {0:?}")]
    Answer(String),
}

/// The tmux server whose pane we run in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tmux {
    socket: PathBuf,
    /// Our pane (`%3`); if that is not known, our session (`$0:`).
    target: String,
}

impl Tmux {
    /// Finds it by the variables that tmux sets in its panes; `None` outside tmux.
    #[must_use]
    pub fn find(variable: &dyn Fn(&str) -> Option<String>) -> Option<Tmux> {
        // TMUX is socket,server process,session; a socket's path may hold commas.
        let tmux = variable("TMUX")?;
        let mut parts = tmux.rsplitn(3, ',');
        let (session, _process, socket) = (parts.next()?, parts.next()?, parts.next()?);
        let pane = variable("TMUX_PANE").filter(|pane| pane.starts_with('%'));
        Some(Tmux { socket: socket.into(), target: pane.unwrap_or_else(|| format!("${session}:")) })
    }

    /// The client that typed last into our window; `None` if nobody who could type looks at it.
    ///
    /// # Errors
    /// tmux does not answer, or not in time.
    pub async fn who_typed(&self) -> Result<Option<Client>, TmuxError> {
        let ours =
            ["display-message", "-p", "-t", &self.target, "#{window_id}", ";", "list-clients", "-F", FORMAT];
        let answer = self.ask(&ours, "").await?;
        let (window, clients) = answer.split_once('\n').unwrap_or((&answer, ""));
        let seen: Option<Vec<Seen>> = clients.lines().map(Seen::parse).collect();
        Ok(hand(&seen.ok_or(TmuxError::Answer(answer.clone()))?, window))
    }

    /// Puts a text into tmux' paste buffer, and on to the clipboards of its clients where it is allowed to.
    ///
    /// # Errors
    /// tmux does not answer, or not in time.
    pub async fn load_buffer(&self, text: &str) -> Result<(), TmuxError> {
        match self.ask(&["load-buffer", "-w", "-"], text).await {
            // Before tmux 3.2 there is no -w.
            Err(TmuxError::Refused(_)) => self.ask(&["load-buffer", "-"], text).await.map(drop),
            answer => answer.map(drop),
        }
    }

    /// Shows a message to every client of our session.
    ///
    /// # Errors
    /// tmux does not answer, or not in time.
    pub async fn message(&self, text: &str) -> Result<(), TmuxError> {
        let session = self.ask(&["display-message", "-p", "-t", &self.target, "#{session_id}"], "").await?;
        let clients = self.ask(&["list-clients", "-t", session.trim(), "-F", "#{client_name}"], "").await?;
        // tmux fills in what stands behind # and %.
        let text = text.replace('#', "##").replace('%', "%%");
        let mut arguments: Vec<&str> = Vec::new();
        for client in clients.lines() {
            if !arguments.is_empty() {
                arguments.push(";");
            }
            arguments.extend(["display-message", "-c", client, &text]);
        }
        if arguments.is_empty() {
            return Ok(());
        }
        self.ask(&arguments, "").await.map(drop)
    }

    /// Whether it hands on to its terminals what a program wraps for them.
    ///
    /// # Errors
    /// tmux does not answer, or not in time.
    pub async fn passes(&self) -> Result<bool, TmuxError> {
        match self.ask(&["show-options", "-A", "-p", "-v", "-t", &self.target, "allow-passthrough"], "").await
        {
            Ok(told) => Ok(matches!(told.trim(), "on" | "all")),
            // Before tmux 3.3 there is no such option, and it always did.
            Err(TmuxError::Refused(_)) => Ok(true),
            Err(error) => Err(error),
        }
    }

    async fn ask(&self, arguments: &[&str], input: &str) -> Result<String, TmuxError> {
        let mut child = Command::new("tmux")
            .arg("-S")
            .arg(&self.socket)
            .args(arguments)
            .stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdin = child.stdin.take();
        let exchange = async {
            if let Some(mut stdin) = stdin {
                stdin.write_all(input.as_bytes()).await?;
            }
            child.wait_with_output().await
        };
        let output = tokio::time::timeout(PATIENCE, exchange).await.map_err(|_| TmuxError::Slow)??;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(TmuxError::Refused(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
        }
    }
}

/// A client as tmux lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    /// When it was last active, and when it attached, in seconds.
    activity: u64,
    created: u64,
    /// The window it looks at: keys go nowhere else.
    window: String,
    read_only: bool,
    /// It types by commands (a terminal that draws tmux' windows itself), which does not count as activity.
    control: bool,
    pid: u32,
    tty: String,
    user: String,
}

impl Seen {
    fn parse(line: &str) -> Option<Seen> {
        let mut parts = line.splitn(8, ' ');
        let mut next = || parts.next();
        Some(Seen {
            activity: next()?.parse().ok()?,
            created: next()?.parse().ok()?,
            window: next()?.to_owned(),
            read_only: next()? == "1",
            control: next()? == "1",
            pid: next()?.parse().ok()?,
            tty: next()?.to_owned(),
            user: next()?.to_owned(),
        })
    }
}

/// The client that typed last into this window.
fn hand(clients: &[Seen], window: &str) -> Option<Client> {
    let mut able: Vec<&Seen> =
        clients.iter().filter(|client| client.window == window && !client.read_only).collect();
    // Of two equally recent ones, attaching explains the activity of the one that has only just come.
    able.sort_by_key(|client| {
        let typed = client.activity > client.created;
        std::cmp::Reverse((client.activity, typed, std::cmp::Reverse(client.created)))
    });
    let (last, others) = able.split_first()?;
    let ambiguous = last.control
        || others.iter().any(|other| other.control || other.activity + RESOLUTION >= last.activity);
    Some(Client { tty: last.tty.clone(), user: last.user.clone(), pid: last.pid, ambiguous })
}
