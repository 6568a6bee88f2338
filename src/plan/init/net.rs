//! Web addresses, hosts, ports and sockets.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::entry::{Draft, Entry, Kind, named};
use super::pattern;
use super::read::{Call, Line, ssh};
use super::vars::Open;
use crate::plan::hints::asks;

mod names;

pub(super) use names::{hosts, is_host, rest};

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| pattern(r#"https?://[^\s"'`|)\]\\]+"#));
/// A path that is there to be asked how a service is.
static HEALTHY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)/(?:[\w.-]*health\w*|healthz|livez?|ready|readyz|readiness|liveness|status|ping|up|alive|version|_cluster/health)/?(?:\?.*)?$",
    )
});
/// Files, repositories: fetched, not asked how they are.
static FILE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\.(?:git|zip|tar|t?gz|tgz|xz|bz2|deb|rpm|sh|ya?ml|sql|dump|pdf|whl|jar|exe|msi|asc|gpg|repo|list|md)(?:[?#].*)?$",
    )
});
/// Words before an address that is to be read.
static READ: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(see|docs?|documentation|documented|wiki|runbook|guide|reference|references|read|tutorial|readme|ticket|issue|pull request|PR|clone[ds]?|download\w*|changelog|release notes|slack|channel|zoom|call|links?|resources|further|article|blog|post[- ]?mortem)\b",
    )
});
/// Headings over addresses that are to be read.
static LIST_OF_LINKS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(references?|links?|useful links|resources|see also|further reading|related|contacts?|documentation)\W*$",
    )
});
/// Pages for people who are signed in.
static SIGNED_IN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)(/admin\b|/login\b|grafana|kibana|dashboard|/console\b|datadog|sentry|newrelic)")
});
static SOCKET: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:^|[\s`(:=])((?:/[\w.@-]+)+\.sock)\b"));
static PORT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b((?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*|\d{1,3}(?:\.\d{1,3}){3}|localhost):(\d{2,5})\b")
});
static BARE_PORT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b(?:on|to|at|via)?\s*(?:tcp )?ports? (\d{2,5})\b"));
/// `postgres://user@host:5432/db`.
static DATABASE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"\b(postgres(?:ql)?|mysql|mariadb|mongodb|redis|rediss|amqps?)://(?:[^\s"'@/]*@)?([A-Za-z0-9._-]+)(?::(\d+))?"#,
    )
});

/// Sites of others, where plans point to for reading or for signing in.
const OTHERS: [&str; 46] = [
    "github.com",
    "gitlab.com",
    "bitbucket.org",
    "githubusercontent.com",
    "stackoverflow.com",
    "stackexchange.com",
    "wikipedia.org",
    "readthedocs.io",
    "readthedocs.org",
    "portal.azure.com",
    "microsoft.com",
    "console.aws.amazon.com",
    "docs.aws.amazon.com",
    "aws.amazon.com",
    "cloud.google.com",
    "console.cloud.google.com",
    "developers.google.com",
    "docs.google.com",
    "drive.google.com",
    "meet.google.com",
    "google.com",
    "slack.com",
    "zoom.us",
    "atlassian.net",
    "atlassian.com",
    "notion.so",
    "npmjs.com",
    "npmjs.org",
    "pypi.org",
    "docker.com",
    "docker.io",
    "kubernetes.io",
    "postgresql.org",
    "mongodb.com",
    "elastic.co",
    "heroku.com",
    "digitalocean.com",
    "cloudflare.com",
    "apache.org",
    "debian.org",
    "ubuntu.com",
    "python.org",
    "rubygems.org",
    "crates.io",
    "medium.com",
    "youtube.com",
];

/// Everything that is reached over the network.
pub(super) fn find(lines: &[Line], calls: &[Call], open: &mut Open, draft: &mut Draft) {
    for line in lines {
        in_words(line, calls, open, draft);
    }
    for call in calls {
        web_call(call, open, draft);
        port_call(call, open, draft);
        machine(call, open, draft);
    }
}

