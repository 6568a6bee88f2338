use std::path::PathBuf;

use chrono::DateTime;

use super::*;
use crate::clock::{Clock, ManualClock};
use crate::config::{CopyJob, Settings};
use crate::sample::copy::{Count, Progress, Stage};
use crate::sample::host::{Memory, Net};
use crate::sample::{self, Miss};
use crate::state::Live;

const GB: u64 = 1_000_000_000;

/// A machine and a copy to `/data`, looked at by hand.
struct Scene {
    clock: ManualClock,
    live: Live,
}

fn scene() -> Scene {
    let text = "[host]\n[[copy]]\nname = \"assets\"\ntarget = \"/data/assets\"\nsource = { pid = 1 }\n";
    let settings: Settings = crate::config::load("x.toml".as_ref(), text, &|_| None).unwrap();
    let job: &CopyJob = &settings.copies[0];
    assert_eq!(job.target, Some(PathBuf::from("/data/assets")));
    assert_eq!(settings.hosts[0].paths, ["/data/assets"], "the host looks at what the copy fills");
    let clock = ManualClock::new("2026-11-21T07:00:00Z".parse().unwrap());
    Scene { clock, live: Live::default().with(&settings) }
}

fn load(free: u64) -> Load {
    let disk =
        |mount: &str, free| Disk { mount: mount.to_owned(), total: 1000 * GB, free, ..Disk::default() };
    Load {
        cpu: Some(0.45),
        memory: Memory { total: 100, used: 62, ..Memory::default() },
        disks: vec![disk("/", 700 * GB), disk("/data", free)],
        ..Load::default()
    }
}

impl Scene {
    fn look(&mut self, load: Load) {
        let up = self.clock.now().boot;
        self.read(Reading::Host(Box::new(Load { up: load.up.or(Some(up)), ..load })));
    }

    fn read(&mut self, reading: Reading) {
        let at = self.clock.now();
        self.live.take(&"host/here".parse().unwrap(), Sample { began: at, at, reading }).unwrap();
        self.live.age(&at);
    }

    fn wait(&mut self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.live.age(&self.clock.now());
    }

    fn host(&self) -> &Host {
        &self.live.hosts[0]
    }

    fn state(&self) -> (ProbeState, ProbeState) {
        (self.host().state(), self.host().settled())
    }
}

fn missing(load: Load) -> Load {
    let miss = Miss { expected: "cpu < 40%".to_owned(), saw: "45%".to_owned() };
    Load { misses: vec![miss], ..load }
}

#[test]
fn two_looks_make_it_down_and_two_bring_it_back() {
    let mut scene = scene();
    assert_eq!(scene.state(), (ProbeState::Unknown, ProbeState::Unknown));
    assert_eq!(scene.host().saw(), "no reading yet");
    scene.look(load(500 * GB));
    assert_eq!(scene.state(), (ProbeState::Up, ProbeState::Up));
    assert_eq!(scene.host().saw(), "cpu 45%, memory 62%, /data 50% free");
    scene.wait(2);
    scene.look(missing(load(500 * GB)));
    assert_eq!(scene.state(), (ProbeState::Pending, ProbeState::Up));
    let first = scene.clock.now();
    scene.wait(2);
    scene.look(missing(load(500 * GB)));
    assert_eq!(scene.state(), (ProbeState::Down, ProbeState::Down));
    assert_eq!(scene.host().since(), Some(first), "dated back to the first");
    assert_eq!(scene.host().saw(), "cpu < 40%, saw 45%");
    for state in [ProbeState::Pending, ProbeState::Up] {
        scene.wait(2);
        scene.look(load(500 * GB));
        assert_eq!(scene.host().state(), state);
    }
}

#[test]
fn a_machine_that_cannot_be_looked_at_is_down_with_its_last_figures_kept() {
    let mut scene = scene();
    scene.look(load(500 * GB));
    for _ in 0..2 {
        scene.wait(2);
        scene.read(Reading::Broken("ssh to db failed: Connection refused".to_owned()));
    }
    assert_eq!(scene.host().state(), ProbeState::Down);
    assert_eq!(scene.host().saw(), "cannot be looked at: ssh to db failed: Connection refused");
    assert_eq!(scene.host().seen.as_ref().unwrap().1.disks.len(), 2);
}

#[test]
fn what_cannot_be_told_is_never_good_for_long() {
    let untold = || {
        let miss =
            Miss { expected: "free(\"/data\") > 1GB".to_owned(), saw: "/data has not answered".to_owned() };
        Load { untold: vec![miss], ..load(500 * GB) }
    };
    let mut scene = scene();
    scene.look(untold());
    assert_eq!(scene.host().state(), ProbeState::Unknown);
    scene.look(load(500 * GB));
    assert_eq!(scene.host().state(), ProbeState::Up);
    scene.look(untold());
    assert_eq!(scene.state(), (ProbeState::Pending, ProbeState::Up));
    scene.look(untold());
    assert_eq!(scene.state(), (ProbeState::Unknown, ProbeState::Unknown));
    assert_eq!(scene.host().saw(), "free(\"/data\") > 1GB cannot be told: /data has not answered");
}

