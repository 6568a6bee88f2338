//! Who and where we are: host, login, terminal, boot.

use crate::signoff::Via;
use crate::term::Tty;

/// The terminal that acts come through, without its tmux client.
#[must_use]
pub fn via() -> Via {
    let uname = rustix::system::uname();
    Via {
        host: uname.nodename().to_string_lossy().into_owned(),
        user: login(),
        tty: Tty::name().map(|path| path.display().to_string()),
        client: None,
    }
}

/// The login name, from the environment, else the user's number.
#[must_use]
pub fn login() -> String {
    ["SUDO_USER", "USER", "LOGNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()))
}

/// Differs from one boot to the next.
#[must_use]
pub fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|id| id.trim().to_owned())
        .unwrap_or_default()
}
