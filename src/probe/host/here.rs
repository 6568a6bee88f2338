//! This machine: files read in a turn of their own, file systems and processes each in a thread of their own.

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::look::{Files, Found, Question, Told};
use super::process::{self, Running, Units};
use super::space::{self, MOUNTS, Place, Space};
use super::watch::{Heard, Watch};
use crate::clock::Clock;
use crate::probe::exec::Turn;

/// How long a look waits for a file system or a process that does not answer at once.
const PATIENCE: Duration = Duration::from_secs(1);

/// Bytes of one file that are read: `/proc/self/mountinfo` on a machine with ten thousand mounts.
const FILE: u64 = 4 * 1024 * 1024;

type SpaceWatch = Arc<Watch<Result<Space, String>>>;
type ProcessWatch = Arc<Watch<Result<Vec<Running>, String>>>;

/// Threads of this machine that may hang; shared by all that look at it, so that no place has two.
pub(in crate::probe) struct Threads {
    clock: Arc<dyn Clock>,
    places: Mutex<HashMap<Place, SpaceWatch>>,
    processes: Mutex<Option<ProcessWatch>>,
    /// How a place is asked; another way in tests.
    ask: fn(&str) -> Result<Space, String>,
}

impl Threads {
    /// No threads yet.
    pub(in crate::probe) fn new(clock: &Arc<dyn Clock>) -> Threads {
        Threads::asking(clock, space::ask)
    }

    pub(super) fn asking(clock: &Arc<dyn Clock>, ask: fn(&str) -> Result<Space, String>) -> Threads {
        Threads { clock: Arc::clone(clock), places: Mutex::default(), processes: Mutex::default(), ask }
    }

    fn place(&self, place: &Place) -> io::Result<SpaceWatch> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = places.get(place) {
            return Ok(Arc::clone(known));
        }
        // A thread that hangs is kept, so that nobody starts a second one beside it.
        places.retain(|_, watch| Arc::strong_count(watch) > 1 || watch.is_owed());
        if places.len() >= 2 * MOUNTS {
            return Err(io::Error::other("too many file systems hang already"));
        }
        let (ask, point) = (self.ask, place.point.clone());
        let watch = Arc::new(Watch::new("statvfs", &self.clock, move || ask(&point))?);
        places.insert(place.clone(), Arc::clone(&watch));
        Ok(watch)
    }

    fn processes(&self) -> io::Result<ProcessWatch> {
        let mut processes = self.processes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*processes {
            return Ok(Arc::clone(known));
        }
        let watch = Arc::new(Watch::new("processes", &self.clock, process::all)?);
        Ok(Arc::clone(processes.insert(watch)))
    }
}

/// This machine, as one probe looks at it.
pub(super) struct Here {
    threads: Arc<Threads>,
    /// Those that this probe needs: kept alive between its looks.
    places: Mutex<HashMap<Place, SpaceWatch>>,
    turn: Turn,
}

impl Here {
    pub(super) fn new(threads: Arc<Threads>) -> Here {
        Here { threads, places: Mutex::default(), turn: Turn::new() }
    }

    pub(super) async fn look(&self, question: Question<'_>) -> Found {
        let (files, spaces, processes) = tokio::join!(
            self.read(question.files),
            self.spaces(question.places),
            self.processes(question.processes)
        );
        Found { files, spaces, processes }
    }

    async fn read(&self, files: &[String]) -> Files {
        if files.is_empty() {
            return Files::new();
        }
        let (files, turn) = (files.to_vec(), self.turn.take().await);
        let read = move || {
            let _turn = turn;
            files.into_iter().filter_map(|file| text(&file).ok().map(|text| (file, text))).collect()
        };
        match tokio::task::spawn_blocking(read).await {
            Ok(files) => files,
            // The runtime is shutting down, and this with it.
            Err(_) => std::future::pending().await,
        }
    }

