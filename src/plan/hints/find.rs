//! The rules: what words bind an item to which probe.

use std::sync::LazyLock;

use regex::Regex;

use super::Hint;
use crate::checklist::{Checklist, Item};
use crate::config::{HealthCheck, Settings, Target};
use crate::expr::{Expr, Scope};

/// Hints of an item at most: more are noise.
const MOST: usize = 3;
/// Letters of a name below which it is any word.
const SHORTEST: usize = 3;

/// `Response status: 200 OK`, `returns 503`, `HTTP/1.1 204`.
static STATUS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"(?ix) \b(?: (?:response|http)\s+(?:status|code)(?:\s+code)? | status(?:\s+code)? )\s*(?:is|of|=+|:|→)?\s*([1-5]\d\d)\b
          | \bHTTP(?:/\d(?:\.\d)?)?\s+([1-5]\d\d)\b
          | \b(?:returns?|responds?\s+with|answers?\s+with|gives?|expect(?:s|ed)?)\s+(?:an?\s+)?(?:HTTP\s+)?([1-5]\d\d)\b
          | \b([1-5]\d\d)\s+(?:OK|Created|Accepted|No\ Content|Moved\ Permanently|Found|Forbidden|Not\ Found|Service\ Unavailable)\b",
    )
});
/// A pair of a JSON object: `"database": "healthy"`.
static PAIR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(r#""([A-Za-z_][\w.\-]*)"\s*:\s*("(?:[^"\\]|\\.){0,80}"|true|false|-?\d+(?:\.\d+)?)"#)
});
/// `TTL lowered to 300`, `TTL: 5 minutes`.
static TTL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"(?i)\bTTL\b(?:[^.;\n\d]|\.\S){0,40}?\b(\d{1,6})\s*(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h)?\b",
    )
});
/// Words that ask for something to be so.
static ASKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(verif\w+|check\w*|confirm\w*|ensur\w+|test\w*|assert\w*|validat\w+|make sure|wait\w*|health\w*|reachable|accessible|respond\w*|returns?|answers?|loads?|works?|working|is up|running|active)\b",
    )
});
/// Words of a copy, and of its end.
static COPIES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(cop(?:y|ies|ied|ying)|sync\w*|rsync|rclone|azcopy|transfer\w*|migrat\w+|upload\w*|import\w*|restor\w+|dump\w*|replicat\w+|backup|seed\w*)\b",
    )
});
static ENDS: LazyLock<Option<Regex>> =
    LazyLock::new(|| compiled(r"(?i)\b(complete[sd]?|completion|finish\w*|done|100\s?%|ended|caught up)\b"));
static FAULTLESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(r"(?i)\b(no|0|zero|without|free of)\s+(new\s+)?(errors?|failures?|failed|exceptions?)\b")
});
static LOGS: LazyLock<Option<Regex>> =
    LazyLock::new(|| compiled(r"(?i)\b(logs?|errors?|exceptions?|journal\w*)\b"));
static COMPARES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(r"(?i)\b(reconcil\w+|compar\w+|counts?|match\w*|missing|verif\w+|checksums?|parity|equal\w*)\b")
});
static NAMES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(dns|cname|a record|aaaa|record|resolv\w*|propagat\w*|dig|nslookup|points? to|zone|ttl)\b",
    )
});

fn compiled(source: &str) -> Option<Regex> {
    Regex::new(source).ok()
}

