//! Who types, in tmux; and tmux' own paste buffer.

use crate::signoff::Client;
use crate::tmux::Tmux;

/// The tmux we run in, if we do.
#[derive(Debug, Default)]
pub struct Hands(Option<Tmux>);

impl Hands {
    /// Finds out from the environment whether we run in tmux.
    #[must_use]
    pub fn find() -> Hands {
        Hands(Tmux::find(&super::environment))
    }

    /// The client that typed last; `None` outside tmux, `Some(None)` if tmux does not say in time.
    pub async fn who(&self) -> Option<Option<Client>> {
        Some(self.0.as_ref()?.who_typed().await.ok().flatten())
    }

    /// Puts a text into tmux' paste buffer as well, where a terminal without OSC 52 still has it.
    pub fn buffer(&self, text: String) {
        if let Some(tmux) = self.0.clone() {
            // The clipboard has it in any case.
            tokio::spawn(async move { drop(tmux.load_buffer(&text).await) });
        }
    }
}
