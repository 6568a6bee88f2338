//! `[notify]`: what calls the operator, and how.

use std::collections::BTreeSet;
use std::fmt;

use super::toml::{At, Strings};
use super::{Findings, file};

/// The kinds of notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NoticeKind {
    /// A public check, or one of the target side, went down.
    Down,
    /// It is up again.
    Up,
    /// A copy makes no progress, or died.
    Stalled,
    /// A copy has finished.
    Finished,
    /// A name server answers from the other side.
    Flip,
    /// A gate is met, or lost.
    Gate,
    /// A time lock is open, or a timer rings.
    Lock,
    /// The maintenance window, or the goal of the outage, runs out.
    Window,
}

impl NoticeKind {
    /// All kinds, most urgent first.
    pub const ALL: [NoticeKind; 8] = [
        NoticeKind::Down,
        NoticeKind::Stalled,
        NoticeKind::Window,
        NoticeKind::Gate,
        NoticeKind::Lock,
        NoticeKind::Up,
        NoticeKind::Finished,
        NoticeKind::Flip,
    ];

    /// Its name, in the sidecar and on record.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            NoticeKind::Down => "down",
            NoticeKind::Up => "up",
            NoticeKind::Stalled => "stalled",
            NoticeKind::Finished => "finished",
            NoticeKind::Flip => "flip",
            NoticeKind::Gate => "gate",
            NoticeKind::Lock => "lock",
            NoticeKind::Window => "window",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<NoticeKind> {
        NoticeKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for NoticeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which kinds of notice go which way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notify {
    /// The terminal's bell.
    pub bell: BTreeSet<NoticeKind>,
    /// The terminal's own notifications (OSC 9).
    pub osc9: BTreeSet<NoticeKind>,
    /// A message to all clients of the tmux session.
    pub tmux: BTreeSet<NoticeKind>,
    /// Kinds that are silent whatever their way.
    pub quiet: BTreeSet<NoticeKind>,
}

impl Default for Notify {
    fn default() -> Notify {
        let all = BTreeSet::from(NoticeKind::ALL);
        Notify { bell: all.clone(), osc9: all.clone(), tmux: all, quiet: BTreeSet::new() }
    }
}

/// What the table says; ways that it leaves out carry every kind.
pub(super) fn resolve(table: &file::Notify, findings: &mut Findings) -> Notify {
    let default = Notify::default();
    let mut way = |at: Option<&At<Strings>>, otherwise| at.map_or(otherwise, |at| kinds(at, findings));
    Notify {
        bell: way(table.bell.as_ref(), default.bell),
        osc9: way(table.osc9.as_ref(), default.osc9),
        tmux: way(table.tmux.as_ref(), default.tmux),
        quiet: way(table.quiet.as_ref(), default.quiet),
    }
}

fn kinds(at: &At<Strings>, findings: &mut Findings) -> BTreeSet<NoticeKind> {
    let mut kinds = BTreeSet::new();
    for one in &at.value.0 {
        match (one.value.as_str(), NoticeKind::named(&one.value)) {
            ("all", _) => kinds.extend(NoticeKind::ALL),
            ("none", _) => kinds.clear(),
            (_, Some(kind)) => {
                kinds.insert(kind);
            }
            (other, None) => {
                let known: Vec<&str> = NoticeKind::ALL.into_iter().map(NoticeKind::name).collect();
                let message = format!(
                    "`{}` has \"{}\"; known are all, none, {}",
                    at.key,
                    other.escape_debug(),
                    known.join(", ")
                );
                findings.add(one.span.clone(), &at.key, message);
            }
        }
    }
    kinds
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::load;

    fn read(text: &str) -> Result<Notify, String> {
        load(Path::new("plan.toml"), text, &|_| None)
            .map(|settings| settings.notify)
            .map_err(|error| error.findings.into_iter().map(|it| it.message).collect())
    }

    #[test]
    fn ways_carry_all_kinds_unless_they_say_otherwise() {
        let notify =
            read("[notify]\nbell = [\"down\", \"gate\"]\nosc9 = \"none\"\nquiet = [\"flip\"]").unwrap();
        assert_eq!(notify.bell, BTreeSet::from([NoticeKind::Down, NoticeKind::Gate]));
        assert!(notify.osc9.is_empty());
        assert_eq!(notify.tmux, BTreeSet::from(NoticeKind::ALL));
        assert_eq!(notify.quiet, BTreeSet::from([NoticeKind::Flip]));
        assert_eq!(read("").unwrap(), Notify::default());
    }

    #[test]
    fn a_kind_that_is_none_is_named() {
        let wrong = read("[notify]\nbell = [\"dwon\"]").unwrap_err();
        assert!(wrong.contains("`notify.bell` has \"dwon\"; known are all, none, down,"), "{wrong}");
    }
}
