//! Any expression of the grammar, and any rubble.

use proptest::prelude::*;

use super::*;

/// One of these, as a strategy.
fn of(all: &[&'static str]) -> BoxedStrategy<String> {
    prop::sample::select(all.to_vec()).prop_map(str::to_owned).boxed()
}

/// Any text, mostly of the pieces that expressions are made of.
fn rubble() -> impl Strategy<Value = String> {
    let pieces = [
        "not ",
        "status",
        "body",
        ".x",
        "[*]",
        "[0]",
        "[\"k\"]",
        "header.a",
        "[STATUS]",
        "[BODY]",
        " == ",
        " != ",
        " contains ",
        " matches ",
        "200",
        "2.5",
        "1e999",
        "5s",
        "\"q\"",
        "'s'",
        "word",
        "any(",
        "pat(",
        "len(",
        "has(",
        "some(",
        ")",
        ",",
        " ",
        "latency",
        "true",
        "null",
        "[",
        "]",
        "(",
        "\"",
        "\\",
        "*",
        "é",
        "health/a ",
        "host ",
        "cpu",
        "reconcile/a ",
        "free(\"/a\")",
        "process('x')",
        "20%",
        "5GB",
    ];
    let piece = prop_oneof![6 => of(&pieces), 1 => ".{0,3}"];
    prop::collection::vec(piece, 0..9).prop_map(|parts| parts.concat())
}

/// Text in the form of an expression, most of it right.
fn grammar() -> impl Strategy<Value = String> {
    let fact = of(&[
        "status",
        "body",
        "body",
        "body",
        "header.x-served-by",
        "latency",
        "connected",
        "certificate",
        "ip",
        "exit",
        "stdout",
        "[STATUS]",
        "[BODY]",
        "[RESPONSE_TIME]",
        "health/api",
        "health/api latency",
        "cpu",
        "host memory",
        "free(\"/d \\\"x\")",
        "host/db free_share(\"/\")",
        "process('ng\\'inx')",
        "certificate.names",
        "[HEADER].Date",
    ]);
    let step = of(&[
        ".items",
        ".n",
        ".status",
        "[*]",
        "[0]",
        "[-1]",
        ".id",
        "[\"a.b\"]",
        "['q\"uote']",
        ".tags",
        ".é",
    ]);
    let steps = prop::collection::vec(step, 0..4).prop_map(|steps| steps.concat());
    let function = of(&["", "", "", "len", "has", "some", "age"]);
    let operand = (function, fact, steps)
        .prop_map(|(function, fact, steps)| {
            let steps =
                if fact.to_lowercase().contains("body") || fact == "stdout" { steps } else { String::new() };
            if function.is_empty() { format!("{fact}{steps}") } else { format!("{function}({fact}{steps})") }
        })
        .boxed();
    let op = of(&["==", "!=", "<", "<=", ">", ">=", "contains", "matches"]);
    let scalar = prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_map(|n| n.to_string()),
        (any::<u32>(), of(&["ns", "us", "ms", "s", "m", "h", "d", "w", "%", "%", "MB", "GiB"]))
            .prop_map(|(n, unit)| format!("{n}{unit}")),
        of(&[
            "200",
            "2s",
            "true",
            "false",
            "null",
            "ready",
            "healthy",
            "[1, 2]",
            "{\"a\":1}",
            "a, b",
            "'",
            "\\d+",
            "[STATUS]"
        ]),
        "[a-z\"\\\\*?,() ]{1,8}",
        "[a-z\"\\\\*?,() ]{0,8}".prop_map(|text| format!("{text:?}")),
    ]
    .boxed();
    let list = prop::collection::vec(scalar.clone(), 1..4).prop_map(|all| format!("any({})", all.join(", ")));
    let value = prop_oneof![
        6 => scalar.clone(),
        2 => list,
        2 => scalar.prop_map(|inside| format!("pat({inside})")),
        1 => operand.clone(),
    ];
    let comparison = (operand, prop::option::weighted(0.9, (op, value)), any::<bool>());
    (any::<bool>(), comparison).prop_map(|(negated, (operand, rest, turned))| {
        let not = if negated { "not " } else { "" };
        match rest {
            Some((op, value)) if turned && operand.starts_with('[') => format!("{not}{value} {op} {operand}"),
            Some((op, value)) => format!("{not}{operand} {op} {value}"),
            None => format!("{not}{operand}"),
        }
    })
}

const SCOPES: [Scope; 7] =
    [Scope::Http, Scope::Connect, Scope::Tls, Scope::Exec, Scope::Host, Scope::Reconcile, Scope::Needs];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_read_reads_back_and_its_negation_is_its_negation(text in prop_oneof![1 => rubble(), 4 => grammar()]) {
        for scope in SCOPES {
            match Expr::parse(&text, scope) {
                Ok(expr) => {
                    let shown = expr.to_string();
                    let again = Expr::parse(&shown, scope);
                    let again = again.as_ref().map(|expr| &expr.meaning);
                    prop_assert_eq!(again, Ok(&expr.meaning), "{:?} as {:?}", text, shown);
                    let verdict = expr.evaluate(&seen());
                    let negated = Meaning { negated: !expr.meaning.negated, ..expr.meaning };
                    match (verdict, evaluate::judge(&negated, &seen()).0) {
                        (Verdict::Met, Verdict::Unmet { .. }) | (Verdict::Unmet { .. }, Verdict::Met) => {}
                        (Verdict::Unknown { why }, Verdict::Unknown { why: same }) => prop_assert_eq!(why, same),
                        (one, other) => prop_assert!(false, "{:?} is {:?}, its negation {:?}", text, one, other),
                    }
                }
                Err(error) => prop_assert!(text.get(error.span.clone()).is_some(), "{:?} at {:?}", text, error.span),
            }
        }
    }

    #[test]
    fn any_body_can_be_asked(body in ".{0,60}") {
        let seen = Seen { body: Some(Document::new(body)), ..seen() };
        for text in ["body.a[*].b == 1", "len(body) > 3", "some(body[*]) == x", "age(body) < 1s", "body < 5"] {
            let _ = verdict(text, Scope::Http, &seen);
        }
    }
}