fn in_words(line: &Line, calls: &[Call], open: &mut Open, draft: &mut Draft) {
    let asked = |url: &str| {
        calls
            .iter()
            .any(|call| call.line == line.number && call.words().iter().any(|word| word.contains(url)))
    };
    for found in ADDRESS.find_iter(&line.text) {
        let url = trimmed(found.as_str());
        // An address that a program is given is what that program is about.
        if asked(url) || !is_own(url, line) {
            continue;
        }
        let sure = asks(&line.text) || HEALTHY.is_match(url);
        let doubt = (!sure).then_some("the plan names it, and does not say that it is checked");
        draft.add(web(url, line.number, open, doubt));
    }
    for found in SOCKET.captures_iter(&line.text) {
        let path = &found[1];
        let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".sock");
        draft.add(Entry::new(Kind::Health, &named(name), line.number).text("unix", path));
    }
    let plain = ADDRESS.replace_all(&line.text, " ");
    for found in PORT.captures_iter(&plain) {
        let (host, port) = (&found[1], &found[2]);
        if is_host(host) || host == "localhost" {
            let local = host == "localhost";
            let sure = asks(&line.text) && !local;
            let why =
                if local { "only right on the machine that listens" } else { "is it a port to connect to?" };
            draft.add(tcp(host, port, line.number, open, (!sure).then_some(why)));
        }
    }
    for found in BARE_PORT.captures_iter(&plain) {
        if found[1].parse::<u16>().is_ok() {
            let why = "the plan does not say on which host";
            draft.add(tcp("localhost", &found[1], line.number, open, Some(why)));
        }
    }
    for found in DATABASE.captures_iter(&line.text) {
        database(&found, line.number, open, draft);
    }
}

fn database(found: &regex::Captures<'_>, line: u32, open: &mut Open, draft: &mut Draft) {
    let usual = match &found[1] {
        "postgres" | "postgresql" => "5432",
        "mysql" | "mariadb" => "3306",
        "mongodb" => "27017",
        "redis" | "rediss" => "6379",
        _ => "5672",
    };
    let host = &found[2];
    if is_host(host) {
        draft.add(tcp(host, found.get(3).map_or(usual, |port| port.as_str()), line, open, None::<&str>));
    }
}

/// An address as people end it: punctuation and dots that stand for more are not its own.
fn trimmed(url: &str) -> &str {
    url.trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_', '…', '>', '}'])
}

/// An address of the service itself, not one to be read or to work on.
fn is_own(url: &str, line: &Line) -> bool {
    let Some(host) = host_of(url) else { return false };
    let other = OTHERS.iter().any(|other| host == *other || host.ends_with(&format!(".{other}")));
    let docs = host.starts_with("docs.") || host.starts_with("wiki.") || host.starts_with("jira.");
    let read =
        READ.is_match(&ADDRESS.replace_all(&line.text, " ")) || LIST_OF_LINKS.is_match(first(&line.above));
    !other && !docs && (!read || HEALTHY.is_match(url)) && !FILE.is_match(url)
}

fn first(above: &str) -> &str {
    above.lines().next().unwrap_or_default()
}

/// The host of an address, placeholders and all.
pub(super) fn host_of(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    let host = rest.split(['/', '?', '#']).next()?;
    let host = host.rsplit('@').next()?;
    let host = host.split(':').next()?;
    (!host.is_empty()).then_some(host)
}

