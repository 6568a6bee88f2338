//! Whether users are served, look by look: the union of all public checks.
//!
//! A look counts from its beginning: whoever asked then was served, or was not. What the looks say is confirmed late, by
//! the check's thresholds, and dated back to the first look of its kind. Looks that fail together on every remote host
//! say something of our own line and nothing of the service: that time is a gap.

mod line;
mod track;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chrono::{DateTime, Utc};

use self::line::{Line, Told};
use self::track::{Edge, Look, Rank, Track};
use super::Cell;
use super::health::sides;
use crate::clock::Stamp;
use crate::config::{HealthCheck, Settings, remote};
use crate::sample::dns::{Answer, Reply, Server};
use crate::sample::{Health, Kind, Outcome, ProbeId, Reading, Sample, Side, Stage};
use crate::signoff::event::OutageKind;

/// Spells and gaps that wait while the log cannot be written; the oldest gaps give way.
const WAITING: usize = 256;

/// Whether users are served.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    tracks: Vec<Track>,
    line: Line,
    /// Oldest first; the last may still run.
    pub(in crate::state) spells: VecDeque<Spell>,
    /// Time in which it could not be seen, oldest first.
    pub(in crate::state) gaps: VecDeque<Unseen>,
    /// Probes without a reading for too long, and their last one.
    pub(in crate::state) quiet: BTreeMap<ProbeId, Stamp>,
}

/// Time in which users were not served.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::state) struct Spell {
    /// The check that told first.
    pub check: ProbeId,
    /// Not served, or shown the page that says so.
    pub kind: OutageKind,
    /// The first such look.
    pub since: DateTime<Utc>,
    /// The same on all clocks, if it was in this session.
    pub began: Option<Stamp>,
    /// The time since the look before; `None` if there was none.
    pub resolution: Option<Duration>,
    /// What was seen.
    pub saw: String,
    /// The log knows that it began.
    pub told: bool,
    /// The first other look, and the time since the one before.
    pub end: Option<(Stamp, Option<Duration>)>,
}

/// Time in which a probe did not see.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::state) struct Unseen {
    /// Which.
    pub probe: ProbeId,
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub to: DateTime<Utc>,
    /// Why.
    pub why: String,
}

/// Why a gap of our own line is one.
const LINE: &str = "every remote check failed at once, so that our own line is suspect";

impl Watch {
    /// A watch over these checks; what it knows of those that stay is kept.
    pub(super) fn renewed(mut self, settings: &Settings) -> Watch {
        let mut known = std::mem::take(&mut self.tracks);
        let public = settings.health.iter().filter(|check| check.public);
        self.tracks = public
            .map(|check| {
                let side = sides(check).into_iter().find(|side| *side == Some(Side::Live)).flatten();
                let id = ProbeId { kind: Kind::Health, name: check.name.clone(), side };
                let at = known.iter().position(|track| track.is(&id, check));
                at.map_or_else(|| Track::new(id, check), |at| known.swap_remove(at))
            })
            .collect();
        self.line.renew(settings);
        self
    }

    /// Takes in a reading of a health check.
    pub(super) fn take(&mut self, check: &HealthCheck, id: &ProbeId, sample: &Sample) {
        let Reading::Health(health) = &sample.reading else { return };
        let at = sample.began;
        let failed = transport_failed(health);
        let told = match remote::host(check, id.side) {
            Some(host) => self.line.take(&id.to_string(), host, at, failed),
            None => Told::Clear(None),
        };
        let rank = match &health.outcome {
            Outcome::Pass => Some(Rank::Served),
            Outcome::Maintenance => Some(Rank::Maintenance),
            Outcome::Fail(_) | Outcome::NoAnswer { .. } => Some(Rank::Out),
            // It was not asked.
            Outcome::Broken(_) => None,
        };
        let look = rank.map(|rank| Look { at, rank, saw: Cell::says(health) });
        self.heed(id, look, told);
    }

    /// Takes in what a name server replied, if it is another host.
    pub(super) fn reply(&mut self, reply: &Reply, at: Stamp) {
        let host = match &reply.server {
            Server::Authoritative { address, .. } => address.to_string(),
            Server::Resolver(name) if name == "system" => return,
            Server::Resolver(name) => name.clone(),
            Server::Host => return,
        };
        if !remote::is_remote(&host) {
            return;
        }
        let failed = matches!(reply.answer, Answer::NoAnswer(_));
        let told = self.line.take(&host.clone(), host, at, failed);
        let nobody = ProbeId { kind: Kind::Dns, name: String::new(), side: None };
        self.heed(&nobody, None, told);
    }

    fn heed(&mut self, id: &ProbeId, look: Option<Look>, told: Told) {
        match told {
            Told::Suspect => self.line.held.clear(),
            Told::Undecided => self.line.held.extend(look.map(|look| (id.clone(), look))),
            Told::Clear(gap) => {
                if let Some((from, to)) = gap {
                    for track in &self.tracks {
                        let probe = track.id.clone();
                        let gap = Unseen { probe, from: from.wall, to: to.wall, why: LINE.to_owned() };
                        self.gaps.push_back(gap);
                    }
                }
                self.release();
                if let Some(look) = look {
                    self.look(id, look);
                }
            }
        }
        while self.gaps.len() > WAITING {
            self.gaps.pop_front();
        }
    }

    /// Time passes: what was held back for too long is believed.
    pub(super) fn age(&mut self, now: &Stamp) {
        if self.line.is_late(now) {
            self.release();
        }
    }

