//! What `/proc` tells of a process that copies: how far it is in the files that it reads, and what it read and wrote.
//!
//! Source: proc(5). The position of a file that is read by `pread`, `mmap` or several threads does not move, and files
//! of another user's process are seen by root only.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use regex::Regex;

use crate::hold;
use crate::hold::outlive::{self, Identity};

/// Inputs counted of a process: a server with more is no copy.
const INPUTS: usize = 64;

/// One look at a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// `R`, `S`, `D`, `T`, …
    pub(super) state: char,
    /// When it began, in ticks after the boot: what tells it from another of the same number.
    pub(super) start: u64,
    /// The regular files that it reads, the largest first.
    pub(super) inputs: Vec<Input>,
    /// Bytes that it read and wrote, whatever with.
    pub(super) moved: Option<Moved>,
    /// Its files may not be seen.
    pub(super) is_hidden: bool,
}

/// A file that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Input {
    pub(super) path: String,
    pub(super) position: u64,
    pub(super) size: u64,
}

/// `/proc/PID/io`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moved {
    pub(super) read: u64,
    pub(super) written: u64,
}

impl Facts {
    /// Looks at a process of this host; `None` if there is none of this number.
    pub(super) fn of(pid: u32) -> io::Result<Option<Facts>> {
        let at = Path::new("/proc").join(pid.to_string());
        let line = match fs::read_to_string(at.join("stat")) {
            Err(error) if is_gone(&error) => return Ok(None),
            line => line?,
        };
        let Some((state, start)) = outlive::state_and_start(&line) else { return Ok(None) };
        let mut facts = Facts { state, start, ..Facts::default() };
        match inputs(&at) {
            Ok(inputs) => facts.inputs = sorted(inputs),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => facts.is_hidden = true,
            Err(error) if is_gone(&error) => return Ok(None),
            Err(error) => return Err(error),
        }
        facts.moved = fs::read_to_string(at.join("io")).ok().and_then(|text| moved(&text));
        Ok(Some(facts))
    }

    /// Reads what [`SCRIPT`] printed of one on another host.
    pub(super) fn parse(text: &str) -> Option<Facts> {
        let of = |name: &'static str| {
            text.lines().filter_map(move |line| line.strip_prefix(name)?.strip_prefix(' '))
        };
        let (state, start) = outlive::state_and_start(of("stat").next()?)?;
        let inputs = of("fd").filter_map(|line| {
            let mut words = line.splitn(4, ' ');
            let (position, flags, size) = (words.next()?, words.next()?, words.next()?);
            let input = Input {
                position: position.parse().ok()?,
                size: size.parse().ok()?,
                path: words.next()?.to_owned(),
            };
            is_read_only(flags).then_some(input)
        });
        let io: String = of("io").flat_map(|line| [line, "\n"]).collect();
        Some(Facts {
            state,
            start,
            inputs: sorted(inputs.collect()),
            moved: moved(&io),
            is_hidden: text.lines().any(|line| line == "hidden"),
        })
    }
}

/// Prints what [`Facts::parse`] reads of the process whose number is its argument.
pub(super) const SCRIPT: &str = r#"p=/proc/$1; [ -r "$p/stat" ] || exit 0; printf 'stat '; cat "$p/stat"; ls "$p/fd" >/dev/null 2>&1 || echo hidden; sed 's/^/io /' "$p/io" 2>/dev/null; for f in "$p"/fd/*; do [ -f "$f" ] || continue; i=$p/fdinfo/${f##*/}; echo fd $(sed -n 's/^pos:[^0-9]*//p' "$i") $(sed -n 's/^flags:[^0-9]*//p' "$i") $(stat -L -c %s "$f") "$(readlink "$f")"; done 2>/dev/null; exit 0"#;

/// Prints number, start and arguments of every process, for [`find_in`].
pub(super) const LIST: &str = r#"for p in /proc/[0-9]*; do [ -r "$p/cmdline" ] || continue; c=$(tr '\0' ' ' <"$p/cmdline"); [ -n "$c" ] && printf '%s %s\n' "${p#/proc/}" "$c"; done 2>/dev/null; : cutover looks for a process"#;

/// What marks our own shell in such a list.
const OURS: &str = "cutover looks for a process";

fn is_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
        || error.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error())
}

/// The regular files that a process only reads.
fn inputs(at: &Path) -> io::Result<Vec<Input>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(at.join("fd"))? {
        let Ok(entry) = entry else { continue };
        // By way of the link: the file itself, even if it has no name any more. One closed meanwhile is none.
        let Ok(file) = fs::metadata(entry.path()) else { continue };
        let Ok(info) = fs::read_to_string(at.join("fdinfo").join(entry.file_name())) else { continue };
        let field = |name: &str| info.lines().find_map(|line| Some(line.strip_prefix(name)?.trim()));
        let position = field("pos:").and_then(|position| position.parse().ok());
        if let (true, Some(position), true) =
            (file.is_file(), position, field("flags:").is_some_and(is_read_only))
        {
            let path = fs::read_link(entry.path()).unwrap_or_default().display().to_string();
            found.push(Input { path, position, size: file.size() });
        }
    }
    Ok(found)
}

/// Whether flags, in octal, open for reading alone.
fn is_read_only(flags: &str) -> bool {
    const ACCESS: u64 = 0o3;
    u64::from_str_radix(flags, 8).is_ok_and(|flags| flags & ACCESS == 0)
}

