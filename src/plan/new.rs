//! A plan written from a page.

use std::path::Path;

use super::PlanError;
use super::load::{alone, read};

/// Reads a page copied from a browser, or any checklist, and writes it as Markdown with boxes.
///
/// # Errors
///
/// The file is missing, unreadable, empty or no text.
pub fn from_page(path: &Path) -> Result<String, PlanError> {
    // Empty and binary files are refused as for a plan.
    alone(path)?;
    Ok(crate::checklist::page::markdown(&read(path)?))
}
