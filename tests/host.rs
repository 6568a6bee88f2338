//! Machines: this one and one behind a real sshd, with a file system that hangs.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod here;
mod mount;
mod pane;
mod there;

use std::sync::Arc;
use std::time::Duration;

use cutover::clock::SystemClock;
use cutover::config::{HostSettings, Settings};
use cutover::expr::{Expr, Scope};
use cutover::probe::{self, Channels, Supervisor};
use cutover::sample::host::{Disk, Host};
use cutover::sample::{ProbeId, Reading, Sample};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use crate::health::{holder, runtime};

fn machine() -> HostSettings {
    HostSettings {
        name: "here".to_owned(),
        local_disks: true,
        mounts: Vec::new(),
        processes: Vec::new(),
        nets: Vec::new(),
        expect: Vec::new(),
        paths: Vec::new(),
        every: Duration::from_millis(200),
        via: None,
    }
}

fn expect(texts: &[&str]) -> Vec<Expr> {
    texts.iter().map(|text| Expr::parse(text, Scope::Host).unwrap()).collect()
}

fn settings(machine: &HostSettings) -> Settings {
    Settings { hosts: vec![machine.clone()], ..Settings::default() }
}

/// One look.
fn look(machine: &HostSettings) -> Result<Host, String> {
    let settings = settings(machine);
    let looked = probe::probe_once_with(&settings, Arc::new(SystemClock), holder());
    let mut samples = runtime().block_on(looked);
    assert_eq!(samples.len(), 1, "{samples:?}");
    read(samples.remove(0))
}

fn read((id, sample): (ProbeId, Sample)) -> Result<Host, String> {
    assert_eq!(id.to_string(), "host/here");
    match sample.reading {
        Reading::Host(host) => Ok(*host),
        Reading::Broken(why) => Err(why),
        other => panic!("{other:?}"),
    }
}

/// Looks again and again, as in the cockpit.
struct Looks {
    supervisor: Supervisor,
    samples: mpsc::Receiver<(ProbeId, Sample)>,
    _runtime: Runtime,
}

impl Looks {
    fn at(machine: &HostSettings) -> Looks {
        let runtime = runtime();
        let (out, samples) = mpsc::channel(64);
        let (lines, _) = mpsc::channel(1);
        let out = Channels { samples: out, lines };
        let mut supervisor =
            Supervisor::with_holder(runtime.handle().clone(), Arc::new(SystemClock), out, holder());
        supervisor.apply(&settings(machine));
        Looks { supervisor, samples, _runtime: runtime }
    }

    /// The next look.
    fn next(&mut self) -> Result<Host, String> {
        read(self.samples.blocking_recv().unwrap())
    }

    /// The first look from now on that is as wanted.
    #[track_caller]
    fn until(&mut self, what: &str, is: impl Fn(&Host) -> bool) -> Host {
        // Far more than anything here takes.
        let mut last = None;
        for _ in 0..600 {
            match self.next() {
                Ok(host) if is(&host) => return host,
                other => last = Some(other),
            }
        }
        panic!("never {what}: {last:?}")
    }
}

#[track_caller]
fn disk<'h>(host: &'h Host, mount: &str) -> &'h Disk {
    host.disks.iter().find(|disk| disk.mount == mount).unwrap_or_else(|| panic!("no {mount}: {host:?}"))
}
