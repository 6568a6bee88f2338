//! A command that would run: exactly what, with what, where; and what a command says.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::{Clear, Widget};

use super::item::entry;
use super::{Scene, Strip, sheet, words};
use crate::clock::Stamp;
use crate::state::command::Ready;
use crate::state::layer::DEAF;
use crate::text;
use crate::view::widget::{Border, Sheet, pane};

/// Rows below which a terminal is low.
const LOW: u16 = 12;
/// Rows of output that are laid out, at most: less than a sheet takes, so that the newest are never those left out.
const ROWS: usize = 3600;
/// Columns of a value that are shown; what follows is counted.
const VALUE: usize = 400;

/// Draws a command that would run; gives the last line the sheet may begin at.
pub(super) fn paint(
    scene: &Scene<'_>,
    buf: &mut Buffer,
    area: Rect,
    ready: &Ready,
    scroll: usize,
    opened: &Stamp,
) -> usize {
    let styles = scene.styles;
    let mut page = sheet(area);
    if ready.rehearsal {
        page.text(0, "REHEARSAL: the run is practice, the command is real.", styles.warning);
    }
    if let Some(item) = scene.state.item(ready.item) {
        page.text(0, &item.row.text, styles.emphasis);
    }
    if let Some(title) = &ready.title {
        page.text(0, title, styles.muted);
    }
    page.gap();
    let (text, program) = ready.argv.split_last().map_or(("", &[][..]), |(text, rest)| (text.as_str(), rest));
    entry(scene, &mut page, "program", &program.join(" "), styles.text);
    code(&mut page, text, styles.accent);
    page.gap();
    for variable in &ready.variables {
        let (value, style) = if variable.secret {
            ("set, from the environment or a file; not shown".to_owned(), styles.muted)
        } else {
            (shown(&variable.value), styles.text)
        };
        let label = Strip::new().with(&variable.name, styles.key).with(" = ", styles.muted);
        let indent = label.width().min(page.columns() / 2);
        page.hanging(label, indent, &value, style);
    }
    if !ready.foreign.is_empty() {
        let names: Vec<String> = ready.foreign.iter().map(|name| format!("${name}")).collect();
        entry(
            scene,
            &mut page,
            "not filled",
            &format!("{}: left to the program's environment", names.join(", ")),
            styles.warning,
        );
    }
    let folder = ready.folder.display().to_string();
    let folder = if folder == "." { "the one that the cockpit was started in".to_owned() } else { folder };
    entry(scene, &mut page, "folder", &folder, styles.text);
    if carries_nothing_on(text) {
        page.text(
            0,
            "What it sets, a folder or a variable, ends with it: it does not reach the next command.",
            styles.warning,
        );
    }
    page.text(0, "It gets no input and no terminal, and goes on when this pane closes.", styles.muted);
    for words in ready.in_spite_of(scene.state, scene.now) {
        entry(scene, &mut page, "in the way", &words, styles.bad);
    }
    if ready.word.is_some() {
        page.text(0, "It destroys, or may: a word is asked for before it runs.", styles.bad);
    }
    let answers = answers(scene, ready, opened);
    // In a low terminal the answers do without a frame.
    let framed = area.height >= LOW;
    let rows = u16::try_from(answers.len()).unwrap_or(2) + if framed { 2 } else { 0 };
    let above = Rect { height: area.height.saturating_sub(rows), ..area };
    let title = if ready.rehearsal { "Run this? REHEARSAL" } else { "Run this?" };
    let title = Strip::of(title, styles.title_focus);
    let (limit, painted) = page.paint_at(scene, buf, above, title, scroll);
    let height = rows.min(area.bottom().saturating_sub(painted.bottom()));
    let foot = Rect { y: painted.bottom(), height, ..painted };
    Clear.render(foot, buf);
    buf.set_style(foot, styles.dialog);
    let room = if framed { pane(scene, buf, foot, Border::Box, Strip::new(), true) } else { foot };
    for (y, line) in (room.y..room.bottom()).zip(answers) {
        line.paint(buf, Rect { x: room.x + 1, y, width: room.width.saturating_sub(2), height: 1 });
    }
    limit
}

