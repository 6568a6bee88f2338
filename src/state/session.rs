//! A session's beginning and end, and the disk meanwhile.

use std::time::Duration;

use super::msg::Effect;
use super::{About, State};
use crate::clock::Stamp;
use crate::signoff::Actor;
use crate::signoff::event::Event;
use crate::text;

/// From so long on, a disk that does not answer is said to.
const SLOW: Duration = Duration::from_secs(2);
/// First lines that could not be written are tried again so often.
const RETRY: Duration = Duration::from_secs(5);

impl State {
    /// Who starts a session: the operator, if a name was given.
    pub(super) fn hand_at_start(&self) -> Actor {
        self.desk.operator.clone().map_or(Actor::Machine, Actor::Person)
    }

    /// Says that the disk does not answer.
    pub(super) fn slow(&mut self, span: Duration) {
        if span < SLOW {
            self.ui.banners.retain(|banner| banner.about != About::Disk);
        } else {
            let text = format!(
                "The disk of the log has not answered for {}: what you press is recorded only when it does.",
                text::age(span)
            );
            self.banner(About::Disk, text);
        }
    }

    /// Tries the first lines of the session again, when they could not be written.
    pub(super) fn reopen(&mut self, now: &Stamp) -> Option<Effect> {
        let waited = self.desk.tried.is_none_or(|tried| now.since(&tried) >= RETRY);
        if self.desk.opening.is_empty() || !waited {
            return None;
        }
        self.desk.tried = Some(*now);
        Some(Effect::Append(std::mem::take(&mut self.desk.opening)))
    }

    /// Ends the run's session and leaves.
    pub(super) fn leave(&mut self, why: &str, now: &Stamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.records() {
            let by = self.desk.operator.clone().map_or(Actor::Machine, Actor::Person);
            let by = if why.starts_with("SIG") { Actor::Machine } else { by };
            let recorded = std::mem::take(&mut self.desk.recorded).into_iter();
            let mut drafts: Vec<_> = recorded.map(|event| self.draft(event, Actor::Machine, now)).collect();
            drafts.push(self.draft(Event::RunEnded { reason: why.to_owned() }, by, now));
            effects.push(Effect::Append(drafts));
        }
        effects.push(Effect::Leave);
        effects
    }
}
