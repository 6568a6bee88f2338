//! rclone, rsync, dd, pv, progress and gsutil between folders of this machine.

use super::*;

fn rclone(program: &Path, folder: &Path, more: &[&str]) -> Command {
    let mut command = super::program(program, folder);
    command
        .args([
            "copy",
            "src",
            "dst",
            "--use-json-log",
            "-v",
            "--stats=100ms",
            "--transfers=2",
            "--config=none",
        ])
        .args(more);
    command
}

fn follow_rclone(program: &Path) {
    proved("rclone", program, "version");
    let folder = tree(24, 500_000);
    let slow = ["--bwlimit=8M", "--buffer-size=0"];
    let killed = run_until("rclone", &mut rclone(program, folder.path(), &slow), Told::default(), |said| {
        said.bytes.done.unwrap_or(0) > 3_000_000
    });
    killed.died();
    // The run after it copies the rest.
    let resumed = run("rclone", &mut rclone(program, folder.path(), &slow));
    resumed.finished();
    resumed.was_followed(3);
    let copied = resumed.last.objects.done.unwrap();
    assert!((1..24).contains(&copied), "{}", resumed.story());
    assert_eq!(resumed.last.objects.total, Some(copied));
    let again = run("rclone", &mut rclone(program, folder.path(), &[]));
    again.finished();
    assert_eq!(again.last.objects.done, Some(0), "{}", again.story());
    // A folder stands where a file is to go.
    fs::write(folder.path().join("src/bad"), "x").unwrap();
    fs::create_dir_all(folder.path().join("dst/bad/in")).unwrap();
    fs::write(folder.path().join("src/good"), "x").unwrap();
    let errors = run("rclone", &mut rclone(program, folder.path(), &["--retries=2"]));
    errors.with_errors(1);
    assert_eq!(errors.last.restarts, 1, "{}", errors.story());
    assert!(errors.last.failed.unwrap_or(0) > 0, "{}", errors.story());
    fs::rename(folder.path().join("src"), folder.path().join("gone")).unwrap();
    run("rclone", &mut rclone(program, folder.path(), &["--retries=1"])).failed(3);
}

#[test]
fn rclone_of_the_system_is_followed_to_its_end() {
    let Some(program) = tools::system("rclone") else { return };
    follow_rclone(&program);
}

#[test]
fn rclone_of_today_is_followed_to_its_end() {
    let Some(program) = tools::python("rclone") else { return };
    follow_rclone(&program);
}

#[test]
fn rclones_plain_lines_are_followed() {
    let Some(program) = tools::system("rclone") else { return };
    let folder = tree(12, 500_000);
    for stats in [&["--stats-one-line"][..], &[]] {
        let mut command = super::program(&program, folder.path());
        command
            .args(["copy", "src"])
            .arg(format!("dst{}", stats.len()))
            .args(["-v", "--stats=100ms", "--bwlimit=6M", "--buffer-size=0", "--config=none"])
            .args(stats);
        let run = run("rclone", &mut command);
        run.finished();
        run.was_followed(3);
        assert_eq!(run.last.objects.done, Some(12), "{}", run.story());
    }
}

fn rsync(program: &Path, folder: &Path, more: &[&str]) -> Command {
    let mut command = super::program(program, folder);
    command.args(["-a", "--info=progress2", "--outbuf=L"]).args(more).args(["src/", "dst/"]);
    command
}

#[test]
fn rsync_is_followed_to_its_end() {
    let Some(program) = tools::system("rsync") else { return };
    proved("rsync", &program, "--version");
    let folder = tree(24, 500_000);
    let slow = ["--bwlimit=8m", "--no-inc-recursive"];
    let killed = run_until("rsync", &mut rsync(&program, folder.path(), &slow), Told::default(), |said| {
        said.bytes.done.unwrap_or(0) > 3_000_000
    });
    killed.died();
    let resumed = run("rsync", &mut rsync(&program, folder.path(), &slow));
    resumed.finished();
    resumed.was_followed(3);
    assert_eq!(resumed.last.objects.done, resumed.last.objects.total, "{}", resumed.story());
    assert!(resumed.last.objects.total >= Some(24));
    // Nothing to do: finished at 0 %.
    let again = run("rsync", &mut rsync(&program, folder.path(), &["--bwlimit=8m"]));
    again.finished();
    assert_eq!(again.last.percent, Some(0.0), "{}", again.story());
    fs::write(folder.path().join("src/bad"), "x").unwrap();
    fs::create_dir_all(folder.path().join("dst/bad/in")).unwrap();
    run("rsync", &mut rsync(&program, folder.path(), &[])).with_errors(23);
    fs::rename(folder.path().join("src"), folder.path().join("gone")).unwrap();
    run("rsync", &mut rsync(&program, folder.path(), &[])).with_errors(23);
}

