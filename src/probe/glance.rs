//! Logs, looked at once: whether there is something to follow.

use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::log;
use super::net::{Net, Outlet};
use super::supervisor::OURSELVES;
use crate::clock::{Clock, Stamp};
use crate::config::{LogSource, Settings};
use crate::sample::log::Source;
use crate::sample::{Kind, LogBatch, ProbeId};

/// How long a log has for its first word: a program may have to connect first.
const PATIENCE: Duration = Duration::from_secs(5);

/// Batches that may wait.
const BATCHES: usize = 16;

/// What was seen of a log in one look.
#[derive(Clone, Debug, PartialEq)]
pub struct Glance {
    /// Which log.
    pub id: ProbeId,
    /// When the look began, and when it ended.
    pub span: (Stamp, Stamp),
    /// The last that was told of it; `None` if nothing was.
    pub batch: Option<LogBatch>,
}

/// Looks at every log of `settings` once, side by side; the results are in the settings' order.
pub async fn glance(settings: &Settings, clock: Arc<dyn Clock>) -> Vec<Glance> {
    let net = Arc::new(Net::new(clock, Path::new(OURSELVES)));
    *net.redactor.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings.redactor());
    let mut looking = JoinSet::new();
    for (place, source) in settings.logs.iter().enumerate() {
        let (net, source) = (Arc::clone(&net), Arc::new(source.clone()));
        looking.spawn(async move { (place, look(&net, &source).await) });
    }
    let mut glances = looking.join_all().await;
    glances.sort_by_key(|(place, _)| *place);
    glances.into_iter().map(|(_, glance)| glance).collect()
}

async fn look(net: &Arc<Net>, source: &Arc<LogSource>) -> Glance {
    let id = ProbeId { kind: Kind::Log, name: source.name.clone(), side: None };
    let began = net.clock.now();
    let (samples, _unused) = mpsc::channel(1);
    let (lines, mut batches) = mpsc::channel(BATCHES);
    // Nothing is read any more once this is dropped.
    let _reading = log::start(&id, source, net, &Outlet::new(samples, lines));
    let mut batch: Option<LogBatch> = None;
    let first_word = async {
        while let Some((_, next)) = batches.recv().await {
            let says = match &next.source {
                Source::Unread => false,
                Source::Running => next.counts.iter().sum::<u64>() > 0,
                Source::Files(_) | Source::Missing(_) | Source::Hanging(_) => true,
            };
            batch = Some(*next);
            if says {
                return;
            }
        }
    };
    // A quiet program runs all the same.
    let _late = tokio::time::timeout(PATIENCE, first_word).await;
    Glance { id, span: (began, net.clock.now()), batch }
}
