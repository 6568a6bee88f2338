//! Real files: locks, modes, watchers.

use std::os::unix::fs::PermissionsExt;

use super::*;

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    fn log(&self) -> PathBuf {
        self.0.path().join("small.live-2026-11-21-1.signoff.jsonl")
    }
}

fn writer(access: Access) -> (Box<dyn Source>, Box<dyn Sink>, Opened) {
    match access {
        Access::Writer(source, sink, opened) => (source, sink, opened),
        Access::Watcher(_, holder) => panic!("held by {holder}"),
    }
}

fn all(source: &mut dyn Source, after: Head) -> (Vec<Line>, Result<Head, LogError>) {
    let mut lines = Vec::new();
    let head = source.read(after, &mut |line| {
        lines.push(line);
        ControlFlow::Continue(())
    });
    (lines, head)
}

#[test]
fn a_log_is_private_and_read_back() {
    let place = Place::new();
    let (mut source, mut sink, _) = writer(create(&place.log(), &clock()).unwrap());
    let written = sink.append(Head::default(), &[start(), note(2, "a")]).unwrap();
    let (lines, head) = all(&mut *source, Head::default());
    assert_eq!((lines, head.unwrap()), (written.clone(), written[1].head));
    assert_eq!(all(&mut *source, written[0].head).0, written[1..]);
    assert_eq!(std::fs::metadata(place.log()).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(create(&place.log(), &clock()).is_err(), "an existing log is never made anew");
}

#[test]
fn a_visitor_may_stop() {
    let place = Place::new();
    let (mut source, mut sink, _) = writer(create(&place.log(), &clock()).unwrap());
    let written = sink.append(Head::default(), &[start(), note(2, "a"), note(3, "b")]).unwrap();
    let head = source.read(Head::default(), &mut |line| {
        if line.head.seq == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(head.unwrap(), written[1].head);
    assert_eq!(all(&mut *source, written[1].head).0, written[2..]);
}

#[test]
fn two_writers_never_meet() {
    let place = Place::new();
    let (_, mut sink, _) = writer(create(&place.log(), &clock()).unwrap());
    let Access::Watcher(_, holder) = open(&place.log(), &clock()).unwrap() else { panic!("no lock") };
    assert_eq!(holder.to_string(), "another cockpit that has just started");
    sink.append(Head::default(), &[start()]).unwrap();
    let Access::Watcher(mut source, holder) = open(&place.log(), &clock()).unwrap() else {
        panic!("no lock")
    };
    assert_eq!(holder.to_string(), "dana (ops@bastion, process 7, since 2026-11-21T06:31:07Z)");
    assert_eq!(all(&mut *source, Head::default()).0.len(), 1);
    drop(sink);
    let (_, _, opened) = writer(open(&place.log(), &clock()).unwrap());
    assert_eq!(opened.session, 2);
}

#[test]
fn a_torn_end_is_set_aside_in_a_file_of_its_own() {
    let place = Place::new();
    let (_, mut sink, _) = writer(create(&place.log(), &clock()).unwrap());
    sink.append(Head::default(), &[start()]).unwrap();
    drop(sink);
    let mut bytes = std::fs::read(place.log()).unwrap();
    let whole = bytes.len();
    bytes.extend_from_slice(b"{\"v\":1,\"seq\":2,");
    std::fs::write(place.log(), &bytes).unwrap();
    let (_, _, opened) = writer(open(&place.log(), &clock()).unwrap());
    let Some(Event::LogRecovered { file, .. }) = opened.recovered else { panic!("not recovered") };
    let torn = place.0.path().join(file);
    assert_eq!(std::fs::read(&torn).unwrap(), b"{\"v\":1,\"seq\":2,");
    assert_eq!(std::fs::metadata(torn).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(place.log()).unwrap().len(), whole as u64);
}

#[test]
fn evidence_is_kept_and_checked() {
    let place = Place::new();
    let (mut source, mut sink, _) = writer(create(&place.log(), &clock()).unwrap());
    let blob = Blob::seal(b"screenshot", [7; 16]);
    let event = Event::AttachmentAdded { name: "a.png".to_owned(), blob: blob.clone(), item: None };
    let attach = Draft { blobs: vec![Arc::from(&b"screenshot"[..])], ..draft(1, 2, event) };
    sink.append(Head::default(), &[start(), attach]).unwrap();
    assert_eq!(source.blob(&blob).unwrap(), b"screenshot");
    let path = evidence(&place.log()).join(&blob.sha256);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::write(&path, b"other").unwrap();
    assert!(source.blob(&blob).unwrap_err().to_string().contains("not those that the log names"));
    std::fs::remove_file(&path).unwrap();
    assert!(source.blob(&blob).unwrap_err().to_string().contains("missing"));
    let hostile = Blob { sha256: "../../etc/passwd".to_owned(), ..blob };
    assert!(source.blob(&hostile).unwrap_err().to_string().contains("no SHA-256"));
}

#[test]
fn a_vanished_or_replaced_file_refuses_acts() {
    let place = Place::new();
    let (mut source, mut sink, _) = writer(create(&place.log(), &clock()).unwrap());
    let head = sink.append(Head::default(), &[start()]).unwrap()[0].head;
    all(&mut *source, Head::default()).1.unwrap();
    let aside = place.0.path().join("aside");
    std::fs::rename(place.log(), &aside).unwrap();
    assert!(sink.append(head, &[note(2, "a")]).unwrap_err().to_string().contains("is gone"));
    assert!(matches!(source.wait(head, Duration::ZERO), Err(LogError::Gone(_))));
    std::fs::copy(&aside, place.log()).unwrap();
    assert!(sink.append(head, &[note(2, "a")]).unwrap_err().to_string().contains("another file"));
    std::fs::remove_file(place.log()).unwrap();
    std::fs::rename(&aside, place.log()).unwrap();
    assert_eq!(sink.append(head, &[note(2, "a")]).unwrap()[0].head.seq, 2);
}

#[test]
fn what_is_no_log_is_refused_in_words() {
    let place = Place::new();
    let refused = |path: &Path| open(path, &clock()).map(drop).unwrap_err().to_string();
    assert!(refused(&place.log()).starts_with("open the log "));
    assert!(refused(place.0.path()).contains("open the log"));
    let fifo = place.0.path().join("fifo");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR).unwrap();
    assert!(refused(&fifo).contains("not a regular file"));
    std::fs::write(place.log(), "hello\nworld\n").unwrap();
    assert!(refused(&place.log()).contains("line 1"));
}

#[test]
fn a_watcher_reads_whole_lines_as_they_come() {
    let place = Place::new();
    let (_, mut sink, _) = writer(create(&place.log(), &clock()).unwrap());
    let mut source = source(&place.log());
    assert!(!source.wait(Head::default(), Duration::ZERO).unwrap());
    let first = sink.append(Head::default(), &[start()]).unwrap().remove(0);
    assert!(source.wait(Head::default(), Duration::ZERO).unwrap());
    assert_eq!(all(&mut *source, Head::default()).0, std::slice::from_ref(&first));
    assert!(!source.wait(first.head, Duration::ZERO).unwrap());
    // Half a line is not there yet.
    let second = Line::encode(first.head, &first.run, &note(2, "a")).unwrap();
    let mut bytes = std::fs::read(place.log()).unwrap();
    bytes.extend_from_slice(&second.raw);
    std::fs::write(place.log(), &bytes).unwrap();
    assert!(!source.wait(first.head, Duration::ZERO).unwrap());
    assert_eq!(all(&mut *source, first.head).1.unwrap(), first.head);
    bytes.push(b'\n');
    std::fs::write(place.log(), &bytes).unwrap();
    assert!(source.wait(first.head, Duration::ZERO).unwrap());
    assert_eq!(all(&mut *source, first.head).0, [second]);
}

#[test]
fn a_watcher_waits_for_the_writer() {
    let place = Place::new();
    let (_, mut sink, _) = writer(create(&place.log(), &clock()).unwrap());
    let mut source = source(&place.log());
    let write = std::thread::spawn(move || sink.append(Head::default(), &[start()]).map(drop));
    assert!(source.wait(Head::default(), Duration::from_mins(1)).unwrap());
    write.join().unwrap().unwrap();
}

#[test]
fn a_watcher_steps_back_when_lines_are_taken_back() {
    let place = Place::new();
    let (_, mut sink, _) = writer(create(&place.log(), &clock()).unwrap());
    let lines = sink.append(Head::default(), &[start(), note(2, "a"), note(3, "b")]).unwrap();
    let bytes = std::fs::read(place.log()).unwrap();
    let cut = bytes.len() - lines[2].raw.len() - 1;
    let (third, run) = (lines[2].head, &lines[0].run);
    let mut known = source(&place.log());
    all(&mut *known, Head::default()).1.unwrap();
    let back = |source: &mut dyn Source| match all(source, third).1 {
        Err(LogError::CutBack { to, .. }) => assert_eq!(to, lines[1].head),
        other => panic!("{other:?}"),
    };
    // Shorter.
    std::fs::write(place.log(), &bytes[..cut]).unwrap();
    assert!(known.wait(third, Duration::ZERO).unwrap());
    back(&mut *known);
    assert_eq!(all(&mut *known, lines[1].head).1.unwrap(), lines[1].head);
    back(&mut *source(&place.log()));
    // Another line at its place, and one behind it.
    std::fs::write(place.log(), &bytes).unwrap();
    all(&mut *known, lines[1].head).1.unwrap();
    let other = Line::encode(lines[1].head, run, &note(3, "c")).unwrap();
    let fourth = Line::encode(other.head, run, &note(4, "d")).unwrap();
    std::fs::write(place.log(), [&bytes[..cut], &other.raw, b"\n", &fourth.raw, b"\n"].concat()).unwrap();
    back(&mut *known);
    assert_eq!(all(&mut *known, lines[1].head).0, [other, fourth]);
    back(&mut *source(&place.log()));
}

#[test]
fn only_network_file_systems_are_named() {
    let place = Place::new();
    assert_eq!(network(&place.log()), None);
}
