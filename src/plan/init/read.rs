//! The plan once more, as lines of words and as commands, each with its place.

use std::collections::HashMap;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::shell::{self, Simple};
use crate::checklist::{Checklist, Command, PhaseKind};
use crate::command;

/// A line of the plan's own words.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// 1-based; that of the paragraph, if it stands in one.
    pub number: u32,
    /// The words.
    pub text: String,
    /// The heading above and the parent item, for what they are about.
    pub above: String,
    /// It is the step itself, or says more about one.
    pub is_step: bool,
    /// It belongs to a rollback.
    pub is_rollback: bool,
    /// Lines of one block: detail of one item, or one note.
    pub block: usize,
}

/// A program that the plan calls.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// 1-based line.
    pub line: u32,
    /// Program and arguments.
    pub simple: Simple,
    /// The logical command it is part of, as written.
    pub whole: String,
    /// `ssh HOST`, if it runs there.
    pub via: Option<String>,
    /// It belongs to a rollback.
    pub is_rollback: bool,
}

impl Call {
    /// The value of an option by any of its names: the word behind it, or what is glued to it with `=`.
    pub fn after(&self, names: &[&str]) -> Option<&str> {
        let words = self.words();
        let at = words.iter().position(|word| names.contains(word));
        let glued = || {
            names.iter().find_map(|name| words.iter().find_map(|word| word.strip_prefix(&format!("{name}="))))
        };
        at.and_then(|at| words.get(at + 1)).copied().or_else(glued)
    }

    /// Words of the call.
    pub fn words(&self) -> Vec<&str> {
        self.simple.words.iter().map(String::as_str).collect()
    }

    /// The program's name without its folder.
    pub fn program(&self) -> &str {
        let first = self.simple.words.first().map_or("", String::as_str);
        first.rsplit('/').next().unwrap_or(first)
    }
}

/// All lines of words.
pub(super) fn lines(checklist: &Checklist, source: &str) -> Vec<Line> {
    let mut reader = Reader { lines: Vec::new(), block: 0 };
    for note in &checklist.notes {
        reader.note(note.line, &note.text, "", false, false);
    }
    for phase in &checklist.phases {
        let back = phase.kind == PhaseKind::Rollback;
        for note in &phase.notes {
            reader.note(note.line, &note.text, &phase.title, false, back);
        }
        for item in checklist.items.get(phase.items.clone()).unwrap_or_default() {
            let section = item.section.and_then(|at| phase.sections.get(at));
            let heading = section.map_or(phase.title.as_str(), |section| section.title.as_str());
            let parent = item.parent.and_then(|at| checklist.items.get(at));
            let above = format!("{heading}\n{}", parent.map_or("", |parent| parent.text.as_str()));
            reader.block += 1;
            reader.add(item.line, &item.text, &above, true, back);
            for note in &item.detail {
                let above = format!("{above}\n{}", item.text);
                for (n, line) in note.text.lines().enumerate() {
                    reader.add(note.line.saturating_add(number(n)), line, &above, true, back);
                }
            }
        }
    }
    reader.links(source);
    reader.lines.sort_by_key(|line| line.number);
    reader.lines
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

struct Reader {
    lines: Vec<Line>,
    block: usize,
}

impl Reader {
    fn note(&mut self, at: u32, text: &str, above: &str, is_step: bool, is_rollback: bool) {
        self.block += 1;
        for (n, line) in text.lines().enumerate() {
            self.add(at.saturating_add(number(n)), line, above, is_step, is_rollback);
        }
    }

    fn add(&mut self, number: u32, text: &str, above: &str, is_step: bool, is_rollback: bool) {
        let (text, above) = (text.trim().to_owned(), above.to_owned());
        self.lines.push(Line { number, text, above, is_step, is_rollback, block: self.block });
    }

    /// Where links lead is not part of the words that are shown.
    fn links(&mut self, source: &str) {
        for (at, address) in links(source) {
            let near = self.lines.iter().filter(|line| line.number <= at).max_by_key(|line| line.number);
            let Some(near) = near else { continue };
            if near.text.contains(address.trim_end_matches('/')) {
                continue;
            }
            let text = format!("{} {address}", near.text);
            let line = Line { number: at, text, ..near.clone() };
            self.lines.push(line);
        }
    }
}

fn markdown(source: &str) -> impl Iterator<Item = (Event<'_>, std::ops::Range<usize>)> {
    Parser::new_ext(source, Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS).into_offset_iter()
}

/// Lines by the byte they begin at.
struct Places(Vec<usize>);

impl Places {
    fn of(source: &str) -> Places {
        Places(source.match_indices('\n').map(|(at, _)| at + 1).collect())
    }

    fn line(&self, at: usize) -> u32 {
        number(self.0.partition_point(|start| *start <= at) + 1)
    }
}

/// Web addresses that links lead to, with their lines.
fn links(source: &str) -> Vec<(u32, String)> {
    let places = Places::of(source);
    markdown(source)
        .filter_map(|(event, span)| match event {
            Event::Start(Tag::Link { dest_url, .. }) if dest_url.starts_with("http") => {
                Some((places.line(span.start), dest_url.to_string()))
            }
            _ => None,
        })
        .collect()
}

/// Code in the midst of words, with its line.
fn code_spans(source: &str) -> Vec<(u32, String)> {
    let places = Places::of(source);
    let mut spans = Vec::new();
    let mut blocks = 0;
    for (event, span) in markdown(source) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => blocks += 1,
            Event::End(TagEnd::CodeBlock) => blocks -= 1,
            Event::Code(code) if blocks == 0 => spans.push((places.line(span.start), code.to_string())),
            _ => {}
        }
    }
    spans
}

