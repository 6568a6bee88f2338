//! What a real authoritative server answers.

use super::*;

#[test]
fn chains_negative_answers_and_serials() {
    let many = (0..90).fold(String::new(), |all, n| format!("{all}many 60 A 192.0.2.{n}\n"));
    let text = zone(
        2_026_112_101,
        &format!(
            "app 120 CNAME lb\nlb 60 CNAME edge\nedge 30 A 192.0.2.20\nedge 30 A 192.0.2.21\nedge 30 AAAA 2001:db8::20\n\
             out CNAME app.cloud.test.\nloop CNAME pool\npool CNAME loop\n\
             mail MX 20 mx2\nmail MX 10 mx1.old.test.\ncaa CAA 0 issue \"letsencrypt.org\"\n\
             _sip._tcp SRV 0 5 5060 sip\n{many}"
        ),
    );
    let Some(knot) = Knot::start(&Role::Primary(&text)) else { return };

    let app = authority("app", "A", &knot);
    let chain: Vec<_> =
        app.answer.chain().iter().map(|l| (l.kind.as_str(), l.data.as_str(), l.ttl.as_secs())).collect();
    assert_eq!(
        chain[..2],
        [("CNAME", "lb.example.test", 120), ("CNAME", "edge.example.test", 60)],
        "every link with its own TTL"
    );
    assert_eq!(chain.len(), 4);
    assert_eq!((app.authoritative, app.serial), (true, Some(2_026_112_101)));
    assert_eq!(app.aaaa.last().unwrap().data, "2001:db8::20");
    assert!(app.took.is_some());

    let minimum = Some(Duration::from_secs(30));
    assert_eq!(authority("gone", "A", &knot).answer, Answer::NoName(minimum));
    assert_eq!(authority("edge", "MX", &knot).answer, Answer::NoData(minimum));
    let Answer::Astray { why, .. } = authority("loop", "A", &knot).answer else { panic!("no loop") };
    assert_eq!(why, "the chain is a loop: loop.example.test → pool.example.test → loop.example.test");
    assert_eq!(authority("many", "A", &knot).answer.chain().len(), 90, "over TCP");
    let mut mail = authority("mail", "MX", &knot);
    if let Answer::Records(chain) = &mut mail.answer {
        chain.sort_by(|one, other| one.data.cmp(&other.data));
    }
    assert_eq!(data(&mail.answer), ["10 mx1.old.test", "20 mx2.example.test"]);
    assert_eq!(data(&authority("caa", "CAA", &knot).answer), ["0 issue letsencrypt.org"]);
    assert_eq!(data(&authority("_sip._tcp", "SRV", &knot).answer), ["0 5 5060 sip.example.test"]);

    // A CNAME that leaves the zone is there, whether or not the rest can be followed.
    let out = authority("out", "CNAME", &knot);
    assert_eq!(data(&out.answer), ["app.cloud.test"]);
    assert!(out.remark.is_some());
    // Another zone is none of this server's business.
    let foreign = DnsRecord { record: "www.example.net".to_owned(), ..record("www", "A") };
    let foreign = DnsRecord { resolvers: vec![server(knot.address)], ..foreign };
    let Answer::Refused(why) = &ask(foreign).0[0].answer else { panic!("answered") };
    assert!(why.starts_with("REFUSED"), "{why}");
}

#[test]
fn a_secondary_that_was_not_told_lags() {
    let Some(primary) = Knot::start(&Role::Primary(&zone(1, "app 60 A 192.0.2.1"))) else { return };
    let Some(secondary) = Knot::start(&Role::Secondary(primary.address)) else { return };
    let mut app = record("app", "A");
    app.old = vec!["192.0.2.1".to_owned()];
    app.new = vec!["192.0.2.2".to_owned()];
    app.authoritative = vec![server(primary.address), server(secondary.address)];
    app.resolvers = vec![NameServer::Authoritative];
    let mut watch = Watch::new(app);
    watch.until("both have the zone", |watch, _| {
        watch.stance(primary.address).is_some() && watch.stance(secondary.address) == Some(Stance::Old)
    });
    primary.serve(&zone(4, "app 20 A 192.0.2.1"));
    watch.until("the secondary is seen to lag", |watch, _| {
        watch.row(secondary.address).and_then(|row| watch.record().lag(row)) == Some(3)
    });
    assert_eq!(watch.row(primary.address).and_then(|row| watch.record().lag(row)), None);
    assert_eq!(watch.record().authoritative_ttl(), Some(Duration::from_mins(1)), "the longest counts");
    secondary.fetch();
    watch.until("it has caught up", |watch, _| {
        watch.row(secondary.address).is_some_and(|row| watch.record().lag(row).is_none())
            && watch.record().authoritative_ttl() == Some(Duration::from_secs(20))
    });
    assert!(watch.flips().is_empty(), "a TTL is no side");
}
