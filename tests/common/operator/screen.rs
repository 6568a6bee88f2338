//! What an operator sees in a frame: the step under the cursor, the dialog over it, what the last line says.

use std::time::Duration;

use crate::common::pty::Frame;

/// Columns of the boxes that lie over the panes, each in the middle.
const ASKS: usize = 78;
const BOXES: [usize; 3] = [ASKS, 96, 110];
/// Signs before a step's text.
const STATES: [char; 8] = ['○', '◐', '✓', '!', '─', '∅', '»', '+'];

/// The row under the cursor in the checklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Here {
    /// All its lines in one: the text, and what is known of it.
    pub text: String,
    /// It is a step that is open.
    pub open: bool,
    /// It is a step whose clock runs.
    pub started: bool,
}

impl Here {
    pub fn of(frame: &Frame) -> Option<Here> {
        let rows: Vec<String> = frame.lines().collect();
        let at = rows.iter().position(|row| row.contains("│▌"))?;
        let row = |at: usize| rows.get(at).and_then(|row| inner(row));
        let first = row(at)?;
        let sign = first.iter().position(|c| !matches!(c, '▌' | ' ' | '●'))?;
        let mut text: String = first[sign..].iter().collect();
        let indent = sign + 2;
        for below in (at + 1..).map_while(row) {
            let blank = below.len() > indent && below[..indent].iter().all(|c| *c == ' ');
            if !blank || below[indent..].iter().all(|c| *c == ' ') || STATES.contains(&below[indent]) {
                break;
            }
            text = format!("{} {}", text.trim_end(), below[indent..].iter().collect::<String>().trim());
        }
        let (open, started) = (matches!(first[sign], '○' | '◐'), first[sign] == '◐');
        Some(Here { text: text.trim_end().to_owned(), open, started })
    }

    /// Whether this is the row of a step with that text.
    pub fn is(&self, text: &str) -> bool {
        // A blank that is filled shows its value.
        let begins = text.split("__").next().unwrap_or(text);
        let begins: String = plain(begins).chars().take(28).collect();
        let shown = plain(&self.text);
        // Of a step whose clock runs it is said first since when, and by whom.
        shown.starts_with(&begins) || self.started && shown.contains(&begins)
    }

    /// How the gate before it stands; `None` if there is none.
    pub fn gate(&self) -> Option<Gate> {
        let after = |word: &str| self.text.rfind(word).map(|at| &self.text[at + word.len()..]);
        if after("gate met").is_some() {
            return Some(Gate::Met);
        }
        if let Some(why) = after("gate ?: ") {
            return Some(if why.starts_with("not run yet") { Gate::Compares } else { Gate::Waits });
        }
        let digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        if let Some(saw) = after("gate: saw ") {
            let off = saw.starts_with("not as expected");
            return Some(if off {
                Gate::Compares
            } else if digit(saw) {
                Gate::Counts
            } else {
                Gate::Waits
            });
        }
        after("gate ").filter(|held| digit(held)).map(|_| Gate::Waits)
    }

    /// Whether a time lock stands before it that opens within this span, as far as that can be told.
    pub fn is_locked(&self, span: Duration) -> bool {
        self.opens_in().map_or_else(|| self.text.contains("locked: "), |left| left <= span)
    }

    /// How long its time lock is still shut, if that is counted.
    fn opens_in(&self) -> Option<Duration> {
        let (_, after) = self.text.rsplit_once("opens in ")?;
        let mut words = after.split_whitespace();
        let first = words.next()?;
        let (days, clock) = match first.strip_suffix('d') {
            Some(days) => (days.parse().ok()?, words.next()?),
            None => (0, first),
        };
        let parts = clock.split(':').map(str::parse::<u64>);
        let clock = parts.rev().zip([1, 60, 60 * 60]).map(|(part, unit)| Ok(part? * unit));
        let clock: u64 = clock.sum::<Result<u64, std::num::ParseIntError>>().ok()?;
        let minutes = if days > 0 { clock * 60 } else { clock };
        Some(Duration::from_secs(days * 24 * 60 * 60 + minutes))
    }

    /// The row of the screen that the cursor is on, and its text.
    pub fn row(frame: &Frame) -> Option<(usize, String)> {
        let mut rows = frame.lines().enumerate();
        let (at, row) = rows.find(|(_, row)| row.contains("│▌"))?;
        Some((at, inner(&row)?.into_iter().take(40).collect()))
    }
}

/// How a gate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It lets the step through.
    Met,
    /// It waits for what a probe sees, or holds for a while.
    Waits,
    /// A comparison is to be run for it.
    Compares,
    /// One has been run, and found a difference.
    Differs,
    /// It has counted something that should not be there.
    Counts,
}

