//! One server and one record: what it answers now.

use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, RecordType};
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::asker::Asker;
use super::data;
use super::message::{Chain, End, Question, is_referral, is_stale, negative_ttl, refusal, zone};
use super::wire::silence;
use super::zones::{Lost, Zones};
use crate::clock::Stamp;
use crate::config::Family;
use crate::probe::fault::Fault;
use crate::probe::net::Net;
use crate::probe::resolve::literal;
use crate::sample::dns::{Answer, Link, Reply, Server};

/// What is asked of every server.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub(super) name: Name,
    pub(super) kind: RecordType,
}

impl Subject {
    /// A CNAME is asked for as the address behind it: so the whole chain comes with it.
    fn asked(&self) -> RecordType {
        if self.kind == RecordType::CNAME { RecordType::A } else { self.kind }
    }

    fn has_companion(&self) -> bool {
        matches!(self.kind, RecordType::A | RecordType::CNAME)
    }
}

/// A server that is asked again and again.
pub(super) struct Row {
    pub(super) net: Arc<Net>,
    pub(super) subject: Subject,
    pub(super) server: Server,
    pub(super) way: Way,
    pub(super) within: Duration,
}

/// How a server is asked.
pub(super) enum Way {
    /// A resolver.
    Resolver(Asker),
    /// A server of the zone: without recursion, and the chain beyond the zone is followed.
    Authoritative { asker: Asker, zones: Arc<Zones>, apex: OnceCell<Name> },
    /// `getaddrinfo`.
    Host,
}

/// What came of the record's own question.
struct Said {
    answer: Answer,
    authoritative: bool,
    stale: bool,
    remark: Option<String>,
}

/// The same, with when it came and how long it took.
struct Heard {
    said: Said,
    at: Stamp,
    took: Option<Duration>,
}

impl Said {
    fn plain(answer: Answer) -> Said {
        Said { answer, authoritative: false, stale: false, remark: None }
    }
}

impl Row {
    /// Asks once; with the moment at which the record's own answer came, whatever had to be asked for besides.
    pub(super) async fn ask(&self) -> (Stamp, Reply) {
        let (Heard { said, at, took }, aaaa, serial) = match &self.way {
            Way::Host => (self.host().await, Vec::new(), None),
            Way::Resolver(asker) => {
                let (said, aaaa) = tokio::join!(self.record(asker), self.companion(asker));
                (said, aaaa, None)
            }
            Way::Authoritative { asker, apex, .. } => {
                tokio::join!(self.record(asker), self.companion(asker), self.serial(asker, apex))
            }
        };
        let reply = Reply {
            server: self.server.clone(),
            answer: said.answer,
            authoritative: said.authoritative,
            stale: said.stale,
            serial,
            aaaa,
            remark: said.remark,
            took,
        };
        (at, reply)
    }

    fn question(&self, kind: RecordType) -> Question {
        Question::new(&self.subject.name, kind, matches!(self.way, Way::Resolver(_)))
    }

    async fn record(&self, asker: &Asker) -> Heard {
        let began = self.net.clock.now();
        let timed = |question: Question| async move {
            let heard = asker.ask(&question).await;
            (heard, self.net.clock.now())
        };
        let ((whole, whole_at), own) = match self.subject.kind {
            // The alias itself, too: what it leads to may be slow or dead, and the alias there all the same.
            RecordType::CNAME => {
                let own = timed(self.question(RecordType::CNAME));
                let (whole, own) = tokio::join!(timed(self.question(RecordType::A)), own);
                (whole, Some(own))
            }
            _ => (timed(self.question(self.subject.asked())).await, None),
        };
        let took = |at: Stamp| Some(at.mono.saturating_sub(began.mono));
        if let Some((Ok(own), at)) = &own
            && let Some(said) = self.alias(own, whole.as_ref()).await
        {
            return Heard { said, at: *at, took: took(*at) };
        }
        match whole {
            Ok(reply) => Heard { said: self.read(asker, &reply).await, at: whole_at, took: took(whole_at) },
            Err(why) => Heard { said: Said::plain(Answer::NoAnswer(why)), at: whole_at, took: None },
        }
    }

