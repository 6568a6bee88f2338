//! The two calls of ssh-keygen.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use super::{AllowedSigners, NAMESPACE};
use crate::signoff::At;

/// So long ssh-keygen may take where nobody can interrupt it: an agent that hangs never answers, and a hardware key
/// waits no longer for its touch.
const ANSWERS_WITHIN: Duration = Duration::from_secs(30);

/// How often it is looked whether it has ended.
const LOOKS_EVERY: Duration = Duration::from_millis(20);

/// Whether ssh-keygen may ask for a passphrase, a PIN or a touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompts {
    /// On the terminal, which is ours to give.
    Terminal,
    /// Nobody is asked: a key with a passphrase must be in the agent.
    Never,
}

/// Why there is no signature.
#[derive(Debug, thiserror::Error)]
pub enum NotSigned {
    /// ssh-keygen is not there, or the system refuses.
    #[error("ssh-keygen cannot be run: {0}; it comes with OpenSSH")]
    NotRun(#[from] io::Error),
    /// There is no such key.
    #[error("the key {key} cannot be read: {why}")]
    NoKey {
        /// The file.
        key: String,
        /// What the system said.
        why: String,
    },
    /// Somebody that it asked says nothing.
    #[error(
        "ssh-keygen did not sign with {key} within {} s: the agent does not answer, or a hardware key waits for a touch",
        ANSWERS_WITHIN.as_secs()
    )]
    NoAnswer {
        /// The file.
        key: String,
    },
    /// It said no.
    #[error("ssh-keygen did not sign with {key}{said}")]
    Refused {
        /// The file.
        key: String,
        /// What it said, as a clause behind the key.
        said: String,
    },
}

/// Signs bytes with the key in that file: a private key, or a public one whose private half an agent holds.
///
/// # Errors
/// Why not, as a sentence.
pub fn sign(bytes: &[u8], key: &Path, prompts: Prompts) -> Result<String, NotSigned> {
    let name = key.display().to_string();
    if let Err(error) = File::open(key) {
        return Err(NotSigned::NoKey { key: name, why: error.to_string() });
    }
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-Y", "sign", "-n", NAMESPACE, "-f"]).arg(key);
    command.stdin(message(bytes)?).stdout(Stdio::piped());
    match prompts {
        // A hardware key says on it that it waits for a touch.
        Prompts::Terminal => command.stderr(Stdio::inherit()),
        // Without a terminal ssh-keygen would read the passphrase from its input, which is what is to be signed.
        Prompts::Never => command
            .stderr(Stdio::piped())
            .env("SSH_ASKPASS_REQUIRE", "force")
            .env("SSH_ASKPASS", "/bin/false"),
    };
    let mut child = command.spawn()?;
    if prompts == Prompts::Never && !ends(&mut child, ANSWERS_WITHIN)? {
        return Err(NotSigned::NoAnswer { key: name });
    }
    let output = child.wait_with_output()?;
    let armoured = String::from_utf8(output.stdout.clone()).unwrap_or_default();
    if output.status.success() && super::Sealed::read(&armoured).is_ok() {
        return Ok(armoured);
    }
    let said = match (prompts, said(&output)) {
        (Prompts::Terminal, _) => ": it says why above".to_owned(),
        (Prompts::Never, said) => {
            format!(
                ": {said}; a key with a passphrase must be in the agent (ssh-add), or be used at a terminal"
            )
        }
    };
    Err(NotSigned::Refused { key: name, said })
}

/// Whether it ends in that time; if not, it is ended. A signature is far smaller than a pipe.
fn ends(child: &mut Child, within: Duration) -> io::Result<bool> {
    let mut left = within;
    while child.try_wait()?.is_none() {
        if left.is_zero() {
            child.kill()?;
            child.wait()?;
            return Ok(false);
        }
        std::thread::sleep(LOOKS_EVERY);
        left = left.saturating_sub(LOOKS_EVERY);
    }
    Ok(true)
}

/// What a check of one signature came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    /// It is good, and its key is that of these principals of the allowed signers.
    Signer(Vec<String>),
    /// It is good; whose key it is was not asked.
    Good,
    /// The key is not among the allowed signers, or not for this, or not at that time.
    NotAllowed,
    /// It is not a signature of these bytes.
    Bad,
}

/// Checks a signature of bytes, by the allowed signers (ssh-keygen(1)) if there are some; `at` is when it was made.
///
/// # Errors
/// ssh-keygen cannot be run.
pub fn check(bytes: &[u8], armoured: &str, signers: Option<&AllowedSigners>, at: At) -> io::Result<Checked> {
    let signature = unnamed(armoured.as_bytes())?;
    let path = path(&signature);
    let Some(signers) = signers else {
        let good = run(&["-Y", "check-novalidate", "-n", NAMESPACE, "-s", &path], None, bytes)?;
        return Ok(if good.status.success() { Checked::Good } else { Checked::Bad });
    };
    let signers = unnamed(signers.bytes())?;
    let signers = self::path(&signers);
    // Keys that have expired since were good then.
    let then = format!("-Overify-time={}", at.wall.format("%Y%m%d%H%M%S"));
    let found = run(&["-Y", "find-principals", &then, "-s", &path], Some(&signers), b"")?;
    let found = String::from_utf8_lossy(&found.stdout).into_owned();
    let mut principals = Vec::new();
    for principal in found.lines().filter(|line| !line.is_empty()) {
        let of = ["-Y", "verify", &then, "-n", NAMESPACE, "-I", principal, "-s", &path];
        if run(&of, Some(&signers), bytes)?.status.success() {
            principals.push(principal.to_owned());
        }
    }
    if !principals.is_empty() {
        return Ok(Checked::Signer(principals));
    }
    let good = run(&["-Y", "check-novalidate", "-n", NAMESPACE, "-s", &path], None, bytes)?;
    Ok(if good.status.success() { Checked::NotAllowed } else { Checked::Bad })
}

fn run(arguments: &[&str], signers: Option<&str>, input: &[u8]) -> io::Result<Output> {
    let mut command = Command::new("ssh-keygen");
    command.args(arguments);
    if let Some(signers) = signers {
        command.arg("-f").arg(signers);
    }
    // Times without a zone are those of this one.
    command.env("TZ", "UTC").stdin(message(input)?).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn()?.wait_with_output()
}

/// The message comes out of a file without a name: a pipe could fill up before anybody reads.
fn message(bytes: &[u8]) -> io::Result<Stdio> {
    Ok(Stdio::from(unnamed(bytes)?))
}

/// What it said, in one line.
fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    match lines.as_slice() {
        [] => format!("it ended with {}", output.status),
        lines => lines.join("; "),
    }
}

/// Where others find a file of ours, as long as we hold it; read anew by each that opens it.
fn path(file: &File) -> String {
    format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd())
}

/// A file in memory that no name leads to.
fn unnamed(bytes: &[u8]) -> io::Result<File> {
    let mut file = File::from(rustix::fs::memfd_create("cutover", rustix::fs::MemfdFlags::CLOEXEC)?);
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file)
}
