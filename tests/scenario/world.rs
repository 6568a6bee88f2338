//! What the probes see: one reading each, told again and again while time passes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cutover::clock::Stamp;
use cutover::config::DnsRecord;
use cutover::sample::copy::{Copy, Count, End, Lag, Progress, Source, Stage};
use cutover::sample::dns::{Answer, Dns, Link, Reply, Server, Servers};
use cutover::sample::log::{Chunk, Entry, Level, Shape};
use cutover::sample::reconcile::{self, Found, Judged, Reconcile};
use cutover::sample::{Health, LogBatch, Outcome, ProbeId, Reading, Sample, Side};

use super::script::Step;
use crate::common::desk::{dead, fail, pass};

/// Everything that is measured.
#[derive(Default)]
pub struct World {
    readings: BTreeMap<ProbeId, Reading>,
    servers: BTreeMap<ProbeId, BTreeMap<Server, Reply>>,
    copies: BTreeMap<ProbeId, Copy>,
    /// How many files a copy does between two looks.
    paces: BTreeMap<ProbeId, u64>,
    shapes: u64,
    logs: BTreeSet<ProbeId>,
}

impl World {
    /// Takes in what a line of the script says of a check, a server or a copy.
    pub fn set(&mut self, step: &Step, now: Stamp, records: &[DnsRecord]) {
        let words = step.words();
        let id: ProbeId = format!("{}/{}", step.verb, words[0]).parse().unwrap();
        match step.verb.as_str() {
            "health" => self.health(id, step, &words),
            "dns" => {
                let record = records.iter().find(|it| it.id() == id.name);
                let owner =
                    record.unwrap_or_else(|| panic!("line {}: no such record", step.line)).record.clone();
                self.dns(id, owner, &words);
            }
            _ => self.copy(id, &words, now),
        }
    }

    fn health(&mut self, id: ProbeId, step: &Step, words: &[&str]) {
        let reading = match words[1] {
            "up" => {
                let ms = words.get(3).map_or(60, |ms| ms.parse().unwrap());
                let answered_by = words.get(4).map(|side| if *side == "new" { Side::New } else { Side::Old });
                Health { answered_by, ..pass(words[2], ms) }
            }
            "page" => Health { outcome: Outcome::Maintenance, ..pass(words[2], 20) },
            "down" => {
                let (expected, seen) = step.halves(" saw ");
                let (_, expected) = expected.split_once(" down ").unwrap();
                fail(seen.split_whitespace().next().unwrap(), 30, expected, seen)
            }
            "dead" => dead("dead", step.rest.split_once(" dead ").unwrap().1),
            _ => {
                self.readings.remove(&id);
                return;
            }
        };
        self.readings.insert(id, Reading::Health(reading));
    }

    fn dns(&mut self, id: ProbeId, owner: String, words: &[&str]) {
        let [_, kind, name, data, ttl] = words[..] else { panic!("{words:?}") };
        let server = match kind {
            "auth" => {
                Server::Authoritative { name: name.to_owned(), address: "192.0.2.53:53".parse().unwrap() }
            }
            "resolver" => Server::Resolver(name.to_owned()),
            _ => Server::Host,
        };
        let (_, kind) = id.name.rsplit_once('/').unwrap();
        let link = Link {
            owner,
            kind: kind.to_owned(),
            data: data.to_owned(),
            ttl: Duration::from_secs(ttl.parse().unwrap()),
        };
        let reply = Reply {
            authoritative: server.is_authoritative(),
            serial: server.is_authoritative().then_some(1),
            server: server.clone(),
            answer: Answer::Records(vec![link]),
            stale: false,
            aaaa: Vec::new(),
            remark: None,
            took: Some(Duration::from_millis(12)),
        };
        self.servers.entry(id).or_default().insert(server, reply);
    }

    fn copy(&mut self, id: ProbeId, words: &[&str], now: Stamp) {
        if words[1] == "off" {
            self.copies.remove(&id);
            return;
        }
        if words[1] == "lag" {
            self.replica(id, words[2].parse().unwrap(), now);
            return;
        }
        let number = |word: &str| word.parse::<u64>().unwrap();
        let failed = words.iter().position(|word| *word == "failed").map(|at| number(words[at + 1]));
        let (done, total) = (number(words[2]), number(words[4]));
        let each = words.iter().position(|word| *word == "each").map(|at| number(words[at + 1]));
        let stage = match words[1] {
            "running" | "stuck" => Stage::Running,
            "finished" => Stage::Ended(End::Finished),
            _ => Stage::Ended(End::WithErrors(format!("{} failed", failed.unwrap_or(0)))),
        };
        let progress = Progress {
            stage,
            objects: Count { done: Some(done), total: Some(total) },
            unit: "files",
            total_is_final: true,
            failed: Some(failed.unwrap_or(0)),
            bytes: Count { done: each.map(|each| done * each), total: each.map(|each| total * each) },
            ..Progress::default()
        };
        let quiet = Duration::from_mins(5);
        let copy = Copy { progress, updated: Some(now), source: Source::Open, quiet, ..Copy::default() };
        let by = words.iter().position(|word| *word == "by").map_or(1, |at| number(words[at + 1]));
        self.paces.insert(id.clone(), if words[1] == "stuck" { 0 } else { by });
        self.copies.insert(id, copy);
    }

