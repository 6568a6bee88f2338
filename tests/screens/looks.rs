//! Screens drawn, with the name of each style in place of its colours, and in themes.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Write};

use cutover::state::Msg;
use cutover::theme::{self, Depth, Styles, Theme, builtin};
use cutover::view;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier, Style};

use crate::common::desk::Desk;

/// The sizes that screens are kept at.
pub const SIZES: [(u16, u16); 3] = [(160, 45), (100, 30), (80, 24)];
/// Columns of a word that is listed with its style.
const WORD: usize = 24;
/// Columns by which a word is known that was listed before.
const BEGINNING: usize = 6;
/// What is not listed: the ground that all else stands out from.
const PLAIN: [&str; 4] = ["text", "surface", "border", "dialog"];

/// All styles by name, and the same with a colour of its own for each.
macro_rules! styles {
    ($($name:ident),+ $(,)?) => {
        const NAMES: &[&str] = &[$(stringify!($name)),+];
        fn all(styles: &Styles) -> Vec<Style> {
            vec![$(styles.$name),+]
        }
        fn tagged(styles: &Styles) -> Styles {
            let mut number = 0u8;
            $(
                number += 1;
                let $name = tag(styles.$name, number);
            )+
            Styles { $($name),+ }
        }
    };
}

styles!(
    surface,
    text,
    muted,
    emphasis,
    accent,
    border,
    border_focus,
    title,
    title_focus,
    header,
    key,
    hint,
    selected,
    selected_idle,
    marked,
    good,
    bad,
    warning,
    unknown,
    stale,
    expected,
    old,
    new,
    live,
    done,
    failed,
    skipped,
    bar,
    bar_empty,
    spark_good,
    spark_bad,
    alarm,
    notice,
    dialog,
    input,
    found,
);

fn tag(style: Style, number: u8) -> Style {
    let own = |color: Option<Color>| color.map(|_| Color::Indexed(number));
    Style { fg: own(style.fg), bg: own(style.bg), ..style }
}

/// The index of the style that gave a colour.
fn giver(color: Color) -> Option<usize> {
    match color {
        Color::Indexed(number) => Some(usize::from(number) - 1),
        _ => None,
    }
}

/// How screens are drawn.
pub struct Look {
    name: &'static str,
    styles: Styles,
}

/// A screen at one size.
pub struct Shot {
    /// Its text.
    pub lines: Vec<String>,
    buffer: Buffer,
}

fn themed(name: &str, depth: Depth) -> Styles {
    Styles::new(&Theme::load(builtin::text(name).unwrap(), name).unwrap(), depth)
}

impl Look {
    /// Each style has a colour that is its name.
    pub fn named() -> Look {
        Look { name: "named", styles: tagged(&themed("default", Depth::True)) }
    }

    /// The three themes.
    pub fn themes() -> [Look; 3] {
        ["default", "light", "mono"].map(|name| Look { name, styles: themed(name, Depth::True) })
    }

    /// Draws a screen without what lies over it, if something does.
    pub fn below(&self, desk: &Desk, size: (u16, u16)) -> Option<Shot> {
        let mut desk = desk.clone();
        let open = !desk.state.ui.layers.is_empty();
        desk.state.ui.layers.clear();
        desk.state.ui.notice = None;
        open.then(|| self.shot(&desk, size))
    }

    /// Draws a screen; twice: what the first frame learns, the second one shows.
    pub fn shot(&self, desk: &Desk, size: (u16, u16)) -> Shot {
        let mut desk = desk.clone();
        desk.send(Msg::Resize { width: size.0, height: size.1 });
        let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
        let now = desk.now();
        for _ in 0..2 {
            let mut laid = view::Laid::default();
            let draw = |frame: &mut ratatui::Frame<'_>| {
                laid = view::render(frame, &desk.state, &self.styles, &theme::UNICODE, &now);
            };
            terminal.draw(draw).unwrap();
            desk.state.laid(laid.page, laid.top, laid.limit.unwrap_or(usize::MAX));
            if let Some((top, page)) = laid.logs {
                desk.state.laid_logs(top, page);
            }
        }
        let buffer = terminal.backend().buffer().clone();
        Shot { lines: (0..size.1).map(|y| line(row(&buffer, y))).collect(), buffer }
    }

    /// Every cell looks as this theme's style of that name says.
    pub fn assert_follows(&self, named: &Shot, drawn: &Shot, screen: &str) {
        assert_eq!(named.lines, drawn.lines, "{screen}: a theme changes words");
        let styles = all(&self.styles);
        let reset = |color: Option<Color>| color.unwrap_or(Color::Reset);
        for (at, (plan, cell)) in named.buffer.content.iter().zip(&drawn.buffer.content).enumerate() {
            let (fg, bg) = (giver(plan.fg), giver(plan.bg));
            let wanted = (fg.map(|at| reset(styles[at].fg)), bg.map(|at| reset(styles[at].bg)));
            let found = (fg.map(|_| cell.fg), bg.map(|_| cell.bg));
            let width = usize::from(named.buffer.area.width);
            let (x, y) = (at % width, at / width);
            let style = style(plan);
            assert_eq!(found, wanted, "{screen} in {}: {style} at {x},{y}:\n{}", self.name, named.lines[y]);
            let weight = fg.map_or_else(Default::default, |at| styles[at].add_modifier);
            assert!(
                cell.modifier.contains(weight),
                "{screen} in {}: {style} at {x},{y} has lost {:?}:\n{}",
                self.name,
                weight - cell.modifier,
                named.lines[y]
            );
        }
    }
}

