//! What stands in the log, on the screen, in the report.

use std::ops::ControlFlow;
use std::path::Path;

use cutover::checklist::Checklist;
use cutover::record::{self, ItemState, Record};
use cutover::report::{Report, markdown};
use cutover::signoff::event::RunMode;
use cutover::signoff::naming::Wanted;
use cutover::signoff::verify::{Outcome, verify};
use cutover::signoff::{At, Head, log};
use cutover::theme::{self, Depth, Styles, Theme};
use cutover::view;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::{Day, Step, named_log};

impl Day {
    /// What stands in the log, on the screen, in the report.
    pub(super) fn look(&mut self, step: &Step) {
        let rest = step.rest.as_str();
        match step.verb.as_str() {
            "see" => {
                let screen = self.screen();
                assert!(screen.contains(rest), "line {}: not on the screen: {rest:?}\n{screen}", step.line);
            }
            "unseen" => {
                let screen = self.screen();
                assert!(!screen.contains(rest), "line {}: on the screen: {rest:?}\n{screen}", step.line);
            }
            "item" => {
                let (text, state) = step.halves(" is ");
                assert_eq!(
                    self.is(text),
                    state,
                    "line {}: {text}\n{:?}\n{}",
                    step.line,
                    self.open(),
                    self.tail()
                );
            }
            "event" => {
                let (name, count) = step.halves(" ");
                let found = self.lines(name).len();
                let lines: String = self.lines(name).iter().map(|line| format!("{line:.400}\n")).collect();
                assert_eq!(found.to_string(), count, "line {}: {name}\n{lines}", step.line);
            }
            "line" => {
                let (name, text) = step.halves(" has ");
                let lines = self.lines(name);
                let last = lines.last().map_or("", String::as_str);
                assert!(last.contains(text), "line {}: {name} has no {text:?}: {last}", step.line);
            }
            "progress" => {
                let tally = self.state.outline.tally;
                let found = format!("{} of {}", tally.done, tally.all());
                assert_eq!(found, rest, "line {}: {tally:?}", step.line);
            }
            "refused" => {
                let (mode, text) = step.halves(" ");
                let mode = if mode == "live" { RunMode::Live } else { RunMode::Rehearsal };
                let wanted = Wanted { log: Some(self.log.clone()), new: false, mode };
                let why = named_log(&self.state.plan, &wanted, &self.clock).unwrap_err();
                assert!(why.contains(text), "line {}: {why}", step.line);
            }
            "report" => {
                self.seal();
                let page = self.report();
                assert!(page.contains(rest), "line {}: not in the report: {rest:?}\n{page}", step.line);
            }
            "page" => {
                self.seal();
                let page = self.page();
                assert!(page.contains(rest), "line {}: not on the page: {rest:?}\n{page}", step.line);
            }
            verb => panic!("line {}: no such step: {verb}", step.line),
        }
    }

    /// Lines of the log that hold such an event.
    pub(super) fn lines(&self, name: &str) -> Vec<String> {
        let text = std::fs::read_to_string(&self.log).unwrap();
        let wanted = format!("\"event\":\"{name}\"");
        text.lines().filter(|line| line.contains(&wanted)).map(str::to_owned).collect()
    }

