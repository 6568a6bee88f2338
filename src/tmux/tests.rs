//! Tables of clients, and a real tmux server with two clients.

use std::io::{Read, Write};
use std::process::Command;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::{Seen, Tmux, TmuxError, hand};
use crate::signoff::Client;

fn variables(pairs: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
    let pairs: Vec<(String, String)> =
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    move |name| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

#[test]
fn the_server_is_found_by_what_it_sets() {
    let found = |pairs: &[(&str, &str)]| Tmux::find(&variables(pairs));
    assert_eq!(found(&[]), None);
    assert_eq!(found(&[("TMUX", "")]), None);
    assert_eq!(found(&[("TMUX", "elsewhere")]), None);
    let tmux = |socket: &str, target: &str| Some(Tmux { socket: socket.into(), target: target.to_owned() });
    assert_eq!(
        found(&[("TMUX", "/tmp/tmux-0/default,4242,7"), ("TMUX_PANE", "%12")]),
        tmux("/tmp/tmux-0/default", "%12")
    );
    assert_eq!(found(&[("TMUX", "/tmp/a,b,4242,7")]), tmux("/tmp/a,b", "$7:"));
    assert_eq!(found(&[("TMUX", "/s,1,0"), ("TMUX_PANE", "nonsense")]), tmux("/s", "$0:"));
}

/// activity, created, window, read-only, control, pid; the terminal is named after the process.
fn client(activity: u64, created: u64, window: &str, read_only: u8, control: u8, pid: u32) -> Seen {
    Seen::parse(&format!("{activity} {created} {window} {read_only} {control} {pid} /dev/pts/{pid} deploy"))
        .unwrap()
}

/// What it is, who looks on, and who it is.
type Row<'a> = (&'a str, &'a [Seen], Option<(u32, bool)>);

#[test]
fn the_hand_is_the_last_active_client_on_our_window() {
    let old = client(900, 100, "@1", 0, 0, 1);
    let new = client(905, 100, "@1", 0, 0, 2);
    let table: &[Row<'_>] = &[
        ("nobody", &[], None),
        ("one", std::slice::from_ref(&old), Some((1, false))),
        ("the later", &[old.clone(), new.clone()], Some((2, false))),
        ("in any order", &[new.clone(), old.clone()], Some((2, false))),
        ("within a second", &[client(904, 100, "@1", 0, 0, 1), new.clone()], Some((2, true))),
        ("in the same second", &[client(905, 99, "@1", 0, 0, 1), new.clone()], Some((1, true))),
        ("two seconds apart", &[client(903, 100, "@1", 0, 0, 1), new.clone()], Some((2, false))),
        ("one just attached", &[client(905, 905, "@1", 0, 0, 1), new.clone()], Some((2, true))),
        ("one just attached, behind", &[new.clone(), client(905, 905, "@1", 0, 0, 1)], Some((2, true))),
        ("another window", &[client(905, 1, "@2", 0, 0, 1), client(300, 1, "@1", 0, 0, 2)], Some((2, false))),
        ("a watcher", &[client(905, 1, "@1", 1, 0, 1), client(300, 1, "@1", 0, 0, 2)], Some((2, false))),
        ("only watchers", &[client(905, 1, "@1", 1, 0, 1)], None),
        ("one that types by commands", &[client(300, 1, "@1", 0, 1, 1), new.clone()], Some((2, true))),
        ("only that one", &[client(300, 1, "@1", 0, 1, 1)], Some((1, true))),
    ];
    for (what, clients, expected) in table {
        let found = hand(clients, "@1").map(|client| (client.pid, client.ambiguous));
        assert_eq!(found, *expected, "{what}");
    }
}

#[test]
fn a_line_of_an_older_tmux_has_no_user() {
    let seen = Seen::parse("905 100 @1 0 0 42 /dev/pts/3 ").unwrap();
    assert_eq!((seen.tty.as_str(), seen.user.as_str()), ("/dev/pts/3", ""));
    let control = Seen::parse("905 100 @1 0 1 42  deploy").unwrap();
    assert_eq!((control.tty.as_str(), control.user.as_str()), ("", "deploy"));
    for bad in ["", "905", "x 100 @1 0 0 42 /dev/pts/3 deploy", "905 100 @1 0 0 x /dev/pts/3 deploy"] {
        assert_eq!(Seen::parse(bad), None, "{bad:?}");
    }
}

/// A private server with one session, gone when dropped.
struct Server {
    dir: tempfile::TempDir,
}

impl Server {
    fn start() -> Server {
        let server = Server { dir: tempfile::tempdir().unwrap() };
        server.tell(&["new-session", "-d", "-s", "day", "-x", "80", "-y", "24", "cat"]);
        server
    }

    fn socket(&self) -> std::path::PathBuf {
        self.dir.path().join("socket")
    }

    fn command(&self) -> Command {
        let mut command = Command::new("tmux");
        command.arg("-f").arg("/dev/null").arg("-S").arg(self.socket()).env_remove("TMUX");
        command
    }

    fn tell(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// As the program in the pane of a session would find it.
    fn tmux(&self, session: &str) -> Tmux {
        let pane = self.tell(&["display-message", "-p", "-t", &format!("{session}:"), "#{pane_id}"]);
        let tmux = format!("{},1,0", self.socket().display());
        Tmux::find(&variables(&[("TMUX", &tmux), ("TMUX_PANE", pane.trim())])).unwrap()
    }

    fn attach(&self, session: &str, flags: &[&str], columns: u16, rows: u16) -> Attached {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new("tmux");
        command.args(["-f", "/dev/null", "-S"]);
        command.arg(self.socket());
        command.args(["attach-session", "-t", session]);
        command.args(flags);
        command.env("TERM", "xterm-256color");
        command.env_remove("TMUX");
        let child = pair.slave.spawn_command(command).unwrap();
        let tty = pair.master.tty_name().unwrap().display().to_string();
        let mut reader = pair.master.try_clone_reader().unwrap();
        std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while reader.read(&mut chunk).is_ok_and(|n| n > 0) {}
        });
        let writer = pair.master.take_writer().unwrap();
        until(&format!("{tty} attached"), || {
            self.tell(&["list-clients", "-F", "#{client_tty}"])
                .lines()
                .any(|known| known == tty)
                .then_some(())
        });
        Attached { _master: pair.master, writer, child, tty }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends by itself when its last session does.
        let _ = self.command().arg("kill-server").output();
    }
}

