//! Programs started from the cockpit: what ran, for whom, how it ended, what is kept of its output.

use std::time::Duration;

use super::super::escape::{code, inline};
use super::{Page, when};
use crate::record::{CommandEnd, CommandRun};
use crate::text;

impl Page<'_> {
    pub(super) fn commands(&mut self) {
        let record = self.report.record;
        if record.commands.is_empty() {
            return;
        }
        self.heading(2, "Programs started from the cockpit");
        for run in &record.commands {
            let (job, argv) = (inline(&run.job), code(&run.argv.join(" ")));
            self.line(format!("- **{job}** {argv} – {}; {}", self.who(&run.started), ended(run)));
            if let Some(item) = run.item.and_then(|id| record.item(id)) {
                self.line(format!("  - for: {}", inline(&item.row.text)));
            }
            if let Some(text) = &run.text {
                self.line(format!("  - in the plan: {}", code(text)));
            }
            if let Some(end) = &run.ended
                && let Some(blob) = &end.output
            {
                let cut = if end.cut > 0 {
                    format!(", {} bytes in its middle not kept", text::grouped(end.cut))
                } else {
                    String::new()
                };
                let bytes = text::grouped(blob.bytes);
                self.line(format!("  - output: {bytes} bytes kept, sha256 {}{cut}", code(&blob.sha256)));
            }
        }
    }
}

fn ended(run: &CommandRun) -> String {
    let took = |end: &CommandEnd| {
        end.took_ms.map_or(String::new(), |ms| format!(" after {}", text::exact(Duration::from_millis(ms))))
    };
    match &run.ended {
        None => "**still running at the end of the log**".to_owned(),
        Some(end @ CommandEnd { exit: Some(0), act, .. }) => {
            format!("ended well{} {}", took(end), when(act.at))
        }
        Some(end @ CommandEnd { exit: Some(code), act, .. }) => {
            format!("**ended with exit code {code}**{} {}", took(end), when(act.at))
        }
        Some(CommandEnd { exit: None, act, .. }) => {
            format!("**lost, its end is not known** {}", when(act.at))
        }
    }
}
