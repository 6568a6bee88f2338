//! TLS: certificates shown whether or not they are accepted, SNI, pins, client certificates, HTTP/2.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use cutover::clock::ManualClock;
use cutover::config::{HealthCheck, Target};
use cutover::expr::Scope;
use cutover::sample::Stage;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use super::*;

/// An authority of the test's own, its bundle on disk.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    directory: tempfile::TempDir,
}

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Test Authority");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("ca.pem"), issuer.pem()).unwrap();
        Authority { issuer, directory }
    }

    fn bundle(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// A certificate for `names`, valid for these years.
    fn sign(&self, names: &[&str], years: (i32, i32)) -> (Vec<CertificateDer<'static>>, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let cert = params(names, years).signed_by(&key, &self.issuer).unwrap();
        (vec![cert.der().clone()], key)
    }
}

const VALID: (i32, i32) = (2020, 2090);

fn params(names: &[&str], (from, to): (i32, i32)) -> CertificateParams {
    let mut params =
        CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    params.not_before = rcgen::date_time_ymd(from, 1, 1);
    params.not_after = rcgen::date_time_ymd(to, 1, 1);
    params
}

fn self_signed(names: &[&str], authority: bool) -> (Vec<CertificateDer<'static>>, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let mut params = params(names, VALID);
    if authority {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    let cert = params.self_signed(&key).unwrap();
    (vec![cert.der().clone()], key)
}

fn serve((chain, key): (Vec<CertificateDer<'static>>, KeyPair)) -> Server {
    serve_with(chain, &key, None, |stream| {
        while !request(stream).is_empty() {
            if stream.write_all(ok("secure").as_bytes()).is_err() {
                return;
            }
        }
    })
}

fn serve_with(
    chain: Vec<CertificateDer<'static>>,
    key: &KeyPair,
    clients: Option<RootCertStore>,
    talk: impl Fn(&mut StreamOwned<ServerConnection, TcpStream>) + Send + Sync + 'static,
) -> Server {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(roots) => builder.with_client_cert_verifier(
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap(),
        ),
    };
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = Arc::new(builder.with_single_cert(chain, key).unwrap());
    Server::new(move |stream| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        talk(&mut StreamOwned::new(connection, stream));
    })
}

/// `https://app.test/` pinned to `server`; only the pinned side is measured.
fn https(server: &Server, ca: Option<PathBuf>) -> HealthCheck {
    let mut check = http("https://app.test/");
    check.ca = ca;
    check.new = Some(pin(server.address));
    check
}

fn new_side(check: &HealthCheck) -> Health {
    measure_all(check).remove(0).1
}

fn days_ago(days: u64) -> DateTime<Utc> {
    SystemClock.now().wall - Duration::from_secs(days * 86_400)
}

#[test]
fn a_good_certificate_is_shown_and_counted_in_days() {
    let authority = Authority::new();
    let server = serve(authority.sign(&["app.test", "www.app.test"], VALID));
    let mut check = https(&server, Some(authority.bundle()));
    check.expect = all(&["body == secure", "certificate.names contains www.app.test"], Scope::Http);
    check.warn = all(&["certificate > 14d"], Scope::Http);
    let health = new_side(&check);
    passed(&health);
    assert_eq!(health.warnings, []);
    let shown = health.certificate.unwrap();
    assert_eq!(shown.names[..2], ["app.test", "www.app.test"]);
    assert_eq!(shown.issuer, "Test Authority");
    assert!(!shown.self_signed);
    check.warn = all(&["certificate > 99999d"], Scope::Http);
    assert_eq!(new_side(&check).warnings.len(), 1);
}

#[test]
fn an_expired_certificate_fails_with_its_date() {
    let authority = Authority::new();
    let server = serve(authority.sign(&["app.test"], (2020, 2025)));
    let check = https(&server, Some(authority.bundle()));
    let at: DateTime<Utc> = "2025-01-04T12:00:00Z".parse().unwrap();
    let health = measure_at(&check, Arc::new(ManualClock::new(at))).remove(0).1;
    assert_eq!(unanswered(&health), (Stage::Tls, "certificate expired 3d ago (2025-01-01)"));
    assert_eq!(health.word, "expired");
    assert_eq!(health.certificate.unwrap().not_after.to_rfc3339(), "2025-01-01T00:00:00+00:00");
    // By the same clock it was good before, and too early before that.
    let at: DateTime<Utc> = "2024-12-30T00:00:00Z".parse().unwrap();
    passed(&measure_at(&check, Arc::new(ManualClock::new(at))).remove(0).1);
    let at: DateTime<Utc> = "2019-12-29T00:00:00Z".parse().unwrap();
    let early = measure_at(&check, Arc::new(ManualClock::new(at))).remove(0).1;
    assert_eq!(unanswered(&early).1, "certificate valid only in 3d (2020-01-01)");
}

#[test]
fn a_wrong_name_names_both() {
    let authority = Authority::new();
    let server = serve(authority.sign(&["other.test"], VALID));
    let health = new_side(&https(&server, Some(authority.bundle())));
    let (stage, why) = unanswered(&health);
    assert_eq!(stage, Stage::Tls);
    assert!(why.starts_with("certificate is for other.test") && why.ends_with("not for app.test"), "{why}");
    assert!(health.certificate.is_some());
}

