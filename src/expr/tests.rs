use std::collections::BTreeMap;

use chrono::TimeZone;

use super::*;
use serde_json::Value as Json;

use crate::text;

/// What a check may have seen.
#[derive(Default)]
struct Seen {
    status: Option<i64>,
    connected: Option<bool>,
    latency: Option<u64>,
    /// Seconds left.
    certificate: Option<i64>,
    body: Option<Document>,
    headers: BTreeMap<String, String>,
    exit: Option<i64>,
    stdout: Option<Document>,
    up: Option<bool>,
    /// Of processors and memory.
    share: Option<f64>,
    free: Option<u64>,
}

impl Facts for Seen {
    fn value(&self, subject: Option<&Subject>, fact: &Fact) -> Value<'_> {
        let unread = || Value::Unknown("no answer yet".to_owned());
        if subject.is_some_and(|subject| subject.name != "api" && subject.kind == "health") {
            return Value::Unknown("there is no such check".to_owned());
        }
        match fact {
            Fact::Good => self.up.map_or_else(unread, Value::Bool),
            Fact::State => {
                self.up.map_or_else(unread, |up| Value::Text((if up { "up" } else { "down" }).into()))
            }
            Fact::Connected => self.connected.map_or_else(unread, Value::Bool),
            Fact::Status => self.status.map_or_else(unread, Value::Count),
            Fact::Latency => self.latency.map_or_else(unread, |ms| Duration::from_millis(ms).into()),
            Fact::Body => self.body.as_ref().map_or_else(unread, Value::Document),
            Fact::Header(name) => {
                self.headers.get(name).map_or(Value::Absent, |value| Value::Text(value.into()))
            }
            Fact::Certificate => {
                self.certificate.map_or_else(unread, |s| Value::Duration(TimeDelta::seconds(s)))
            }
            Fact::CertificateNames => Value::Text("api.example.com www.example.com".into()),
            Fact::CertificateSha256 | Fact::CertificateIssuer | Fact::Swap | Fact::FreeInodesShare(_) => {
                unread()
            }
            Fact::Ip => Value::Text("192.168.7.9".into()),
            Fact::Peer => Value::Text("192.168.7.9:443".into()),
            Fact::Exit => self.exit.map_or_else(unread, Value::Count),
            Fact::Stdout => self.stdout.as_ref().map_or_else(unread, Value::Document),
            Fact::Stderr => Value::Absent,
            Fact::Cpu | Fact::Memory | Fact::FreeShare(_) | Fact::Share | Fact::Percent => {
                self.share.map_or_else(unread, Value::Share)
            }
            Fact::Free(_) | Fact::CopiedBytes | Fact::LagBytes => self.free.map_or_else(unread, Value::Bytes),
            Fact::Process(pattern) => Value::Count(i64::from(pattern == "nginx")),
            Fact::Up => Duration::from_hours(2).into(),
            Fact::Safe | Fact::Ok | Fact::Finished | Fact::Ended => Value::Bool(true),
            Fact::Mixed | Fact::Stalled | Fact::Silent => Value::Bool(false),
            Fact::Ttl => Duration::from_mins(5).into(),
            Fact::Ran | Fact::Eta | Fact::Quiet => Duration::from_mins(20).into(),
            Fact::Lag => Duration::from_secs(3).into(),
            Fact::Answer => Value::Text("203.0.113.7".into()),
            Fact::Side => Value::Text("new".into()),
            Fact::Servers => Value::Count(4),
            Fact::Failed | Fact::Skipped | Fact::Errors | Fact::New => Value::Count(0),
            Fact::Done => Value::Count(490_112),
            Fact::Total => Value::Count(490_149),
            Fact::TotalBytes => Value::Bytes(40_000_000_000),
            Fact::Warnings | Fact::Rate => Value::Count(3),
            Fact::Lines => Value::Count(12_000),
            Fact::Counter(name) => match name.as_str() {
                "missing" => Value::Count(37),
                "copied" => Value::Count(490_112),
                "listed" => Value::Count(490_149),
                "status" => Value::Count(200),
                _ => Value::Absent,
            },
        }
    }

    fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        text.replace("s\"cret", "•••").into()
    }

    fn now(&self) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 21, 6, 0, 0).unwrap()
    }
}

