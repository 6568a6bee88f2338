//! One server of a record: what it said, where that stands, when it flipped.

use std::collections::VecDeque;
use std::time::Duration;

use super::stance::{Stance, values};
use crate::clock::Stamp;
use crate::sample::ProbeState;
use crate::sample::dns::{Answer, Reply, Server};
use crate::text;

/// Failures in a row that make a server down, and answers in a row that bring it back.
const IN_A_ROW: u32 = 2;

/// Flips kept for each server.
const FLIPS: usize = 50;

/// More flips than this within [`RESTLESS`] are not logged one by one: many caches answer behind one address.
const LOGGED: usize = 6;

/// See [`LOGGED`].
const RESTLESS: Duration = Duration::from_mins(10);

/// Values of an answer that are shown.
const SHOWN: usize = 3;

/// One server.
#[derive(Clone, Debug)]
pub struct Row {
    /// Who it is.
    pub server: Server,
    /// The newest reply and when it came.
    pub last: Option<(Stamp, Reply)>,
    /// Where the newest reply stands.
    pub stance: Option<Stance>,
    /// Where the newest definite answer stands, and since when it has.
    pub held: Option<(Stance, Stamp)>,
    /// When its definite answer changed sides, oldest first.
    pub flips: VecDeque<Flip>,
    /// Until when an old answer seen there may be kept (`CLOCK_BOOTTIME`): the longest one.
    pub old_until: Option<Duration>,
    /// Since when it answers new and claims authority.
    pub(super) new_by_right: Option<Stamp>,
    /// The newest definite stance that the log has been told of.
    logged: Option<Stance>,
    base: ProbeState,
    streak: u32,
    stale: bool,
}

/// A change of sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Flip {
    /// When the first answer on the new side came.
    pub at: Stamp,
    /// From where.
    pub from: Stance,
    /// To where.
    pub to: Stance,
    /// The answer.
    pub saw: String,
}

impl Row {
    pub(super) fn new(server: Server) -> Row {
        Row {
            server,
            last: None,
            stance: None,
            held: None,
            flips: VecDeque::new(),
            old_until: None,
            new_by_right: None,
            logged: None,
            base: ProbeState::Unknown,
            streak: 0,
            stale: false,
        }
    }

    /// Takes in a reply; gives the flip that the log is to be told of.
    pub(super) fn take(
        &mut self,
        at: Stamp,
        reply: Reply,
        kind: &str,
        (stance, good): (Stance, bool),
        aim: Stance,
    ) -> Option<Flip> {
        self.stale = false;
        self.judge(good);
        let flip = if stance.is_definite() { self.hold(at, &reply, (kind, stance), aim) } else { None };
        self.stance = Some(stance);
        self.last = Some((at, reply));
        flip
    }

    /// It shall end on that side from now on.
    pub(super) fn aim(&mut self, aim: Stance) {
        self.old_until = None;
        let right = self.last.as_ref().filter(|(_, reply)| reply.authoritative && self.stance == Some(aim));
        self.new_by_right = right.map(|(at, _)| *at);
    }

    fn hold(
        &mut self,
        at: Stamp,
        reply: &Reply,
        (kind, stance): (&str, Stance),
        aim: Stance,
    ) -> Option<Flip> {
        if stance == aim && reply.authoritative {
            self.new_by_right.get_or_insert(at);
        } else {
            self.new_by_right = None;
        }
        let before = match self.held {
            Some((held, _)) if held == stance => return None,
            before => before,
        };
        self.held = Some((stance, at));
        let Some((from, _)) = before else {
            self.logged = Some(stance);
            return None;
        };
        if self.flips.len() == FLIPS {
            self.flips.pop_front();
        }
        self.flips.push_back(Flip { at, from, to: stance, saw: shown_as(kind, reply) });
        self.untold().filter(|_| self.recent(&at) <= LOGGED)
    }

    /// The change since the log was told last, as one flip; if there is one.
    fn untold(&self) -> Option<Flip> {
        let from = self.logged?;
        let flip = self.flips.back()?.clone();
        (flip.to != from).then_some(Flip { from, ..flip })
    }

    fn recent(&self, now: &Stamp) -> usize {
        self.flips.iter().filter(|flip| now.since(&flip.at) < RESTLESS).count()
    }

    /// Up and down by readings in a row, as everywhere.
    fn judge(&mut self, good: bool) {
        let target = if good { ProbeState::Up } else { ProbeState::Down };
        if target == self.base {
            self.streak = 0;
            return;
        }
        self.streak += 1;
        let needed = if self.base == ProbeState::Unknown && good { 1 } else { IN_A_ROW };
        if self.streak >= needed {
            self.base = target;
            self.streak = 0;
        }
    }

    /// Since when it has not answered for too long, where that is not marked yet.
    pub(super) fn overdue(&self, now: &Stamp, limit: Duration) -> Option<Stamp> {
        self.last.as_ref().filter(|_| !self.stale).and_then(|(at, _)| now.due(at, limit))
    }

    /// Its answer says nothing of the present any more.
    pub(super) fn silent(&mut self) {
        self.stale = true;
    }

    /// The flip that a restless server settled with.
    pub(super) fn rested(&self, now: &Stamp) -> Option<Flip> {
        if self.recent(now) > 0 {
            return None;
        }
        self.untold()
    }

    /// The log is told.
    pub(super) fn told(&mut self, to: Stance) {
        self.logged = Some(to);
    }

    /// The state as shown.
    #[must_use]
    pub fn state(&self) -> ProbeState {
        match self.settled() {
            state @ (ProbeState::Up | ProbeState::Down) if self.streak > 0 && state == self.base => {
                ProbeState::Pending
            }
            state => state,
        }
    }

    /// The state without what is merely pending.
    #[must_use]
    pub fn settled(&self) -> ProbeState {
        if self.stale { ProbeState::Stale } else { self.base }
    }

    /// When it flipped to where it stands now.
    #[must_use]
    pub fn flipped(&self) -> Option<&Flip> {
        self.flips.back().filter(|flip| self.held.is_some_and(|(stance, _)| stance == flip.to))
    }

    /// It changes sides again and again: many caches behind one address.
    #[must_use]
    pub fn is_restless(&self, now: &Stamp) -> bool {
        self.recent(now) > LOGGED
    }
}

/// A reply in a few words, about a record of this type: the values it gives, or why there are none.
#[must_use]
pub fn shown_as(kind: &str, reply: &Reply) -> String {
    match &reply.answer {
        // Where there is no such record, whatever ends the chain.
        Answer::Records(chain) => match values(kind, chain) {
            none if none.is_empty() => list(&chain.iter().map(|link| link.data.as_str()).collect::<Vec<_>>()),
            values => list(&values),
        },
        Answer::NoName(_) => "NXDOMAIN".to_owned(),
        Answer::NoData(_) => "NODATA".to_owned(),
        Answer::Astray { why, .. } | Answer::Refused(why) | Answer::NoAnswer(why) => why.clone(),
    }
}

fn list(values: &[&str]) -> String {
    let mut text = values.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if values.len() > SHOWN {
        text = format!("{text} and {} more", values.len() - SHOWN);
    }
    text::clean(&text).into_owned()
}
