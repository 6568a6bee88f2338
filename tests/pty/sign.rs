//! Sign-offs with a key: in the dialog of the real cockpit, by real keys, and what is said when a key cannot be used.

use std::os::unix::net::UnixListener;
use std::process::Command;

use super::{leave, open, tick};
use crate::common::folder::Folder;
use crate::common::program::until;
use crate::common::pty::{Frame, Start, Terminal};

const PLAN: &str = "# Move\n\n## Work\n\n- [ ] Step 1\n\n## Sign-off\n\n- [ ] Lead: ____\n";

/// A folder whose sidecar gives dana that key.
fn folder(key: &str) -> Folder {
    let folder = Folder::new(PLAN);
    folder.sidecar(&format!("[people]\ndana = {{ roles = [\"operator\"], key = \"{key}\" }}\n"));
    folder
}

fn keygen(folder: &Folder, name: &str, passphrase: &str) {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", passphrase, "-f"])
        .arg(folder.path().join(name))
        .status();
    assert!(made.unwrap().success());
}

/// Signs the item off, as dana.
fn sign_off(terminal: &mut Terminal) {
    terminal.type_text("G ");
    let asked = terminal.wait_for_text("Sign off: Lead");
    let dialog = dialog(&asked, "Sign off: Lead");
    assert!(dialog.contains("States: “Lead; 1 of 1 item is settled”."), "{dialog}");
    assert!(dialog.contains("Signed with an SSH key if it is given by dana."), "{dialog}");
    terminal.type_text("dana, operator\r");
}

/// The words of the dialog with that title, in one line.
fn dialog(frame: &Frame, title: &str) -> String {
    let rows: Vec<Vec<char>> = frame.lines().map(|line| line.chars().collect()).collect();
    let wanted: Vec<char> = title.chars().collect();
    let found = rows.iter().enumerate().find_map(|(at, row)| {
        let left = row.windows(wanted.len()).position(|seen| seen == wanted)?;
        let right = row.iter().enumerate().position(|(column, c)| column > left && *c == '┐')?;
        Some((at, left - 2, right))
    });
    let (top, left, right) = found.unwrap_or_else(|| panic!("no {title}:\n{frame:?}"));
    let inner = rows[top + 1..].iter().take_while(|row| row.get(left) == Some(&'│'));
    let words: Vec<String> =
        inner.map(|row| row[left + 1..right].iter().collect::<String>().trim().to_owned()).collect();
    words.join(" ")
}

#[test]
fn a_sign_off_in_the_dialog_is_signed_and_proven_by_stock_tools() {
    let folder = folder("dana");
    keygen(&folder, "dana", "");
    let public = std::fs::read_to_string(folder.path().join("dana.pub")).unwrap();
    folder.write("allowed_signers", format!("dana {public}"));
    let mut terminal = open(Start::run(&folder).size(80, 24));
    tick(&mut terminal, 1);
    sign_off(&mut terminal);
    terminal.wait_for_text("signature of dana · recorded");
    // And one of the run, whichever item is at hand.
    terminal.type_text("S");
    terminal.wait_for_text("Sign off the run");
    terminal.type_text("dana, operator\r");
    terminal.wait_for_text("What dana states, as operator");
    terminal.type_text("all of it holds\r");
    until("the second signature", || (folder.events_named("signoff.signed").len() == 2).then_some(()));
    leave(&mut terminal);

    let given = folder.events_named("signoff.given");
    let statements: Vec<&str> = given.iter().map(|it| it["statement"].as_str().unwrap()).collect();
    assert_eq!(statements, ["Lead; 1 of 1 item is settled", "all of it holds"]);
    let log = folder.log().file_name().unwrap().to_str().unwrap().to_owned();
    let strict = ["verify", &log, "--allowed-signers", "allowed_signers", "--require-signature"];
    let verified = folder.cutover(&strict);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert!(verified.stdout.contains("intact, signed up to line"), "{verified:?}");

    assert_eq!(folder.cutover(&["report", &log, "-o", "report.md"]).code, Some(0));
    let report = std::fs::read_to_string(folder.path().join("report.md")).unwrap();
    let printed = report.split("\n```").find_map(|block| block.strip_prefix("bash\n")).unwrap();
    let stock = Command::new("bash").arg("-c").arg(printed).current_dir(folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&stock.stdout);
    assert_eq!(said.matches("Good \"cutover-signoff\" signature for dana").count(), 2, "{stock:?}");
}