fn seen() -> Seen {
    let body = r#"{
        "status": "healthy", "database": {"status": "up", "lag": 0.25}, "n": 200.0, "big": 9007199254740993,
        "items": [{"state": "ready", "id": 1}, {"state": "ready", "id": 2}], "mixed": [{"state": "ready"}, {"id": 3}],
        "none": [], "tags": ["a", "b"], "error": null, "ok": true, "text": "12", "version": "1.10", "a.b": "dotted",
        "at": "2026-11-21T05:55:00Z", "epoch": 1795240800, "nested": [[1, 2], [3, 4]]
    }"#;
    let headers =
        [("x-served-by", "new-3"), ("content-length", "512"), ("date", "Sat, 21 Nov 2026 05:59:30 GMT")];
    Seen {
        status: Some(200),
        connected: Some(true),
        latency: Some(1999),
        certificate: Some(15 * 86_400),
        body: Some(Document::new(body)),
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        exit: Some(0),
        stdout: Some(Document::new("active (running)\n")),
        up: Some(true),
        share: Some(0.5),
        free: Some(20_000_000_000),
    }
}

fn verdict(text: &str, scope: Scope, seen: &Seen) -> Verdict {
    let expr = Expr::parse(text, scope).unwrap_or_else(|error| panic!("{text}: {error}"));
    let again =
        Expr::parse(&expr.to_string(), scope).unwrap_or_else(|error| panic!("{text} as {expr}: {error}"));
    assert_eq!(again.meaning, expr.meaning, "{text} as {expr}");
    expr.evaluate(seen)
}

fn unmet(saw: &str) -> Verdict {
    Verdict::Unmet { saw: saw.to_owned() }
}

fn unknown(why: &str) -> Verdict {
    Verdict::Unknown { why: why.to_owned() }
}

#[test]
fn expectations_that_hold() {
    for text in [
        "status == 200",
        "status==200",
        "status == any(200, 204)",
        "status != any(500, 503)",
        "status < 400",
        "status == pat(2*)",
        "not status == 503",
        "status != len(body.items)",
        "connected",
        "connected == true",
        "connected != false",
        "not connected == false",
        "latency < 2s",
        "latency <= 1999ms",
        "latency > 1s500ms",
        "certificate > 14d",
        "certificate.names contains www.example.com",
        "ip == 192.168.7.9",
        "ip == pat(192.168.*.*)",
        "peer matches :443$",
        "body.status == healthy",
        "body.status == \"healthy\"",
        "body.status == 'healthy'",
        "body.status == any(healthy, \"up, and well\")",
        "body.status matches ^heal",
        "body.database.status == up",
        "body[\"database\"].status == up",
        "body['a.b'] == dotted",
        "body.database.lag <= 0.25",
        "body.n == 200",
        "body.n == 200.0",
        "body.n == 2e2",
        "body.big == 9007199254740993",
        "body.big != 9007199254740992",
        "body.items[*].state == ready",
        "body.items[0].id == 1",
        "body.items[-1].id == 2",
        "body.items[*].id >= 1",
        "some(body.items[*].id) == 2",
        "not some(body.none[*].state) == failed",
        "not body.items[*].id == 1",
        "body.nested[*][*] < 5",
        "body.nested[1][0] == 3",
        "len(body.items) == 2",
        "len(body.none) == 0",
        "len(body.status) == 7",
        "len(body) > 5",
        "has(body.status)",
        "not has(body.error)",
        "not has(body.nowhere.at.all)",
        "has(header.x-served-by)",
        "not has(header.x-nothing)",
        "body.error == null",
        "body.ok",
        "body.ok == true",
        "body.tags contains a",
        "body.tags contains any(z, b)",
        "body.database contains lag",
        "body.tags == [\"a\", \"b\"]",
        "body.text == 12",
        "body.text > 11",
        "body.version == 1.10",
        "body.version != 1.1",
        "body contains healthy",
        "header.X-Served-By matches ^new-",
        "header[\"x-served-by\"] contains new",
        "header.content-length < 1000",
        "age(header.date) == 30s",
        "age(body.at) == 5m",
        "age(body.epoch) < 1h",
    ] {
        assert_eq!(verdict(text, Scope::Http, &seen()), Verdict::Met, "{text}");
    }
    for text in [
        "exit == 0",
        "stdout contains \"active (running)\"",
        "stdout == active (running)",
        "len(stdout) == 16",
    ] {
        assert_eq!(verdict(text, Scope::Exec, &seen()), Verdict::Met, "{text}");
    }
}

