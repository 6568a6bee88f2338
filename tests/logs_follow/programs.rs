//! Programs whose output is a log.

use super::*;

#[test]
fn both_outputs_are_the_log_and_an_end_is_a_new_start() {
    let (folder, _) = folder();
    let count = folder.path().join("count");
    let script = format!(
        "echo run >> {0}; echo out $(wc -l < {0}); echo 'error: no luck' >&2; exit 3",
        count.display()
    );
    let mut follow = Follow::start(&exec(&["sh", "-c", &script]));
    follow.until_line("out 1");
    follow.until_line("error: no luck");
    follow.until_line("out 2");
    let Turn::Restarted(why) = &follow.turns[0] else { panic!("{:?}", follow.turns) };
    assert_eq!(why, "sh ended with exit code 3: error: no luck");
    assert!(follow.errors >= 1);
}

#[test]
fn what_cannot_be_run_says_so_and_when_it_is_tried_again() {
    let mut follow = Follow::start(&exec(&["/nonexistent/tail"]));
    follow.until("it says why", |follow| {
        let Source::Missing(why) = &follow.source else { return false };
        why.contains("cannot run /nonexistent/tail: No such file") && why.contains("started again in")
    });
}

#[test]
fn old_lines_of_a_program_are_told_by_their_time() {
    let script = "echo '2001-01-01T00:00:00Z ERROR long ago'; date -u +%Y-%m-%dT%H:%M:%SZ' ERROR now'; exec sleep 1000";
    let mut follow = Follow::start(&exec(&["sh", "-c", script]));
    follow.until("the second line", |follow| follow.lines.len() == 2);
    assert_eq!((follow.old, follow.errors), (1, 1));
    assert_eq!(follow.source, Source::Running);
}

#[test]
fn nothing_of_it_is_left_when_it_is_no_longer_wanted() {
    let (folder, _) = folder();
    let pids = folder.path().join("pids");
    let script = format!(
        "trap '' TERM HUP; echo $$ >> {0}; sh -c 'echo $$ >> {0}; exec sleep 1000'; sleep 1000",
        pids.display()
    );
    let mut follow = Follow::start(&exec(&["sh", "-c", &script]));
    let read =
        || fs::read_to_string(&pids).unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
    follow.until("both run", |_| read().len() == 2);
    follow.supervisor.apply(&Settings::default());
    let started = read();
    until("both are gone", || {
        (!started.iter().any(|pid| Path::new(&format!("/proc/{pid}")).exists())).then_some(())
    });
}

#[test]
fn a_flood_from_a_program_is_counted_to_the_last_line() {
    let script = "yes 'a line of the flood' | head -n 100000; echo the end; exec sleep 1000";
    let mut follow = Follow::start(&exec(&["sh", "-c", script]));
    follow.until("the end", |follow| follow.lines.last().is_some_and(|line| line == "the end"));
    assert_eq!(follow.lines.len() as u64 + follow.dropped, 100_001);
}
