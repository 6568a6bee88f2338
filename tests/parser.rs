//! The parser on plans with every quirk, as a compact dump read by eye.

use std::fmt::Write as _;
use std::path::Path;

use cutover::checklist::{Checklist, Mode, Options, PhaseKind, parse};
use proptest::prelude::*;

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
    phases "phases.md"
    bare "bare.md"
    mended "mended.md"
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
        assert_eq!(after.mode, Mode::Boxes);
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

/// Every item's box and blanks are where their spans say.
fn check_spans(bytes: &[u8], list: &Checklist) {
    for item in &list.items {
        if let Some(span) = &item.box_span {
            let said = std::str::from_utf8(&bytes[span.clone()]).unwrap();
            let drawn = ["☐", "☑", "☒", "□", "❏", "⬜"].contains(&said);
            assert!(drawn || said.starts_with('[') && said.ends_with(']'), "{said:?}");
        }
        for field in &item.fields {
            let said = std::str::from_utf8(&bytes[field.span.clone()]).unwrap();
            assert!(said.contains('_') && said.chars().all(|c| "_\\/:-.".contains(c)), "{said:?}");
        }
    }
    let ids: std::collections::BTreeSet<_> = list.items.iter().map(|item| item.id).collect();
    assert_eq!(ids.len(), list.items.len(), "ids are unique");
    let mut next = 0;
    for phase in &list.phases {
        assert_eq!(phase.items.start, next, "phases follow each other");
        assert!(!phase.items.is_empty());
        next = phase.items.end;
        for section in &phase.sections {
            assert!(section.items.is_empty() || phase.items.start <= section.items.start);
            assert!(section.items.is_empty() || section.items.end <= phase.items.end);
        }
    }
    assert_eq!(next, list.items.len(), "every item is in a phase");
    for (n, item) in list.items.iter().enumerate() {
        assert!(list.phases[item.phase].items.contains(&n));
        assert!(item.parent.is_none_or(|parent| parent < n));
        assert!(item.section.is_none_or(|section| section < list.phases[item.phase].sections.len()));
    }
}

/// Pieces of which plans are made, and what breaks them.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "- [ ] step",
        "- [x] done",
        "* [ ] ",
        "1. [ ] one",
        "  - [ ] child",
        "    deep",
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        "\t",
        "# Title\n",
        "## Phase\n",
        "### Rollback\n",
        "#",
        "```",
        "```sh\n",
        "~~~\n",
        "____",
        "__/__/__",
        "\\_\\_\\_",
        ": ",
        "[ ] ",
        "☐ ",
        "✅ ",
        "• one",
        "◦ two",
        "▪",
        "  • in",
        "| [ ] | a |\n",
        "|---|---|\n",
        "<!-- cutover: x -->",
        "<!--",
        "-->",
        "<details>",
        "<b",
        "> ",
        "**Label:** ",
        "[ ] a [ ] b",
        "`code`",
        "`",
        "[a](b)",
        "&amp;",
        "---\n",
        "title: x\n",
        "Note:",
        "Legend:",
        "Time: 5-10 minutes\n",
        "(~2h)",
        "- plain",
        "word ",
        "é",
        "\u{feff}",
        "\u{1}",
        "\u{0}",
        "\u{202e}",
        "    - [ ] x",
        "- - - [ ] y",
        "1)",
        "\u{fffd}",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        check_spans(&bytes, &read(&bytes));
    }

    #[test]
    fn any_mix_of_markdown_is_read(bytes in pieces(), broken in prop::option::of((any::<prop::sample::Index>(), 128u8..))) {
        let mut bytes = bytes;
        if let (Some((at, byte)), false) = (broken, bytes.is_empty()) {
            let at = at.index(bytes.len());
            bytes.insert(at, byte);
        }
        check_spans(&bytes, &read(&bytes));
        let written = cutover::checklist::page::markdown(&bytes);
        check_spans(written.as_bytes(), &read(written.as_bytes()));
        let lists = Options { mode: Some(Mode::Lists), ..Options::default() };
        check_spans(&bytes, &parse(&bytes, &lists));
    }

    #[test]
    fn line_ends_and_a_byte_order_mark_change_nothing(bytes in pieces()) {
        let text = String::from_utf8(bytes).unwrap().replace(['\r', '\u{feff}'], "");
        let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        prop_assert_eq!(gist(&read(text.as_bytes())), gist(&read(windows.as_bytes())), "{:?}", text);
    }
}

const CORPUS: [&[u8]; 9] = [
    include_bytes!("plans/boxes.md"),
    include_bytes!("plans/blanks.md"),
    include_bytes!("plans/fences.md"),
    include_bytes!("plans/swallowed.md"),
    include_bytes!("plans/lenient.md"),
    include_bytes!("plans/structure.md"),
    include_bytes!("plans/lists.md"),
    include_bytes!("plans/checklist-section.md"),
    include_bytes!("plans/page.txt"),
];

fn ids(list: &Checklist) -> Vec<String> {
    list.items.iter().map(|item| item.id.to_string()).collect()
}

#[test]
fn ticking_in_the_file_changes_no_id() {
    for bytes in CORPUS {
        let before = read(bytes);
        let mut ticked = bytes.to_vec();
        for span in before.items.iter().filter_map(|item| item.box_span.clone()) {
            if &ticked[span.clone()] == b"[ ]" {
                ticked[span.start + 1] = b'x';
            }
        }
        let after = read(&ticked);
        assert_eq!(ids(&before), ids(&after));
        let open = |list: &Checklist, bytes: &[u8]| {
            let boxed = list.items.iter().filter_map(|item| item.box_span.clone());
            boxed.filter(|span| bytes[span.clone()] == *b"[ ]").count()
        };
        assert_eq!(open(&after, &ticked), 0);
    }
}

