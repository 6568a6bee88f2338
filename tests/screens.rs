//! Every pane, sheet, prompt, choice and list at the sizes that terminals have, kept to be read.
//!
//! A file holds the screens of one group, at three sizes each; of a screen that lies over another only the rows that
//! differ, and at the largest size long gaps by their length. Below a screen stand the styles that its words are drawn in, by name: that a theme draws them so is checked
//! for three themes, cell by cell. With `SCREENS` set to a folder, whole screens are written there to be read.

mod kinds;
mod list;
mod looks;
mod stage;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::sync::LazyLock;

use list::{Screen, screens};
use looks::{Look, SIZES, Shot};

use crate::common::desk::Desk;

/// A screen at one size, and what it lies over.
struct Kept {
    shot: Shot,
    below: Option<Shot>,
}

/// The lines below the panes that a dialog changes: what is said, and the keys.
const FOOT: u16 = 2;

/// A row and the columns of it that are kept.
type Part = (u16, (usize, usize));

/// The parts of a shot that what lies below it does not show: the columns of a sheet or a dialog, and the lines
/// at the bottom.
fn over(shot: &Shot, below: &Shot) -> Vec<Part> {
    let rows = u16::try_from(shot.lines.len()).unwrap();
    let all: Vec<Part> = (0..rows).filter_map(|y| Some((y, shot.differs(below, y)?))).collect();
    let block = all.iter().filter(|(y, _)| y + FOOT < rows).map(|(_, columns)| *columns);
    let block = block.reduce(|(from, to), (next, end)| (from.min(next), to.max(end))).unwrap_or_default();
    all.into_iter().map(|(y, _)| (y, if y + FOOT < rows { block } else { (0, usize::MAX) })).collect()
}

/// The rows of a shot that another has nowhere near.
fn beside(shot: &Shot, other: Option<&Shot>) -> Vec<Part> {
    let rows = 0..u16::try_from(shot.lines.len()).unwrap();
    let kept = rows.filter(|y| other.is_none_or(|other| !other.has_like(shot, *y)));
    kept.map(|y| (y, (0, usize::MAX))).collect()
}

/// The text of these parts; rows between them are counted.
fn text(shot: &Shot, parts: &[Part]) -> String {
    let (mut out, mut next) = (String::new(), 0);
    for (y, columns) in parts {
        if *y > next {
            writeln!(out, "  ⋮ {}", y - next).unwrap();
        }
        next = y + 1;
        writeln!(out, "{}", shot.text(*y, *columns)).unwrap();
    }
    out
}

/// What is said, without frames and gaps.
fn words(text: &str) -> Vec<String> {
    let rows = text.lines().filter(|line| !line.starts_with("  ⋮"));
    rows.map(|line| line.chars().filter(|c| !looks::is_rule(*c)).collect()).collect()
}

/// The widest screens take the most room: long runs of one sign as the sign and their number.
fn runs(text: &str) -> String {
    const LONG: usize = 8;
    let mut out = String::new();
    for line in text.lines() {
        for run in line.chars().collect::<Vec<_>>().chunk_by(|one, other| one == other) {
            match run {
                [sign @ (' ' | '─'), ..] if run.len() >= LONG => {
                    write!(out, "{sign}·{}·{sign}", run.len()).unwrap();
                }
                _ => out.extend(run),
            }
        }
        out.push('\n');
    }
    out
}

/// A screen at every size, and how its words look.
fn told(screen: &Screen, all: &BTreeMap<&str, Vec<Kept>>) -> String {
    let mut out = format!("==== {}\n", screen.name);
    let mut styles = looks::Styled::default();
    let mut larger = String::new();
    for (at, (columns, rows)) in SIZES.into_iter().enumerate() {
        let Kept { shot, below } = &all[screen.name][at];
        let parts = match (below, screen.over) {
            (_, Some(other)) => beside(shot, Some(&all[other][at].shot)),
            (Some(below), None) => over(shot, below),
            (None, None) => beside(shot, None),
        };
        let lines = text(shot, &parts);
        // A dialog has one width wherever there is room.
        let same = words(&lines) == words(&larger);
        let kept = if same { "as above\n" } else { &lines };
        writeln!(out, "---- {columns}x{rows}\n{}", if at == 0 { runs(kept) } else { kept.to_owned() })
            .unwrap();
        larger = lines;
        styles.add(shot, &parts);
    }
    out + &styles.to_string() + "\n"
}

/// Writes whole screens, to be read.
fn write_whole(shots: &BTreeMap<&str, Vec<Kept>>, folder: &Path) {
    for (name, sizes) in shots {
        for (kept, (columns, rows)) in sizes.iter().zip(SIZES) {
            let file = folder.join(format!("{}_{columns}x{rows}.txt", name.replace(' ', "_")));
            std::fs::write(file, kept.shot.lines.join("\n") + "\n").unwrap();
        }
    }
}

/// All screens, each with its desk.
static DESKS: LazyLock<Vec<(&Screen, Desk)>> =
    LazyLock::new(|| screens().map(|screen| (screen, (screen.make)())).collect());

#[test]
fn every_screen_is_as_it_was_read() {
    let look = Look::named();
    let kept = |desk: &Desk| {
        let at = |size| Kept { shot: look.shot(desk, size), below: look.below(desk, size) };
        SIZES.map(at).into()
    };
    let shots: BTreeMap<&str, Vec<Kept>> =
        DESKS.iter().map(|(screen, desk)| (screen.name, kept(desk))).collect();
    assert_eq!(shots.len(), DESKS.len(), "two screens have one name");
    if let Some(folder) = std::env::var_os("SCREENS") {
        write_whole(&shots, folder.as_ref());
    }
    let groups: BTreeSet<&str> = screens().map(|screen| screen.group).collect();
    for group in groups {
        let of = screens().filter(|screen| screen.group == group);
        let text: String = of.map(|screen| told(screen, &shots)).collect();
        insta::with_settings!({ snapshot_path => "screens/snapshots" }, {
            insta::assert_snapshot!(group, text);
        });
    }
}

#[test]
fn every_kind_that_there_is_has_a_screen() {
    let shown: BTreeSet<&str> = DESKS.iter().flat_map(|(_, desk)| kinds::of(desk)).collect();
    let missing: Vec<&str> = kinds::all().filter(|kind| !shown.contains(kind)).collect();
    assert!(missing.is_empty(), "no screen shows {missing:?}: add one to tests/screens/list");
}

#[test]
fn three_themes_draw_every_word_in_its_style() {
    let named = Look::named();
    let looks = Look::themes();
    for (screen, desk) in DESKS.iter() {
        for size in SIZES {
            let plan = named.shot(desk, size);
            for look in &looks {
                look.assert_follows(&plan, &look.shot(desk, size), screen.name);
            }
        }
    }
}

#[test]
fn the_palettes_of_three_themes() {
    insta::with_settings!({ snapshot_path => "screens/snapshots" }, {
        insta::assert_snapshot!("palettes", looks::palettes());
    });
}

#[test]
fn the_pane_with_the_keys_is_seen_without_colour() {
    let named = |name: &str| &DESKS.iter().find(|(screen, _)| screen.name == name).unwrap().1;
    for pane in ["health", "dns", "copy", "logs", "host"] {
        for size in [(160, 45), (100, 30)] {
            let heavier = looks::heavier(named(&format!("{pane} bad")), named("bad"), size);
            assert!(heavier > 30, "{pane} at {size:?}: {heavier} signs of its frame");
        }
    }
}
