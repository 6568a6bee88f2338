//! A program that is followed: started, read, and started again when it ends.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle as Runtime;

use super::beat::Beat;
use super::child::{Running, Stream};
use super::clean::clean;
use super::encoding::Decoder;
use super::intake::Intake;
use super::lines::{Raw, Splitter};
use super::stated;
use crate::clock::Stamp;
use crate::config::Encoding;
use crate::probe::fault::Fault;
use crate::probe::net::Net;
use crate::sample::log::{Source, Turn};
use crate::text;

/// Before a program that ended is started again, at first and at most.
const REST: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));
/// A program that has run for so long is given the first rest again.
const STEADY: Duration = Duration::from_mins(1);
/// Read of one output before the other has its turn.
const BUDGET: usize = 1 << 20;
/// A line that does not end is told after so long without more of it.
const QUIET: Duration = Duration::from_secs(1);
/// Lines that state a time so long before the program's start stood there before.
const EARLIER: i64 = 2_000;
/// After so long, what a program writes is new.
const SETTLED: Duration = Duration::from_secs(10);

/// What is kept to start a program, whatever it is.
pub(super) struct Starter {
    pub(super) net: Arc<Net>,
    pub(super) runtime: Runtime,
    pub(super) via: Option<Vec<String>>,
    pub(super) beat: Arc<Beat>,
    pub(super) encoding: Encoding,
}

impl Starter {
    pub(super) fn start(&self, argv: &[String]) -> Result<Running, Fault> {
        let what = || match &self.via {
            Some(via) => format!("connecting to {}", via.last().map_or("", String::as_str)),
            None => format!("starting {}", argv.first().map_or("", String::as_str)),
        };
        self.beat.during(what, || Running::start(&self.net, &self.runtime, self.via.as_deref(), argv))
    }

    pub(super) fn now(&self) -> Stamp {
        self.net.clock.now()
    }
}

/// When something that ended is tried again.
#[derive(Debug)]
pub(super) struct Rest {
    wait: Duration,
    pub(super) until: Duration,
}

impl Rest {
    pub(super) fn new() -> Rest {
        Rest { wait: REST.0, until: Duration::ZERO }
    }

    /// It ended at `now`, having begun at `began`; returns how long it rests.
    pub(super) fn after(&mut self, began: Duration, now: Duration) -> Duration {
        if now.saturating_sub(began) >= STEADY {
            self.wait = REST.0;
        }
        let wait = self.wait;
        self.until = now + wait;
        self.wait = (wait * 2).min(REST.1);
        wait
    }
}

/// Lines out of one of a program's outputs.
pub(super) struct Flow {
    decoder: Decoder,
    splitter: Splitter,
    grew: Duration,
}

impl Flow {
    pub(super) fn new(encoding: Encoding) -> Flow {
        Flow { decoder: Decoder::new(encoding), splitter: Splitter::default(), grew: Duration::ZERO }
    }

