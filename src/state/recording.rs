//! What the probes show is recorded, for charts and replay.
//!
//! Only the cockpit that writes the log records; the recorder's own news come back as [`Msg::Recorded`] and become lines.
//!
//! [`Msg::Recorded`]: super::Msg::Recorded

use super::{About, Access, Effect, State};
use crate::readings::{News, Seen, Taken};
use crate::sample::{ProbeId, ProbeState};

/// A measurement that the state has taken in; nothing where it is not to be recorded.
pub(super) fn taken(state: &State, probe: &ProbeId, silent: bool, seen: Option<Seen>) -> Option<Effect> {
    let settled = state.live.probe(probe)?.settled();
    Some(Effect::Record(Box::new(Taken { probe: probe.clone(), state: settled, silent, seen: seen? })))
}

/// Whether a probe has fallen silent.
pub(super) fn silent(state: &State, probe: &ProbeId) -> bool {
    let known = state.live.probe(probe);
    known.is_some_and(|probe| matches!(probe.state(), ProbeState::Stale | ProbeState::Silent))
}

/// What the recorder says becomes a line as soon as the log takes it.
pub(super) fn told(state: &mut State, news: News) {
    match &news {
        News::Stopped { why, .. } => {
            let text = format!("Readings are not recorded, charts and replay lack them: {why}.");
            state.banner(About::Readings, text);
        }
        News::Again => state.ui.banners.retain(|banner| banner.about != About::Readings),
        News::Sealed(_) => {}
    }
    if state.records() {
        state.desk.recorded.extend(news.event());
    }
}

impl State {
    /// Whether this cockpit records what its probes show.
    pub(super) fn records(&self) -> bool {
        self.desk.access == Access::Writer && self.record.run.is_some()
    }
}
