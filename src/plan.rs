//! Binds a checklist and its sidecar.

use std::path::{Path, PathBuf};

use crate::checklist::{Checklist, Options};
use crate::config::{Env, Settings};
use crate::signoff::Hash;
use crate::signoff::event::{self, Held, PlanText, Row};

mod baseline;
pub mod check;
mod choices;
pub mod hints;
pub mod init;
mod load;
pub mod new;
pub mod probed;
mod recorded;
pub mod rules;
mod watch;

pub use baseline::Baseline;
pub use load::{PlanError, bind, load};
pub use recorded::recorded;
pub use rules::{ItemRules, Rules};

/// A plan as it is on disk: the checklist and its sidecar.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The checklist's file.
    pub path: PathBuf,
    /// Its bytes.
    pub source: Vec<u8>,
    /// What it says.
    pub checklist: Checklist,
    /// What the sidecar decides.
    pub settings: Settings,
    /// What it holds its items to.
    pub rules: Rules,
    /// Where its words name something that a probe sees, in the order of the items.
    pub hints: Vec<hints::Hint>,
    /// The sidecar's file and bytes, if there is one.
    pub sidecar: Option<(PathBuf, Vec<u8>)>,
    /// The run that durations are planned by.
    pub baseline: Option<Baseline>,
}

impl Plan {
    /// The title shown: the sidecar's, else the checklist's, else the file's name.
    #[must_use]
    pub fn title(&self) -> String {
        self.settings
            .title
            .clone()
            .or_else(|| self.checklist.title.clone())
            .or_else(|| self.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
            .unwrap_or_default()
    }

    /// The longest outage allowed: the sidecar's, else the one that the plan's words name.
    #[must_use]
    pub fn outage_goal(&self) -> Option<std::time::Duration> {
        self.settings.outage_goal.or(self.checklist.outage_goal)
    }

    /// How the sidecar wants the checklist read.
    #[must_use]
    pub fn options(&self) -> Options {
        options(&self.settings)
    }
}

fn options(settings: &Settings) -> Options {
    Options {
        mode: settings.items,
        sections: settings.sections.clone(),
        phrases_off: settings.phrases_off.clone(),
    }
}

/// The sidecar's place: the plan's name with `.toml`.
#[must_use]
pub fn sidecar(plan: &Path) -> PathBuf {
    plan.with_extension("toml")
}

/// The file of a person's key, as the sidecar names it: from home, or from the plan's folder.
#[must_use]
pub fn key(plan: &Path, name: &str, env: Env<'_>) -> PathBuf {
    match (name.strip_prefix("~/"), env("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => plan.with_file_name("").join(name),
    }
}

/// Plan and sidecar as the log keeps them: secrets masked at equal byte length, so that places in the text hold; the
/// hashes are those of the files.
#[must_use]
pub fn text(plan: &Plan) -> PlanText {
    let masked = |bytes: &[u8]| plan.settings.mask(&same_length(bytes));
    PlanText {
        file: plan.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        title: plan.settings.mask(&plan.title()),
        ticket: plan.settings.ticket.clone(),
        window: plan.settings.window.map(|window| (window.start.to_rfc3339(), window.end.to_rfc3339())),
        sha256: Hash::of(&plan.source).to_string(),
        text: masked(&plan.source),
        sidecar_sha256: plan.sidecar.as_ref().map(|(_, bytes)| Hash::of(bytes).to_string()),
        sidecar: plan.sidecar.as_ref().map(|(_, bytes)| masked(bytes)),
        outage_goal_s: plan.outage_goal().map(|goal| goal.as_secs()),
        maintenance_goal_s: plan.settings.maintenance_goal.map(|goal| goal.as_secs()),
        phases: baseline::phases(plan),
        baseline: plan.baseline.as_ref().map(|baseline| baseline.run.clone()),
        people: plan.settings.people.clone(),
    }
}

/// The table of a plan's items, each with what it is held to.
#[must_use]
pub fn rows(plan: &Plan) -> Vec<Row> {
    let mut rows = event::rows(&plan.checklist);
    baseline::plan(plan, &mut rows);
    for (row, rules) in rows.iter_mut().zip(&plan.rules.items) {
        row.held = Held {
            roles: rules.roles.clone(),
            approve: if rules.approve > 1 { rules.approve } else { 0 },
            no_return: rules.point_of_no_return,
            undo: rules.undo,
        };
    }
    rows
}

/// Bytes as text of the same length: what is not UTF-8 becomes `?`, byte by byte.
fn same_length(bytes: &[u8]) -> String {
    bytes.utf8_chunks().fold(String::with_capacity(bytes.len()), |mut text, chunk| {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
        text
    })
}
