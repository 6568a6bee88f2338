//! Headings: the tree they make, and which of them are the phases.

use std::ops::Range;

use super::block::{Block, Kind};
use super::source::Source;
use super::words::Rules;
use super::{Checklist, Note, Phase, PhaseKind, Section};

/// A heading with what stands directly under it. The first one of a tree is the file itself.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub title: String,
    pub level: u8,
    pub line: u32,
    pub parent: Option<usize>,
    /// The part that its own words, or those of a heading above, give it.
    pub kind: PhaseKind,
    /// Blocks directly under it.
    pub blocks: Range<usize>,
    /// Items directly under it.
    pub items: Range<usize>,
    /// Items under it and under the headings below it.
    pub all: Range<usize>,
    pub notes: Vec<Note>,
    /// Its own annotations.
    pub annotations: Vec<String>,
}

/// The headings of a document.
pub(super) fn tree(source: &Source, blocks: &[Block], rules: Rules<'_>) -> Vec<Node> {
    let mut nodes = vec![Node { line: 1, ..Node::default() }];
    let mut open = vec![0];
    for (n, block) in blocks.iter().enumerate() {
        let Kind::Heading { level, text } = &block.kind else { continue };
        if let Some(last) = nodes.last_mut() {
            last.blocks.end = n;
        }
        while open.len() > 1 && open.last().is_some_and(|last| nodes[*last].level >= *level) {
            open.pop();
        }
        let parent = open.last().copied().unwrap_or(0);
        let title = text.one_line().trim_end_matches(['#', ' ']).to_owned();
        let own = rules.kind(&title);
        let kind = if own == PhaseKind::Work && *level > 1 { nodes[parent].kind } else { own };
        let line = source.line(block.span.start);
        let comments = text.comments.iter().filter_map(|(_, comment)| {
            let inner = comment.strip_prefix("<!--").unwrap_or(comment);
            inner.strip_suffix("-->").unwrap_or(inner).trim().strip_prefix("cutover:")
        });
        let annotations = comments.map(|said| said.trim().to_owned()).collect();
        open.push(nodes.len());
        nodes.push(Node {
            title,
            level: *level,
            line,
            parent: Some(parent),
            kind,
            blocks: n + 1..n + 1,
            annotations,
            ..Node::default()
        });
    }
    if let Some(last) = nodes.last_mut() {
        last.blocks.end = blocks.len();
    }
    // A whole document is not a rollback because its title speaks of one.
    if let Some(title) = title(&nodes) {
        let was = std::mem::take(&mut nodes[title].kind);
        for n in title + 1..nodes.len() {
            let above = nodes[n].parent.map_or(PhaseKind::Work, |parent| nodes[parent].kind);
            if nodes[n].kind == was && rules.kind(&nodes[n].title) == PhaseKind::Work {
                nodes[n].kind = above;
            }
        }
    }
    nodes
}

/// The heading that names the document: the first, if no other stands as high.
pub(super) fn title(nodes: &[Node]) -> Option<usize> {
    let first = nodes.get(1)?;
    let alone = nodes[2..].iter().all(|node| node.level > first.level);
    // A short document with one heading has a phase rather than a title, unless it is a top heading.
    (alone && (first.level == 1 || nodes.len() > 2)).then_some(1)
}

/// Counts items upwards. Items are in document order, so every range is one piece.
pub(super) fn sum(nodes: &mut [Node]) {
    for node in nodes.iter_mut() {
        node.all = node.items.clone();
    }
    for n in (1..nodes.len()).rev() {
        let all = nodes[n].all.clone();
        if let Some(parent) = nodes[n].parent
            && !all.is_empty()
        {
            let own = nodes[parent].all.clone();
            nodes[parent].all =
                if own.is_empty() { all } else { own.start.min(all.start)..own.end.max(all.end) };
        }
    }
}

