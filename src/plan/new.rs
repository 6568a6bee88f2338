//! A plan written from a page.

use std::path::Path;

use super::PlanError;
use super::load::read;

/// Reads a page copied from a browser, or any checklist, and writes it as Markdown with boxes.
///
/// # Errors
///
/// The file cannot be read.
pub fn from_page(path: &Path) -> Result<String, PlanError> {
    Ok(crate::checklist::page::markdown(&read(path)?))
}