struct Attached {
    _master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    tty: String,
}

impl Attached {
    fn types(&mut self) {
        self.writer.write_all(b"x").unwrap();
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Tries until there is something; a broken test gives up after a minute.
fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    for _ in 0..1200 {
        if let Some(found) = found() {
            return found;
        }
        std::thread::park_timeout(std::time::Duration::from_millis(50));
    }
    panic!("never: {what}");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// tmux' answer, asked again while a busy machine makes it slow.
fn who(tmux: &Tmux) -> Option<Client> {
    let runtime = runtime();
    until("an answer of tmux", || match runtime.block_on(tmux.who_typed()) {
        Ok(client) => Some(client),
        Err(TmuxError::Slow) => None,
        Err(error) => panic!("{error}"),
    })
}

/// Types with one client until it alone is the hand: its second must have come.
fn types_until_named(tmux: &Tmux, client: &mut Attached) -> Client {
    until(&format!("{} named", client.tty), || {
        client.types();
        who(tmux).filter(|hand| hand.tty == client.tty && !hand.ambiguous)
    })
}

#[test]
fn two_clients_of_different_sizes_are_told_apart() {
    let server = Server::start();
    let tmux = server.tmux("day");
    assert_eq!(who(&tmux), None, "nobody is attached");

    let mut large = server.attach("day", &[], 160, 45);
    let mut small = server.attach("day", &[], 80, 24);
    assert!(who(&tmux).unwrap().ambiguous, "both attached within a second");

    let hand = types_until_named(&tmux, &mut small);
    assert_eq!(hand.pid, small.child.process_id().unwrap());
    let me = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
    assert_eq!(hand.user, me.trim());
    types_until_named(&tmux, &mut large);

    // A third hand in another window of another session types elsewhere.
    server.tell(&["new-session", "-d", "-s", "other", "-x", "80", "-y", "24", "cat"]);
    let mut elsewhere = server.attach("other", &[], 80, 24);
    types_until_named(&server.tmux("other"), &mut elsewhere);
    assert_eq!(who(&tmux).map(|hand| hand.tty).as_ref(), Some(&large.tty));

    // A session grouped with ours shows the same window under another name.
    server.tell(&["new-session", "-d", "-s", "twin", "-t", "day"]);
    let mut twin = server.attach("twin", &[], 100, 30);
    types_until_named(&tmux, &mut twin);

    // A client that may only watch is never the hand.
    drop((large, small, twin));
    let mut watcher = server.attach("day", &["-r"], 80, 24);
    watcher.types();
    until("the watcher alone", || who(&tmux).is_none().then_some(()));
}

#[test]
fn a_stopped_server_is_not_waited_for() {
    let server = Server::start();
    let tmux = server.tmux("day");
    let pid: i32 = server.tell(&["display-message", "-p", "-t", "day:", "#{pid}"]).trim().parse().unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    let answer = runtime().block_on(tmux.who_typed());
    rustix::process::kill_process(pid, rustix::process::Signal::CONT).unwrap();
    assert!(matches!(answer, Err(TmuxError::Slow)), "{answer:?}");
    assert_eq!(who(&tmux), None);
}

#[test]
fn a_server_that_is_gone_says_so() {
    let server = Server::start();
    let tmux = server.tmux("day");
    server.tell(&["kill-server"]);
    let error = until("a refusal", || match runtime().block_on(tmux.who_typed()) {
        Err(TmuxError::Slow) => None,
        answer => Some(answer.unwrap_err()),
    });
    assert!(error.to_string().starts_with("tmux refused: "), "{error}");
}

#[test]
fn a_copied_text_is_in_the_paste_buffer() {
    let server = Server::start();
    let tmux = server.tmux("day");
    let text = "dig +short api.example.com\n  second line; $(not run)";
    until("the buffer taken", || runtime().block_on(tmux.load_buffer(text)).ok());
    assert_eq!(server.tell(&["show-buffer"]), text);
}