#[test]
fn conditions_in_gatus_spelling_hold() {
    for (text, ours) in [
        ("[STATUS] == 200", "status == 200"),
        ("[status] == 200", "status == 200"),
        ("[STATUS] == any(200, 429)", "status == any(200, 429)"),
        ("200 == [STATUS]", "status == 200"),
        ("any(200, 201) == [STATUS]", "status == any(200, 201)"),
        ("300 > [STATUS]", "status < 300"),
        ("[RESPONSE_TIME] < 2000", "latency < 2s"),
        ("[RESPONSE_TIME] < 2s", "latency < 2s"),
        ("5000 >= [RESPONSE_TIME]", "latency <= 5s"),
        ("[CERTIFICATE_EXPIRATION] > 48h", "certificate > 2d"),
        ("[CONNECTED] == true", "connected == true"),
        ("[IP] == pat(192.168.*)", "ip == pat(\"192.168.*\")"),
        ("[BODY].status == healthy", "body.status == healthy"),
        ("[BODY].items[0].id == 1", "body.items[0].id == 1"),
        ("[BODY].items[*].state == ready", "body.items[*].state == ready"),
        ("[BODY].status == pat(heal*)", "body.status == pat(\"heal*\")"),
        ("[BODY] == pat(*healthy*)", "body == pat(\"*healthy*\")"),
        ("len([BODY].items) == 2", "len(body.items) == 2"),
        ("len([BODY].items) < [STATUS]", "len(body.items) < [STATUS]"),
        ("has([BODY].error) == false", "has(body.error) == false"),
        ("[HEADER].X-Served-By == new-3", "header.x-served-by == new-3"),
        ("[BODY].database.status != [BODY].status", "body.database.status != [BODY].status"),
        ("[BODY].n == [STATUS]", "body.n == [STATUS]"),
    ] {
        assert_eq!(verdict(text, Scope::Http, &seen()), Verdict::Met, "{text}");
        assert_eq!(Expr::parse(text, Scope::Http).unwrap().to_string(), ours);
        assert_eq!(Expr::parse(text, Scope::Http).unwrap().source(), text);
    }
}

#[test]
fn what_was_seen_is_short_and_plain() {
    let mut seen = seen();
    seen.status = Some(503);
    seen.certificate = Some(-3 * 86_400);
    seen.connected = Some(false);
    seen.headers.insert("x-evil".to_owned(), "\u{1b}[31mred\u{1b}[0m".to_owned());
    for (text, saw) in [
        ("status == 200", "503"),
        ("not status == 503", "503"),
        ("body.status == up", "\"healthy\""),
        ("body.text == \"13\"", "\"12\""),
        ("body.n == \"200\"", "200.0"),
        ("latency < 1s", "1.999s"),
        ("certificate > 14d", "expired 3d ago"),
        ("connected", "not connected"),
        ("has(body.error)", "there is none"),
        ("not has(body.status)", "there is one"),
        ("len(body.items) >= 5", "2"),
        ("body.items[*].id == 1", "2 at items[1].id (of 2)"),
        ("some(body.items[*].state) == failed", "\"ready\" at items[0].state (of 2)"),
        ("some(body.none[*].state) == ready", "no elements"),
        ("body.tags == c", "an array of 2"),
        ("body.database == c", "an object of 2 keys"),
        ("body.error == x", "null"),
        ("ip == 10.0.0.1", "192.168.7.9"),
        ("header.x-served-by == old", "\"new-3\""),
        ("[BODY].status == [BODY].text", "\"healthy\""),
    ] {
        assert_eq!(verdict(text, Scope::Http, &seen), unmet(saw), "{text}");
    }
    let Verdict::Unmet { saw } = verdict("header.x-evil == plain", Scope::Http, &seen) else {
        panic!("it holds")
    };
    assert!(!saw.contains('\u{1b}'), "{saw:?}");
    seen.body = Some(Document::new("y".repeat(5000)));
    let Verdict::Unmet { saw } = verdict("body == z", Scope::Http, &seen) else { panic!("it holds") };
    assert!(text::width(&saw) <= 80 && saw.ends_with('…'), "{saw}");
}

