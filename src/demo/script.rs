//! What follows from which step: the demo reads the sign-off log, as any watcher does, and goes on when one is ticked.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use tokio::task::spawn_local;
use tokio::time::sleep;

use super::deed;
use super::play::Script;
use super::world::World;
use crate::signoff::event::Event;
use crate::signoff::log::FileSource;
use crate::signoff::{Head, LogError, Source};

/// How often the log is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// Plays the demo's day along the log; what follows from a step follows once.
pub(super) async fn play(world: Rc<World>, script: Script, log: PathBuf) {
    spawn_local(deed::all(Rc::clone(&world), script.begin));
    let mut ahead = script.follow;
    let mut source = FileSource::new(&log);
    let mut head = Head::default();
    loop {
        let read = source.read(head, &mut |line| {
            if let Event::ItemDone { text, .. } = &line.event
                && let Some(at) = ahead.iter().position(|(step, _)| text.starts_with(step.as_str()))
            {
                let (_, deeds) = ahead.swap_remove(at);
                spawn_local(deed::all(Rc::clone(&world), deeds));
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
