//! What several themes share: a terminal to run the real program in, a folder with a plan, a small web server, a desk
//! with a cockpit's state on it.

#![allow(dead_code, reason = "a helper may wait for the theme that needs it")]

pub mod demo;
pub mod desk;
pub mod folder;
pub mod http;
pub mod operator;
pub mod outline;
pub mod program;
pub mod pty;
pub mod tools;
