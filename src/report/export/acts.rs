//! Who, when, what was said, what was seen: the pieces that all parts share.

use chrono::SecondsFormat;
use schemars::JsonSchema;
use serde::Serialize;

use crate::checklist::ItemId;
use crate::record;
use crate::report::Report;
use crate::sample::ProbeState;
use crate::signoff::event::{self, Blob};
use crate::signoff::{Actor, At};

/// A moment.
#[derive(Serialize, JsonSchema)]
pub(super) struct Moment {
    /// RFC 3339, UTC, to the millisecond.
    #[schemars(extend("format" = "date-time"))]
    at: String,
    /// The offset of the host's clock from UTC at that moment: `+01:00`.
    #[schemars(regex(pattern = r"^[+-]\d\d:\d\d$"))]
    offset: String,
}

impl From<At> for Moment {
    fn from(at: At) -> Moment {
        Moment { at: at.wall.to_rfc3339_opts(SecondsFormat::Millis, true), offset: offset(at.offset) }
    }
}

fn offset(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.unsigned_abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// A line of the log: who, and when.
#[derive(Serialize, JsonSchema)]
pub(super) struct Act<'a> {
    /// Its number.
    line: u64,
    /// RFC 3339, UTC, to the millisecond.
    #[schemars(extend("format" = "date-time"))]
    at: String,
    /// The offset of the host's clock from UTC at that moment: `+01:00`.
    #[schemars(regex(pattern = r"^[+-]\d\d:\d\d$"))]
    offset: String,
    /// The name as it was declared; `cutover` for what the program itself noticed.
    by: &'a str,
    /// The number of the terminal that a person acted through.
    terminal: Option<usize>,
}

impl<'a> Act<'a> {
    pub(super) fn of(report: &Report<'_>, act: &'a record::Act) -> Act<'a> {
        let terminal = if act.by == Actor::RESERVED { None } else { report.terminal(act) };
        let Moment { at, offset } = Moment::from(act.at);
        Act { line: act.seq, at, offset, by: &act.by, terminal }
    }
}

/// Something said by somebody.
#[derive(Serialize, JsonSchema)]
pub(super) struct Said<'a> {
    /// The words.
    text: &'a str,
    /// Who and when.
    act: Act<'a>,
}

impl<'a> Said<'a> {
    pub(super) fn of(report: &Report<'_>, entry: &'a record::Entry) -> Said<'a> {
        Said { text: &entry.text, act: Act::of(report, &entry.act) }
    }
}

/// An item, named.
#[derive(Serialize, JsonSchema)]
pub(super) struct ItemRef {
    /// Its number in this report; `null` for an item that the plan never had.
    number: Option<usize>,
    /// Its identity.
    #[schemars(with = "String", regex(pattern = "^[0-9a-f]{16}$"))]
    id: ItemId,
}

impl ItemRef {
    pub(super) fn of(report: &Report<'_>, id: ItemId) -> ItemRef {
        ItemRef { number: report.number(id), id }
    }

    pub(super) fn all(report: &Report<'_>, ids: &[ItemId]) -> Vec<ItemRef> {
        ids.iter().map(|&id| ItemRef::of(report, id)).collect()
    }
}

/// A file of the evidence folder. `(printf %s SALT; cat FILE) | sha256sum` gives its name.
#[derive(Serialize, JsonSchema)]
pub(super) struct Kept<'a> {
    /// SHA-256 over the salt and the bytes: the file's name.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    sha256: &'a str,
    /// The salt, 16 bytes in hex.
    salt: &'a str,
    /// Length in bytes.
    bytes: u64,
}

impl<'a> From<&'a Blob> for Kept<'a> {
    fn from(blob: &'a Blob) -> Kept<'a> {
        Kept { sha256: &blob.sha256, salt: &blob.salt, bytes: blob.bytes }
    }
}

/// An attached file.
#[derive(Serialize, JsonSchema)]
pub(super) struct Attachment<'a> {
    /// Its name when it was attached.
    name: &'a str,
    /// Where its bytes are.
    file: Kept<'a>,
    /// Who and when.
    act: Act<'a>,
}

impl<'a> Attachment<'a> {
    pub(super) fn of(report: &Report<'_>, attachment: &'a record::Attachment) -> Attachment<'a> {
        let record::Attachment { name, blob, act } = attachment;
        Attachment { name, file: blob.into(), act: Act::of(report, act) }
    }
}

/// What a check showed at an act.
#[derive(Serialize, JsonSchema)]
pub(super) struct Evidence<'a> {
    /// Which: `health/api/new`.
    probe: String,
    /// Its state.
    state: ProbeState,
    /// What it saw, in one clause.
    saw: &'a str,
    /// How old the reading was, in milliseconds.
    age_ms: u64,
    /// The last error, where the state was not good.
    error: Option<&'a str>,
    /// The whole reading, where one clause does not hold it.
    whole: Option<Kept<'a>>,
}

impl<'a> Evidence<'a> {
    pub(super) fn all(seen: &'a [event::Evidence]) -> Vec<Evidence<'a>> {
        let one = |it: &'a event::Evidence| Evidence {
            probe: it.probe.to_string(),
            state: it.state,
            saw: &it.saw,
            age_ms: it.age_ms,
            error: it.error.as_deref(),
            whole: it.text.as_ref().map(Kept::from),
        };
        seen.iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn offsets_as_rfc_3339_has_them() {
        for (seconds, words) in [(0, "+00:00"), (3600, "+01:00"), (-12_600, "-03:30"), (20_700, "+05:45")] {
            assert_eq!(super::offset(seconds), words);
        }
    }
}