fn says(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// Whether words ask for something to be so; an address is no word.
pub(in crate::plan) fn asks(text: &str) -> bool {
    let words = text.split_whitespace().filter(|word| !word.contains('/'));
    says(&ASKS, &words.collect::<Vec<_>>().join(" "))
}

/// All hints of a checklist, in the order of its items.
#[must_use]
pub fn find(checklist: &Checklist, settings: &Settings) -> Vec<Hint> {
    let watched = settings.health.len() + settings.dns.len() + settings.copies.len();
    if watched + settings.logs.len() + settings.reconciles.len() == 0 {
        return Vec::new();
    }
    let on = |rule: &str| !settings.phrases_off.iter().any(|off| off == rule);
    let hosts: Vec<(usize, Vec<String>)> =
        settings.health.iter().enumerate().map(|(at, check)| (at, addresses(check))).collect();
    let mut hints = Vec::new();
    for (index, item) in checklist.items.iter().enumerate() {
        let reader = Reader::new(checklist, settings, &hosts, item);
        let mut found: Vec<Hint> = Vec::new();
        for (rule, words, source, asks) in reader.read() {
            let known = found.iter().any(|hint| hint.expr.source() == source);
            if !on(rule) || known || found.len() == MOST {
                continue;
            }
            if let Ok(expr) = Expr::parse(&source, Scope::Needs) {
                found.push(Hint { item: index, rule, words, expr, asks });
            }
        }
        hints.extend(found);
    }
    hints
}

/// A rule's id, the words, what they would be as a need, and whether they ask for it.
type Found = (&'static str, String, String, bool);

/// One item, read for what probes see.
struct Reader<'a> {
    settings: &'a Settings,
    hosts: &'a [(usize, Vec<String>)],
    /// Its own words, lower case: text, detail and commands.
    own: String,
    /// Its text and detail as written.
    text: String,
    /// What it stands under, lower case.
    above: String,
}

impl<'a> Reader<'a> {
    fn new(
        checklist: &Checklist,
        settings: &'a Settings,
        hosts: &'a [(usize, Vec<String>)],
        item: &Item,
    ) -> Reader<'a> {
        let mut text = item.text.clone();
        for note in &item.detail {
            text.push('\n');
            text.push_str(&note.text);
        }
        let commands = item.commands.iter().map(|command| command.text.as_str());
        let own = commands.fold(text.clone(), |own, command| own + "\n" + command).to_lowercase();
        let mut above = String::new();
        if let Some(parent) = item.parent.and_then(|at| checklist.items.get(at)) {
            above.push_str(&parent.text);
            parent.commands.iter().for_each(|command| above.push_str(&command.text));
        }
        if let Some(phase) = checklist.phases.get(item.phase) {
            above.push('\n');
            above.push_str(&phase.title);
            let section = item.section.and_then(|at| phase.sections.get(at));
            above.push_str(section.map_or("", |section| section.title.as_str()));
        }
        Reader { settings, hosts, own, text, above: above.to_lowercase() }
    }

    fn asks(&self) -> bool {
        asks(&self.text)
    }

    fn read(&self) -> Vec<Found> {
        let mut found = Vec::new();
        self.names(&mut found);
        self.answers(&mut found);
        self.work(&mut found);
        self.services(&mut found);
        found
    }

    /// The health check that the words are about: one they name, one that is named above them, or the only one.
    fn check(&self, fits: impl Fn(&HealthCheck) -> bool) -> Option<&'a HealthCheck> {
        let by_host =
            self.named(&self.own, &fits).or_else(|| self.named(&self.above, &fits)).map(|(check, _)| check);
        let checks = || self.settings.health.iter().filter(|check| fits(check));
        let by_name = || checks().find(|check| mentions(&self.own, &check.name.to_lowercase()));
        let only = || checks().next().filter(|_| checks().count() == 1);
        by_host.or_else(by_name).or_else(only)
    }

    /// The check whose address a text has, and that address: of several the longest.
    fn named(&self, text: &str, fits: &dyn Fn(&HealthCheck) -> bool) -> Option<(&'a HealthCheck, String)> {
        let all =
            self.hosts.iter().flat_map(|(at, all)| all.iter().map(|host| (&self.settings.health[*at], host)));
        let mut best: Option<(&HealthCheck, &String)> = None;
        for (check, host) in all.filter(|(check, host)| fits(check) && mentions(text, host)) {
            if best.is_none_or(|(_, longest)| host.len() > longest.len()) {
                best = Some((check, host));
            }
        }
        best.map(|(check, host)| (check, host.clone()))
    }

    /// The check as a gate names it, on the side that the words speak of.
    fn subject(&self, check: &HealthCheck) -> String {
        let says = |words: &[&str]| {
            words.iter().any(|word| mentions(&self.own, word) || mentions(&self.above, word))
        };
        let old = check.old.is_some() && says(&["old", "source", "legacy"]);
        let new = check.new.is_some() && says(&["new", "target"]);
        match (old, new) {
            (true, false) => format!("health/{}/old", check.name),
            (false, true) => format!("health/{}/new", check.name),
            _ => format!("health/{}", check.name),
        }
    }

    /// Statuses, JSON and addresses of health checks.
    fn answers(&self, found: &mut Vec<Found>) {
        let http = |check: &HealthCheck| matches!(check.target, Target::Http { .. });
        if let Some(pattern) = STATUS.as_ref()
            && let Some(said) = pattern.captures(&self.text)
            && let Some(status) = said.iter().skip(1).flatten().next()
            && let Some(check) = self.check(http)
        {
            let source = format!("{} status == {}", self.subject(check), status.as_str());
            found.push(("hint-status", whole(&said), source, true));
        }
        if let (Some(pattern), Some(check)) = (PAIR.as_ref(), self.check(http)) {
            for said in pattern.captures_iter(&self.text) {
                let (key, value) = (&said[1], &said[2]);
                let key = if key.contains('.') { format!("[\"{key}\"]") } else { format!(".{key}") };
                let source = format!("{} body{key} == {value}", self.subject(check));
                found.push(("hint-json", whole(&said), source, true));
            }
        }
        let known = !found.is_empty();
        if let (Some((check, host)), false) = (self.named(&self.own, &|_| true), known) {
            found.push(("hint-address", host, self.subject(check), self.asks()));
        }
    }

    /// DNS records: their TTLs and where they point.
    fn names(&self, found: &mut Vec<Found>) {
        let name = |record: &crate::config::DnsRecord| record.record.trim_end_matches('.').to_lowercase();
        let all = &self.settings.dns;
        let mentioned =
            |text: &str| all.iter().filter(|record| mentions(text, &name(record))).collect::<Vec<_>>();
        let mut meant = mentioned(&self.own);
        if let Some(pattern) = TTL.as_ref()
            && let Some(said) = pattern.captures(&self.text)
        {
            if meant.is_empty() {
                meant = mentioned(&self.above);
            }
            if meant.is_empty() && all.len() == 1 {
                meant = all.iter().collect();
            }
            let unit =
                said.get(2).and_then(|unit| unit.as_str().to_lowercase().chars().next()).unwrap_or('s');
            for record in &meant {
                let source = format!("dns/{} ttl <= {}{unit}", record.id(), &said[1]);
                found.push(("hint-ttl", whole(&said), source, true));
            }
        } else if says(&NAMES, &self.text) {
            for record in meant.iter().filter(|record| !record.new.is_empty()) {
                let source = format!("dns/{}", record.id());
                found.push(("hint-dns", name(record), source, self.asks()));
            }
        }
    }

    /// Copies, logs and comparisons by their names.
    fn work(&self, found: &mut Vec<Found>) {
        let named = |name: &str| name.len() >= SHORTEST && mentions(&self.own, &name.to_lowercase());
        let settings = self.settings;
        for copy in settings.copies.iter().filter(|copy| named(&copy.name) && says(&COPIES, &self.text)) {
            let ended = says(&ENDS, &self.text);
            let source = if says(&FAULTLESS, &self.text) {
                format!("copy/{} failed == 0", copy.name)
            } else if ended {
                format!("copy/{} finished", copy.name)
            } else {
                format!("copy/{}", copy.name)
            };
            found.push(("hint-copy", copy.name.clone(), source, ended || says(&FAULTLESS, &self.text)));
        }
        for log in settings.logs.iter().filter(|log| named(&log.name) && says(&LOGS, &self.text)) {
            let faultless = says(&FAULTLESS, &self.text);
            let asked = if faultless { " errors == 0" } else { "" };
            found.push(("hint-log", log.name.clone(), format!("log/{}{asked}", log.name), faultless));
        }
        for job in settings.reconciles.iter().filter(|job| named(&job.name) && says(&COMPARES, &self.text)) {
            found.push(("hint-comparison", job.name.clone(), format!("reconcile/{} ok", job.name), true));
        }
    }

    /// Services that a program is asked about.
    fn services(&self, found: &mut Vec<Found>) {
        for check in &self.settings.health {
            let Target::Exec(argv) = &check.target else { continue };
            let after = argv.iter().skip_while(|word| !SAYS_STATE.contains(&word.as_str())).skip(1);
            let services =
                after.filter(|word| !word.starts_with('-')).map(|word| word.trim_end_matches(".service"));
            let mut names = services.chain([check.name.as_str()]).filter(|name| name.len() >= SHORTEST);
            if let Some(name) = names.find(|name| mentions(&self.own, &name.to_lowercase())) {
                let asks = self.asks();
                found.push(("hint-service", name.to_owned(), format!("health/{}", check.name), asks));
            }
        }
    }
}

