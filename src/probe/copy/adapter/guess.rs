//! Whose words these are, found out by who understands them.

use std::sync::Arc;
use std::time::Duration;

use super::pv::Pv;
use super::{Adapter, Feed, Format, Told, adapter};
use crate::clock::Stamp;
use crate::sample::copy::Progress;
use crate::text::Redactor;

/// Asked in this order; each knows its own words only. Bare numbers, as `pv -n` prints them, are nobody's.
const CANDIDATES: [Format; 20] = [
    Format::Azcopy,
    Format::Rclone,
    Format::Rsync,
    Format::AwsS3,
    Format::S5cmd,
    Format::Gsutil,
    Format::GhOst,
    Format::Mongo,
    Format::PgBasebackup,
    Format::PgRestore,
    Format::PgDump,
    Format::Elasticsearch,
    Format::Datasync,
    Format::Dms,
    Format::Postgres,
    Format::Restic,
    Format::Dd,
    Format::Progress,
    Format::Pv,
    Format::Json,
];

/// Bytes that are enough to tell.
const ENOUGH: usize = 1 << 20;

/// All candidates until one of them knows a record.
pub(super) struct Auto {
    candidates: Vec<(Format, Box<dyn Adapter>)>,
    known: Option<Format>,
    none: Progress,
}

impl Auto {
    pub fn new(told: &Told, redactor: &Arc<Redactor>) -> Auto {
        let candidates = CANDIDATES.map(|format| {
            let (told, redactor) = (told.clone(), Arc::clone(redactor));
            let reader: Box<dyn Adapter> = match format {
                Format::Pv => Box::new(Feed::new(Pv::bars_only(), told, redactor)),
                _ => adapter(&format, told, redactor),
            };
            (format, reader)
        });
        Auto { candidates: candidates.into(), known: None, none: Progress::default() }
    }

    /// Keeps the first that knows what came so far.
    fn decide(&mut self) {
        if self.known.is_none()
            && let Some(at) = self.candidates.iter().position(|(_, adapter)| adapter.knows())
        {
            let chosen = self.candidates.swap_remove(at);
            self.known = Some(chosen.0.clone());
            self.candidates = vec![chosen];
        }
    }

    /// The one that understands most: the known one, else one that reads ahead.
    fn best(&self) -> Option<&dyn Adapter> {
        let said = |adapter: &dyn Adapter| *adapter.progress() != Progress::default();
        self.candidates
            .iter()
            .map(|(_, adapter)| adapter.as_ref())
            .find(|adapter| self.known.is_some() || said(*adapter))
    }
}

impl Adapter for Auto {
    fn feed(&mut self, bytes: &[u8], now: Stamp) -> bool {
        let mut said = false;
        let mut rest = bytes;
        // Line by line while it is not decided, so that it never matters where reads are cut.
        while !rest.is_empty() {
            let end = match self.known {
                Some(_) => rest.len(),
                None => rest
                    .iter()
                    .position(|byte| matches!(byte, b'\r' | b'\n' | b')' | b'}'))
                    .map_or(rest.len(), |at| at + 1),
            };
            let (piece, after) = rest.split_at(end);
            for (_, candidate) in &mut self.candidates {
                said |= candidate.feed(piece, now);
            }
            self.decide();
            rest = after;
        }
        said
    }

    fn end(&mut self, code: Option<i32>) {
        if self.known.is_none() {
            // The stream's end completes records before the exit is judged.
            self.candidates.iter_mut().for_each(|(_, candidate)| candidate.end(None));
            self.decide();
        }
        if self.known.is_some() {
            self.candidates.iter_mut().for_each(|(_, candidate)| candidate.end(code));
        } else {
            nothing_said(code, &mut self.none);
        }
    }

    fn progress(&self) -> &Progress {
        match self.best() {
            Some(adapter) if self.none == Progress::default() => adapter.progress(),
            _ => &self.none,
        }
    }

    fn updated(&self) -> Option<Stamp> {
        self.best().and_then(Adapter::updated)
    }

    fn quiet(&self) -> Duration {
        self.best().map_or(super::PATIENT, Adapter::quiet)
    }

    fn knows(&self) -> bool {
        self.known.is_some()
    }
}

/// A program whose words nobody knows still ends.
fn nothing_said(code: Option<i32>, progress: &mut Progress) {
    use crate::sample::copy::{End, Stage};
    match code {
        Some(0) => progress.stage = Stage::Ended(End::Finished),
        Some(130 | 143) => progress.stage = Stage::Ended(End::Cancelled),
        Some(code @ 1..128) => progress.stage = Stage::Ended(End::Failed(format!("it ended with {code}"))),
        _ => {}
    }
}

/// Whose words these are; `None` while they say too little.
pub(super) fn guess(bytes: &[u8]) -> Option<Format> {
    let mut auto = Auto::new(&Told::default(), &Arc::default());
    let now =
        Stamp { wall: chrono::DateTime::UNIX_EPOCH, offset: 0, mono: Duration::ZERO, boot: Duration::ZERO };
    auto.feed(&bytes[..bytes.len().min(ENOUGH)], now);
    auto.end(None);
    auto.known
}
