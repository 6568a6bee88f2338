//! Small widgets of our own: a line in pieces, a pane's frame, bars, sparklines, scrolled sheets.

pub mod bar;
pub mod pane;
pub mod sheet;
pub mod spark;
pub mod strip;

pub use pane::{Border, pane};
pub use sheet::Sheet;
pub use strip::Strip;
pub(crate) use strip::head;
