//! How grave a line is: its own word for it first, else what it says.
//!
//! In this order: the sidecar's path, a level in JSON or in `key=value` form, the marks of formats that have one (a
//! syslog priority, klog, Ruby), the status of an HTTP access line, a level's word where such words stand, and last
//! the words that mean failure wherever they stand. The sidecar's `errors` decides alone which lines are errors.

mod access;
mod mark;
mod members;
mod words;

use std::ops::ControlFlow;

use memchr::memmem;
use regex::Regex;

pub(super) use members::{Value, members};

use crate::sample::log::Level;

/// Tells the level of each line of a source.
#[derive(Clone, Debug, Default)]
pub(super) struct Levels {
    errors: Option<Regex>,
    /// Where a structured line has its level: the keys on the way, and all in one.
    path: Option<(Vec<String>, String)>,
}

impl Levels {
    /// By the sidecar's `errors` and `level`.
    pub(super) fn new(errors: Option<Regex>, path: Option<&str>) -> Levels {
        let path = path.map(|path| {
            let path = path.trim_start_matches('$').trim_start_matches('.');
            (path.split('.').map(str::to_owned).collect(), path.to_owned())
        });
        Levels { errors, path }
    }

    /// The level of a clean line.
    pub(super) fn of(&self, line: &str) -> Level {
        let level = self.at_path(line).unwrap_or_else(|| guess(line.as_bytes()));
        match &self.errors {
            Some(errors) if errors.is_match(line) => level.max(Level::Error),
            Some(_) => level.min(Level::Warning),
            None => level,
        }
    }

