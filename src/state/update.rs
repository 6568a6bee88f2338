//! One message in, effects out. This file only routes.

use std::sync::Arc;
use std::time::Duration;

use super::action::{self, Action, Place};
use super::attention;
use super::control;
use super::gates;
use super::layer::Kind;
use super::msg::{Access, Effect, Msg};
use super::outline::{Cursor, Outline};
use super::{About, Banner, Desk, NOTICE, RECENT, Start, State, Ui};
use super::{
    acts, amend, command, copy, evidence, keys, layer, live, logs, outage, prompt, recording, refused,
    replay, rollback, schedule, signing, story,
};
use crate::clock::Stamp;
use crate::plan;
use crate::readings::Seen;
use crate::record;
use crate::sample::ProbeState;
use crate::signoff::event::{Event, JumpKind};
use crate::signoff::{ActId, Actor, Draft, Line};
use crate::text;

/// All probes' states are written so often, so that silence is provable.
const SNAPSHOT: Duration = Duration::from_mins(5);
/// Nothing is drawn before the first line is on disk, unless that takes so long.
const STARTING: Duration = Duration::from_secs(1);
/// The clocks may disagree by so much before it is a jump.
const JUMP: Duration = Duration::from_secs(2);

/// Takes in what happened.
pub fn update(state: &mut State, msg: Msg, now: &Stamp) -> Vec<Effect> {
    let mut effects = Vec::new();
    state.watch_clock(now, &mut effects);
    let news = match &msg {
        Msg::Lines(..) => logs::News::Lines,
        Msg::Wake => logs::News::Wake,
        _ => logs::News::Other,
    };
    let touch = gates::before(state, &msg, now);
    match msg {
        _ if schedule::on_msg(state, &msg, now) => {}
        Msg::Action { action, repeat } => effects.extend(on_action(state, action, repeat, now)),
        Msg::Edit(request) => prompt::edit(state, request, now),
        Msg::Confirm => effects.extend(prompt::confirm(state, now)),
        Msg::Choose(key) => effects.extend(prompt::choose(state, key, now)),
        Msg::Paste(text) => prompt::paste(state, &text, now),
        Msg::Resize { width, height } => {
            state.ui.size = (width, height);
            effects.push(Effect::Repaint);
        }
        Msg::Hand(client) => state.desk.hand = client,
        Msg::Sample(id, sample) => {
            let seen = state.records().then(|| Seen::Sample(sample.clone()));
            let silent = recording::silent(state, &id);
            let _unknown = state.live.take(&id, *sample);
            effects.extend(recording::taken(state, &id, silent, seen));
        }
        Msg::Lines(id, batch) => {
            let seen = state.records().then(|| Seen::Lines(batch.clone()));
            let silent = recording::silent(state, &id);
            let _unknown = state.live.lines(&id, *batch);
            effects.extend(recording::taken(state, &id, silent, seen));
        }
        Msg::NotTaken(probe, order) => copy::not_taken(state, &probe, order, now),
        Msg::Recorded(news) => recording::told(state, *news),
        Msg::Dropped(total) => state.live.dropped = total,
        Msg::Appended(line) => effects.extend(on_line(state, &line, now)),
        Msg::Refused { drafts, why, full } => refused::on_refused(state, &drafts, &why, full, now),
        Msg::Files(read) => effects.extend(amend::on_files(state, *read, now)),
        Msg::File(path, read) => effects.extend(prompt::on_file(state, &path, read, now)),
        Msg::Signature(unsigned, signed) => {
            effects.extend(signing::on_signature(state, *unsigned, signed, now));
        }
        Msg::Job(job, news) => command::on_news(state, &job, news, now),
        Msg::Slow(span) => state.slow(span),
        Msg::Stuck(stuck) => state.desk.stuck = stuck,
        Msg::Leave(why) => effects.extend(state.leave(&why, now)),
        Msg::Wake => {}
    }
    effects.extend(state.reopen(now));
    let aim = state.aim();
    state.live.aim(aim);
    state.live.age(now);
    gates::advance(state, &touch, now);
    effects.extend(schedule::age(state, now));
    logs::go_on(state, news, now);
    let plays =
        state.ui.replay.as_ref().is_some_and(|replay| matches!(replay.pace, replay::Pace::Playing(_)));
    if !plays && state.ui.notice.as_ref().is_some_and(|(since, _)| now.since(since) >= NOTICE) {
        state.ui.notice = None;
    }
    effects.extend(state.machine_drafts(now));
    effects.extend(attention::goals(state, now));
    effects.extend(attention::due(state, now));
    effects
}

