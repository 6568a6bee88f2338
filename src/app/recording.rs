//! The recorder of readings, beside the writer of the log.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::readings::{News, Recorder, Taken};
use crate::record::Record;
use crate::signoff::event::Event;
use crate::signoff::{ActId, Actor, Draft, log};

/// How long a leaving cockpit waits for the last file of readings; the next session seals it otherwise.
const PATIENCE: Duration = Duration::from_secs(1);

/// Records while this cockpit writes the log.
#[derive(Debug, Default)]
pub struct Recording(Option<Recorder>);

/// The files of readings that the log has sealed.
#[must_use]
pub fn sealed(record: &Record) -> Vec<String> {
    record.readings.iter().map(|readings| readings.file.clone()).collect()
}

impl Recording {
    /// Begins to record; what there is to be put on record is told.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn start(
        &mut self,
        log: &Path,
        sealed: Vec<String>,
        clock: &Arc<dyn Clock>,
        tell: impl Fn(News) + Send + 'static,
    ) -> std::io::Result<()> {
        self.0 = Some(Recorder::start(log::evidence(log), sealed, Arc::clone(clock), tell)?);
        Ok(())
    }

    /// Records a measurement; `false` where the disk is too slow for it: it is not recorded.
    #[must_use]
    pub fn take(&self, taken: Taken) -> bool {
        self.0.as_ref().is_none_or(|recorder| recorder.take(taken))
    }

    /// Asks for what there is to be sealed.
    pub fn seal(&self) {
        if let Some(recorder) = &self.0 {
            recorder.seal();
        }
    }

    /// Puts the seal of what was recorded before the line that ends the session, so that it is the last.
    pub fn end(&mut self, drafts: &mut Vec<Draft>) {
        let Some(at) = drafts.iter().position(|draft| matches!(draft.event, Event::RunEnded { .. })) else {
            return;
        };
        let Some(sealed) = self.close() else { return };
        let last = &drafts[at];
        // The number of the next act: nothing is acted any more.
        let act = ActId { session: last.act.session, n: last.act.n + 1 };
        let draft = Draft { act, by: Actor::Machine, event: sealed, blobs: Vec::new(), ..last.clone() };
        drafts.insert(at, draft);
    }

    /// Ends the recording: what was not sealed yet is complete.
    pub fn close(&mut self) -> Option<Event> {
        let sealed = self.0.take()?.close(PATIENCE)?;
        News::Sealed(sealed).event()
    }
}
