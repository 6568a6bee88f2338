//! A plan as a log has it: for whoever looks at a run without its files.

use std::path::Path;

use super::load::bind;
use super::{Plan, sidecar};
use crate::config::{self, Settings};
use crate::signoff::event::PlanText;

/// What stands for a secret: the log has none, and whoever only looks needs none.
const SECRET: &str = "‹not in the log›";

/// The plan that a log embeds, as if it lay in that folder; and in one sentence what of it cannot be used here, if
/// anything: then its sidecar is left out, and no pane but the checklist is shown.
///
/// # Errors
/// Not even the checklist can be used: why, in one sentence.
pub fn recorded(text: &PlanText, folder: &Path) -> Result<(Plan, Option<String>), String> {
    let path = folder.join(&text.file);
    let source = || text.text.clone().into_bytes();
    let env = |_: &str| Some(SECRET.to_owned());
    let Some(written) = &text.sidecar else {
        let plan = bind(&path, source(), Settings::default(), None, &env);
        return plan.map(|plan| (plan, None)).map_err(|error| error.to_string());
    };
    let beside = sidecar(&path);
    let whole =
        config::load(&beside, written, &env).map_err(|error| error.to_string()).and_then(|settings| {
            let kept = Some((beside.clone(), written.clone().into_bytes()));
            bind(&path, source(), settings, kept, &env).map_err(|error| error.to_string())
        });
    match whole {
        Ok(plan) => Ok((plan, None)),
        Err(why) => {
            let plan = bind(&path, source(), Settings::default(), None, &env);
            plan.map(|plan| (plan, Some(why))).map_err(|error| error.to_string())
        }
    }
}
