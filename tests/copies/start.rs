//! Copies that the cockpit starts: they outlive it, and are found again.

use std::os::unix::fs::PermissionsExt;

use super::*;

fn start(words: &[&str]) -> CopyJob {
    job(CopySource::Start(argv(words)))
}

fn shell(script: &str) -> CopyJob {
    start(&["sh", "-c", script])
}

/// Says how far it is until it is let go on.
fn gated(gate: &Path, code: i32) -> CopyJob {
    shell(&format!(
        "echo '{{\"done\": 1, \"total\": 3, \"unit\": \"files\"}}'; while ! [ -e {0} ]; do sleep 0.05; done
         echo '{{\"done\": 3, \"total\": 3, \"unit\": \"files\"}}'; exit {code}",
        gate.display()
    ))
}

fn process(jobs: &Path, run: u32) -> (i32, i32) {
    let text = fs::read_to_string(jobs.join(format!("copy-assets/{run}/process"))).unwrap();
    let pid = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    };
    (pid("program "), pid("holder "))
}

fn is_alive(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit_once(')').unwrap().1.trim_start().starts_with('Z'))
}

fn kill(pid: i32, signal: Signal) {
    rustix::process::kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}

#[test]
fn nothing_is_started_but_by_order_and_its_end_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let (jobs, gate) = (folder.path().join("run.jobs"), folder.path().join("gate"));
    let mut watched = watch_in(gated(&gate, 0), Some(&jobs), &[]);
    for _ in 0..3 {
        let copy = watched.next();
        assert_eq!((copy.source, copy.run), (Source::Waiting, 0));
    }
    assert!(!jobs.exists());
    watched.order(Order::Run);
    let copy = watched.until("under way", |copy| copy.progress.objects.done == Some(1));
    assert_eq!((&copy.source, copy.run), (&Source::Open, 1));
    // A second one is refused while it runs.
    watched.order(Order::Run);
    let copy =
        watched.until("refused", |copy| copy.progress.remarks.iter().any(|r| r.contains("runs already")));
    assert_eq!((copy.run, copy.source), (1, Source::Open));
    fs::write(&gate, "").unwrap();
    let copy = watched.until("ended", |copy| copy.source == Source::Exited(0));
    assert!(finished(&copy), "{copy:#?}");
    assert_eq!(copy.progress.objects.done, Some(3));
    // For us alone.
    for (name, mode) in [("", 0o700), ("copy-assets/1", 0o700), ("copy-assets/1/output", 0o600)] {
        assert_eq!(fs::metadata(jobs.join(name)).unwrap().permissions().mode() & 0o777, mode, "{name}");
    }
    // Run again, it is another run, whose numbers are its own.
    watched.order(Order::Run);
    let copy = watched.until("ended again", |copy| copy.run == 2 && copy.source == Source::Exited(0));
    assert_eq!(copy.progress.objects.done, Some(3));
}

/// Where the process that stands for a cockpit is told to keep its jobs.
const COCKPIT: &str = "CUTOVER_TEST_COPY_COCKPIT";

