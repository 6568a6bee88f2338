//! Who types, in tmux; and tmux' own paste buffer.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::oneshot;

use crate::signoff::Client;
use crate::state::msg::Msg;
use crate::tmux::Tmux;

/// The tmux we run in, if we do, and the key whose hand it is asked for.
#[derive(Debug, Default)]
pub struct Hands {
    tmux: Option<Tmux>,
    held: Option<Held>,
    /// tmux hands on to its terminals what is wrapped for them.
    passes: Arc<AtomicBool>,
    /// A message is on its way to tmux: one that hangs has no others behind it.
    telling: Arc<AtomicBool>,
}

/// A message that must not be taken in before it is known who typed it.
#[derive(Debug)]
struct Held {
    msg: Msg,
    answer: oneshot::Receiver<Option<Client>>,
}

impl Hands {
    /// Finds out from the environment whether we run in tmux.
    #[must_use]
    pub fn find() -> Hands {
        Hands { tmux: Tmux::find(&super::environment), ..Hands::default() }
    }

    /// Holds a message and asks tmux whose it was; gives it back where there is nobody to ask.
    ///
    /// While one is held no other key may be taken in, or keys would overtake it.
    #[must_use]
    pub fn hold(&mut self, msg: Msg) -> Option<Msg> {
        let Some(tmux) = self.tmux.clone() else { return Some(msg) };
        let (tell, answer) = oneshot::channel();
        tokio::spawn(async move {
            // An act whose hand tmux cannot name is an act all the same: the record then names no client.
            let client = tmux.who_typed().await.unwrap_or_default();
            // The loop may have been left meanwhile.
            let _gone = tell.send(client);
        });
        self.held = Some(Held { msg, answer });
        None
    }

    /// Whether a message is held.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.held.is_some()
    }

    /// The held message, as soon as tmux has named its client or has taken too long; never, if none is held.
    ///
    /// May be dropped and called again.
    pub async fn released(&mut self) -> (Msg, Option<Client>) {
        let Some(held) = &mut self.held else { return pending().await };
        let client = (&mut held.answer).await.unwrap_or_default();
        match self.held.take() {
            Some(held) => (held.msg, client),
            None => pending().await,
        }
    }

    /// How a notification reaches the terminal: as it is, or through tmux; `None` where tmux would keep it.
    #[must_use]
    pub fn passes(&self) -> Option<bool> {
        match (&self.tmux, self.passes.load(Ordering::Relaxed)) {
            (None, _) => Some(false),
            (Some(_), true) => Some(true),
            (Some(_), false) => None,
        }
    }

    /// Asks tmux whether it hands on what is wrapped for its terminals.
    pub fn learn(&self) {
        let Some(tmux) = self.tmux.clone() else { return };
        let passes = Arc::clone(&self.passes);
        tokio::spawn(async move { passes.store(tmux.passes().await.unwrap_or(false), Ordering::Relaxed) });
    }

    /// Shows a message to every client of our tmux session, if there is one.
    pub fn message(&self, text: &str) {
        let Some(tmux) = self.tmux.clone() else { return };
        if self.telling.swap(true, Ordering::AcqRel) {
            return;
        }
        let (text, telling, passes) = (text.to_owned(), Arc::clone(&self.telling), Arc::clone(&self.passes));
        tokio::spawn(async move {
            // Whoever looks at the cockpit has seen it there.
            tmux.message(&text).await.ok();
            passes.store(tmux.passes().await.unwrap_or(false), Ordering::Relaxed);
            telling.store(false, Ordering::Release);
        });
    }

    /// Puts a text into tmux' paste buffer as well, where a terminal without OSC 52 still has it.
    pub fn buffer(&self, text: &str) {
        let Some(tmux) = self.tmux.clone() else { return };
        let text = text.to_owned();
        // The terminal's own clipboard was asked too; nothing is lost but the convenience.
        tokio::spawn(async move { tmux.load_buffer(&text).await.ok() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn outside_tmux_nothing_is_held() {
        let mut hands = Hands::default();
        assert!(matches!(hands.hold(Msg::Confirm), Some(Msg::Confirm)));
        assert!(!hands.holds());
    }

    #[tokio::test]
    async fn a_message_is_released_once_even_if_tmux_is_gone() {
        let gone = |name: &str| (name == "TMUX").then(|| "/nonexistent/socket,1,0".to_owned());
        let mut hands = Hands { tmux: Tmux::find(&gone), ..Hands::default() };
        assert!(hands.hold(Msg::Choose('y')).is_none());
        assert!(hands.holds());
        // As the loop does when something else happens first.
        drop(Box::pin(hands.released()));
        let (msg, client) = hands.released().await;
        assert!(matches!(msg, Msg::Choose('y')));
        assert_eq!(client, None);
        assert!(!hands.holds());
    }
}
