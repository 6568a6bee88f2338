//! From a tool's bytes to [`Progress`]: one adapter a tool, all behind one door.
//!
//! An adapter is pure: bytes in, cut anywhere, progress out. It never asks the time, opens nothing and trusts
//! nothing: any bytes are survived in bounded memory and linear time, what it keeps of them is clean and redacted.
//!
//! ```text
//!  bytes ─ records (\r, \n, }, the tool's own rule) ─ Tool::record ─ said ─▶ Progress
//!          └─ a progress record that is not ended yet is read ahead, and forgotten when more comes
//! ```
//!
//! Exit codes of each tool are in its file's table, beside the source of its format. How long a tool may be quiet
//! ([`Adapter::quiet`]) is three of its intervals where it has a rhythm, and much longer where it speaks only when
//! something is done.
//!
//! Documents that are polled (rclone's rc, a task's URL, rows of a view) have a function each beside their adapter,
//! or are fed to the adapter like a file, one object after another; that way restarts and settled totals are seen too.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use regex::Regex;

use crate::clock::Stamp;
use crate::sample::copy::{End, Progress, Stage};
use crate::text::{self, Redactor};

mod aws_s3;
pub mod azcopy;
pub mod datasync;
mod dd;
pub mod dms;
pub mod elasticsearch;
mod expression;
mod gh_ost;
mod gsutil;
mod guess;
pub mod json;
mod mongo;
pub mod pg_archive;
mod pg_basebackup;
pub mod postgres;
mod progress;
mod pv;
pub mod rclone;
mod records;
mod restic;
mod rsync;
mod s5cmd;
mod said;
mod value;

#[cfg(test)]
mod tests;

use records::{Records, Rule};
use said::Said;

pub use expression::BadPattern;

/// Reads one tool's words.
pub trait Adapter: Send {
    /// Takes in bytes as they come, cut anywhere; whether the tool said something.
    fn feed(&mut self, bytes: &[u8], now: Stamp) -> bool;

    /// The process ended with this code, or how is not known; the source is at its end. More may be fed afterwards,
    /// if the same file is written again.
    fn end(&mut self, code: Option<i32>);

    /// What the tool said last.
    fn progress(&self) -> &Progress;

    /// When it said something last: when it came, or for a log's past the time that stands in it.
    fn updated(&self) -> Option<Stamp>;

    /// How long this tool may be quiet in its present state before it is stale.
    fn quiet(&self) -> Duration;

    /// A complete record was one of this tool's.
    fn knows(&self) -> bool;
}

/// What the plan tells of a copy that its tool may not.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// How many objects there are.
    pub objects: Option<u64>,
    /// How many bytes there are.
    pub bytes: Option<u64>,
}

/// A tool's way to say how far it is.
#[derive(Clone, Debug)]
pub enum Format {
    /// Whichever tool's words come first.
    Auto,
    /// rclone: JSON log, stats lines, `core/stats`.
    Rclone,
    /// azcopy: output as text or JSON, job log, `jobs show`.
    Azcopy,
    /// `rsync --info=progress2`.
    Rsync,
    /// `aws s3 cp`, `mv`, `sync`, `rm`.
    AwsS3,
    /// s5cmd: bar, JSON lines, plain lines.
    S5cmd,
    /// `gsutil cp`, `rsync`, and `gcloud storage`.
    Gsutil,
    /// mongodump, mongorestore, mongoimport, mongoexport.
    Mongo,
    /// `pg_basebackup -P`.
    PgBasebackup,
    /// `pg_restore -v`.
    PgRestore,
    /// `pg_dump -v`.
    PgDump,
    /// Rows of `PostgreSQL`'s views.
    Postgres,
    /// Elasticsearch and `OpenSearch`: `_tasks`, `_reindex`.
    Elasticsearch,
    /// gh-ost.
    GhOst,
    /// restic with `--json`, and whatever else says `percent_done`.
    Restic,
    /// `dd status=progress`.
    Dd,
    /// pv.
    Pv,
    /// progress.
    Progress,
    /// `{"done":1,"total":2,"unit":"bytes"}`, an object at a time.
    Json,
    /// `aws datasync describe-task-execution`.
    Datasync,
    /// `aws dms describe-replication-tasks` and `describe-table-statistics`.
    Dms,
    /// An expression with groups `done total pct rate eta failed skipped state at`.
    Regex(Box<Regex>),
}

/// Names in the sidecar's `format`, in the order in which a sidecar's reader would look for them.
const NAMES: [(&str, Format); 23] = [
    ("auto", Format::Auto),
    ("rclone", Format::Rclone),
    ("azcopy", Format::Azcopy),
    ("rsync", Format::Rsync),
    ("aws-s3", Format::AwsS3),
    ("s5cmd", Format::S5cmd),
    ("gsutil", Format::Gsutil),
    ("gcloud-storage", Format::Gsutil),
    ("mongo", Format::Mongo),
    ("pg_basebackup", Format::PgBasebackup),
    ("pg_restore", Format::PgRestore),
    ("pg_dump", Format::PgDump),
    ("postgres", Format::Postgres),
    ("elasticsearch", Format::Elasticsearch),
    ("gh-ost", Format::GhOst),
    ("restic", Format::Restic),
    ("ndjson", Format::Restic),
    ("dd", Format::Dd),
    ("pv", Format::Pv),
    ("progress", Format::Progress),
    ("json", Format::Json),
    ("datasync", Format::Datasync),
    ("dms", Format::Dms),
];