#[test]
fn a_copy_outlives_a_killed_cockpit_and_is_found_again_with_its_exit_code() {
    if let Some(jobs) = std::env::var_os(COCKPIT) {
        let jobs = PathBuf::from(jobs);
        let mut watched = watch_in(gated(&jobs.join("gate"), 7), Some(&jobs), &[]);
        watched.order(Order::Run);
        loop {
            watched.next();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let jobs = folder.path().to_owned();
    let mut cockpit = Running(
        Command::new(std::env::current_exe().unwrap())
            .args([
                "copies::start::a_copy_outlives_a_killed_cockpit_and_is_found_again_with_its_exit_code",
                "--exact",
            ])
            .env(COCKPIT, &jobs)
            .stdout(Stdio::null())
            .spawn()
            .unwrap(),
    );
    eventually("it is started", || jobs.join("copy-assets/1/process").exists());
    let (program, holder) = process(&jobs, 1);
    cockpit.signal(Signal::KILL);
    cockpit.0.wait().unwrap();
    // A lost terminal does nothing either: it has none.
    kill(program, Signal::CONT);
    let stat = fs::read_to_string(format!("/proc/{program}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    assert_eq!(fields[4], "0", "no controlling terminal: {stat}");
    assert_eq!(fields[3], holder.to_string(), "a session of its own: {stat}");

    let settings = || gated(&jobs.join("gate"), 7);
    let mut watched = watch_in(settings(), Some(&jobs), &[]);
    let copy = watched.until("found again", |copy| copy.progress.objects.done == Some(1));
    assert_eq!((copy.source, copy.run), (Source::Open, 1));
    watched.order(Order::Run);
    watched.until("refused", |copy| copy.progress.remarks.iter().any(|r| r.contains("runs already")));
    // It ends while no cockpit runs.
    drop(watched);
    fs::write(jobs.join("gate"), "").unwrap();
    eventually("it has ended", || !is_alive(holder));
    let copy = watch_in(settings(), Some(&jobs), &[]).next();
    assert_eq!(copy.source, Source::Exited(7), "{copy:#?}");
    assert!(matches!(copy.progress.stage, Stage::Ended(End::Failed(_))), "{copy:#?}");
    assert_eq!(copy.progress.objects.done, Some(3), "its whole output is read");
}

#[test]
fn a_stop_ends_all_of_it_even_when_it_stands_still() {
    let folder = tempfile::tempdir().unwrap();
    let jobs = folder.path();
    let script = "sh -c 'echo $$ > grandchild; exec sleep 1000' & echo '{\"done\": 1, \"total\": 3}'; wait";
    let script = format!("cd {} && {script}", jobs.display());
    let mut watched = watch_in(shell(&script), Some(jobs), &[]);
    watched.order(Order::Stop);
    watched.until("refused", |copy| copy.progress.remarks.iter().any(|r| r.contains("does not run")));
    watched.order(Order::Run);
    watched.until("under way", |copy| copy.progress.objects.done == Some(1));
    eventually("it has a child", || {
        fs::read_to_string(jobs.join("grandchild")).is_ok_and(|pid| pid.ends_with('\n'))
    });
    let grandchild: i32 = fs::read_to_string(jobs.join("grandchild")).unwrap().trim().parse().unwrap();
    let (program, _) = process(jobs, 1);
    kill(program, Signal::STOP);
    watched.order(Order::Stop);
    let copy = watched.until("ended", |copy| matches!(copy.source, Source::Exited(_)));
    assert_eq!(copy.source, Source::Exited(128 + 15));
    assert_eq!(copy.progress.stage, Stage::Ended(End::Cancelled));
    eventually("its child is gone", || !is_alive(grandchild));
}

#[test]
fn how_a_copy_ended_whose_holder_was_killed_is_not_known() {
    let folder = tempfile::tempdir().unwrap();
    let jobs = folder.path();
    let gate = jobs.join("gate");
    let mut watched = watch_in(gated(&gate, 0), Some(jobs), &[]);
    watched.order(Order::Run);
    watched.until("under way", |copy| copy.progress.objects.done == Some(1));
    let (program, holder) = process(jobs, 1);
    kill(holder, Signal::KILL);
    // The copy itself goes on.
    for _ in 0..3 {
        assert_eq!(watched.next().source, Source::Open);
    }
    assert!(is_alive(program));
    fs::write(&gate, "").unwrap();
    let copy = watched.until("gone", |copy| copy.source == Source::Gone);
    assert_eq!(copy.progress.objects.done, Some(3));
    remarks(&copy, "how it ended is not known");
    // One whose number was given to another process is gone too, and that other one is left alone.
    let other = Running::start(Command::new("sleep").arg("1000"));
    let text = fs::read_to_string(jobs.join("copy-assets/1/process")).unwrap();
    let text = text.replace(&format!("program {program} "), &format!("program {} 1", other.0.id()));
    fs::write(jobs.join("copy-assets/1/process"), text).unwrap();
    let mut watched = watch_in(gated(&gate, 0), Some(jobs), &[]);
    watched.order(Order::Stop);
    let copy =
        watched.until("refused", |copy| copy.progress.remarks.iter().any(|r| r.contains("does not run")));
    assert_eq!(copy.source, Source::Gone);
    assert!(is_alive(i32::try_from(other.0.id()).unwrap()));
}

#[test]
fn a_killed_copy_and_one_that_cannot_run_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut watched = watch_in(start(&["sleep", "1000"]), Some(folder.path()), &[]);
    watched.order(Order::Run);
    eventually("it runs", || folder.path().join("copy-assets/1/process").exists());
    kill(process(folder.path(), 1).0, Signal::KILL);
    let copy = watched.until("ended", |copy| matches!(copy.source, Source::Exited(_)));
    assert_eq!(copy.source, Source::Exited(137));

    let folder = tempfile::tempdir().unwrap();
    let mut watched = watch_in(start(&["/nonexistent/copy"]), Some(folder.path()), &[]);
    watched.order(Order::Run);
    let copy = watched.until("ended", |copy| matches!(copy.source, Source::Exited(_)));
    assert_eq!(copy.source, Source::Exited(127));
    remarks(&copy, "cannot run /nonexistent/copy: No such file");
}

#[test]
fn secrets_reach_the_copy_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let jobs = folder.path();
    let secret = "hunter2hunter2";
    let script = format!(
        "printf %s \"$1\" > {}/got; echo \"{{\\\"done\\\": 1, \\\"at\\\": \\\"with $1\\\"}}\"",
        jobs.display()
    );
    let mut watched = watch_in(start(&["sh", "-c", &script, "sh", secret]), Some(jobs), &[secret]);
    watched.order(Order::Run);
    let copy = watched.until("ended", |copy| copy.source == Source::Exited(0));
    assert_eq!(fs::read_to_string(jobs.join("got")).unwrap(), secret);
    assert_eq!(copy.progress.at, "with •••");
    assert!(!format!("{copy:?}").contains(secret));
    assert!(!fs::read_to_string(jobs.join("copy-assets/1/process")).unwrap().contains(secret));
}

#[test]
fn the_preflight_starts_no_copy() {
    let folder = tempfile::tempdir().unwrap();
    let touched = folder.path().join("touched");
    let Reading::Copy(copy) = once(start(&["touch", touched.to_str().unwrap()])) else { panic!("no copy") };
    assert_eq!(copy.source, Source::Waiting);
    assert!(!touched.exists());
}

#[test]
fn a_real_copy_is_started_and_followed() {
    let Some(rsync) = tools::system("rsync") else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    tree(&folder.path().join("from"), 20, 50_000);
    let rsync = rsync.display().to_string();
    let words = [&rsync, "-r", "--info=progress2", "--bwlimit=1000", &format!("{}/", at("from")), &at("to")];
    let mut watched = watch_in(start(&words), Some(folder.path()), &[]);
    watched.order(Order::Run);
    watched.until("under way", |copy| bytes(copy) > 0 && copy.source == Source::Open);
    let copy = watched.until("ended", |copy| copy.source == Source::Exited(0));
    assert!(finished(&copy), "{copy:#?}");
    assert_eq!(fs::read_dir(folder.path().join("to")).unwrap().count(), 11);
}
