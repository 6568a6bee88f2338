//! The demo's copy: real files, one after the other, held to a pace, with a stall in the first pass.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use tokio::time::sleep;

use super::web::picture;
use super::world::{Level, Side, World};

/// Files that there are from the beginning, and their size.
const FILES: usize = 90;
const SIZE: usize = 192 * 1024;
/// Bytes between two rests, and such a rest: the first pass takes somewhat more than a minute.
const PIECE: usize = 32 * 1024;
const REST: Duration = Duration::from_millis(120);
/// Between two looks of the replica.
const REPLICA: Duration = Duration::from_secs(1);
/// How long the first pass stands still.
const STALL: Duration = Duration::from_secs(25);

/// Puts the uploads of years before the demo into place.
///
/// # Errors
/// The folder cannot be written to.
pub(super) fn stock(world: &World) -> io::Result<()> {
    let folder = Side::Old.uploads(&world.folder);
    for number in 1..=FILES {
        fs::write(folder.join(format!("picture-{number:04}.jpg")), picture(world, SIZE))?;
    }
    Ok(())
}

/// Where the copy tells how far it is.
pub(super) fn progress_file(folder: &Path) -> PathBuf {
    folder.join("copy.log")
}

/// What the copy tells, one JSON object a line.
struct Progress {
    file: File,
    done: u64,
    total: u64,
}

impl Progress {
    fn begin(folder: &Path, total: u64) -> io::Result<Progress> {
        let file = OpenOptions::new().append(true).create(true).open(progress_file(folder))?;
        Ok(Progress { file, done: 0, total })
    }

    fn say(&mut self, state: &str) -> io::Result<()> {
        let Progress { done, total, .. } = self;
        let line =
            format!("{{\"state\":\"{state}\",\"done\":{done},\"total\":{total},\"unit\":\"bytes\"}}\n");
        self.file.write_all(line.as_bytes())
    }
}

/// Copies what the new side does not have yet; the first pass stands still for a while.
pub(super) async fn pass(world: Rc<World>, stalls: bool) {
    let _alone = world.copying.lock().await;
    if let Err(error) = run(&world, stalls).await {
        world.say(Side::New, Level::Error, &format!("the copy of the uploads gave up: {error}"));
    }
}

async fn run(world: &World, stalls: bool) -> io::Result<()> {
    let (from, to) = (Side::Old.uploads(&world.folder), Side::New.uploads(&world.folder));
    let (names, total) = missing(world)?;
    let mut progress = Progress::begin(&world.folder, total)?;
    let stall = if stalls { names.len() * 3 / 5 } else { usize::MAX };
    for (at, name) in names.iter().enumerate() {
        if at == stall {
            stand_still(world, &mut progress).await?;
        }
        one(world, &from.join(name), &to.join(name), &mut progress).await?;
    }
    progress.say("finished")
}

/// What the new side does not have yet: names in their order, and their bytes together.
fn missing(world: &World) -> io::Result<(Vec<OsString>, u64)> {
    let (from, to) = (Side::Old.uploads(&world.folder), Side::New.uploads(&world.folder));
    let mut names = Vec::new();
    let mut total = 0;
    for entry in fs::read_dir(&from)? {
        let entry = entry?;
        if !to.join(entry.file_name()).exists() {
            total += entry.metadata()?.len();
            names.push(entry.file_name());
        }
    }
    names.sort();
    Ok((names, total))
}

/// Where the replica tells how far it is behind.
pub(super) fn lag_file(folder: &Path) -> PathBuf {
    folder.join("replica.log")
}

/// Keeps the new side a replica of the old one, and tells each time by how many bytes it is behind before it catches up.
pub(super) async fn replicate(world: Rc<World>) {
    loop {
        if let Err(error) = catch_up(&world) {
            world.say(Side::New, Level::Error, &format!("replication: {error}"));
        }
        sleep(world.pace.of(REPLICA)).await;
    }
}