impl Gate {
    pub fn is_met(self) -> bool {
        self == Gate::Met
    }
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// What a pane at the left has in a row of the screen.
fn inner(row: &str) -> Option<Vec<char>> {
    let mut parts = row.strip_prefix('│')?.split('│');
    parts.next().map(|part| part.chars().collect())
}

/// What kind of box it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A line to type.
    Prompt,
    /// Letters to press.
    Choice,
    /// Something to read.
    Sheet,
}

/// A box over the panes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialog {
    pub kind: Kind,
    pub title: String,
    /// The lines in it.
    pub lines: Vec<String>,
    /// Keys are taken: what was just opened is deaf for a moment, and shows its keys no brighter than its words.
    pub awake: bool,
}

impl Dialog {
    pub fn of(frame: &Frame) -> Option<Dialog> {
        BOXES.into_iter().find_map(|width| Dialog::in_box(frame, width))
    }

    fn in_box(frame: &Frame, width: usize) -> Option<Dialog> {
        let (rows, columns) = frame.screen().size();
        let (rows, columns) = (usize::from(rows.get()), usize::from(columns.get()));
        let left = columns.checked_sub(width)? / 2;
        let right = left + width - 1;
        let cell = |row: usize, column: usize| {
            frame.screen().cell(u16::try_from(row).unwrap(), u16::try_from(column).unwrap())
        };
        let sign = |row, column| cell(row, column).map_or("", |cell| cell.contents());
        let words = |row: usize| -> String {
            let cells = (left + 1..right).map(|column| sign(row, column));
            cells.map(|sign| if sign.is_empty() { " " } else { sign }).collect()
        };
        let top = (0..rows).find(|row| sign(*row, left) == "┌" && sign(*row, right) == "┐")?;
        let title = words(top).trim_matches(['─', ' ']).to_owned();
        let inside: Vec<usize> = (top + 1..rows).take_while(|row| sign(*row, left) == "│").collect();
        let lines: Vec<String> = inside.iter().map(|row| words(*row).trim().to_owned()).collect();
        let kind = match width {
            ASKS if lines.iter().any(|line| line == ">" || line.starts_with("> ")) => Kind::Prompt,
            ASKS => Kind::Choice,
            _ => Kind::Sheet,
        };
        // The last answer: its key, and its words three columns behind it.
        let looks = |row: usize, column: usize| cell(row, column).map(|cell| (cell.fgcolor(), cell.bold()));
        let answers = inside.iter().rev().find(|row| !matches!(sign(**row, left + 4), "" | " "));
        let awake = answers.is_some_and(|row| looks(*row, left + 4) != looks(*row, left + 7));
        Some(Dialog { kind, title, lines, awake })
    }

    /// All its words in one line.
    pub fn text(&self) -> String {
        self.lines.join(" ")
    }

    /// Whether its words have these among them, wherever lines are broken.
    pub fn says(&self, words: &str) -> bool {
        self.text().contains(words)
    }

    /// What enter alone means.
    pub fn suggestion(&self) -> Option<&str> {
        let line = self.lines.iter().find(|line| line.starts_with('>'))?;
        let (_, offer) = line.split_once(" enter: ")?;
        (!offer.ends_with('…')).then_some(offer)
    }

    /// Whether it asks why something in the way is gone past.
    pub fn asks_reason(&self) -> bool {
        self.says("beside what was in the way")
    }

    /// What the probe saw where a second person read out something else.
    pub fn misread(&self) -> Option<String> {
        let text = self.text();
        let (_, saw) = text.split_once("the probe saw “")?;
        saw.split_once('”').map(|(seen, _)| seen.to_owned())
    }

    /// Why what was typed was not taken.
    pub fn complaint(&self) -> Option<&str> {
        self.lines.iter().find_map(|line| line.strip_prefix("! "))
    }
}

/// How many lines of the log the frame knows, and whether no act is on its way to the disk.
pub fn synced(frame: &Frame) -> Option<u64> {
    let last = bottom(frame);
    let (_, log) = last.rsplit_once(" log ")?;
    log.strip_suffix(" ✓ synced")?.parse().ok()
}

/// What the last line of the screen tells.
pub fn notice(frame: &Frame) -> String {
    let last = bottom(frame);
    last.rsplit_once(" log ").map_or(last.as_str(), |(notice, _)| notice).trim().to_owned()
}

fn bottom(frame: &Frame) -> String {
    let lines = frame.lines().map(|line| line.trim_end().to_owned());
    lines.filter(|line| !line.is_empty()).last().unwrap_or_default()
}
