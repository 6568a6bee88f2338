//! What may happen on the day, and the plan it happens to.

use std::time::Duration;

use cutover::state::action::Action;
use proptest::prelude::*;

/// The plan; what time locks count from is named, so that an edit elsewhere does not change it.
pub const PLAN: &str = "# Move\n\n## Prepare\n\n- [ ] warn the users\n- [x] take a backup\n\
    - [ ] freeze the schema <!-- cutover: approve = 2 -->\n\n\
    ## Data\n\n- [ ] pick a method\n\n### Dump\n\n- [ ] dump it\n- [ ] load it\n\n### Replicate\n\n- [ ] replicate it\n\n\
    ## Switch\n\n- [ ] point the name <!-- cutover: needs = [\"health/api/new\"], for = \"30s\" -->\n\
    - [ ] open the doors <!-- cutover: needs = [\"health/api\", \"health/db\"], for = \"20s\" -->\n\
    - [ ] look again <!-- cutover: wait = \"6h\", after = \"point the name\" -->\n\n\
    ## Clean up\n\n- [ ] stop the old host <!-- cutover: wait = \"24h\", after = \"Prepare\" -->\n\
    - [ ] drop the copies <!-- cutover: wait = \"2h\", after = \"Data\" -->\n\n\
    ## Rollback\n\n- [ ] point it back <!-- cutover: needs = [\"health/api/old\"], for = \"30s\" -->\n\
    - [ ] let it settle <!-- cutover: wait = \"1h\", after = \"point it back\" -->\n";

/// Its sidecar.
pub const SIDECAR: &str = "[people]\ndana = {}\nlee = {}\n\n\
    [[health]]\nname = \"api\"\nurl = \"http://api.example.com/\"\nold = \"192.0.2.1:80\"\nnew = \"192.0.2.2:80\"\n\
    public = true\n\n[[health]]\nname = \"db\"\ntcp = \"192.0.2.3:5432\"\n\n\
    [[choice]]\nname = \"Which method\"\nitem = \"pick a method\"\noptions = [\"Dump\", \"Replicate\"]\n";

/// Gates: the item, what it needs as it is written, for so many seconds.
pub const GATES: [(&str, &[&str], u64); 3] = [
    ("point the name", &["health/api/new"], 30),
    ("open the doors", &["health/api/live", "health/db"], 20),
    ("point it back", &["health/api/old"], 30),
];

/// Time locks: the item, the items or the phase it counts from, so many seconds.
pub const LOCKS: [(&str, From, u64); 4] = [
    ("look again", From::Item("point the name"), 6 * 3600),
    ("stop the old host", From::Phase("Prepare"), 24 * 3600),
    ("drop the copies", From::Phase("Data"), 2 * 3600),
    ("let it settle", From::Item("point it back"), 3600),
];

/// What a time lock counts from.
#[derive(Clone, Copy, Debug)]
pub enum From {
    Item(&'static str),
    Phase(&'static str),
}

/// Edits of the plan's file; each is undone when it comes again.
const EDITS: [(&str, &str); 7] = [
    ("warn the users\n", "warn the users and the press\n"),
    ("- [x] take a backup\n", "- [x] take a backup\n- [ ] try the backup\n"),
    ("- [ ] load it\n", ""),
    ("### Replicate\n\n", "### Replicate\n\n- [ ] add a replica\n"),
    ("- [ ] replicate it\n", "- [x] replicate it\n"),
    ("## Switch\n\n", "## Switch\n\n- [ ] count the rows\n"),
    ("- [ ] warn the users\n", ""),
];

/// The plan after an edit.
pub fn edited(text: &str, edit: usize) -> String {
    let (old, new) = EDITS[edit % EDITS.len()];
    if !new.is_empty() && text.contains(new) {
        return text.replacen(new, old, 1);
    }
    text.replacen(old, new, 1)
}

pub const PROBES: [&str; 4] = ["health/api/old", "health/api/new", "health/api/live", "health/db"];

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Step {
    /// A key on an item, and what is answered to what is asked then.
    Act { action: Action, item: usize, answers: Vec<usize> },
    /// So many rounds of readings, five seconds apart, bad ones by chance.
    Watch { rounds: u64, bad: Vec<bool> },
    /// One probe reads, so long after the last thing that happened.
    Read { after: u64, probe: usize, ok: bool },
    /// Time passes and nothing is heard.
    Wait(u64),
    /// Time passes until so many seconds before a lock's time.
    Brink { lock: usize, before: u64 },
    /// The machine is suspended.
    Sleep(u64),
    /// The wall clock is set, and the cockpit may not notice before the next thing happens.
    Clock { by: i64, noticed: bool },
    /// The plan's file is saved.
    Edit { edit: usize, answers: Vec<usize> },
    /// The disk takes nothing until the next of these; what is sent waits.
    Hang,
    /// The disk refuses the next append.
    Full,
    /// Another cockpit is opened on the log.
    Second,
    /// The cockpit is left or killed, and opened again.
    Again(Restart),
}

/// How a cockpit comes to be another one.
#[derive(Clone, Debug)]
pub struct Restart {
    /// It is killed; and what was on its way to the disk arrives there or does not.
    pub killed: Option<bool>,
    /// The machine starts anew, and its clock lags by so many seconds.
    pub reboot: Option<i64>,
    pub off: u64,
    /// The wall clock is set meanwhile; of a machine that is off nobody would know.
    pub clock: i64,
    /// The plan is edited meanwhile.
    pub edit: Option<usize>,
    pub answers: Vec<usize>,
}

fn answers() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0usize..6, 5)
}

