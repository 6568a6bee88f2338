//! knot as authoritative server and unbound as cache, on loopback.

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use crate::health::peers::{Peer, free, program, started};

/// The zone that the tests move.
pub const ZONE: &str = "example.test";

/// An authoritative server.
pub struct Knot {
    pub address: SocketAddr,
    peer: Peer,
}

/// Where a server has its zone from.
pub enum Role<'a> {
    /// From its file.
    Primary(&'a str),
    /// From another server, and only when told to: a secondary that was not notified.
    Secondary(SocketAddr),
}

impl Knot {
    /// `None` if peers are to be skipped.
    pub fn start(role: &Role) -> Option<Knot> {
        let knotd = program("knotd", "knot")?;
        let directory = tempfile::tempdir().unwrap();
        let dir = directory.path().display().to_string();
        let address = free(&["127.0.0.1"])[0];
        let at = |address: &SocketAddr| format!("{}@{}", address.ip(), address.port());
        let mut config = format!(
            "server:\n  rundir: {dir}\n  listen: {}\n  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n\
             control:\n  listen: {dir}/control\ndatabase:\n  storage: {dir}/db\n\
             log:\n  - target: stderr\n    any: warning\n\
             acl:\n  - id: all\n    address: 127.0.0.0/8\n    action: [transfer, notify]\n",
            at(&address)
        );
        match role {
            Role::Primary(zone) => {
                fs::write(directory.path().join("zone"), zone).unwrap();
                write!(
                    config,
                    "zone:\n  - domain: {ZONE}\n    file: {dir}/zone\n    acl: all\n    zonefile-sync: -1\n    journal-content: none\n"
                )
                .unwrap();
            }
            Role::Secondary(primary) => write!(
                config,
                "remote:\n  - id: primary\n    address: {}\nzone:\n  - domain: {ZONE}\n    file: {dir}/zone\n    master: primary\n    acl: all\n",
                at(primary)
            )
            .unwrap(),
        }
        let file = directory.path().join("knot.conf");
        fs::write(&file, config).unwrap();
        let log = directory.path().join("log");
        let child = Command::new(knotd)
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let peer = started(child, directory, &log, &[address]);
        Some(Knot { address, peer })
    }

    /// Serves another version of the zone from now on.
    pub fn serve(&self, zone: &str) {
        fs::write(self.peer.path("zone"), zone).unwrap();
        self.control(&["-b", "zone-reload", ZONE]);
    }

    /// Fetches the zone from the primary.
    pub fn fetch(&self) {
        self.control(&["-b", "zone-retransfer", ZONE]);
    }

    fn control(&self, arguments: &[&str]) {
        let output = Command::new("knotc")
            .arg("-c")
            .arg(self.peer.path("knot.conf"))
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// A cache in front of an authoritative server.
pub struct Unbound {
    pub plain: SocketAddr,
    pub tls: SocketAddr,
    pub https: SocketAddr,
    peer: Peer,
}

impl Unbound {
    /// `None` if peers are to be skipped; `more` goes into its `server:` part.
    pub fn start(authority: SocketAddr, more: &str) -> Option<Unbound> {
        let unbound = program("unbound", "unbound")?;
        let directory = tempfile::tempdir().unwrap();
        certificate(directory.path(), "dns.test");
        let dir = directory.path().display().to_string();
        let [plain, tls, https] = free(&["127.0.0.1"; 3])[..] else { panic!("three addresses") };
        let config = format!(
            "server:\n  interface: 127.0.0.1@{}\n  interface: 127.0.0.1@{}\n  interface: 127.0.0.1@{}\n\
             tls-port: {}\n  https-port: {}\n  tls-service-key: {dir}/key.pem\n  tls-service-pem: {dir}/cert.pem\n\
             access-control: 127.0.0.0/8 allow\n  do-daemonize: no\n  chroot: \"\"\n  username: \"\"\n  directory: {dir}\n\
             pidfile: {dir}/pid\n  use-syslog: no\n  logfile: \"\"\n  verbosity: 0\n  num-threads: 1\n\
             module-config: iterator\n  do-not-query-localhost: no\n  local-zone: test. nodefault\n\
             infra-host-ttl: 1\n  {more}\n\
             remote-control:\n  control-enable: no\n\
             forward-zone:\n  name: {ZONE}\n  forward-addr: 127.0.0.1@{}\n",
            plain.port(),
            tls.port(),
            https.port(),
            tls.port(),
            https.port(),
            authority.port()
        );
        let file = directory.path().join("unbound.conf");
        fs::write(&file, config).unwrap();
        let log = directory.path().join("log");
        let child = Command::new(unbound)
            .arg("-d")
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let peer = started(child, directory, &log, &[plain, tls, https]);
        Some(Unbound { plain, tls, https, peer })
    }

    /// What its certificate is verified with.
    pub fn ca(&self) -> PathBuf {
        self.peer.path("ca.pem")
    }
}

/// Writes `ca.pem`, and `cert.pem` and `key.pem` for `name`.
fn certificate(directory: &Path, name: &str) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names = vec![name.to_owned(), "127.0.0.1".to_owned()];
    let cert = CertificateParams::new(names).unwrap().signed_by(&key, &ca).unwrap();
    fs::write(directory.join("ca.pem"), ca.pem()).unwrap();
    fs::write(directory.join("cert.pem"), cert.pem()).unwrap();
    fs::write(directory.join("key.pem"), key.serialize_pem()).unwrap();
}

/// A version of the zone: its serial, and its records.
pub fn zone(serial: u32, records: &str) -> String {
    format!(
        "$ORIGIN {ZONE}.\n$TTL 60\n@ 60 SOA ns1 root {serial} 86400 86400 864000 30\n@ NS ns1\n@ NS ns2\n\
         ns1 A 127.0.0.1\nns2 A 127.0.0.1\n{records}\n"
    )
}
