//! Processes that somebody else started.

use super::*;

fn watched_pid(pid: u32) -> Watched {
    watch(job(CopySource::Pid(pid)))
}

#[test]
fn a_process_is_followed_by_its_position_until_it_is_gone() {
    let Some(pv) = tools::system("pv") else { return };
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("input.bin"), vec![7; 3_000_000]).unwrap();
    let mut running = Running::start(
        Command::new(pv)
            .args(["-q", "-L", "300k", "input.bin"])
            .current_dir(folder.path())
            .stdout(fs::File::create(folder.path().join("output.bin")).unwrap()),
    );
    let mut watched = watched_pid(running.0.id());
    let first = watched.until("a position", |copy| bytes(copy) > 0);
    assert_eq!(first.progress.bytes.total, Some(3_000_000), "{first:#?}");
    assert!(first.progress.total_is_final);
    assert!(first.progress.at.ends_with("input.bin"));
    watched.until("further on", |copy| bytes(copy) > bytes(&first));
    running.signal(Signal::STOP);
    let copy = watched.until("stopped", |copy| copy.progress.remarks.iter().any(|r| r.contains("SIGSTOP")));
    assert_eq!(copy.source, Source::Open);
    running.signal(Signal::KILL);
    assert_eq!(running.code(), 137);
    let copy = watched.until("gone", |copy| copy.source == Source::Gone);
    remarks(&copy, "only its parent knows");
    assert!(!matches!(copy.progress.stage, Stage::Ended(_)));
}

#[test]
fn a_pattern_waits_for_its_process_and_finds_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().file_name().unwrap().to_str().unwrap();
    let mut watched = watch(job(CopySource::Process(format!("^tail -f /.*{}", regex::escape(name)))));
    let copy = watched.next();
    assert_eq!(copy.source, Source::Waiting);
    remarks(&copy, "there is no process like");
    let input = folder.path().join("input.bin");
    fs::write(&input, vec![b'\n'; 1000]).unwrap();
    let start = || Running::start(Command::new("tail").arg("-f").arg(&input).stdout(Stdio::null()));
    let first = start();
    watched.until("found", |copy| copy.progress.bytes.total == Some(1000));
    drop(first);
    watched.until("gone", |copy| copy.source == Source::Gone);
    let _second = start();
    let copy = watched.until("the next one", |copy| copy.source == Source::Open);
    assert_eq!(copy.progress.restarts, 1);
}