/// A check of a web address.
fn web(url: &str, line: u32, open: &mut Open, doubt: Option<&str>) -> Entry {
    let cut = url.contains("...") || url.contains('…');
    let filled = open.fill(url.trim_end_matches(['.', '…']), line);
    let host = host_of(url).unwrap_or(url);
    let local = matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0" | "[") || host.starts_with("127.");
    let signed_in = SIGNED_IN.is_match(url).then_some("a page that may ask who you are");
    Entry::new(Kind::Health, &name(url), line)
        .text("url", &filled.text)
        .doubt(cut.then_some("the plan leaves out a part of it"))
        .doubt(filled.doubt)
        .doubt(local.then_some("only right on the machine that serves it"))
        .doubt(signed_in)
        .doubt(doubt)
}

/// A check's name: the host's first label, and what else tells it apart.
fn name(url: &str) -> String {
    let host = host_of(url).unwrap_or_default();
    let mut labels = host.trim_start_matches("www.").split('.');
    let label = labels.find(|label| label.contains(char::is_alphanumeric)).unwrap_or(host);
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_matches('/');
    let short = path.rsplit('/').next().unwrap_or_default();
    let text = match (host.parse::<std::net::IpAddr>().is_ok(), short) {
        (true, "") => host.to_owned(),
        (true, short) => format!("{host}-{short}"),
        (false, "" | "health" | "healthz") => label.to_owned(),
        (false, short) => format!("{label}-{short}"),
    };
    named(&text.to_lowercase())
}

/// A check of a port.
fn tcp(host: &str, port: &str, line: u32, open: &mut Open, doubt: Option<impl Into<String>>) -> Entry {
    let filled = open.fill(&format!("{host}:{port}"), line);
    let label =
        if host.parse::<std::net::IpAddr>().is_ok() { host } else { host.split('.').next().unwrap_or(host) };
    Entry::new(Kind::Health, &named(&format!("{label}-{port}")), line)
        .text("tcp", &filled.text)
        .doubt(filled.doubt)
        .doubt(doubt)
}

/// Options of curl and wget that take a word.
const TAKING: [&str; 26] = [
    "-H",
    "--header",
    "--resolve",
    "--connect-to",
    "-o",
    "--output",
    "-u",
    "--user",
    "-w",
    "--write-out",
    "-A",
    "--user-agent",
    "-m",
    "--max-time",
    "--cacert",
    "--cert",
    "--key",
    "-e",
    "--referer",
    "--retry",
    "-x",
    "--proxy",
    "-b",
    "--cookie",
    "--unix-socket",
    "--connect-timeout",
];

/// `curl`, `wget --spider`, `http`.
fn web_call(call: &Call, open: &mut Open, draft: &mut Draft) {
    let words = call.words();
    if !matches!(call.program(), "curl" | "wget" | "http" | "https" | "httpie" | "xh") {
        return;
    }
    let is = |names: &[&str]| words.iter().position(|word| names.contains(word));
    let after = |names: &[&str]| is(names).and_then(|at| words.get(at + 1)).copied();
    let sends = is(&[
        "-d",
        "--data",
        "--data-raw",
        "--data-binary",
        "--json",
        "-F",
        "-T",
        "--upload-file",
        "--post-data",
    ]);
    let method = after(&["-X", "--request"]);
    let glued = words.iter().find_map(|word| word.strip_prefix("-X")).filter(|method| !method.is_empty());
    let reads = method.or(glued).is_none_or(|method| matches!(method, "GET" | "HEAD"));
    let fetches = is(&["-O", "--remote-name", "-LO", "-fsSLO"]).is_some()
        || call.program() == "wget" && is(&["--spider", "-qO-", "-q"]).is_none();
    if sends.is_some() || !reads || fetches {
        return;
    }
    let plain = words.windows(2).filter(|pair| !TAKING.contains(&pair[0])).map(|pair| pair[1]);
    let Some(url) = plain.into_iter().find(|word| looks_like_url(word)) else { return };
    let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
    let piped = call.simple.needs_shell && FILE.is_match(&url);
    let host = host_of(&url).unwrap_or_default().to_owned();
    let other = OTHERS.iter().any(|other| host == *other || host.ends_with(&format!(".{other}")));
    if piped || other && !HEALTHY.is_match(&url) {
        return;
    }
    let url =
        if url.contains("://$") || url.contains("://<") || Url::parse(&url).is_ok() { url } else { return };
    let url = trimmed(&url);
    let there = call.via.is_some().then_some("asked on another machine, by ssh: does it answer from here?");
    let mut entry = web(url, call.line, open, None).doubt(there);
    if let Some(path) = after(&["--unix-socket"]) {
        entry = entry.text("unix", path);
    }
    if is(&["-I", "--head"]).is_some() || method == Some("HEAD") {
        entry = entry.text("method", "HEAD");
    }
    if is(&["-L", "--location"]).is_some() || words.iter().any(|word| is_short(word, 'L')) {
        entry = entry.raw("follow", "5".to_owned());
    }
    if is(&["-k", "--insecure"]).is_some() || words.iter().any(|word| is_short(word, 'k')) {
        entry = entry.raw("verify", "false".to_owned());
    }
    entry = headers(entry, &words, call.line, open);
    draft.add(entry);
}

/// Options of one letter that stand together.
fn is_short(word: &str, letter: char) -> bool {
    word.strip_prefix('-').is_some_and(|rest| {
        !rest.starts_with('-') && rest.chars().all(|c| c.is_ascii_alphabetic()) && rest.contains(letter)
    })
}

/// What `-H` adds.
fn headers(entry: Entry, words: &[&str], line: u32, open: &mut Open) -> Entry {
    let given = words.windows(2).filter(|pair| matches!(pair[0], "-H" | "--header"));
    let (mut all, mut entry) = (Vec::new(), entry);
    for pair in given {
        let Some((name, value)) = pair[1].split_once(':') else { continue };
        let secret = crate::text::looks_secret(name);
        let scheme = value.trim().split_once(' ').map(|(scheme, _)| scheme).filter(|_| secret);
        let written = match (secret, value.contains(['$', '<'])) {
            (true, false) => format!("${}", crate::command::key(name)),
            _ => value.trim().to_owned(),
        };
        let written = match scheme.filter(|_| !value.contains(['$', '<'])) {
            Some(scheme) => format!("{scheme} {written}"),
            None => written,
        };
        let filled = open.fill(&written, line);
        entry = entry.doubt(filled.doubt);
        let (name, value) =
            (crate::plan::hints::quoted(name.trim()), crate::plan::hints::quoted(&filled.text));
        all.push(format!("{name} = {value}"));
    }
    if all.is_empty() { entry } else { entry.raw("headers", format!("{{ {} }}", all.join(", "))) }
}

fn looks_like_url(word: &str) -> bool {
    if word.starts_with('-') {
        return false;
    }
    let host = word.split(['/', ':', '?']).next().unwrap_or_default();
    word.starts_with("http://")
        || word.starts_with("https://")
        || host == "localhost"
        || is_host(host)
        || word.contains('/')
            && (word.starts_with(['$', '<']) || word.starts_with("NEW_") || word.starts_with("OLD_"))
}

/// Programs that connect to a host and a port.
fn port_call(call: &Call, open: &mut Open, draft: &mut Draft) {
    let words = call.words();
    let after = |names: &[&str]| call.after(names);
    let usual = match call.program() {
        "psql" | "pg_dump" | "pg_dumpall" | "pg_restore" | "pg_basebackup" | "createdb" => "5432",
        "mysql" | "mysqldump" | "mariadb" | "mariadb-dump" => "3306",
        "redis-cli" if !words.contains(&"ping") => "6379",
        "nc" | "ncat" | "netcat" | "telnet" => {
            let plain: Vec<&&str> = words.iter().skip(1).filter(|word| !word.starts_with('-')).collect();
            if let [host, port, ..] = plain.as_slice()
                && port.parse::<u16>().is_ok()
                && (is_host(host) || **host == "localhost" || host.contains(['$', '<']))
                && !words.iter().any(|word| is_short(word, 'l') || is_short(word, 'u'))
            {
                draft.add(tcp(host, port, call.line, open, here(call, host)));
            }
            return;
        }
        _ => "",
    };
    for word in &words {
        if let Some(found) = DATABASE.captures(word) {
            database(&found, call.line, open, draft);
        }
    }
    if let (Some(host), false) = (after(&["-h", "--host"]), usual.is_empty())
        && !host.starts_with('/')
    {
        let port = after(&["-p", "--port", "-P"]).filter(|port| port.parse::<u16>().is_ok()).unwrap_or(usual);
        draft.add(tcp(host, port, call.line, open, here(call, host)));
    }
}

/// Why a port may be out of reach from here.
fn here(call: &Call, host: &str) -> Option<&'static str> {
    let local = host == "localhost" || host.starts_with("127.");
    if call.via.is_some() {
        Some("asked on another machine, by ssh: can it be reached from here?")
    } else {
        local.then_some("only right on the machine that listens")
    }
}

