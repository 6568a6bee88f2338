//! What gates ask of every kind of probe.

use super::*;

fn error(text: &str) -> (String, Range<usize>) {
    let error = Expr::parse(text, Scope::Needs).map(|expr| panic!("{text} was read as {expr}")).unwrap_err();
    (error.message, error.span)
}

#[test]
fn every_kind_can_be_asked() {
    for met in [
        "dns/api.example.com",
        "dns/api.example.com share >= 50%",
        "dns/api.example.com/A safe",
        "not dns/api.example.com mixed",
        "dns/api.example.com ttl <= 300s",
        "dns/api.example.com answer == 203.0.113.7",
        "dns/api.example.com side == new",
        "dns/api.example.com servers >= 4",
        "copy/assets",
        "copy/assets finished",
        "copy/assets ended",
        "not copy/assets stalled",
        "copy/assets failed == 0",
        "copy/assets skipped == 0",
        "copy/assets done <= total",
        "copy/assets percent >= 50%",
        "copy/assets eta < 30m",
        "copy/assets lag < 5s",
        "copy/assets lag_bytes < 1TB",
        "copy/assets bytes <= bytes_total",
        "copy/assets state == up",
        "reconcile/blobs ok",
        "reconcile/blobs missing == 37",
        "reconcile/blobs ran < 1h",
        "log/app",
        "log/app errors == 0",
        "log/app new == 0",
        "log/app warnings < 10",
        "log/app lines > 0",
        "log/app rate < 5",
        "not log/app silent",
        "log/app quiet < 30m",
        "host disk /data > 20%",
        "host/db1 disk \"/my data\" > 20%",
        "host disk /data > 5GB",
        "host free_share(\"/data\") > 20%",
        "host",
        "health/api",
        "health/api side == new",
        "health/api body.database.status == up",
        "health/api header.x-served-by contains new",
        "health/api exit == 0",
        "health/api stdout contains active",
    ] {
        assert_eq!(verdict(met, Scope::Needs, &seen()), Verdict::Met, "{met}");
    }
}

#[test]
fn a_disk_is_a_share_or_a_size_by_what_it_is_compared_with() {
    let share = Expr::parse("host disk /data > 20%", Scope::Needs).unwrap();
    assert_eq!(share.to_string(), "host free_share(\"/data\") > 20%");
    let size = Expr::parse("host disk /data > 20GB", Scope::Needs).unwrap();
    assert_eq!(size.to_string(), "host free(\"/data\") > 20GB");
    let (message, span) = error("host disk data > 20%");
    assert_eq!(
        (message.as_str(), span),
        ("expected an absolute path after `disk`, as in `disk /data > 20%`", 10..14)
    );
}

#[test]
fn a_wrong_unit_is_an_error_with_its_place_and_an_example() {
    for (text, message, span) in [
        ("dns/a share == 1", "`share` is a percentage: expected a percentage such as 20%", 15..16),
        ("dns/a ttl < 300", "`ttl` is a duration: expected a unit, as in 300ms, 300s or 300d", 12..15),
        ("dns/a share", "`share` is a percentage: say what it should be, as in `share == 100%`", 6..11),
        ("copy/a failed", "`failed` is a plain number: say what it should be, as in `failed == 0`", 7..13),
        (
            "copy/a failed == 0%",
            "`0%` is a percentage, and `failed` is a plain number: expected a number such as 200",
            17..19,
        ),
        (
            "log/app rate < 5%",
            "`5%` is a percentage, and `rate` is a plain number: expected a number such as 200",
            15..17,
        ),
        (
            "copy/a done == bytes",
            "`done` is a plain number and `bytes` is a size: they cannot be compared",
            15..20,
        ),
        (
            "host disk /data > 20s",
            "`20s` is a duration, and `free_share(\"/data\")` is a percentage: expected a percentage such as 20%",
            18..21,
        ),
    ] {
        let (said, at) = error(text);
        assert_eq!((said.as_str(), at), (message, span), "{text}");
    }
}

#[test]
fn a_fact_of_another_kind_is_an_error() {
    let (message, _) = error("dns/a failed == 0");
    assert!(
        message.starts_with("`failed` is not known of a DNS record; known are share, safe, ttl"),
        "{message}"
    );
    let (message, _) = error("copy/a safe");
    assert!(message.starts_with("`safe` is not known of a copy; known are finished, ended"), "{message}");
    let (message, _) = error("log/a eror == 0");
    assert_eq!(message, "`eror` is not a fact of a log; did you mean `errors`, as in `errors == 0`?");
    let (message, _) = error("mail/a ok");
    assert!(
        message
            .starts_with("`mail` is not a kind of check; known are health, dns, copy, reconcile, log, host"),
        "{message}"
    );
}

#[test]
fn the_value_that_decided_is_told_whether_or_not_it_holds() {
    let judged = |text: &str| Expr::parse(text, Scope::Needs).unwrap().judge(&seen());
    assert_eq!(judged("dns/a share == 50%"), (Verdict::Met, Some("50%".to_owned())));
    assert_eq!(judged("dns/a ttl <= 1m"), (unmet("5m"), Some("5m".to_owned())));
    assert_eq!(judged("health/other status == 200"), (unknown("there is no such check"), None));
    for (text, asked) in [
        ("health/api/new status == 200", "status == 200"),
        ("not health/api/new", "not"),
        ("not dns/a  mixed", "not mixed"),
        ("copy/assets", ""),
    ] {
        assert_eq!(Expr::parse(text, Scope::Needs).unwrap().asked(), asked, "{text}");
    }
}
