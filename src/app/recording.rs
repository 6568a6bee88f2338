//! The recorder of readings, beside the writer of the log.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use tokio::sync::mpsc::Sender;

use super::cockpit::Control;
use crate::clock::Clock;
use crate::readings::{News, Recorder, Sealed, Taken};
use crate::record::Record;
use crate::signoff::event::Event;
use crate::signoff::{ActId, Actor, Draft, log};
use crate::state::msg::Msg;

/// How long a leaving cockpit waits for the last file of readings; the next session seals it otherwise.
const PATIENCE: Duration = Duration::from_secs(1);

/// Records while this cockpit writes the log.
#[derive(Debug, Default)]
pub(super) struct Recording(Option<Recorder>);

/// The files of readings that the log has sealed.
pub(super) fn sealed(record: &Record) -> Vec<String> {
    record.readings.iter().map(|readings| readings.file.clone()).collect()
}

impl Recording {
    /// Begins to record.
    pub(super) fn start(
        &mut self,
        log: &Path,
        sealed: Vec<String>,
        clock: &Arc<dyn Clock>,
        control: &Sender<Control>,
    ) -> std::io::Result<()> {
        let control = control.clone();
        let tell = move |news| {
            // A loop that is gone has nobody to tell; the next session seals what is left.
            let _gone = control.blocking_send(Control::Msg(Msg::Recorded(Box::new(event(news)))));
        };
        self.0 = Some(Recorder::start(log::evidence(log), sealed, Arc::clone(clock), tell)?);
        Ok(())
    }

    /// Records a measurement; one that the disk is too slow for is not recorded.
    pub(super) fn take(&self, taken: Taken) {
        if let Some(recorder) = &self.0 {
            let _taken = recorder.take(taken);
        }
    }

    /// Asks for what there is to be sealed.
    pub(super) fn seal(&self) {
        if let Some(recorder) = &self.0 {
            recorder.seal();
        }
    }

    /// Puts the seal of what was recorded before the line that ends the session, so that it is the last.
    pub(super) fn end(&mut self, drafts: &mut Vec<Draft>) {
        let Some(at) = drafts.iter().position(|draft| matches!(draft.event, Event::RunEnded { .. })) else {
            return;
        };
        let Some(sealed) = self.0.take().and_then(|recorder| recorder.close(PATIENCE)) else { return };
        let last = &drafts[at];
        // The number of the next act: nothing is acted any more.
        let act = ActId { session: last.act.session, n: last.act.n + 1 };
        let draft = Draft {
            act,
            by: Actor::Machine,
            event: event(News::Sealed(sealed)),
            blobs: Vec::new(),
            ..last.clone()
        };
        drafts.insert(at, draft);
    }
}

fn event(news: News) -> Event {
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    match news {
        News::Stopped { bytes, why } => Event::ReadingsStopped { bytes, why },
        News::Sealed(Sealed { file, sha256, lines, from, to, recovered }) => {
            Event::ReadingsSealed { file, sha256, lines, from: time(from), to: time(to), recovered }
        }
    }
}
