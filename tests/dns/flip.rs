//! The proof case: a zone flips on the primary, then on the secondary, then in the cache.

use super::*;

/// How long the old answer may be kept.
const TTL: u64 = 6;

#[test]
fn three_flips_in_their_order_and_a_safe_time_that_proves_right() {
    let old = zone(1, &format!("app {TTL} CNAME old.cloud.test."));
    let new = zone(2, "app 3 CNAME new.cloud.test.");
    let Some(primary) = Knot::start(&Role::Primary(&old)) else { return };
    let Some(secondary) = Knot::start(&Role::Secondary(primary.address)) else { return };
    // The cache asks the server that turns last: it may fetch the old answer until the last moment.
    let Some(cache) = Unbound::start(secondary.address, "") else { return };
    let mut app = record("app", "CNAME");
    app.old = vec!["old.cloud.test".to_owned()];
    app.new = vec!["New.Cloud.Test.".to_owned()];
    app.authoritative = vec![server(primary.address), server(secondary.address)];
    app.resolvers = vec![NameServer::Authoritative, server(cache.plain)];
    // Nobody knows cloud.test: the chain beyond it must not hold anything up.
    app.bootstrap = Some(server(cache.plain));
    app.timeout = Duration::from_millis(500);
    let servers = [primary.address, secondary.address, cache.plain];
    let mut watch = Watch::new(app);
    watch.until("all say old", |watch, _| {
        servers.iter().all(|server| watch.stance(server) == Some(Stance::Old))
    });
    assert_eq!(watch.record().share(), (0, 3));

    primary.serve(&new);
    watch.until("the primary flips", |watch, _| watch.flips().len() == 1);
    assert!(watch.record().safe().is_none() && watch.record().all_new().is_none());
    secondary.fetch();
    watch.until("the secondary flips", |watch, _| watch.stance(secondary.address) == Some(Stance::New));
    let safe = watch.record().safe().unwrap().clone();
    assert_eq!(safe.ttl, Duration::from_secs(TTL), "{}", safe.proof);
    watch.until("the cache flips", |watch, _| watch.stance(cache.plain) == Some(Stance::New));

    // From the safe time on nobody says old any more, to the second.
    watch.until("the safe time has come and gone", |_, sample| {
        let Reading::Dns(dns) = &sample.reading else { return false };
        if let Dns::Reply(Reply { answer: Answer::Records(chain), server, .. }) = &**dns
            && *server != Server::Host
            && sample.began.boot >= safe.boot()
        {
            assert_eq!(chain[0].data, "new.cloud.test", "{server} after {}", safe.at());
        }
        sample.at.boot > safe.boot() + Duration::from_secs(1)
    });

    let expected: Vec<_> = servers.iter().map(|server| (server.to_string(), "new".to_owned())).collect();
    assert_eq!(watch.flips(), expected);
    let times: Vec<_> = watch
        .events
        .iter()
        .filter_map(|event| match event {
            Event::DnsFlipped { since, .. } => Some(since.clone()),
            _ => None,
        })
        .collect();
    assert!(times.is_sorted(), "{times:?}");
    let told: Vec<_> = watch
        .events
        .iter()
        .filter_map(|event| match event {
            Event::DnsSafe { ttl_s, proof, .. } => Some((*ttl_s, proof.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(told, [(TTL, safe.proof.clone())], "said once, and never moved");
    assert!(safe.proof.contains("app.example.test CNAME old.cloud.test"), "{}", safe.proof);
    let flipped = watch.row(cache.plain).unwrap().flipped().unwrap();
    assert!(flipped.at.boot <= safe.boot() + Duration::from_secs(1), "no old answer outlived it");
}
