//! Signatures from outside: `cutover sign`, `verify` and `redact` with real keys, and stock tools that agree with them.

mod beside;
mod damaged;
mod tamper;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use cutover::clock::{Clock, SystemClock};
use cutover::signoff::event::{Event, LEFT};
use cutover::signoff::log::create;
use cutover::signoff::{Actor, Draft, Head, Via};

use crate::common::program::{CUTOVER, environment};
use crate::signoff::{story, writer};

/// A finished run in a folder of its own, and a key.
pub struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    pub fn new() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk { folder };
        let (_, mut sink, _) = writer(create(&desk.log(), &SystemClock).unwrap());
        let mut drafts = story::drafts();
        drafts.retain(|draft| !matches!(draft.event, Event::SignoffSigned { .. }));
        sink.append(Head::default(), &drafts).unwrap();
        fs::write(desk.path("run.evidence/readings-000001.jsonl"), story::READINGS).unwrap();
        desk.key("dana", "");
        desk
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn log(&self) -> PathBuf {
        self.path("run.signoff.jsonl")
    }

    /// Makes a key; the allowed signers know it by its name.
    fn key(&self, name: &str, passphrase: &str) -> PathBuf {
        let key = self.path(name);
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-C", name, "-N", passphrase, "-f"])
            .arg(&key)
            .status();
        assert!(made.unwrap().success());
        let public = fs::read_to_string(self.path(&format!("{name}.pub"))).unwrap();
        let allowed = fs::read_to_string(self.path("allowed_signers")).unwrap_or_default();
        let line = format!("{name}@bastion namespaces=\"cutover-signoff\" {public}");
        fs::write(self.path("allowed_signers"), allowed + &line).unwrap();
        key
    }

    /// The program in this folder, with nobody to ask.
    fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, &[])
    }

    fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        Command::new(CUTOVER)
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(environment(self.folder.path()))
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    pub fn sign(&self, key: &str, name: &str) {
        let signed = self.run(&["sign", "run.signoff.jsonl", "--key", key, "--name", name]);
        assert!(signed.status.success(), "{}", text(&signed));
    }

    fn verify(&self, more: &[&str]) -> (i32, String) {
        let found = self.run(&[&["verify", "run.signoff.jsonl"], more].concat());
        (found.status.code().unwrap(), text(&found))
    }

    fn lines(&self) -> Vec<serde_json::Value> {
        let text = fs::read_to_string(self.log()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

const STRICT: [&str; 3] = ["--allowed-signers", "allowed_signers", "--require-signature"];

#[test]
fn a_run_is_signed_by_several_and_proven_to_its_end() {
    let desk = Desk::new();
    let (code, said) = desk.verify(&STRICT);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("no good signature is in it: `cutover sign` makes one"), "{said}");
    desk.sign("dana", "dana");
    desk.key("lee.field", "");
    let line = desk.lines().len() - 1;
    let cosign = line.to_string();
    let signed = desk.run(&[
        "sign",
        "run.signoff.jsonl",
        "--key",
        "lee.field",
        "--name",
        "Lee Field",
        "--cosign",
        &cosign,
    ]);
    assert!(signed.status.success(), "{}", text(&signed));
    let lines = desk.lines();
    assert!(
        lines[line + 1]["statement"]
            .as_str()
            .unwrap()
            .starts_with(&format!("Co-signs line {line}: dana, operator: "))
    );
    assert_eq!(lines[line + 1]["role"], "head of systems", "as in the sign-off before");
    let (code, said) = desk.verify(&STRICT);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("good, dana@bastion") && said.contains("good, lee.field@bastion"), "{said}");
    assert!(said.contains("intact, signed, ") && said.contains("every line is proven"), "{said}");
    let (code, said) = desk.verify(&[]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("good, signer not checked") && said.contains("intact, signers not checked"),
        "{said}"
    );
    // The cockpit's next line is not covered, and that is said.
    let redacted = desk.run(&["redact", "run.signoff.jsonl", &blob(&desk), "--reason", "a name"]);
    assert!(redacted.status.success(), "{}", text(&redacted));
    let (code, said) = desk.verify(&STRICT);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("nothing proves line") && said.contains("was redacted in line"), "{said}");
    desk.sign("dana", "dana");
    assert_eq!(desk.verify(&STRICT).0, 0);
}

/// The evidence that the story names.
fn blob(desk: &Desk) -> String {
    let lines = desk.lines();
    let named = lines.iter().find(|line| line["event"] == "attachment.added").unwrap();
    named["blob"]["sha256"].as_str().unwrap().to_owned()
}

