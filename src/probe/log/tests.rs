use std::sync::mpsc as wait;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use super::*;
use crate::clock::ManualClock;
use crate::config::Encoding;
use crate::sample::Sample;

fn source(path: &Path) -> Arc<LogSource> {
    Arc::new(LogSource {
        name: "app".to_owned(),
        input: LogInput::Files(vec![path.to_owned()]),
        via: None,
        errors: None,
        level: None,
        silent: None,
        noise: Vec::new(),
        include: Vec::new(),
        exclude: Vec::new(),
        lines: 1000,
        bytes: 1 << 20,
        encoding: Encoding::Auto,
    })
}

/// The next batch that `wanted` picks.
async fn next(
    batches: &mut mpsc::Receiver<(ProbeId, Box<LogBatch>)>,
    wanted: impl Fn(&LogBatch) -> bool,
) -> LogBatch {
    loop {
        let (_, batch) = batches.recv().await.unwrap();
        if wanted(&batch) {
            return *batch;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_that_does_not_come_back_is_named_and_not_doubled() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("app.log");
    std::fs::write(&log, "here\n").unwrap();
    let wall = DateTime::parse_from_rfc3339("2026-11-21T07:00:00Z").unwrap().with_timezone(&Utc);
    let clock = Arc::new(ManualClock::new(wall));
    let net = Arc::new(Net::new(Arc::clone(&clock) as Arc<dyn Clock>, Path::new("/nonexistent")));
    let (samples, _unused) = mpsc::channel::<(ProbeId, Sample)>(1);
    let (lines, mut batches) = mpsc::channel(64);
    let out = Outlet::new(samples, lines);
    let id: ProbeId = "log/app".parse().unwrap();
    // A thread that waits for its mount.
    let first = net.tailers.next(&id, &net.clock);
    first.start();
    let (release, held) = wait::channel::<()>();
    let (began, begun) = wait::channel::<()>();
    let mount = std::thread::spawn({
        let first = Arc::clone(&first);
        move || {
            first.during(
                || "reading /mnt/dead/app.log".to_owned(),
                || {
                    began.send(()).unwrap();
                    // Its end is the mount's answer.
                    let _ = held.recv();
                },
            );
            first.end();
        }
    });
    begun.recv().unwrap();
    first.stop();
    clock.advance(HANGS + Duration::from_secs(1));
    // Started and stopped before the first is back: neither has a thread.
    let second = start(&id, &source(&log), &net, &out);
    let said = next(&mut batches, |batch| matches!(batch.source, Source::Hanging(_))).await;
    assert_eq!(said.source, Source::Hanging("reading /mnt/dead/app.log for 6s".to_owned()));
    drop(second);
    let third = start(&id, &source(&log), &net, &out);
    let said = next(&mut batches, |batch| batch.source != Source::Unread).await;
    assert!(matches!(said.source, Source::Hanging(_)), "{said:?}");
    drop(release);
    mount.join().unwrap();
    let read = next(&mut batches, |batch| !batch.lines.lines.is_empty()).await;
    assert_eq!((read.lines.line(0), read.backlog), (Some("here"), true));
    drop(third);
}
