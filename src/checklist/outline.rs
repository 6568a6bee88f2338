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
        open.push(nodes.len());
        nodes.push(Node {
            title,
            level: *level,
            line,
            parent: Some(parent),
            kind,
            blocks: n + 1..n + 1,
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
    let mut children = vec![Vec::new(); nodes.len()];
    for n in 1..nodes.len() {
        children[nodes[n].parent.unwrap_or(0)].push(n);
    }
    let with_items = |n: usize| {
        children[n].iter().copied().filter(|child| !nodes[*child].all.is_empty()).collect::<Vec<_>>()
    };
    let mut top = title(nodes).unwrap_or(0);
    if nodes[top].all != nodes[0].all {
        top = 0;
    }
    loop {
        let below = with_items(top);
        let [only] = below[..] else { break };
        let groups = with_items(only).len() + usize::from(!nodes[only].items.is_empty());
        if !nodes[top].items.is_empty() || groups < 2 || with_items(only).is_empty() {
            break;
        }
        top = only;
    }
    let mut heads = Vec::new();
    // Items above every heading that divides, under the headings on the way down.
    let mut way = vec![top];
    while let Some(parent) = way.last().and_then(|n| nodes[*n].parent) {
        way.push(parent);
    }
    if way.iter().any(|n| !nodes[*n].items.is_empty()) {
        heads.push((top, false));
    }
    let mut below = with_items(top);
    if top == 0
        && let Some(title) = title(nodes)
        && nodes[title].all != nodes[0].all
    {
        below = with_items(0);
    }
    heads.extend(below.into_iter().map(|n| (n, true)));

    let mut phase_of = vec![None; nodes.len()];
    for (head, whole) in heads {
        let phase = list.phases.len();
        let end =
            (head + 1..nodes.len()).find(|n| nodes[*n].level <= nodes[head].level).unwrap_or(nodes.len());
        let members = if whole { head..end } else { head..head + 1 };
        let items = if whole {
            nodes[head].all.clone()
        } else {
            let own = way.iter().filter(|n| !nodes[**n].items.is_empty()).map(|n| nodes[*n].items.clone());
            own.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)).unwrap_or_default()
        };
        let mut sections = Vec::new();
        let mut notes = Vec::new();
        let mut estimate = None;
        for n in members {
            phase_of[n] = Some(phase);
            let node = &nodes[n];
            if n != head {
                if node.all.is_empty() {
                    notes.push(Note { line: node.line, text: node.title.clone() });
                } else {
                    sections.push(Section {
                        title: node.title.clone(),
                        level: node.level,
                        line: node.line,
                        items: node.items.clone(),
                    });
                }
            }
            notes.extend(node.notes.iter().cloned());
            if n == head && whole {
                estimate = planned(node, blocks, rules);
            }
        }
        if !whole {
            for n in &way {
                phase_of[*n] = Some(phase);
            }
        }
        let title = match nodes[head].title.as_str() {
            "" => list.title.clone().unwrap_or_default(),
            title => title.to_owned(),
        };
        for index in items.clone() {
            list.items[index].phase = phase;
            list.items[index].section =
                sections.iter().position(|section: &Section| section.items.contains(&index));
        }
        let kind = nodes[head].kind;
        list.phases.push(Phase { title, kind, line: nodes[head].line, items, sections, estimate, notes });
    }
    let named = title(nodes);
    list.notes = nodes
        .iter()
        .enumerate()
        .filter(|(n, _)| phase_of[*n].is_none())
        .flat_map(|(n, node)| {
            let head =
                (n > 0 && Some(n) != named).then(|| Note { line: node.line, text: node.title.clone() });
            head.into_iter().chain(node.notes.iter().cloned())
        })
        .collect();
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

/// The headings above an item, as identity sees them: all but a title.
pub(super) fn path(nodes: &[Node], mut n: usize) -> Vec<String> {
    let title = title(nodes);
    let mut path = Vec::new();
    while n > 0 {
        if Some(n) != title {
            path.push(super::identity::heading(&nodes[n].title));
        }
        n = nodes[n].parent.unwrap_or(0);
    }
    path.reverse();
    path
}