fn catch_up(world: &World) -> io::Result<()> {
    let (names, behind) = missing(world)?;
    let mut told = OpenOptions::new().append(true).create(true).open(lag_file(&world.folder))?;
    told.write_all(format!("{{\"state\":\"streaming\",\"lag_bytes\":{behind}}}\n").as_bytes())?;
    let (from, to) = (Side::Old.uploads(&world.folder), Side::New.uploads(&world.folder));
    for name in names {
        fs::copy(from.join(&name), to.join(&name))?;
    }
    Ok(())
}

async fn stand_still(world: &World, progress: &mut Progress) -> io::Result<()> {
    world.say(Side::Old, Level::Warning, "the file server is busy: reads wait");
    for _ in 0..STALL.as_secs() {
        sleep(world.pace.of(Duration::from_secs(1))).await;
        progress.say("running")?;
    }
    Ok(())
}

async fn one(world: &World, from: &Path, to: &Path, progress: &mut Progress) -> io::Result<()> {
    let (mut from, mut to) = (File::open(from)?, File::create_new(to)?);
    let mut piece = vec![0; PIECE];
    loop {
        let length = from.read(&mut piece)?;
        if length == 0 {
            return Ok(());
        }
        to.write_all(&piece[..length])?;
        progress.done += length as u64;
        progress.say("running")?;
        sleep(world.pace.of(REST)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::pace::Pace;

    #[tokio::test(start_paused = true)]
    async fn every_file_arrives_and_a_second_pass_brings_what_came_since() {
        let folder = tempfile::tempdir().unwrap();
        let world = Rc::new(World::new(folder.path(), 1, Pace::default(), false, 7).unwrap());
        stock(&world).unwrap();
        let begun = tokio::time::Instant::now();
        pass(Rc::clone(&world), true).await;
        let took = begun.elapsed();
        assert!((STALL + Duration::from_mins(1)..STALL + Duration::from_mins(2)).contains(&took), "{took:?}");
        let told = || fs::read_to_string(progress_file(folder.path())).unwrap();
        assert!(
            told()
                .lines()
                .last()
                .unwrap()
                .starts_with("{\"state\":\"finished\",\"done\":17694720,\"total\":17694720,")
        );
        let came = Side::Old.uploads(folder.path()).join("customer-0001.jpg");
        fs::write(&came, "late").unwrap();
        pass(Rc::clone(&world), false).await;
        assert!(told().contains("{\"state\":\"finished\",\"done\":4,\"total\":4,"));
        for entry in fs::read_dir(Side::Old.uploads(folder.path())).unwrap() {
            let name = entry.unwrap().file_name();
            let [old, new] =
                [Side::Old, Side::New].map(|side| fs::read(side.uploads(folder.path()).join(&name)));
            assert_eq!(old.unwrap(), new.unwrap(), "{name:?}");
        }
    }

    #[test]
    fn a_replica_tells_its_lag_and_then_has_none() {
        let folder = tempfile::tempdir().unwrap();
        let world = World::new(folder.path(), 1, Pace::default(), false, 7).unwrap();
        fs::write(Side::Old.uploads(folder.path()).join("customer-0001.jpg"), "late").unwrap();
        catch_up(&world).unwrap();
        catch_up(&world).unwrap();
        let told = fs::read_to_string(lag_file(folder.path())).unwrap();
        let lags: Vec<&str> =
            told.lines().filter_map(|line| line.split_once("_bytes\":")).map(|it| it.1).collect();
        assert_eq!(lags, ["4}", "0}"]);
        assert!(Side::New.uploads(folder.path()).join("customer-0001.jpg").exists());
    }

    #[test]
    fn a_seed_makes_the_same_files() {
        let made = |seed| {
            let folder = tempfile::tempdir().unwrap();
            stock(&World::new(folder.path(), 1, Pace::default(), false, seed).unwrap()).unwrap();
            fs::read(Side::Old.uploads(folder.path()).join("picture-0042.jpg")).unwrap()
        };
        assert_eq!(made(3), made(3));
        assert_ne!(made(3), made(4));
    }
}
