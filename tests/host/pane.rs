//! The host pane on the screen.

use cutover::clock::Clock;
use cutover::sample::Miss;
use cutover::sample::host::{Memory, Net, Process};
use cutover::signoff::event::RunMode;
use cutover::state::action::Action;
use cutover::state::{Msg, Pane};
use cutover::theme::{self, Depth, Styles, Theme};
use cutover::view;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::common::desk::Desk;
use crate::common::outline::checklist;

const GB: u64 = 1_000_000_000;

fn desk(sidecar: &str) -> Desk {
    let settings = cutover::config::load("shop.toml".as_ref(), sidecar, &|_| None).unwrap();
    let plan = checklist("Shop", "# Move\n- Copy the assets\n");
    let mut desk = Desk::start("2026-11-21T07:00:00Z", RunMode::Live, plan, settings);
    desk.press(Action::Focus(Pane::Host.number()));
    desk
}

fn load() -> Host {
    let disk = |mount: &str, free: u64| Disk {
        mount: mount.to_owned(),
        kind: "ext4".to_owned(),
        total: 1000 * GB,
        free,
        inodes: 1000,
        inodes_free: 900,
        hanging: None,
    };
    Host {
        name: "db1".to_owned(),
        cpu: Some(0.453),
        cpus: 2.5,
        load: 1.2,
        memory: Memory { total: 8 * GB, used: 5 * GB, limited: true, ..Memory::default() },
        disks: vec![disk("/", 690 * GB), disk("/data", 120 * GB)],
        processes: vec![
            Process {
                pattern: "nginx".to_owned(),
                count: 4,
                cpu: Some(0.12),
                memory: 210_000_000,
                up: Some(Duration::from_hours(80)),
            },
            Process { pattern: "solr".to_owned(), ..Process::default() },
        ],
        nets: vec![Net { name: "eth0".to_owned(), ..Net::default() }],
        up: Some(Duration::from_hours(80)),
        ..Host::default()
    }
}

fn take(desk: &mut Desk, probe: &str, reading: Reading) {
    let at = desk.clock.now();
    desk.send(Msg::Sample(probe.parse().unwrap(), Box::new(Sample { began: at, at, reading })));
    desk.send(Msg::Wake);
}

/// Two looks two seconds apart.
fn looked(desk: &mut Desk, probe: &str, load: &Host) {
    let mut first = load.clone();
    first.up = first.up.map(|up| up.saturating_sub(Duration::from_secs(2)));
    take(desk, probe, Reading::Host(Box::new(first)));
    desk.wait(2);
    let mut second = load.clone();
    for net in &mut second.nets {
        (net.received, net.sent) = (24_200_000, 2_000_000);
    }
    take(desk, probe, Reading::Host(Box::new(second)));
}

fn screen(desk: &Desk, width: u16, height: u16) -> String {
    let styles = Styles::new(&Theme::builtin().unwrap(), Depth::None);
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let now = desk.now();
    let draw = |frame: &mut ratatui::Frame<'_>| {
        view::render(frame, &desk.state, &styles, &theme::UNICODE, &now);
    };
    terminal.draw(draw).unwrap();
    terminal.backend().to_string()
}

#[track_caller]
fn shows(screen: &str, parts: &[&str]) {
    for part in parts {
        assert!(screen.contains(part), "no {part:?} in\n{screen}");
    }
}

#[test]
fn a_machine_with_all_it_has() {
    let mut desk = desk("[host]\n");
    looked(&mut desk, "host/here", &load());
    let seen = screen(&desk, 160, 45);
    shows(
        &seen,
        &[
            "6 Host",
            "here ▲  cpu ",
            "45% of 2.5",
            "% of 8.00 GB limit",
            "load 1.20",
            "31% full  690 GB free of 1.00 TB",
            "88% full  120 GB free of 1.00 TB",
            "4 running  12% cpu  210 MB  oldest up 3d",
            "gone: no process is called so",
            "eth0 in 12.1 MB/s out 1.00 MB/s",
        ],
    );
    insta::with_settings!({ snapshot_path => "../snapshots" }, {
        insta::assert_snapshot!("host_160x45", seen);
    });
}

#[test]
fn what_is_wrong_stands_first_where_room_is_short() {
    let mut desk = desk("[host]\n");
    let mut load = load();
    load.disks[1].free = 3 * GB;
    load.disks[0].hanging = Some(Duration::from_secs(8));
    load.misses = vec![Miss { expected: "cpu < 40%".to_owned(), saw: "45.3%".to_owned() }];
    load.remarks = vec!["nothing is mounted at /mnt/nas".to_owned()];
    looked(&mut desk, "host/here", &load);
    let seen = screen(&desk, 80, 24);
    shows(
        &seen,
        &[
            "▼ down",
            "cpu < 40%, saw 45.3%",
            "nothing is mounted at /mnt/nas",
            ">99% full",
            "hangs for 8s: figures",
        ],
    );
    for (width, height) in [(160, 45), (100, 30), (80, 24), (60, 15), (40, 10), (20, 5), (1, 1)] {
        screen(&desk, width, height);
    }
}

#[test]
fn several_machines_and_one_that_cannot_be_reached() {
    let mut desk = desk("[[host]]\nname = \"old\"\n[[host]]\nname = \"db\"\nvia = \"ssh db\"\n");
    looked(&mut desk, "host/old", &load());
    for _ in 0..2 {
        take(&mut desk, "host/db", Reading::Broken("ssh to db failed: Connection refused".to_owned()));
    }
    let seen = screen(&desk, 100, 30);
    shows(&seen, &["old ▲", "db  ▼ down", "cannot be looked at: ssh to db failed:", "Connection refused"]);
    desk.press(Action::Focus(Pane::Checklist.number()));
    let seen = screen(&desk, 80, 24);
    shows(&seen, &["▼ db cannot be looked at: ssh to db failed: Connection refused · ▲ old"]);
}

#[test]
fn the_sheet_says_every_figure() {
    let mut desk = desk("[host]\nexpect = ['free_share(\"/data\") > 10%']\n");
    let mut load = load();
    load.disks[1].inodes_free = 30;
    looked(&mut desk, "host/here", &load);
    desk.press(Action::Open);
    let seen = screen(&desk, 120, 60);
    shows(
        &seen,
        &[
            "Host here",
            "this machine, every 2s",
            "free_share(\"/data\") > 10%",
            "db1",
            "45% of 2.5, load 1.20",
            "63%, 5.00 GB of 8.00 GB, the control group's limit",
            "88% full, 120 GB free of 1.00 TB",
            "inodes 3% free: 30 of 1000",
            "in 12.1 MB/s, out 1.00 MB/s; 24.2 MB in and 2.00 MB out so far",
            "4 running, 12% of one processor, 210 MB resident, the oldest up 3d",
        ],
    );
}

#[test]
fn nothing_a_machine_calls_itself_reaches_the_terminal() {
    let mut desk = desk("[host]\n");
    let mut load = load();
    load.name = "\u{1b}[31mdb\u{202e}".to_owned();
    load.disks[0].mount = "/mnt/\u{1b}]52;c;aGk=\u{7}x".to_owned();
    load.nets[0].name = "eth\u{9b}0".to_owned();
    looked(&mut desk, "host/here", &load);
    desk.press(Action::Open);
    for seen in [screen(&desk, 160, 45), screen(&desk, 80, 24)] {
        assert!(!seen.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']), "{seen:?}");
    }
}