    fn release(&mut self) {
        for (id, look) in std::mem::take(&mut self.line.held) {
            self.look(&id, look);
        }
    }

    fn look(&mut self, id: &ProbeId, look: Look) {
        let Some(track) = self.tracks.iter_mut().find(|track| track.id == *id) else { return };
        if track.take(look) {
            self.advance();
        } else if self.waits() {
            // A failure that did not last may be what an end waited for.
            self.advance();
        }
    }

    /// An end is due and was not given yet.
    fn waits(&self) -> bool {
        let rank = self.tracks.iter().filter_map(|track| track.rank).max();
        self.running().is_some_and(|spell| rank.is_some_and(|rank| rank < Rank::of(spell.kind)))
    }

    /// The spell that lasts.
    pub(in crate::state) fn running(&self) -> Option<&Spell> {
        self.spells.back().filter(|spell| spell.end.is_none())
    }

    /// Since when our own line is suspect.
    #[must_use]
    pub fn line_down(&self) -> Option<Stamp> {
        self.line.down()
    }

    /// Whether this probe is one that users' outages are told by.
    pub(in crate::state) fn is_public(&self, id: &ProbeId) -> bool {
        self.tracks.iter().any(|track| track.id == *id)
    }

    /// The interval of a check that users' outages are told by.
    pub(in crate::state) fn every(&self, id: &ProbeId) -> Option<Duration> {
        self.tracks.iter().find(|track| track.id == *id).map(|track| track.every)
    }

    /// The first looks of this session that have not been asked for yet.
    pub(in crate::state) fn first_looks(&mut self) -> Vec<(ProbeId, Stamp)> {
        let fresh = self.tracks.iter_mut().filter(|track| !track.greeted);
        fresh
            .filter_map(|track| {
                let first = track.first?;
                track.greeted = true;
                Some((track.id.clone(), first))
            })
            .collect()
    }

    /// An outage runs in the log that this session has not seen begin.
    pub(in crate::state) fn inherit(&mut self, spell: Spell) {
        self.spells.push_front(spell);
        self.advance();
    }

    /// Whether a failure that came before the running spell may still turn out to be its beginning.
    pub(in crate::state) fn may_be_earlier(&self, spell: &Spell) -> bool {
        let rank = Rank::of(spell.kind);
        spell.began.is_some_and(|began| self.tracks.iter().any(|track| track.leads(rank, &began)))
    }

    /// Follows the tracks: begins, dates back and ends spells.
    fn advance(&mut self) {
        let Some(rank) = self.tracks.iter().filter_map(|track| track.rank).max() else { return };
        let running = self.running().map_or(Rank::Served, |spell| Rank::of(spell.kind));
        if rank >= running {
            let Some(kind) = rank.kind() else { return };
            let there = self.tracks.iter().filter(|track| track.rank == Some(rank));
            let first = there.filter_map(|track| Some((track.since.clone()?, track.id.clone())));
            let Some((edge, check)) = first.min_by_key(|(edge, _)| edge.at.boot) else { return };
            if rank > running {
                self.end(edge.at, edge.resolution);
                self.begin(kind, edge, check);
            } else {
                self.date_back(edge, check);
            }
            return;
        }
        if self.tracks.iter().any(|track| track.rank.is_none()) {
            // Somebody has not been heard yet.
            return;
        }
        let edges = self.tracks.iter().filter_map(|track| track.left(running));
        let Some(last) = edges.max_by_key(|edge| edge.at.boot).cloned() else { return };
        if self.tracks.iter().any(|track| track.leads(rank.above(), &last.at)) {
            return;
        }
        self.end(last.at, last.resolution);
        if let Some(kind) = rank.kind() {
            let there = self.tracks.iter().find(|track| track.rank == Some(rank));
            let check = there.map(|track| track.id.clone());
            if let Some(check) = check {
                self.begin(kind, last, check);
            }
        }
    }

    fn begin(&mut self, kind: OutageKind, edge: Edge, check: ProbeId) {
        let Edge { at, resolution, saw } = edge;
        let (since, began) = (at.wall, Some(at));
        self.spells.push_back(Spell { check, kind, since, began, resolution, saw, told: false, end: None });
    }

    /// Another check turns out to have failed before the one that told first.
    fn date_back(&mut self, edge: Edge, check: ProbeId) {
        let Some(spell) = self.spells.back_mut() else { return };
        if spell.told || spell.began.is_none_or(|began| began.boot <= edge.at.boot) {
            return;
        }
        let Edge { at, resolution, saw } = edge;
        let told = spell.told;
        *spell = Spell {
            check,
            kind: spell.kind,
            since: at.wall,
            began: Some(at),
            resolution,
            saw,
            told,
            end: None,
        };
    }

    fn end(&mut self, at: Stamp, resolution: Option<Duration>) {
        if let Some(spell) = self.spells.back_mut().filter(|spell| spell.end.is_none()) {
            spell.end = Some((at, resolution));
        }
    }
}

/// No answer, and not even a refusal: it may be our own line. A certificate that is refused came over it.
fn transport_failed(health: &Health) -> bool {
    let word = health.word.as_str();
    let refused = matches!(word, "refused" | "reset" | "closed" | "absent");
    match health.outcome {
        Outcome::NoAnswer { stage: Stage::Tls, .. } => !refused && word == "failed",
        Outcome::NoAnswer { .. } => !refused,
        _ => false,
    }
}
