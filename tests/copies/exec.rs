//! Programs that tell.

use super::*;

fn exec(script: &str) -> CopyJob {
    job(CopySource::Exec(argv(&["sh", "-c", script])))
}

#[test]
fn a_program_that_answers_is_asked_again_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let count = folder.path().join("count");
    let script =
        format!("echo x >> {0}; printf '{{\"done\": %s, \"total\": 100}}' $(wc -l < {0})", count.display());
    let mut watched = watch(exec(&script));
    watched.until("asked five times", |copy| copy.progress.objects.done >= Some(5));
    drop(watched);
}

#[test]
fn a_program_that_goes_on_is_followed_and_ends_with_the_cockpit() {
    let folder = tempfile::tempdir().unwrap();
    let (log, list) = (folder.path().join("log"), folder.path().join("pid"));
    fs::write(&log, "").unwrap();
    let script = format!("echo $$ > {}; exec tail -n +1 -F {}", list.display(), log.display());
    let mut watched = watch(exec(&script));
    eventually("it runs", || list.exists());
    fs::write(&log, "{\"done\": 2, \"total\": 3, \"unit\": \"bytes\"}").unwrap();
    let copy = watched.until("told", |copy| bytes(copy) == 2);
    assert_eq!(copy.source, Source::Open);
    let pid = fs::read_to_string(&list).unwrap();
    drop(watched);
    eventually("it is gone", || !Path::new(&format!("/proc/{}", pid.trim())).exists());
}

#[test]
fn a_program_that_fails_is_run_again_later_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let count = folder.path().join("count");
    let script = format!(
        "echo x >> {0}; [ $(wc -l < {0}) -lt 2 ] && {{ echo 'token expired hunter2hunter2' >&2; exit 3; }}; echo '{{\"done\": 1}}'",
        count.display()
    );
    let mut watched = watch_in(exec(&script), None, &["hunter2hunter2"]);
    let copy = watched.until("failed", is_unreachable);
    assert_eq!(unreachable(&copy), "sh ended with 3: token expired •••; it is run again after 1s");
    let copy = watched.until("told", |copy| copy.progress.objects.done == Some(1));
    assert_eq!(copy.source, Source::Open);
    let copy = watch(job(CopySource::Exec(argv(&["/nonexistent/tool"])))).until("failed", is_unreachable);
    assert!(unreachable(&copy).starts_with("cannot run /nonexistent/tool: No such file"), "{copy:?}");
}

#[test]
fn numbers_are_spelt_alike_whatever_the_users_language() {
    let copy = watch(exec("printf '{\"done\": 1, \"at\": \"%s\"}' \"$LC_ALL\""))
        .until("told", |copy| copy.updated.is_some());
    assert_eq!(copy.progress.at, "C.UTF-8");
}

#[test]
fn the_preflight_hears_a_program_out() {
    let Reading::Copy(copy) = once(exec("sleep 0.3; echo '{\"done\": 7, \"total\": 9}'")) else {
        panic!("no copy")
    };
    assert_eq!(copy.progress.objects.total, Some(9));
}

#[test]
fn an_expression_of_ones_own_reads_any_program() {
    let mut job = exec("echo 'moved 10 MiB of 40 MiB'");
    job.regex = Some(r"moved (?<done>[\d.]+ \w+) of (?<total>[\d.]+ \w+)".to_owned());
    let copy = watch(job).until("told", |copy| copy.updated.is_some());
    assert_eq!(copy.progress.bytes.total, Some(40 << 20));
}
