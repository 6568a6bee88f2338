//! `cutover themes`: which there are, how well each can be read, and all of them on a screen that is real.

mod list;
mod morning;
mod preview;

pub use list::{Listed, list, text};
pub use morning::morning;
pub use preview::preview;

use std::path::Path;

use crate::theme::base16;

/// Longest scheme: a page of text.
const LONGEST: u64 = 64 * 1024;

/// Makes a theme, as TOML, of a base16 or base24 scheme.
///
/// # Errors
/// It cannot be read or used: the file, the line and what is wrong.
pub fn import(file: &Path) -> Result<String, String> {
    let place = file.display();
    let meta =
        std::fs::metadata(file).map_err(|error| format!("the scheme {place} cannot be read: {error}"))?;
    if meta.len() > LONGEST {
        return Err(format!("{place} is no scheme: it is longer than {LONGEST} bytes"));
    }
    let text = std::fs::read_to_string(file)
        .map_err(|error| format!("the scheme {place} cannot be read: {error}"))?;
    base16::import(&text).map_err(|error| format!("the scheme {place} cannot be used: {error}"))
}