    /// The answer for an alias, and the way on from there as far as it is known; `None` if there is no alias.
    async fn alias(&self, own: &Message, whole: Result<&Message, &String>) -> Option<Said> {
        let mut chain = Chain::new(&self.subject.name);
        if chain.extend(&own.answers, RecordType::CNAME) != End::Found {
            return None;
        }
        let answer = chain.answer(Ok(()));
        let follows = |answer: &Answer, whole: &Answer| answer.chain().first() == whole.chain().first();
        let (answer, remark) = match whole {
            Ok(reply)
                if matches!(reply.metadata.response_code, ResponseCode::NoError | ResponseCode::NXDomain) =>
            {
                match self.follow(reply).await {
                    (whole, remark) if follows(&answer, &whole) => (whole, remark),
                    // It changed between the two questions: the next answer has the rest.
                    _ => (answer, None),
                }
            }
            Ok(reply) => (answer, Some(format!("what it leads to: {}", refusal(reply)))),
            Err(why) => (answer, Some(format!("what it leads to: {why}"))),
        };
        let (authoritative, stale) = (own.metadata.authoritative, is_stale(own));
        Some(Said { answer, authoritative, stale, remark })
    }

    async fn read(&self, asker: &Asker, reply: &Message) -> Said {
        let (answer, remark) = match reply.metadata.response_code {
            ResponseCode::NoError | ResponseCode::NXDomain => self.follow(reply).await,
            _ => self.refused(asker, reply).await,
        };
        Said { answer, authoritative: reply.metadata.authoritative, stale: is_stale(reply), remark }
    }

    async fn follow(&self, reply: &Message) -> (Answer, Option<String>) {
        let kind = self.subject.asked();
        let absent = reply.metadata.response_code == ResponseCode::NXDomain;
        let mut chain = Chain::new(&self.subject.name);
        let end = match chain.extend(&reply.answers, kind) {
            End::Found => Ok(()),
            End::Never(why) => Err(Lost::Astray(why)),
            End::Open(_) if chain.is_empty() => {
                let answer = match &self.way {
                    Way::Authoritative { .. } if is_referral(reply) => {
                        Answer::Refused("not authoritative: it points elsewhere".to_owned())
                    }
                    _ if absent => Answer::NoName(negative_ttl(reply)),
                    _ => Answer::NoData(negative_ttl(reply)),
                };
                return (answer, None);
            }
            End::Open(target) => match &self.way {
                Way::Authoritative { zones, .. } => {
                    let shown = data::name(&target);
                    match timeout(self.within, zones.follow(&mut chain, target, kind)).await {
                        Ok(end) => end,
                        Err(_) => Err(Lost::Unknown(format!(
                            "beyond {shown}: {}",
                            silence("its servers", self.within)
                        ))),
                    }
                }
                _ if absent => Err(Lost::Astray(format!("{} does not exist", data::name(&target)))),
                _ => Err(Lost::Astray(format!("{} has no {kind} record", data::name(&target)))),
            },
        };
        let alias = chain.records.first().is_some_and(|first| first.record_type() == RecordType::CNAME);
        match end {
            Ok(()) if self.subject.kind == RecordType::CNAME && !alias => {
                let remark = "no CNAME: the zone answers with addresses of its own".to_owned();
                (chain.answer(Ok(())), Some(remark))
            }
            Ok(()) => (chain.answer(Ok(())), None),
            // The record itself is there, whatever is wrong with what it leads to.
            Err(Lost::Astray(why) | Lost::Unknown(why)) if self.subject.kind == RecordType::CNAME => {
                (chain.answer(Ok(())), Some(why))
            }
            Err(Lost::Unknown(why)) => (chain.answer(Ok(())), Some(why)),
            Err(Lost::Astray(why)) => (chain.answer(Err(why)), None),
        }
    }

