//! The house stands as `src/lib.rs` draws it: only the doors of its table, no terminal or disk in the pure rooms,
//! and no file too long to hold in mind.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Lines after which a file is two files.
const LONGEST: usize = 600;

/// Files that may be longer, each with its reason.
const LONGER: [(&str, &str); 0] = [];

/// What the state must not know: it is driven by messages and answers with effects.
const OUTSIDE_STATE: [&str; 7] =
    ["tokio", "ratatui", "crossterm", "reqwest", "std::fs", "std::net", "std::process"];

#[test]
fn only_the_doors_of_the_map_are_used() {
    let doors = doors();
    let mut wrong = Vec::new();
    for file in sources("src") {
        let Some(room) = room_of(&file) else { continue };
        let Some(allowed) = doors.get(&room) else { continue };
        for (line, path) in uses(&file) {
            let to = path.split("::").next().unwrap_or_default();
            let open = to == room
                || !doors.contains_key(to)
                || allowed.iter().any(|door| {
                    door == "all"
                        || *door == path
                        || path.strip_prefix(door.as_str()).is_some_and(|rest| rest.starts_with("::"))
                });
            if !open {
                wrong.push(format!("{}:{line}: {room} -> {path}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "no such door in src/lib.rs:\n{}", wrong.join("\n"));
}

#[test]
fn every_room_is_on_the_map() {
    let doors = doors();
    let missing: Vec<String> = sources("src")
        .iter()
        .filter_map(|file| room_of(file))
        .filter(|room| !doors.contains_key(room))
        .collect();
    assert!(missing.is_empty(), "rooms missing from the table in src/lib.rs: {missing:?}");
    for (room, to) in &doors {
        for door in to.iter().filter(|door| *door != "all") {
            let to = door.split("::").next().unwrap();
            assert!(doors.contains_key(to), "{room} has a door to {to}, which is no room");
        }
    }
}

#[test]
fn the_state_knows_no_terminal_no_network_and_no_disk() {
    let mut wrong = Vec::new();
    for file in sources("src").iter().filter(|file| room_of(file).as_deref() == Some("state")) {
        for (number, line) in code(file) {
            for name in OUTSIDE_STATE {
                if paths(&line).any(|path| path == name || path.starts_with(&format!("{name}::"))) {
                    wrong.push(format!("{}:{number}: {name}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "the state names what it must not know:\n{}", wrong.join("\n"));
}

#[test]
fn no_file_is_too_long() {
    let mut long = Vec::new();
    for file in sources("src").into_iter().chain(sources("tests")) {
        let lines = read(&file).lines().count();
        let excepted = LONGER.iter().any(|(path, _)| Path::new(path) == file);
        if lines > LONGEST && !excepted {
            long.push(format!("{}: {lines} lines", file.display()));
        }
        assert!(lines > LONGEST || !excepted, "{} is no longer too long: strike it off", file.display());
    }
    assert!(long.is_empty(), "longer than {LONGEST} lines:\n{}", long.join("\n"));
}

#[test]
fn the_scanner_sees_what_it_must() {
    let seen = |line: &str| imports(line).collect::<Vec<_>>();
    assert_eq!(seen("use crate::text::width;"), ["text::width"]);
    assert_eq!(
        seen("use crate::{clock::Stamp, text, sample::{ProbeId, Sample}};"),
        ["clock::Stamp", "text", "sample::ProbeId", "sample::Sample"]
    );
    assert_eq!(
        seen("    fn f(a: crate::config::Pin) -> Vec<crate::expr::Expr> {"),
        ["config::Pin", "expr::Expr"]
    );
    assert_eq!(seen("let x = \"mycrate::text\"; mycrate::text();"), [""; 0]);
    assert_eq!(
        paths("x: std::fs::File, tokio::spawn(y)").collect::<Vec<_>>(),
        ["x", "std::fs::File", "tokio::spawn", "y"]
    );
}

/// Room to its doors, from the table in `src/lib.rs`.
fn doors() -> BTreeMap<String, Vec<String>> {
    let map = read(Path::new("src/lib.rs"));
    let table: BTreeMap<String, Vec<String>> = map
        .lines()
        .skip_while(|line| !line.contains("# Rooms and doors"))
        .skip_while(|line| !line.contains("```text"))
        .skip(1)
        .take_while(|line| !line.contains("```"))
        .map(|line| {
            let (left, right) = line.split_once("->").expect("every line of the table has an arrow");
            let room =
                left.trim_start_matches("//!").split_whitespace().next().expect("and a room before it");
            (room.to_owned(), right.split_whitespace().map(str::to_owned).collect())
        })
        .collect();
    assert!(table.len() > 10, "the table of doors was not found in src/lib.rs");
    table
}

/// The room a source file belongs to; `None` for the map itself.
fn room_of(file: &Path) -> Option<String> {
    let inside = file.strip_prefix("src").ok()?;
    let first = Path::new(inside.components().next()?.as_os_str()).with_extension("");
    let room = first.to_str()?.to_owned();
    // The build script is no part of the house.
    (!["lib", "build"].contains(&room.as_str())).then_some(room)
}

/// Every path into another room, with its line; `main` names the library by the crate's name.
fn uses(file: &Path) -> Vec<(usize, String)> {
    // From a file so deep, so many steps up lead to the root.
    let to_root = "super::".repeat(file.components().count() - 1);
    // Statements over several lines are one line to the scanner, under the number of the first.
    let mut statements: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (number, line) in code(file) {
        match statements.last_mut() {
            Some((_, last)) if open => last.push_str(&line),
            _ => statements.push((number, line.clone())),
        }
        open = statements.last().is_some_and(|(_, text)| {
            let text = text.trim_start();
            (text.starts_with("use ") || text.starts_with("pub use ")) && !text.contains(';')
        });
    }
    statements
        .into_iter()
        .flat_map(|(number, text)| {
            let text = text.replace("cutover::", "crate::").replace(&to_root, "crate::");
            imports(&text).map(|path| (number, path)).collect::<Vec<_>>()
        })
        .collect()
}

/// What follows each `crate::`, with braces spread out.
fn imports(text: &str) -> impl Iterator<Item = String> {
    let bounded = |at: usize| !text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
    text.match_indices("crate::").filter(move |&(at, _)| bounded(at)).flat_map(|(at, found)| {
        let mut spread = Vec::new();
        tree(&text[at + found.len()..], "", &mut spread);
        spread
    })
}

/// Reads one use tree, adds its leaves to `out`, and gives the rest of the text.
fn tree<'t>(text: &'t str, prefix: &str, out: &mut Vec<String>) -> &'t str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(text.len());
    let path = format!("{prefix}{}", &text[..end]);
    let rest = &text[end..];
    let Some(mut inside) = rest.strip_prefix('{').filter(|_| path.is_empty() || path.ends_with("::")) else {
        out.push(path.trim_end_matches(':').to_owned());
        return rest;
    };
    loop {
        inside = inside.trim_start().trim_start_matches(',').trim_start();
        if let Some(rest) = inside.strip_prefix('}') {
            return rest;
        }
        if inside.is_empty() {
            return inside;
        }
        let before = inside.len();
        inside = tree(inside, &path, out);
        // `as name` and `*` are no part of the door.
        inside = inside.trim_start_matches(|c: char| c != ',' && c != '}');
        assert!(inside.len() < before, "an import that cannot be read: {text}");
    }
}

/// Every path or name in a line of code.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
        .map(|path| path.trim_matches(':'))
        .filter(|path| !path.is_empty())
}

/// The lines of a file that ship: without comments, and without the tests.
fn code(file: &Path) -> Vec<(usize, String)> {
    if file.file_name().is_some_and(|name| name == "tests.rs") || file.iter().any(|part| part == "tests") {
        return Vec::new();
    }
    let text = read(file);
    let shipped = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    shipped
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.split("//").next().unwrap_or_default().to_owned()))
        .filter(|(_, line)| !line.trim().is_empty())
        .collect()
}

/// Every Rust file under a folder of the repository, in order.
fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{folder} has no Rust files: is this the repository's top?");
    found
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("read {}: {error}", file.display()))
}