/// All calls of programs: in commands, in code amid words, and named in plain words.
pub(super) fn calls(checklist: &Checklist, source: &str, lines: &[Line]) -> Vec<Call> {
    let mut calls = Vec::new();
    for item in &checklist.items {
        let back = checklist.phases.get(item.phase).is_some_and(|phase| phase.kind == PhaseKind::Rollback);
        for block in &item.commands {
            calls.extend(in_block(block, back));
        }
    }
    let spans = code_spans(source);
    let mut spelled: HashMap<u32, Vec<&str>> = HashMap::new();
    for (line, code) in &spans {
        spelled.entry(*line).or_default().push(code);
        let words = lines.iter().rfind(|other| other.number <= *line);
        let block = Command { language: None, text: code.clone(), line: *line };
        calls.extend(in_block(&block, words.is_some_and(|words| words.is_rollback)));
    }
    for line in lines {
        let code = spelled.get(&line.number).map(Vec::as_slice).unwrap_or_default();
        calls.extend(in_words(line, code));
    }
    calls.sort_by_key(|call| call.line);
    calls.dedup_by(|a, b| a.line == b.line && a.simple == b.simple && a.via == b.via);
    calls
}

/// Languages whose text calls no programs.
const NO_CALLS: [&str; 18] = [
    "json", "yaml", "yml", "toml", "ini", "conf", "nginx", "sql", "psql", "text", "txt", "diff", "xml",
    "html", "hcl", "dns", "zone", "bind",
];

/// Whether a block is a program's text that a shell, of whatever kind, reads.
fn is_shell(block: &Command) -> bool {
    block.language.as_deref().is_none_or(|language| !NO_CALLS.contains(&language))
}