#[test]
fn evidence_is_redacted_on_record_and_other_missing_evidence_is_a_finding() {
    let desk = Desk::new();
    let blob = blob(&desk);
    let file = desk.path("run.evidence").join(&blob);
    let refused = desk.run(&["redact", "run.signoff.jsonl", "ffffffff", "--reason", "x"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused).contains("the log names no evidence ffffffff"), "{}", text(&refused));
    let refused = desk.run(&["redact", "run.signoff.jsonl", &blob, "--reason", " "]);
    assert!(!refused.status.success() && file.exists(), "{}", text(&refused));
    assert_eq!(desk.verify(&[]).0, 0);
    let bytes = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let (code, said) = desk.verify(&[]);
    assert!(code == 1 && said.contains(&format!("its evidence {blob} is missing")), "{said}");
    fs::write(&file, bytes).unwrap();
    let done = desk.run(&["redact", "run.signoff.jsonl", &blob[..8], "--reason", "a name", "--name", "dana"]);
    assert!(done.status.success() && !file.exists(), "{}", text(&done));
    let (code, said) = desk.verify(&[]);
    assert!(code == 0 && said.contains("by dana: a name"), "{said}");
    fs::write(desk.path("run.evidence/readings-000001.jsonl"), "other").unwrap();
    let (code, said) = desk.verify(&[]);
    assert!(
        code == 1 && said.contains("its recorded readings readings-000001.jsonl holds other bytes"),
        "{said}"
    );
}

#[test]
fn the_wrong_signer_is_named() {
    let desk = Desk::new();
    desk.key("lee", "");
    desk.sign("lee", "dana");
    let (code, said) = desk.verify(&STRICT);
    assert!(code == 1 && said.contains("which is lee@bastion by the allowed signers"), "{said}");
    let other = tempfile::tempdir().unwrap();
    let stranger = other.path().join("stranger");
    let made =
        Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&stranger).status();
    assert!(made.unwrap().success());
    let desk = Desk::new();
    desk.sign(stranger.to_str().unwrap(), "dana");
    let (code, said) = desk.verify(&STRICT);
    assert!(code == 1 && said.contains("which the allowed signers do not have"), "{said}");
    let (code, said) = desk.verify(&["--allowed-signers", "none"]);
    assert!(code == 2 && said.contains("the allowed signers none cannot be read"), "{said}");
}

