//! What a comparison counts, and ways into JSON.

use super::*;

#[test]
fn counters_are_facts_by_their_own_names() {
    let seen = Seen { exit: Some(1), ..Seen::default() };
    for text in [
        "missing == 37",
        "missing <= 37",
        "copied != listed",
        "not copied == listed",
        "copied < listed",
        "missing == any(0, 37)",
        "exit == any(0, 1)",
        "status == 200",
    ] {
        assert_eq!(verdict(text, Scope::Reconcile, &seen), Verdict::Met, "{text}");
    }
    assert_eq!(verdict("missing == 0", Scope::Reconcile, &seen), unmet("37"));
    // Which of two is the odd one cannot be told from one of them.
    assert_eq!(verdict("copied == listed", Scope::Reconcile, &seen), unmet("490,112, listed 490,149"));
    for text in ["extra == 0", "not extra == 0", "copied == extra", "extra == copied"] {
        assert_eq!(verdict(text, Scope::Reconcile, &seen), unknown("there is no extra"), "{text}");
    }
    let expr = Expr::parse("reconcile/blobs copied == listed", Scope::Needs).unwrap();
    assert_eq!(expr.subject().map(Subject::to_string).as_deref(), Some("reconcile/blobs"));
    let counters: Vec<_> = expr.facts().map(Fact::to_string).collect();
    assert_eq!(counters, ["copied", "listed"]);
}

#[test]
fn paths_lead_into_json() {
    let json = serde_json::json!({"sum": {"missing": 3}, "all": [{"n": 1}, {"n": 2}, {}]});
    for (text, found) in [
        ("sum.missing", vec![Some(3)]),
        ("$.sum.missing", vec![Some(3)]),
        ("$.all[1].n", vec![Some(2)]),
        ("$[\"sum\"].missing", vec![Some(3)]),
        ("all[-2].n", vec![Some(2)]),
        ("all[*].n", vec![Some(1), Some(2), None]),
        ("$.gone", vec![None]),
    ] {
        let path = Path::parse(text).unwrap();
        let values: Vec<_> = path.values(&json).iter().map(|value| value.and_then(Json::as_i64)).collect();
        assert_eq!(values, found, "{text}");
        assert_eq!(Path::parse(&path.to_string()).unwrap(), path, "{text}");
    }
    for text in ["", "$", "a b", "missing: \\d+", "a[", "a..b", "$a", "[0", "a[?(@.x)]"] {
        assert!(Path::parse(text).is_err(), "{text}");
    }
}