#[test]
fn an_unknown_issuer_is_named() {
    let (authority, trusted) = (Authority::new(), Authority::new());
    let server = serve(authority.sign(&["app.test"], VALID));
    let health = new_side(&https(&server, Some(trusted.bundle())));
    // Both are called the same: the signature does not fit, or the issuer is not known.
    assert_eq!(unanswered(&health).0, Stage::Tls);
    let mut check = https(&server, None);
    check.warn = all(&["certificate > 14d"], Scope::Http);
    let health = new_side(&check);
    assert_eq!(unanswered(&health).1, "certificate issued by Test Authority, which is not trusted");
    assert!(health.certificate.is_some());
}

#[test]
fn a_self_signed_certificate_is_accepted_by_its_hash_alone() {
    for authority in [false, true] {
        let server = serve(self_signed(&["app.test"], authority));
        let mut check = https(&server, None);
        let refused = new_side(&check);
        let (stage, why) = unanswered(&refused);
        assert_eq!(stage, Stage::Tls);
        let shown = refused.certificate.clone().unwrap();
        assert!(shown.self_signed);
        assert!(why.contains(&shown.sha256), "{why}");
        check.pin_sha256 = Some(shown.sha256.to_uppercase());
        passed(&new_side(&check));
        check.pin_sha256 = Some("0".repeat(64));
        let health = new_side(&check);
        assert!(unanswered(&health).1.contains("is not the pinned one"), "{health:?}");
    }
}

#[test]
fn an_authority_used_as_a_server_is_refused_with_a_hint_even_when_trusted() {
    let (chain, key) = self_signed(&["app.test"], true);
    let directory = tempfile::tempdir().unwrap();
    let bundle = directory.path().join("ca.pem");
    let pem =
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", openssl_base64(&chain[0]));
    std::fs::write(&bundle, pem).unwrap();
    let server = serve((chain, key));
    let health = new_side(&https(&server, Some(bundle)));
    let (_, why) = unanswered(&health);
    assert!(
        why.starts_with("certificate is made for an authority, not for a server (trust it with pin_sha256"),
        "{why}"
    );
}

fn openssl_base64(der: &[u8]) -> String {
    use std::process::{Command, Stdio};
    let mut child = Command::new("openssl")
        .args(["base64", "-e"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(der).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn verify_off_accepts_anything_and_still_knows_the_dates() {
    let authority = Authority::new();
    let server = serve(authority.sign(&["other.test"], (2020, 2025)));
    let mut check = https(&server, None);
    check.verify = false;
    check.warn = all(&["certificate > 14d"], Scope::Http);
    let health = new_side(&check);
    passed(&health);
    assert_eq!(health.warnings.len(), 1);
    assert!(health.certificate.unwrap().not_after < days_ago(1));
}

#[test]
fn the_tls_check_is_a_handshake_with_the_pins_address() {
    let authority = Authority::new();
    let server = serve(authority.sign(&["app.test"], VALID));
    let mut check = check(Target::Tls("app.test:443".to_owned()));
    check.ca = Some(authority.bundle());
    check.expect = all(&["connected", "certificate > 14d"], Scope::Tls);
    check.new = Some(pin(server.address));
    let health = new_side(&check);
    passed(&health);
    assert_eq!((health.word.as_str(), health.peer), ("connected", Some(server.address)));
}

#[test]
fn plain_text_on_a_tls_port_is_said_to_be_so() {
    let server = Server::new(|mut stream| {
        let _ = stream.write_all(b"220 mail.test ESMTP\r\n");
        let _ = stream.read(&mut [0; 1024]);
    });
    let mut check = check(Target::Tls(server.address.to_string()));
    check.verify = false;
    let health = measure(&check);
    assert_eq!(unanswered(&health), (Stage::Tls, format!("{} does not speak TLS", server.address).as_str()));
}

#[test]
fn a_silent_tls_port_ends_at_the_time_out() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut check = check(Target::Tls(silent.local_addr().unwrap().to_string()));
    check.verify = false;
    check.timeout = Duration::from_millis(300);
    assert_eq!(unanswered(&measure(&check)).0, Stage::TimeOut);
}

#[test]
fn a_client_certificate_is_shown_when_asked_for() {
    let authority = Authority::new();
    let mut roots = RootCertStore::empty();
    roots.add(authority.issuer.der().clone()).unwrap();
    let (chain, key) = authority.sign(&["app.test"], VALID);
    let (heard, told) = mpsc::channel();
    let server = serve_with(chain, &key, Some(roots), move |stream| {
        if !request(stream).is_empty() {
            let shown = stream.conn.peer_certificates().map_or(0, <[_]>::len);
            heard.send(shown).unwrap();
            let _ = stream.write_all(ok("").as_bytes());
        }
    });
    let mut check = https(&server, Some(authority.bundle()));
    let health = new_side(&check);
    let (stage, why) = unanswered(&health);
    assert_eq!(stage, Stage::Tls);
    assert!(why.ends_with("asks for a client certificate (set cert and key)"), "{why}");

    let (client, client_key) = authority.sign(&["dana"], VALID);
    let directory = tempfile::tempdir().unwrap();
    let (cert, key) = (directory.path().join("dana.pem"), directory.path().join("dana.key"));
    let pem =
        format!("-----BEGIN CERTIFICATE-----\n{}-----END CERTIFICATE-----\n", openssl_base64(&client[0]));
    std::fs::write(&cert, pem).unwrap();
    std::fs::write(&key, client_key.serialize_pem()).unwrap();
    (check.cert, check.key) = (Some(cert), Some(key));
    passed(&new_side(&check));
    assert_eq!(told.recv().unwrap(), 1);
    check.key = Some(directory.path().join("none.key"));
    let why = new_side(&check);
    assert!(broken(&why).contains("none.key"), "{why:?}");
}