#[test]
fn rsync_that_is_interrupted_says_so() {
    let Some(program) = tools::system("rsync") else { return };
    let folder = tree(12, 500_000);
    // coreutils' timeout interrupts it in mid-copy.
    let mut command = super::program("timeout", folder.path());
    command.args(["--preserve-status", "-s", "INT", "1"]).arg(&program).args([
        "-a",
        "--info=progress2",
        "--bwlimit=2m",
        "src/",
        "dst/",
    ]);
    run("rsync", &mut command).ended(20, &Stage::Ended(End::Cancelled));
}

/// dd reads what pv lets through.
fn dd(folder: &Path, rate: &str, to: &str) -> (Command, Ended) {
    let mut pv = Command::new(tools::system("pv").unwrap());
    pv.args(["-q", "-L", rate, "src"]).current_dir(folder).stdout(Stdio::piped()).stdin(Stdio::null());
    let mut pv = pv.spawn().unwrap();
    let mut command = program("dd", folder);
    command.arg(format!("of={to}")).args(["bs=64k", "iflag=fullblock", "status=progress"]);
    command.stdin(pv.stdout.take().unwrap());
    (command, Ended(pv))
}

fn big(size: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("src"), vec![7; size]).unwrap();
    folder
}

#[test]
fn pv_is_followed_to_its_end() {
    let Some(program) = tools::system("pv") else { return };
    proved("pv", &program, "--version");
    let folder = big(12_000_000);
    let pv = |more: &[&str]| {
        let mut command = super::program("sh", folder.path());
        command.args(["-c", "exec \"$0\" \"$@\" > out"]).arg(&program).args(more);
        command
    };
    let whole = run("pv", &mut pv(&["-f", "-i", "0.1", "-L", "8m", "src"]));
    whole.finished();
    whole.was_followed(3);
    assert_eq!(whole.last.percent, Some(100.0), "{}", whole.story());
    run("pv", &mut pv(&["-n", "-i", "0.1", "-L", "16m", "src"])).finished();
    let numbers = run("pv", &mut pv(&["-nbt", "-i", "0.1", "-L", "16m", "src"]));
    numbers.finished();
    assert_eq!(numbers.last.bytes.done, Some(12_000_000), "{}", numbers.story());
    let enough = |said: &Progress| said.bytes.done.unwrap_or(0) > 2_000_000;
    run_until("pv", &mut pv(&["-f", "-i", "0.1", "-L", "8m", "src"]), Told::default(), enough).died();
    run("pv", &mut pv(&["-f", "src", "missing"])).with_errors(2);
}

#[test]
fn dd_is_followed_to_its_end() {
    if tools::system("pv").is_none() {
        return;
    }
    proved("dd", Path::new("dd"), "--version");
    let folder = big(20_000_000);
    let told = Told { objects: None, bytes: Some(20_000_000) };
    let (mut command, pv) = dd(folder.path(), "8m", "out");
    let whole = run_until("dd", &mut command, told.clone(), |_| false);
    drop(pv);
    whole.finished();
    whole.was_followed(2);
    assert_eq!(whole.last.bytes.done, Some(20_000_000), "{}", whole.story());
    assert_eq!(whole.last.bytes.total, Some(20_000_000));
    let (mut command, pv) = dd(folder.path(), "8m", "out");
    run_until("dd", &mut command, told, |said| said.bytes.done.unwrap_or(0) > 0).died();
    drop(pv);
    let mut full = program("dd", folder.path());
    full.args(["if=src", "of=/dev/full", "bs=64k", "status=progress"]);
    run("dd", &mut full).failed(1);
}

#[test]
fn progress_tells_of_a_program_it_watches() {
    let Some(program) = tools::system("progress") else { return };
    proved("progress", &program, "--version");
    let folder = big(20_000_000);
    let mut pv = Command::new(tools::system("pv").unwrap());
    pv.args(["-q", "-L", "4m", "src"]).current_dir(folder.path()).stdout(Stdio::null()).stdin(Stdio::null());
    let pv = Ended(pv.spawn().unwrap());
    eventually("progress sees it", || {
        let mut command = super::program(&program, folder.path());
        command.args(["-q", "-p", &pv.0.id().to_string()]);
        let run = run("progress", &mut command);
        run.last.bytes.total.is_some_and(|total| total.abs_diff(20_000_000) < 200_000)
            && run.last.bytes.done.is_some_and(|done| done > 0)
            && run.last.stage == Stage::Running
    });
}

#[test]
fn gsutil_is_followed_to_its_end() {
    let Some(program) = tools::python("gsutil") else { return };
    let folder = tree(20, 200_000);
    proved("gsutil", &program, "version");
    let gsutil = |words: &[&str]| {
        let mut command = super::program(&program, folder.path());
        command.args(words).env("BOTO_CONFIG", "/dev/null");
        command
    };
    fs::create_dir(folder.path().join("dst")).unwrap();
    let whole = run("gsutil", &mut gsutil(&["cp", "-r", "src", "dst"]));
    whole.finished();
    assert_eq!(whole.last.objects.done, Some(20), "{}", whole.story());
    run("gsutil", &mut gsutil(&["cp", "missing", "dst"])).failed(1);
}
