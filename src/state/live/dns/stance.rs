//! Which side an answer is on.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use crate::config::DnsRecord;
use crate::sample::dns::{Answer, Link, Reply, address};

/// Where an answer stands between old and new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stance {
    /// What the record said before.
    Old,
    /// What it shall say.
    New,
    /// Some of both.
    Mixed,
    /// Neither.
    Other,
    /// An answer, where nothing says what it should be.
    Unsided,
    /// There is no such name.
    NoName,
    /// There is no such record.
    NoData,
    /// A chain that leads nowhere.
    Astray,
    /// SERVFAIL, REFUSED and their like.
    Refused,
    /// No answer.
    Silent,
}

impl Stance {
    /// The server knows the record, or knows that there is none; the others are failures to say.
    #[must_use]
    pub fn is_definite(self) -> bool {
        !matches!(self, Stance::Refused | Stance::Silent)
    }

    /// Its word, as the screen and the log have it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Stance::Old => "old",
            Stance::New => "new",
            Stance::Mixed => "mixed",
            Stance::Other => "other",
            Stance::Unsided => "answer",
            Stance::NoName => "NXDOMAIN",
            Stance::NoData => "NODATA",
            Stance::Astray => "astray",
            Stance::Refused => "refused",
            Stance::Silent => "no answer",
        }
    }
}

impl fmt::Display for Stance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What a record shall say before and after, ready to be compared.
#[derive(Clone, Debug)]
pub(super) struct Sides {
    kind: String,
    old: Vec<String>,
    new: Vec<String>,
}

impl Sides {
    pub(super) fn new(settings: &DnsRecord) -> Sides {
        let all = |list: &[String]| {
            list.iter().map(|value| escaped(&canonical(&settings.kind, value))).collect::<Vec<_>>()
        };
        Sides { kind: settings.kind.clone(), old: all(&settings.old), new: all(&settings.new) }
    }

    /// Nothing says what the record should be.
    pub(super) fn are_unknown(&self) -> bool {
        self.old.is_empty() && self.new.is_empty()
    }

    pub(super) fn names_old(&self, value: &str) -> bool {
        self.is_in(&self.old, value)
    }

    pub(super) fn names_new(&self, value: &str) -> bool {
        self.is_in(&self.new, value)
    }

    /// The record need not exist before.
    pub(super) fn may_be_absent(&self) -> bool {
        self.old.is_empty()
    }

    /// Where a reply stands.
    pub(super) fn of(&self, reply: &Reply) -> Stance {
        match &reply.answer {
            Answer::Records(chain) => self.of_chain(chain),
            Answer::Astray { .. } => Stance::Astray,
            Answer::NoName(_) => Stance::NoName,
            Answer::NoData(_) => Stance::NoData,
            Answer::Refused(_) => Stance::Refused,
            Answer::NoAnswer(_) => Stance::Silent,
        }
    }

    fn of_chain(&self, chain: &[Link]) -> Stance {
        if self.are_unknown() {
            return Stance::Unsided;
        }
        let values = values(&self.kind, chain);
        // Names on the way tell sides too: `new = "new.azurewebsites.net"` for an address.
        let way = chain.iter().filter(|link| link.kind == "CNAME").map(|link| link.data.as_str());
        let tokens: Vec<&str> = values.iter().copied().chain(way.clone()).collect();
        let old = tokens.iter().any(|token| self.names_old(token) && !self.names_new(token));
        let new = tokens.iter().any(|token| self.names_new(token) && !self.names_old(token));
        let on_the_way = way.clone().any(|name| self.names_old(name) || self.names_new(name));
        let stranger =
            !on_the_way && values.iter().any(|value| !self.names_old(value) && !self.names_new(value));
        // Balancers answer with some of their addresses; of other records all must be there, and more may be.
        let whole = |list: &[String]| {
            self.is_address() || list.iter().all(|wanted| tokens.iter().any(|token| self.same(wanted, token)))
        };
        let foreign = stranger && self.is_address();
        match (old, new) {
            (false, true) if whole(&self.new) && !foreign => Stance::New,
            (true, false) if whole(&self.old) && !foreign => Stance::Old,
            (true, _) | (_, true) => Stance::Mixed,
            // What both sides share tells nothing, unless it is all of one.
            (false, false) if !stranger && !values.is_empty() && whole(&self.new) => Stance::New,
            (false, false) if self.old.is_empty() => Stance::Old,
            (false, false) => Stance::Other,
        }
    }

    fn is_address(&self) -> bool {
        matches!(self.kind.as_str(), "A" | "AAAA")
    }

