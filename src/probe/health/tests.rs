use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use super::*;
use crate::clock::{Clock, SystemClock};
use crate::config::Family;
use crate::expr::{Expr, Scope};
use crate::probe::resolve::Resolver;
use crate::sample::{Outcome, Stage};

fn check(url: &str) -> HealthCheck {
    HealthCheck {
        name: "api".to_owned(),
        target: Target::Http { url: url.to_owned(), unix: None },
        via: None,
        old: None,
        new: None,
        identity_old: None,
        identity_new: None,
        public: false,
        expect: vec![Expr::parse("status == 200", Scope::Http).unwrap()],
        old_expect: Vec::new(),
        warn: Vec::new(),
        maintenance: Vec::new(),
        expected_after: None,
        watch: Vec::new(),
        method: "GET".to_owned(),
        headers: Vec::new(),
        body: None,
        follow: 0,
        body_limit: 1 << 20,
        retry: 0,
        proxy: None,
        ip: Family::Any,
        ca: None,
        cert: None,
        key: None,
        pin_sha256: None,
        verify: true,
        nagios: false,
        every: Duration::from_secs(5),
        timeout: Duration::from_secs(30),
        down_after: 2,
        up_after: 2,
        stale_after: 3,
    }
}

fn prober(resolver: Resolver, check: HealthCheck, side: Option<Side>) -> Prober {
    let mut net = Net::new(Arc::new(SystemClock), Path::new("/nonexistent"));
    net.resolver = resolver;
    Prober::new(Arc::new(net), Arc::new(check), side)
}

async fn health(prober: &Prober) -> Health {
    let Reading::Health(health) = prober.measure().await.reading else { panic!("not a health reading") };
    health
}

/// Answers every request with `body` and keeps its connections.
fn server(address: &str, body: &'static str) -> SocketAddr {
    let listener = TcpListener::bind(address).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut head = [0; 4096];
                while stream.read(&mut head).is_ok_and(|read| read > 0) {
                    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
                    if stream.write_all(answer.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

#[tokio::test]
async fn a_flip_of_the_name_is_seen_by_the_next_probe() {
    let old = server("127.0.0.2:0", "old");
    let new = server(&format!("127.0.0.3:{}", old.port()), "new");
    let answer = Arc::new(Mutex::new(old));
    let told = Arc::clone(&answer);
    let mut check = check(&format!("http://app.test:{}/", old.port()));
    check.old = Some(Pin { host: "127.0.0.2".to_owned(), port: None });
    check.new = Some(Pin { host: "new.test".to_owned(), port: None });
    let resolver =
        Resolver::with(move |host| Ok(vec![if host == "new.test" { new } else { *told.lock().unwrap() }]));
    let prober = prober(resolver, check, Some(Side::Live));
    let before = health(&prober).await;
    assert_eq!((before.peer, before.answered_by), (Some(old), Some(Side::Old)));
    *answer.lock().unwrap() = new;
    let after = health(&prober).await;
    assert_eq!((after.peer, after.answered_by), (Some(new), Some(Side::New)));
}

#[tokio::test]
async fn a_hanging_name_server_ends_at_the_time_out_and_says_so() {
    let (_release, held) = std::sync::mpsc::channel::<()>();
    let held = Mutex::new(held);
    let resolver = Resolver::with(move |_| {
        let _ = held.lock().unwrap().recv();
        Ok(Vec::new())
    });
    let mut check = check("http://app.test/");
    check.timeout = Duration::from_millis(50);
    // Not connecting to a name that cannot be asked for is no refusal.
    check.expect = vec![Expr::parse("not connected", Scope::Http).unwrap()];
    let health = health(&prober(resolver, check, None)).await;
    let why = "the look-up of app.test took longer than 50ms".to_owned();
    assert_eq!(health.outcome, Outcome::NoAnswer { stage: Stage::TimeOut, why });
    assert_eq!((health.word.as_str(), health.latency), ("time-out", None));
}

#[tokio::test]
async fn a_pin_whose_name_hangs_does_not_delay_the_measurement() {
    let (_release, held) = std::sync::mpsc::channel::<()>();
    let held = Mutex::new(held);
    let live = server("127.0.0.1:0", "x");
    let resolver = Resolver::with(move |host| {
        if host == "hangs.test" {
            let _ = held.lock().unwrap().recv();
        }
        Ok(vec![live])
    });
    let mut check = check(&format!("http://app.test:{}/", live.port()));
    check.new = Some(Pin { host: "hangs.test".to_owned(), port: None });
    check.timeout = Duration::from_secs(2);
    let prober = prober(resolver, check, Some(Side::Live));
    let sample = prober.measure().await;
    let sent = SystemClock.now();
    let Reading::Health(health) = sample.reading else { panic!("not a health reading") };
    assert_eq!((health.outcome, health.answered_by), (Outcome::Pass, None));
    // Its time is that of the answer, not of the pin's look-up, which took the whole time-out.
    assert!(sent.since(&sample.began) >= Duration::from_secs(2));
    assert!(sample.at.mono < sent.mono);
}
