//! DNS records: which, of what type, from what to what, with what TTL.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use super::entry::{Draft, Entry, Kind, list, named};
use super::net::{hosts, is_host};
use super::pattern;
use super::read::{Call, Line};
use super::vars::Open;
use crate::checklist::Checklist;
use crate::text;

static SPEAKS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(dns|cnames?|(?:a|aaaa|mx|ns|txt|alias) records?|records?|ttls?|resolv\w+|propagat\w*|name ?servers?|zone|nslookup|dig|domain|apex)\b",
    )
});
static TYPE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(CNAME|AAAA|MX|TXT|NS|SRV|A)\b(?:[- ](?:record|name|entry))?|\b(?i:type)\W{0,3}(CNAME|AAAA|MX|TXT|NS|SRV|A)\b",
    )
});
/// A target: a name, an address, or a placeholder with dots.
const TARGET: &str = r"`?((?:[A-Za-z0-9_${}<>-]+\.)+[A-Za-z][A-Za-z0-9-]*\.?|\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9a-f]{1,4}:){2,7}[0-9a-f:]*)`?";
static FROM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?i)\b(?:from|was|old|currently|instead of|previously|before|replacing|away from)\b\W{{0,3}}(?:value\W+|target\W+|address\W+|ip\W+)?{TARGET}"
    ))
});
static TO: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?i)\b(?:to|new|towards?|now|onto|at|=)\W{{0,3}}(?:value\W+|target\W+|address\W+|ip\W+|the\W+)?{TARGET}"
    ))
});
static ARROW: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"{TARGET}\s*(?:→|->|=>|⇒|➜)\s*{TARGET}")));
static TTL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\bTTLs?\b(?:[^.;\n\d]|\.\S){0,60}?\b(?:to\s+)?(\d{1,6})\s*(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h)?\b",
    )
});
/// `Name: api`, `- Value: new.example.net`.
static LABELLED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:[-*•]\s*)?([A-Za-z][A-Za-z ]{0,24}?)\s*:\s*`?([^\s`(]+)"));
static NAME_SERVERS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\bname ?servers?\b"));
/// Words that set a TTL.
static LOWERS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b(lower|reduc|set|drop|decreas|to \d|TTL\s*[:=]|shorten|is)"));
/// Words that make a name a record's.
static POINTS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\b(dns|cname|records?|ttls?|propagat\w*|resolv\w*|nslookup|dig|points?|name ?servers?)\b")
});
/// A line of a zone file.
static ZONE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?m)^\s*(?:update\s+add\s+)?([A-Za-z0-9_.@*-]+)\s+(?:(\d+)\s+)?(?:IN\s+)?(CNAME|AAAA|A|MX|NS|TXT)\s+(?:\d+\s+)?"?([^\s";]+)"#,
    )
});

/// What is known of one record.
#[derive(Clone, Debug, Default)]
struct Record {
    kind: Option<String>,
    old: Vec<String>,
    new: Vec<String>,
    ttl: Option<u64>,
    lines: BTreeSet<u32>,
    servers: Vec<String>,
    doubt: Option<&'static str>,
}