    async fn spaces(&self, places: &[Place]) -> Vec<Told> {
        let watches: Vec<_> = {
            let mut kept = self.places.lock().unwrap_or_else(PoisonError::into_inner);
            if !places.is_empty() {
                kept.retain(|place, _| places.contains(place));
            }
            places
                .iter()
                .map(|place| match kept.get(place) {
                    Some(watch) => Ok(Arc::clone(watch)),
                    None => self.threads.place(place).inspect(|watch| {
                        kept.insert(place.clone(), Arc::clone(watch));
                    }),
                })
                .collect()
        };
        let mut asked = tokio::task::JoinSet::new();
        let mut told = vec![Told::default(); places.len()];
        for (at, watch) in watches.into_iter().enumerate() {
            match watch {
                Ok(watch) => {
                    asked.spawn(async move { (at, watch.ask(PATIENCE).await) });
                }
                Err(error) => told[at].space = Some(Err(super::plain(&error))),
            }
        }
        while let Some(Ok((at, heard))) = asked.join_next().await {
            told[at] = Told { space: heard.last, hanging: heard.hanging };
        }
        told
    }

    async fn processes(&self, wanted: bool) -> Option<Result<(Vec<Running>, Units), String>> {
        if !wanted {
            return None;
        }
        let watch = match self.threads.processes() {
            Ok(watch) => watch,
            Err(error) => return Some(Err(super::plain(&error))),
        };
        let units = Units {
            ticks: rustix::param::clock_ticks_per_second(),
            page: u64::try_from(rustix::param::page_size()).unwrap_or(4096),
        };
        Some(match watch.ask(PATIENCE).await {
            Heard { last: Some(last), hanging: None } => last.map(|all| (all, units)),
            Heard { hanging, .. } => {
                let span = crate::text::age(hanging.unwrap_or_default());
                Err(format!(
                    "reading them has hung for {span}: one of them waits for a file system that does not answer"
                ))
            }
        })
    }
}

fn text(file: &str) -> io::Result<String> {
    let mut bytes = Vec::new();
    std::fs::File::open(file)?.take(FILE).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::clock::SystemClock;

    fn places() -> Vec<Place> {
        let place = |id, point: &str| Place { id, point: point.to_owned(), kind: "nfs4".to_owned() };
        vec![place(1, "/well"), place(2, "/dead")]
    }

    /// Calls for the place that hangs.
    static CALLS: AtomicU32 = AtomicU32::new(0);

    #[expect(clippy::unnecessary_wraps, reason = "asked in place of what may fail")]
    fn ask(point: &str) -> Result<Space, String> {
        if point == "/dead" {
            CALLS.fetch_add(1, Ordering::SeqCst);
            loop {
                std::thread::park();
            }
        }
        Ok(Space { total: 2, free: 1, ..Space::default() })
    }

    #[tokio::test]
    async fn a_place_that_hangs_is_asked_once_by_all_and_holds_no_other_up() {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let threads = Arc::new(Threads::asking(&clock, ask));
        // One after the other, as when a changed sidecar replaces the probe.
        for _ in 0..3 {
            let here = Here::new(Arc::clone(&threads));
            let told = here.spaces(&places()).await;
            assert_eq!(told[0].space, Some(Ok(Space { total: 2, free: 1, ..Space::default() })));
            assert_eq!((told[0].hanging, &told[1].space), (None, &None));
            assert!(told[1].hanging.is_some());
        }
        assert_eq!(CALLS.load(Ordering::SeqCst), 1);
        let mounted_anew = Place { id: 3, ..places().remove(1) };
        Here::new(threads).spaces(&[mounted_anew]).await;
        assert_eq!(CALLS.load(Ordering::SeqCst), 2, "another mount at the same place is another");
    }

    #[tokio::test]
    async fn a_file_that_is_not_there_is_left_out() {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let here = Here::new(Arc::new(Threads::new(&clock)));
        let files = ["/proc/stat".to_owned(), "/nonexistent".to_owned()];
        let read = here.read(&files).await;
        assert!(read["/proc/stat"].starts_with("cpu ") && read.len() == 1);
    }
}
