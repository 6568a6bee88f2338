//! Opening a log to write: read it whole, set a torn end aside.

use std::path::{Path, PathBuf};

use super::acts::Acts;
use super::lines::{Lines, Next};
use super::sink::FileSink;
use super::{Opened, disk, stem};
use crate::clock::Clock;
use crate::signoff::disk::{Disk, Reading};
use crate::signoff::event::Event;
use crate::signoff::line::{Parsed, Scratch};
use crate::signoff::{Fault, Hash, Head, LogError};

/// What a log holds.
#[derive(Default)]
pub(super) struct Scan {
    pub(super) head: Head,
    /// Bytes of its whole lines.
    pub(super) len: u64,
    pub(super) run: Option<String>,
    pub(super) acts: Acts,
    sessions: u64,
    starts: u64,
    /// Bytes behind its whole lines that a crash left there.
    torn: u64,
}

pub(super) fn recover<D: Disk>(
    mut file: D,
    path: &Path,
    clock: &dyn Clock,
) -> Result<(FileSink<D>, Opened), LogError> {
    let scan = scan(&mut file, path)?;
    let recovered = match scan.torn {
        0 => None,
        torn => Some(set_aside(&mut file, path, scan.len, torn, clock)?),
    };
    // A killed process may have written lines that it never synced: nobody sees them before they are durable.
    file.sync().map_err(disk("sync the log", path))?;
    let opened =
        Opened { head: scan.head, session: scan.sessions.max(scan.starts).saturating_add(1), recovered };
    Ok((FileSink::new(file, path, scan)?, opened))
}

fn scan(file: &mut dyn Disk, path: &Path) -> Result<Scan, LogError> {
    let mut scan = Scan::default();
    let mut scratch = Scratch::default();
    let mut lines = Lines::new(Reading::new(file), 0);
    let mut read = || -> Result<(), LogError> {
        loop {
            match lines.next().map_err(disk("read the log", path))? {
                Next::End => return Ok(()),
                Next::Tail(length) => {
                    scan.torn = length;
                    return Ok(());
                }
                Next::Line(raw) => match scan.take(raw, path, &mut scratch) {
                    Ok(()) => scan.len = lines.at,
                    // Lines never hold NUL; a crash leaves it where data was not written yet.
                    Err(_) if raw.contains(&0) => break,
                    Err(error) => return Err(error),
                },
            }
        }
        // A torn end has no whole line behind it. If there is one, this is damage of another kind.
        loop {
            match lines.next().map_err(disk("read the log", path))? {
                Next::Line(raw) if Parsed::read(raw, &mut scratch).is_err() => {}
                Next::Line(_) => {
                    let why = "it holds NUL bytes and whole lines follow it: the file is damaged".to_owned();
                    return Err(LogError::Bad { path: path.to_owned(), seq: scan.head.seq + 1, why });
                }
                Next::Tail(length) => {
                    scan.torn = lines.at + length - scan.len;
                    return Ok(());
                }
                Next::End => {
                    scan.torn = lines.at - scan.len;
                    return Ok(());
                }
            }
        }
    };
    read()?;
    Ok(scan)
}

impl Scan {
    fn take(&mut self, raw: &[u8], path: &Path, scratch: &mut Scratch) -> Result<(), LogError> {
        let parsed = follow(self.head, self.run.as_deref(), raw, path, scratch)?;
        if !self.acts.insert(parsed.act) {
            let why = format!("its act {} is in the log already", parsed.act);
            return Err(LogError::Bad { path: path.to_owned(), seq: parsed.seq, why });
        }
        // What is signed or redacted outside the cockpit is a session without a start of its own.
        self.sessions = self.sessions.max(parsed.act.session);
        if matches!(parsed.event, Event::RunStarted { .. } | Event::RunResumed { .. }) {
            self.starts += 1;
        }
        self.head = Head { seq: parsed.seq, hash: Hash::of(raw) };
        self.run.get_or_insert(parsed.run);
        Ok(())
    }
}

/// Reads a line and sees that it is the next one of its run.
pub(super) fn follow(
    head: Head,
    run: Option<&str>,
    raw: &[u8],
    path: &Path,
    scratch: &mut Scratch,
) -> Result<Parsed, LogError> {
    let seq = head.seq + 1;
    let bad = |why: String| LogError::Bad { path: path.to_owned(), seq, why };
    let parsed = Parsed::read(raw, scratch).map_err(|fault| match fault {
        Fault::Newer { v } => LogError::Newer { path: path.to_owned(), seq, v },
        Fault::Bad(why) => bad(why),
    })?;
    if parsed.prev != head.hash {
        return Err(LogError::Chain { path: path.to_owned(), seq });
    }
    if parsed.seq != seq {
        return Err(bad(format!("it is numbered {}", parsed.seq)));
    }
    match run {
        None if !matches!(parsed.event, Event::RunStarted { .. }) => {
            Err(bad("a log begins with run.started".to_owned()))
        }
        Some(run) if run != parsed.run => Err(bad(format!("it belongs to another run, {}", parsed.run))),
        _ => Ok(parsed),
    }
}

/// Copies the torn end to a file of its own, then cuts it off.
fn set_aside(
    file: &mut dyn Disk,
    path: &Path,
    at: u64,
    torn: u64,
    clock: &dyn Clock,
) -> Result<Event, LogError> {
    let failed = disk("set aside the torn end of the log", path);
    let mut bytes = Vec::new();
    let mut block = vec![0; 64 * 1024];
    let end = at + torn;
    let mut from = at;
    while from < end {
        match file.read(from, &mut block).map_err(&failed)? {
            0 => break,
            count => bytes.extend_from_slice(&block[..count]),
        }
        from = at + bytes.len() as u64;
    }
    let base = format!("{}.torn-{}", stem(path), clock.now().wall.format("%Y%m%dT%H%M%SZ"));
    let mut name = PathBuf::from(&base);
    let mut n = 1;
    while file.kept(&name).map_err(&failed)? {
        n += 1;
        name = PathBuf::from(format!("{base}-{n}"));
    }
    file.keep(&name, &bytes).map_err(&failed)?;
    file.truncate(at).map_err(&failed)?;
    Ok(Event::LogRecovered {
        bytes: torn,
        sha256: Hash::of(&bytes).to_string(),
        file: name.to_string_lossy().into_owned(),
    })
}