fn in_block(block: &Command, is_rollback: bool) -> Vec<Call> {
    if !is_shell(block) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut there: Option<String> = None;
    for piece in command::pieces(block.language.as_deref(), &block.text) {
        for simple in shell::split(&piece.text) {
            let line = block.line.saturating_add(number(piece.line));
            let whole = piece.text.clone();
            let call = Call { line, simple, whole, via: there.clone(), is_rollback };
            match ssh(&call) {
                Some((host, None)) => {
                    there = Some(host);
                    found.push(call);
                }
                Some((host, Some(rest))) => {
                    let inner = shell::split(&rest).into_iter();
                    found.extend(inner.map(|simple| Call {
                        simple,
                        whole: rest.clone(),
                        via: Some(host.clone()),
                        ..call.clone()
                    }));
                    found.push(call);
                }
                None => found.push(call),
            }
        }
    }
    found
}

/// `ssh` with its options and host as one text, and what runs there.
pub(super) fn ssh(call: &Call) -> Option<(String, Option<String>)> {
    let words = call.words();
    if call.program() != "ssh" {
        return None;
    }
    let mut at = 1;
    let mut kept = vec!["ssh".to_owned()];
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
        let takes = matches!(*word, "-p" | "-i" | "-l" | "-o" | "-F" | "-J" | "-L" | "-R" | "-D" | "-W");
        if matches!(*word, "-L" | "-R" | "-D" | "-W" | "-N" | "-f") {
            return None;
        }
        if takes {
            kept.push((*word).to_owned());
            kept.extend(words.get(at + 1).map(|word| (*word).to_owned()));
        }
        at += if takes { 2 } else { 1 };
    }
    let host = *words.get(at)?;
    let is_host = |c: char| c.is_ascii_alphanumeric() || "@.-_<>${}".contains(c);
    if !host.chars().all(is_host) {
        return None;
    }
    kept.push(host.to_owned());
    let rest = words.get(at + 1..).unwrap_or_default().join(" ");
    Some((kept.join(" "), Some(rest).filter(|rest| !rest.is_empty())))
}

/// Programs that show a file.
pub(super) const SHOWING: [&str; 8] = ["tail", "less", "more", "cat", "lnav", "multitail", "grep", "zgrep"];

/// Programs that are looked for in plain words; what follows tells whether a call is meant.
const NAMED: [&str; 31] = [
    "tail",
    "journalctl",
    "kubectl",
    "oc",
    "az",
    "docker",
    "heroku",
    "gcloud",
    "aws",
    "supervisorctl",
    "systemctl",
    "curl",
    "wget",
    "nslookup",
    "dig",
    "host",
    "nc",
    "telnet",
    "ssh",
    "rsync",
    "rclone",
    "azcopy",
    "gsutil",
    "s5cmd",
    "pg_dump",
    "pg_restore",
    "mongodump",
    "mongorestore",
    "pg_isready",
    "redis-cli",
    "less",
];

/// Words at which a command amid words is over.
const OVER: [&str; 28] = [
    "and", "to", "for", "in", "on", "then", "until", "while", "with", "from", "shows", "show", "returns",
    "again", "or", "is", "as", "by", "works", "work", "if", "should", "→", "—", "–", "of", "the", "a",
];

fn in_words(line: &Line, spelled: &[&str]) -> Vec<Call> {
    let text = line.text.trim_start_matches("- ");
    let tokens: Vec<&str> = text.split_whitespace().collect();
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let program = token.trim_start_matches(['`', '(', '"', '\'']);
        if !NAMED.contains(&program) || spelled.iter().any(|code| code.contains(program)) {
            continue;
        }
        let mut words = vec![program.to_owned()];
        for next in &tokens[at + 1..] {
            let word = next.trim_end_matches([',', ';', '.', ':', ')', '`', '"', '\'']);
            if OVER.contains(&word) || word.is_empty() || word.starts_with('(') {
                break;
            }
            words.push(word.trim_start_matches(['"', '\'', '`']).to_owned());
            if word.len() < next.len() {
                break;
            }
        }
        let simple = Simple { words, ..Simple::default() };
        let whole = simple.words.join(" ");
        found.push(Call { line: line.number, simple, whole, via: None, is_rollback: line.is_rollback });
    }
    found
}
