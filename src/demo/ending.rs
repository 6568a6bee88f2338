//! What comes after a demo: its report, and the question whether anything of it is to stay.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::clock::{Clock, SystemClock};
use crate::report;
use crate::term::Tty;

/// Asks a question and gives the key that answers it.
type Ask<'a> = &'a mut dyn FnMut(&str, &mut dyn Write) -> io::Result<u8>;

const QUESTION: &str = "o opens the report, k keeps everything, enter removes it all: ";

/// Says where the report lies and waits for a key; whether everything is to stay.
pub(super) fn tell(log: &Path, out: &mut dyn Write) -> bool {
    // Standard input has served the cockpit.
    let tty = Tty::open().ok().filter(|tty| io::stdout().is_terminal() && tty.forget().is_ok());
    let told = match tty {
        Some(tty) => told(
            log,
            out,
            Some(&mut |question, out| {
                tty.key(|| {
                    write!(out, "{question}")?;
                    out.flush()
                })
            }),
        ),
        None => told(log, out, None),
    };
    // Nobody reads on: nothing is to stay.
    told.unwrap_or(false)
}

fn told(log: &Path, out: &mut dyn Write, ask: Option<Ask<'_>>) -> io::Result<bool> {
    let report = match written(log) {
        Ok((report, said)) => {
            writeln!(out, "\n{said}\nThe report of this demo: file://{}", report.display())?;
            report
        }
        Err(why) => {
            writeln!(out, "\nThere is no report: {why}")?;
            return Ok(false);
        }
    };
    let Some(ask) = ask else {
        writeln!(out, "Everything that the demo made is removed.")?;
        return Ok(false);
    };
    loop {
        let answer = ask(QUESTION, out)?;
        writeln!(out)?;
        match answer {
            b'o' => match open(&report) {
                Ok(()) => writeln!(out, "It opens in your browser.")?,
                Err(why) => writeln!(out, "{why}: open the path above yourself.")?,
            },
            b'k' => {
                let folder = report.parent().unwrap_or(&report);
                writeln!(out, "Everything stays in {}: remove it when you like.", folder.display())?;
                return Ok(true);
            }
            // Enter, escape, Ctrl-C, Ctrl-D, q; what else was typed was not meant.
            b'\r' | b'\n' | 0x1b | 0x03 | 0x04 | b'q' => {
                writeln!(out, "Removed.")?;
                return Ok(false);
            }
            _ => {}
        }
    }
}

/// Writes the report beside the log; where, and what verifying the log came to.
fn written(log: &Path) -> Result<(PathBuf, String), String> {
    let path = log.with_file_name("report.html");
    let written = report::write_beside(log, &path, &SystemClock.now(), None, None);
    let written = written.map_err(|error| error.to_string())?;
    let intact = written.verification.exit_code() == 0;
    let said = format!(
        "The sign-off log of {} lines is {}.",
        written.lines,
        if intact { "intact" } else { "NOT intact" }
    );
    Ok((path, said))
}

/// Opens a file in the browser of whoever sits here.
fn open(path: &Path) -> Result<(), String> {
    if std::env::var_os("DISPLAY").is_none() && std::env::var_os("WAYLAND_DISPLAY").is_none() {
        return Err("There is no desktop here".to_owned());
    }
    let mut program = Command::new("xdg-open");
    program.arg(path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match program.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("xdg-open ended with {status}")),
        Err(error) => Err(format!("xdg-open cannot be run: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(keys: &str) -> (String, bool) {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("shop.live.signoff.jsonl");
        std::fs::copy("tests/logs/v1.signoff.jsonl", &log).unwrap();
        let mut keys = keys.bytes();
        let mut out = Vec::new();
        let mut ask = |_: &str, _: &mut dyn Write| keys.next().ok_or(io::ErrorKind::UnexpectedEof.into());
        let kept = told(&log, &mut out, Some(&mut ask)).unwrap_or(false);
        (String::from_utf8(out).unwrap(), kept)
    }

    #[test]
    fn what_is_not_kept_goes() {
        let (said, kept) = played("k");
        assert!(kept && said.contains("Everything stays in /"), "{said}");
        assert!(played("yyk").1, "keys that mean nothing are asked again");
        for keys in ["\r", "\n", "\u{3}", "q", "xq", ""] {
            assert!(!played(keys).1, "{keys:?}");
        }
    }
}
