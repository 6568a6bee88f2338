//! One line: encode and decode.
//!
//! Fields stand in one order (`v, seq, at, offset, up, act, event, by, via, run`, the event's own in declared order,
//! `prev`), in compact JSON, so that a line has exactly one spelling. Decoding is strict: whatever would not be
//! written again byte for byte is refused.

mod moment;

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use serde::de::{self, DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, VariantAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::event::{Event, SCHEMA};
use super::{ActId, Actor, At, Draft, Hash, Head, Line, Refused, Via};
use crate::clock::Stamp;
use crate::sha256;

/// Longest line: a note, an excerpt or a snapshot of all probes is far below it; attachments are blobs.
pub const LINE_MAX: usize = 256 * 1024;

/// Longest line that embeds the plan: a plan of 10 MB with its table of items.
pub const PLAN_LINE_MAX: usize = 32 * 1024 * 1024;

/// Why bytes are not a line of a log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A schema that this program does not know.
    #[error("it has schema {v}, this cutover reads up to {SCHEMA}: use a newer cutover")]
    Newer {
        /// Its schema.
        v: u32,
    },
    /// Anything else, as a clause.
    #[error("{0}")]
    Bad(String),
}

/// What a line says, without its bytes and their hash.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// Its number.
    pub seq: u64,
    /// When.
    pub at: At,
    /// Identity of the act.
    pub act: ActId,
    /// Who.
    pub by: Actor,
    /// Through which terminal.
    pub via: Via,
    /// The run's id.
    pub run: String,
    /// What.
    pub event: Event,
    /// Hash of the line before.
    pub prev: Hash,
}

impl Hash {
    /// The hash of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Hash {
        Hash(sha256::of(bytes))
    }

    /// Its digits.
    pub(super) fn hex(&self) -> [u8; 64] {
        let mut hex = [0; 64];
        HEXLOWER.encode_mut(&self.0, &mut hex);
        hex
    }
}

/// Not 64 lower-case hex digits.
#[derive(Debug, thiserror::Error)]
#[error("a hash is 64 lower-case hex digits")]
pub struct BadHash;

impl FromStr for Hash {
    type Err = BadHash;

    fn from_str(text: &str) -> Result<Hash, BadHash> {
        let mut hash = Hash::ZERO;
        if text.len() != 2 * hash.0.len() {
            return Err(BadHash);
        }
        let read = HEXLOWER.decode_mut(text.as_bytes(), &mut hash.0);
        read.map(|_| hash).map_err(|_| BadHash)
    }
}

