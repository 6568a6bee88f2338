//! Files that tools write.

use cutover::clock::Clock;

use super::*;

fn file(path: &Path) -> CopyJob {
    job(CopySource::File(path.to_owned()))
}

#[test]
fn rsyncs_output_is_followed_from_before_it_is_there_to_its_end() {
    let Some(rsync) = tools::system("rsync") else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    tree(&at("from"), 40, 100_000);
    let mut watched = watch(file(&at("log")));
    let copy = watched.next();
    assert_eq!(copy.source, Source::Waiting);
    remarks(&copy, "tee FILE");
    let mut running = Running::start(
        Command::new(rsync)
            .args(["-r", "--info=progress2", "--no-inc-recursive", "--bwlimit=2000", "from/", "to"])
            .current_dir(folder.path())
            .stdout(fs::File::create(at("log")).unwrap()),
    );
    let under_way = watched.until("under way", |copy| bytes(copy) > 100_000);
    assert_eq!(under_way.source, Source::Open);
    assert!(under_way.updated.is_some());
    // Stopped, it says nothing new, and what it said grows old.
    running.signal(Signal::STOP);
    let mut quiet = (None, 0);
    let stopped = watched.until("quiet", |copy| {
        quiet = if quiet.0 == copy.updated { (quiet.0, quiet.1 + 1) } else { (copy.updated, 0) };
        quiet.1 > 10
    });
    assert!(!matches!(stopped.progress.stage, Stage::Ended(_)));
    running.signal(Signal::CONT);
    let done = watched.until("all checked", |copy| copy.progress.objects.done == Some(42) || finished(copy));
    assert_eq!(running.code(), 0);
    assert!(done.progress.total_is_final, "{done:#?}");
}

#[test]
fn rclones_log_of_the_past_is_dated_by_itself() {
    let Some(rclone) = tools::system("rclone") else { return };
    let folder = tempfile::tempdir().unwrap();
    tree(&folder.path().join("from"), 10, 1000);
    let log = folder.path().join("rclone.log");
    let status = Command::new(rclone)
        .args(["copy", "from", "to", "--use-json-log", "--stats", "1s", "-v", "--log-file"])
        .arg(&log)
        .args(["--config", "/dev/null"])
        .current_dir(folder.path())
        .status()
        .unwrap();
    assert!(status.success());
    // As if it had ended an hour ago: by the file's time, and by the times in it.
    let text = fs::read_to_string(&log).unwrap();
    let year = regex::Regex::new(r#""time":"\d{4}-\d\d-\d\dT\d\d"#).unwrap();
    fs::write(&log, year.replace_all(&text, r#""time":"2001-02-03T04"#).as_bytes()).unwrap();
    let then = std::time::UNIX_EPOCH + Duration::from_hours(272_573);
    fs::File::options().write(true).open(&log).unwrap().set_modified(then).unwrap();
    let copy = watch(file(&log)).until("read", |copy| copy.updated.is_some());
    assert_eq!(copy.progress.objects.done, Some(10), "{copy:#?}");
    assert!(copy.updated.unwrap().wall.to_rfc3339().starts_with("2001-02-03T04:"), "{copy:#?}");
}

#[test]
fn a_log_without_times_is_dated_by_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    fs::write(&log, "\r     26,949,120  56%   12.00MB/s    0:00:01 (xfr#5, to-chk=305/311)").unwrap();
    let then = std::time::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    fs::File::options().write(true).open(&log).unwrap().set_modified(then).unwrap();
    let copy = watch(file(&log)).until("read", |copy| copy.updated.is_some());
    assert_eq!(copy.updated.unwrap().wall.timestamp(), 1_000_000_000);
    assert_eq!(copy.progress.objects.total, Some(311));
}

#[test]
fn dds_words_without_a_newline_are_read_and_a_new_run_in_the_same_file_begins_anew() {
    let Some(dd) = tools::system("dd") else { return };
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut watched = watch(file(&log));
    let run = |count: &str| {
        let _running = Running::start(
            Command::new(&dd)
                .args(["if=/dev/zero", "of=/dev/null", "bs=1M", "status=progress", count])
                .env("LC_ALL", "C.UTF-8")
                .stderr(fs::File::create(&log).unwrap()),
        )
        .code();
    };
    run("count=300");
    watched.until("the first run", |copy| bytes(copy) == 300 << 20);
    run("count=20");
    let second = watched.until("the second run", |copy| bytes(copy) == 20 << 20);
    assert_eq!(second.progress.restarts, 1, "{second:#?}");
    remarks(&second, "begun anew");
}

#[test]
fn what_cannot_be_read_says_why_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let copy = watch(file(folder.path())).next();
    assert!(unreachable(&copy).ends_with("is a folder; name the file that the tool writes"), "{copy:?}");
    let mut bad = file(&folder.path().join("log"));
    bad.format = Some("rsink".to_owned());
    let Reading::Broken(why) = once(bad) else { panic!("not broken") };
    assert!(why.contains("did you mean `rsync`?"), "{why}");
}

#[test]
fn secrets_and_escapes_of_a_log_stay_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    fs::write(&log, r#"{"done":1,"total":2,"at":"hunter2hunter2 \u001b]52;c;eA==\u0007 x","error":"PASS hunter2hunter2"}"#).unwrap();
    let mut watched = watch_in(file(&log), None, &["hunter2hunter2"]);
    let copy = watched.until("read", |copy| copy.updated.is_some());
    let all = format!("{:?}", copy.progress);
    assert!(!all.contains("hunter2") && !all.contains("\\u{1b}") && all.contains("•••"), "{all}");
}

#[test]
fn the_newest_job_in_azcopys_folder_is_followed_through_rotation() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let line = |done: u32| {
        format!(
            "2026/11/20 22:34:33 {done}.0 %, {done} Done, 0 Failed, {} Pending, 0 Skipped, 100 Total, 2-sec Throughput (Mb/s): 8\n",
            100 - done
        )
    };
    let old = "00000000-6feb-1a4e-6330-2e96e309c3a5.log";
    let new = "ea723dbd-6feb-1a4e-6330-2e96e309c3a5.log";
    let mut watched = watch(job(CopySource::Azcopy(folder.path().to_owned())));
    let copy = watched.next();
    assert_eq!(copy.source, Source::Waiting);
    remarks(&copy, "azcopy env");
    fs::write(at(old), format!("{}Final Job Status: Completed\n", line(99))).unwrap();
    fs::File::options().write(true).open(at(old)).unwrap().set_modified(an_hour_ago()).unwrap();
    fs::write(at("ea723dbd-6feb-1a4e-6330-2e96e309c3a5-scanning.log"), line(1)).unwrap();
    watched.until("the old job", |copy| copy.progress.objects.done == Some(99));
    fs::write(at(new), line(10)).unwrap();
    watched.until("the new job", |copy| copy.progress.objects.done == Some(10));
    // Renamed at 500 MiB, with its last words still unread.
    fs::write(at(new), line(10) + &line(20)).unwrap();
    fs::rename(at(new), at("ea723dbd-6feb-1a4e-6330-2e96e309c3a5.0.log")).unwrap();
    fs::write(at(new), line(30)).unwrap();
    let copy = watched.until("after the rotation", |copy| copy.progress.objects.done == Some(30));
    assert_eq!(copy.progress.restarts, 0, "{copy:#?}");
}

fn an_hour_ago() -> std::time::SystemTime {
    (SystemClock.now().wall - chrono::TimeDelta::hours(1)).into()
}