/// Everything that is said of records.
pub(super) fn find(list: &Checklist, lines: &[Line], calls: &[Call], open: &mut Open, draft: &mut Draft) {
    let mut found: Vec<(String, Record)> = Vec::new();
    let known = all_hosts(lines, calls);
    for (n, line) in lines.iter().enumerate() {
        if line.is_rollback {
            continue;
        }
        if let Some(table) = table(lines, n) {
            found.extend(table);
        } else if !line.text.contains(" | ") {
            found.extend(sentence(line));
        }
    }
    found.extend(listed(lines, &known));
    for call in calls.iter().filter(|call| !call.is_rollback) {
        found.extend(asked(call));
    }
    for item in &list.items {
        for block in &item.commands {
            found.extend(zone(&block.text, block.line, block.language.as_deref()));
        }
    }
    let lowered = lines.iter().filter(|line| !line.is_rollback).find_map(|line| ttl(&line.text));
    let asked_for =
        found.iter().find(|(name, record)| !name.is_empty() && record.kind.as_deref() == Some("NS"));
    let titled = || list.title.iter().flat_map(|title| hosts(title)).next().map(str::to_owned);
    let zone = asked_for.map(|(name, _)| name.clone()).or_else(titled);
    let mut merged: BTreeMap<(String, String), Record> = BTreeMap::new();
    for (name, record) in found {
        let Some(name) = Some(name).filter(|name| !name.is_empty()).or_else(|| zone.clone()) else {
            continue;
        };
        let name = name.trim_end_matches('.').to_owned();
        // The kind may be told elsewhere than the values.
        let kind = record.kind.clone().unwrap_or_default();
        let key = match merged
            .keys()
            .find(|(other, of)| *other == name && (kind.is_empty() || of.is_empty() || *of == kind))
        {
            Some(key) => key.clone(),
            None => (name.clone(), kind.clone()),
        };
        let mut known = merged.remove(&key).unwrap_or_default();
        join(&mut known, record);
        merged.insert((name, if key.1.is_empty() { kind } else { key.1 }), known);
    }
    // A name at which another record ends is no record that changes.
    let ends: Vec<String> = merged.values().flat_map(|it| it.old.iter().chain(&it.new)).cloned().collect();
    for ((name, kind), record) in merged {
        let bare = record.old.is_empty() && record.new.is_empty() && kind.is_empty();
        if !(bare && ends.iter().any(|end| end.trim_end_matches('.') == name)) {
            draft.add(entry(&name, &kind, &record, lowered, open));
        }
    }
}

fn join(known: &mut Record, more: Record) {
    known.doubt = if known.lines.is_empty() { more.doubt } else { known.doubt.and(more.doubt) };
    known.lines.extend(more.lines);
    known.kind = known.kind.take().or(more.kind);
    known.ttl = known.ttl.or(more.ttl);
    for (have, add) in
        [(&mut known.old, more.old), (&mut known.new, more.new), (&mut known.servers, more.servers)]
    {
        if have.is_empty() {
            *have = add;
        }
    }
}

fn entry(name: &str, kind: &str, record: &Record, lowered: Option<u64>, open: &mut Open) -> Entry {
    let is_address = |value: &String| value.parse::<std::net::IpAddr>().is_ok();
    let values = || record.old.iter().chain(&record.new);
    let told = match kind {
        "" if values().any(|value| value.contains(':')) => "AAAA",
        "" if values().next().is_some_and(|value| !is_address(value)) => "CNAME",
        "" => "A",
        kind => kind,
    };
    let line = record.lines.first().copied().unwrap_or(1);
    let filled = open.fill(name, line);
    let mut entry = Entry::new(Kind::Dns, &named(&filled.text), line);
    entry.lines.extend(record.lines.iter().copied());
    if entry.name != filled.text {
        entry = entry.text("record", &filled.text);
    }
    entry = entry.text("type", told);
    for (key, values) in [("old", &record.old), ("new", &record.new)] {
        if values.is_empty() {
            continue;
        }
        let (texts, doubt) = open.fill_all(values, line);
        let value = if let [one] = texts.as_slice() { crate::plan::hints::quoted(one) } else { list(&texts) };
        entry = entry.maybe(key, value, doubt);
    }
    if !record.servers.is_empty() {
        let servers: Vec<&str> = ["system", "authoritative"]
            .into_iter()
            .chain(record.servers.iter().map(String::as_str))
            .collect();
        entry = entry.list("resolvers", &servers);
    }
    if let Some(ttl) = record.ttl.or(lowered) {
        entry = entry.text("ttl_goal", &text::exact(std::time::Duration::from_secs(ttl)));
    }
    entry.doubt(filled.doubt).doubt(record.doubt)
}

fn all_hosts(lines: &[Line], calls: &[Call]) -> Vec<String> {
    let told = lines.iter().flat_map(|line| hosts(&line.text)).map(str::to_owned);
    let web = lines.iter().flat_map(|line| line.text.split_whitespace());
    let web = web.filter_map(super::net::host_of).filter(|host| is_host(host)).map(str::to_owned);
    let given = calls.iter().flat_map(|call| &call.simple.words).flat_map(|word| hosts(word));
    let mut all: Vec<String> = told.chain(web).chain(given.map(str::to_owned)).collect();
    all.dedup();
    all
}

