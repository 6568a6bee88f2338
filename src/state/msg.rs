//! What happens to the state, and what it asks for: one message type in, effects as data out.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tui_input::InputRequest;

use super::action::Action;
use super::attention::Notice;
use super::replay;
use crate::clock::Stamp;
use crate::command::Reference;
use crate::config::Settings;
use crate::plan::Plan;
use crate::readings::{News, Taken};
use crate::sample::{LogBatch, Order, ProbeId, Sample};
use crate::signoff::event::Blob;
use crate::signoff::{Actor, Client, Draft, Line};

/// Everything that can happen.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A key that means an action here.
    Action {
        /// Which.
        action: Action,
        /// The key was held down.
        repeat: bool,
    },
    /// Editing in a prompt.
    Edit(InputRequest),
    /// Enter, in a prompt or a list.
    Confirm,
    /// A letter typed at a dialog of choices.
    Choose(char),
    /// Text pasted by the terminal.
    Paste(String),
    /// The terminal has this size now.
    Resize {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// In tmux, the client that typed the key that follows.
    Hand(Option<Client>),
    /// A probe measured.
    Sample(ProbeId, Box<Sample>),
    /// Lines of a log were read.
    Lines(ProbeId, Box<LogBatch>),
    /// A probe could not be asked to do that: it is not there, or it is busy.
    NotTaken(ProbeId, Order),
    /// The recorder of readings has something to be put on record.
    Recorded(Box<News>),
    /// Samples were dropped because the loop was behind: total so far.
    Dropped(u64),
    /// A line is on disk.
    Appended(Arc<Line>),
    /// Something is known of a command that was started.
    Job(String, JobNews),
    /// Drafts were refused; nothing of them is on disk as far as is known.
    Refused {
        /// What was to be written.
        drafts: Arc<[Draft]>,
        /// One sentence: why, and what to do.
        why: String,
        /// It may be tried again without a person (the queue was full).
        full: bool,
    },
    /// The plan's files were read again after a change.
    Files(Box<Result<Plan, String>>),
    /// A file chosen as evidence was read: its name and bytes, or why not.
    File(PathBuf, Result<(Blob, Arc<[u8]>), String>),
    /// A sign-off was signed with a key, or why not, as a sentence.
    Signature(Box<Unsigned>, Result<String, String>),
    /// The disk has been at the present append for so long.
    Slow(Duration),
    /// Whether the terminal is stuck, or has only just come back: nobody can see what a key would do.
    Stuck(bool),
    /// The time that `next_wake` asked for has come.
    Wake,
    /// A signal asks to leave.
    Leave(String),
}

/// A command to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// What the record calls it.
    pub job: String,
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Set in its environment.
    pub variables: Vec<Reference>,
    /// Where it runs.
    pub folder: PathBuf,
}

/// What is known of a command that was started.
#[derive(Clone, Debug)]
pub enum JobNews {
    /// It said more: clean lines without secrets, and how many bytes were passed over so far.
    Lines {
        /// The lines.
        lines: Vec<String>,
        /// Bytes between the beginning and the end that nobody keeps.
        cut: u64,
    },
    /// It was asked to end.
    Stopping,
    /// It ended, or is gone.
    Ended(Box<JobEnd>),
    /// Its output as the evidence has it, or why it cannot be read.
    Kept(Result<Vec<String>, String>),
    /// Something could not be done with it: why, in one clause.
    Trouble(String),
}

/// How a command ended.
#[derive(Clone, Debug)]
pub struct JobEnd {
    /// Its exit code; `None` if it is gone and that is not known.
    pub exit: Option<i32>,
    /// How long it ran.
    pub took: Option<Duration>,
    /// What it said, clean and without secrets.
    pub output: Option<(Blob, Arc<[u8]>)>,
    /// Bytes of it that are not kept.
    pub cut: u64,
}

/// A sign-off that is on disk and to be signed with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned {
    /// Its line.
    pub line: u64,
    /// Whose it is.
    pub name: String,
    /// Who typed it.
    pub by: Actor,
    /// When.
    pub at: Stamp,
    /// The key, as the sidecar names it.
    pub key: String,
    /// The line's bytes.
    pub bytes: Box<[u8]>,
}

/// Whether this cockpit may write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// It holds the lock.
    Writer,
    /// Somebody else does: who, in one clause.
    Watcher(String),
}

/// What the loop is asked to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Write to the sign-off log.
    Append(Vec<Draft>),
    /// Record what a probe showed.
    Record(Box<Taken>),
    /// Seal what was recorded so far, so that what is signed next covers it.
    Seal,
    /// Show another moment of a watched run.
    Replay(replay::Order),
    /// Run these probes from now on.
    Probes(Arc<Settings>),
    /// Ask a probe to do something.
    Order(ProbeId, Order),
    /// Start a command.
    StartJob(Box<Launch>),
    /// Ask a command to end, and end it.
    StopJob(String),
    /// Look for a command that was started, and follow what it says.
    FollowJob(String),
    /// Its end is on record with its output: what was kept of that until then is not needed any more.
    ForgetJob(String),
    /// Read the output of a command that has ended.
    ReadOutput(String, Blob),
    /// Put text on the clipboard.
    Clipboard(String),
    /// Read a file as evidence.
    ReadFile(PathBuf),
    /// Sign a sign-off with a key; nobody is asked for a passphrase.
    Sign(Box<Unsigned>),
    /// Read the plan's files again.
    ReloadFiles,
    /// Try to become the writer.
    TakeOver,
    /// Call the operator.
    Notify(Notice),
    /// Show hints from the next start on, or no longer.
    Hints(bool),
    /// Paint everything again.
    Repaint,
    /// Leave the cockpit.
    Leave,
}
