//! What is known of a need at this moment: readings as facts, and how long they can be believed.
//!
//! What was never read, is stale, or comes from a probe that cannot ask is unknown, with why; unknown never passes.

mod files;
mod net;

use std::borrow::Cow;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::clock::Stamp;
use crate::expr::{Expr, Fact, Facts, Subject, Value, Verdict};
use crate::sample::{Kind, ProbeId, Side};
use crate::state::State;
use crate::text;

/// What is known of a need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whether it holds.
    pub verdict: Verdict,
    /// What was seen, in one clause; empty if nothing was.
    pub saw: String,
    /// The same in a word or two.
    pub short: String,
    /// When the reading behind it was taken.
    pub read: Option<Stamp>,
    /// Two readings further apart than this prove nothing of the time between them; none where a reading stands until
    /// another contradicts it.
    pub gap: Option<Duration>,
}

/// A reading that can be asked for facts.
pub(super) struct Sight<'a> {
    read: Stamp,
    gap: Option<Duration>,
    now: &'a Stamp,
    value: Box<dyn Fn(&Fact) -> Value<'a> + 'a>,
    /// What to show of a bare subject, and in a word.
    good: (String, String),
}

/// Why nothing can be asked.
pub(super) struct Blind {
    why: String,
    read: Option<Stamp>,
    gap: Option<Duration>,
}

impl Blind {
    fn new(why: impl Into<String>) -> Blind {
        Blind { why: why.into(), read: None, gap: None }
    }

    fn at(self, read: Option<Stamp>, gap: Option<Duration>) -> Blind {
        Blind { read, gap, ..self }
    }

    fn stale(read: &Stamp, gap: Option<Duration>, now: &Stamp) -> Blind {
        Blind::new(format!("stale {}", text::age(now.since(read)))).at(Some(*read), gap)
    }
}

impl Facts for Sight<'_> {
    fn value(&self, _: Option<&Subject>, fact: &Fact) -> Value<'_> {
        (self.value)(fact)
    }

    fn now(&self) -> DateTime<Utc> {
        self.now.wall
    }
}

impl Look {
    fn unknown(blind: Blind) -> Look {
        let verdict = Verdict::Unknown { why: blind.why };
        Look { verdict, saw: String::new(), short: String::new(), read: blind.read, gap: blind.gap }
    }

    /// Nothing is known yet.
    pub(super) fn nothing() -> Look {
        Look::unknown(Blind::new("not read yet"))
    }

    /// Whether it holds.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.verdict == Verdict::Met
    }
}

/// Looks at what an expression asks of a probe; `target` is the side that the migration goes to.
pub(super) fn look(state: &State, expr: &Expr, probe: &ProbeId, target: Side, now: &Stamp) -> Look {
    let live = &state.live;
    let sight = match probe.kind {
        Kind::Health => {
            if expr.stays_in_probe() {
                return net::watched(live, expr, probe, now);
            }
            net::health(live, probe, now)
        }
        Kind::Dns => net::dns(state, probe, target, now),
        Kind::Copy => files::copy(live, probe, now),
        Kind::Reconcile => files::reconcile(live, probe, now),
        Kind::Log => files::log(live, probe, now),
        Kind::Host => files::host(live, probe, now),
    };
    match sight {
        Ok(sight) => judge(expr, &sight),
        Err(blind) => Look::unknown(blind),
    }
}

fn judge(expr: &Expr, sight: &Sight<'_>) -> Look {
    let (verdict, saw) = expr.judge(sight);
    let (saw, short) = match (&verdict, saw) {
        (Verdict::Met | Verdict::Unmet { .. }, _) if expr.facts().any(|fact| *fact == Fact::Good) => {
            sight.good.clone()
        }
        (_, Some(saw)) => {
            let saw = explained(expr, saw, sight);
            (saw.clone(), saw)
        }
        (_, None) => Default::default(),
    };
    let verdict = match verdict {
        Verdict::Unmet { .. } => Verdict::Unmet { saw: saw.clone() },
        other => other,
    };
    Look { verdict, saw, short, read: Some(sight.read), gap: sight.gap }
}

/// What was seen of a fact that is merely true or false, in words.
fn explained(expr: &Expr, saw: String, sight: &Sight<'_>) -> String {
    let plain = saw == "true" || saw == "false";
    let told =
        expr.facts().next().filter(|fact| plain && matches!(fact, Fact::Safe | Fact::Finished | Fact::Ok));
    told.map_or(saw, |_| sight.good.0.clone())
}

fn unknown(why: impl Into<String>) -> Value<'static> {
    Value::Unknown(why.into())
}

fn known<T>(value: Option<T>, to: impl FnOnce(T) -> Value<'static>, why: &str) -> Value<'static> {
    value.map_or_else(|| unknown(why), to)
}

/// A count as expressions compare them.
fn count(number: u64) -> Value<'static> {
    Value::Count(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A share of which only all is all: what is compared is rounded to tenths of a per cent.
fn share(share: f64) -> Value<'static> {
    Value::Share(if share < 1.0 { share.min(0.999) } else { share })
}

fn words(text: impl Into<Cow<'static, str>>) -> Value<'static> {
    Value::Text(text.into())
}