fn on_action(state: &mut State, action: Action, repeat: bool, now: &Stamp) -> Vec<Effect> {
    let Some(spec) = action::spec(action) else { return Vec::new() };
    if let Some(effects) = replay::on_action(state, action, now) {
        return effects;
    }
    let covered = match state.ui.layers.last().map(|layer| &layer.kind) {
        None | Some(Kind::Item { .. } | Kind::Output { .. }) => false,
        // The sheet of what is under the cursor.
        Some(Kind::Probe { .. }) => !matches!(spec.place, Place::Only(_)),
        Some(_) => true,
    };
    if spec.act {
        if covered {
            return Vec::new();
        }
        if let Some(pane) = spec.place.pane()
            && pane != state.ui.focus
        {
            let (title, number) = (pane.title().to_lowercase(), pane.number());
            state.notice(now, format!("“{}” works in the {title} pane: press {number} first", spec.name));
            return Vec::new();
        }
        return acts::act(state, action, repeat, now);
    }
    if let Place::Only(pane) = spec.place
        && !covered
        && !state.focus(pane)
    {
        // Chosen by name, while the pane is not shown.
        return keys::look(state, Action::Focus(pane.number()), now);
    }
    keys::look(state, action, now)
}

fn on_line(state: &mut State, line: &Arc<Line>, now: &Stamp) -> Vec<Effect> {
    let settled = state.settle(line);
    state.desk.telling.remove(&line.act);
    if line.head.seq <= state.record.head.seq {
        return Vec::new();
    }
    let doubts = state.record.anomalies.len();
    record::apply(&mut state.record, line);
    if let Some(text) = story::clause(line, &state.record) {
        state.ui.recent.push_front((line.at, text));
        state.ui.recent.truncate(RECENT);
    }
    refused::on_line(state, line);
    let mut turned = false;
    let mut effects = copy::on_disk(state, line.act);
    effects.extend(command::on_line(state, line, now));
    effects.extend(signing::on_line(state, line));
    prompt::refresh(state, now);
    match &line.event {
        Event::ProbeChanged { probe, to, .. } => {
            if let Some(probe) = state.live.probe_mut(probe) {
                let told = probe.told_mut();
                told.state = *to;
                told.telling = false;
            }
        }
        Event::PlanAmended { .. } => effects.extend(amend::on_amended(state)),
        Event::RunStarted { .. } => state.settle_plan(),
        Event::RollbackInvoked { .. } | Event::RollbackStoodDown { .. } => turned = true,
        _ => {}
    }
    state.regroup();
    if turned {
        rollback::on_turn(state);
    }
    logs::on_line(state, line, now);
    if matches!(line.event, Event::RunStarted { .. }) {
        state.ui.cursor = keys::first_open(state);
    }
    if let Some(plan) = state.desk.unrecorded.take() {
        effects.extend(amend::again(state, plan, now));
    }
    let Some(pending) = settled else { return effects };
    if state.record.anomalies.len() > doubts {
        let doubt = state.record.anomalies.last().map_or("", |entry| entry.text.as_str());
        state.notice(now, format!("{}: recorded, but {}", pending.what, text::clean(doubt)));
        return effects;
    }
    state.notice(now, format!("{} · recorded", pending.what));
    if pending.advance && state.ui.layers.is_empty() {
        keys::advance(state);
    }
    effects
}