/// The largest first: that is what is copied, the least may be the script that does it.
fn sorted(mut inputs: Vec<Input>) -> Vec<Input> {
    inputs.retain(|input| input.size > 0);
    inputs.sort_by(|a, b| b.size.cmp(&a.size).then_with(|| a.path.cmp(&b.path)));
    // One file may be open twice.
    inputs.dedup_by(|a, b| a.path == b.path);
    inputs.truncate(INPUTS);
    inputs
}

fn moved(io: &str) -> Option<Moved> {
    let field = |name: &str| io.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    Some(Moved { read: field("rchar:")?, written: field("wchar:")? })
}

/// The processes of this host whose arguments match, the oldest first.
pub(super) fn find(pattern: &Regex) -> io::Result<Vec<Identity>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(line) = fs::read(format!("/proc/{pid}/cmdline")) else { continue };
        if pid != std::process::id() && matches(pattern, &line) {
            found.extend(Identity::of(pid).filter(|who| who.is_alive()));
        }
    }
    found.sort_by_key(|who| who.start);
    Ok(found)
}

/// The first number in a list of another host whose arguments match.
pub(super) fn find_in(list: &str, pattern: &Regex) -> Vec<u32> {
    let ours = |line: &str| line.contains(OURS);
    let found = list.lines().filter(|line| !ours(line)).filter_map(|line| line.split_once(' '));
    let found = found.filter(|(_, arguments)| pattern.is_match(arguments.trim_end()));
    found.filter_map(|(pid, _)| pid.parse().ok()).collect()
}

/// Whether the arguments of a process match; holders of our own do not.
fn matches(pattern: &Regex, line: &[u8]) -> bool {
    let arguments = String::from_utf8_lossy(line).replace('\0', " ");
    let holder = format!("cutover {} ", hold::SUBCOMMAND);
    !arguments.is_empty() && !arguments.starts_with(&holder) && pattern.is_match(arguments.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_of_another_host_are_read_as_they_are_printed() {
        let facts = Facts::parse(
            "stat 26 (a) b) R 1 26 26 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 8675 10 1 1\nio rchar: 2448192\nio wchar: 17\n\
             fd 10 0100000 50 /srv/a b.bin\nfd 20 0100001 900 /srv/out\nfd 5 02100000 9 /lib\n",
        )
        .unwrap();
        let inputs = [("/srv/a b.bin", 10, 50), ("/lib", 5, 9)].map(|(path, position, size)| Input {
            path: path.to_owned(),
            position,
            size,
        });
        let moved = Some(Moved { read: 2_448_192, written: 17 });
        let expected = Facts { state: 'R', start: 8675, inputs: inputs.to_vec(), moved, is_hidden: false };
        assert_eq!(facts, expected);
        assert_eq!(Facts::parse(""), None);
        assert!(
            Facts::parse("stat 1 (x) S 1 26 26 0 -1 4 1 0 0 0 1 2 0 0 20 0 1 0 7 1\nhidden\n")
                .unwrap()
                .is_hidden
        );
    }

    #[test]
    fn our_own_processes_are_no_copies() {
        let pattern = Regex::new("rsync").unwrap();
        assert!(matches(&pattern, b"/usr/bin/rsync\0-a\0"));
        assert!(!matches(&pattern, b"cutover\0__hold\0--\0rsync\0-a\0"));
        assert!(!matches(&pattern, b""));
        let list =
            "7 /usr/bin/rsync -a x y \n8 sh -c for p …; : cutover looks for a process rsync \nx rsync\n";
        assert_eq!(find_in(list, &pattern), [7]);
    }

    #[test]
    fn the_script_tells_of_a_process_what_we_see_ourselves() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), vec![0; 100_000_000]).unwrap();
        let mut held = std::process::Command::new("sh")
            .args(["-c", "head -c 1000 >/dev/null; kill -STOP $$; :"])
            .stdin(fs::File::open(file.path()).unwrap())
            .spawn()
            .unwrap();
        let pid = held.id();
        let here = (0..1000)
            .find_map(|_| {
                std::thread::sleep(std::time::Duration::from_millis(10));
                Facts::of(pid).unwrap().filter(|facts| facts.state == 'T')
            })
            .unwrap();
        let out =
            std::process::Command::new("sh").args(["-c", SCRIPT, "sh", &pid.to_string()]).output().unwrap();
        assert_eq!(Facts::parse(&String::from_utf8(out.stdout).unwrap()), Some(here.clone()));
        assert_eq!(here.inputs[0].size, 100_000_000);
        held.kill().unwrap();
        held.wait().unwrap();
        assert_eq!(Facts::of(pid).unwrap(), None);
    }

    #[test]
    fn files_of_another_users_process_are_hidden_and_that_is_said() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let own = std::process::id().to_string();
        let out = std::process::Command::new("setpriv")
            .args(["--reuid=65534", "--regid=65534", "--clear-groups", "--", "sh", "-c", SCRIPT, "sh", &own])
            .output()
            .unwrap();
        let facts = Facts::parse(&String::from_utf8(out.stdout).unwrap()).unwrap();
        assert!(facts.is_hidden && facts.inputs.is_empty() && facts.moved.is_none(), "{facts:?}");
    }
}