    fn is_in(&self, list: &[String], value: &str) -> bool {
        list.iter().any(|wanted| self.same(wanted, value))
    }

    /// A value as declared and one as answered.
    fn same(&self, wanted: &str, value: &str) -> bool {
        let value = canonical(&self.kind, value);
        // The preference may be left out.
        wanted == value
            || (self.kind == "MX" && value.split_once(' ').is_some_and(|(_, host)| host == wanted))
    }
}

/// What the record itself says, at the end of its chain; for a CNAME, at its beginning.
pub(super) fn values<'a>(kind: &str, chain: &'a [Link]) -> Vec<&'a str> {
    let of = |wanted: &str| {
        chain.iter().filter(|link| link.kind == wanted).map(|link| link.data.as_str()).collect()
    };
    if kind != "CNAME" {
        return of(kind);
    }
    match chain.first() {
        Some(first) if first.kind == "CNAME" => vec![first.data.as_str()],
        _ => chain.iter().map(|link| link.data.as_str()).collect(),
    }
}

/// The addresses at a chain's end.
pub(super) fn addresses(chain: &[Link]) -> impl Iterator<Item = String> {
    chain
        .iter()
        .filter(|link| matches!(link.kind.as_str(), "A" | "AAAA"))
        .filter_map(|link| address(&link.data))
}

/// Where this host stands, which sees addresses alone: by what is declared, else by what the servers' chains end with.
pub(super) fn of_host(
    sides: &Sides,
    reply: &Reply,
    old: &BTreeSet<String>,
    new: &BTreeSet<String>,
) -> Stance {
    let declared = sides.of(reply);
    if !matches!(declared, Stance::Other | Stance::Old) || sides.are_unknown() {
        return declared;
    }
    let seen: BTreeSet<String> = addresses(reply.answer.chain()).collect();
    let is_in = |side: &BTreeSet<String>, other: &BTreeSet<String>| {
        seen.iter().any(|address| side.contains(address) && !other.contains(address))
    };
    match (is_in(old, new), is_in(new, old)) {
        (true, false) => Stance::Old,
        (false, true) => Stance::New,
        (true, true) => Stance::Mixed,
        (false, false) if declared == Stance::Old && !sides.old.is_empty() => Stance::Old,
        (false, false) => Stance::Unsided,
    }
}