/// How many cells of its frame a pane with the keys draws heavier than without them, where there is no colour.
pub fn heavier(with: &Desk, without: &Desk, size: (u16, u16)) -> usize {
    let look = Look { name: "no colour", styles: themed("default", Depth::None) };
    let (with, without) = (look.shot(with, size), look.shot(without, size));
    let cells = with.buffer.content.iter().zip(&without.buffer.content);
    let frame =
        cells.filter(|(one, other)| one.symbol() == other.symbol() && one.symbol().chars().all(is_rule));
    frame
        .filter(|(one, other)| {
            one.modifier.contains(Modifier::BOLD) && !other.modifier.contains(Modifier::BOLD)
        })
        .count()
}

impl Shot {
    /// The other one's row stands here too, wherever; frames may differ.
    pub fn has_like(&self, other: &Shot, y: u16) -> bool {
        let wanted = row(&other.buffer, y);
        self.buffer.content.chunks(wanted.len()).any(|found| {
            let mut cells = found.iter().zip(wanted);
            cells.all(|(one, other)| {
                one == other || one.symbol() == other.symbol() && one.symbol().chars().all(is_rule)
            })
        })
    }

    /// The columns of a row in which the other one says something else; none if it says the same.
    pub fn differs(&self, other: &Shot, y: u16) -> Option<(usize, usize)> {
        let cells = row(&self.buffer, y).iter().zip(row(&other.buffer, y)).enumerate();
        let mut off = cells.filter(|(_, (one, other))| one.symbol() != other.symbol()).map(|(x, _)| x);
        let first = off.next()?;
        Some((first, off.next_back().unwrap_or(first) + 1))
    }

    /// A row's text in these columns.
    pub fn text(&self, y: u16, (from, to): (usize, usize)) -> String {
        let cells = row(&self.buffer, y);
        line(cells.get(from..to.min(cells.len())).unwrap_or_default())
    }
}

/// A part of a frame.
pub fn is_rule(c: char) -> bool {
    ('─'..='╿').contains(&c) || c == ' '
}

fn row(buffer: &Buffer, y: u16) -> &[Cell] {
    let width = usize::from(buffer.area.width);
    let from = width * usize::from(y);
    buffer.content.get(from..from + width).unwrap_or_default()
}

fn line(cells: &[Cell]) -> String {
    let (mut line, mut skip) = (String::new(), 0);
    for cell in cells {
        if skip == 0 {
            line.push_str(cell.symbol());
            skip = cutover::text::width(cell.symbol()).max(1);
        }
        skip -= 1;
    }
    line.trim_end().to_owned()
}

/// The name of a cell's style: of its text, and of its ground where that is not the usual one.
fn style(cell: &Cell) -> String {
    let name = |color| giver(color).and_then(|at| NAMES.get(at)).copied().unwrap_or("none");
    let (text, ground) = (name(cell.fg), name(cell.bg));
    match ground {
        "surface" | "dialog" | "none" => text.to_owned(),
        _ if ground == text => text.to_owned(),
        _ => format!("{text} on {ground}"),
    }
}

/// Words by the style that they are drawn in, each told once.
#[derive(Default)]
pub struct Styled {
    known: BTreeSet<(String, String)>,
    words: Vec<(String, Vec<String>)>,
}

impl Styled {
    /// Adds the words of these rows.
    pub fn add(&mut self, shot: &Shot, rows: &[(u16, (usize, usize))]) {
        for (y, (from, to)) in rows {
            let mut runs: Vec<(String, String)> = Vec::new();
            let mut skip = 0;
            for cell in row(&shot.buffer, *y).iter().take(*to).skip(*from) {
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                skip = cutover::text::width(cell.symbol()).max(1) - 1;
                let style = style(cell);
                match runs.last_mut() {
                    Some((of, text)) if *of == style => text.push_str(cell.symbol()),
                    _ => runs.push((style, cell.symbol().to_owned())),
                }
            }
            for (style, text) in runs {
                self.word(style, &text);
            }
        }
    }

    fn word(&mut self, style: String, text: &str) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = cutover::text::truncate(&text, WORD).into_owned();
        let shows = !text.chars().all(is_rule) && !PLAIN.contains(&style.as_str());
        let beginning = text.chars().take(BEGINNING).collect();
        if !shows || !self.known.insert((style.clone(), beginning)) {
            return;
        }
        match self.words.iter_mut().find(|(of, _)| *of == style) {
            Some((_, words)) => words.push(text),
            None => self.words.push((style, vec![text])),
        }
    }
}

impl Display for Styled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("---- styles\n")?;
        for (style, words) in &self.words {
            for (at, line) in cutover::text::wrap(&words.join(" · "), 96).into_iter().enumerate() {
                let label = if at == 0 { style.as_str() } else { "" };
                writeln!(f, "{label:24} {line}")?;
            }
        }
        Ok(())
    }
}

/// What each style is in three themes.
pub fn palettes() -> String {
    let looks = Look::themes();
    let mut out = format!("{:16}", "");
    for look in &looks {
        write!(out, "{:34}", look.name).unwrap();
    }
    out = out.trim_end().to_owned() + "\n";
    for (at, name) in NAMES.iter().enumerate() {
        let mut line = format!("{name:16}");
        for look in &looks {
            let style = all(&look.styles)[at];
            let color =
                |color: Option<Color>| color.map_or_else(|| "-".to_owned(), |color| color.to_string());
            let weight = format!("{:?}", style.add_modifier).replace("NONE", "").to_lowercase();
            let told = format!("{} {} {weight}", color(style.fg), color(style.bg));
            write!(line, "{told:34}").unwrap();
        }
        writeln!(out, "{}", line.trim_end()).unwrap();
    }
    out
}