/// Not the name of a tool whose words can be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no format{}; give one of {}, or a `regex`", nearest(name), Format::names().collect::<Vec<_>>().join(", "))]
pub struct UnknownFormat {
    name: String,
}

fn nearest(name: &str) -> String {
    let close = Format::names().map(|known| (strsim::damerau_levenshtein(known, name), known)).min();
    close
        .filter(|(distance, _)| *distance <= 3)
        .map_or_else(String::new, |(_, known)| format!(", did you mean `{known}`?"))
}

impl FromStr for Format {
    type Err = UnknownFormat;

    /// By its name in the sidecar; blanks, `-` and `_` are one.
    fn from_str(name: &str) -> Result<Format, UnknownFormat> {
        let plain = |name: &str| name.to_ascii_lowercase().replace([' ', '_'], "-");
        let wanted = plain(name.trim());
        let alias = match wanted.as_str() {
            "aws" => "aws-s3",
            "gcloud" => "gcloud-storage",
            "mongodump" | "mongorestore" | "mongoimport" | "mongoexport" => "mongo",
            "opensearch" => "elasticsearch",
            "postgresql" => "postgres",
            known => known,
        };
        let found = NAMES.iter().find(|(known, _)| plain(known) == alias);
        found.map(|(_, format)| format.clone()).ok_or_else(|| UnknownFormat { name: name.to_owned() })
    }
}

impl Format {
    /// All names that the sidecar's `format` takes.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// A user's expression.
    ///
    /// # Errors
    ///
    /// One without any of the groups that say something.
    pub fn regex(pattern: Regex) -> Result<Format, BadPattern> {
        expression::check(&pattern)?;
        Ok(Format::Regex(Box::new(pattern)))
    }

    /// Whose words these first bytes are; `None` while they say too little.
    #[must_use]
    pub fn guess(bytes: &[u8]) -> Option<Format> {
        guess::guess(bytes)
    }
}

/// An adapter for what a tool says, with what the plan tells and what must not be shown.
#[must_use]
pub fn adapter(format: &Format, told: Told, redactor: Arc<Redactor>) -> Box<dyn Adapter> {
    fn feed<T: Tool + 'static>(tool: T, told: Told, redactor: Arc<Redactor>) -> Box<dyn Adapter> {
        Box::new(Feed::new(tool, told, redactor))
    }
    match format {
        Format::Auto => Box::new(guess::Auto::new(&told, &redactor)),
        Format::Rclone => feed(rclone::Rclone::default(), told, redactor),
        Format::Azcopy => feed(azcopy::Azcopy::default(), told, redactor),
        Format::Rsync => feed(rsync::Rsync::default(), told, redactor),
        Format::AwsS3 => feed(aws_s3::AwsS3::default(), told, redactor),
        Format::S5cmd => feed(s5cmd::S5cmd::default(), told, redactor),
        Format::Gsutil => feed(gsutil::Gsutil, told, redactor),
        Format::Mongo => feed(mongo::Mongo::default(), told, redactor),
        Format::PgBasebackup => feed(pg_basebackup::PgBasebackup, told, redactor),
        Format::PgRestore => feed(pg_archive::PgArchive::restore(), told, redactor),
        Format::PgDump => feed(pg_archive::PgArchive::dump(), told, redactor),
        Format::Postgres => feed(postgres::Postgres::default(), told, redactor),
        Format::Elasticsearch => feed(elasticsearch::Elasticsearch, told, redactor),
        Format::GhOst => feed(gh_ost::GhOst::default(), told, redactor),
        Format::Restic => feed(restic::Restic, told, redactor),
        Format::Dd => feed(dd::Dd, told, redactor),
        Format::Pv => feed(pv::Pv::default(), told, redactor),
        Format::Progress => feed(progress::Progress::default(), told, redactor),
        Format::Json => feed(json::Objects, told, redactor),
        Format::Datasync => feed(datasync::Datasync, told, redactor),
        Format::Dms => feed(dms::Dms, told, redactor),
        Format::Regex(pattern) => feed(expression::Pattern::new((**pattern).clone()), told, redactor),
    }
}

/// Records that end with their line.
const LINES: Rule = Rule { json: false, closes: None };

/// Records that are JSON objects, and lines between them.
const OBJECTS: Rule = Rule { json: true, closes: None };

/// Longest record that is read before its end has come; a progress record is far shorter.
const AHEAD: usize = 4096;

/// Bytes that come so soon after the first ones are a log's past, and dated by what stands in it.
const PAST: Duration = Duration::from_secs(2);

/// Quiet limit of tools that speak once a second or oftener.
const LIVELY: Duration = Duration::from_secs(10);

/// Quiet limit of tools that speak with each part of a file, or between phases of unknown length.
const PATIENT: Duration = Duration::from_mins(2);

