//! Binds a checklist and its sidecar.

use std::path::PathBuf;

use crate::checklist::{Checklist, Options};
use crate::config::Settings;

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
    /// The sidecar's file and bytes, if there is one.
    pub sidecar: Option<(PathBuf, Vec<u8>)>,
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
}

impl Plan {
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

/// Plan and sidecar as the log keeps them.
#[must_use]
pub fn text(_: &Plan) -> crate::signoff::event::PlanText {
    crate::signoff::event::PlanText::default()
}
