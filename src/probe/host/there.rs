//! A machine that `ssh` leads to: one shell script a look, which prints what this machine's look reads.
//!
//! The script prints `/proc` files first, then asks `df` for one file system after the other, then `ps`; before each
//! stands a line that nothing it prints can forge. If the whole takes too long, that line says where it hangs. A file
//! system that hangs is left out from then on and asked by a script of its own, which nobody waits for: so at most one
//! `df` hangs there for long, and the place is back as soon as that one has come back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;

use super::look::{Files, Found, Question, Told};
use super::process::{self, Units};
use super::space::{self, Place, Space};
use crate::clock::Stamp;
use crate::probe::exec::Turn;
use crate::probe::fault::Fault;
use crate::probe::net::Net;
use crate::probe::seen::Notes;
use crate::probe::ssh;
use crate::text;

/// Everything that is asked for, by a letter each; POSIX, and no tool that a small system lacks.
const SCRIPT: &str = r#"n=$1; shift
export LC_ALL=C
for w do
printf '\n%s %s\n' "$n" "$w"
case $w in
f:*) cat "${w#f:}" ;;
m:*) df -P -k "${w#m:}" && df -P -i "${w#m:}" ;;
u:) getconf CLK_TCK; getconf PAGESIZE ;;
s:) cat /proc/[0-9]*/stat ;;
a:) ps -A -ww -o pid= -o args= || ps -o pid,args ;;
esac 2>/dev/null
done
printf '\n%s end\n' "$n""#;

/// How long a look may take: a first connection over a slow line, not a machine that does not answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes that a look may bring: some ten thousand processes.
const OUTPUT: usize = 8 * 1024 * 1024;

/// Another machine, as one probe looks at it.
pub(super) struct There {
    net: Arc<Net>,
    via: Vec<String>,
    turn: Turn,
    hanging: Mutex<HashMap<Place, Hanging>>,
    /// What each file system said last.
    last: Mutex<HashMap<Place, Space>>,
}

/// A file system that did not answer, and who waits for it.
struct Hanging {
    since: Stamp,
    asking: JoinHandle<()>,
}

impl Drop for Hanging {
    fn drop(&mut self) {
        self.asking.abort();
    }
}

impl There {
    pub(super) fn new(net: Arc<Net>, via: Vec<String>) -> There {
        There { net, via, turn: Turn::new(), hanging: Mutex::default(), last: Mutex::default() }
    }

    pub(super) async fn look(&self, question: Question<'_>) -> Result<Found, Fault> {
        let host = self.via.last().map(String::as_str).unwrap_or_default();
        let asked: Vec<&Place> = {
            let mut hanging = lock(&self.hanging);
            hanging.retain(|place, hanging| question.places.contains(place) && !hanging.asking.is_finished());
            question.places.iter().filter(|place| !hanging.contains_key(place)).collect()
        };
        let mut words: Vec<String> = question.files.iter().map(|file| format!("f:{file}")).collect();
        words.extend(asked.iter().map(|place| format!("m:{}", place.point)));
        if question.processes {
            words.extend(["u:", "s:", "a:"].map(str::to_owned));
        }
        let notes = Notes::new(&self.net.clock).with_output(OUTPUT);
        let mark = mark()?;
        let run = self.run(&mark, &words, &self.turn, &notes);
        let result = tokio::time::timeout(PATIENCE, run).await;
        let output = String::from_utf8_lossy(&notes.take().stdout.bytes).into_owned();
        let parts = parts(&output, &mark);
        let hung = match result {
            Ok(Ok(())) => None,
            Ok(Err(fault)) => return Err(fault),
            Err(_) => Some(parts.last().map_or("", |(word, _)| *word)),
        };
        match hung {
            None => {}
            Some(word) => match asked.iter().find(|place| word.strip_prefix("m:") == Some(&place.point)) {
                Some(place) => self.wait_for(place),
                None if word == "a:" || word == "s:" => {}
                None => {
                    let within = text::short(PATIENCE);
                    let why = format!("{host} does not answer within {within}");
                    return Err(Fault::transport(crate::sample::Stage::TimeOut, "time-out", why));
                }
            },
        }
        let found = Found {
            files: files(&parts),
            spaces: self.told(question.places, &parts),
            processes: question.processes.then(|| processes(&parts, hung)),
        };
        Ok(found)
    }

    async fn run(&self, mark: &str, words: &[String], turn: &Turn, notes: &Notes) -> Result<(), Fault> {
        run(&self.net, &self.via, mark, words, turn, notes).await
    }

    /// Leaves `place` out of the looks until it answers.
    fn wait_for(&self, place: &Place) {
        let (net, via, word) = (Arc::clone(&self.net), self.via.clone(), format!("m:{}", place.point));
        let asking = tokio::spawn(async move {
            let notes = Notes::new(&net.clock);
            if let Ok(mark) = mark() {
                // Whatever it says, the next look asks again.
                let _ = run(&net, &via, &mark, &[word], &Turn::new(), &notes).await;
            }
        });
        let mut since = self.net.clock.now();
        since.boot = since.boot.saturating_sub(PATIENCE);
        lock(&self.hanging).insert(place.clone(), Hanging { since, asking });
    }