/// A value in the one form in which equal ones are equal.
fn canonical(kind: &str, value: &str) -> String {
    let value = value.trim();
    if let Some(address) = address(value) {
        return address;
    }
    if kind == "TXT" {
        // Texts differ by case; quotes are only how they are written down.
        return unquoted(value);
    }
    let words = value.split_whitespace().map(|word| {
        let word = word.trim_matches('"').to_ascii_lowercase();
        if word.len() > 1 { word.strip_suffix('.').unwrap_or(&word).to_owned() } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A declared value in the form that answers have: printable ASCII, other bytes as `\DDD`.
fn escaped(value: &str) -> String {
    let mut out = String::new();
    for byte in value.bytes() {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b' '..=b'~' => out.push(char::from(byte)),
            // A write to a string does not fail.
            _ => drop(write!(out, "\\{byte:03}")),
        }
    }
    out
}

/// A text as its bytes are: `"part one" "part two"` is one text.
fn unquoted(value: &str) -> String {
    let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    inner.map_or_else(|| value.to_owned(), |inner| inner.replace("\" \"", ""))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn sides(kind: &str, old: &[&str], new: &[&str]) -> Sides {
        let all = |list: &[&str]| list.iter().map(|value| canonical(kind, value)).collect();
        Sides { kind: kind.to_owned(), old: all(old), new: all(new) }
    }

    fn chain(links: &[(&str, &str)]) -> Vec<Link> {
        let link = |(kind, data): &(&str, &str)| Link {
            owner: "x".to_owned(),
            kind: (*kind).to_owned(),
            data: (*data).to_owned(),
            ttl: Duration::from_mins(1),
        };
        links.iter().map(link).collect()
    }

    #[test]
    fn addresses_are_sets_of_which_a_part_is_enough() {
        let sides = sides("A", &["192.0.2.1", "192.0.2.2"], &["203.0.113.7", "203.0.113.8"]);
        let of = |all: &[&str]| sides.of_chain(&chain(&all.iter().map(|ip| ("A", *ip)).collect::<Vec<_>>()));
        assert_eq!(of(&["192.0.2.2", "192.0.2.1"]), Stance::Old);
        assert_eq!(of(&["192.0.2.2"]), Stance::Old);
        assert_eq!(of(&["203.0.113.8"]), Stance::New);
        assert_eq!(of(&["203.0.113.8", "192.0.2.1"]), Stance::Mixed);
        assert_eq!(of(&["203.0.113.8", "198.51.100.1"]), Stance::Mixed);
        assert_eq!(of(&["198.51.100.1"]), Stance::Other);
    }

    #[test]
    fn names_are_compared_without_case_and_final_dot() {
        let sides = sides("CNAME", &["Old.Azurewebsites.net."], &["new.azurewebsites.net"]);
        assert_eq!(
            sides.of_chain(&chain(&[("CNAME", "old.azurewebsites.net"), ("A", "192.0.2.1")])),
            Stance::Old
        );
        assert_eq!(sides.of_chain(&chain(&[("CNAME", "new.azurewebsites.net")])), Stance::New);
        assert_eq!(sides.of_chain(&chain(&[("CNAME", "x.example.net"), ("A", "192.0.2.1")])), Stance::Other);
        assert_eq!(sides.of_chain(&chain(&[("A", "192.0.2.1")])), Stance::Other, "flattened");
    }

    #[test]
    fn a_name_on_the_way_tells_the_side_of_an_address() {
        let sides = sides("A", &["old.azurewebsites.net"], &["new.azurewebsites.net"]);
        assert_eq!(
            sides.of_chain(&chain(&[("CNAME", "new.azurewebsites.net"), ("A", "192.0.2.9")])),
            Stance::New
        );
        assert_eq!(
            sides.of_chain(&chain(&[("CNAME", "old.azurewebsites.net"), ("A", "192.0.2.9")])),
            Stance::Old
        );
        assert_eq!(sides.of_chain(&chain(&[("A", "192.0.2.9")])), Stance::Other);
    }

    #[test]
    fn other_records_are_whole_or_mixed() {
        let mx = sides("MX", &["10 mx1.old.example"], &["10 mx1.new.example.", "mx2.new.example"]);
        assert_eq!(
            mx.of_chain(&chain(&[("MX", "20 mx2.new.example"), ("MX", "10 mx1.new.example")])),
            Stance::New
        );
        assert_eq!(mx.of_chain(&chain(&[("MX", "10 mx1.new.example")])), Stance::Mixed, "one is missing");
        assert_eq!(mx.of_chain(&chain(&[("MX", "10 mx1.old.example")])), Stance::Old);
        assert_eq!(mx.of_chain(&chain(&[("MX", "20 mx1.old.example")])), Stance::Other, "another preference");
        let txt =
            sides("TXT", &["v=spf1 include:old.example -all"], &["\"v=spf1 include:new.example \" \"-all\""]);
        assert_eq!(
            txt.of_chain(&chain(&[
                ("TXT", "google-site-verification=x"),
                ("TXT", "v=spf1 include:new.example -all")
            ])),
            Stance::New,
            "other texts may stand beside it"
        );
        assert_eq!(
            txt.of_chain(&chain(&[("TXT", "V=SPF1 include:old.example -all")])),
            Stance::Other,
            "texts have case"
        );
        let caa = sides("CAA", &[], &["0 issue \"letsencrypt.org\""]);
        assert_eq!(caa.of_chain(&chain(&[("CAA", "0 issue letsencrypt.org")])), Stance::New);
        let srv = sides("SRV", &["0 5 5060 sip.old.example."], &["0 5 5060 sip.new.example."]);
        assert_eq!(srv.of_chain(&chain(&[("SRV", "0 5 5060 SIP.new.example")])), Stance::New);
    }

    #[test]
    fn without_an_old_side_whatever_is_not_new_is_old() {
        let only_new = sides("A", &[], &["203.0.113.7"]);
        assert_eq!(only_new.of_chain(&chain(&[("A", "198.51.100.1")])), Stance::Old);
        assert_eq!(sides("A", &[], &[]).of_chain(&chain(&[("A", "198.51.100.1")])), Stance::Unsided);
    }

    #[test]
    fn what_both_sides_share_tells_nothing() {
        let ns = sides("NS", &["ns1.example", "ns2.example"], &["ns2.example", "ns3.example"]);
        let of =
            |all: &[&str]| ns.of_chain(&chain(&all.iter().map(|name| ("NS", *name)).collect::<Vec<_>>()));
        assert_eq!(of(&["ns1.example", "ns2.example"]), Stance::Old);
        assert_eq!(of(&["ns2.example", "ns3.example"]), Stance::New);
        assert_eq!(of(&["ns2.example"]), Stance::Other);
        assert_eq!(of(&["ns1.example", "ns2.example", "ns3.example"]), Stance::Mixed);
    }
}