/// Machines that the plan goes to by `ssh`, `scp` or `rsync`.
fn machine(call: &Call, open: &mut Open, draft: &mut Draft) {
    let words = call.words();
    let mut via = ssh(call).map(|(via, _)| via);
    if matches!(call.program(), "scp" | "rsync" | "sftp") {
        let remote = |word: &&&str| {
            let (host, path) = word.split_once(':').unwrap_or_default();
            !word.starts_with('-')
                && !path.starts_with("//")
                && is_host(host.rsplit('@').next().unwrap_or(host))
        };
        via = words
            .iter()
            .skip(1)
            .find(remote)
            .and_then(|word| word.split(':').next())
            .map(|host| format!("ssh {host}"));
    }
    let Some(via) = via else { return };
    let host = via.rsplit(' ').next().unwrap_or_default();
    // Plain words may speak of ssh too.
    if call.whole.starts_with("ssh ") && call.simple.words.len() < 2 || host == "protected" {
        return;
    }
    let label = host.rsplit('@').next().unwrap_or(host);
    let label = if label.parse::<std::net::IpAddr>().is_ok() {
        label
    } else {
        label.split('.').next().unwrap_or(label)
    };
    let filled = open.fill(&via, call.line);
    draft.add(Entry::new(Kind::Host, &named(label), call.line).text("via", &filled.text).doubt(filled.doubt));
}