#[test]
fn a_secret_is_taken_out_before_the_value_is_cut_and_quoted() {
    let secret = "s\"cret";
    let text = format!("{}{secret}", "y".repeat(75));
    let body = serde_json::json!({ "a": text, "b": secret }).to_string();
    let headers = BTreeMap::from([("x-a".to_owned(), text.clone())]);
    let seen = Seen { body: Some(Document::new(body)), headers: headers.clone(), ..Seen::default() };
    let plain = Seen { body: Some(Document::new(text)), headers, ..Seen::default() };
    for (seen, text) in [
        (&seen, "body.a == x"),
        (&seen, "body.b > 5"),
        (&seen, "header.x-a == x"),
        (&plain, "body == x"),
        (&plain, "body.a == x"),
        (&plain, "body < 5"),
    ] {
        let (Verdict::Unmet { saw: shown } | Verdict::Unknown { why: shown }) =
            verdict(text, Scope::Http, seen)
        else {
            panic!("{text} holds")
        };
        assert!(!shown.contains("s\\\"") && !shown.contains("s\""), "{text}: {shown}");
    }
}

#[test]
fn what_is_not_known_never_passes() {
    let nothing = Seen::default();
    for (text, why) in [
        ("status == 200", "no answer yet"),
        ("header.x-a == b", "there is no header `x-a`"),
        ("header.x-a != b", "there is no header `x-a`"),
    ] {
        assert_eq!(verdict(text, Scope::Http, &nothing), unknown(why), "{text}");
        assert_eq!(verdict(&format!("not {text}"), Scope::Http, &nothing), unknown(why), "not {text}");
    }
    for (text, why) in [
        ("body.nowhere == x", "the body has no `nowhere`"),
        ("body.nowhere != x", "the body has no `nowhere`"),
        ("body.database.nowhere.deep == x", "the body has no `database.nowhere`"),
        ("body.mixed[*].state == ready", "the body has no `mixed[1].state`"),
        ("body.none[*].state == ready", "no elements to look at"),
        ("body.status[*] == x", "the body has no `status[*]`"),
        ("body.items[7].id == 1", "the body has no `items[7]`"),
        ("body.status > 5", "\"healthy\" is not a number"),
        ("len(body.n) == 3", "200.0 has no length"),
        ("age(body.status) < 5m", "\"healthy\" is not a date that can be read"),
    ] {
        assert_eq!(verdict(text, Scope::Http, &seen()), unknown(why), "{text}");
        assert_eq!(verdict(&format!("not {text}"), Scope::Http, &seen()), unknown(why), "not {text}");
    }
    let html = Seen { body: Some(Document::new("<html>\nBad gateway")), ..Seen::default() };
    let why = "the body is not JSON: it begins \"<html> Bad gateway\"";
    assert_eq!(verdict("not has(body.error)", Scope::Http, &html), unknown(why));
    let empty = Seen { body: Some(Document::default()), ..Seen::default() };
    assert_eq!(verdict("body.status == up", Scope::Http, &empty), unknown("the body is empty"));
}

