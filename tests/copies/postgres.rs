//! A real server's progress views.

use cutover::config::Connection;

use super::*;
use crate::copy_tools::postgres::{Postgres, server};

/// A client's statement that goes on.
fn sql(postgres: &Postgres, statement: &str) -> Running {
    Running(
        postgres
            .client("psql")
            .args(["-XAtq", "-c", statement])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    )
}

fn views(postgres: &Postgres) -> CopyJob {
    let port = postgres.sql("postgres", "show port");
    let text = format!("host=127.0.0.1 port={} user=postgres dbname=postgres password=unused", port.trim());
    job(CopySource::Postgres(Connection::parse(&text)))
}

#[test]
fn copies_and_index_builds_are_followed_and_their_end_is_not_guessed() {
    use std::io::Write;
    let Some(postgres) = server() else { return };
    let mut watched = watch(views(&postgres));
    let copy = watched.until("nothing yet", |copy| copy.source == Source::Waiting);
    remarks(&copy, "pg_monitor");
    postgres.sql("postgres", "create table t (v text)");
    // From a client: nobody knows how much will come.
    let mut pipe = sql(&postgres, "copy t from stdin");
    let mut stdin = pipe.0.stdin.take().unwrap();
    let rows = "x".repeat(99) + "\n";
    stdin.write_all(rows.repeat(20_000).as_bytes()).unwrap();
    let copy = watched.until("rows", |copy| copy.progress.objects.done.unwrap_or(0) > 1000);
    assert_eq!((copy.progress.unit, copy.progress.bytes.total, &copy.source), ("rows", None, &Source::Open));
    assert!(!copy.progress.total_is_final);
    stdin.write_all(rows.repeat(20_000).as_bytes()).unwrap();
    watched.until("more rows", |later| bytes(later) > bytes(&copy));
    drop(stdin);
    assert_eq!(pipe.code(), 0);
    let copy = watched.until("over", |copy| copy.source == Source::Gone);
    remarks(&copy, "whether it was committed its client knows");
    assert!(!matches!(copy.progress.stage, Stage::Ended(_)));

    // From a file on the server, held up by a slow trigger.
    let file = postgres.folder.path().join("rows");
    fs::write(&file, rows.repeat(3000)).unwrap();
    postgres.sql(
        "postgres",
        "create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.001); return new; end';
         create trigger slow before insert on t for each row execute function slow()",
    );
    let mut load = sql(&postgres, &format!("copy t from '{}'", file.display()));
    let copy = watched.until("a file", |copy| copy.progress.bytes.total == Some(300_000));
    assert!(copy.progress.total_is_final && copy.progress.restarts > 0, "{copy:#?}");
    // Cancelled, it is no longer there; nobody takes that for its end.
    postgres.sql("postgres", "select pg_cancel_backend(pid) from pg_stat_progress_copy");
    assert_ne!(load.code(), 0);
    watched.until("over", |copy| copy.source == Source::Gone);
}

#[test]
fn an_index_build_is_seen() {
    let Some(postgres) = server() else { return };
    postgres.table("big", 200_000);
    // The snapshot that is still open keeps a concurrent build waiting in its last phase but one.
    let mut holder = sql(
        &postgres,
        "begin isolation level repeatable read; select count(*) from big; select pg_sleep(1000)",
    );
    eventually("the snapshot stands", || {
        postgres.sql("postgres", "select count(*) from pg_stat_activity where query like '%pg_sleep(1000)%' and wait_event = 'PgSleep'").trim() == "1"
    });
    let mut build = sql(&postgres, "create index concurrently on big (v, id)");
    let copy = watch(views(&postgres)).until("an index", |copy| copy.progress.at.contains("INDEX"));
    assert_eq!(copy.source, Source::Open, "{copy:#?}");
    holder.0.kill().unwrap();
    holder.0.wait().unwrap();
    postgres.sql("postgres", "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(1000)%' and pid <> pg_backend_pid()");
    assert_eq!(build.code(), 0);
}

#[test]
fn a_server_that_is_not_there_is_named_and_the_password_is_no_argument() {
    let Some(psql) = tools::system("psql") else { return };
    drop(psql);
    let nobody = crate::health::closed();
    let text = format!("postgresql://dana:hunter2hunter2@{nobody}/shop");
    let connection = Connection::parse(&text);
    assert!(!connection.text.contains("hunter2"));
    let mut watched = watch_in(job(CopySource::Postgres(connection)), None, &["hunter2hunter2"]);
    let copy = watched.until("refused", is_unreachable);
    assert!(unreachable(&copy).contains("Connection refused"), "{copy:?}");
    assert!(!format!("{copy:?}").contains("hunter2"));
}
