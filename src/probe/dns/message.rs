//! Questions, and what an answer to one says.

use std::time::Duration;

use hickory_proto::op::{Edns, Message, MessageType, Query, ResponseCode};
use hickory_proto::rr::rdata::opt::EdnsCode;
use hickory_proto::rr::{Name, RData, Record, RecordType};

use super::data;
use crate::sample::dns::Answer;

/// Bytes of an answer over UDP: what passes every path without fragments (DNS flag day 2020).
const PAYLOAD: u16 = 1232;

/// Links of a chain; resolvers give up at about as many.
pub(super) const LONGEST_CHAIN: usize = 16;

/// "Stale Answer" and "Stale NXDOMAIN Answer" (RFC 8914).
const STALE: [u16; 2] = [3, 19];

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) name: Name,
    pub(super) kind: RecordType,
    /// Another server may be asked for the answer (RD).
    pub(super) recurse: bool,
    /// The answer need not be verified (CD).
    pub(super) unchecked: bool,
}

impl Question {
    pub(super) fn new(name: &Name, kind: RecordType, recurse: bool) -> Question {
        Question { name: name.clone(), kind, recurse, unchecked: false }
    }

    /// A message with an id of its own.
    pub(super) fn message(&self, edns: bool) -> Message {
        let mut message = Message::query();
        message.metadata.recursion_desired = self.recurse;
        message.metadata.checking_disabled = self.unchecked;
        message.add_query(Query::query(self.name.clone(), self.kind));
        if edns {
            let mut edns = Edns::new();
            edns.set_max_payload(PAYLOAD);
            message.set_edns(edns);
        }
        message
    }
}

/// Whether `reply` answers `query`; one that does not read the question may leave it out.
pub(super) fn fits(query: &Message, reply: &Message) -> bool {
    let unread = matches!(reply.metadata.response_code, ResponseCode::FormErr | ResponseCode::NotImp);
    reply.metadata.id == query.metadata.id
        && reply.metadata.message_type == MessageType::Response
        && (reply.queries == query.queries || (unread && reply.queries.is_empty()))
}

/// The server does not know EDNS.
pub(super) fn wants_no_edns(reply: &Message) -> bool {
    matches!(
        reply.metadata.response_code,
        ResponseCode::FormErr | ResponseCode::NotImp | ResponseCode::BADVERS
    )
}

/// A chain of records, from the name that was asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Chain {
    pub(super) records: Vec<Record>,
    /// Every name on it.
    names: Vec<Name>,
}

/// Where a chain ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With the records that were asked for.
    Found,
    /// With a name that nothing is said about.
    Open(Name),
    /// Nowhere: a loop, too many links.
    Never(String),
}

impl Chain {
    pub(super) fn new(name: &Name) -> Chain {
        Chain { records: Vec::new(), names: vec![name.clone()] }
    }

    /// Goes on along `answers`, whatever order they are in.
    pub(super) fn extend(&mut self, answers: &[Record], kind: RecordType) -> End {
        loop {
            let Some(name) = self.names.last() else { return End::Open(Name::root()) };
            let own = |wanted: RecordType| {
                answers.iter().filter(move |record| record.name == *name && record.record_type() == wanted)
            };
            let found: Vec<_> = own(kind).cloned().collect();
            if !found.is_empty() {
                self.records.extend(found);
                return End::Found;
            }
            let Some((record, target)) = own(RecordType::CNAME).find_map(|record| match &record.data {
                RData::CNAME(target) => Some((record.clone(), target.0.clone())),
                _ => None,
            }) else {
                return End::Open(name.clone());
            };
            self.records.push(record);
            let looped = self.names.contains(&target);
            self.names.push(target);
            let way = || self.names.iter().map(data::name).collect::<Vec<_>>().join(" → ");
            if looped {
                return End::Never(format!("the chain is a loop: {}", way()));
            }
            if self.names.len() > LONGEST_CHAIN {
                return End::Never(format!("the chain has more than {LONGEST_CHAIN} links: {}", way()));
            }
        }
    }

    /// Nothing but the name itself.
    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub(super) fn answer(&self, end: Result<(), String>) -> Answer {
        let chain = self.records.iter().map(data::link).collect();
        match end {
            Ok(()) => Answer::Records(chain),
            Err(why) => Answer::Astray { chain, why },
        }
    }
}

/// For how long the absence of a record may be kept (RFC 2308, section 5).
pub(super) fn negative_ttl(reply: &Message) -> Option<Duration> {
    reply.authorities.iter().find_map(|record| match &record.data {
        RData::SOA(soa) => Some(data::ttl(record.ttl).min(data::ttl(soa.minimum))),
        _ => None,
    })
}

/// The zone that a reply's SOA speaks for, and its serial.
pub(super) fn zone(reply: &Message) -> Option<(&Name, u32)> {
    reply.answers.iter().chain(&reply.authorities).find_map(|record| match &record.data {
        RData::SOA(soa) => Some((&record.name, soa.serial)),
        _ => None,
    })
}

/// The server points to others instead of answering.
pub(super) fn is_referral(reply: &Message) -> bool {
    reply.metadata.response_code == ResponseCode::NoError
        && !reply.metadata.authoritative
        && reply.answers.is_empty()
        && zone(reply).is_none()
}

/// The server says that its answer is past its time.
pub(super) fn is_stale(reply: &Message) -> bool {
    extended_error(reply).is_some_and(|(code, _)| STALE.contains(&code))
}

/// The response code as people know it, with the server's own reason where it gives one.
pub(super) fn refusal(reply: &Message) -> String {
    let word = match reply.metadata.response_code {
        ResponseCode::ServFail => "SERVFAIL".to_owned(),
        ResponseCode::Refused => "REFUSED".to_owned(),
        ResponseCode::FormErr => "FORMERR".to_owned(),
        ResponseCode::NotImp => "NOTIMP".to_owned(),
        ResponseCode::NotAuth => "NOTAUTH".to_owned(),
        other => format!("response code {}", u16::from(other)),
    };
    match extended_error(reply) {
        Some((code, text)) if !text.is_empty() => format!("{word} ({text}, extended error {code})"),
        Some((code, _)) => format!("{word} (extended error {code})"),
        None => word,
    }
}

/// An extended error (RFC 8914): its code and its text.
fn extended_error(reply: &Message) -> Option<(u16, String)> {
    let option = reply.edns.as_ref()?.option(EdnsCode::Unknown(15))?;
    let bytes = Vec::<u8>::try_from(option).ok()?;
    let (code, text) = bytes.split_first_chunk::<2>()?;
    Some((u16::from_be_bytes(*code), data::text(text)))
}

#[cfg(test)]
mod tests;
