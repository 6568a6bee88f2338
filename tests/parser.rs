//! The parser on plans with every quirk, as a compact dump read by eye.

use std::fmt::Write as _;
use std::path::Path;

use cutover::checklist::{Checklist, Options, PhaseKind, parse};

/// Everything that a checklist says, compactly.
pub fn dump(list: &Checklist) -> String {
    let mut out = String::new();
    let title = list.title.as_deref().unwrap_or("(no title)");
    writeln!(out, "# {title}  [{:?}]", list.mode).unwrap();
    for note in &list.notes {
        writeln!(out, "{:>4} note {:?}", note.line, note.text).unwrap();
    }
    for phase in &list.phases {
        let kind = if phase.kind == PhaseKind::Work { String::new() } else { format!(" [{:?}]", phase.kind) };
        let estimate = phase.estimate.map(|(a, b)| format!(" {}-{} min", a.as_secs() / 60, b.as_secs() / 60));
        let estimate = estimate.unwrap_or_default();
        writeln!(out, "{:>4} ## {} ({}){kind}{estimate}", phase.line, phase.title, phase.items.len())
            .unwrap();
        for note in &phase.notes {
            writeln!(out, "{:>4}    note {:?}", note.line, note.text).unwrap();
        }
        let mut section = None;
        for item in &list.items[phase.items.clone()] {
            if item.section != section {
                section = item.section;
                let title = section.map_or("-", |n| &phase.sections[n].title);
                writeln!(out, "     ### {title}").unwrap();
            }
            let pad = "  ".repeat(usize::from(item.depth));
            let mark = match (&item.box_span, item.checked) {
                (None, _) => "·",
                (_, true) => "☒",
                (_, false) => "☐",
            };
            writeln!(out, "{:>4}:{} {pad}{mark} {}", item.line, item.column, item.text).unwrap();
            for field in &item.fields {
                let secret = if field.secret { " secret" } else { "" };
                writeln!(out, "       {pad}field {:?}{secret}", field.label).unwrap();
            }
            for command in &item.commands {
                let language = command.language.as_deref().unwrap_or("-");
                writeln!(out, "{:>4}   {pad}$ {language} {:?}", command.line, command.text).unwrap();
            }
            for note in &item.detail {
                writeln!(out, "{:>4}   {pad}> {}", note.line, note.text.replace('\n', " / ")).unwrap();
            }
            for annotation in &item.annotations {
                writeln!(out, "       {pad}@ {annotation}").unwrap();
            }
        }
    }
    for finding in &list.findings {
        let (line, column, code) = (finding.line, finding.column, finding.code);
        writeln!(out, "! {line}:{column} {:?} {code}: {}", finding.severity, finding.message).unwrap();
    }
    out
}

fn read(bytes: &[u8]) -> Checklist {
    parse(bytes, &Options::default())
}

macro_rules! corpus {
    ($($name:ident $file:literal)*) => {$(
        #[test]
        fn $name() {
            let bytes = include_bytes!(concat!("plans/", $file)).as_slice();
            insta::assert_snapshot!(dump(&read(bytes)));
        }
    )*};
}

corpus! {
    boxes "boxes.md"
    blanks "blanks.md"
    fences "fences.md"
    swallowed "swallowed.md"
    lenient "lenient.md"
    structure "structure.md"
    lists "lists.md"
    checklist_section "checklist-section.md"
    page "page.txt"
}

/// Prints the dump of the file that `PLAN` names.
#[test]
#[ignore = "a tool for looking at a plan: PLAN=file cargo test --test it parser::look -- --ignored --nocapture"]
fn look() {
    let path = std::env::var("PLAN").unwrap();
    print!("{}", dump(&parse(&std::fs::read(Path::new(&path)).unwrap(), &Options::default())));
}

/// What must stay the same however a plan is written.
fn gist(list: &Checklist) -> String {
    let mut out = String::new();
    for item in &list.items {
        let phase = &list.phases[item.phase];
        let labels: Vec<&str> = item.fields.iter().map(|field| field.label.as_str()).collect();
        let commands: Vec<&str> = item.commands.iter().map(|command| command.text.as_str()).collect();
        let detail: Vec<&str> = item.detail.iter().map(|note| note.text.as_str()).collect();
        writeln!(
            out,
            "{} {} {:?} {:?} {labels:?} {commands:?} {detail:?}",
            item.id, phase.title, phase.kind, item.text
        )
        .unwrap();
    }
    out
}

#[test]
fn a_page_written_as_markdown_has_the_same_items() {
    for bytes in [
        include_bytes!("plans/page.txt").as_slice(),
        include_bytes!("plans/lists.md"),
        include_bytes!("plans/checklist-section.md"),
        include_bytes!("plans/boxes.md"),
        include_bytes!("plans/blanks.md"),
    ] {
        let written = cutover::checklist::page::markdown(bytes);
        let (before, after) = (read(bytes), read(written.as_bytes()));
        assert_eq!(gist(&before), gist(&after), "{written}");
        assert_eq!(after.mode, cutover::checklist::Mode::Boxes);
        let again = cutover::checklist::page::markdown(written.as_bytes());
        assert_eq!(gist(&after), gist(&read(again.as_bytes())), "{again}");
    }
}

/// The same for the file that `PLAN` names.
#[test]
#[ignore = "a tool for looking at a page: PLAN=file cargo test --test it parser::write -- --ignored --nocapture"]
fn write() {
    let bytes = std::fs::read(std::env::var("PLAN").unwrap()).unwrap();
    let written = cutover::checklist::page::markdown(&bytes);
    print!("{written}");
    assert_eq!(gist(&read(&bytes)), gist(&read(written.as_bytes())));
}
