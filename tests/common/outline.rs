//! Checklists written as an outline, for tests that are not about Markdown.

use cutover::checklist::{Checklist, Command, Field, Item, ItemId, Mode, Note, Phase, PhaseKind, Section};

/// A checklist from lines: `# phase`, `## section`, `- item`, `  - nested`, `x ticked`, `$ command`, `> detail`,
/// `~ 5-10` minutes planned. Words before `____` are a blank's label.
pub fn checklist(title: &str, outline: &str) -> Checklist {
    let mut list = Checklist { title: Some(title.to_owned()), mode: Mode::Boxes, ..Checklist::default() };
    let mut parents: Vec<usize> = Vec::new();
    for (number, line) in (1u32..).zip(outline.lines()) {
        let depth = (line.len() - line.trim_start().len()) / 2;
        let line = line.trim();
        let Some((mark, text)) = line.split_once(' ') else { continue };
        let end = list.items.len();
        match mark {
            "#" => {
                let kind = match text {
                    text if text.starts_with("Rollback") => PhaseKind::Rollback,
                    text if text.starts_with("Success") => PhaseKind::Criteria,
                    text if text.starts_with("Sign-off") => PhaseKind::SignOff,
                    _ => PhaseKind::Work,
                };
                list.phases.push(Phase {
                    wait: None,
                    due: None,
                    annotations: Vec::new(),
                    title: text.to_owned(),
                    kind,
                    line: number,
                    items: end..end,
                    sections: Vec::new(),
                    estimate: None,
                    notes: Vec::new(),
                });
                parents.clear();
            }
            "##" => {
                let section = Section {
                    title: text.to_owned(),
                    level: 3,
                    line: number,
                    items: end..end,
                    wait: None,
                    due: None,
                    annotations: Vec::new(),
                };
                list.phases.last_mut().unwrap().sections.push(section);
                parents.clear();
            }
            "~" => {
                let minutes = |part: &str| std::time::Duration::from_secs(part.parse::<u64>().unwrap() * 60);
                let (least, most) = text.split_once('-').unwrap_or((text, text));
                list.phases.last_mut().unwrap().estimate = Some((minutes(least), minutes(most)));
            }
            "$" => {
                let command = Command {
                    language: Some("bash".to_owned()),
                    text: text.replace("\\n", "\n"),
                    line: number,
                };
                list.items.last_mut().unwrap().commands.push(command);
            }
            ">" => {
                list.items.last_mut().unwrap().detail.push(Note { line: number, text: text.to_owned() });
            }
            _ => {
                parents.truncate(depth);
                let phase = list.phases.len() - 1;
                list.items.push(Item {
                    estimate: None,
                    wait: None,
                    due: None,
                    id: ItemId(u64::from(number).to_be_bytes()),
                    phase,
                    section: list.phases[phase].sections.len().checked_sub(1),
                    parent: parents.last().copied(),
                    depth: u8::try_from(parents.len()).unwrap(),
                    text: text.to_owned(),
                    line: number,
                    column: 3,
                    box_span: None,
                    checked: mark == "x",
                    fields: fields(text),
                    commands: Vec::new(),
                    detail: Vec::new(),
                    annotations: Vec::new(),
                });
                parents.push(end);
                list.phases[phase].items.end = end + 1;
                if let Some(section) = list.phases[phase].sections.last_mut() {
                    section.items.end = end + 1;
                }
            }
        }
    }
    list
}

fn fields(text: &str) -> Vec<Field> {
    let parts: Vec<&str> = text.split("________").collect();
    parts[..parts.len() - 1]
        .iter()
        .map(|label| {
            let label = label.trim().trim_matches([',', ':', ' ']).to_owned();
            let secret = label.to_lowercase().contains("token");
            Field { label, span: 0..4, secret }
        })
        .collect()
}
