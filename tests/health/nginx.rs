//! A real web server: SNI, pins, redirects, keep-alive, HTTP/2.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use cutover::config::HealthCheck;
use cutover::expr::Scope;
use cutover::sample::{Side, Stage};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use super::peers::{self, Peer};
use super::*;

/// Writes `ca.pem` and, for each name, `NAME.pem` and `NAME.key`.
fn certificates(directory: &Path, names: &[&str]) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    fs::write(directory.join("ca.pem"), ca.pem()).unwrap();
    for name in names {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![(*name).to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, *name);
        let cert = params.signed_by(&key, &ca).unwrap();
        fs::write(directory.join(format!("{name}.pem")), cert.pem()).unwrap();
        fs::write(directory.join(format!("{name}.key")), key.serialize_pem()).unwrap();
    }
}

/// Two hosts that serve two names each on one port, the wrong one by default; and plain HTTP beside it.
fn site() -> Option<(Peer, Vec<SocketAddr>)> {
    site_with("")
}

/// The same with more locations in each secure server.
fn site_with(more: &str) -> Option<(Peer, Vec<SocketAddr>)> {
    let program = peers::program("nginx", "nginx")?;
    let directory = tempfile::tempdir().unwrap();
    certificates(directory.path(), &["app.test", "other.test"]);
    let addresses = peers::free(&["127.0.0.2", "127.0.0.3", "127.0.0.2"]);
    let mut servers = String::new();
    for (address, side) in addresses.iter().zip(["old", "new"]) {
        for (name, default) in [("other.test", "default_server"), ("app.test", "")] {
            write!(
                servers,
                "server {{ listen {address} ssl http2 {default}; server_name {name};
                 ssl_certificate DIR/{name}.pem; ssl_certificate_key DIR/{name}.key;
                 location = /away {{ return 302 https://other.test/; }}
                 location = /moved {{ return 301 /health; }}
                 location / {{ default_type application/json; add_header X-Served-By {side};
                   return 200 '{{\"name\":\"{name}\",\"protocol\":\"$server_protocol\",\"host\":\"$host\",\"on\":\"$connection\"}}'; }}
                 {more} }}\n"
            )
            .unwrap();
        }
    }
    write!(servers, "server {{ listen {}; return 200 '$connection_requests'; }}", addresses[2]).unwrap();
    let peer = peers::nginx(&program, directory, &servers, &addresses);
    Some((peer, addresses))
}

fn pinned(peer: &Peer, addresses: &[SocketAddr], path: &str) -> HealthCheck {
    let mut check = http(&format!("https://app.test{path}"));
    check.ca = Some(peer.path("ca.pem"));
    check.old = Some(pin(addresses[0]));
    check.new = Some(pin(addresses[1]));
    check
}

#[test]
fn pins_keep_sni_and_authority_and_reach_both_sides() {
    let Some((peer, addresses)) = site() else { return };
    let mut check = pinned(&peer, &addresses, "/health");
    check.expect = all(
        &[
            "body.name == app.test",
            "body.protocol == HTTP/2.0",
            "header.x-served-by == new",
            "body.host == app.test",
        ],
        Scope::Http,
    );
    check.old_expect = all(&["body.name == app.test", "header.x-served-by == old"], Scope::Http);
    check.identity_old = all(&["header.x-served-by == old"], Scope::Http).pop();
    check.identity_new = all(&["header.x-served-by == new"], Scope::Http).pop();
    let sides = measure_all(&check);
    for (number, side) in [Side::Old, Side::New].into_iter().enumerate() {
        let health = &sides[number].1;
        passed(health);
        assert_eq!(health.answered_by, Some(side));
        assert_eq!(health.peer, Some(addresses[number]));
        assert_eq!(health.certificate.as_ref().unwrap().names, ["app.test"]);
    }
}

#[test]
fn a_port_in_the_url_stays_in_the_authority_and_not_in_the_address() {
    let Some((peer, addresses)) = site() else { return };
    let mut check = pinned(&peer, &addresses, "/");
    check.target = Target::Http { url: "https://app.test:9443/".to_owned(), unix: None };
    check.expect = all(&["body.name == app.test", "header.x-served-by == new"], Scope::Http);
    passed(&measure_all(&check)[1].1);
}

#[test]
fn an_address_as_host_sends_no_name_and_is_refused_for_it() {
    let Some((peer, addresses)) = site() else { return };
    let mut check = http(&format!("https://{}/", addresses[1]));
    check.ca = Some(peer.path("ca.pem"));
    let health = measure(&check);
    let (_, why) = unanswered(&health);
    assert_eq!(why, "certificate is for other.test, not for 127.0.0.3");
}

#[test]
fn redirects_to_another_host_are_refused_on_the_pin() {
    let Some((peer, addresses)) = site() else { return };
    let mut check = pinned(&peer, &addresses, "/away");
    check.follow = 2;
    let health = measure_all(&check).swap_remove(1).1;
    assert_eq!(failed(&health).saw, "302 to https://other.test/, off the pin");
    let mut check = pinned(&peer, &addresses, "/moved");
    check.follow = 2;
    check.expect = all(&["status == 200", "header.x-served-by == new"], Scope::Http);
    passed(&measure_all(&check)[1].1);
}

#[test]
fn kept_connections_are_not_used_again() {
    let Some((peer, addresses)) = site() else { return };
    let mut plain = http(&format!("http://{}/", addresses[2]));
    // nginx counts the requests of each connection.
    plain.expect = all(&["body == 1"], Scope::Http);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..3 {
        passed(&measure(&plain));
        let mut check = pinned(&peer, &addresses, "/");
        check.expect = all(&["body.on == none"], Scope::Http);
        seen.insert(failed(&measure_all(&check)[1].1).saw.clone());
    }
    assert_eq!(seen.len(), 3, "{seen:?}");
}

#[test]
fn an_answer_over_http_2_without_end_is_cut_and_the_connection_let_go() {
    let ended = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&ended);
    let endless = Server::new(move |mut stream| {
        let slow = request(&mut stream).contains("slow");
        let mut open = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").is_ok();
        while open {
            open = stream.write_all(if slow { b"x" } else { &[b'x'; 4096] }).is_ok();
            if slow {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        count.fetch_add(1, Ordering::SeqCst);
    });
    let pass = format!("proxy_buffering off; proxy_pass http://{};", endless.address);
    let more = format!("location /endless {{ {pass} }} location /slow {{ {pass} }}");
    let Some((peer, addresses)) = site_with(&more) else { return };
    let mut check = pinned(&peer, &addresses, "/endless");
    check.old = None;
    check.body_limit = 100_000;
    let health = measure_all(&check).remove(0).1;
    passed(&health);
    let mut check = pinned(&peer, &addresses, "/slow");
    check.old = None;
    check.timeout = Duration::from_secs(1);
    let health = measure_all(&check).remove(0).1;
    assert_eq!(unanswered(&health), (Stage::TimeOut, "200, but the body did not end within 1.0s"));
    eventually("nginx has closed both", || ended.load(Ordering::SeqCst) == 2);
}
