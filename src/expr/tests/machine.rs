//! Machines: shares, sizes, paths and processes.

use super::*;

#[test]
fn shares_and_sizes_are_compared_as_they_are_shown() {
    let seen = Seen { share: Some(0.899_96), free: Some(20_000_000_000), ..Seen::default() };
    for text in [
        "cpu == 90%",
        "cpu <= 90%",
        "not cpu < 90 %",
        "memory == any(10%, 90%)",
        "cpu == memory",
        "free(\"/data\") == 20GB",
        "free('/data') > 18GiB",
        "free(\"/data\") == free(\"/x\")",
        "process(\"nginx\") >= 1",
        "up > 1h",
    ] {
        assert_eq!(verdict(text, Scope::Host, &seen), Verdict::Met, "{text}");
    }
    assert_eq!(verdict("cpu < 89.9%", Scope::Host, &seen), unmet("90%"));
    assert_eq!(verdict("free_share(\"/\") > 99.9%", Scope::Host, &seen), unmet("90%"));
    assert_eq!(verdict("free(\"/\") > 1TB", Scope::Host, &seen), unmet("20.0 GB"));
    assert_eq!(verdict("process(\"java\") >= 1", Scope::Host, &seen), unmet("0"));
    assert_eq!(verdict("swap < 1%", Scope::Host, &seen), unknown("no answer yet"));
    let odd = Seen { share: Some(f64::NAN), ..Seen::default() };
    assert_eq!(verdict("not cpu < 5%", Scope::Host, &odd), unknown("cpu is no share"));
}

#[test]
fn a_gate_may_speak_of_the_only_machine_or_of_one_by_name() {
    let seen = Seen { share: Some(0.3), up: Some(true), ..Seen::default() };
    for text in
        ["host free_share(\"/data\") > 20%", "host/db cpu < 50%", "host", "host/db", "host state == up"]
    {
        assert_eq!(verdict(text, Scope::Needs, &seen), Verdict::Met, "{text}");
    }
    let subject = |text| Expr::parse(text, Scope::Needs).unwrap().subject().map(Subject::to_string);
    assert_eq!(subject("host cpu < 5%").as_deref(), Some("host"));
    assert_eq!(subject("host/db cpu < 5%").as_deref(), Some("host/db"));
}

#[test]
fn the_facts_of_an_expression_name_what_they_ask_about() {
    let expr = Expr::parse("free(\"/a\") > free(\"/b\")", Scope::Host).unwrap();
    let paths: Vec<_> = expr.facts().filter_map(Fact::path).collect();
    assert_eq!(paths, ["/a", "/b"]);
    let expr = Expr::parse("process(\"nginx\") > 0", Scope::Host).unwrap();
    assert_eq!(expr.facts().filter_map(Fact::path).count(), 0);
}

#[test]
fn errors_name_what_is_wrong_and_where() {
    for (scope, text, at, part) in [
        (Scope::Needs, "health/api cpu < 5%", "cpu", "`cpu` is not known of a health check in a gate"),
        (Scope::Needs, "host status == 200", "status", "`status` is not known of a machine; known are cpu"),
        (
            Scope::Needs,
            "host/db cpu",
            "cpu",
            "`cpu` is a percentage: say what it should be, as in `cpu < 90%`",
        ),
        (Scope::Http, "cpu < 5%", "cpu", "`cpu` is not known of an HTTP check"),
        (Scope::Host, "state == up", "state", "`state` is not known of a machine"),
        (Scope::Reconcile, "missing", "missing", "say what it should be, as in `missing == 0`"),
        (Scope::Reconcile, "missing == 0s", "0s", "`0s` is a duration, and `missing` is a plain number"),
        (Scope::Reconcile, "missing contains 3", "", "compare it by ==, !=, <, <=, > or >="),
        (Scope::Reconcile, "== 0", "==", "expected the name of a fact: a counter, exit"),
        (Scope::Needs, "reconcile/ x == 0", "reconcile/", "lacks the name"),
        (Scope::Host, "cpu < 90", "90", "`cpu` is a percentage: expected a percentage such as 20%"),
        (Scope::Host, "cpu < 5s", "5s", "`5s` is a duration, and `cpu` is a percentage"),
        (Scope::Host, "cpu contains 5%", "", "compare it by ==, !=, <, <=, > or >="),
        (Scope::Host, "cpu == pat(5*)", "pat(5*)", "compares text"),
        (Scope::Host, "cpu < free(\"/\")", "free(\"/\")", "they cannot be compared"),
        (Scope::Host, "free(\"/\") > 20", "20", "expected a unit, as in 20GB or 20GiB"),
        (Scope::Host, "free(\"/\") > 20%", "20%", "`20%` is a percentage, and `free(\"/\")` is a size"),
        (Scope::Host, "free(\"/\") > 20 gb", "20 gb", "expected a size such as 200GB"),
        (Scope::Host, "free > 20GB", "free >", "in brackets and quotes, as in `free(\"/data\") > 200GB`"),
        (Scope::Host, "free(/data) > 20GB", "free(/data)", "in brackets and quotes"),
        (Scope::Host, "free(\"data\") > 20GB", "\"data\"", "`data` is not an absolute path"),
        (Scope::Host, "free(\"/data > 20GB", "\"/data > 20GB", "not closed"),
        (Scope::Host, "free(\"/data\" > 20GB", ">", "expected `)`"),
        (Scope::Host, "free(\"/data\").x > 20GB", ".x", "is not an operator"),
        (Scope::Host, "process(\"nginx\") >= 1%", "1%", "`process(\"nginx\")` is a plain number"),
    ] {
        wrong(scope, text, at, part);
    }
}