fn answers(scene: &Scene<'_>, ready: &Ready, opened: &Stamp) -> Vec<Strip> {
    let styles = scene.styles;
    let deaf = scene.now.since(opened) < DEAF;
    let (key, label) = if deaf { (styles.muted, styles.muted) } else { (styles.key, styles.text) };
    let run = if ready.word.is_some() { "run it, after the word" } else { "run it" };
    let which =
        if ready.of > 1 { format!("  ({} of {})", ready.number + 1, ready.of) } else { String::new() };
    vec![
        Strip::new().with("r", key).space(2).with(&format!("{run}{which}"), label),
        Strip::new().with("n", key).space(2).with("back, run nothing", label),
    ]
}

/// Code with its own lines.
fn code(page: &mut Sheet, text: &str, style: Style) {
    page.whole_code(2, text, style);
}

fn shown(value: &str) -> String {
    let all = value.chars().count();
    let head: String = value.chars().take(VALUE).collect();
    let head = head.replace('\n', "⏎");
    if all > VALUE {
        format!("{head}… ({all} characters)")
    } else if head.is_empty() {
        "(empty)".to_owned()
    } else {
        head
    }
}

/// Whether all it does is to set something for what follows.
fn carries_nothing_on(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or_default();
    matches!(first, "cd" | "pushd" | "export" | "source" | "." | "alias" | "umask" | "unset")
        && !text.contains(['\n', ';', '&', '|'])
}

/// Draws what a command says; gives the last line the sheet may begin at.
pub(super) fn output(
    scene: &Scene<'_>,
    buf: &mut Buffer,
    area: Rect,
    job: &str,
    scroll: usize,
    held: Option<&[String]>,
) -> usize {
    let (state, styles) = (scene.state, scene.styles);
    let mut page = sheet(area);
    let output = state.jobs.get(job);
    let run = state.record.commands.iter().rev().find(|run| run.job == job);
    let mut title = Strip::of(&text::clean(job), styles.title_focus);
    if let Some(run) = run {
        let (words, mood) = state.run_stands(run, scene.now);
        let stopping = output.is_some_and(|output| output.stopping) && run.ended.is_none();
        let words = if stopping { format!("{words}, stopping") } else { words };
        title = title.space(1).with(&words, words::mood(scene, mood));
        let keys = match &run.ended {
            None => " · X stops it",
            Some(end) if end.exit == Some(0) => " · e takes the last line",
            Some(_) => "",
        };
        let follow = if held.is_some() { " · G follows" } else { "" };
        title = title.with(&format!("{keys}{follow} · ctrl-o hides"), styles.muted);
    }
    let cut = run.and_then(|run| run.ended.as_ref()).map(|end| end.cut).filter(|&cut| cut > 0);
    if let Some(cut) = cut.or(output.map(|output| output.cut).filter(|&cut| cut > 0)) {
        page.text(0, &format!("{} in its middle are not kept", text::size(cut)), styles.warning);
    }
    match output {
        Some(output) if held.is_some() || !output.lines.is_empty() => {
            if output.dropped > 0 && held.is_none() {
                let more = text::grouped(output.dropped);
                page.text(
                    0,
                    &format!("… {more} earlier lines: the evidence has them when it has ended"),
                    styles.muted,
                );
            }
            match held {
                Some(lines) => newest(&mut page, lines.iter(), styles.text),
                None => newest(&mut page, output.lines.iter(), styles.text),
            }
        }
        Some(output) if output.fault.is_some() => {
            page.text(0, output.fault.as_deref().unwrap_or_default(), styles.bad);
        }
        _ => {
            let silent = match run.map(|run| run.ended.as_ref()) {
                Some(None) => "It has said nothing yet.",
                Some(Some(end)) if end.output.as_ref().is_some_and(|blob| blob.bytes > 0) => {
                    "Reading what it said…"
                }
                _ => "It said nothing.",
            };
            page.text(0, silent, styles.muted);
        }
    }
    let scroll = if held.is_some() { scroll } else { usize::MAX };
    page.paint(scene, buf, area, title, scroll)
}

/// As many of the newest lines as may be laid out.
fn newest<'a>(page: &mut Sheet, lines: impl DoubleEndedIterator<Item = &'a String>, style: Style) {
    let columns = page.columns();
    let mut rows = 0;
    let mut fit: Vec<&String> = lines
        .rev()
        .take_while(|line| {
            rows += text::width(line) / columns + 1;
            rows <= ROWS
        })
        .collect();
    fit.reverse();
    for line in fit {
        page.whole_code(0, line, style);
    }
}