/// Whoever can write the file can make all of it: without the allowed signers no verdict says otherwise.
#[test]
fn a_log_that_a_stranger_made_is_not_called_signed() {
    let desk = Desk::new();
    let theirs = Desk::new();
    desk.sign(theirs.path("dana").to_str().unwrap(), "dana");
    let (code, said) = desk.verify(&[]);
    assert!(code == 0 && said.contains("run.signoff.jsonl: intact, signers not checked, "), "{said}");
    assert!(said.contains("anybody can write such a log anew and sign it"), "{said}");
    assert!(said.contains("--allowed-signers FILE` tells"), "{said}");
    let (code, said) = desk.verify(&["--require-signature"]);
    assert!(
        code == 1 && said.contains("NOT PROVEN as required") && said.contains("--allowed-signers"),
        "{said}"
    );
    let (code, said) = desk.verify(&["--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &found["proof"], &found["proven"]), (0, &"signers-not-checked".into(), &0.into()));
    assert_eq!(found["signed"], found["lines"], "covered, but by whom?");
    let (code, said) = desk.verify(&STRICT);
    assert!(code == 1 && said.contains("NOT PROVEN, wrong signer"), "{said}");
    // The report and the status say it in the same words, and the report tells better when it is told.
    for (more, words) in [(&[][..], "intact, signers not checked"), (&STRICT[..2], "intact, signed")] {
        let desk = Desk::new();
        desk.sign("dana", "dana");
        let made = [&["report", "run.signoff.jsonl", "-o", "report.html"], more].concat();
        assert!(desk.run(&made).status.success());
        let page = fs::read_to_string(desk.path("report.html")).unwrap();
        assert!(page.contains(&format!(" lines: {words}.")), "{words}");
        let status = text(&desk.run(&["status", "run.signoff.jsonl"]));
        assert!(status.contains("signers not checked"), "{status}");
    }
}

/// A cockpit that is left closes its log behind the last signature; that alone is no reason to sign again.
#[test]
fn the_lines_with_which_a_cockpit_closes_need_no_signature() {
    let desk = Desk::new();
    desk.sign("dana", "dana");
    let signed = desk.lines().len();
    close(&desk, LEFT);
    let (code, said) = desk.verify(&STRICT);
    assert!(code == 0 && said.contains(&format!("intact, signed up to line {signed}, ")), "{said}");
    let behind = format!("line {} behind it, with which the cockpit closed", signed + 1);
    assert!(said.contains(&behind) && said.contains("tail not proven") && !said.contains(",,"), "{said}");
    let desk = Desk::new();
    desk.sign("dana", "dana");
    close(&desk, "all went well, says the auditor");
    let (code, said) = desk.verify(&STRICT);
    assert!(code == 1 && said.contains("NOT PROVEN as required"), "{said}");
    assert!(said.contains("behind the last signature: `cutover sign` covers it"), "{said}");
}

fn close(desk: &Desk, reason: &str) {
    append(desk, Actor::person("dana").unwrap(), Event::RunEnded { reason: reason.to_owned() });
}

/// Appends a line as cutover would.
fn append(desk: &Desk, by: Actor, event: Event) {
    let (_, mut sink, opened) = writer(cutover::signoff::log::open(&desk.log(), &SystemClock).unwrap());
    let act = cutover::signoff::ActId { session: opened.session, n: 1 };
    let draft = Draft { act, at: SystemClock.now(), by, via: Via::default(), event, blobs: Vec::new() };
    sink.append(opened.head, &[draft]).unwrap();
}

#[test]
fn nothing_is_recorded_when_the_key_cannot_be_used_or_the_log_is_held() {
    let desk = Desk::new();
    desk.key("locked", "secret");
    let before = fs::read(desk.log()).unwrap();
    let refused = desk.run(&["sign", "run.signoff.jsonl", "--key", "locked", "--name", "dana"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused).contains("a key with a passphrase must be in the agent"), "{}", text(&refused));
    let (_, _sink, _) = writer(cutover::signoff::log::open(&desk.log(), &SystemClock).unwrap());
    let refused = desk.run(&["sign", "run.signoff.jsonl", "--key", "dana", "--name", "dana"]);
    assert!(text(&refused).contains("sign in that cockpit, or when it has been left"), "{}", text(&refused));
    assert_eq!(fs::read(desk.log()).unwrap(), before);
}

/// An agent of its own; it ends with the test.
struct Agent {
    child: std::process::Child,
    socket: PathBuf,
}

impl Agent {
    fn start(folder: &Path) -> Agent {
        let socket = folder.join("agent");
        let child =
            Command::new("ssh-agent").arg("-D").arg("-a").arg(&socket).stdout(Stdio::null()).spawn().unwrap();
        crate::common::program::until("the agent's socket", || socket.exists().then_some(()));
        Agent { child, socket }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn an_agent_signs_with_the_public_half_of_its_key() {
    let desk = Desk::new();
    let agent = Agent::start(desk.folder.path());
    let socket = [("SSH_AUTH_SOCK", agent.socket.to_str().unwrap())];
    let added = Command::new("ssh-add").arg("-q").arg(desk.path("dana")).envs(socket).status();
    assert!(added.unwrap().success());
    fs::remove_file(desk.path("dana")).unwrap();
    let sign = ["sign", "run.signoff.jsonl", "--key", "dana.pub", "--name", "dana"];
    assert!(!desk.run(&sign).status.success(), "without the agent nobody can");
    let signed = desk.run_with(&sign, &socket);
    assert!(signed.status.success(), "{}", text(&signed));
    assert_eq!(desk.verify(&STRICT).0, 0);
    stock_tools_agree(&desk);
}

/// What the report prints, run as it stands: at most ten lines of shell, and no cutover.
fn stock_tools_agree(desk: &Desk) {
    let made = desk.run(&["report", "run.signoff.jsonl", "-o", "report.md"]);
    assert!(made.status.success(), "{}", text(&made));
    let report = fs::read_to_string(desk.path("report.md")).unwrap();
    let blocks: Vec<&str> = report
        .split("\n```")
        .filter(|block| ["sh\np=$(", "bash\njq "].iter().any(|start| block.starts_with(start)))
        .filter_map(|block| block.split_once('\n').map(|(_, body)| body))
        .collect();
    let script = blocks.join("\n");
    assert!(blocks.len() == 2 && script.lines().count() <= 10, "{script}");
    let run = |script: &str| {
        let output =
            Command::new("bash").arg("-c").arg(script).current_dir(desk.folder.path()).output().unwrap();
        text(&output)
    };
    let said = run(&script);
    let lines = desk.lines().len();
    let head = cutover::signoff::verify::verify(&desk.log()).head;
    assert!(said.contains(&format!("{lines} lines, head {head}\n")), "{said}");
    assert!(
        said.contains("signed as dana, with a key of dana@bastion:\nGood \"cutover-signoff\" signature"),
        "{said}"
    );
    // One byte of the sign-off, and both say no.
    let whole = fs::read_to_string(desk.log()).unwrap();
    let at = whole.rfind("settled").unwrap();
    fs::write(desk.log(), format!("{}S{}", &whole[..at], &whole[at + 1..])).unwrap();
    let said = run(&script);
    assert!(said.contains("does not follow the line before it") && !said.contains("Good"), "{said}");
    fs::write(desk.log(), whole).unwrap();
}

#[test]
fn stock_tools_confirm_a_signed_report() {
    let desk = Desk::new();
    desk.sign("dana", "dana");
    stock_tools_agree(&desk);
}
