//! A state driven as the loop drives it: messages in, effects out, a log that always takes what it is given.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use cutover::checklist::{Checklist, ItemId};
use cutover::clock::{Clock, ManualClock, Stamp};
use cutover::config::Settings;
use cutover::plan::Plan;
use cutover::record::Record;
use cutover::sample::{Certificate, Health, Miss, Outcome, ProbeId, Reading, Sample, Side, Stage};
use cutover::signoff::event::{PlanText, RunMode};
use cutover::signoff::{At, Draft, Hash, Head, Line, Via};
use cutover::state::action::Action;
use cutover::state::{Access, Cursor, Effect, Msg, Start, State, update};
use tui_input::InputRequest;

/// A cockpit without a screen, a disk or a network.
pub struct Desk {
    pub state: State,
    pub clock: ManualClock,
    head: Head,
    /// Drafts are kept back instead of written.
    pub disk_hangs: bool,
    /// The drafts kept back.
    pub kept: Vec<Draft>,
    /// Bytes that were kept as evidence.
    pub sealed: Vec<Arc<[u8]>>,
    /// The clipboard.
    pub clipboard: Option<String>,
}

impl Desk {
    /// A run that begins at `wall`.
    pub fn start(wall: &str, mode: RunMode, checklist: Checklist, settings: Settings) -> Desk {
        Desk::of(wall, mode, Plan { path: "shop.md".into(), checklist, settings, ..Plan::default() })
    }

    /// A run of this plan, its gates and hints included.
    pub fn of(wall: &str, mode: RunMode, plan: Plan) -> Desk {
        let clock = ManualClock::new(wall.parse::<DateTime<Utc>>().unwrap());
        let title = plan.settings.title.clone().or(plan.checklist.title.clone()).unwrap_or_default();
        let text = PlanText { file: "shop.md".to_owned(), title, ..PlanText::default() };
        let plan = Arc::new(plan);
        let start = Start {
            plan,
            text,
            record: Record::default(),
            name: "shop.live-2026-11-21-1".to_owned(),
            mode,
            access: Access::Writer,
            operator: Some("dana".to_owned()),
            login: "dana".to_owned(),
            via: Via {
                host: "bastion".to_owned(),
                user: "ops".to_owned(),
                tty: Some("/dev/pts/3".to_owned()),
                client: None,
            },
            log: "shop.live-2026-11-21-1.signoff.jsonl".to_owned(),
            tool: "cutover 0.1.0".to_owned(),
            boot_id: "b0".to_owned(),
            pid: 4242,
            session: 1,
            entropy: [7; 32],
            recovered: None,
            network: None,
            size: (160, 45),
        };
        let now = clock.now();
        let (state, effects) = State::start(start, &now);
        let mut desk = Desk {
            state,
            clock,
            head: Head { seq: 0, hash: Hash::ZERO },
            disk_hangs: false,
            kept: Vec::new(),
            sealed: Vec::new(),
            clipboard: None,
        };
        desk.perform(effects);
        desk
    }

    pub fn now(&self) -> Stamp {
        self.clock.now()
    }

