//! `[layout]`: where the panes stand.

use super::Findings;
use super::file;
use super::toml::{At, Strings};

/// The panes, as the sidecar calls them, in their usual order.
pub const PANES: [&str; 6] = ["checklist", "health", "dns", "copy", "logs", "host"];

/// The least and the most that a side may have of the columns, per cent.
const SPLIT: (u16, u16) = (20, 80);

/// Where the panes stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Panes on the left, from above: indices into [`PANES`].
    pub left: Vec<usize>,
    /// Panes on the right, from above.
    pub right: Vec<usize>,
    /// The left side's share of the columns, per cent; `None` leaves it to the width of the terminal.
    pub split: Option<u16>,
}

impl Default for Layout {
    fn default() -> Layout {
        Layout { left: vec![0], right: (1..PANES.len()).collect(), split: None }
    }
}

/// The `[layout]` table over the usual one.
pub fn resolve(table: &file::Layout, findings: &mut Findings) -> Layout {
    let mut seen = Vec::new();
    let hidden = panes(table.hide.as_ref(), &mut seen, findings).unwrap_or_default();
    if hidden.contains(&0) {
        let at = table.hide.as_ref().map_or(0..0, |at| at.span.clone());
        findings.add(at, "layout.hide", "the checklist cannot be hidden: it is what the run is about");
    }
    let left = panes(table.left.as_ref(), &mut seen, findings);
    let right = panes(table.right.as_ref(), &mut seen, findings);
    // Panes that are nowhere named stand where they usually do.
    let rest: Vec<usize> = (0..PANES.len()).filter(|pane| !seen.contains(pane)).collect();
    let (mut left, mut right) = match (left, right) {
        (None, None) => (vec![0], Vec::new()),
        (left, right) => (left.unwrap_or_default(), right.unwrap_or_default()),
    };
    for pane in rest {
        match pane {
            0 if !left.contains(&0) => left.insert(0, 0),
            0 => {}
            _ => right.push(pane),
        }
    }
    Layout { left, right, split: table.split.as_ref().and_then(|at| split(at, findings)) }
}

fn panes(list: Option<&At<Strings>>, seen: &mut Vec<usize>, findings: &mut Findings) -> Option<Vec<usize>> {
    let list = list?;
    let mut panes = Vec::new();
    for at in &list.value.0 {
        let known = PANES.iter().position(|pane| *pane == at.value);
        match known {
            None => {
                let near = super::nearest(&at.value, &PANES);
                let near = near.map(|near| format!("; did you mean \"{near}\"?")).unwrap_or_default();
                let message = format!("\"{}\" is no pane{near}; panes are {}", at.value, PANES.join(", "));
                findings.add(at.span.clone(), &at.key, message);
            }
            Some(pane) if seen.contains(&pane) => {
                let message = format!("the pane \"{}\" is named twice; it stands in one place", at.value);
                findings.add(at.span.clone(), &at.key, message);
            }
            Some(pane) => {
                seen.push(pane);
                panes.push(pane);
            }
        }
    }
    Some(panes)
}

fn split(at: &At<String>, findings: &mut Findings) -> Option<u16> {
    let share = at.value.trim().strip_suffix('%').and_then(|share| share.trim().parse().ok());
    if let Some(share) = share.filter(|share| (SPLIT.0..=SPLIT.1).contains(share)) {
        return Some(share);
    }
    let message = format!("`{}` is \"{}\"; expected {}% to {}%", at.key, at.value, SPLIT.0, SPLIT.1);
    findings.add(at.span.clone(), &at.key, message);
    None
}