#[test]
fn a_gate_speaks_of_checks() {
    let up = seen();
    for text in
        ["health/api", "health/api state == up", "health/api latency < 2s", "health/api status == 200"]
    {
        assert_eq!(verdict(text, Scope::Needs, &up), Verdict::Met, "{text}");
    }
    assert_eq!(verdict("not health/api", Scope::Needs, &up), unmet("up"));
    assert_eq!(verdict("health/other", Scope::Needs, &up), unknown("there is no such check"));
    let expr = Expr::parse("not health/api/new state == down", Scope::Needs).unwrap();
    assert_eq!(expr.subject().map(Subject::to_string).as_deref(), Some("health/api/new"));
}

#[test]
fn whoever_reads_bodies_knows_whether_one_is_asked_for() {
    let asks = |text, fact| Expr::parse(text, Scope::Http).unwrap().asks(&fact);
    assert!(asks("len([BODY].items) > 0", Fact::Body));
    assert!(asks("[STATUS] == len([BODY].items)", Fact::Body));
    assert!(!asks("status == 200", Fact::Body));
}

#[test]
fn errors_name_what_is_wrong_where_and_what_is_expected() {
    for (scope, text, at, part) in [
        (Scope::Http, "", "", "expected an expression here, such as `status == 200`"),
        (Scope::Http, "not ", "", "expected an expression after `not`"),
        (Scope::Http, "statsu == 200", "statsu", "did you mean `status`, as in `status == 200`?"),
        (Scope::Http, "weather == sunny", "weather", "known are status, body, header"),
        (Scope::Http, "exit == 0", "exit", "`exit` is not known of an HTTP check"),
        (
            Scope::Exec,
            "status == 200",
            "status",
            "`status` is not known of an exec check; known are latency, exit",
        ),
        (Scope::Connect, "[STATUS] == 200", "[STATUS]", "not known of a TCP or socket check"),
        (Scope::Http, "status = 200", "=", "write `==`"),
        (Scope::Http, "status =~ 2..", "=~", "write `matches`"),
        (Scope::Http, "status is 200", "is", "expected ==, !="),
        (Scope::Http, "status ==", "", "expected a value after `==`"),
        (Scope::Http, "status", "status", "`status` is a plain number: say what it should be"),
        (Scope::Http, "len(body.x)", "len(body.x)", "as in `len(body.x) > 0`"),
        (Scope::Http, "status == fine", "fine", "`fine` is not a fact of an HTTP check"),
        (Scope::Http, "status == 2xx", "2xx", "`status` is a plain number: expected a number such as 200"),
        (Scope::Http, "status == 5s", "5s", "`5s` is a duration, and `status` is a plain number"),
        (Scope::Http, "status contains 20", "", "compare it by ==, !=, <, <=, > or >=, not by contains"),
        (Scope::Http, "latency < 500", "500", "expected a unit, as in 500ms"),
        (Scope::Http, "latency < 5%", "5%", "`5%` is a percentage, and `latency` is a duration"),
        (Scope::Http, "latency < 5MB", "5MB", "`5MB` is a size"),
        (Scope::Http, "certificate > 1M", "1M", "no fixed length"),
        (Scope::Http, "latency < status", "status", "they cannot be compared"),
        (Scope::Http, "connected == yes", "yes", "expected true or false"),
        (Scope::Http, "connected < true", "", "compare it by == or !="),
        (Scope::Http, "ip > 10.0.0.1", "", "compare it by ==, !=, contains or matches"),
        (Scope::Http, "body.x < 5s", "5s", "expected a number without a unit"),
        (Scope::Http, "body. == 1", ".", "expected a key after the dot"),
        (Scope::Http, "body[x] == 1", "[x", "expected `[0]`, `[*]` or `[\"key\"]`"),
        (Scope::Http, "body[\"x == 1", "[\"x == 1", "not closed"),
        (Scope::Http, "status.code == 1", "status.code", "nothing inside it"),
        (Scope::Http, "header == x", "header", "the name of a header"),
        (Scope::Http, "certificate.sha1 == x", "certificate.sha1", "did you mean `certificate.sha256`"),
        (Scope::Http, "len(status) == 3", "status", "`len( )` asks a text or a JSON value"),
        (Scope::Http, "some(body.x) == 3", "body.x", "needs a path with `[*]`"),
        (Scope::Http, "length(body) == 3", "length", "known are len, has, age, some, any and pat"),
        (Scope::Http, "any(1, 2) == status", "any", "right of the operator"),
        (Scope::Http, "len(body.x == 3", "==", "expected `)`"),
        (Scope::Http, "status == any(200, )", "", "expected a value between the commas"),
        (Scope::Http, "status == any(200", "any(200", "expected `)`"),
        (Scope::Http, "status < any(200)", "any(200)", "goes with ==, != or contains"),
        (Scope::Http, "latency == pat(2*)", "pat(2*)", "compares text"),
        (Scope::Http, "body == pat([a)", "pat([a)", "opens `[` without closing it"),
        (Scope::Http, "body matches (", "(", "is not a regular expression: unclosed group"),
        (Scope::Http, "body matches (a{1000}){1000}", "(a{1000}){1000}", "too large"),
        (Scope::Http, "body.x == \"abc", "\"abc", "not closed"),
        (Scope::Http, "body.x == \"a\" b", "\"a\" b", "nothing after the closing quote"),
        (Scope::Http, "[DOMAIN_EXPIRATION] > 48h", "[DOMAIN_EXPIRATION]", "leave the condition out"),
        (Scope::Http, "[CONTEXT].id == 3", "[CONTEXT]", "use a `[vars]` variable"),
        (Scope::Http, "[STATE] == 3", "[STATE]", "known are [STATUS], [BODY], [HEADER]"),
        (Scope::Http, "[STATUS == 3", "[STATUS", "is not closed"),
        (Scope::Http, "health/api", "health/api", "speaks of its own check"),
        (Scope::Needs, "status == 200", "status", "`health/api/new status`"),
        (Scope::Needs, "mail/api", "mail", "`mail` is not a kind of check; known are health, dns"),
        (Scope::Needs, "health/ ", "health/", "lacks the name"),
        (Scope::Needs, "health/api cpu < 90%", "cpu", "`cpu` is not known of a health check in a gate"),
        (Scope::Needs, "health/api state == fine", "fine", "known are unknown, up"),
    ] {
        wrong(scope, text, at, part);
    }
}