    pub(super) fn feed(&mut self, bytes: &[u8], now: Duration, tell: &mut impl FnMut(Raw<'_>, u64)) {
        self.grew = now;
        self.splitter.feed(self.decoder.decode(bytes), tell);
    }

    pub(super) fn rest(&mut self, now: Duration, tell: &mut impl FnMut(Raw<'_>, u64)) {
        if self.splitter.is_waiting() && now.saturating_sub(self.grew) >= QUIET {
            self.splitter.flush(tell);
        }
    }

    pub(super) fn finish(&mut self, tell: &mut impl FnMut(Raw<'_>, u64)) {
        self.splitter.finish(tell);
    }
}

/// The outputs of one program, both of them its log.
pub(super) struct Program {
    argv: Vec<String>,
    starter: Starter,
    running: Option<(Running, Stamp)>,
    flows: [Flow; 2],
    rest: Rest,
    /// The last line of standard error, for when it ends.
    last: String,
    /// The last line with a time stated one before the start.
    earlier: bool,
}

impl Program {
    pub(super) fn new(argv: &[String], starter: Starter) -> Program {
        let flows = [Flow::new(starter.encoding), Flow::new(starter.encoding)];
        let rest = Rest::new();
        Program {
            argv: argv.to_vec(),
            starter,
            running: None,
            flows,
            rest,
            last: String::new(),
            earlier: false,
        }
    }

    pub(super) fn running(&self) -> Option<&Running> {
        self.running.as_ref().map(|(running, _)| running)
    }

    pub(super) fn poll(&mut self, intake: &mut Intake) -> bool {
        let now = self.starter.now();
        let Some((running, began)) = &mut self.running else {
            if now.mono >= self.rest.until {
                self.start(intake, &now);
            }
            return false;
        };
        let began = *began;
        let flows = &mut self.flows;
        let mut tell = Tell { intake, began, earlier: &mut self.earlier, last: &mut self.last };
        let settled = now.mono.saturating_sub(began.mono) >= SETTLED;
        let more = running.read(BUDGET, |stream, bytes| {
            tell.intake.has_read(bytes.len() as u64);
            flows[stream as usize]
                .feed(bytes, now.mono, &mut |line, cut| tell.line(stream, line, cut, settled));
        });
        for (flow, stream) in flows.iter_mut().zip([Stream::Out, Stream::Err]) {
            flow.rest(now.mono, &mut |line, cut| tell.line(stream, line, cut, settled));
        }
        let Some(why) = running.ended(&self.last) else { return more };
        for (flow, stream) in self.flows.iter_mut().zip([Stream::Out, Stream::Err]) {
            let mut tell = Tell { intake, began, earlier: &mut self.earlier, last: &mut self.last };
            flow.finish(&mut |line, cut| tell.line(stream, line, cut, settled));
        }
        self.running = None;
        intake.backlog(false);
        let why = if self.last.is_empty() { why } else { format!("{why}: {}", intake.redacted(&self.last)) };
        self.stop(intake, &why, began.mono, now.mono);
        false
    }

    fn start(&mut self, intake: &mut Intake, now: &Stamp) {
        self.last.clear();
        self.earlier = false;
        self.flows = [Flow::new(self.starter.encoding), Flow::new(self.starter.encoding)];
        match self.starter.start(&self.argv) {
            Ok(running) => {
                self.running = Some((running, self.starter.now()));
                intake.source(Source::Running);
            }
            Err(fault) => self.stop(intake, &fault_words(fault), now.mono, self.starter.now().mono),
        }
    }

    fn stop(&mut self, intake: &mut Intake, why: &str, began: Duration, now: Duration) {
        let why = intake.redacted(&text::clean(why));
        let rest = self.rest.after(began, now);
        intake.turn(Turn::Restarted(why.clone()));
        intake.source(Source::Missing(format!("{why}; it is started again in {}", text::short(rest))));
    }
}

/// What a fault says.
pub(super) fn fault_words(fault: Fault) -> String {
    match fault {
        Fault::NoAnswer { why, .. } | Fault::Broken(why) => why,
        Fault::Unacceptable(miss) => miss.saw,
    }
}

struct Tell<'a> {
    intake: &'a mut Intake,
    began: Stamp,
    earlier: &'a mut bool,
    last: &'a mut String,
}

impl Tell<'_> {
    fn line(&mut self, stream: Stream, line: Raw<'_>, cut: u64, settled: bool) {
        let mut room = String::new();
        if stream == Stream::Err {
            let line = clean(line, &mut room);
            line[..line.floor_char_boundary(300)].clone_into(self.last);
        }
        // `journalctl -n 100 -f`, `kubectl logs -f`: what they begin with is old.
        if settled {
            *self.earlier = false;
        } else if let Some(stated) = stated::of(clean(line, &mut room), &self.began) {
            *self.earlier = stated < self.began.wall.timestamp_millis() - EARLIER;
        }
        self.intake.backlog(*self.earlier);
        self.intake.line(line, cut, 0);
    }
}
