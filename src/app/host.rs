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

/// The login name: of the user who called sudo, else of the process, else its number.
#[must_use]
pub fn login() -> String {
    let uid = rustix::process::getuid().as_raw();
    let named = |name: &str| super::environment(name).filter(|value| !value.is_empty());
    named("SUDO_USER")
        .or_else(|| passwd(uid))
        .or_else(|| named("USER"))
        .unwrap_or_else(|| format!("uid {uid}"))
}

/// A user's name in `/etc/passwd`, passwd(5); users of a directory service are not there.
fn passwd(uid: u32) -> Option<String> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let mut parts = line.split(':');
        let name = parts.next()?;
        (parts.nth(1)? == uid.to_string()).then(|| name.to_owned())
    })
}

/// Differs from one boot to the next.
#[must_use]
pub fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|id| id.trim().to_owned())
        .unwrap_or_default()
}
