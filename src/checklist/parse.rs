//! Bytes to a checklist.
//!
//! Findings by code. Errors: `binary`, `utf-16`, `no-items`, `empty`. Warnings: `invalid-utf8`, `unclosed-fence`, `unclosed-comment`,
//! `bare-box`, `odd-box`, `box-after-label`, `box-in-table`, `empty-item`, `placeholder`, `lost-annotation`,
//! `unknown-rule`. Worth
//! knowing: `lists`, `page`, `page-chrome`, `quoted-box`,
//! `blank-outside-item`, `unboxed`, `boxes-in-code`, `background`.

use super::block::{Block, Kind};
use super::outline::{self, Node};
use super::read::{Reading, has_boxes};
use super::source::{Flaw, Source};
use super::words::{RULES, Rules};
use super::{
    Checklist, Finding, Mode, Options, PhaseKind, Severity, choices, identity, markdown, page, timing,
};

/// Reads a checklist; whatever the bytes are, it is read as far as it can be, and findings say the rest.
#[must_use]
pub fn parse(bytes: &[u8], options: &Options) -> Checklist {
    document(bytes, options).list
}

/// A checklist with what it was made from.
pub(super) struct Document {
    pub source: Source,
    /// Where the text begins, after the front matter.
    pub from: usize,
    pub blocks: Vec<Block>,
    pub list: Checklist,
}

/// Findings about the text as a whole, as they are collected.
struct Findings<'a> {
    source: &'a Source,
    list: Vec<Finding>,
}

impl Findings<'_> {
    fn add(&mut self, severity: Severity, code: &'static str, at: usize, message: impl Into<String>) {
        let (line, column) = self.source.place(at);
        self.list.push(Finding { severity, code, line, column, message: message.into() });
    }
}

pub(super) fn document(bytes: &[u8], options: &Options) -> Document {
    let (source, flaw) = Source::decode(bytes);
    let source = source.emptied();
    let is_page = page::is_page(&source);
    let (source, unclosed) = if is_page { (source, Vec::new()) } else { source.mended() };
    let mut findings = Findings { source: &source, list: Vec::new() };
    let usable = flawed(flaw.as_ref(), &mut findings);
    if !usable {
        let list = Checklist { findings: findings.list, ..Checklist::default() };
        return Document { source, from: 0, blocks: Vec::new(), list };
    }
    for id in options.phrases_off.iter().filter(|id| !RULES.contains(&id.as_str())) {
        let message = format!("`phrases_off` names no rule `{id}`; there are {}", RULES.join(", "));
        findings.add(Severity::Warning, "unknown-rule", 0, message);
    }
    let front = FrontMatter::of(&source.text);
    let rules = Rules::without(&options.phrases_off);
    for at in unclosed {
        let message =
            "this comment is never closed and is taken to end with its paragraph: close it with `-->`";
        findings.add(Severity::Warning, "unclosed-comment", at, message);
    }
    let blocks = if is_page {
        let page = page::read(&source, front.end, rules);
        about_page(&page, &mut findings);
        page.blocks
    } else {
        let (blocks, open) = markdown::read(&source, front.end);
        for at in open {
            let message = "this code fence is never closed: close it with the same marks";
            findings.add(Severity::Warning, "unclosed-fence", at, message);
        }
        blocks
    };
    let findings = findings.list;
    let list = checklist(&source, &blocks, front.title, findings, options);
    Document { source, from: front.end, blocks, list }
}

/// Says what is wrong with the bytes; whether there is a text to read.
fn flawed(flaw: Option<&Flaw>, findings: &mut Findings<'_>) -> bool {
    match flaw {
        Some(Flaw::Binary(at)) => {
            let message = "NUL bytes: this is not a text; name the Markdown file of the plan";
            findings.add(Severity::Error, "binary", *at, message);
        }
        Some(Flaw::Utf16) => {
            findings.add(Severity::Error, "utf-16", 0, "the text is in UTF-16: save it as UTF-8");
        }
        Some(Flaw::Invalid(at, count)) => {
            let places = crate::text::plural(*count, "place is", "places are");
            let message = format!("{places} not UTF-8 and shown as \u{fffd}: save the file as UTF-8");
            findings.add(Severity::Warning, "invalid-utf8", *at, message);
            return true;
        }
        None => return true,
    }
    false
}

fn about_page(page: &page::Page, findings: &mut Findings<'_>) {
    if let Some(first) = page.chrome.first() {
        let lines = crate::text::plural(page.chrome.len(), "line", "lines");
        let message = format!("{lines} of a web page's frame left out");
        findings.add(Severity::Info, "page-chrome", *first, message);
    }
    let message = format!(
        "text copied from a page: lists are read by their bullets, {} by their place; `cutover new --from` writes it as Markdown",
        crate::text::plural(page.headings, "heading", "headings"),
    );
    findings.add(Severity::Info, "page", 0, message);
}