/// Quiet limit of tools that speak only when a table or a large file is done.
const EVENTFUL: Duration = Duration::from_hours(1);

/// One tool's words, record by record.
trait Tool: Clone + Send {
    /// How its records end.
    const RULE: Rule = LINES;

    /// Reads a complete record; whether it was one of this tool's.
    fn record(&mut self, record: &str, said: &mut Said) -> bool;

    /// Whether a record may be read before its end has come: its tool puts the line end before it, or none.
    fn reads_ahead(&self, _tail: &str) -> bool {
        false
    }

    /// Its process ended by itself with this code.
    fn ended(&mut self, code: i32, said: &mut Said);

    /// How long it may be quiet as it is.
    fn quiet(&self, progress: &Progress) -> Duration;

    /// When the last record was written, by its own word.
    fn time(&self) -> Option<DateTime<Utc>> {
        None
    }
}

/// An adapter made of a tool: cuts records, reads ahead, dates.
///
/// What was read ahead is a copy that is thrown away with the next byte, so that it never matters where reads are cut.
struct Feed<T> {
    tool: T,
    said: Said,
    records: Records,
    ahead: Option<(T, Said)>,
    told: Told,
    first: Option<Stamp>,
    updated: Option<Stamp>,
    knows: bool,
}

impl<T: Tool> Feed<T> {
    fn new(tool: T, told: Told, redactor: Arc<Redactor>) -> Feed<T> {
        Feed {
            tool,
            said: Said::new(redactor),
            records: Records::new(T::RULE),
            ahead: None,
            told,
            first: None,
            updated: None,
            knows: false,
        }
    }

    /// The moment of a record: its own for a log's past, else now.
    fn dated(&self, own: Option<DateTime<Utc>>, now: Stamp) -> Stamp {
        let past = self.first.is_some_and(|first| now.since(&first) < PAST);
        let ago = own.filter(|_| past).and_then(|own| (now.wall - own).to_std().ok());
        ago.map_or(now, |ago| now.earlier(ago))
    }
}

/// Reads one record: `None` if there was none of the tool's.
fn read<T: Tool>(tool: &mut T, said: &mut Said, told: &Told, record: &[u8]) -> bool {
    let text = String::from_utf8_lossy(record);
    // Control characters inside JSON stand escaped, and are cleaned with the words that are kept.
    let known = if text.trim_start().starts_with('{') {
        tool.record(text.trim(), said)
    } else {
        tool.record(text::clean(&text).trim_end(), said)
    };
    if known && said.objects.total.is_none() && told.objects.is_some() {
        (said.objects.total, said.total_is_final) = (told.objects, true);
    }
    if known && said.bytes.total.is_none() && told.bytes.is_some() {
        (said.bytes.total, said.total_is_final) = (told.bytes, true);
    }
    known
}

impl<T: Tool> Adapter for Feed<T> {
    fn feed(&mut self, bytes: &[u8], now: Stamp) -> bool {
        if bytes.is_empty() {
            return false;
        }
        self.first.get_or_insert(now);
        self.ahead = None;
        let Feed { tool, said, records, told, .. } = self;
        let mut known = false;
        records.push(bytes, |record| known |= read(tool, said, told, record));
        self.knows |= known;
        let mut time = self.tool.time();
        let tail = self.records.tail();
        if (1..AHEAD).contains(&tail.len()) && self.tool.reads_ahead(&String::from_utf8_lossy(tail)) {
            let (mut tool, mut said) = (self.tool.clone(), self.said.clone());
            if read(&mut tool, &mut said, &self.told, tail) {
                time = tool.time();
                self.ahead = Some((tool, said));
                known = true;
            }
        }
        if known {
            self.updated = Some(self.dated(time, now));
        }
        known
    }

    fn end(&mut self, code: Option<i32>) {
        self.ahead = None;
        let Feed { tool, said, records, told, knows, .. } = self;
        records.flush(&mut |record| *knows |= read(tool, said, told, record));
        match code {
            // Interrupted or terminated: somebody meant it. Killed and crashed processes said nothing.
            Some(130 | 143) => said.cancel(),
            Some(code) if !(128..192).contains(&code) => tool.ended(code, said),
            // What a half that survived said of the other half's death is no word of the whole.
            Some(_) if matches!(said.stage, Stage::Ended(End::Failed(_))) => said.stage = Stage::Running,
            _ => {}
        }
    }

    fn progress(&self) -> &Progress {
        self.ahead.as_ref().map_or(&self.said, |(_, said)| said)
    }

    fn updated(&self) -> Option<Stamp> {
        self.updated
    }

    fn quiet(&self) -> Duration {
        let tool = self.ahead.as_ref().map_or(&self.tool, |(tool, _)| tool);
        tool.quiet(self.progress())
    }

    fn knows(&self) -> bool {
        self.knows
    }
}

/// A constant expression, compiled once.
fn pattern(source: &str) -> Regex {
    #[expect(
        clippy::unwrap_used,
        reason = "the expressions are constants, and the tests compile each of them"
    )]
    Regex::new(source).unwrap()
}