/// What was given stays given, and the words say what happened and what to do.
#[track_caller]
fn refused(folder: &Folder, start: Start, why: &str) -> Terminal {
    let mut terminal = open(start.size(80, 24));
    tick(&mut terminal, 1);
    sign_off(&mut terminal);
    let title = "Signed off, but not with the key";
    let frame = terminal.wait_for(title, |frame| frame.has(&format!("┌ {title}")));
    let said = dialog(&frame, title);
    assert!(said.contains(why), "{said}");
    let given = folder.events_named("signoff.given");
    assert_eq!(given.len(), 1);
    let line = &given[0]["seq"];
    assert!(said.contains(&format!("What dana signed off stands in line {line}")), "{said}");
    assert!(said.contains("cutover sign plan.live-"), "{said}");
    assert!(said.contains(&format!("--name dana --cosign {line}")), "{said}");
    terminal
}

/// Goes on without, leaves, is told again; the log is whole.
fn leave_without(folder: &Folder, mut terminal: Terminal) {
    terminal.insist("n", "the dialog gone", |frame| !frame.has("┌ Signed off, but"));
    terminal.type_text("q");
    let asked = terminal.wait_for_text("Leave the cockpit?");
    assert!(dialog(&asked, "Leave the cockpit?").contains("is not signed with the key: cutover sign"));
    terminal.insist("y", "the end", |_| false);
    assert!(folder.events_named("signoff.signed").is_empty());
    let verified = folder.cutover(&["verify", folder.log().to_str().unwrap()]);
    assert!(verified.code == Some(0) && verified.stdout.contains("intact, not signed"), "{verified:?}");
}

#[test]
fn a_key_with_a_passphrase_needs_an_agent() {
    let folder = folder("locked");
    keygen(&folder, "locked", "secret");
    let terminal =
        refused(&folder, Start::run(&folder), "a key with a passphrase must be in the agent (ssh-add)");
    leave_without(&folder, terminal);
}

#[test]
fn a_missing_key_is_named_and_can_be_tried_again() {
    let folder = folder("dana");
    let mut terminal =
        refused(&folder, Start::run(&folder), "dana cannot be read: No such file or directory");
    keygen(&folder, "dana", "");
    terminal.insist("r", "the dialog gone", |frame| !frame.has("┌ Signed off, but"));
    until("the signature", || folder.events_named("signoff.signed").pop());
    leave(&mut terminal);
}

#[test]
fn without_ssh_keygen_the_sign_off_stands() {
    let folder = folder("dana");
    keygen(&folder, "dana", "");
    std::fs::create_dir(folder.path().join("bin")).unwrap();
    let nowhere = folder.path().join("bin");
    let start = Start::run(&folder).env("PATH", nowhere.to_str().unwrap());
    let terminal = refused(&folder, start, "ssh-keygen cannot be run");
    leave_without(&folder, terminal);
}

#[test]
fn an_agent_that_hangs_is_not_waited_for_forever() {
    let folder = folder("locked.pub");
    keygen(&folder, "locked", "secret");
    // It takes the call and never answers.
    let socket = folder.path().join("agent");
    let _hangs = UnixListener::bind(&socket).unwrap();
    let start = Start::run(&folder).env("SSH_AUTH_SOCK", socket.to_str().unwrap());
    let terminal = refused(&folder, start, "the agent does not answer");
    leave_without(&folder, terminal);
}
