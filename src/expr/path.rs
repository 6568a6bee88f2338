//! Ways into a JSON document: `.key`, `["key"]`, `[0]`, `[*]`.
//!
//! The steps are walked here rather than by a `JSONPath` query, whose answer leaves out the elements that lack a key:
//! `items[*].state == ready` would pass with one item that has no state.

use std::fmt;

use serde_json::Value as Json;

use super::ExprError;

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// A member of an object.
    Key(String),
    /// An element of an array; negative ones count from the end.
    Index(i64),
    /// Every element of an array.
    Every,
}

/// A way into a JSON document, by itself: `summary.missing`, `$.tasks[0].failed`, `tasks[*].failed`.
#[derive(Clone, Debug, PartialEq)]
pub struct Path(Vec<Segment>);

impl Path {
    /// Reads a path; `$.` before it may be left out.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong, where it stands and what is expected there.
    pub fn parse(text: &str) -> Result<Path, ExprError> {
        super::parse::path(text).map(Path)
    }

    /// What it leads to in `root`, in order: one value, or one for each element that a `[*]` meets; `None` where there
    /// is nothing.
    #[must_use]
    pub fn values<'a>(&self, root: &'a Json) -> Vec<Option<&'a Json>> {
        walk(root, &self.0).into_iter().map(|found| found.value).collect()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        self.0.iter().try_for_each(|segment| f.write_str(&show(segment)))
    }
}

/// A value that the path leads to, or how far it led.
#[derive(Clone, Debug, PartialEq)]
pub struct Found<'a> {
    /// The value; `None` if there is nothing.
    pub value: Option<&'a Json>,
    /// The path with its indices filled in.
    pub at: String,
}

/// All values that `path` leads to, in order; empty only if a `[*]` met an array without elements.
pub fn walk<'a>(root: &'a Json, path: &[Segment]) -> Vec<Found<'a>> {
    let mut found = vec![Found { value: Some(root), at: String::new() }];
    for segment in path {
        found = found.into_iter().flat_map(|from| step(from, segment)).collect();
    }
    found
}

fn step<'a>(from: Found<'a>, segment: &Segment) -> Vec<Found<'a>> {
    // What is not there stays at the place where it went missing.
    let Some(value) = from.value else { return vec![from] };
    let at = |part: &str| format!("{}{part}", from.at);
    match (segment, value) {
        (Segment::Every, Json::Array(all)) => all
            .iter()
            .enumerate()
            .map(|(n, value)| Found { value: Some(value), at: at(&format!("[{n}]")) })
            .collect(),
        (Segment::Every, _) => vec![Found { value: None, at: at("[*]") }],
        (Segment::Key(key), _) => vec![Found { value: value.get(key), at: at(&show(segment)) }],
        (Segment::Index(index), Json::Array(all)) => {
            let index = usize::try_from(*index)
                .ok()
                .or_else(|| all.len().checked_sub(usize::try_from(index.unsigned_abs()).ok()?));
            vec![Found { value: index.and_then(|n| all.get(n)), at: at(&show(segment)) }]
        }
        (Segment::Index(_), _) => vec![Found { value: None, at: at(&show(segment)) }],
    }
}

/// A step as it is written.
pub fn show(segment: &Segment) -> String {
    match segment {
        Segment::Key(key) if !key.is_empty() && key.chars().all(is_key) => format!(".{key}"),
        Segment::Key(key) => format!("[\"{}\"]", key.replace('\\', "\\\\").replace('"', "\\\"")),
        Segment::Index(index) => format!("[{index}]"),
        Segment::Every => "[*]".to_owned(),
    }
}

/// Characters of a key that needs no quotes.
pub fn is_key(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !".[](){}=!<>,\"'".contains(c)
}
