//! rclone's rc port.

use std::net::SocketAddr;

use super::*;
use crate::health::peers;

struct Rc {
    folder: tempfile::TempDir,
    address: SocketAddr,
    program: PathBuf,
}

fn rc() -> Option<Rc> {
    let program = tools::system("rclone")?;
    let folder = tempfile::tempdir().unwrap();
    tree(&folder.path().join("from"), 20, 100_000);
    Some(Rc { folder, address: peers::free(&["127.0.0.1"])[0], program })
}

impl Rc {
    fn start(&self, words: &[&str]) -> Running {
        let mut command = Command::new(&self.program);
        command.args(words).arg("--rc-addr").arg(self.address.to_string()).args(["--config", "/dev/null"]);
        Running::start(command.current_dir(self.folder.path()).stdout(Stdio::null()).stderr(Stdio::null()))
    }

    fn watch(&self, user: &str) -> Watched {
        watch_in(job(CopySource::Rclone(format!("http://{user}{}", self.address))), None, &["hunter2hunter2"])
    }
}

#[test]
fn a_copy_is_followed_by_its_port_until_that_is_gone() {
    let Some(rc) = rc() else { return };
    let mut watched = rc.watch("dana:hunter2hunter2@");
    let copy = watched.next();
    assert_eq!(copy.source, Source::Waiting);
    remarks(&copy, "start rclone with --rc");
    let login = ["--rc", "--rc-user", "dana", "--rc-pass", "hunter2hunter2"];
    let words = ["copy", "from", "to", "--bwlimit", "1M", "--transfers", "2"];
    let mut running = rc.start(&[&words[..], &login[..]].concat());
    let copy = watched.until("under way", |copy| copy.source == Source::Open && bytes(copy) > 0);
    assert!(!format!("{copy:?}").contains("hunter2"));
    let all = watched.until("all is known", |copy| copy.progress.objects.total == Some(20));
    assert_eq!(all.progress.bytes.total, Some(2_000_000), "what is queued is counted too: {all:#?}");
    assert_eq!(running.code(), 0);
    let copy = watched.until("gone", |copy| copy.source == Source::Gone);
    remarks(&copy, "its rc port is gone with its process");
    // Another run: its numbers are its own.
    let mut again = rc.start(
        &[&["copy", "from", "other", "--bwlimit", "500k", "--transfers", "1"][..], &login[..]].concat(),
    );
    let copy = watched.until("again", |copy| copy.source == Source::Open && bytes(copy) > 0);
    assert_eq!(copy.progress.restarts, 1, "{copy:#?}");
    again.0.kill().unwrap();
    assert_eq!(again.code(), 137);
    let copy = watched.until("died", |copy| copy.source == Source::Gone);
    assert!(!matches!(copy.progress.stage, Stage::Ended(_)), "{copy:#?}");
    remarks(&copy, "how it ended is not known");
}

#[test]
fn a_stopped_rclone_does_not_answer_and_a_wrong_password_is_refused() {
    let Some(rc) = rc() else { return };
    let words = ["rcd", "--rc-user", "dana", "--rc-pass", "hunter2hunter2"];
    let running = rc.start(&words);
    let mut wrong = rc.watch("");
    let copy = wrong.until("refused", is_unreachable);
    assert!(unreachable(&copy).contains("refused with 401: put its user and password"), "{copy:?}");
    let mut watched = rc.watch("dana:hunter2hunter2@");
    watched.until("open", |copy| copy.source == Source::Open);
    running.signal(Signal::STOP);
    let copy = watched.until("no answer", is_unreachable);
    assert!(unreachable(&copy).starts_with("no answer from 127.0.0.1"), "{copy:?}");
    running.signal(Signal::CONT);
    watched.until("open again", |copy| copy.source == Source::Open);
}

/// Starts a job over the port.
fn ask(rc: &Rc, to: &str, from: &str) {
    let at = |name: &str| rc.folder.path().join(name).display().to_string();
    let status = Command::new(&rc.program)
        .args(["rc", "--rc-addr", &rc.address.to_string(), "sync/copy", "_async=true"])
        .arg(format!("srcFs={}", at(from)))
        .arg(format!("dstFs={}", at(to)))
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn a_job_that_was_started_over_the_port_says_how_it_ended() {
    let Some(rc) = rc() else { return };
    let _running = rc.start(&["rcd", "--rc-no-auth"]);
    let mut watched = rc.watch("");
    watched.until("open", |copy| copy.source == Source::Open);
    ask(&rc, "to", "from");
    let copy = watched.until("ended", |copy| matches!(copy.progress.stage, Stage::Ended(_)));
    assert!(finished(&copy), "{copy:#?}");
    assert_eq!((copy.source, copy.progress.objects.done), (Source::Open, Some(20)));
    ask(&rc, "to", "missing");
    let copy = watched.until("failed", |copy| matches!(copy.progress.stage, Stage::Ended(End::Failed(_))));
    assert!(copy.progress.errors.iter().any(|error| error.contains("directory not found")), "{copy:#?}");
}
