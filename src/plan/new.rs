//! A plan to begin with: from a template, or from a page.

use std::path::{Path, PathBuf};

use super::PlanError;
use super::init::{InitError, create};
use super::load::{alone, read};

/// A plan with its sidecar that comes with the program.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// Its name.
    pub name: &'static str,
    /// The checklist.
    pub plan: &'static str,
    /// Its sidecar.
    pub sidecar: &'static str,
}

impl Template {
    /// Its first heading.
    #[must_use]
    pub fn title(&self) -> &'static str {
        let heading = self.plan.lines().find_map(|line| line.strip_prefix("# "));
        heading.map_or(self.name, str::trim)
    }
}

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        &[$(Template {
            name: $name,
            plan: include_str!(concat!("../../checklists/", $name, ".md")),
            sidecar: include_str!(concat!("../../checklists/", $name, ".toml")),
        }),*]
    };
}

/// Every plan of `checklists/` that has a sidecar.
pub const TEMPLATES: &[Template] = templates![
    "blank",
    "app-host-migration",
    "backend-migration",
    "database-switch-over",
    "dns-cutover",
    "object-store-switch",
    "production-release",
    "storage-migration",
    "subscription-move",
];

/// Why no plan was begun.
#[derive(Debug, thiserror::Error)]
pub enum NewError {
    /// No template has that name.
    #[error("There is no template `{name}`.{} `cutover new` lists them.", near.map(|near| format!(" Did you mean `{near}`?")).unwrap_or_default())]
    Unknown {
        /// The name.
        name: String,
        /// One that is nearly called so.
        near: Option<&'static str>,
    },
    /// A file is there already.
    #[error("`{}` is there already and is not overwritten: name another file with -o.", .0.display())]
    Exists(PathBuf),
    /// A file cannot be written.
    #[error("{0}")]
    Write(#[from] InitError),
}

/// The template of a name.
///
/// # Errors
/// None is called so.
pub fn template(name: &str) -> Result<&'static Template, NewError> {
    let name = name.trim_end_matches(".md");
    TEMPLATES.iter().find(|template| template.name == name).ok_or_else(|| {
        let known: Vec<&'static str> = TEMPLATES.iter().map(|template| template.name).collect();
        NewError::Unknown { name: name.to_owned(), near: crate::config::nearest(name, &known) }
    })
}

/// Writes a template's two files, to its own name in the current folder or to the file or folder that is named; never
/// over a file.
///
/// # Errors
/// No template has the name, a file is there already, or cannot be written.
pub fn begin(name: &str, to: Option<&Path>) -> Result<(PathBuf, PathBuf), NewError> {
    let template = template(name)?;
    let own = || PathBuf::from(format!("{}.md", template.name));
    let plan = match to {
        None => own(),
        Some(folder) if folder.is_dir() => folder.join(own()),
        Some(file) if file.extension().is_none() => file.with_extension("md"),
        Some(file) => file.to_owned(),
    };
    let sidecar = super::sidecar(&plan);
    if sidecar == plan {
        return Err(InitError::SameName(plan).into());
    }
    // Both or none.
    if let Some(there) = [&plan, &sidecar].into_iter().find(|path| path.symlink_metadata().is_ok()) {
        return Err(NewError::Exists(there.clone()));
    }
    create(&plan, template.plan.as_bytes())?;
    create(&sidecar, template.sidecar.as_bytes())?;
    Ok((plan, sidecar))
}

/// Reads a page copied from a browser, or any checklist, and writes it as Markdown with boxes.
///
/// # Errors
///
/// The file is missing, unreadable, empty or no text.
pub fn from_page(path: &Path) -> Result<String, PlanError> {
    // Empty and binary files are refused as for a plan.
    alone(path)?;
    Ok(crate::checklist::page::markdown(&read(path)?))
}
