//! Logs: from files and programs to lines.

mod clean;
mod encoding;
mod level;
mod lines;
