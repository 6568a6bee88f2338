//! A file system that can be made to hang: sshfs to a real sshd, stopped by a signal.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::health::eventually;
use crate::health::peers::{self, Peer};

/// A mounted directory; unmounted with the test.
pub struct Mount {
    server: Child,
    at: PathBuf,
    _peer: Peer,
    _directory: tempfile::TempDir,
}

impl Mount {
    /// `None` if tests with peers are to be skipped.
    pub fn new() -> Option<Mount> {
        let sshfs = peers::program("sshfs", "sshfs")?;
        let (peer, address) = peers::sshd(&peers::program("sshd", "openssh-server")?);
        let directory = tempfile::tempdir().unwrap();
        let (from, at) = (directory.path().join("from"), directory.path().join("at"));
        fs::create_dir(&from).unwrap();
        fs::create_dir(&at).unwrap();
        let server = Command::new(sshfs)
            .args(["-f", "-p", &address.port().to_string(), "-o"])
            .arg(format!("IdentityFile={},StrictHostKeyChecking=no,UserKnownHostsFile=/dev/null,LogLevel=ERROR,sftp_server=/usr/lib/openssh/sftp-server", peer.path("id").display()))
            .args(["-F", "none"])
            .arg(format!("127.0.0.1:{}", from.display()))
            .arg(&at)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mount = Mount { server, at, _peer: peer, _directory: directory };
        eventually("it is mounted", || {
            fs::read_to_string("/proc/self/mountinfo").unwrap().contains(&mount.name())
        });
        Some(mount)
    }

    pub fn path(&self) -> &Path {
        &self.at
    }

    pub fn name(&self) -> String {
        self.at.display().to_string()
    }

    /// Whoever asks it hangs from now on.
    pub fn hang(&self) {
        self.signal("-STOP");
    }

    /// It answers again.
    pub fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let pid = self.server.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Ended, it answers everybody who waits with an error; nothing is left to hang.
        self.signal("-CONT");
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = Command::new("fusermount3").args(["-u", "-z"]).arg(&self.at).stderr(Stdio::null()).status();
    }
}
