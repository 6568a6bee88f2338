//! What a real cache answers: TTLs that run down, TLS, HTTPS, answers past their time.

use super::*;

#[test]
fn a_ttl_runs_down_between_answers() {
    let Some(knot) = Knot::start(&Role::Primary(&zone(1, "app 60 A 192.0.2.1"))) else { return };
    let Some(cache) = Unbound::start(knot.address, "") else { return };
    let mut app = record("app", "A");
    app.resolvers = vec![server(cache.plain)];
    let mut watch = Watch::new(app);
    let mut first = None;
    watch.until("the TTL has run down", |watch, sample| {
        let Some(row) = watch.row(cache.plain) else { return false };
        let Some(left) = watch.record().ttl(row, &sample.at) else { return false };
        *first.get_or_insert(left) >= left + Duration::from_secs(2)
    });
    assert!(first.unwrap() <= Duration::from_mins(1));
}

#[test]
fn tls_and_https_are_asked_with_a_ca_of_ones_own() {
    let Some(knot) = Knot::start(&Role::Primary(&zone(1, "app 60 A 192.0.2.1"))) else { return };
    let Some(cache) = Unbound::start(knot.address, "") else { return };
    let by_name = format!("tls://{}#dns.test", cache.tls);
    let by_address = format!("tls://{}", cache.tls);
    let https = format!("https://{}/dns-query", cache.https);
    for way in [&by_name, &by_address, &https] {
        let app = DnsRecord { ca: Some(cache.ca()), resolvers: vec![server(way)], ..record("app", "A") };
        let (replies, _) = ask(app);
        assert_eq!(data(&replies[0].answer), ["192.0.2.1"], "{way}");
        assert_eq!(replies[0].server, Server::Resolver(way.clone()));
    }
    let refused = |way: String, ca: bool| {
        let ca = ca.then(|| cache.ca());
        let (mut replies, _) = ask(DnsRecord { ca, resolvers: vec![server(way)], ..record("app", "A") });
        let Answer::NoAnswer(why) = replies.remove(0).answer else { panic!("answered") };
        why
    };
    let why = refused(format!("tls://{}#other.test", cache.tls), true);
    assert!(why.contains("not for other.test"), "{why}");
    let why = refused(by_name, false);
    assert!(why.contains("certificate"), "{why}");
    let why = refused(format!("https://{}/elsewhere", cache.https), true);
    assert!(why.contains("instead of a DNS message"), "{why}");
    let why = refused(format!("tls://{}#dns.test", cache.plain), true);
    assert!(!why.is_empty());
}

#[test]
fn an_answer_past_its_time_is_called_so() {
    let Some(primary) = Knot::start(&Role::Primary(&zone(1, "app 2 A 192.0.2.1"))) else { return };
    let Some(behind) = Knot::start(&Role::Primary(&zone(1, "app 2 A 192.0.2.1"))) else { return };
    let more = "serve-expired: yes\n  serve-expired-reply-ttl: 30\n  serve-expired-client-timeout: 0";
    let Some(cache) = Unbound::start(behind.address, more) else { return };
    let mut app = record("app", "A");
    app.old = vec!["192.0.2.1".to_owned()];
    app.new = vec!["192.0.2.2".to_owned()];
    app.resolvers = vec![NameServer::Authoritative, server(cache.plain)];
    app.authoritative = vec![server(primary.address)];
    let mut watch = Watch::new(app);
    watch.until("both say old", |watch, _| {
        watch.stance(primary.address) == Some(Stance::Old) && watch.stance(cache.plain) == Some(Stance::Old)
    });
    // What the cache asks is gone: it answers from what it has, and for longer than it may.
    drop(behind);
    primary.serve(&zone(2, "app 2 A 192.0.2.2"));
    watch.until("the zone is on new", |watch, _| watch.record().safe().is_some());
    watch.until("the cache serves what is stale", |watch, _| {
        watch.row(cache.plain).is_some_and(|row| watch.record().is_serving_stale(row))
    });
    let safe = watch.record().safe().unwrap();
    assert_eq!(safe.ttl, Duration::from_secs(2), "it does not move the proof: {}", safe.proof);
    assert_eq!(watch.stance(cache.plain), Some(Stance::Old));
}