#[test]
fn silence_is_stale_and_proves_nothing_afterwards() {
    let mut scene = scene();
    scene.look(load(500 * GB));
    scene.wait(15);
    assert_eq!(scene.host().state(), ProbeState::Up);
    scene.wait(1);
    assert_eq!(scene.state(), (ProbeState::Stale, ProbeState::Stale));
    scene.look(missing(load(500 * GB)));
    assert_eq!(scene.state(), (ProbeState::Pending, ProbeState::Unknown));
}

#[test]
fn rates_are_counted_by_the_machines_own_clock() {
    let net = |received, sent| Net { name: "eth0".to_owned(), received, sent, errors: 0 };
    let at = |up, net: Net| Load { up: Some(Duration::from_secs(up)), nets: vec![net], ..load(GB) };
    let mut scene = scene();
    scene.look(at(100, net(1000, 10)));
    assert_eq!(scene.host().rates.len(), 0);
    assert_eq!(scene.host().history[0].traffic, None);
    // The cockpit was late, the machine's clock says four seconds.
    scene.wait(9);
    scene.look(at(104, net(9000, 410)));
    assert_eq!(scene.host().rates["eth0"], (2000.0, 100.0));
    assert_eq!(scene.host().history[1].traffic, Some(2100.0));
    scene.look(at(104, net(9000, 410)));
    assert!(scene.host().rates.is_empty(), "no time has passed");
    scene.look(at(106, net(5, 5)));
    assert!(scene.host().rates.is_empty(), "the counters began anew");
    scene.look(at(3, net(900, 900)));
    assert!(scene.host().rates.is_empty(), "the machine did");
}

#[test]
fn a_disk_that_fills_is_told_with_the_time_and_not_from_less_than_a_minute() {
    let mut scene = scene();
    // 0.1 GB a second.
    for look in 0..31_u64 {
        assert_eq!(scene.host().outlooks, [], "after {} s", look * 2);
        scene.look(load(100 * GB - look * GB / 5));
        if look < 30 {
            scene.wait(2);
        }
    }
    scene.wait(0);
    let outlook = scene.host().outlook("/data").unwrap();
    // 94 GB at 0.1 GB/s from 07:01:00 on.
    assert_eq!(outlook.words(), "/data full at 07:16");
    assert!(!outlook.is_bad(), "nothing is known to fill it for longer");
    assert!(scene.host().pace("/data").is_some_and(|pace| (pace - 1e8).abs() < 1e5));
    assert_eq!(scene.host().outlook("/"), None);
}

#[test]
fn an_outlook_says_what_is_to_be_done_about() {
    let at = |text: &str| Some(DateTime::parse_from_rfc3339(text).unwrap());
    let outlook = Outlook {
        mount: "/data".to_owned(),
        free: 300 * GB,
        full: at("2026-11-21T07:12:00Z"),
        copies: vec!["assets".to_owned()],
        coming: 0,
        at_least: false,
        ends: at("2026-11-21T07:40:00Z"),
    };
    assert!(outlook.is_bad());
    assert_eq!(outlook.words(), "/data full at 07:12, before copy assets ends 07:40");
    let late = Outlook { full: at("2026-11-21T08:00:00Z"), ..outlook.clone() };
    assert!(!late.is_bad());
    assert_eq!(late.words(), "/data full at 08:00, after copy assets ends 07:40");
    let unknown = Outlook { ends: None, ..outlook.clone() };
    assert_eq!(unknown.words(), "/data full at 07:12, while copy assets may go on");
    let small = Outlook {
        full: None,
        coming: 412 * GB,
        at_least: true,
        copies: vec!["a".to_owned(), "b".to_owned()],
        ..outlook
    };
    assert!(small.is_bad());
    assert_eq!(small.words(), "/data cannot hold copies a and b: at least 412 GB to come, 300 GB free");
}

#[test]
fn a_disk_that_cannot_hold_the_copy_makes_the_machine_down_and_rings() {
    let copying = |done: u64| {
        let progress = Progress {
            stage: Stage::Running,
            bytes: Count { done: Some(done), total: Some(800 * GB) },
            total_is_final: true,
            ..Progress::default()
        };
        sample::Copy { progress, source: sample::copy::Source::Open, ..sample::Copy::default() }
    };
    let mut scene = scene();
    scene.look(load(500 * GB));
    assert_eq!((scene.host().state(), scene.host().rings()), (ProbeState::Up, false));
    for look in 0..3 {
        scene.wait(2);
        let at = scene.clock.now();
        let copy = sample::Copy { updated: Some(at), ..copying((100 + look) * GB) };
        let reading = Reading::Copy(Box::new(copy));
        scene.live.take(&"copy/assets".parse().unwrap(), Sample { began: at, at, reading }).unwrap();
        scene.live.age(&at);
        scene.look(load((500 - look) * GB));
    }
    assert_eq!(scene.host().saw(), "/data cannot hold copy assets: 698 GB to come, 498 GB free");
    assert_eq!((scene.host().state(), scene.host().rings()), (ProbeState::Down, true));
    // Somebody makes room.
    for _ in 0..2 {
        scene.wait(2);
        scene.look(load(900 * GB));
        scene.wait(2);
        scene.look(load(900 * GB));
    }
    assert_eq!((scene.host().state(), scene.host().rings()), (ProbeState::Up, false));
}

#[test]
fn the_history_is_bounded() {
    let mut scene = scene();
    for _ in 0..HISTORY + 5 {
        scene.look(load(GB));
    }
    assert_eq!(scene.host().history.len(), HISTORY);
}