#[test]
fn an_item_added_elsewhere_changes_no_other_id() {
    let text = include_str!("plans/structure.md");
    let before = ids(&read(text.as_bytes()));
    let edited =
        text.replace("- [ ] four\n", "- [ ] brand new\n- [ ] four\n").replace("Phase 2: Do", "Phase 3: Do");
    let after = read(edited.as_bytes());
    let added: Vec<&str> = after
        .items
        .iter()
        .filter(|item| !before.contains(&item.id.to_string()))
        .map(|item| &*item.text)
        .collect();
    assert_eq!(added, ["brand new"]);
    assert_eq!(after.items.len(), before.len() + 1);
}

/// What stands on a line must be found again somewhere in what was read.
#[test]
fn no_word_of_a_plan_is_lost() {
    for bytes in CORPUS {
        let list = read(bytes);
        let shown = dump(&list).to_lowercase();
        let text = String::from_utf8_lossy(bytes);
        let front = if text.starts_with("---") { text.find("\n---\n").unwrap() + 5 } else { 0 };
        let mut comment = false;
        let lines: Vec<&str> = text[front..].lines().collect();
        for (n, line) in lines.iter().enumerate() {
            // The head of a table names the details of its rows, and goes without saying where it names none.
            let head = lines.get(n + 1).is_some_and(|below| below.starts_with("|--"));
            comment |= line.contains("<!--") && !line.contains("cutover:");
            let frame = ["Skip to content", "History", "12 lines (10 loc) · 1.2 KB"].contains(&line.trim());
            if !comment && !frame && !head && !line.contains("```") && !line.contains("|--") {
                let words = line.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 2);
                // Targets of links and names of elements are not shown.
                let hidden = ["https", "example", "org", "details", "summary", "cutover", "amp", "sh"];
                for word in words.filter(|word| !hidden.contains(word)) {
                    assert!(shown.contains(&word.to_lowercase()), "{word:?} of {line:?}");
                }
            }
            comment &= !line.contains("-->");
        }
    }
}

#[test]
fn a_binary_file_and_utf_16_are_refused_in_words() {
    for (bytes, code) in
        [(b"\x7fELF\0\0".as_slice(), "binary"), (b"\xff\xfe-\0 \0", "utf-16"), (b" \n", "empty")]
    {
        let list = read(bytes);
        assert!(list.items.is_empty());
        assert_eq!(list.findings[0].code, code);
    }
}

#[test]
fn broken_utf_8_is_shown_and_places_hold() {
    let list = read(b"\xef\xbb\xbf# T\r\n\r\n- [ ] caf\xe9: ____\r\n- [x] next\r\n");
    assert_eq!(list.items[0].text, "caf\u{fffd}: ____");
    assert_eq!(list.items[0].fields[0].span, 22..26);
    assert_eq!(list.items[1].box_span, Some(30..33));
    assert_eq!((list.items[1].line, list.items[1].column), (4, 3));
    assert_eq!(list.findings[0].code, "invalid-utf8");
    assert_eq!((list.findings[0].line, list.findings[0].column), (3, 10));
}

/// Shapes that made other parsers quadratic: each must be read at all, and tests have a time-out of their own.
#[test]
fn large_and_deep_files_are_read() {
    let many = (0..10_000).map(|n| format!("- [ ] step {n}: ____\n")).collect::<Vec<_>>().concat();
    assert_eq!(read(many.as_bytes()).items.len(), 10_000);
    let deep = "- ".repeat(20_000) + "[ ] deep";
    read(deep.as_bytes());
    let quotes = "> ".repeat(20_000) + "- [ ] deep";
    read(quotes.as_bytes());
    let fences = "```sh\n## H\n- [ ] x\n".repeat(2_000);
    read(fences.as_bytes());
    let blanks = format!("- [ ] {}", "a: ____ ".repeat(50_000));
    assert_eq!(read(blanks.as_bytes()).items[0].fields.len(), 50_000);
    let boxes = format!("**all:** {}", "[ ] one ".repeat(20_000));
    assert_eq!(read(boxes.as_bytes()).items.len(), 20_000);
    let bare = "[ ] one: ____\n".repeat(20_000);
    assert_eq!(read(bare.as_bytes()).items.len(), 20_000);
    let headings = (0..5_000).map(|n| format!("## H {n}\n- [ ] x\n")).collect::<Vec<_>>().concat();
    assert_eq!(read(headings.as_bytes()).phases.len(), 5_000);
    let bullets = (0..20_000).map(|n| format!("{}• x\n", " ".repeat(n % 40))).collect::<Vec<_>>().concat();
    read(bullets.as_bytes());
}

#[test]
fn what_looks_like_html_and_is_none_that_shows_words_stays_as_it_was_written() {
    let written = "-2+3 <script>alert(1)</script> | pipe <a-b c=\"d\"> <?php x ?> for </host> on <new app>";
    let list =
        read(format!("- [ ] {written}\n- [ ] press <kbd>F1</kbd>, <a href=\"x\">here</a>\n").as_bytes());
    assert_eq!(list.items[0].text, written);
    assert_eq!(list.items[1].text, "press F1, here");
}
