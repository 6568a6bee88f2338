//! A cockpit in a tmux session that the team shares: opened if it is not there, else joined.

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is shared.
#[derive(Clone, Debug)]
pub struct Sharing {
    /// The plan.
    pub plan: PathBuf,
    /// The tmux server's socket, as `tmux -L` names it.
    pub socket: Option<String>,
    /// What `cutover run` is given besides, where the session is opened.
    pub arguments: Vec<OsString>,
}

/// What runs in the session: what the cockpit says at its end stays until somebody has read it.
const HELD: &str = r#""$0" "$@"; code=$?; printf '\nenter closes the session '; read -r _; exit "$code""#;

/// Joins the session of a plan, which is opened first if it is not there; this program becomes tmux.
///
/// All who join see the whole screen (`window-size smallest`), what the cockpit copies reaches each clipboard
/// (`set-clipboard on`), and terminals are titled by the plan.
///
/// # Errors
/// Why not: no such plan, no tmux, or what tmux said.
pub fn share(sharing: &Sharing) -> Result<Infallible, String> {
    let plan = &sharing.plan;
    let plan = plan.canonicalize().map_err(|error| format!("open the plan {}: {error}", plan.display()))?;
    let name = session(&plan);
    if !tmux(sharing, ["has-session", "-t", &format!("={name}")])?.status.success() {
        open(sharing, &plan, &name)?;
    }
    let inside = std::env::var_os("TMUX").is_some() && sharing.socket.is_none();
    let join = if inside { "switch-client" } else { "attach-session" };
    let error = command(sharing).args([join, "-t", &format!("={name}")]).exec();
    Err(format!("cannot run tmux: {error}"))
}

fn open(sharing: &Sharing, plan: &Path, name: &str) -> Result<(), String> {
    let program = std::env::current_exe().map_err(|error| format!("cutover cannot find itself: {error}"))?;
    let folder = plan.parent().unwrap_or(plan);
    let mut words: Vec<OsString> = ["new-session", "-d", "-s", name, "-c"].map(OsString::from).into();
    words.push(folder.into());
    words.extend(["sh", "-c", HELD].map(OsString::from));
    words.extend([program.into_os_string(), "run".into(), plan.into()]);
    words.extend(sharing.arguments.iter().cloned());
    told(&tmux(sharing, words)?)?;
    let title = format!("cutover: {}", plan.file_stem().unwrap_or_default().to_string_lossy());
    for option in [
        ["set-option", "-w", "-t", &format!("={name}:"), "window-size", "smallest"].as_slice(),
        &["set-option", "-t", &format!("={name}:"), "set-titles", "on"],
        &["set-option", "-t", &format!("={name}:"), "set-titles-string", &title.replace('#', "##")],
        &["set-option", "-s", "set-clipboard", "on"],
    ] {
        told(&tmux(sharing, option)?)?;
    }
    Ok(())
}

/// The session's name: the plan's, without what tmux has another meaning for.
fn session(plan: &Path) -> String {
    let stem = plan.file_stem().unwrap_or_default().to_string_lossy();
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' };
    format!("cutover-{}", stem.chars().map(plain).collect::<String>())
}

fn command(sharing: &Sharing) -> Command {
    let mut command = Command::new("tmux");
    if let Some(socket) = &sharing.socket {
        // A server of its own may be joined from within another.
        command.arg("-L").arg(socket).env_remove("TMUX");
    }
    command
}

fn tmux<W: AsRef<OsStr>>(
    sharing: &Sharing,
    words: impl IntoIterator<Item = W>,
) -> Result<std::process::Output, String> {
    command(sharing).args(words).output().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            "tmux is not installed: install it, or open the plan alone with cutover run".to_owned()
        }
        _ => format!("cannot run tmux: {error}"),
    })
}

fn told(ran: &std::process::Output) -> Result<(), String> {
    if ran.status.success() {
        return Ok(());
    }
    Err(format!("tmux refused: {}", String::from_utf8_lossy(&ran.stderr).trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_called_as_the_plan() {
        assert_eq!(session(Path::new("/srv/dns.cutover v2.md")), "cutover-dns-cutover-v2");
    }
}
