//! Programs started from the cockpit: what ran, for whom, how it ended, what is kept of its output.

use std::time::Duration;

use crate::record::{CommandEnd, CommandRun};
use crate::report::document::{Chapter, Rich, Span, code, outside, own, rich, strong};
use crate::report::model::Report;
use crate::text;

pub(super) fn commands<'a>(report: &'a Report<'a>) -> Option<Chapter<'a>> {
    let record = report.record;
    if record.commands.is_empty() {
        return None;
    }
    let mut page = Chapter::new("programs", "Programs started from the cockpit");
    for run in &record.commands {
        let (job, argv) = (strong(outside(&run.job)), code(run.argv.join(" ")));
        page.entry(rich![job, " ", argv, " – ", report.who(&run.started), "; ", ended(run)]);
        if let Some(item) = run.item.and_then(|id| record.item(id)) {
            page.detail("for", outside(&item.row.text));
        }
        if let Some(text) = &run.text {
            page.detail("in the plan", code(text));
        }
        if let Some(end) = &run.ended
            && let Some(blob) = &end.output
        {
            let cut = (end.cut > 0)
                .then(|| own(format!(", {} bytes in its middle not kept", text::grouped(end.cut))));
            page.detail("output", rich!["kept as ", Span::Kept(blob), cut]);
        }
    }
    Some(page)
}

fn ended(run: &CommandRun) -> Rich<'_> {
    let took = |end: &CommandEnd| {
        end.took_ms.map(|ms| own(format!(" after {}", text::exact(Duration::from_millis(ms)))))
    };
    match &run.ended {
        None => strong("still running at the end of the log").into(),
        Some(end @ CommandEnd { exit: Some(0), act, .. }) => {
            rich!["ended well", took(end), " ", Span::When(act.at)]
        }
        Some(end @ CommandEnd { exit: Some(code), act, .. }) => {
            let ended = strong(own(format!("ended with exit code {code}")));
            rich![ended, took(end), " ", Span::When(act.at)]
        }
        Some(CommandEnd { exit: None, act, .. }) => {
            rich![strong("lost, its end is not known"), " ", Span::When(act.at)]
        }
    }
}
