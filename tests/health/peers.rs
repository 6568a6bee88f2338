//! Servers from the system's packages, started on loopback and ended with the test.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::eventually;

/// Set to `skip` where the packages cannot be installed.
const PEERS: &str = "CUTOVER_TEST_PEERS";

/// The program's path; `None` if tests with peers are to be skipped. Fails if it is missing.
pub fn program(name: &str, package: &str) -> Option<PathBuf> {
    if std::env::var(PEERS).is_ok_and(|peers| peers == "skip") {
        println!("skipped: {PEERS}=skip, so {name} is not tried");
        return None;
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin"), PathBuf::from("/sbin")])
        .map(|directory| directory.join(name))
        .find(|program| program.is_file());
    assert!(found.is_some(), "{name} is missing: apt-get install {package}, or set {PEERS}=skip");
    found
}

/// A process that ends with the test.
pub struct Peer {
    child: Child,
    pub directory: tempfile::TempDir,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Peer {
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

/// Waits until all of `addresses` take connections from a peer that goes on running.
pub fn started(mut child: Child, directory: tempfile::TempDir, log: &Path, addresses: &[SocketAddr]) -> Peer {
    eventually("the peer listens", || {
        if let Ok(Some(status)) = child.try_wait() {
            panic!("the peer ended ({status}): {}", fs::read_to_string(log).unwrap_or_default());
        }
        addresses.iter().all(|address| TcpStream::connect(address).is_ok())
    });
    Peer { child, directory }
}

/// Addresses that were free a moment ago, on loopback hosts of their own.
pub fn free(hosts: &[&str]) -> Vec<SocketAddr> {
    let listeners: Vec<_> = hosts.iter().map(|host| TcpListener::bind((*host, 0)).unwrap()).collect();
    listeners.iter().map(|listener| listener.local_addr().unwrap()).collect()
}

/// nginx in one process, with these `server` blocks; `DIR` in them is the peer's directory.
pub fn nginx(program: &Path, directory: tempfile::TempDir, servers: &str, addresses: &[SocketAddr]) -> Peer {
    let dir = directory.path().display().to_string();
    let log = directory.path().join("error.log");
    let config = format!(
        "master_process off; daemon off; pid {dir}/pid; error_log {dir}/error.log;
         events {{ worker_connections 64; }}
         http {{
             access_log {dir}/access.log; keepalive_timeout 600;
             client_body_temp_path {dir}/b; proxy_temp_path {dir}/p; fastcgi_temp_path {dir}/f;
             uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
             {}
         }}",
        servers.replace("DIR", &dir)
    );
    let file = directory.path().join("nginx.conf");
    fs::write(&file, config).unwrap();
    let child = Command::new(program)
        .arg("-c")
        .arg(&file)
        .arg("-p")
        .arg(directory.path())
        .stdout(Stdio::null())
        .stderr(fs::File::create(directory.path().join("stderr")).unwrap())
        .spawn()
        .unwrap();
    started(child, directory, &log, addresses)
}

/// A key pair at `path`.
pub fn ssh_key(path: &Path) {
    let status =
        Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path).status().unwrap();
    assert!(status.success());
}

/// sshd for whoever runs the test, with a key in `DIR/id`.
pub fn sshd(program: &Path) -> (Peer, SocketAddr) {
    let directory = tempfile::tempdir().unwrap();
    let address = free(&["127.0.0.1"])[0];
    let at = |name: &str| directory.path().join(name);
    ssh_key(&at("host"));
    ssh_key(&at("id"));
    fs::copy(at("id.pub"), at("authorized")).unwrap();
    let dir = directory.path().display();
    let config = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {dir}/host\nPidFile {dir}/pid\nAuthorizedKeysFile {dir}/authorized\n\
         StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\nPrintMotd no\n",
        port = address.port()
    );
    fs::write(at("config"), config).unwrap();
    // The daemon's own empty directory; without it, and without the right to make it, it says so.
    let _ = fs::create_dir_all("/run/sshd");
    let log = at("log");
    let child = Command::new(program)
        .args(["-D", "-e", "-f"])
        .arg(at("config"))
        .stdin(Stdio::null())
        .stderr(fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    (started(child, directory, &log, &[address]), address)
}
