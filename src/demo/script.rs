//! What follows from which step: the demo reads the sign-off log, as any watcher does, and goes on when one is ticked.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::spawn_local;
use tokio::time::sleep;

use super::copy;
use super::world::{Level, NEW, Shop, Side, World};
use crate::signoff::event::Event;
use crate::signoff::log::FileSource;
use crate::signoff::{Head, LogError, Source};

/// How often the log is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// How long the new shop starts.
const START: Duration = Duration::from_secs(8);

/// Steps of the plan that something follows from, by their text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cue {
    Start,
    Copy,
    Close,
    CopyRest,
    Point,
    StopOld,
    Certificate,
}

impl Cue {
    pub(super) const ALL: [Cue; 7] =
        [Cue::Start, Cue::Copy, Cue::Close, Cue::CopyRest, Cue::Point, Cue::StopOld, Cue::Certificate];

    /// The step as the plan has it.
    pub(super) fn text(self) -> &'static str {
        match self {
            Cue::Start => "Start the shop on the new host",
            Cue::Copy => "Start the copy of the uploads",
            Cue::Close => "Close the shop: customers see the page that says so",
            Cue::CopyRest => "Copy what was uploaded since",
            Cue::Point => "Point shop.orchard.example at the new host",
            Cue::StopOld => "Switch the old host off",
            Cue::Certificate => "Give the new host the payment gateway's certificate",
        }
    }
}

/// Steps that were ticked.
type Ticked = BTreeSet<Cue>;

/// Plays the demo's day along the log.
pub(super) async fn play(world: Rc<World>, log: PathBuf) {
    let ticked = watch::Sender::new(Ticked::new());
    for cue in Cue::ALL {
        let (world, mut ticked) = (Rc::clone(&world), ticked.subscribe());
        spawn_local(async move {
            if ticked.wait_for(|ticked| ticked.contains(&cue)).await.is_ok() {
                follow(world, cue).await;
            }
        });
    }
    let mut source = FileSource::new(&log);
    let mut head = Head::default();
    loop {
        let read = source.read(head, &mut |line| {
            if let Event::ItemDone { text, .. } = &line.event
                && let Some(cue) = Cue::ALL.into_iter().find(|cue| cue.text() == text)
            {
                ticked.send_modify(|ticked| {
                    ticked.insert(cue);
                });
            }
            ControlFlow::Continue(())
        });
        match read {
            Ok(read) => head = read,
            Err(LogError::CutBack { to, .. }) => head = to,
            // The cockpit has not begun it yet, and says itself what is wrong with it.
            Err(_) => {}
        }
        sleep(world.pace.of(LOOK)).await;
    }
}

/// What follows from a step.
async fn follow(world: Rc<World>, cue: Cue) {
    match cue {
        Cue::Start => {
            world.say(Side::New, Level::Info, "starting: 4 workers, database db1.orchard.example");
            world.new.send_replace(Shop::Starting);
            sleep(world.pace.of(START)).await;
            world.say(Side::New, Level::Info, "ready");
            world.new.send_replace(Shop::Open);
        }
        Cue::Copy => copy::pass(world, true).await,
        Cue::Close => {
            world.say(Side::Old, Level::Info, "closed for the move");
            world.old.send_replace(Shop::Closed);
        }
        Cue::CopyRest => copy::pass(world, false).await,
        Cue::Point => world.zone.borrow_mut().point(NEW),
        Cue::StopOld => {
            world.say(Side::Old, Level::Info, "stopped");
            world.old.send_replace(Shop::Off);
        }
        Cue::Certificate => {
            world.say(Side::New, Level::Info, "trusts pay.example.net");
            world.trusts.set(true);
        }
    }
}
