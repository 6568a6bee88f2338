//! Signals: leave in good order, and paint again after a stop.

use ratatui::layout::Size;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::Sender;

use super::cockpit::Control;
use crate::state::msg::Msg;
use crate::term::Tty;

/// Listens for the signals that a cockpit answers, within the runtime it is called in.
///
/// # Errors
/// The system refuses a handler.
pub fn listen(tty: Tty, tell: Sender<Control>) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // crossterm loses a change of size that comes together with a key.
    let mut resized = signal(SignalKind::window_change())?;
    let mut continued = signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?;
    tokio::spawn(async move {
        loop {
            let control = tokio::select! {
                Some(()) = recv(&mut terminate) => Control::Signal(15, "SIGTERM"),
                Some(()) = recv(&mut hangup) => Control::Signal(1, "SIGHUP"),
                Some(()) = recv(&mut interrupt) => Control::Signal(2, "SIGINT"),
                Some(()) = recv(&mut resized) => {
                    let Size { width, height } = tty.size();
                    Control::Msg(Msg::Resize { width, height })
                }
                Some(()) = recv(&mut continued) => Control::Continued,
                else => return,
            };
            if tell.send(control).await.is_err() {
                return;
            }
        }
    });
    Ok(())
}

async fn recv(signal: &mut Signal) -> Option<()> {
    signal.recv().await
}