/// Reads blocks as a checklist.
fn checklist(
    source: &Source,
    blocks: &[Block],
    front_title: Option<String>,
    mut findings: Vec<Finding>,
    options: &Options,
) -> Checklist {
    let rules = Rules::without(&options.phrases_off);
    let mode = options.mode.unwrap_or(if has_boxes(blocks) { Mode::Boxes } else { Mode::Lists });
    let mut nodes = outline::tree(source, blocks, rules);
    let work = work(&nodes, blocks, options, rules);
    let mut reading = Reading::new(source, blocks, rules);
    for (n, node) in nodes.iter_mut().enumerate() {
        let lists = mode == Mode::Lists && work.get(n).copied().unwrap_or_default();
        reading.node(n, node, lists);
    }
    let left_out =
        mode == Mode::Lists && work.iter().zip(&nodes).any(|(work, node)| !work && has_list(blocks, node));
    let Reading { items, homes, findings: found, .. } = reading;
    findings.extend(found);
    let title = outline::title(&nodes).map(|n| nodes[n].title.clone()).filter(|title| !title.is_empty());
    let mut list = Checklist { title: title.or(front_title), mode, items, ..Checklist::default() };
    if list.items.is_empty() {
        let message = if source.text.trim().is_empty() {
            "the file is empty: write the plan's steps as `- [ ] …` under headings"
        } else {
            "no items: write the plan's steps as `- [ ] …` under headings"
        };
        let code = if source.text.trim().is_empty() { "empty" } else { "no-items" };
        findings.push(Finding {
            severity: Severity::Error,
            code,
            line: 1,
            column: 1,
            message: message.to_owned(),
        });
    } else if mode == Mode::Lists && options.mode.is_none() {
        let message =
            "no boxes: the entries of the lists are the items; boxes make it certain (`cutover new --from`)";
        if left_out {
            let message = "some lists were taken for background: name the headings of the work in `sections` of the sidecar if that is wrong";
            let (severity, message) = (Severity::Info, message.to_owned());
            findings.push(Finding { severity, code: "background", line: 1, column: 1, message });
        }
        findings.push(Finding {
            severity: Severity::Info,
            code: "lists",
            line: 1,
            column: 1,
            message: message.to_owned(),
        });
    }
    let paths = outline::paths(&nodes);
    let headings: Vec<Vec<String>> = homes.iter().map(|home| paths[*home].clone()).collect();
    identity::assign(&mut list.items, &headings);
    outline::phases(&mut list, &mut nodes, blocks, rules);
    timing::read(&mut list, rules);
    findings.sort_by_key(|finding| (finding.line, finding.column));
    list.findings = findings;
    choices::read(&mut list, rules);
    list
}

fn has_list(blocks: &[Block], node: &Node) -> bool {
    let blocks = blocks.get(node.blocks.clone()).unwrap_or_default();
    blocks.iter().any(|block| matches!(block.kind, Kind::List { .. }))
}

/// Under which headings the entries of lists are the work.
fn work(nodes: &[Node], blocks: &[Block], options: &Options, rules: Rules<'_>) -> Vec<bool> {
    let title = outline::title(nodes);
    let mut named = vec![false; nodes.len()];
    let mut lists = vec![false; nodes.len()];
    for n in 0..nodes.len() {
        let own = if options.sections.is_empty() {
            n > 0 && title != Some(n) && rules.names_work(&nodes[n].title)
        } else {
            let own = identity::heading(&nodes[n].title);
            n > 0 && options.sections.iter().any(|section| identity::heading(section) == own)
        };
        named[n] = own || nodes[n].parent.is_some_and(|parent| named[parent]);
        lists[n] = has_list(blocks, &nodes[n]);
    }
    let chosen = (0..nodes.len()).any(|n| named[n] && lists[n]);
    let mut legend = vec![false; nodes.len()];
    (0..nodes.len())
        .map(|n| {
            legend[n] =
                rules.names_legend(&nodes[n].title) || nodes[n].parent.is_some_and(|parent| legend[parent]);
            // Under a heading named so, work stands; elsewhere only the parts that a plan always has.
            if chosen { named[n] || nodes[n].kind != PhaseKind::Work } else { !legend[n] }
        })
        .collect()
}

/// What stands between `---` lines at the top.
struct FrontMatter {
    end: usize,
    title: Option<String>,
}

impl FrontMatter {
    fn of(text: &str) -> FrontMatter {
        let none = FrontMatter { end: 0, title: None };
        let mut at = 0;
        let mut title = None;
        for (n, line) in text.split_inclusive('\n').enumerate() {
            at += line.len();
            let line = line.trim_end();
            match (n, line) {
                (0, "---") => {}
                (0, _) => return none,
                (_, "---" | "...") => return FrontMatter { end: at, title },
                // Front matter has keys; a rule with a paragraph below has not.
                (1, line) if !line.contains(':') && !line.starts_with('#') => return none,
                _ => {
                    if let Some(value) = line.strip_prefix("title:") {
                        let value = value.trim().trim_matches(['"', '\'']);
                        title = (!value.is_empty()).then(|| value.to_owned());
                    }
                }
            }
        }
        none
    }
}
