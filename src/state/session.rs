//! Who writes this log: a session's beginning and end, taking over, only following.

use std::time::Duration;

use super::msg::{Access, Effect};
use super::{About, State, command, prompt};
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

    /// Only follows from now on.
    pub(super) fn watch(&mut self, holder: String) {
        if self.ui.replay.is_some() {
            // The line above the keys says it.
            self.desk.access = Access::Watcher(holder);
            return;
        }
        let text = format!("READ-ONLY: {holder}. You follow; nothing you press is recorded.");
        self.desk.access = Access::Watcher(holder);
        self.banner(About::ReadOnly, text);
    }

    /// Writes from now on; what the session begins with goes first.
    pub(super) fn taken_over(&mut self, session: u64, recovered: Option<Event>, now: &Stamp) -> Vec<Effect> {
        self.desk.access = Access::Writer;
        self.live.outage.take_over();
        self.ui.banners.retain(|banner| banner.about != About::ReadOnly);
        self.desk.session = session;
        self.desk.next = 1;
        let mut drafts = vec![self.draft(self.desk.resumed.clone(), self.hand_at_start(), now)];
        drafts.extend(recovered.map(|event| self.draft(event, Actor::Machine, now)));
        self.notice(now, "You write this log from now on");
        if self.desk.operator.is_none() {
            prompt::ask_operator(self, now);
        }
        let mut effects = vec![Effect::Append(drafts), Effect::ReloadFiles];
        effects.extend(command::adopt(self));
        effects
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
            effects.push(Effect::Append(vec![self.draft(
                Event::RunEnded { reason: why.to_owned() },
                by,
                now,
            )]));
        }
        effects.push(Effect::Leave);
        effects
    }
}
