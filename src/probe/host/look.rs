//! One look at a machine as it comes in: texts of files, and what each place said.

use std::collections::HashMap;
use std::time::Duration;

use super::process::{Running, Units};
use super::space::{Place, Space};

/// Texts of files by their path; what could not be read is not there.
pub(super) type Files = HashMap<String, String>;

/// What is to be looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    /// Files to read.
    pub(super) files: &'a [String],
    /// File systems.
    pub(super) places: &'a [Place],
    /// Processes too.
    pub(super) processes: bool,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: Files,
    /// In the order that was asked for.
    pub(super) spaces: Vec<Told>,
    /// Processes, and what their numbers count in; or why not, as a clause.
    pub(super) processes: Option<Result<(Vec<Running>, Units), String>>,
}

/// What a file system told of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// The newest answer; or why there is none, as a clause.
    pub(super) space: Option<Result<Space, String>>,
    /// It has not answered for so long.
    pub(super) hanging: Option<Duration>,
}