/// Makes phases of the shallowest headings that divide the items, and tells every item where it stands.
pub(super) fn phases(list: &mut Checklist, nodes: &mut [Node], blocks: &[Block], rules: Rules<'_>) {
    sum(nodes);
    let nodes = &*nodes;
    let named = title(nodes);
    let mut placed = vec![false; nodes.len()];
    for head in heads(nodes) {
        let phase = list.phases.len();
        let first = head.members[0];
        let mut sections = Vec::new();
        let mut text = Vec::new();
        for n in head.members.iter().copied() {
            placed[n] = true;
            let node = &nodes[n];
            let inside = n != first && head.whole;
            if inside && node.all.is_empty() {
                text.push(Note { line: node.line, text: node.title.clone() });
            } else if inside {
                for index in node.items.clone() {
                    list.items[index].section = Some(sections.len());
                }
                let (title, level, line) = (node.title.clone(), node.level, node.line);
                let (items, annotations) = (node.items.clone(), node.annotations.clone());
                let (wait, due) = (None, None);
                sections.push(Section { title, level, line, items, wait, due, annotations });
            }
            text.extend(node.notes.iter().cloned());
        }
        for item in &mut list.items[head.items.clone()] {
            item.phase = phase;
        }
        let top = if head.whole { first } else { head.members.last().copied().unwrap_or(first) };
        let node = &nodes[top];
        let own = if node.title.is_empty() { list.title.as_deref().unwrap_or(UNNAMED) } else { &node.title };
        list.phases.push(Phase {
            title: head
                .under
                .map_or_else(|| own.to_owned(), |above| format!("{}: {own}", nodes[above].title)),
            kind: node.kind,
            line: node.line,
            items: head.items,
            sections,
            estimate: planned(node, blocks, rules),
            wait: None,
            due: None,
            annotations: node.annotations.clone(),
            notes: text,
        });
    }
    let outside = nodes.iter().enumerate().filter(|(n, _)| !placed[*n]);
    list.notes = outside
        .flat_map(|(n, node)| {
            let head =
                (n > 0 && Some(n) != named).then(|| Note { line: node.line, text: node.title.clone() });
            head.into_iter().chain(node.notes.iter().cloned())
        })
        .collect();
}

/// The phase of items in a file without headings or title.
const UNNAMED: &str = "Checklist";

/// The headings that become one phase.
struct Head {
    /// The phase's heading and those below it; or, for items above every heading that divides, the way down to them.
    members: Vec<usize>,
    items: Range<usize>,
    whole: bool,
    /// A phase of another kind that this one was cut off from.
    under: Option<usize>,
}

fn heads(nodes: &[Node]) -> Vec<Head> {
    let mut children = vec![Vec::new(); nodes.len()];
    for n in 1..nodes.len() {
        if !nodes[n].all.is_empty() {
            children[nodes[n].parent.unwrap_or(0)].push(n);
        }
    }
    let mut top = title(nodes).filter(|title| !nodes[*title].all.is_empty()).unwrap_or(0);
    // A heading that stands alone over all the others divides nothing.
    while let [only] = children[top][..]
        && nodes[top].items.is_empty()
        && !children[only].is_empty()
        && children[only].len() + usize::from(!nodes[only].items.is_empty()) > 1
    {
        top = only;
    }
    let mut way = vec![top];
    while let Some(parent) = way.last().and_then(|n| nodes[*n].parent) {
        way.push(parent);
    }
    way.reverse();
    let mut heads = Vec::new();
    let own = way.iter().map(|n| nodes[*n].items.clone()).filter(|items| !items.is_empty());
    if let Some(items) = own.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)) {
        heads.push(Head { members: way, items, whole: false, under: None });
    }
    for n in children[top].iter().copied() {
        let end =
            (n + 1..nodes.len()).find(|other| nodes[*other].level <= nodes[n].level).unwrap_or(nodes.len());
        // A rollback at the end of a phase is not part of its progress.
        let other = children[n].last().copied().filter(|last| nodes[*last].kind != nodes[n].kind);
        let all = nodes[n].all.clone();
        if let Some(last) = other.filter(|last| nodes[*last].all.start > all.start) {
            let items = all.start..nodes[last].all.start;
            heads.push(Head { members: (n..last).collect(), items, whole: true, under: None });
            let items = nodes[last].all.clone();
            heads.push(Head { members: (last..end).collect(), items, whole: true, under: Some(n) });
        } else {
            heads.push(Head { members: (n..end).collect(), items: all, whole: true, under: None });
        }
    }
    heads
}

/// The planned duration that a heading, or a paragraph directly under it, states.
fn planned(
    node: &Node,
    blocks: &[Block],
    rules: Rules<'_>,
) -> Option<(std::time::Duration, std::time::Duration)> {
    let stated = blocks.get(node.blocks.clone())?.iter().find_map(|block| match &block.kind {
        Kind::Paragraph(text) => rules.estimate(&text.text, false),
        Kind::Quote(inner) => inner.iter().find_map(|block| match &block.kind {
            Kind::Paragraph(text) => rules.estimate(&text.text, false),
            _ => None,
        }),
        _ => None,
    });
    stated.or_else(|| rules.estimate(&node.title, true))
}

/// The headings over what stands under each heading, as identity sees them: all but a title.
pub(super) fn paths(nodes: &[Node]) -> Vec<Vec<String>> {
    let title = title(nodes);
    let mut paths: Vec<Vec<String>> = Vec::with_capacity(nodes.len());
    for (n, node) in nodes.iter().enumerate() {
        let mut path = node.parent.and_then(|parent| paths.get(parent)).cloned().unwrap_or_default();
        if n > 0 && Some(n) != title {
            path.push(super::identity::heading(&node.title));
        }
        paths.push(path);
    }
    paths
}