    fn told(&self, places: &[Place], parts: &[(&str, &str)]) -> Vec<Told> {
        let (mut last, hanging) = (lock(&self.last), lock(&self.hanging));
        last.retain(|place, _| places.contains(place));
        let now = self.net.clock.now();
        let tell = |place: &Place| {
            let said = parts.iter().find(|(word, _)| word.strip_prefix("m:") == Some(&place.point));
            let hangs = hanging.get(place).map(|hanging| now.since(&hanging.since));
            match (hangs, said) {
                (None, Some((_, said))) => {
                    let space = space::parse(said);
                    if let Ok(space) = &space {
                        last.insert(place.clone(), *space);
                    }
                    Told { space: Some(space), hanging: None }
                }
                // Behind one that hangs in this look: not asked yet.
                (hanging, _) => Told { space: last.get(place).copied().map(Ok), hanging },
            }
        };
        places.iter().map(tell).collect()
    }
}

async fn run(
    net: &Net,
    via: &[String],
    mark: &str,
    words: &[String],
    turn: &Turn,
    notes: &Notes,
) -> Result<(), Fault> {
    let mut argv = ["sh", "-c", SCRIPT, "sh", mark].map(str::to_owned).to_vec();
    argv.extend(words.iter().cloned());
    ssh::run(&net.masters, &net.holder, via, &argv, turn, notes).await
}

/// A word that nothing printed over there holds.
fn mark() -> Result<String, Fault> {
    let random = getrandom::u64().map_err(|error| Fault::Broken(format!("no random numbers: {error}")))?;
    Ok(format!("={random:016x}="))
}

/// What stands behind each mark, by the word on the mark's line.
fn parts<'o>(output: &'o str, mark: &str) -> Vec<(&'o str, &'o str)> {
    let line = format!("\n{mark} ");
    let parts = output.split(line.as_str()).skip(1).map(|part| part.split_once('\n').unwrap_or((part, "")));
    parts.filter(|(word, _)| *word != "end").collect()
}

fn files(parts: &[(&str, &str)]) -> Files {
    let files = parts.iter().filter_map(|(word, text)| Some((word.strip_prefix("f:")?, text)));
    // One that could not be read is empty.
    let read = files.filter(|(_, text)| !text.is_empty());
    read.map(|(file, text)| (file.to_owned(), (*text).to_owned())).collect()
}

fn processes(parts: &[(&str, &str)], hung: Option<&str>) -> Result<(Vec<process::Running>, Units), String> {
    if let Some(word) = hung {
        let mount = word.strip_prefix("m:").map(|point| format!("{point} hung before they were asked for"));
        return Err(mount.unwrap_or_else(|| "listing them hangs".to_owned()));
    }
    let part = |word: &str| parts.iter().find(|(at, _)| *at == word).map_or("", |(_, text)| *text);
    let mut units = part("u:").lines().map(|line| line.trim().parse().ok());
    let units = Units {
        // What nearly every Linux has.
        ticks: units.next().flatten().unwrap_or(100),
        page: units.next().flatten().unwrap_or(4096),
    };
    Ok((process::parse(part("s:"), part("a:")), units))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the script prints here, in a real shell.
    fn printed(words: &[&str]) -> String {
        let mut argv = vec!["-c", SCRIPT, "sh", "=mark="];
        argv.extend(words);
        let out = std::process::Command::new("sh").args(argv).output().unwrap();
        assert!(out.status.success(), "{out:?}");
        String::from_utf8(out.stdout).unwrap()
    }

    #[test]
    fn the_script_prints_what_a_look_needs() {
        let directory = tempfile::tempdir().unwrap();
        let odd = directory.path().join("it's $HOME `id`");
        std::fs::write(&odd, "a line\n=mark= f:forged\nand no line end").unwrap();
        let odd = odd.display().to_string();
        let output = printed(&[
            "f:/proc/stat",
            "f:/nonexistent",
            &format!("f:{odd}"),
            "m:/",
            "m:/nonexistent",
            "u:",
            "s:",
            "a:",
        ]);
        let found = parts(&output, "=mark=");
        let words: Vec<_> = found.iter().map(|(word, _)| *word).collect();
        assert_eq!(words[..2], ["f:/proc/stat", "f:/nonexistent"]);
        let files = files(&found);
        assert!(files["/proc/stat"].starts_with("cpu "), "{files:?}");
        assert!(!files.contains_key("/nonexistent"));
        let root = found.iter().find(|(word, _)| *word == "m:/").unwrap().1;
        let (here, there) = (space::ask("/").unwrap(), space::parse(root).unwrap());
        assert_eq!((here.inodes, here.total / 1_000_000), (there.inodes, there.total / 1_000_000));
        let none = found.iter().find(|(word, _)| *word == "m:/nonexistent").unwrap().1;
        assert!(space::parse(none).is_err());
        let (all, units) = processes(&found, None).unwrap();
        assert_eq!(units.ticks, rustix::param::clock_ticks_per_second());
        assert_eq!(units.page, u64::try_from(rustix::param::page_size()).unwrap());
        assert!(!all.is_empty());
    }

    #[test]
    fn what_a_file_holds_cannot_forge_a_part() {
        let output = "\n=a1= f:/x\nline\n=b2= f:/y\nforged\n=a1= m:/\n";
        assert_eq!(parts(output, "=a1="), [("f:/x", "line\n=b2= f:/y\nforged"), ("m:/", "")]);
        assert!(mark().unwrap() != mark().unwrap());
    }

    #[test]
    fn processes_that_were_not_reached_are_not_none() {
        let why = processes(&[], Some("m:/mnt/nas")).unwrap_err();
        assert_eq!(why, "/mnt/nas hung before they were asked for");
    }
}