fn act() -> impl Strategy<Value = Step> {
    let actions = prop_oneof![
        12 => Just(Action::Tick),
        3 => Just(Action::Reopen),
        2 => prop::sample::select(vec![Action::Rollback, Action::Decide]),
        2 => prop::sample::select(vec![Action::Skip, Action::Fail, Action::Defer, Action::NotApplicable]),
        1 => prop::sample::select(vec![Action::Start, Action::AddStep, Action::Comment, Action::StateTime]),
        1 => prop::sample::select(vec![Action::DoneBy, Action::ResolveIssue, Action::ChangeOperator]),
        1 => prop::sample::select(vec![Action::SetTimer, Action::OfferHead, Action::Review, Action::Select]),
    ];
    (actions, 0usize..15, answers()).prop_map(|(action, item, answers)| Step::Act { action, item, answers })
}

fn restart() -> impl Strategy<Value = Step> {
    let killed = prop::option::of(any::<bool>());
    let reboot = prop::option::of(prop_oneof![3 => Just(0i64), 1 => 0i64..7200]);
    let off = prop_oneof![2 => 1u64..120, 1 => 120u64..50_000];
    let clock = prop_oneof![2 => Just(0i64), 1 => -90_000i64..90_000];
    let edit = prop::option::weighted(0.2, 0usize..EDITS.len());
    (killed, reboot, off, clock, edit, answers()).prop_map(|(killed, reboot, off, clock, edit, answers)| {
        let clock = if reboot.is_some() { 0 } else { clock };
        Step::Again(Restart { killed, reboot, off, clock, edit, answers })
    })
}

/// Anything that may happen.
pub fn step() -> impl Strategy<Value = Step> {
    let bad = prop::collection::vec(prop::bool::weighted(0.03), 1..16);
    let clock = prop_oneof![1 => -90_000i64..90_000, 1 => -30i64..30];
    prop_oneof![
        12 => act(),
        3 => (1u64..12, bad).prop_map(|(rounds, bad)| Step::Watch { rounds, bad }),
        3 => (1u64..25, 0..PROBES.len(), prop::bool::weighted(0.8))
            .prop_map(|(after, probe, ok)| Step::Read { after, probe, ok }),
        2 => prop_oneof![2 => 1u64..60, 2 => 60u64..30_000].prop_map(Step::Wait),
        2 => (0..LOCKS.len(), 0u64..90).prop_map(|(lock, before)| Step::Brink { lock, before }),
        1 => prop_oneof![1 => 1u64..5, 2 => 5u64..30_000].prop_map(Step::Sleep),
        2 => (clock, any::<bool>()).prop_map(|(by, noticed)| Step::Clock { by, noticed }),
        2 => (0..EDITS.len(), answers()).prop_map(|(edit, answers)| Step::Edit { edit, answers }),
        1 => Just(Step::Hang),
        1 => Just(Step::Full),
        1 => Just(Step::Second),
        3 => restart(),
    ]
}

/// Seconds.
pub fn seconds(span: u64) -> Duration {
    Duration::from_secs(span)
}