    async fn refused(&self, asker: &Asker, reply: &Message) -> (Answer, Option<String>) {
        let refusal = refusal(reply);
        if matches!(self.way, Way::Resolver(_)) && reply.metadata.response_code == ResponseCode::ServFail {
            let unchecked = Question { unchecked: true, ..self.question(self.subject.asked()) };
            let remark = match asker.ask(&unchecked).await {
                Ok(reply) if reply.metadata.response_code == ResponseCode::NoError => {
                    Some("DNSSEC validation fails: unchecked, there is an answer".to_owned())
                }
                _ => None,
            };
            return (Answer::Refused(refusal), remark);
        }
        (Answer::Refused(refusal), None)
    }

    async fn companion(&self, asker: &Asker) -> Vec<Link> {
        if !self.subject.has_companion() {
            return Vec::new();
        }
        let Ok(reply) = asker.ask(&self.question(RecordType::AAAA)).await else { return Vec::new() };
        let mut chain = Chain::new(&self.subject.name);
        match chain.extend(&reply.answers, RecordType::AAAA) {
            End::Found => chain.records.iter().map(data::link).collect(),
            End::Open(_) | End::Never(_) => Vec::new(),
        }
    }

    /// The serial of the zone, on this server.
    async fn serial(&self, asker: &Asker, apex: &OnceCell<Name>) -> Option<u32> {
        if let Some(apex) = apex.get() {
            let reply = asker.ask(&Question::new(apex, RecordType::SOA, false)).await.ok()?;
            return zone(&reply).filter(|(name, _)| *name == apex).map(|(_, serial)| serial);
        }
        // Given by hand: the server knows how far up its zone begins.
        let mut candidate = self.subject.name.clone();
        while !candidate.is_root() {
            let reply = asker.ask(&Question::new(&candidate, RecordType::SOA, false)).await.ok()?;
            if let Some((name, serial)) = zone(&reply).filter(|(name, _)| name.zone_of(&candidate)) {
                // Another question may have found it at the same time.
                let _ = apex.set(name.clone());
                return Some(serial);
            }
            candidate = candidate.base_name();
        }
        None
    }

    async fn host(&self) -> Heard {
        let name = data::name(&self.subject.name);
        let family = match self.subject.kind {
            RecordType::A => Family::V4,
            RecordType::AAAA => Family::V6,
            _ => Family::Any,
        };
        let began = self.net.clock.now();
        let look_up = self.net.resolver.addresses(&name, 0, family);
        let found = timeout(self.within, look_up).await;
        let at = self.net.clock.now();
        let took = at.mono.saturating_sub(began.mono);
        let answer = match found {
            Err(_) => Answer::NoAnswer(silence("getaddrinfo", self.within)),
            Ok(Ok(addresses)) => Answer::Records(
                addresses
                    .into_iter()
                    .map(|address| Link {
                        owner: name.clone(),
                        kind: if address.is_ipv4() { "A" } else { "AAAA" }.to_owned(),
                        data: address.ip().to_string(),
                        ttl: Duration::ZERO,
                    })
                    .collect(),
            ),
            Ok(Err(fault)) => unresolved(fault),
        };
        let took = Some(took).filter(|_| !matches!(answer, Answer::NoAnswer(_)));
        Heard { said: Said::plain(answer), at, took }
    }
}

/// What `getaddrinfo` means by its words.
fn unresolved(fault: Fault) -> Answer {
    let why = fault.why();
    if why.ends_with("not known") {
        Answer::NoName(None)
    } else if why.ends_with("associated with hostname") || why.contains(" has no ") {
        Answer::NoData(None)
    } else {
        Answer::NoAnswer(why)
    }
}

/// A record's name as it is asked for, absolute; international names are encoded.
pub(super) fn absolute(record: &str) -> Result<Name, String> {
    let bad = || format!("{record} is not a name that can be asked for");
    if literal(record).is_some() {
        return Err(bad());
    }
    let mut name = Name::from_utf8(record).or_else(|_| Name::from_ascii(record)).map_err(|_| bad())?;
    name.set_fqdn(true);
    Ok(name)
}