    /// A replica that follows, so many bytes behind.
    fn replica(&mut self, id: ProbeId, bytes: u64, now: Stamp) {
        let lag = Lag { bytes: Some(bytes), time: None };
        let progress = Progress { stage: Stage::Running, lag: Some(lag), ..Progress::default() };
        let quiet = Duration::from_mins(5);
        let copy = Copy { progress, updated: Some(now), source: Source::Open, quiet, ..Copy::default() };
        self.paces.insert(id.clone(), 0);
        self.copies.insert(id, copy);
    }

    /// What every probe says now.
    pub fn samples(&mut self, now: Stamp) -> Vec<(ProbeId, Sample)> {
        let sample = |reading| Sample { began: now, at: now, reading };
        let mut all: Vec<(ProbeId, Sample)> =
            self.readings.iter().map(|(id, reading)| (id.clone(), sample(reading.clone()))).collect();
        for (id, servers) in &self.servers {
            let asked = servers.keys().cloned().collect();
            let who = Servers { asked, ..Servers::default() };
            all.push((id.clone(), sample(Reading::Dns(Box::new(Dns::Servers(who))))));
            let replies = servers.values().map(|reply| Reading::Dns(Box::new(Dns::Reply(reply.clone()))));
            all.extend(replies.map(|reading| (id.clone(), sample(reading))));
        }
        for (id, copy) in &mut self.copies {
            let pace = self.paces.get(id).copied().unwrap_or_default();
            if copy.progress.stage == Stage::Running && pace > 0 {
                let (done, total) = (copy.progress.objects.done, copy.progress.objects.total);
                let next = done.zip(total).map(|(done, total)| (done + pace).min(total));
                let bytes = copy.progress.bytes.total.zip(total).map(|(bytes, total)| bytes / total.max(1));
                copy.progress.bytes.done = bytes.zip(next).map(|(each, next)| each * next);
                copy.progress.objects.done = next;
                if next == total {
                    copy.progress.stage = Stage::Ended(End::Finished);
                }
                copy.updated = Some(now);
            }
            all.push((id.clone(), sample(Reading::Copy(Box::new(copy.clone())))));
        }
        all
    }

    /// Logs that have no new line.
    pub fn quiet(&self, now: Stamp) -> Vec<(ProbeId, LogBatch)> {
        let quiet = |id: &ProbeId| {
            let source = cutover::sample::log::Source::Files(vec![id.name.clone()]);
            (id.clone(), LogBatch { at: Some(now), source, ..LogBatch::default() })
        };
        self.logs.iter().map(quiet).collect()
    }

    /// A line of a log, read now.
    pub fn line(&mut self, step: &Step, now: Stamp) -> (ProbeId, LogBatch) {
        let words = step.words();
        let id: ProbeId = format!("log/{}", words[0]).parse().unwrap();
        let level = Level::ALL.into_iter().find(|level| level.name() == words[1]).unwrap();
        let text = step.rest.splitn(3, ' ').nth(2).unwrap();
        let mut chunk = Chunk::default();
        self.shapes += 1;
        self.logs.insert(id.clone());
        let stated = Some(now.wall.timestamp_millis());
        chunk.push(text, Entry { end: 0, level, shape: self.shapes, stated, cut: 0, file: 0 });
        let mut counts = [0; Level::ALL.len()];
        counts[level as usize] = 1;
        let shape = Shape { id: self.shapes, text: text.to_owned(), example: text.to_owned(), level, stated };
        let batch = LogBatch {
            at: Some(now),
            lines: std::sync::Arc::new(chunk),
            counts,
            shapes: vec![shape],
            source: cutover::sample::log::Source::Files(vec![words[0].to_owned()]),
            read: 100,
            ..LogBatch::default()
        };
        (id, batch)
    }
}

/// A comparison that has run.
pub fn comparison(step: &Step, expected: &[String], now: Stamp) -> (ProbeId, Sample) {
    let words = step.words();
    let id: ProbeId = format!("reconcile/{}", words[0]).parse().unwrap();
    let counters = words[2..].iter().map(|word| {
        let (name, number) = word.split_once('=').unwrap();
        (name.to_owned(), number.parse().unwrap())
    });
    let counters: BTreeMap<String, i64> = counters.collect();
    // What is expected is that a counter has a number, or another counter's.
    let number = |word: &str| counters.get(word).copied().or_else(|| word.parse().ok());
    let found = |expect: &str| match expect.split_once(" == ") {
        Some((name, wanted)) if number(name) != number(wanted) => {
            Found::Off(number(name).map_or_else(|| "nothing".to_owned(), |number| number.to_string()))
        }
        _ => Found::Held,
    };
    let judged: Vec<Judged> =
        expected.iter().map(|it| Judged { expect: it.clone(), found: found(it) }).collect();
    let good = judged.iter().all(|it| it.found == Found::Held);
    assert_eq!(words[1], if good { "ok" } else { "off" }, "line {}: of {expected:?}", step.line);
    let reconcile = Reconcile {
        counters,
        took: Duration::from_secs(40),
        exit: Some(0),
        end: Some(reconcile::End::Ran(judged)),
        ..Reconcile::default()
    };
    (id, Sample { began: now, at: now, reading: Reading::Reconcile(Box::new(reconcile)) })
}