impl State {
    /// The state a cockpit starts with, and what it asks for first.
    #[must_use]
    pub fn start(start: Start, now: &Stamp) -> (State, Vec<Effect>) {
        let operator = start.operator.clone();
        let mut state = State {
            outline: Outline::default(),
            planned: std::collections::HashMap::new(),
            forks: Vec::new(),
            live: live::Live::default().with(&start.plan.settings),
            gates: gates::Gates::default(),
            schedule: schedule::Schedule::new(now, &start.boot_id),
            record: start.record,
            jobs: command::Jobs::default(),
            plan: Arc::clone(&start.plan),
            ui: Ui::new(start.size),
            desk: Desk {
                access: start.access.clone(),
                operator: operator.clone(),
                login: start.login,
                via: start.via,
                hand: None,
                hand_to: None,
                hands: std::collections::BTreeMap::new(),
                hands_in_doubt: false,
                session: start.session,
                resumed: Event::RunResumed {
                    tool: start.tool.clone(),
                    boot_id: start.boot_id.clone(),
                    pid: start.pid,
                },
                opening: Vec::new(),
                tried: Some(*now),
                unrecorded: None,
                entropy: start.entropy,
                next: 1,
                pending: Vec::new(),
                after: Vec::new(),
                verify: format!("cutover verify {}", start.log),
                log: start.log,
                stuck: false,
                waiting: None,
                amending: None,
                last: Some(*now),
                snapshot: None,
                telling: std::collections::BTreeMap::new(),
                calls: attention::Calls::default(),
                refused: refused::Refused::default(),
                recorded: std::collections::VecDeque::new(),
                answering: None,
            },
        };
        state.settle_plan();
        state.regroup();
        state.ui.cursor = keys::first_open(&state);
        schedule::at_resume(&mut state, now);
        logs::settle(&mut state);
        let mut effects = vec![Effect::Probes(Arc::new(start.plan.settings.clone()))];
        if let Some(network) = start.network {
            state.notice(
                now,
                format!("The log is on {network}: a lock there may not keep other hosts out. Open it on one host only."),
            );
        }
        if start.access != Access::Writer {
            return (state, effects);
        }
        effects.extend(command::adopt(&state));
        let new = state.record.run.is_none();
        let mut drafts = if new {
            let event = Event::RunStarted {
                name: start.name,
                mode: start.mode,
                tool: start.tool,
                boot_id: start.boot_id,
                pid: start.pid,
                items: plan::rows(&start.plan),
                plan: start.text.clone(),
            };
            vec![state.draft(event, state.hand_at_start(), now)]
        } else {
            vec![state.draft(state.desk.resumed.clone(), state.hand_at_start(), now)]
        };
        if let Some(recovered) = start.recovered {
            drafts.push(state.draft(recovered, Actor::Machine, now));
        }
        effects.push(Effect::Append(drafts));
        if !new
            && (state.record.plan.sha256 != start.text.sha256
                || state.record.plan.sidecar_sha256 != start.text.sidecar_sha256)
        {
            effects.extend(amend::on_resume(&mut state, start.plan, now));
        }
        if state.desk.operator.is_none() {
            prompt::ask_operator(&mut state, now);
        }
        (state, effects)
    }

    /// Takes a line off the acts that are on their way; the act, if it was its last.
    fn settle(&mut self, line: &Line) -> Option<super::Pending> {
        let pending = &mut self.desk.pending;
        let at = pending.iter().position(|pending| pending.acts.contains(&line.act))?;
        pending[at].acts.retain(|act| *act != line.act);
        pending[at].acts.is_empty().then(|| pending.remove(at))
    }

    /// A line to be written, with the next act's number.
    pub(super) fn draft(&mut self, event: Event, by: Actor, now: &Stamp) -> Draft {
        let act = ActId { session: self.desk.session, n: self.desk.next };
        self.desk.next += 1;
        let mut via = self.desk.via.clone();
        if by != Actor::Machine {
            via.client.clone_from(&self.desk.hand);
        }
        let blobs = evidence::bytes(self, &event, now);
        Draft { act, at: *now, by, via, event, blobs }
    }

    /// Shows a clause for a while.
    pub(super) fn notice(&mut self, now: &Stamp, text: impl Into<String>) {
        self.ui.notice = Some((*now, text.into()));
    }

    /// Shows a sentence until it is mended.
    pub(super) fn banner(&mut self, about: About, text: String) {
        self.ui.banners.retain(|banner| banner.about != about);
        self.ui.banners.push(Banner { about, text });
        self.ui.banners.sort_by_key(|banner| banner.about);
    }

    /// Finds the record's items in the plan, after either has changed.
    pub(super) fn settle_plan(&mut self) {
        self.planned = self
            .plan
            .checklist
            .items
            .iter()
            .enumerate()
            .map(|(index, item)| (self.record.handles.get(&item.id).copied().unwrap_or(item.id), index))
            .collect();
        self.forks = super::decide::forks(self);
        self.gates.unbind();
    }

    /// Groups the record anew after it changed.
    pub(super) fn regroup(&mut self) {
        self.settle_expected();
        self.outline = Outline::of(&self.record, &self.plan, &self.planned);
        schedule::renew(self);
        let gone = match self.ui.cursor {
            Cursor::Item(id) => self.record.index.get(&id).is_none_or(|&at| self.record.items[at].removed),
            Cursor::Decision(_) => self.index_here().is_none(),
            Cursor::Phase(_) => false,
        };
        if gone {
            self.ui.cursor = keys::first_open(self);
        }
        let index = &self.record.index;
        self.ui.selected.retain(|id| index.contains_key(id));
    }

    /// Shows a clause for a while, from the loop.
    pub fn tell(&mut self, now: &Stamp, text: &str) {
        self.notice(now, text);
    }

    /// Whether there is something to show: the run's first line is on disk, or it could not be written.
    #[must_use]
    pub fn begun(&self, now: &Stamp) -> bool {
        let late = self.desk.tried.is_some_and(|tried| now.since(&tried) >= STARTING);
        self.record.run.is_some() || !self.ui.banners.is_empty() || late
    }

    /// Takes note of the last frame: rows of the checklist it had room for, the first of them, and how far the top
    /// layer scrolls.
    pub fn laid(&mut self, page: usize, top: usize, scroll: usize) {
        self.ui.page = page;
        self.ui.top = top;
        let Some(top) = self.ui.layers.last_mut() else { return };
        top.kind.stop_at(scroll);
    }