/// Words of a command behind which the name of a service stands.
const SAYS_STATE: [&str; 6] = ["is-active", "is-failed", "status", "inspect", "pgrep", "pidof"];

/// What a health check asks, as a plan may write it: its URL without the scheme, and its host.
fn addresses(check: &HealthCheck) -> Vec<String> {
    let all = match &check.target {
        Target::Http { url, .. } => match url::Url::parse(url) {
            Ok(url) => {
                let host = url.host_str().unwrap_or_default().to_owned();
                let path = url.path().trim_end_matches('/').to_owned();
                let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
                // A path alone tells two checks of one host apart.
                vec![format!("{host}{port}{path}"), format!("{host}{port}"), host]
            }
            Err(_) => Vec::new(),
        },
        Target::Tcp(at) | Target::Tls(at) => vec![at.clone()],
        Target::Unix(path) => vec![path.display().to_string()],
        Target::Exec(_) => Vec::new(),
    };
    all.into_iter()
        .map(|it| it.to_lowercase())
        .filter(|it| it.len() >= SHORTEST && it != "localhost")
        .collect()
}

/// Whether a text has these words, not as a part of longer ones; both lower case.
fn mentions(text: &str, words: &str) -> bool {
    let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-');
    !words.is_empty()
        && text.match_indices(words).any(|(at, _)| {
            let behind = text[at + words.len()..].chars();
            let mut next = behind.clone();
            // A dot that ends a sentence is no part of a name.
            let goes_on = inside(behind.clone().next())
                || (next.next() == Some('.') && next.next().is_some_and(char::is_alphanumeric));
            !goes_on && !inside(text[..at].chars().next_back()) && !text[..at].ends_with('.')
        })
}

fn whole(said: &regex::Captures<'_>) -> String {
    said.get(0).map_or_else(String::new, |all| all.as_str().trim().to_owned())
}