fn kind_of(text: &str) -> Option<String> {
    let found = TYPE.captures(text)?;
    let kind = found.get(1).or(found.get(2))?.as_str();
    // `A` is a word, unless it is called a record.
    let whole = found.get(0)?.as_str();
    (kind != "A" || whole.len() > 1).then(|| kind.to_owned())
}

fn ttl(text: &str) -> Option<u64> {
    let found = TTL.captures(text)?;
    let scale = match found.get(2).and_then(|unit| unit.as_str().to_lowercase().chars().next()) {
        Some('m') => 60,
        Some('h') => 3600,
        _ => 1,
    };
    let seconds = found[1].parse::<u64>().ok()? * scale;
    (LOWERS.is_match(text) && (1..=3600).contains(&seconds)).then_some(seconds)
}

/// `Change the CNAME of www.example.com from a.example.net to b.example.net`.
fn sentence(line: &Line) -> Option<(String, Record)> {
    let text = &line.text;
    if !SPEAKS.is_match(text) && !ARROW.is_match(text) || text.contains("://") {
        return None;
    }
    let step =
        line.is_step.then_some(()).map_or(Some("said beside the steps: does it change that day?"), |()| None);
    let mut record = Record {
        kind: kind_of(text),
        lines: BTreeSet::from([line.number]),
        doubt: step,
        ttl: ttl(text),
        ..Record::default()
    };
    let value = |regex: &Regex, text: &str| -> Vec<String> {
        regex.captures(text).map(|found| found[1].trim_end_matches('.').to_owned()).into_iter().collect()
    };
    if let Some(found) = ARROW.captures(text) {
        let trim = |n: usize| found[n].trim_end_matches('.').to_owned();
        let before = &text[..found.get(0).map_or(0, |all| all.start())];
        let both = hosts(before).last().map(|name| (*name).to_owned());
        match both {
            Some(name) => {
                (record.old, record.new) = (vec![trim(1)], vec![trim(2)]);
                return Some((name, record));
            }
            None if SPEAKS.is_match(text) => {
                record.new = vec![trim(2)];
                return is_host(&trim(1)).then(|| (trim(1), record));
            }
            None => return None,
        }
    }
    (record.old, record.new) = (value(&FROM, text), value(&TO, text));
    // The servers of a zone, which the sentence need not name.
    if NAME_SERVERS.is_match(text) && !record.new.is_empty() {
        record.kind = Some("NS".to_owned());
        return Some((String::new(), record));
    }
    let is_value = |name: &&&str| !record.old.iter().chain(&record.new).any(|value| value == **name);
    let all = hosts(text);
    let name = (*all.iter().find(is_value)?).to_owned();
    POINTS.is_match(text).then_some((name, record))
}

/// A record told in a list: type, name, value, TTL.
fn listed(lines: &[Line], known: &[String]) -> Vec<(String, Record)> {
    let mut blocks: BTreeMap<usize, Vec<&Line>> = BTreeMap::new();
    for line in lines.iter().filter(|line| !line.is_rollback) {
        blocks.entry(line.block).or_default().push(line);
    }
    blocks.values().filter_map(|block| labelled(block, known)).collect()
}

fn labelled(block: &[&Line], known: &[String]) -> Option<(String, Record)> {
    if !block.iter().any(|line| SPEAKS.is_match(&line.text)) {
        return None;
    }
    let mut record = Record { lines: BTreeSet::from([block.first()?.number]), ..Record::default() };
    record.kind = block.iter().find_map(|line| kind_of(&line.text));
    let mut name = None;
    for line in block {
        let Some(found) = LABELLED.captures(&line.text) else { continue };
        let value = found[2].trim_end_matches([',', ';', '.']).to_owned();
        match found[1].trim().to_lowercase().as_str() {
            "name" | "host" | "record" | "hostname" | "domain" => name = Some(value),
            "ttl" => record.ttl = ttl(&line.text),
            // Words that only describe a value.
            _ if !is_end(&value) => {}
            "value" | "target" | "points to" | "data" | "new" | "new value" | "new target" | "to"
            | "new ip" | "content" => {
                record.new = vec![value];
            }
            "old" | "old value" | "old target" | "from" | "current" | "current value" | "was" | "old ip"
            | "previous" => {
                record.old = vec![value];
            }
            _ => {}
        }
    }
    let name = name?;
    if record.new.is_empty() && record.old.is_empty() {
        return None;
    }
    // A label alone means the name that begins with it.
    let full = known.iter().find(|host| {
        host.starts_with(&format!("{name}.")) && !record.new.contains(host) && !record.old.contains(host)
    });
    let name = full.cloned().unwrap_or(name);
    (is_host(&name)).then_some((name, record))
}

