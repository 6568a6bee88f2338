//! All integration tests, one file a theme, linked once.

mod common;
mod report;
mod signoff;
