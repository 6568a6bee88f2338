//! `pg_basebackup`, `pg_dump`, `pg_restore`, and the views of a server.

use std::os::unix::fs::chown;

use cutover::probe::copy::adapter::{pg_archive, postgres};

use super::*;

/// Debian's user without rights: the server refuses to run as root.
const NOBODY: u32 = 65_534;

pub struct Postgres {
    server: Server,
    pub folder: tempfile::TempDir,
}

/// A program as a user that the server accepts.
fn plain(name: &str, folder: &Path) -> Command {
    let path = tools::system(name).unwrap();
    if !rustix::process::geteuid().is_root() {
        return program(path, folder);
    }
    let mut command = program("setpriv", folder);
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]).arg(path);
    command
}

pub fn server() -> Option<Postgres> {
    tools::system("initdb")?;
    let folder = tempfile::tempdir().unwrap();
    if rustix::process::geteuid().is_root() {
        chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let made = plain("initdb", folder.path())
        .args(["-D", "data", "-A", "trust", "-U", "postgres", "--no-sync", "--locale=C.UTF-8"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let server = serve(|address| {
        let mut command = plain("postgres", folder.path());
        command.args([
            "-D",
            "data",
            "-h",
            "127.0.0.1",
            "-F",
            "-c",
            "wal_level=logical",
            "-c",
            "max_wal_senders=4",
        ]);
        command.args(["-k", "", "-p", &address.port().to_string()]);
        command
    });
    let postgres = Postgres { server, folder };
    eventually("the server answers", || {
        postgres.client("psql").args(["-c", "select 1"]).output().unwrap().status.success()
    });
    Some(postgres)
}

impl Postgres {
    pub fn client(&self, name: &str) -> Command {
        let mut command = plain(name, self.folder.path());
        command
            .env("PGHOST", "127.0.0.1")
            .env("PGPORT", self.server.address.port().to_string())
            .env("PGUSER", "postgres")
            .env("PGDATABASE", "postgres");
        command
    }

    pub fn sql(&self, database: &str, sql: &str) -> String {
        let mut command = self.client("psql");
        let output = command
            .env("PGDATABASE", database)
            .args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql])
            .output()
            .unwrap();
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What the server's views say now.
    fn look(&self, database: &str) -> Progress {
        let rows: Vec<serde_json::Value> = self
            .sql(database, postgres::QUERY)
            .lines()
            .map(|row| serde_json::from_str(row).unwrap())
            .collect();
        postgres::progress(&rows, &Arc::default())
    }

    pub fn table(&self, name: &str, rows: u32) {
        self.sql(
            "postgres",
            &format!(
                "create table {name} as select g as id, repeat(md5(g::text), 6) as v from generate_series(1, {rows}) g;
                 alter table {name} add primary key (id); create index on {name} (v)"
            ),
        );
    }
}

#[test]
fn pg_basebackup_is_followed_to_its_end() {
    let Some(postgres) = server() else { return };
    proved("pg_basebackup", &tools::system("pg_basebackup").unwrap(), "--version");
    let backup = |to: &str, rate: &str| {
        let mut command = postgres.client("pg_basebackup");
        command.args(["-P", "-D", to, "-r", rate, "-X", "fetch", "--checkpoint=fast", "--no-sync"]);
        command
    };
    let whole = run("pg_basebackup", &mut backup("one", "5M"));
    whole.finished();
    whole.was_followed(3);
    assert_eq!(whole.last.objects.done, Some(1), "{}", whole.story());
    let enough = |said: &Progress| said.bytes.done.unwrap_or(0) > 4_000_000;
    run_until("pg_basebackup", &mut backup("two", "12M"), Told::default(), enough).died();
    run("pg_basebackup", &mut backup("one", "12M")).failed(1);
}

#[test]
fn pg_dump_and_pg_restore_are_followed_to_their_end() {
    let Some(postgres) = server() else { return };
    proved("pg_restore", &tools::system("pg_restore").unwrap(), "--version");
    postgres.table("one", 20_000);
    postgres.table("two", 20_000);
    let dump = run("pg_dump", postgres.client("pg_dump").args(["-v", "-Fc", "-f", "dump"]));
    dump.finished();
    assert_eq!(dump.last.objects.done, Some(2), "{}", dump.story());
    let list = postgres.client("pg_restore").args(["-l", "dump"]).output().unwrap();
    let total = pg_archive::listed(&String::from_utf8(list.stdout).unwrap());
    assert_eq!(total, 6, "two tables, each with a key and an index");
    let told = || Told { objects: Some(total), bytes: None };
    for (database, jobs) in [("a", "-j1"), ("b", "-j3")] {
        postgres.sql("postgres", &format!("create database {database}"));
        let restore = || {
            let mut command = postgres.client("pg_restore");
            command.args(["-v", "-d", database, "dump"]);
            if jobs != "-j1" {
                command.arg(jobs);
            }
            command
        };
        let whole = run_until("pg_restore", &mut restore(), told(), |_| false);
        whole.finished();
        whole.was_followed(3);
        assert_eq!(
            (whole.last.objects.done, whole.last.objects.total),
            (Some(6), Some(6)),
            "{}",
            whole.story()
        );
        // All of it is there already: errors, each ignored.
        let again = run_until("pg_restore", &mut restore(), told(), |_| false);
        again.with_errors(1);
        assert!(again.last.failed > Some(1), "{}", again.story());
    }
    run("pg_restore", postgres.client("pg_restore").args(["-v", "-d", "nowhere", "dump"])).failed(1);
    run("pg_dump", postgres.client("pg_dump").args(["-v", "-d", "nowhere", "-f", "x"])).failed(1);
}

#[test]
fn copy_is_followed_in_the_servers_view() {
    let Some(postgres) = server() else { return };
    println!("tried: PostgreSQL {}", postgres.sql("postgres", "show server_version").trim());
    assert_eq!(postgres.look("postgres").stage, Stage::Unknown, "nothing is copied yet");
    postgres.table("one", 60_000);
    let file = postgres.folder.path().join("rows");
    postgres.sql("postgres", &format!("copy one to '{}'", file.display()));
    let size = fs::metadata(&file).unwrap().len();
    // Each row takes its time.
    postgres.sql(
        "postgres",
        "create table two (like one); create function wait() returns trigger language plpgsql as
         'begin perform pg_sleep(0.0001); return new; end'; create trigger t before insert on two
         for each row when (new.id % 4 = 0) execute function wait()",
    );
    for (how, total) in [("copy", Some(size)), ("\\copy", None)] {
        let mut client = postgres.client("psql");
        client.args(["-Xqc", &format!("{how} two from '{}'", file.display())]);
        let mut client = Ended(client.spawn().unwrap());
        let mut seen = Vec::new();
        eventually("the copy ends", || {
            let look = postgres.look("postgres");
            if look.objects.done.unwrap_or(0) > 0 {
                assert_eq!((look.bytes.total, look.unit), (total, "rows"), "{how}");
                assert_eq!(look.total_is_final, total.is_some());
                seen.push(look.bytes.done.unwrap());
            }
            client.0.try_wait().unwrap().is_some()
        });
        assert!(client.0.wait().unwrap().success());
        assert!(seen.is_sorted() && seen.first() < seen.last(), "{how}: {seen:?}");
        assert!(seen.iter().all(|done| *done <= size), "{how}: {seen:?}");
    }
}

#[test]
fn replication_is_followed_by_its_lag() {
    let Some(postgres) = server() else { return };
    postgres.table("one", 1000);
    postgres.sql("postgres", "create publication p for table one");
    postgres.sql("postgres", "select pg_create_logical_replication_slot('s', 'pgoutput')");
    postgres.sql("postgres", "create database target");
    postgres.sql("target", "create table one (id int primary key, v text)");
    let place =
        format!("host=127.0.0.1 port={} user=postgres dbname=postgres", postgres.server.address.port());
    postgres.sql("target", &format!("create subscription s connection '{place}' publication p with (create_slot = false, slot_name = 's')"));
    eventually("the table is copied", || {
        let look = postgres.look("target");
        look.unit == "tables" && look.objects.done == Some(1) && look.objects.total == Some(1)
    });
    postgres.sql("postgres", "insert into one select g, 'x' from generate_series(2000, 3000) g");
    eventually("the lag is nothing", || {
        postgres.look("postgres").lag.is_some_and(|lag| lag.bytes == Some(0))
    });
    assert_eq!(postgres.sql("target", "select count(*) from one").trim(), "2001");
    postgres.sql(
        "target",
        "alter subscription s disable; alter subscription s set (slot_name = none); drop subscription s",
    );
}