impl From<Stamp> for At {
    /// What the bytes on disk can hold: milliseconds, an offset in whole minutes.
    fn from(stamp: Stamp) -> At {
        // RFC 3339 has four digits for the year.
        const FIRST: i64 = -62_167_219_200_000;
        const LAST: i64 = 253_402_300_799_999;
        let wall = stamp.wall.timestamp_millis().clamp(FIRST, LAST);
        At {
            wall: DateTime::from_timestamp_millis(wall).unwrap_or_default(),
            offset: stamp.offset.clamp(-86_340, 86_340) / 60 * 60,
            up: Duration::from_millis(millis(stamp.boot)),
        }
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl At {
    /// The host's offset from UTC: `+01:00`.
    #[must_use]
    pub fn zone(&self) -> String {
        let mut zone = Vec::with_capacity(6);
        moment::write_zone(&mut zone, self.offset);
        String::from_utf8(zone).unwrap_or_default()
    }
}

impl Line {
    /// Makes the line that follows `after`.
    ///
    /// # Errors
    /// The line would be too long, or the draft is one that no line may hold.
    pub fn encode(after: Head, run: &str, draft: &Draft) -> Result<Line, Refused> {
        if let Actor::Person(name) = &draft.by
            && name == Actor::RESERVED
        {
            return Err(Refused::Invalid { why: super::BadName::Reserved.to_string() });
        }
        let parsed = Parsed {
            seq: after.seq + 1,
            at: At::from(draft.at),
            act: draft.act,
            by: draft.by.clone(),
            via: draft.via.clone(),
            run: run.to_owned(),
            event: draft.event.clone(),
            prev: after.hash,
        };
        let mut raw = Vec::with_capacity(512);
        parsed
            .write(&mut raw, &mut Vec::new())
            .map_err(|error| Refused::Invalid { why: error.to_string() })?;
        let limit = limit(&draft.event);
        if raw.len() >= limit {
            return Err(Refused::TooLarge { limit });
        }
        let hash = Hash::of(&raw);
        Ok(parsed.into_line(raw.into_boxed_slice(), hash))
    }

    /// Reads a line from its bytes, without the newline.
    ///
    /// # Errors
    /// Why they are not a line.
    pub fn decode(raw: &[u8]) -> Result<Line, Fault> {
        Ok(Parsed::read(raw, &mut Scratch::default())?.into_line(raw.into(), Hash::of(raw)))
    }
}

fn limit(event: &Event) -> usize {
    match event {
        Event::RunStarted { .. } | Event::PlanAmended { .. } => PLAN_LINE_MAX,
        _ => LINE_MAX,
    }
}

/// Room to write lines again, one after the other.
#[derive(Default)]
pub struct Scratch {
    line: Vec<u8>,
    event: Vec<u8>,
}

impl Parsed {
    /// Reads a line's bytes.
    ///
    /// # Errors
    /// Why they are not a line.
    pub fn read(raw: &[u8], scratch: &mut Scratch) -> Result<Parsed, Fault> {
        match schema(raw) {
            None => return Err(Fault::Bad("it is not a line of a sign-off log".to_owned())),
            Some(v) if v > SCHEMA => return Err(Fault::Newer { v }),
            Some(_) => {}
        }
        let unread = |why: &dyn fmt::Display| Fault::Bad(format!("it cannot be read: {why}"));
        let text = std::str::from_utf8(raw).map_err(|error| unread(&error))?;
        let parsed: Parsed = serde_json::from_str(text).map_err(|error| unread(&error))?;
        if raw.len() >= limit(&parsed.event) {
            return Err(Fault::Bad("it is longer than a line may be".to_owned()));
        }
        let Scratch { line, event } = scratch;
        if parsed.write(line, event).is_err() || line != raw {
            return Err(Fault::Bad("it is not spelled as cutover writes it".to_owned()));
        }
        Ok(parsed)
    }

    /// The line of these bytes, whose hash is known.
    pub(super) fn into_line(self, raw: Box<[u8]>, hash: Hash) -> Line {
        let head = Head { seq: self.seq, hash };
        let Parsed { seq: _, at, act, by, via, run, event, prev } = self;
        Line { head, prev, run, raw, act, at, by, via, event }
    }

    /// Writes the line to `out`, with `event` as room for a part of it.
    fn write(&self, out: &mut Vec<u8>, event: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        event.clear();
        serde_json::to_writer(&mut *event, &self.event)?;
        // {"item.done":{…}}: names hold no colon.
        let colon = event.iter().position(|&b| b == b':').unwrap_or(0);
        let name = event.get(1..colon).unwrap_or_default();
        let fields = event.get(colon + 2..event.len().saturating_sub(2)).unwrap_or_default();
        out.clear();
        out.extend_from_slice(b"{\"v\":");
        serde_json::to_writer(&mut *out, &SCHEMA)?;
        out.extend_from_slice(b",\"seq\":");
        serde_json::to_writer(&mut *out, &self.seq)?;
        out.extend_from_slice(b",\"at\":\"");
        moment::write(out, self.at.wall);
        out.extend_from_slice(b"\",\"offset\":\"");
        moment::write_zone(out, self.at.offset);
        out.extend_from_slice(b"\",\"up\":");
        serde_json::to_writer(&mut *out, &millis(self.at.up))?;
        out.extend_from_slice(b",\"act\":\"");
        serde_json::to_writer(&mut *out, &self.act.session)?;
        out.push(b'-');
        serde_json::to_writer(&mut *out, &self.act.n)?;
        out.extend_from_slice(b"\",\"event\":");
        out.extend_from_slice(name);
        out.extend_from_slice(b",\"by\":");
        serde_json::to_writer(&mut *out, self.by.as_str())?;
        out.extend_from_slice(b",\"via\":");
        serde_json::to_writer(&mut *out, &self.via)?;
        out.extend_from_slice(b",\"run\":");
        serde_json::to_writer(&mut *out, &self.run)?;
        if !fields.is_empty() {
            out.push(b',');
            out.extend_from_slice(fields);
        }
        out.extend_from_slice(b",\"prev\":\"");
        out.extend_from_slice(&self.prev.hex());
        out.extend_from_slice(b"\"}");
        Ok(())
    }
}

/// The schema of a line of any version: `v` has always come first.
fn schema(raw: &[u8]) -> Option<u32> {
    let rest = raw.strip_prefix(b"{\"v\":")?;
    let digits = rest.iter().position(|b| !b.is_ascii_digit())?;
    if rest[digits] != b',' {
        return None;
    }
    std::str::from_utf8(&rest[..digits]).ok()?.parse().ok().filter(|&v| v > 0)
}

/// The hash that a line of any version carries in `prev`, which has always come last.
#[must_use]
pub fn prev_of(raw: &[u8]) -> Option<Hash> {
    let rest = raw.strip_suffix(b"\"}")?;
    let hash = rest.get(rest.len().checked_sub(64)?..)?;
    rest[..rest.len() - 64].ends_with(b",\"prev\":\"").then_some(())?;
    std::str::from_utf8(hash).ok()?.parse().ok()
}

impl<'de> Deserialize<'de> for Parsed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Parsed, D::Error> {
        deserializer.deserialize_map(LineVisitor)
    }
}

struct LineVisitor;

impl<'de> Visitor<'de> for LineVisitor {
    type Value = Parsed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a line of a sign-off log")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parsed, A::Error> {
        let _: u32 = field(&mut map, "v")?;
        let seq = field(&mut map, "seq")?;
        let Text(Utc3339(wall)) = field(&mut map, "at")?;
        let Text(Zone(offset)) = field(&mut map, "offset")?;
        let up = Duration::from_millis(field(&mut map, "up")?);
        let Text(act) = field(&mut map, "act")?;
        let name: &str = field(&mut map, "event")?;
        let Text(By(by)) = field(&mut map, "by")?;
        let via = field(&mut map, "via")?;
        let run = field(&mut map, "run")?;
        let mut prev = None;
        let event = Event::deserialize(Tagged { name, rest: Rest { map: &mut map, prev: &mut prev } })?;
        // An event without fields of its own leaves `prev` unread.
        let prev = match prev {
            Some(prev) => prev,
            None => field::<Text<Hash>, A>(&mut map, "prev")?.0,
        };
        Ok(Parsed { seq, at: At { wall, offset, up }, act, by, via, run, event, prev })
    }
}

