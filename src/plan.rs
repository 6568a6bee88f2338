//! Binds a checklist and its sidecar.

use std::path::PathBuf;

use crate::checklist::Checklist;
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
#[allow(missing_docs)]
pub fn text(_: &Plan) -> crate::signoff::event::PlanText {
    crate::signoff::event::PlanText::default()
}
impl Plan {
    #[allow(missing_docs)]
    pub fn options(&self) -> crate::checklist::Options {
        crate::checklist::Options
    }
}

#[allow(missing_docs)]
pub fn load(path: &std::path::Path, env: &dyn Fn(&str) -> Option<String>) -> Result<Plan, std::io::Error> {
    let source = std::fs::read(path)?;
    let side = path.with_extension("toml");
    let sidecar = std::fs::read(&side).ok();
    let settings = match &sidecar {
        Some(b) => crate::config::load(&side, &String::from_utf8_lossy(b), env)
            .map_err(|e| std::io::Error::other(e.to_string()))?,
        None => Settings::default(),
    };
    Ok(Plan {
        path: path.to_owned(),
        checklist: crate::checklist::parse(&source, &crate::checklist::Options::default()),
        source,
        settings,
        sidecar: sidecar.map(|b| (side, b)),
    })
}
