//! Whether the recorded readings are what the log sealed.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use crate::readings;
use crate::record::Record;
use crate::signoff::log;

/// Files that one sentence names.
const NAMED: usize = 3;

/// How far a file of recorded readings can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seal {
    /// It holds something else than what was sealed.
    Broken,
    /// It was sealed, and is not there.
    Missing,
    /// It was sealed, and cannot be read.
    Unreadable,
    /// The log has not sealed it.
    None,
    /// It holds what was sealed.
    Whole,
}

impl Seal {
    /// It is left out of the charts.
    pub(super) fn is_lost(self) -> bool {
        !matches!(self, Seal::Whole | Seal::None)
    }

    /// What must be said of such files, as a clause; `None` of what is as it should be.
    fn said(self) -> Option<&'static str> {
        match self {
            Seal::Broken => Some("not what was sealed, and left out of the charts"),
            Seal::Missing => Some("missing in the evidence folder, and not in the charts"),
            Seal::Unreadable => Some("cannot be read, and is not in the charts"),
            Seal::None => Some("not sealed by the log: the charts draw it, and nothing proves it"),
            Seal::Whole => None,
        }
    }
}

/// The files of readings that the log has sealed or that lie beside it, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Seals(BTreeMap<String, Seal>);

impl Seals {
    /// Looks at the files beside the log.
    pub(super) fn of(record: &Record, log: &Path) -> Seals {
        let folder = log::evidence(log);
        let beside = readings::names(&folder).unwrap_or_default();
        let mut all: BTreeMap<String, Seal> = beside.into_iter().map(|name| (name, Seal::None)).collect();
        for sealed in &record.readings {
            let seal = match readings::holds(&folder, &sealed.file, &sealed.sha256) {
                Ok(true) => Seal::Whole,
                Ok(false) => Seal::Broken,
                Err(error) if error.kind() == io::ErrorKind::NotFound => Seal::Missing,
                Err(_) => Seal::Unreadable,
            };
            all.insert(sealed.file.clone(), seal);
        }
        Seals(all)
    }

    /// The files that are left out of the charts.
    pub(super) fn lost(&self) -> BTreeSet<String> {
        self.0.iter().filter(|(_, seal)| seal.is_lost()).map(|(name, _)| name.clone()).collect()
    }

    /// What must be said of them, a sentence for all that are alike.
    pub(super) fn said(&self) -> Vec<String> {
        let mut alike: BTreeMap<Seal, Vec<&str>> = BTreeMap::new();
        for (name, seal) in &self.0 {
            alike.entry(*seal).or_default().push(name);
        }
        let sentence = |(seal, names): (Seal, Vec<&str>)| {
            let more = names.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let named = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
            Some(format!("{named}{more}: {}.", seal.said()?))
        };
        alike.into_iter().filter_map(sentence).collect()
    }
}
