use super::*;

fn record(keys: &str) -> DnsRecord {
    good(&format!("[[dns]]\nname = \"api.example.com\"\n{keys}")).dns.remove(0)
}

/// What is said of a record with these keys, without the places.
fn refused(keys: &str) -> Vec<String> {
    let findings = bad(&format!("[[dns]]\nname = \"api\"\n{keys}"));
    findings.into_iter().map(|finding| finding.split_once(": ").unwrap().1.to_owned()).collect()
}

#[test]
fn a_record_needs_no_more_than_its_name() {
    let record = record("");
    assert_eq!((record.record.as_str(), record.id().as_str()), ("api.example.com", "api.example.com/A"));
    assert_eq!(record.resolvers, [NameServer::System, NameServer::Authoritative]);
    assert_eq!((record.every, record.timeout), (Duration::from_secs(10), Duration::from_secs(2)));
    assert!(record.old.is_empty() && record.new.is_empty());
}

#[test]
fn everything_can_be_said() {
    let record = record(
        "record = \"www.example.com\"\ntype = \"cname\"\nold = \"old.example.net\"\nnew = [\"new.example.net\"]\n\
         resolvers = [\"1.1.1.1\", \"tls://dns.example.net\", \"https://dns.example.net/dns-query\"]\n\
         authoritative = [\"127.0.0.1:5301\", \"ns1.example.com\"]\nbootstrap = \"192.0.2.53\"\nca = \"ca.pem\"\n\
         every = \"30s\"\ntimeout = \"3s\"\nttl_goal = \"60s\"",
    );
    assert_eq!((record.kind.as_str(), record.record.as_str()), ("CNAME", "www.example.com"));
    let servers: Vec<_> = record.resolvers.iter().map(ToString::to_string).collect();
    // Servers given by hand are asked, whether or not the list of resolvers says so.
    let all = ["1.1.1.1", "tls://dns.example.net", "https://dns.example.net/dns-query", "authoritative"];
    assert_eq!(servers, all);
    assert_eq!(record.authoritative.len(), 2);
    assert_eq!(record.ca.as_deref(), Some(Path::new("/srv/plans/ca.pem")));
    assert_eq!(record.ttl_goal, Some(Duration::from_mins(1)));
}

#[test]
fn one_name_may_have_records_of_several_types() {
    let two = |kind: &str| format!("[[dns]]\nname = \"api\"\n[[dns]]\nname = \"api\"\ntype = \"{kind}\"");
    assert_eq!(good(&two("AAAA")).dns.len(), 2);
    assert!(bad(&two("A"))[0].contains("there is a [[dns]] `api` of type A already"));
}

#[test]
fn mistakes_are_named() {
    for (keys, said) in [
        ("type = \"ANY\"", "`dns.type` is ANY, which is not watched; expected one of A, AAAA"),
        ("resolvers = [\"cloudflare\"]", "`dns.resolvers`: cloudflare is not a name server; expected system"),
        (
            "type = \"CNAME\"\nnew = \"203.0.113.7\"",
            "`dns.new` is an address; a CNAME record leads to a name",
        ),
        ("new = \"\"", "`dns.new` is empty; leave it out if there is no such record"),
        ("old = \"192.0.2.1\"\nnew = \"192.0.2.1\"", "`old` and `new` are the same; nothing would ever flip"),
        (
            "authoritative = \"tls://ns.example.com\"",
            "`dns.authoritative`: a zone's own server is an address or a name",
        ),
        (
            "bootstrap = \"authoritative\"",
            "`dns.bootstrap` is a resolver that finds the zone's servers; name one",
        ),
        ("every = \"1ms\"", "`dns.every` is 1ms; expected"),
    ] {
        let findings = refused(keys);
        assert_eq!(findings.len(), 1, "{keys}: {findings:#?}");
        let plain = |text: &str| text.replace("[0]", "");
        assert!(plain(&findings[0]).contains(said), "{keys}: {}", findings[0]);
    }
}

#[test]
fn international_names_are_compared_as_they_are_asked_for() {
    let record = record("type = \"CNAME\"\nnew = \"bücher.example.net\"");
    assert_eq!(record.new, ["xn--bcher-kva.example.net"]);
}