    fn at_path(&self, line: &str) -> Option<Level> {
        let (path, whole) = self.path.as_ref()?;
        let mut found = None;
        if let Some(open) = line.find('{') {
            members(&line.as_bytes()[open..], &mut |keys, value| {
                let nested =
                    keys.len() == path.len() && keys.iter().zip(path).all(|(a, b)| *a == b.as_bytes());
                if nested || keys == [whole.as_bytes()] {
                    found = value.level();
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            });
        }
        found.or_else(|| {
            let at = memmem::find_iter(line.as_bytes(), whole).find(|at| {
                line.as_bytes()[at + whole.len()..].first() == Some(&b'=')
                    && (*at == 0 || line.as_bytes()[at - 1] == b' ')
            })?;
            words::value(&line.as_bytes()[at + whole.len()..])
        })
    }
}

/// The level of a line that nobody has said anything about.
fn guess(line: &[u8]) -> Level {
    let line = line.trim_ascii_start();
    match line.first() {
        None => return Level::None,
        Some(b'{') => {
            if let Some(level) = of_json(line) {
                return level;
            }
        }
        Some(_) => {}
    }
    let (line, marked) = mark::of(line);
    if let Some(level) = marked {
        return level;
    }
    if line.first() == Some(&b'{')
        && let Some(level) = of_json(line)
    {
        return level;
    }
    // A request that is quoted and answered: a level may stand before it, its own words mean nothing.
    if memchr::memchr(b'"', line).is_some()
        && let Some(status) = access::status(line)
    {
        return words::leading(line).unwrap_or_default().max(answered(status));
    }
    let words = words::of(line);
    let status = || access::status(line).or_else(|| access::bare_status(line));
    words.unwrap_or_else(|| status().map_or(Level::None, answered))
}

/// The level of a request by how it was answered.
fn answered(status: u16) -> Level {
    match status {
        500.. => Level::Error,
        400.. => Level::Warning,
        _ => Level::Info,
    }
}

/// What a JSON object says of its level; `None` if it does not.
fn of_json(line: &[u8]) -> Option<Level> {
    let mut level = None;
    let mut failed = false;
    let mut inner = None;
    members(line, &mut |keys, value| {
        match keys {
            [key] | [b"log" | b"event" | b"@fields" | b"fields", key] if members::names_level(key, value) => {
                level = match *key {
                    b"levelno" => value.number().map(python),
                    b"severityNumber" | b"severity_number" => value.number().map(telemetry),
                    b"priority" | b"PRIORITY" => value.number().and_then(syslog).or_else(|| value.level()),
                    _ => value.level(),
                };
                if level.is_some() {
                    return ControlFlow::Break(());
                }
            }
            [b"error" | b"err" | b"exception" | b"stack" | b"stack_trace" | b"exc_info"] => {
                failed |= !value.is_nothing();
            }
            // A container's wrapping of somebody's line.
            [b"log" | b"MESSAGE" | b"message" | b"msg"] => {
                if let Value::Text(text) = value {
                    inner = inner.or(Some(text));
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    });
    if level.is_none_or(|level| level < Level::Error)
        && let Some(status) = access::json_status(line)
    {
        let by_status = if status >= 500 { Level::Error } else { Level::Warning };
        return Some(by_status.max(level.unwrap_or_default()));
    }
    level.or_else(|| failed.then_some(Level::Error)).or_else(|| {
        inner.map(|inner| guess(&inner[..inner.len().min(words::HEAD)])).filter(|level| *level != Level::None)
    })
}

/// syslog and journald: 0 is an emergency, 7 is for debugging (RFC 5424, 6.2.1).
fn syslog(severity: u64) -> Option<Level> {
    Some(match severity {
        0..=2 => Level::Fatal,
        3 => Level::Error,
        4 => Level::Warning,
        5 => Level::Notice,
        6 => Level::Info,
        7 => Level::Debug,
        _ => return None,
    })
}

/// Python's `levelno`.
fn python(number: u64) -> Level {
    match number {
        50.. => Level::Fatal,
        40.. => Level::Error,
        30.. => Level::Warning,
        20.. => Level::Info,
        10.. => Level::Debug,
        _ => Level::Trace,
    }
}

/// OpenTelemetry's severity numbers: four to a level.
fn telemetry(number: u64) -> Level {
    match number {
        21.. => Level::Fatal,
        17.. => Level::Error,
        13.. => Level::Warning,
        9.. => Level::Info,
        5.. => Level::Debug,
        1.. => Level::Trace,
        0 => Level::None,
    }
}

/// A number that stands for a level: syslog's below 8, pino's and bunyan's to 60, Monolog's from 100.
fn numbered(number: u64) -> Option<Level> {
    Some(match number {
        0..8 => return syslog(number),
        8..20 => Level::Trace,
        20..30 | 100..200 => Level::Debug,
        30..40 | 200..250 => Level::Info,
        250..300 => Level::Notice,
        40..50 | 300..400 => Level::Warning,
        50..60 | 400..500 => Level::Error,
        60..100 | 500..=600 => Level::Fatal,
        _ => return None,
    })
}

/// A level by its name, whole and in any case.
pub(super) fn named(word: &[u8]) -> Option<Level> {
    let mut lower = [0; 13];
    let lower = lower.get_mut(..word.len())?;
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    Some(match &*lower {
        b"t" | b"trace" | b"trc" | b"trce" | b"trac" | b"finer" | b"finest" => Level::Trace,
        b"d" | b"debug" | b"dbg" | b"dbug" | b"debu" | b"fine" | b"verbose" | b"vrb" | b"v" => Level::Debug,
        b"debug1" | b"debug2" | b"debug3" | b"debug4" | b"debug5" | b"d1" | b"d2" | b"d3" | b"d4" | b"d5" => {
            Level::Debug
        }
        b"i" | b"info" | b"inf" | b"information" | b"informational" | b"note" | b"log" | b"system" => {
            Level::Info
        }
        b"notice" => Level::Notice,
        b"w" | b"warn" | b"warning" | b"wrn" => Level::Warning,
        b"e" | b"error" | b"err" | b"eror" | b"erro" | b"severe" | b"fail" => Level::Error,
        b"f" | b"c" | b"a" | b"fatal" | b"ftl" | b"fata" | b"critical" | b"crit" | b"alert" | b"emerg"
        | b"emergency" | b"panic" | b"pani" | b"dpanic" => Level::Fatal,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