/// Whether a record may end there: a name, an address, or a place for one.
fn is_end(value: &str) -> bool {
    is_host(value)
        || value.parse::<std::net::IpAddr>().is_ok()
        || value.contains(['$', '<', '{'])
        || value.contains('_') && value.contains('.')
}

/// The rows of a table whose head names a record and its values.
fn table(lines: &[Line], at: usize) -> Option<Vec<(String, Record)>> {
    let line = lines.get(at)?;
    let cells: Vec<&str> = line.text.split(" | ").map(str::trim).collect();
    if cells.len() < 2 || !hosts(cells[0]).is_empty() || is_host(cells[0]) {
        return None;
    }
    let find = |names: &[&str]| {
        cells.iter().position(|cell| {
            let cell = cell.to_lowercase();
            names.iter().any(|name| cell == *name || cell.starts_with(&format!("{name} ")))
        })
    };
    let name = find(&["record", "name", "host", "hostname", "domain"])?;
    let (old, new) = (
        find(&["old", "from", "current", "before", "was"]),
        find(&["new", "to", "after", "target", "value"]),
    );
    old.or(new)?;
    let (kind, ttl_at) = (find(&["type"]), find(&["ttl"]));
    let mut found = Vec::new();
    let rows = lines[at + 1..].iter().take_while(|row| row.text.contains(" | ") && row.block == line.block);
    for row in rows {
        let cells: Vec<&str> = row.text.split(" | ").map(|cell| cell.trim().trim_matches('`')).collect();
        let cell = |at: Option<usize>| {
            at.and_then(|at| cells.get(at)).copied().filter(|cell| !cell.is_empty() && *cell != "-")
        };
        let Some(host) = cell(Some(name)).filter(|host| is_host(host.trim_end_matches('.'))) else {
            continue;
        };
        let values = |at: Option<usize>| -> Vec<String> {
            let split =
                cell(at).map(|cell| cell.split([',', ' ']).filter(|one| !one.is_empty()).collect::<Vec<_>>());
            split.unwrap_or_default().iter().map(|one| one.trim_end_matches('.').to_owned()).collect()
        };
        let ttl = cell(ttl_at).and_then(|cell| cell.parse().ok()).filter(|ttl| *ttl <= 3600);
        let record = Record {
            kind: cell(kind).map(str::to_owned),
            old: values(old),
            new: values(new),
            ttl,
            lines: BTreeSet::from([row.number]),
            ..Record::default()
        };
        found.push((host.to_owned(), record));
    }
    (!found.is_empty()).then_some(found)
}

