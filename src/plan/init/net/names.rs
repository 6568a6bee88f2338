//! What is a host's name, and what only has dots.

use std::sync::LazyLock;

use regex::Regex;

use super::super::entry::{Draft, Entry, Kind, named};
use super::super::pattern;
use super::super::read::Line;
use super::super::vars::Open;

static NAME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"[A-Za-z0-9_@/.~$%{<\\-]*[a-z0-9](?:[a-z0-9-]*\.)+[a-z][a-z0-9-]*[A-Za-z0-9_@/(:>}=-]*")
});
/// Words beside a machine's name.
static MACHINE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(app ?hosts?|hosts?|servers?|machines?|vms?|nodes?|box(?:es)?|instances?|ssh|log(?:ged)? ?in|bastion|replica|primary|standby|droplets?|hypervisor)\b",
    )
});

static NAME_SERVERS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\bname ?servers?\b"));

/// Ends of names that are really given, besides those of countries.
const ENDS: [&str; 33] = [
    "com",
    "net",
    "org",
    "edu",
    "gov",
    "mil",
    "info",
    "biz",
    "dev",
    "app",
    "cloud",
    "tech",
    "online",
    "site",
    "store",
    "shop",
    "xyz",
    "systems",
    "services",
    "solutions",
    "agency",
    "studio",
    "internal",
    "local",
    "lan",
    "corp",
    "intra",
    "test",
    "example",
    "arpa",
    "io",
    "ai",
    "eu",
];
/// Ends of countries' names, ISO 3166-1 with those in use beside it.
const COUNTRIES: &str = "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca \
    cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge gf \
    gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp \
    kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf \
    ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm \
    sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws \
    ye yt za zm zw";
/// Ends of files that countries have too.
const FILES: [&str; 7] = ["py", "sh", "md", "rs", "so", "mk", "tf"];
/// Those of files and of programs' own words, unless more stands before them.
const SHORT: [&str; 9] = ["pl", "cc", "ps", "am", "ml", "do", "st", "la", "id"];

/// Whether a text is a host's full name, or an IPv4 address.
pub(in super::super) fn is_host(text: &str) -> bool {
    if text.parse::<std::net::Ipv4Addr>().is_ok() {
        return true;
    }
    let labels: Vec<&str> = text.trim_end_matches('.').split('.').collect();
    let fine = |label: &&str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let Some((end, names)) = labels.split_last().filter(|(_, names)| !names.is_empty()) else { return false };
    let country = COUNTRIES.split(' ').any(|country| country == *end);
    let known =
        ENDS.contains(end) || country && !FILES.contains(end) && (!SHORT.contains(end) || names.len() > 1);
    let words = names.iter().any(|label| label.bytes().any(|b| b.is_ascii_lowercase()));
    known && words && labels.iter().all(fine) && !matches!(text, "e.g" | "i.e" | "a.k.a")
}

/// Names of hosts in a text, each once.
pub(in super::super) fn hosts(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for token in NAME.find_iter(text) {
        let name = token.as_str().split(['/', ':']).next().unwrap_or_default();
        let name = name.trim_end_matches(['-', '=', '.', '_']).trim_start_matches('_');
        let whole = !name.contains(['@', '/', '_', '~', '$', '%', '{', '<', '\\', '(', '>', '}', ':']);
        if whole && is_host(name) && name.parse::<std::net::Ipv4Addr>().is_err() && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

/// Hosts that the plan names and that nothing looks at yet.
pub(in super::super) fn rest(lines: &[Line], open: &mut Open, draft: &mut Draft) {
    let mut seen: Vec<String> = draft.entries.iter().map(Entry::told).collect();
    for line in lines.iter().filter(|line| !NAME_SERVERS.is_match(&line.text)) {
        for host in hosts(&line.text) {
            if super::OTHERS.iter().any(|other| host == *other || host.ends_with(&format!(".{other}"))) {
                continue;
            }
            if seen.iter().any(|told| told.contains(host)) {
                continue;
            }
            let label = host.split('.').next().unwrap_or(host);
            let entry = if MACHINE.is_match(&line.text) {
                let why = "a machine, by the words around it: can you reach it by ssh?";
                Entry::new(Kind::Host, &named(label), line.number)
                    .text("via", &format!("ssh {host}"))
                    .doubt(Some(why))
            } else {
                super::web(
                    &format!("https://{host}/"),
                    line.number,
                    open,
                    Some("the plan names the host: is it a site?"),
                )
            };
            seen.push(entry.told());
            draft.add(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_hosts() {
        let text = "from werewolves.ocf.berkeley.edu, to (vampires.ocf.berkeley.edu). See app.example.com/health or \
                    db1.internal; not deploy.rb, x.service, old-app.json, dana@example.com, docker-dev.yml, node.js, \
                    e.g. this, 2.5.0, Layout.to_json(), ENV.fetch, localsettings.X, test_az.py, run.sh, hkn.sock";
        assert_eq!(
            hosts(text),
            ["werewolves.ocf.berkeley.edu", "vampires.ocf.berkeley.edu", "app.example.com", "db1.internal"]
        );
    }
}