    /// The newest lines, for messages.
    pub(super) fn tail(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(4)..].iter().map(|line| format!("{line:.400}\n")).collect()
    }

    fn screen(&mut self) -> String {
        let styles = Styles::new(&Theme::builtin().unwrap(), Depth::True);
        let mut terminal = Terminal::new(TestBackend::new(160, 45)).unwrap();
        let now = self.now();
        terminal
            .draw(|frame| {
                let _laid = view::render(frame, &self.state, &styles, &theme::UNICODE, &now);
            })
            .unwrap();
        let buffer = terminal.backend().buffer();
        let mut text = String::new();
        for y in 0..45 {
            let line: String = (0..160).map(|x| buffer[(x, y)].symbol()).collect();
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// The report, from the log alone, which must be intact.
    fn report(&self) -> String {
        let verification = verify(&self.log);
        assert!(matches!(verification.outcome, Outcome::Intact), "{verification:?}");
        let mut record = Record::default();
        let mut visit = |line| {
            record::apply(&mut record, &line);
            ControlFlow::Continue(())
        };
        log::source(&self.log).read(Head::default(), &mut visit).unwrap();
        assert_eq!(record.anomalies, [], "the log makes no sense");
        assert!(record.totals().add_up(), "{:?}", record.totals());
        markdown(&Report::new(&record, &verification, At::from(self.now())))
    }

    /// The words of the report as a page.
    fn page(&self) -> String {
        let out = self.folder.path().join("signoff.html");
        let _written = cutover::report::write(&self.log, &out, &self.now()).unwrap();
        let html = std::fs::read_to_string(out).unwrap();
        let mut words = String::new();
        let mut rest = html.as_str();
        while let Some((text, behind)) = rest.split_once('<') {
            words.push_str(text);
            rest = behind.split_once('>').map_or("", |(_, behind)| behind);
        }
        words.replace("&#39;", "'").replace("&#62;", ">").replace("&#60;", "<").replace("&#38;", "&")
    }

    /// The line about the run counts as the screen does.
    fn status(&self) {
        let status = cutover::report::status(&self.log, &self.now()).unwrap();
        let tally = self.state.outline.tally;
        assert_eq!(
            (status.done, status.failed, status.skipped, status.deferred, status.all),
            (tally.done, tally.failed, tally.skipped, tally.deferred, tally.all())
        );
        assert_eq!(status.settled, tally.open == 0);
    }

    /// The plan as it was run is the same plan.
    fn filled(&self) {
        let out = self.folder.path().join("filled.md");
        let (_, of) = cutover::report::write_filled(&self.log, None, &out, &self.now(), None).unwrap();
        assert_eq!(of, cutover::report::Filled::File(self.log.with_file_name("plan.md")));
        let plan = &self.state.plan;
        let again = cutover::checklist::parse(&std::fs::read(out).unwrap(), &plan.options());
        let told =
            |list: &Checklist| list.items.iter().map(|it| (it.id, it.fields.len())).collect::<Vec<_>>();
        let before = cutover::checklist::parse(&plan.source, &plan.options());
        assert_eq!(told(&again), told(&before));
        for item in &again.items {
            let state = self.state.record.item(item.id).unwrap().state;
            let ticked = item.box_span.is_some() && state == ItemState::Done;
            assert_eq!(item.checked, ticked, "{}: {state}", item.text);
        }
    }

    /// A run beside the one before it.
    fn compared(&self) {
        let Some(before) = &self.before else { return };
        let compared = cutover::report::compare(before, &self.log, &self.now()).unwrap();
        insta::assert_snapshot!(compared.to_string());
    }

    /// The log is intact, and says what the state says.
    pub fn end(&mut self) {
        self.seal();
        let page = self.report();
        crate::report::export::fits_its_schema(&self.log);
        self.status();
        self.filled();
        self.compared();
        if let Some(folder) = std::env::var_os("CUTOVER_KEEP_REPORTS") {
            self.keep(Path::new(&folder), &page);
        }
        crate::report::page::stands(&self.log);
    }

    /// Leaves the log and its reports to be looked at.
    fn keep(&self, folder: &Path, page: &str) {
        let title = self.state.plan.title().replace([' ', ':'], "-");
        let name = format!("{title}-{}", log::stem(&self.log));
        let file = |suffix: &str| folder.join(format!("{name}.{suffix}"));
        std::fs::create_dir_all(file("evidence")).unwrap();
        std::fs::write(file("md"), page).unwrap();
        let _bytes = std::fs::copy(&self.log, file("signoff.jsonl")).unwrap();
        for kept in std::fs::read_dir(log::evidence(&self.log)).into_iter().flatten() {
            let kept = kept.unwrap();
            let _bytes = std::fs::copy(kept.path(), file("evidence").join(kept.file_name())).unwrap();
        }
        for suffix in ["html", "json", "csv"] {
            cutover::report::write(&self.log, &file(suffix), &self.now()).unwrap();
        }
    }
}