/// Commands that ask for a record or set one.
fn asked(call: &Call) -> Option<(String, Record)> {
    let words = call.words();
    let after = |names: &[&str]| call.after(names);
    let mut record = Record { lines: BTreeSet::from([call.line]), ..Record::default() };
    let name = match call.program() {
        "nslookup" | "dig" | "host" | "kdig" | "drill" => {
            let upper =
                words.iter().find(|word| matches!(**word, "A" | "AAAA" | "CNAME" | "MX" | "NS" | "TXT"));
            let typed =
                words.iter().find_map(|word| word.strip_prefix("-type=").or(word.strip_prefix("-q=")));
            record.kind = upper.copied().or(typed).or(after(&["-t"])).map(str::to_uppercase);
            let server = words.iter().find_map(|word| word.strip_prefix('@'));
            record.servers = server
                .filter(|server| server.parse::<std::net::IpAddr>().is_ok())
                .map(str::to_owned)
                .into_iter()
                .collect();
            words
                .iter()
                .skip(1)
                .find(|word| is_host(word) && word.parse::<std::net::IpAddr>().is_err())
                .copied()
        }
        "az" if words.contains(&"hostname") => after(&["--hostname"]),
        "az" if words.contains(&"record-set") => {
            let (zone, label) =
                (after(&["-z", "--zone-name"])?, after(&["-n", "--name", "--record-set-name"])?);
            record.kind = words.get(4 - 1).map(|kind| kind.to_uppercase());
            record.new =
                after(&["-c", "--cname", "-a", "--ipv4-address"]).map(str::to_owned).into_iter().collect();
            record.ttl = after(&["--ttl"]).and_then(|ttl| ttl.parse().ok());
            return Some((if label == "@" { zone.to_owned() } else { format!("{label}.{zone}") }, record));
        }
        "heroku" if words.get(1).is_some_and(|word| word.starts_with("domains")) => words.get(2).copied(),
        "gcloud" if words.contains(&"record-sets") => {
            record.kind = after(&["--type"]).map(str::to_uppercase);
            record.new = after(&["--rrdatas"])
                .map(|all| all.split(',').map(|one| one.trim_end_matches('.').to_owned()).collect())
                .unwrap_or_default();
            record.ttl = after(&["--ttl"]).and_then(|ttl| ttl.parse().ok());
            words.iter().find(|word| is_host(word.trim_end_matches('.'))).copied()
        }
        _ => None,
    }?;
    let name = name.trim_end_matches('.');
    is_host(name).then(|| (name.to_owned(), record))
}

/// Lines of zone files, of `nsupdate`, and of Route 53's JSON.
fn zone(text: &str, line: u32, language: Option<&str>) -> Vec<(String, Record)> {
    let mut found = Vec::new();
    let mut origin = String::new();
    for (n, row) in text.lines().enumerate() {
        let at = line.saturating_add(u32::try_from(n).unwrap_or(u32::MAX));
        if let Some(named) = row.trim().strip_prefix("$ORIGIN ") {
            named.trim().trim_end_matches('.').clone_into(&mut origin);
        }
        let Some(hit) = ZONE.captures(row).filter(|_| !row.contains("update delete")) else { continue };
        let (name, value) = (hit[1].trim_end_matches('.'), hit[4].trim_end_matches('.'));
        let name = match name {
            "@" => origin.clone(),
            name if is_host(name) => name.to_owned(),
            name if !origin.is_empty() => format!("{name}.{origin}"),
            _ => continue,
        };
        let address = value.parse::<std::net::IpAddr>().is_ok();
        if !is_host(&name) || !(address || is_host(value) || value.contains(['$', '<'])) {
            continue;
        }
        let ttl = hit.get(2).and_then(|ttl| ttl.as_str().parse().ok());
        let old = row.contains("; old") || row.contains("# old");
        let value = vec![value.to_owned()];
        let (before, after) = if old { (value, Vec::new()) } else { (Vec::new(), value) };
        found.push((
            name,
            Record {
                kind: Some(hit[3].to_owned()),
                old: before,
                new: after,
                ttl,
                lines: BTreeSet::from([at]),
                ..Record::default()
            },
        ));
    }
    if language.is_none_or(|language| language == "json" || language == "bash" || language == "sh") {
        found.extend(route53(text, line));
    }
    found
}

fn route53(text: &str, line: u32) -> Option<(String, Record)> {
    let value = |key: &str| {
        let regex = Regex::new(&format!(r#""{key}"\s*:\s*"?([^",\s}}\]]+)"#)).ok()?;
        regex.captures(text).map(|found| found[1].trim_end_matches('.').to_owned())
    };
    if !text.contains("ResourceRecord") {
        return None;
    }
    let name = value("Name").filter(|name| is_host(name))?;
    let ttl = value("TTL").and_then(|ttl| ttl.parse().ok());
    let new = value("Value").into_iter().collect();
    Some((name, Record { kind: value("Type"), new, ttl, lines: BTreeSet::from([line]), ..Record::default() }))
}