fn field<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    map: &mut A,
    name: &'static str,
) -> Result<T, A::Error> {
    match map.next_key_seed(Key(name))? {
        Some(()) => map.next_value(),
        None => Err(de::Error::missing_field(name)),
    }
}

/// Accepts one key only: fields have one order.
struct Key(&'static str);

impl<'de> DeserializeSeed<'de> for Key {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Key {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the field `{}` here", self.0)
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<(), E> {
        if key == self.0 { Ok(()) } else { Err(E::invalid_value(de::Unexpected::Str(key), &self)) }
    }
}

/// A value that is written as text.
struct Text<T>(T);

impl<'de, T: FromStr<Err: fmt::Display>> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text<T>, D::Error> {
        struct Parse<T>(std::marker::PhantomData<T>);
        impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for Parse<T> {
            type Value = Text<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<T>, E> {
                text.parse().map(Text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Parse(std::marker::PhantomData))
    }
}

struct Utc3339(DateTime<Utc>);

impl FromStr for Utc3339 {
    type Err = chrono::ParseError;

    fn from_str(text: &str) -> Result<Utc3339, chrono::ParseError> {
        if let Some(wall) = moment::read(text.as_bytes()) {
            return Ok(Utc3339(wall));
        }
        DateTime::parse_from_rfc3339(text).map(|wall| Utc3339(wall.with_timezone(&Utc)))
    }
}

struct Zone(i32);

impl FromStr for Zone {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Zone, &'static str> {
        let digit = |b: u8| if b.is_ascii_digit() { Some(i32::from(b - b'0')) } else { None };
        let parse = || {
            let &[sign, h1, h0, b':', m1, m0] = text.as_bytes() else { return None };
            let minutes = (digit(h1)? * 10 + digit(h0)?) * 60 + digit(m1)? * 10 + digit(m0)?;
            match sign {
                b'+' => Some(minutes * 60),
                b'-' => Some(-minutes * 60),
                _ => None,
            }
        };
        parse().map(Zone).ok_or("an offset is written as +01:00")
    }
}

struct By(Actor);

impl FromStr for By {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<By, Infallible> {
        Ok(By(if text == Actor::RESERVED { Actor::Machine } else { Actor::Person(text.to_owned()) }))
    }
}

/// Hands the event's name and its fields to the derived reader, as if they stood in an object of their own.
struct Tagged<'a, A> {
    name: &'a str,
    rest: Rest<'a, A>,
}

impl<'de, A: MapAccess<'de>> Deserializer<'de> for Tagged<'_, A> {
    type Error = A::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_enum(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'a, 'de, A: MapAccess<'de>> EnumAccess<'de> for Tagged<'a, A> {
    type Error = A::Error;
    type Variant = Rest<'a, A>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Rest<'a, A>), A::Error> {
        Ok((seed.deserialize(self.name.into_deserializer())?, self.rest))
    }
}

/// The rest of a line's fields up to `prev`.
struct Rest<'a, A> {
    map: &'a mut A,
    prev: &'a mut Option<Hash>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Rest<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        match self.map.next_key_seed(NotPrev(seed))? {
            None => Err(de::Error::missing_field("prev")),
            Some(None) => {
                *self.prev = Some(self.map.next_value::<Text<Hash>>()?.0);
                Ok(None)
            }
            Some(key) => Ok(key),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// Hands on any key but `prev`, without a copy.
struct NotPrev<K>(K);

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for NotPrev<K> {
    type Value = Option<K::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de, K: DeserializeSeed<'de>> Visitor<'de> for NotPrev<K> {
    type Value = Option<K::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<Self::Value, E> {
        if key == "prev" { Ok(None) } else { self.0.deserialize(key.into_deserializer()).map(Some) }
    }
}

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for Rest<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, A::Error> {
        seed.deserialize(de::value::MapAccessDeserializer::new(self))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_map(self)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        visitor.visit_map(self)
    }
}

#[cfg(test)]
mod tests;