    /// Sends a message and does what it asks for.
    pub fn send(&mut self, msg: Msg) {
        let now = self.now();
        let effects = update(&mut self.state, msg, &now);
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Clipboard(text) = &effect {
                self.clipboard = Some(text.clone());
            }
            if let Effect::Append(drafts) = effect {
                if self.disk_hangs {
                    self.kept.extend(drafts);
                    continue;
                }
                for draft in drafts {
                    self.sealed.extend(draft.blobs.iter().cloned());
                    let (prev, now) = (self.head.hash, self.now());
                    self.head = Head { seq: self.head.seq + 1, hash: Hash([0; 32]) };
                    let at = At { wall: draft.at.wall, offset: draft.at.offset, up: draft.at.boot };
                    let line = Line {
                        head: self.head,
                        prev,
                        run: "run".to_owned(),
                        raw: Box::default(),
                        act: draft.act,
                        at,
                        by: draft.by,
                        via: draft.via,
                        event: draft.event,
                    };
                    let effects = update(&mut self.state, Msg::Appended(Arc::new(line)), &now);
                    self.perform(effects);
                }
            }
        }
    }

    pub fn wait(&mut self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.send(Msg::Wake);
    }

    pub fn press(&mut self, action: Action) {
        self.send(Msg::Action { action, repeat: false });
    }

    pub fn type_in(&mut self, text: &str) {
        for c in text.chars() {
            self.send(Msg::Edit(InputRequest::InsertChar(c)));
        }
    }

    /// Presses a key that asks for a text, and gives it.
    pub fn say(&mut self, action: Action, text: &str) {
        self.press(action);
        self.type_in(text);
        self.send(Msg::Confirm);
    }

    /// Puts the cursor on the item with this text.
    pub fn go(&mut self, text: &str) {
        self.state.ui.cursor = Cursor::Item(self.item(text));
    }

    pub fn item(&self, text: &str) -> ItemId {
        let found = self.state.record.items.iter().find(|item| item.row.text.contains(text));
        found.unwrap_or_else(|| panic!("no item says {text:?}")).row.id
    }

    /// Goes to an item and ticks it.
    pub fn tick(&mut self, text: &str) {
        self.go(text);
        self.press(Action::Tick);
    }

    /// A probe measures.
    pub fn measure(&mut self, probe: &str, health: Health) {
        let id: ProbeId = probe.parse().unwrap();
        let at = self.now();
        self.send(Msg::Sample(id, Box::new(Sample { began: at, at, reading: Reading::Health(health) })));
    }
}

/// Another desk in the same state, its clock at the same moment.
impl Clone for Desk {
    fn clone(&self) -> Desk {
        let (now, fresh) = (self.now(), ManualClock::new(DateTime::default()).now());
        let up = now.boot.saturating_sub(fresh.boot);
        let clock = ManualClock::new(now.wall - up);
        clock.advance(up);
        assert_eq!(clock.now(), now, "the machine was suspended or its clock was set");
        Desk {
            state: self.state.clone(),
            clock,
            head: self.head,
            disk_hangs: self.disk_hangs,
            kept: self.kept.clone(),
            sealed: self.sealed.clone(),
            clipboard: self.clipboard.clone(),
        }
    }
}

/// An answer in time.
pub fn pass(word: &str, ms: u64) -> Health {
    Health::passed(word, Duration::from_millis(ms))
}

/// An answer that is not the expected one.
pub fn fail(word: &str, ms: u64, expected: &str, saw: &str) -> Health {
    let miss = Miss { expected: expected.to_owned(), saw: saw.to_owned() };
    Health { outcome: Outcome::Fail(miss), ..pass(word, ms) }
}

/// No answer.
pub fn dead(word: &str, why: &str) -> Health {
    let outcome = Outcome::NoAnswer { stage: Stage::Connect, why: why.to_owned() };
    Health { outcome, latency: None, ..pass(word, 0) }
}

/// The answer with a certificate that ends so many days after 2026-11-21.
pub fn shows(health: Health, days: i64) -> Health {
    let day: DateTime<Utc> = "2026-11-21T00:00:00Z".parse().unwrap();
    let certificate = Certificate {
        not_before: day - chrono::TimeDelta::days(80),
        not_after: day + chrono::TimeDelta::days(days),
        names: vec!["api.shop.example".to_owned()],
        issuer: "Example CA 3".to_owned(),
        sha256: "5f".repeat(32),
        self_signed: false,
    };
    Health { certificate: Some(certificate), ..health }
}

/// The answer by that side.
pub fn by(health: Health, side: Side) -> Health {
    let peer = if side == Side::Old { "198.51.100.4:443" } else { "203.0.113.7:443" };
    Health { answered_by: Some(side), peer: Some(peer.parse().unwrap()), ..health }
}
