//! A program's outputs as they come, here or on another host.

use std::process::Stdio;

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::hold::Input;
use crate::probe::exec::{Held, not_run};
use crate::probe::fault::{Fault, plain};
use crate::probe::net::Net;
use crate::probe::ssh::Remote;

/// Numbers and words as the adapters know them, whatever the user's language.
pub(super) const LOCALE: (&str, &str) = ("LC_ALL", "C.UTF-8");

/// Bytes kept of the end of standard error, for words about an end.
const LAST_WORDS: usize = 4096;

/// Bytes read at once.
const CHUNK: usize = 64 * 1024;

/// Which of its outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    Standard,
    Error,
}

/// How a program ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// 128 + n for signal n.
    pub(super) code: i32,
    /// The end of what it wrote to standard error.
    pub(super) words: String,
}

/// Runs `argv` to its end and passes on what it writes; words if it cannot be run.
///
/// Dropped, it ends the program and all it started.
pub(super) async fn run(
    net: &Net,
    via: Option<&[String]>,
    argv: &[String],
    environment: &[(&str, &str)],
    hear: &mut (dyn FnMut(Output, &[u8]) + Send),
) -> Result<Ended, String> {
    let mut last = Vec::new();
    let mut hear = |which: Output, bytes: &[u8]| {
        if which == Output::Error {
            last.extend_from_slice(bytes);
            let over = last.len().saturating_sub(LAST_WORDS);
            last.drain(..over);
        }
        hear(which, bytes);
    };
    let (held, remote) = if let Some(via) = via {
        let mut there = vec!["env".to_owned(), format!("{}={}", LOCALE.0, LOCALE.1)];
        there.extend(argv.iter().cloned());
        let remote = Remote::new(&net.masters, &net.holder, via, &there).await.map_err(words)?;
        (Held::start(&net.holder, Input::Open, &remote.argv, Stdio::piped), Some(remote))
    } else {
        let mut all = vec![LOCALE];
        all.extend_from_slice(environment);
        (Held::start_in(&net.holder, Input::Null, argv, &all, Stdio::piped), None)
    };
    let code = listen(held.map_err(words)?, &mut hear).await?;
    let said = String::from_utf8_lossy(&last).into_owned();
    let end = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    let failed = remote.map_or_else(|| not_run(code, end), |remote| remote.failed(code, end));
    failed.map_or(Ok(Ended { code, words: said.clone() }), |fault| Err(words(fault)))
}

/// Reads both outputs to their ends, and waits for the program's.
async fn listen(mut held: Held, hear: &mut (dyn FnMut(Output, &[u8]) + Send)) -> Result<i32, String> {
    let (mut out, mut err) = held.outputs();
    let (mut from_out, mut from_err) = (vec![0; CHUNK], vec![0; CHUNK]);
    let lost = |error: std::io::Error| format!("lost the program's output: {}", plain(&error));
    while out.is_some() || err.is_some() {
        tokio::select! {
            // Errors first: that a file begins anew is said before what then stands in it.
            biased;
            read = next(&mut err, &mut from_err), if err.is_some() => match read.map_err(lost)? {
                0 => err = None,
                read => hear(Output::Error, &from_err[..read]),
            },
            read = next(&mut out, &mut from_out), if out.is_some() => match read.map_err(lost)? {
                0 => out = None,
                read => hear(Output::Standard, &from_out[..read]),
            },
        }
    }
    held.wait().await.map_err(lost)?.ok_or_else(|| "the program's holder was killed".to_owned())
}

async fn next(pipe: &mut Option<impl AsyncRead + Unpin>, buffer: &mut [u8]) -> std::io::Result<usize> {
    match pipe {
        Some(pipe) => pipe.read(buffer).await,
        None => Ok(0),
    }
}

/// A fault as a clause.
pub(super) fn words(fault: Fault) -> String {
    match fault {
        Fault::NoAnswer { why, .. } | Fault::Broken(why) => why,
        Fault::Unacceptable(miss) => miss.saw,
    }
}
