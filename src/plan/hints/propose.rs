//! Hints as gates: the text to paste.

use super::Hint;
use crate::expr::Expr;
use crate::plan::Plan;

/// A gate that a plan's own words ask for and that nothing holds yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Index into the checklist's items.
    pub item: usize,
    /// 1-based line and column of the item.
    pub place: (u32, u32),
    /// The rule that found it.
    pub rule: &'static str,
    /// The plan's words.
    pub words: String,
    /// What the gate would need.
    pub need: String,
    /// The annotation, to be put at the end of the item's line.
    pub annotation: String,
    /// The same as a table of the sidecar.
    pub toml: String,
}

/// The gates that a plan's words ask for, in the order of its items.
#[must_use]
pub fn proposals(plan: &Plan) -> Vec<Proposal> {
    let hints = plan.hints.iter().filter(|hint| hint.asks && !is_held(plan, hint));
    let mut proposals = Vec::new();
    for hint in hints {
        let Some(item) = plan.checklist.items.get(hint.item) else { continue };
        let need = hint.expr.source();
        let text = quoted(&item.text);
        let same = |other: &crate::checklist::Item| other.text == item.text;
        let several = plan.checklist.items.iter().filter(|other| same(other)).count() > 1;
        let phase = plan.checklist.phases.get(item.phase).filter(|_| several);
        let phase = phase.map_or_else(String::new, |phase| format!("phase = {}\n", quoted(&phase.title)));
        proposals.push(Proposal {
            item: hint.item,
            place: (item.line, item.column),
            rule: hint.rule,
            words: hint.words.clone(),
            need: need.to_owned(),
            annotation: format!("<!-- cutover: needs = [{}] -->", quoted(need)),
            toml: format!("[[gate]]\nitem = {text}\n{phase}needs = [{}]\n", quoted(need)),
        });
    }
    proposals
}

/// Whether a gate before the item asks that probe already, on whatever side.
fn is_held(plan: &Plan, hint: &Hint) -> bool {
    let check = |expr: &Expr| {
        let subject = expr.subject()?;
        let name = subject.name.strip_suffix("/old").or_else(|| subject.name.strip_suffix("/new"));
        let name = name.or_else(|| subject.name.strip_suffix("/live")).unwrap_or(&subject.name);
        Some((subject.kind.clone(), name.to_owned()))
    };
    // A record's type may be left out.
    let same = |a: (String, String), b: (String, String)| {
        let rest = a.1.strip_prefix(&b.1).or_else(|| b.1.strip_prefix(&a.1));
        a.0 == b.0 && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let held = |need: &Expr| check(need).zip(check(&hint.expr)).is_some_and(|(a, b)| same(a, b));
    plan.rules.items.get(hint.item).is_some_and(|rules| rules.needs.iter().any(held))
}

/// A text as TOML writes it, on one line.
pub(in crate::plan) fn quoted(text: &str) -> String {
    if text.contains('\'') || text.contains(char::is_control) {
        // What JSON escapes, a basic string of TOML escapes alike.
        return serde_json::Value::from(text).to_string();
    }
    if text.contains(['"', '\\']) { format!("'{text}'") } else { format!("\"{text}\"") }
}
