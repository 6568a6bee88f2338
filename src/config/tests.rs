mod dns;
mod layout;

use super::*;
use crate::text::MASK;

fn env(name: &str) -> Option<String> {
    match name {
        "API_TOKEN" => Some("s3cr3t-t0ken".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

fn load(text: &str) -> Result<Settings, ConfigError> {
    super::load(Path::new("/srv/plans/move.toml"), text, &env)
}

fn good(text: &str) -> Settings {
    load(text).unwrap_or_else(|error| panic!("{error}"))
}

/// The findings as `line:column key: message`.
fn bad(text: &str) -> Vec<String> {
    let error = load(text).unwrap_err();
    let show = |f: &ConfigFinding| format!("{}:{} {}: {}", f.line, f.column, f.key, f.message);
    error.findings.iter().map(show).collect()
}

/// The one check of a sidecar with these keys.
fn check(keys: &str) -> HealthCheck {
    good(&format!("[[health]]\nname = \"api\"\n{keys}")).health.remove(0)
}

/// The one finding about a check with these keys.
fn refused(keys: &str) -> String {
    let findings = bad(&format!("[[health]]\nname = \"api\"\n{keys}"));
    assert_eq!(findings.len(), 1, "{keys}: {findings:#?}");
    findings[0].clone()
}

fn sources(all: &[Expr]) -> Vec<&str> {
    all.iter().map(Expr::source).collect()
}

const WHOLE: &str = r#"
title = "To the new tenant"
ticket = "CHG-1042"
window = { start = 2026-11-21T06:00:00+01:00, end = 2026-11-21T09:00:00Z }
outage_goal = "15m"
items = "lists"
sections = ["Checklist"]
phrases_off = ["wait"]

[people]
dana = { roles = ["operator"] }
lee = { roles = ["dba", "approver"] }

[vars]
NEW_APP_URL = "api-new.example.net"
HEALTH = "https://${NEW_APP_URL}/health"
API_TOKEN = { env = "API_TOKEN" }

[defaults]
every = "2s"
timeout = "1s"
stale_after = 5

[[health]]
name = "api"
url = "${HEALTH}"
public = true
old = "198.51.100.4:443"
new = "[2001:db8::7]:8443"
identity = { old = "header.x-served-by contains old", new = "certificate.sha256 == ab" }
method = "post"
headers = { Authorization = "Bearer ${API_TOKEN}", "X-Probe" = "cutover" }
body = "{\"token\":\"${API_TOKEN}\"}"
expect = ["status == 200", "body.status == healthy", "body.host == ${NEW_APP_URL}"]
old_expect = "status == 503"
warn = ["latency < 2s", "certificate > 14d"]
follow = 2
body_limit = "64KiB"
retry = 0
proxy = "http://127.0.0.1:3128"
ip = 4
ca = "ca.pem"
cert = "/etc/client.pem"
key = "/etc/client.key"
pin_sha256 = "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99"
verify = false
every = "10s"
timeout = "4s"
down_after = 3
up_after = 1

[[health]]
name = "hkn.service"
exec = ["systemctl", "--user", "is-active", "hkn-rails"]
via = "ssh -p 2222 vampires"
nagios = true
"#;

#[test]
fn every_key_has_its_place() {
    let settings = good(WHOLE);
    assert_eq!(settings.title.as_deref(), Some("To the new tenant"));
    assert_eq!(settings.ticket.as_deref(), Some("CHG-1042"));
    let window = settings.window.unwrap();
    assert_eq!((window.end - window.start).num_minutes(), 240);
    assert_eq!(settings.outage_goal, Some(Duration::from_mins(15)));
    assert_eq!(settings.items, Some(Mode::Lists));
    assert_eq!((settings.sections, settings.phrases_off), (vec!["Checklist".into()], vec!["wait".into()]));
    assert_eq!(settings.people["lee"], ["dba", "approver"]);
    assert_eq!(
        settings.vars["HEALTH"],
        Var { value: "https://api-new.example.net/health".into(), secret: false }
    );
    assert_eq!(settings.vars["API_TOKEN"], Var { value: "s3cr3t-t0ken".into(), secret: true });

    let [api, service] = settings.health.as_slice() else { panic!("{:?}", settings.health) };
    assert_eq!(api.target, Target::Http { url: "https://api-new.example.net/health".into(), unix: None });
    assert!(api.public && !api.verify);
    assert_eq!(api.old, Some(Pin { host: "198.51.100.4".into(), port: Some(443) }));
    assert_eq!(api.new, Some(Pin { host: "2001:db8::7".into(), port: Some(8443) }));
    assert_eq!(api.identity_old.as_ref().map(Expr::source), Some("header.x-served-by contains old"));
    assert_eq!(api.identity_new.as_ref().map(Expr::source), Some("certificate.sha256 == ab"));
    assert_eq!(
        sources(&api.expect),
        ["status == 200", "body.status == healthy", "body.host == api-new.example.net"]
    );
    assert_eq!(sources(&api.old_expect), ["status == 503"]);
    assert_eq!(sources(&api.warn), ["latency < 2s", "certificate > 14d"]);
    assert_eq!(api.method, "POST");
    assert_eq!(api.headers[0], ("Authorization".into(), "Bearer s3cr3t-t0ken".into()));
    assert_eq!(api.headers[1], ("X-Probe".into(), "cutover".into()));
    assert_eq!(api.body.as_deref(), Some("{\"token\":\"s3cr3t-t0ken\"}"));
    assert_eq!((api.follow, api.body_limit, api.retry, api.ip), (2, 65_536, 0, Family::V4));
    assert_eq!(api.proxy.as_deref(), Some("http://127.0.0.1:3128"));
    assert_eq!(api.ca.as_deref(), Some(Path::new("/srv/plans/ca.pem")));
    assert_eq!(api.cert.as_deref(), Some(Path::new("/etc/client.pem")));
    assert_eq!(api.key.as_deref(), Some(Path::new("/etc/client.key")));
    assert_eq!(api.pin_sha256.as_deref(), Some("aabbccddeeff00112233445566778899".repeat(2).as_str()));
    assert_eq!((api.every, api.timeout), (Duration::from_secs(10), Duration::from_secs(4)));
    assert_eq!((api.down_after, api.up_after, api.stale_after), (3, 1, 5));

    assert_eq!(
        service.target,
        Target::Exec(["systemctl", "--user", "is-active", "hkn-rails"].map(Into::into).to_vec())
    );
    assert_eq!(service.via.as_deref(), Some(["ssh", "-p", "2222", "vampires"].map(String::from).as_slice()));
    assert!(service.nagios && service.expect.is_empty());
    assert_eq!((service.every, service.timeout), (Duration::from_secs(2), Duration::from_secs(1)));
}

#[test]
fn what_is_left_out_has_its_default() {
    assert_eq!(good(""), Settings::default());
    assert_eq!(good("\u{feff}title = \"x\"\r\n").title.as_deref(), Some("x"));
    let api = check("url = \"https://api.example.com/\"");
    assert_eq!((api.every, api.timeout), (Duration::from_secs(5), Duration::from_secs(3)));
    assert_eq!((api.down_after, api.up_after, api.stale_after), (2, 2, 3));
    assert_eq!((api.method.as_str(), api.follow, api.body_limit, api.retry), ("GET", 0, 1 << 20, 1));
    assert!(api.verify && !api.public && !api.nagios);
    for (keys, expect) in [
        ("url = \"http://h/\"", "status < 400"),
        ("url = \"http://h/\"\nunix = \"/run/app.sock\"", "status < 400"),
        ("tcp = \"db.example.com:5432\"", "connected"),
        ("tls = \"[::1]:636\"", "connected"),
        ("unix = \"/run/app.sock\"", "connected"),
        ("exec = [\"true\"]", "exit == 0"),
    ] {
        let check = check(keys);
        assert_eq!(sources(&check.expect), [expect], "{keys}");
        assert_eq!(check.old_expect, check.expect);
    }
    // A time-out that nobody gave fits into the interval.
    assert_eq!(check("exec = [\"true\"]\nevery = \"1s\"").timeout, Duration::from_secs(1));
}

#[test]
fn every_finding_is_reported_with_its_place() {
    let findings = bad(r#"
titel = "x"
outage_goal = 15
window = { start = "2026-11-21", end = 2026-11-21T06:00:00Z }

[vars]
A = { env = "UNSET" }
B = { field = "Token", n = 0 }

[[health]]
name = "api"
url = "htp://x"
expect = ["status == 200", "statsu == 3"]
timout = "3s"

[[health]]
name = "api"
exec = ["true"]
method = "GET"

[[gate]]
item = "x"
waits = "5m"
"#);
    let expected = [
        "2:1 titel: `titel` is not a key at the top level; did you mean `title`?",
        "3:15 outage_goal: `outage_goal` is a number; expected a duration in quotes, such as \"5s\"",
        "4:20 window.start: `window.start` is a string; expected a date and time with an offset and without quotes",
        "7:13 vars.A: `vars.A`: the environment variable UNSET is not set; export it first",
        "8:5 vars.B: `vars.B`: `n` counts from 1",
        "12:7 health.url: `health.url` has the scheme htp; expected http or https",
        "13:29 health.expect: `health.expect`: `statsu` is not a fact of an HTTP check; did you mean `status`",
        "14:1 health.timout: `timout` is not a key of `health`; did you mean `timeout`?",
        "17:8 health.name: there is a [[health]] `api` already; names are unique",
        "19:10 health.method: `method` is for url checks; this one is exec",
        "23:1 gate.waits: `waits` is not a key of `gate`; did you mean `wait`?",
    ];
    for (found, expected) in findings.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\n{expected}");
    }
    assert_eq!(findings.len(), expected.len(), "{findings:#?}");
}

#[test]
fn an_error_reads_well_in_one_line() {
    let one = load("titel = 1").unwrap_err();
    let line = "/srv/plans/move.toml:1:1: `titel` is not a key at the top level; did you mean `title`?";
    assert_eq!(one.to_string(), line);
    assert_eq!(one.summary(), line);
    let two = load("titel = 1\ntickt = 2").unwrap_err();
    assert_eq!(two.to_string().lines().count(), 2);
    assert_eq!(two.summary(), format!("{line} (and 1 more)"));
}

#[test]
fn what_is_no_toml_is_said_where() {
    for (text, start) in [
        ("title = ", "1:"),
        ("a b", "1:"),
        ("[[health]\nname = 1", "1:"),
        ("title = \"x\"\ntitle = \"y\"", "2:1"),
        ("title = \"x", "1:"),
    ] {
        let findings = bad(text);
        assert!(findings[0].starts_with(start), "{text}: {findings:?}");
        assert!(findings[0].contains("not TOML here"), "{text}: {findings:?}");
    }
}

#[test]
fn a_check_that_cannot_be_is_refused() {
    let url = "url = \"https://api.example.com/\"";
    for (keys, part) in [
        ("", "asks nothing; give it one of url, tcp, tls, unix and exec"),
        ("tcp = \"a:1\"\ntls = \"a:1\"", "has `tcp` and `tls`; make it two checks"),
        ("tcp = \"db.example.com\"", "\"db.example.com\" is not host:port"),
        ("tcp = \"db:0\"", "not host:port"),
        ("tcp = \"a b:1\"", "not host:port"),
        ("tcp = \"999.1.1.1:1\"", "not host:port"),
        ("url = \"api.example.com\"", "is not a URL: relative URL without a base"),
        ("url = 3", "`health.url` is a number; expected a string in quotes"),
        ("unix = \"\"", "expected a path"),
        ("exec = []", "names no program"),
        ("exec = \"uptime\"", "`health.exec` is a string; expected a list"),
        ("exec = [\"uptime\", 3]", "`health.exec` is a number; expected a string"),
        ("exec = [\"uptime\"]\nvia = \"host\"", "expected one such as \"ssh app-old.example.com\""),
        ("exec = [\"uptime\"]\nold = \"a\"", "`old` is for url, tcp and tls checks; this one is exec"),
        ("tcp = \"a:1\"\nvia = \"ssh h\"", "`via` is for exec checks; this one is tcp"),
        ("tcp = \"a:1\"\nca = \"x\"", "`ca` is for url and tls checks; this one is tcp"),
        ("unix = \"/x\"\nip = 4", "`ip` is for url, tcp and tls checks; this one is unix"),
        ("tls = \"a:1\"\nexpect = \"status == 200\"", "`status` is not known of a TLS check"),
        ("exec = [\"a\"]\nexpect = \"body.x == 1\"", "`body` is not known of an exec check"),
    ] {
        let finding = refused(keys);
        assert!(finding.contains(part), "{keys}: {finding}");
    }
    for (keys, part) in [
        ("old = \"a:b\"", "\"a:b\" is not an address"),
        ("old = \"http://a\"", "is not an address"),
        ("old_expect = \"status == 503\"", "give its address as `old`"),
        ("unix = \"/run/x\"\nnew = \"a:1\"", "a check over a unix socket has no addresses"),
        ("side = { old = \"ip == 1.2.3.4\" }\nidentity = {}", "`side` is another name of `identity`"),
        ("identity = { old = \"stdout == x\" }", "`stdout` is not known of an HTTP check"),
        ("identity = { odd = \"ip == 1\" }", "`odd` is not a key of `health.identity`; known are old, new"),
        ("cert = \"x\"", "`cert` needs its `key`"),
        ("key = \"x\"", "`key` needs its `cert`"),
        ("timeout = \"6s\"", "`health.timeout` is 6s, longer than the interval `every` of 5s; shorten it"),
        ("timeout = \"0s\"", "is zero"),
        ("timeout = \"2m\"\nevery = \"5m\"", "expected at most 1m"),
        ("every = \"5\"", "`health.every`: `5` has no unit"),
        ("every = \"1M\"", "no fixed length"),
        ("every = \"10ms\"", "`health.every` is 10ms; expected 100ms to 1h"),
        ("down_after = 0", "`health.down_after` is 0; expected 1 to 1000"),
        ("down_after = -1", "expected a whole number, zero or more"),
        ("down_after = \"2\"", "is a number in quotes; expected a whole number"),
        ("stale_after = 2", "`stale_after` is not a key of `health`"),
        ("follow = 11", "expected 0 to 10"),
        ("retry = 9", "expected 0 to 5"),
        ("public = \"yes\"", "is a string; expected true or false, without quotes"),
        ("ip = 5", "expected \"any\", 4 or 6"),
        ("method = \"GE T\"", "is not an HTTP method"),
        ("headers = { \"a b\" = \"x\" }", "`a b` cannot be a header's name"),
        ("headers = { a = \"x\\r\\ny\" }", "has a line end or another control character"),
        ("headers = [\"a: b\"]", "`health.headers` is a list; expected a table of names and values"),
        ("body_limit = \"1 GB\"", "expected 1 to 64MiB"),
        ("body_limit = \"1 mb\"", "`mb` is not a unit"),
        ("proxy = \"socks5://h\"", "has the scheme socks5; expected http or https"),
        ("pin_sha256 = \"abc\"", "expected 64 hex digits"),
        ("expect = 200", "`health.expect` is a number; expected a list of strings"),
    ] {
        let finding = refused(&format!("{url}\n{keys}"));
        assert!(finding.contains(part), "{keys}: {finding}");
    }
    for (name, part) in [("a/b", "cannot be a name"), ("a b", "cannot be a name"), ("", "cannot be a name")] {
        let findings = bad(&format!("[[health]]\nname = {name:?}\n{url}"));
        assert!(findings[0].contains(part), "{findings:?}");
    }
    assert!(
        bad(&format!("[[health]]\n{url}"))[0]
            .starts_with("1:1 health.name: a [[health]] table has no `name`")
    );
}

#[test]
fn the_rest_that_cannot_be_is_refused() {
    for (text, part) in [
        ("items = \"both\"", "expected \"auto\", \"boxes\" or \"lists\""),
        ("window = { start = 2026-11-21T06:00:00, end = 2026-11-21T09:00:00Z }", "with an offset"),
        ("window = { start = 2026-11-21T06:00:00Z, end = 2026-11-21T05:00:00Z }", "not after"),
        ("window = 3", "`window` is not a table; expected { start, end }"),
        ("health = 3", "`health` is a number; expected a list"),
        ("people = [\"dana\"]", "expected a table of names and values"),
        ("[people]\ncutover = {}", "what the log calls itself"),
        ("[people]\ndana = { role = [\"x\"] }", "did you mean `roles`?"),
        ("[defaults]\ntimeout = \"9s\"", "longer than the interval `every` of 5s"),
        ("[defaults]\nretry = 3", "`retry` is not a key of `defaults`"),
        ("[vars]\n\"a b\" = \"x\"", "cannot be a variable's name"),
        (
            "[vars]\nA = 3",
            "expected a string, { env = \"NAME\" }, { file = \"PATH\" } or { field = \"ITEM\" }",
        ),
        ("[vars]\nA = {}", "needs one of env, file and field"),
        ("[vars]\nA = { env = \"API_TOKEN\", file = \"x\" }", "needs one of env, file and field"),
        ("[vars]\nA = { file = \"nowhere\" }", "cannot read nowhere: No such file"),
        ("[vars]\nA = { file = \"/\" }", "not a regular file"),
        ("[vars]\nA = { env = \"API_TOKEN\", enf = \"x\" }", "did you mean `env`?"),
        ("[vars]\nA = { env = 3 }", "`vars.A.env` is a number"),
        ("[vars]\nA = \"${B}\"\nB = \"${A}\"", "speaks of itself"),
        ("[vars]\nA = \"${A}\"", "speaks of itself"),
        (
            "title = \"${TITLE}\"",
            "`${TITLE}` is not a variable; declare it under [vars], or write `${env:TITLE}`",
        ),
        ("title = \"${A\"", "`${` is not closed"),
        ("title = \"${env:NOT_SET}\"", "the environment variable NOT_SET is not set; export it first"),
        ("title = \"${env:API_TOKEN}\"", "`title` is shown as it is, and the variable in it is secret"),
        ("title = \"${APP_URI}\"\n[vars]\nAPP_URL = \"x\"", "did you mean `${APP_URL}`?"),
    ] {
        let findings = bad(text);
        assert!(findings[0].contains(part), "{text}: {findings:#?}");
    }
}

#[test]
fn a_variable_without_a_value_is_one_finding_only() {
    let findings = bad("title = \"${A} ${A}\"\nticket = \"${A}\"\n[vars]\nA = { env = \"UNSET\" }");
    assert_eq!(findings.len(), 1, "{findings:#?}");
}

#[test]
fn variables_come_from_files_and_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), "from-a-file\r\n").unwrap();
    let text = "
        [vars]
        FILE = { file = \"token\" }
        BOTH = \"${FILE}-${env:API_TOKEN}\"
        [[health]]
        name = \"api\"
        exec = [\"check\", \"--token=${BOTH}\", \"$${FILE}\", \"$HOME\", \"${env:API_TOKEN}\"]
    ";
    let settings = super::load(&folder.path().join("move.toml"), text, &env).unwrap();
    let expected = ["check", "--token=from-a-file-s3cr3t-t0ken", "${FILE}", "$HOME", "s3cr3t-t0ken"];
    assert_eq!(settings.health[0].target, Target::Exec(expected.map(String::from).to_vec()));
    assert!(settings.vars["BOTH"].secret);
    let seen = settings.redactor().redact("got from-a-file, s3cr3t-t0ken").into_owned();
    assert_eq!(seen, format!("got {MASK}, {MASK}"));
}

#[test]
fn a_secret_in_an_expression_is_refused() {
    let finding = refused("url = \"http://h/\"\nexpect = [\"body.token == ${env:API_TOKEN}\"]");
    assert!(finding.contains("shown as it is"), "{finding}");
}

#[test]
fn masks_hide_secrets_and_move_nothing() {
    let text = r#"
[vars]
API_TOKEN = { env = "API_TOKEN" }
[[health]]
name = "api"
url = "https://dana:hunter2@api.example.com/?sig=abcdef&x=1"
headers = { Authorization = "Bearer literal-t0ken", "X-Api-Key" = "k3y-literal", Cookie = "${API_TOKEN}" }
# the token is s3cr3t-t0ken
"#;
    let settings = good(text);
    let masked = settings.mask(text);
    assert_eq!(masked.len(), text.len());
    for secret in ["hunter2", "abcdef", "literal-t0ken", "k3y-literal", "s3cr3t-t0ken"] {
        assert!(!masked.contains(secret), "{secret} in {masked}");
    }
    for kept in [
        "{ env = \"API_TOKEN\" }",
        "Cookie = \"${API_TOKEN}\"",
        "api.example.com/?sig=******&x=1",
        "\"Bearer ****",
    ] {
        assert!(masked.contains(kept), "{kept} in {masked}");
    }
    // Literal credentials are known wherever they turn up.
    assert_eq!(settings.redactor().redact("saw k3y-literal"), format!("saw {MASK}"));
    let debug = format!("{settings:?}");
    assert!(!debug.contains("t0ken") && !debug.contains("hunter2"), "{debug}");
}

#[test]
fn a_finding_never_repeats_a_secret() {
    let findings = bad(
        "[vars]\nT = { env = \"API_TOKEN\" }\n[[health]]\nname = \"a\"\ntcp = \"${T}\"\nold = \"${T} x\"",
    );
    assert!(
        !findings.is_empty() && findings.iter().all(|finding| !finding.contains("s3cr3t")),
        "{findings:#?}"
    );
}

#[test]
fn expressions_are_pointed_at_inside_their_string() {
    for (line, column) in [
        ("expect = ['status == 200', \"status = 3\"]", 36),
        ("expect = [\"\"\"status = 3\"\"\"]", 21),
        // Escapes move the text: the string's beginning is as near as can be told.
        ("expect = [\"body.x == \\\"a\\\" b\"]", 11),
    ] {
        let finding = refused(&format!("url = \"http://h/\"\n{line}"));
        assert!(finding.starts_with(&format!("4:{column} ")), "{line}: {finding}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "(\\[\\[?[a-z]{1,6}\\]?\\]\n|(name|url|exec|expect|every|vars|title) ?= ?|\"[a-z$\\{\\}:/]{0,9}\"|\\[|\\]|\\{|\\}|,|\n|[0-9]{1,3}|.){0,14}") {
        if let Err(error) = load(&text) {
            proptest::prop_assert!(!error.findings.is_empty());
            for finding in &error.findings {
                proptest::prop_assert!(!finding.message.is_empty() && finding.line >= 1 && finding.column >= 1);
            }
        }
        proptest::prop_assert_eq!(Settings::default().mask(&text).len(), text.len());
    }
}

#[test]
fn a_gate_speaks_of_what_is_watched() {
    let sidecar = r#"
[[health]]
name = "api"
url = "https://api.example.com/"
old = "198.51.100.4:443"

[[gate]]
item = "x"
needs = ["health/apy"]

[[gate]]
needs = ["health/api/new"]
item = "y"

[[gate]]
needs = ["health/api/old", "not health/api/live"]
for = "5m"
phase = "z"
wait = "2h"
after = 2026-11-21T06:00:00Z
"#;
    let findings = bad(sidecar);
    let expected = [
        "7:1 gate.needs: `health/apy` speaks of `health/apy`, which the sidecar does not watch; did you mean `health/api`?",
        "11:1 gate.needs: `health/api/new` speaks of `health/api/new`, which the sidecar does not watch; did you mean",
    ];
    for (found, expected) in findings.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\n{expected}");
    }
    assert_eq!(findings.len(), expected.len(), "{findings:#?}");
}