/// The text is no expression: at `at`, for a reason that has `part` in its words.
#[track_caller]
fn wrong(scope: Scope, text: &str, at: &str, part: &str) {
    let error = Expr::parse(text, scope).unwrap_err();
    assert!(error.message.contains(part), "{text}: {error}");
    assert!(text.get(error.span.clone()).is_some(), "{text}: {:?}", error.span);
    assert!(at.is_empty() || &text[error.span.clone()] == at, "{text}: at {:?}", &text[error.span.clone()]);
    assert_eq!(error.message.lines().count(), 1, "{error}");
}

#[test]
fn globs_match_the_whole_text() {
    let glob = |glob: &str, text: &str| literal::Pattern::glob(glob).unwrap().is_match(text);
    for (pattern, text, is) in [
        ("*", "", true),
        ("a*c", "a/b\nc", true),
        ("a?c", "abc", true),
        ("a?c", "ac", false),
        ("[a-c]x", "bx", true),
        ("[!a-c]x", "bx", false),
        ("[]]", "]", true),
        ("a.c", "abc", false),
        ("\\*", "*", true),
        ("\\*", "a", false),
        ("(a|b)", "a", false),
        ("[a&&b]", "&", true),
    ] {
        assert_eq!(glob(pattern, text), is, "{pattern} on {text:?}");
    }
}

#[test]
fn every_example_in_the_table_is_right() {
    for row in FACTS {
        for scope in row.scopes {
            let (text, scope) = match scope {
                Scope::Needs => (format!("health/api {}", row.example), Scope::Needs),
                Scope::NeedsHost => (format!("host {}", row.example), Scope::Needs),
                Scope::NeedsReconcile => (format!("reconcile/x {}", row.example), Scope::Needs),
                scope => (row.example.to_owned(), *scope),
            };
            assert!(Expr::parse(&text, scope).is_ok(), "{text}");
        }
    }
}

mod counters;
mod gates;
mod grammar;
mod machine;
