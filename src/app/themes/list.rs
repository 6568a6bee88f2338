//! All themes as a table.

use serde::Serialize;

use crate::app::look::Look;
use crate::theme::library::Entry;
use crate::theme::{AA, APART, Eyes, Source, Theme};

/// What there is to know of a theme.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its file; none if it is compiled in.
    pub file: Option<String>,
    /// It is the one that a cockpit would wear now.
    pub worn: bool,
    /// What can be said of it if it can be used.
    #[serde(flatten)]
    pub judged: Option<Judged>,
    /// Why it cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// How well a theme can be read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// Light text on a dark ground.
    pub dark: bool,
    /// The lowest contrast of any text on any ground, in 24 bits and in 256 colours: 1 to 21, 4.5 is asked.
    pub lowest_contrast: f64,
    /// Which text that is, and what it lies on.
    pub lowest_at: [&'static str; 2],
    /// The least difference (CIEDE2000) between two states, by the eyes that look: 10 and more tell.
    pub states_apart: Apart,
}

/// The least difference between two states.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Apart {
    /// To usual eyes.
    pub usual: f64,
    /// To eyes without the cones for green.
    pub deuteranopia: f64,
    /// To eyes without the cones for red.
    pub protanopia: f64,
}

/// All themes, the default first.
#[must_use]
pub fn list(look: &Look) -> Vec<Listed> {
    let worn = look.themes().worn;
    let entries = look.library().entries().iter().enumerate();
    entries.map(|(at, entry)| listed(entry, at == worn)).collect()
}

fn listed(entry: &Entry, worn: bool) -> Listed {
    let file = match &entry.source {
        Source::BuiltIn => None,
        Source::File(path) => Some(path.display().to_string()),
    };
    let (judged, error) = match &entry.theme {
        Ok(theme) => (Some(judged(theme)), None),
        Err(why) => (None, Some(why.clone())),
    };
    Listed { name: entry.name.clone(), file, worn, judged, error }
}

fn judged(theme: &Theme) -> Judged {
    let lowest = theme.lowest_contrast();
    let apart = |eyes| hundredths(theme.nearest_states(eyes).of);
    Judged {
        dark: theme.is_dark(),
        lowest_contrast: hundredths(lowest.ratio),
        lowest_at: [lowest.text.name(), lowest.ground.name()],
        states_apart: Apart {
            usual: apart(Eyes::Usual),
            deuteranopia: apart(Eyes::Deuteranopia),
            protanopia: apart(Eyes::Protanopia),
        },
    }
}

/// Rounded down, so that what is short of a limit is never shown as on it.
fn hundredths(value: f64) -> f64 {
    (value * 100.0).floor() / 100.0
}

/// The table for people.
#[must_use]
pub fn text(themes: &[Listed]) -> String {
    let wide = themes.iter().map(|theme| theme.name.chars().count()).max().unwrap_or(0).max(4);
    let mut out = format!("  {:wide$}  KIND   CONTRAST  STATES APART  FROM\n", "NAME");
    out.extend(themes.iter().map(|theme| row(theme, wide)));
    out + "\nCONTRAST is the lowest of any text (WCAG asks 4.5); STATES APART says to whose eyes colour alone tells them\n\
           apart, beside sign and word. * is in use. cutover themes at a terminal shows them.\n"
}

fn row(theme: &Listed, wide: usize) -> String {
    let mark = if theme.worn { '*' } else { ' ' };
    let from = theme.file.as_deref().unwrap_or("built in");
    let Some(judged) = &theme.judged else {
        let why = theme.error.as_deref().unwrap_or("unknown");
        return format!("{mark} {:wide$}  cannot be used: {why}\n", theme.name);
    };
    let kind = if judged.dark { "dark" } else { "light" };
    let (contrast, eyes) = (contrast(judged), eyes(judged.states_apart));
    format!("{mark} {:wide$}  {kind:5}  {contrast:8}  {eyes:12}  {from}\n", theme.name)
}

fn contrast(judged: &Judged) -> String {
    let short = if judged.lowest_contrast < AA { " low" } else { "" };
    format!("{:.2}{short}", judged.lowest_contrast)
}

fn eyes(apart: Apart) -> &'static str {
    match (apart.usual >= APART, apart.deuteranopia.min(apart.protanopia) >= APART) {
        (true, true) => "all eyes",
        (true, false) => "usual eyes",
        (false, _) => "by weight",
    }
}
