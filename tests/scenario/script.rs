//! A script's text as steps.

use std::time::Duration;

/// A script.
pub struct Script {
    pub plan: String,
    pub sidecar: String,
    pub steps: Vec<Step>,
}

/// One line of it.
pub struct Step {
    /// 1-based line, for messages.
    pub line: usize,
    /// The first word.
    pub verb: String,
    /// What follows it.
    pub rest: String,
}

impl Step {
    /// The words after the verb.
    pub fn words(&self) -> Vec<&str> {
        self.rest.split_whitespace().collect()
    }

    /// The rest in two at a mark.
    pub fn halves(&self, mark: &str) -> (&str, &str) {
        let halves = self.rest.split_once(mark);
        halves.unwrap_or_else(|| panic!("line {}: {:?} has no {mark:?}", self.line, self.rest))
    }
}

/// Reads a script.
pub fn read(text: &str) -> Script {
    let mut script = Script { plan: String::new(), sidecar: String::new(), steps: Vec::new() };
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "plan" => script.plan = std::fs::read_to_string(rest).unwrap(),
            "sidecar" if !rest.is_empty() => script.sidecar = std::fs::read_to_string(rest).unwrap(),
            "sidecar" => {
                for (_, line) in lines.by_ref().take_while(|(_, line)| line.trim() != "end") {
                    script.sidecar.push_str(line);
                    script.sidecar.push('\n');
                }
            }
            _ => {
                let (verb, rest) = (verb.to_owned(), rest.trim().to_owned());
                script.steps.push(Step { line: at + 1, verb, rest });
            }
        }
    }
    script
}

/// A span of time as the sidecar writes it.
pub fn span(text: &str) -> Duration {
    cutover::text::parse_duration(text.trim_start_matches('-')).unwrap()
}