    /// When something on the screen or in the log changes by itself; the loop wakes then.
    #[must_use]
    pub fn next_wake(&self, now: &Stamp) -> Duration {
        // The header's clocks show whole seconds.
        let into = Duration::from_nanos(u64::from(now.wall.timestamp_subsec_nanos() % 1_000_000_000));
        let mut wake = Duration::from_secs(1).saturating_sub(into) + Duration::from_millis(1);
        if let Some(top) = self.ui.layers.last() {
            let open = now.since(&top.opened);
            if open < layer::DEAF {
                wake = wake.min(layer::DEAF.saturating_sub(open));
            }
        }
        if let Some(logs) = self.log_wake(now) {
            wake = wake.min(logs);
        }
        if let Some(gates) = self.gates.wake() {
            wake = wake.min(gates.max(Duration::from_millis(1)));
        }
        wake
    }

    fn watch_clock(&mut self, now: &Stamp, effects: &mut Vec<Effect>) {
        let Some(last) = self.desk.last.replace(*now) else { return };
        if !self.records() {
            return;
        }
        let boot = now.since(&last);
        let slept = boot.saturating_sub(now.mono.saturating_sub(last.mono));
        let wall = (now.wall - last.wall).num_milliseconds();
        let step = wall - i64::try_from(boot.as_millis()).unwrap_or(i64::MAX);
        let kind = if slept > JUMP {
            Some((JumpKind::Suspend, i64::try_from(slept.as_millis()).unwrap_or(i64::MAX)))
        } else if u128::from(step.unsigned_abs()) > JUMP.as_millis() {
            Some((JumpKind::Step, step))
        } else {
            None
        };
        if let Some((kind, by_ms)) = kind {
            let draft = self.draft(Event::ClockJumped { kind, by_ms }, Actor::Machine, now);
            effects.push(Effect::Append(vec![draft]));
        }
    }

    /// Lines about what the machine noticed: probes that changed, and their states every five minutes.
    fn machine_drafts(&mut self, now: &Stamp) -> Vec<Effect> {
        if !self.records() {
            outage::heed(self, now);
            return Vec::new();
        }
        let mut events = Vec::new();
        let mut effects = Vec::new();
        let mut rung = Vec::new();
        for probe in self.live.probes_mut() {
            let to = probe.settled();
            let told = probe.told();
            let early = told.at.is_some_and(|at| now.since(&at) < live::RECORD_EVERY);
            if told.telling || early || (to == told.state && told.flips < 2) {
                continue;
            }
            if to == told.state && to == ProbeState::Unknown {
                continue;
            }
            let blip = told.blip.clone().filter(|_| to == told.state);
            let since = blip.as_ref().map(|(at, _)| *at).or(probe.since()).map_or(now.wall, |at| at.wall);
            events.push(Event::ProbeChanged {
                probe: probe.id().clone(),
                from: told.state,
                to,
                since: since.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
                saw: blip.map_or_else(|| probe.saw(), |(_, saw)| saw),
                flips: told.flips.max(1),
            });
            rung.extend(attention::of_change(&*probe, to, told.state));
            let told = probe.told_mut();
            told.telling = true;
            told.at = Some(*now);
            told.flips = 0;
            told.blip = None;
        }
        copy::commands(self);
        effects.extend(command::tell(self, now));
        events.extend(self.live.events(now));
        rung.extend(events.iter().filter_map(attention::of_event));
        for notice in rung {
            effects.extend(attention::call(self, notice, now));
        }
        let due = self.desk.snapshot.is_none_or(|last| now.since(&last) >= SNAPSHOT);
        let again = !self.desk.refused.lately(now);
        if again {
            events.extend(self.desk.recorded.drain(..));
        }
        if again && due && self.live.probes().any(|probe| probe.read().is_some()) {
            let states = self.live.probes().map(|probe| (probe.id().clone(), probe.settled())).collect();
            events.push(Event::ProbeSnapshot { states });
            self.desk.snapshot = Some(*now);
        }
        let mut drafts: Vec<Draft> =
            events.into_iter().map(|event| self.draft(event, Actor::Machine, now)).collect();
        for news in control::news(self, now) {
            if self.desk.telling.values().any(|topic| *topic == news.topic) {
                continue;
            }
            let draft = self.draft(news.event, Actor::Machine, now);
            self.desk.telling.insert(draft.act, news.topic);
            drafts.push(draft);
            effects.extend(news.notice.and_then(|notice| attention::call(self, notice, now)));
        }
        if !drafts.is_empty() {
            effects.push(Effect::Append(drafts));
        }
        effects
    }
}
