//! Names and data in presentation form (RFC 1035, section 5.1): printable ASCII and nothing else.
//!
//! A zone may hold any byte in any label and any text. Whatever a terminal, a page or a reader could take for
//! something else is written as its number, so that what is compared is also what is seen.

use std::fmt::Write as _;
use std::time::Duration;

use hickory_proto::rr::{Name, RData, Record};

use crate::sample::dns::Link;
use crate::text;

/// Characters of one record's data that are kept; a longer one is cut with `…`.
const LONGEST: usize = 1024;

/// A TTL with its highest bit set means zero (RFC 2181, section 8).
const LARGEST_TTL: u32 = 0x7fff_ffff;

/// A record as a link of a chain.
pub(super) fn link(record: &Record) -> Link {
    Link {
        owner: name(&record.name),
        kind: record.record_type().to_string(),
        data: data(&record.data),
        ttl: ttl(record.ttl),
    }
}

/// A TTL as a span.
pub(super) fn ttl(seconds: u32) -> Duration {
    Duration::from_secs(if seconds > LARGEST_TTL { 0 } else { seconds.into() })
}

/// A name in lower case without its final dot; the root is `.`.
pub(super) fn name(name: &Name) -> String {
    let mut out = String::new();
    for label in name {
        if !out.is_empty() {
            out.push('.');
        }
        for byte in label {
            let byte = byte.to_ascii_lowercase();
            escape(&mut out, byte, byte == b'.' || byte == b' ');
        }
    }
    if out.is_empty() { ".".to_owned() } else { out }
}

/// A record's data on one line.
fn data(data: &RData) -> String {
    let text = match data {
        RData::A(a) => a.0.to_string(),
        RData::AAAA(aaaa) => aaaa.0.to_string(),
        RData::CNAME(target) => name(&target.0),
        RData::NS(target) => name(&target.0),
        RData::PTR(target) => name(&target.0),
        RData::MX(mx) => format!("{} {}", mx.preference, name(&mx.exchange)),
        RData::SRV(srv) => format!("{} {} {} {}", srv.priority, srv.weight, srv.port, name(&srv.target)),
        RData::SOA(soa) => format!(
            "{} {} {} {} {} {} {}",
            name(&soa.mname),
            name(&soa.rname),
            soa.serial,
            soa.refresh,
            soa.retry,
            soa.expire,
            soa.minimum
        ),
        // What readers of TXT records do with several strings: one text.
        RData::TXT(txt) => bytes(txt.txt_data.iter().flat_map(|part| part.iter().copied())),
        RData::CAA(caa) => {
            let tag = bytes(caa.tag.bytes());
            format!("{} {tag} {}", caa.flags(), bytes(caa.value.iter().copied()))
        }
        other => bytes(other.to_string().bytes()),
    };
    text::truncate(&text, LONGEST).into_owned()
}

/// Outside text, on one line.
pub(super) fn text(text: &[u8]) -> String {
    text::truncate(&bytes(text.iter().copied()), LONGEST).into_owned()
}

/// Bytes as they are where they are printable ASCII, else `\DDD`.
fn bytes(bytes: impl Iterator<Item = u8>) -> String {
    let mut out = String::new();
    for byte in bytes {
        escape(&mut out, byte, false);
    }
    out
}

fn escape(out: &mut String, byte: u8, special: bool) {
    match byte {
        b'\\' => out.push_str("\\\\"),
        b' '..=b'~' if !special => out.push(char::from(byte)),
        // A write to a string does not fail.
        _ => drop(write!(out, "\\{byte:03}")),
    }
}

#[cfg(test)]
mod tests {
    use hickory_proto::rr::rdata::{CNAME, TXT};

    use super::*;

    #[test]
    fn names_are_lower_case_without_the_final_dot() {
        let parse = |text: &str| Name::from_ascii(text).unwrap();
        assert_eq!(name(&parse("API.Example.COM.")), "api.example.com");
        assert_eq!(name(&Name::root()), ".");
        assert_eq!(name(&parse("_sip._tcp.example.com.")), "_sip._tcp.example.com");
    }

    #[test]
    fn whatever_acts_is_written_as_its_number() {
        let hostile =
            Name::from_labels([&b"\x1b]52;c;QQ==\x07"[..], b"a.b <i>", "\u{202e}".as_bytes()]).unwrap();
        let shown = name(&hostile);
        assert_eq!(shown, r"\027]52;c;qq==\007.a\046b\032<i>.\226\128\174");
        let record = Record::from_rdata(hostile.clone(), 5, RData::CNAME(CNAME(hostile)));
        assert_eq!(link(&record).data, shown);
        let txt = TXT::from_bytes(vec![b"=1+1;\x1b[2J", "\u{2066}ä\n".as_bytes()]);
        let record = Record::from_rdata(Name::root(), u32::MAX, RData::TXT(txt));
        let link = link(&record);
        assert_eq!(link.data, r"=1+1;\027[2J\226\129\166\195\164\010");
        assert_eq!(link.ttl, Duration::ZERO, "a TTL with its highest bit set means zero");
        assert!(link.data.bytes().all(|b| (b' '..=b'~').contains(&b)));
    }

    #[test]
    fn long_texts_are_cut() {
        let parts = vec![[b'x'; 255].as_slice(); 100];
        let record = Record::from_rdata(Name::root(), 1, RData::TXT(TXT::from_bytes(parts)));
        assert_eq!(text::width(&link(&record).data), LONGEST);
    }
}
