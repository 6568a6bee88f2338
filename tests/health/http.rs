//! HTTP: fresh connections, pins, redirects, bodies, proxies, unix sockets.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::sync::mpsc;
use std::time::Duration;

use cutover::config::{Family, Target};
use cutover::expr::Scope;
use cutover::sample::{Outcome, Side, Stage};

use super::*;

#[test]
fn an_answer_is_judged_by_status_body_header_latency_and_address() {
    let body = r#"{"status": "healthy", "items": [1, 2]}"#;
    let server = Server::saying(format!(
        "HTTP/1.1 200 OK\r\nX-Served-By: new-3\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    let mut check = http(&server.url("/health"));
    check.expect = all(
        &[
            "status == any(200, 204)",
            "body.status == healthy",
            "len(body.items) == 2",
            "header.x-served-by matches ^new-",
            "[STATUS] == 200",
            "[BODY].status == healthy",
            "connected",
            "latency < 60s",
            "ip == 127.0.0.1",
        ],
        Scope::Http,
    );
    check.warn = all(&["header.x-served-by == old"], Scope::Http);
    let health = measure(&check);
    passed(&health);
    assert_eq!(health.word, "200");
    assert_eq!(health.peer, Some(server.address));
    assert!(health.latency.is_some());
    assert_eq!(health.warnings.len(), 1);
    assert_eq!(health.warnings[0].saw, "\"new-3\"");

    check.expect = all(&["status == 200", "body.status == draining"], Scope::Http);
    let miss = failed(&measure(&check)).clone();
    assert_eq!(miss.expected, "body.status == draining");
    assert!(miss.saw.contains("healthy"), "{miss:?}");
}

#[test]
fn every_probe_is_a_fresh_connection_although_the_server_keeps_them() {
    let server = Server::saying(ok("x"));
    let check = http(&server.url("/"));
    for asked in 1..=3 {
        passed(&measure(&check));
        assert_eq!(server.connections(), asked);
    }
}

#[test]
fn method_headers_and_body_are_sent_as_declared() {
    let (tell, told) = mpsc::channel();
    let server = Server::new(move |mut stream| {
        let head = request(&mut stream);
        let mut body = [0; 5];
        stream.read_exact(&mut body).unwrap();
        tell.send((head.to_ascii_lowercase(), body)).unwrap();
        stream.write_all(ok("").as_bytes()).unwrap();
    });
    let mut check = http(&format!("http://dana:pa%3Ass@{}/ready?full=1", server.address));
    check.method = "POST".to_owned();
    check.headers =
        vec![("X-Token".to_owned(), "abc".to_owned()), ("Host".to_owned(), "app.test".to_owned())];
    check.body = Some("hello".to_owned());
    passed(&measure(&check));
    let (head, body) = told.recv().unwrap();
    assert!(head.starts_with("post /ready?full=1 http/1.1\r\n"), "{head}");
    for line in
        ["x-token: abc", "host: app.test", "authorization: basic zgfuytpwytpzcw==", "content-length: 5"]
    {
        assert!(head.contains(line), "{line} in {head}");
    }
    assert!(!head.contains("accept-encoding"), "{head}");
    assert_eq!(&body, b"hello");
}

#[test]
fn pins_replace_the_address_and_keep_the_host_and_a_port_of_its_own() {
    let (tell, told) = mpsc::channel();
    let side = |name: &'static str, address: &str| {
        let tell = tell.clone();
        Server::at(address, move |mut stream| {
            let head = request(&mut stream);
            tell.send((name, head)).unwrap();
            let _ = stream.write_all(ok(name).as_bytes());
        })
    };
    let (old, new) = (side("old", "127.0.0.2:0"), side("new", "127.0.0.3:0"));
    let live = side("live", "127.0.0.1:0");
    // A name and an IP address, each with a port that is not the pins'.
    for host in ["localhost", "127.0.0.1"] {
        let mut check = http(&format!("http://{host}:{}/", live.address.port()));
        check.ip = Family::V4;
        check.old = Some(pin(old.address));
        check.new = Some(pin(new.address));
        let all = measure_all(&check);
        let names: Vec<_> = all.iter().map(|(id, _)| id.to_string()).collect();
        assert_eq!(names, ["health/api/old", "health/api/new", "health/api/live"]);
        for (_, health) in &all {
            passed(health);
        }
        assert_eq!(all[0].1.peer, Some(old.address));
        assert_eq!(all[1].1.peer, Some(new.address));
        assert_eq!(all[2].1.peer, Some(live.address));
        let expected = format!("host: {host}:{}", live.address.port());
        let mut asked: Vec<_> = (0..3).map(|_| told.recv().unwrap()).collect();
        asked.sort();
        assert_eq!(asked.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["live", "new", "old"]);
        for (_, head) in asked {
            assert!(head.to_ascii_lowercase().contains(&expected), "{head}");
        }
    }
}

#[test]
fn the_live_side_tells_who_answers_by_address_or_by_identity() {
    let old = Server::at("127.0.0.2:0", |mut stream| {
        request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX-Side: old\r\nContent-Length: 0\r\n\r\n");
    });
    let new = Server::at("127.0.0.3:0", |mut stream| {
        request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX-Side: new\r\nContent-Length: 0\r\n\r\n");
    });
    let mut check = http(&new.url("/"));
    check.old = Some(pin(old.address));
    check.new = Some(pin(new.address));
    let answered = |check: &HealthCheck| {
        measure_all(check).into_iter().map(|(_, health)| health.answered_by).collect::<Vec<_>>()
    };
    // By address only the live column needs telling.
    assert_eq!(answered(&check), [None, None, Some(Side::New)]);
    // An identity tells for all of them, and beats the address.
    check.identity_old = all(&["header.x-side == old"], Scope::Http).pop();
    check.identity_new = all(&["header.x-side == new"], Scope::Http).pop();
    assert_eq!(answered(&check), [Some(Side::Old), Some(Side::New), Some(Side::New)]);
    // Pins that lead to the wrong side are found out.
    std::mem::swap(&mut check.old, &mut check.new);
    let swapped = measure_all(&check);
    assert_eq!(swapped[0].1.answered_by, Some(Side::New));
    assert_eq!(swapped[0].1.warnings[0].expected, "header.x-side == old");
    // An identity that fits neither is not told by address.
    check.identity_new = all(&["header.x-side == other"], Scope::Http).pop();
    check.identity_old = None;
    assert_eq!(answered(&check)[2], None);
}

#[test]
fn the_old_side_may_be_green_when_it_refuses() {
    let refusing = Server::saying("HTTP/1.1 503 Draining\r\nContent-Length: 0\r\n\r\n");
    let new = Server::saying(ok(""));
    let mut check = http(&new.url("/"));
    check.old = Some(pin(refusing.address));
    check.new = Some(pin(new.address));
    check.old_expect = all(&["status == 503"], Scope::Http);
    for (id, health) in measure_all(&check) {
        assert_eq!(health.outcome, Outcome::Pass, "{id}");
    }
    check.old = Some(pin(closed()));
    check.old_expect = all(&["not connected"], Scope::Http);
    let old = measure_all(&check).remove(0).1;
    passed(&old);
    assert_eq!(old.word, "refused");
    assert_eq!(old.latency, None);
    // What listens but does not answer has not refused.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    check.old = Some(pin(silent.local_addr().unwrap()));
    check.timeout = Duration::from_millis(300);
    let (stage, _) = unanswered(&measure_all(&check).remove(0).1).to_owned();
    assert_eq!(stage, Stage::TimeOut);
}

#[test]
fn a_name_without_an_address_has_not_refused_either() {
    let mut check = http("http://nowhere.invalid/");
    check.expect = all(&["not connected"], Scope::Http);
    let health = measure(&check);
    let (stage, why) = unanswered(&health);
    assert_eq!(stage, Stage::Resolve);
    assert!(why.starts_with("no address for nowhere.invalid"), "{why}");
}

#[test]
fn a_refused_connection_names_the_address() {
    let address = closed();
    let health = measure(&http(&format!("http://{address}/")));
    assert_eq!(unanswered(&health), (Stage::Connect, format!("connection refused by {address}").as_str()));
    assert_eq!(health.word, "refused");
}

#[test]
fn redirects_are_an_answer_unless_followed() {
    let server = Server::saying("HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n");
    let health = measure(&http(&server.url("/")));
    passed(&health);
    assert_eq!(health.word, "302");
    let mut check = http(&server.url("/"));
    check.follow = 2;
    let miss = failed(&measure(&check)).clone();
    assert_eq!(miss.saw, "302 to /login, one too many");
    assert_eq!(server.connections(), 1 + 3);
}

#[test]
fn a_redirect_on_the_same_host_is_followed_and_one_off_the_pin_refused() {
    let elsewhere = Server::saying(ok("wrong"));
    let away = elsewhere.address.port();
    let server = Server::new(move |mut stream| {
        let head = request(&mut stream);
        let answer = match head.split(' ').nth(1) {
            Some("/old") => "HTTP/1.1 301 Moved\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n".to_owned(),
            Some("/away") => {
                format!(
                    "HTTP/1.1 302 Found\r\nLocation: http://localhost:{away}/\r\nContent-Length: 0\r\n\r\n"
                )
            }
            Some("/port") => {
                format!(
                    "HTTP/1.1 302 Found\r\nLocation: http://app.test:{away}/\r\nContent-Length: 0\r\n\r\n"
                )
            }
            _ => ok("here"),
        };
        let _ = stream.write_all(answer.as_bytes());
    });
    let pinned = |path: &str| {
        let mut check = http(&format!("http://app.test{path}"));
        check.expect = all(&["body == here"], Scope::Http);
        check.follow = 3;
        check.new = Some(pin(server.address));
        measure_all(&check).remove(0).1
    };
    let followed = pinned("/old");
    passed(&followed);
    assert_eq!(followed.peer, Some(server.address));
    for path in ["/away", "/port"] {
        let refused = pinned(path);
        let miss = failed(&refused);
        assert!(miss.saw.starts_with("302 to http://") && miss.saw.ends_with(", off the pin"), "{miss:?}");
        assert_eq!(refused.word, "302");
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn a_body_without_end_is_cut_at_the_limit() {
    let server = Server::new(|mut stream| {
        request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nready ");
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    let mut check = http(&server.url("/"));
    check.body_limit = 100_000;
    passed(&measure(&check));
    check.expect = all(&["body contains ready"], Scope::Http);
    let miss = failed(&measure(&check)).clone();
    assert_eq!(miss.saw, "the body is longer than the 100000 bytes of body_limit");
}

#[test]
fn a_slow_body_ends_at_the_time_out() {
    let server = Server::new(|mut stream| {
        request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    let mut check = http(&server.url("/"));
    check.timeout = Duration::from_millis(300);
    let health = measure(&check);
    let (stage, why) = unanswered(&health);
    assert_eq!((stage, why), (Stage::TimeOut, "200, but the body did not end within 300ms"));
    assert_eq!(health.word, "time-out");
    assert_eq!(health.latency, None);
}

#[test]
fn a_slow_head_and_a_silent_server_end_at_the_time_out() {
    let slow = Server::new(|mut stream| {
        request(&mut stream);
        let mut line = b"HTTP/1.1 200 OK\r\nX-Slow: ".to_vec();
        while stream.write_all(&line).is_ok() {
            line = b"x".to_vec();
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    // Connected by the kernel, never accepted.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for address in [slow.address, silent.local_addr().unwrap()] {
        let mut check = http(&format!("http://{address}/"));
        check.timeout = Duration::from_millis(300);
        let health = measure(&check);
        let (stage, why) = unanswered(&health);
        assert_eq!((stage, why), (Stage::TimeOut, format!("no answer from {address} within 300ms").as_str()));
    }
}

#[test]
fn a_compressed_body_is_never_unpacked() {
    let server = Server::saying(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x08\x08\x00",
    );
    let mut check = http(&server.url("/"));
    passed(&measure(&check));
    check.expect = all(&["body.status == ok"], Scope::Http);
    assert_eq!(failed(&measure(&check)).saw, "the body is compressed");
}

#[test]
fn informational_answers_are_passed_over() {
    let server = Server::saying(format!("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n{}", ok("x")));
    assert_eq!(measure(&http(&server.url("/"))).word, "200");
}

#[test]
fn what_is_not_http_is_said_to_be_so() {
    let server = Server::new(|mut stream| {
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n");
        let _ = stream.read(&mut [0; 1024]);
    });
    let health = measure(&http(&server.url("/")));
    let (stage, why) = unanswered(&health);
    assert_eq!(stage, Stage::Exchange);
    assert!(why.starts_with(&format!("{} does not speak HTTP", server.address)), "{why}");
}

#[test]
fn transport_errors_are_retried_and_wrong_answers_are_not() {
    let dropped = std::sync::atomic::AtomicBool::new(false);
    let flaky = Server::new(move |mut stream| {
        request(&mut stream);
        if dropped.swap(true, Ordering::SeqCst) {
            let _ = stream.write_all(ok("").as_bytes());
        }
    });
    let mut check = http(&flaky.url("/"));
    check.retry = 1;
    passed(&measure(&check));
    assert_eq!(flaky.connections(), 2);

    let wrong = Server::saying("HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n");
    let mut check = http(&wrong.url("/"));
    check.retry = 3;
    let health = measure(&check);
    assert_eq!(failed(&health).saw, "500");
    assert_eq!(wrong.connections(), 1);

    let closing = Server::new(|mut stream| drop(request(&mut stream)));
    let mut check = http(&closing.url("/"));
    check.retry = 2;
    let health = measure(&check);
    assert_eq!(unanswered(&health).0, Stage::Exchange);
    assert_eq!(closing.connections(), 3);
}

#[test]
fn the_address_family_chooses() {
    let server = Server::saying(ok(""));
    let mut check = http(&format!("http://localhost:{}/", server.address.port()));
    check.ip = Family::V4;
    passed(&measure(&check));
    let mut check = http(&server.url("/"));
    check.ip = Family::V6;
    let health = measure(&check);
    assert_eq!(unanswered(&health), (Stage::Resolve, "127.0.0.1 has no IPv6 address"));
}

#[test]
fn http_goes_over_a_unix_socket() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.sock");
    let listener = UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let head = request(&mut stream);
            let _ = stream
                .write_all(ok(if head.contains("ost: app.test\r\n") { "kept" } else { "lost" }).as_bytes());
        }
    });
    let mut check = http("http://app.test/");
    check.target = Target::Http { url: "http://app.test/".to_owned(), unix: Some(path.clone()) };
    check.expect = all(&["body == kept"], Scope::Http);
    let health = measure(&check);
    passed(&health);
    assert_eq!(health.peer, None);

    let mut connect = super::check(Target::Unix(path));
    connect.expect = all(&["connected"], Scope::Connect);
    assert_eq!(measure(&connect).word, "connected");
    connect.target = Target::Unix(directory.path().join("none.sock"));
    let health = measure(&connect);
    assert!(unanswered(&health).1.starts_with("nothing at /"), "{health:?}");
    connect.target = Target::Unix(directory.path().join("x".repeat(120)));
    assert!(broken(&measure(&connect)).contains("longer than the 107 bytes"));
}

#[test]
fn a_proxy_is_used_only_when_declared() {
    let server = Server::saying(ok("direct"));
    let (tell, told) = mpsc::channel();
    let proxy = Server::new(move |mut stream| {
        let head = request(&mut stream);
        tell.send(head.clone()).unwrap();
        if head.starts_with("CONNECT") {
            let _ = stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n");
            request(&mut stream);
        }
        let _ = stream.write_all(ok("proxied").as_bytes());
    });
    let mut check = http("http://app.test:81/x");
    check.proxy = Some(format!("http://dana:secret@{}", proxy.address));
    check.expect = all(&["body == proxied"], Scope::Http);
    passed(&measure(&check));
    let head = told.recv().unwrap().to_ascii_lowercase();
    assert!(head.starts_with("get http://app.test:81/x http/1.1\r\n"), "{head}");
    assert!(head.contains("host: app.test:81\r\n") && head.contains("proxy-authorization: basic "), "{head}");
    // A pin goes through a tunnel: the proxy must not choose the address.
    check.new = Some(pin(server.address));
    passed(&measure_all(&check)[0].1);
    assert!(
        (0..2)
            .map(|_| told.recv().unwrap())
            .any(|head| head.starts_with(&format!("CONNECT {}", server.address)))
    );
}

#[test]
fn proxy_variables_do_not_reach_a_probe() {
    let nowhere = format!("http://{}", closed());
    let variables: Vec<_> =
        ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
            .into_iter()
            .map(|name| (name, nowhere.as_str()))
            .collect();
    if again_with("health::http::proxy_variables_do_not_reach_a_probe", &variables) {
        return;
    }
    assert!(std::env::var_os("http_proxy").is_some());
    let server = Server::saying(ok(""));
    let mut check = http("http://app.test/");
    check.new = Some(pin(server.address));
    passed(&measure_all(&check)[0].1);
}

#[test]
fn without_a_ca_bundle_only_https_is_broken_and_says_what_to_do() {
    let none = [("SSL_CERT_FILE", "/nonexistent"), ("SSL_CERT_DIR", "/nonexistent")];
    if again_with("health::http::without_a_ca_bundle_only_https_is_broken_and_says_what_to_do", &none) {
        return;
    }
    passed(&measure(&http(&Server::saying(ok("")).url("/"))));
    let why = measure(&http("https://127.0.0.1:1/"));
    assert!(broken(&why).contains("install ca-certificates"), "{why:?}");
    // With nothing to verify against but a pin or nothing at all, none is needed.
    let mut check = http(&format!("https://{}/", closed()));
    check.verify = false;
    assert_eq!(unanswered(&measure(&check)).0, Stage::Connect);
}

#[test]
fn a_port_that_takes_no_more_connections_ends_at_the_time_out() {
    // Full to the brim: the kernel drops what comes, as a firewall does.
    let runtime = runtime();
    let (listener, address) = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    });
    let mut filling = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        filling.push(stream);
    }
    let mut check = check(Target::Tcp(address.to_string()));
    check.expect = all(&["connected"], Scope::Connect);
    check.timeout = Duration::from_millis(300);
    let health = measure(&check);
    assert_eq!(
        unanswered(&health),
        (Stage::TimeOut, format!("no connection to {address} within 300ms").as_str())
    );
    assert_eq!(health.word, "time-out");
    // A firewall that must drop is green when it does.
    check.expect = all(&["not connected"], Scope::Connect);
    passed(&measure(&check));
    drop(listener);
}

#[test]
fn a_tcp_check_connects() {
    let server = Server::saying(ok(""));
    let mut check = check(Target::Tcp(server.address.to_string()));
    check.expect = all(&["connected", "latency < 60s"], Scope::Connect);
    let health = measure(&check);
    passed(&health);
    assert_eq!((health.word.as_str(), health.peer), ("connected", Some(server.address)));
    check.target = Target::Tcp(closed().to_string());
    assert_eq!(unanswered(&measure(&check)).0, Stage::Connect);
}
