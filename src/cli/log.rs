//! Commands about a sign-off log: is it intact, sign it, report on it.

use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use clap::Args;

use super::{Format, Said, json};
use crate::clock::{Clock, SystemClock};
use crate::{app, report, signoff, text};

/// `cutover verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The sign-off log.
    pub log: PathBuf,
    /// Whose keys sign, one line a person: a name as in the log, then the public key that you got from them, as in
    /// "Lee Chen" ssh-ed25519 AAAA…; ssh-keygen(1), ALLOWED SIGNERS.
    #[arg(long, value_name = "FILE")]
    pub allowed_signers: Option<PathBuf>,
    /// A report: is it of this log, and was the log cut or changed since?
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// A head that was kept elsewhere, such as in the ticket; may be given several times.
    #[arg(long, value_name = "HASH")]
    pub head: Vec<signoff::Hash>,
    /// Exit 1 unless signatures of the allowed signers cover every line but those with which the cockpit closed.
    #[arg(long)]
    pub require_signature: bool,
    /// How to say it.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `cutover sign`.
#[derive(Debug, Args)]
pub struct SignArgs {
    /// The sign-off log.
    pub log: PathBuf,
    /// The SSH key: a private key, or a public one whose private half an agent or a hardware key holds.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Who signs; asked at a terminal.
    #[arg(long)]
    pub name: Option<String>,
    /// In what role; asked at a terminal, else what the sidecar declares.
    #[arg(long)]
    pub role: Option<String>,
    /// What is stated; asked at a terminal, else how the run stands.
    #[arg(long, value_name = "TEXT")]
    pub statement: Option<String>,
    /// The line of a sign-off that is signed as well.
    #[arg(long, value_name = "LINE")]
    pub cosign: Option<u64>,
}

/// `cutover redact`.
#[derive(Debug, Args)]
pub struct RedactArgs {
    /// The sign-off log.
    pub log: PathBuf,
    /// The evidence: its SHA-256, as reports and the log name it, or the beginning of it.
    pub blob: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Who says so; the login name if not given.
    #[arg(long)]
    pub name: Option<String>,
}

/// `cutover report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The sign-off log.
    pub log: PathBuf,
    /// The file to write; its suffix says the format: .html or .md for people, .json for programs, .csv for spreadsheets
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// The zone whose clock stands beside UTC in .html, .md and --filled, such as Europe/Berlin; without it, that of
    /// the sidecar's `tz`, else that of the host that ran it
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    pub tz: Option<Tz>,
    /// Whose keys sign, as in `cutover verify`: without it the report says that signers are not checked.
    #[arg(long, value_name = "FILE")]
    pub allowed_signers: Option<PathBuf>,
    /// Write the plan itself: boxes ticked, blanks filled, who and when beside each step.
    #[arg(long, conflicts_with = "allowed_signers")]
    pub filled: bool,
    /// The plan's file as it was run, for --filled; without it, the one beside the log, else the log's own text.
    #[arg(long, value_name = "PLAN", requires = "filled")]
    pub plan: Option<PathBuf>,
}

/// `cutover status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// The sign-off log, of a run under way or one that is over.
    pub log: PathBuf,
    /// How to say it.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `cutover compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// The sign-off log of the first run.
    pub a: PathBuf,
    /// The sign-off log of the second run.
    pub b: PathBuf,
    /// How to say it.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// A zone by its IANA name.
fn zone(name: &str) -> Result<Tz, String> {
    let nearest = || {
        let all = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        all.max_by(|a, b| strsim::jaro_winkler(name, a).total_cmp(&strsim::jaro_winkler(name, b)))
    };
    name.parse().map_err(|_| {
        format!("no time zone is called that; use an IANA name, such as {}", nearest().unwrap_or("UTC"))
    })
}

fn reading(log: &Path) -> app::Waiting {
    app::Waiting::on(format!("reading {}", log.display()))
}

pub(super) fn verify(args: VerifyArgs) -> Said {
    let VerifyArgs { log, allowed_signers, report, head, require_signature, format } = args;
    let against = signoff::verify::Against { allowed_signers, report, heads: head, require_signature };
    let _waiting = reading(&log);
    let verified = signoff::verify::verify_against(&log, &against);
    let out = match format {
        Format::Text => verified.to_string(),
        Format::Json => json(&verified),
    };
    Said::out(out, verified.exit_code())
}

pub(super) fn sign(args: SignArgs) -> Said {
    let SignArgs { log, key, name, role, statement, cosign } = args;
    let wanted = app::Signing { log, key, name, role, statement, cosign };
    match app::sign(&wanted, &SystemClock) {
        Ok(signed) => Said::out(signed.to_string(), 0),
        Err(why) => Said::wrong(why),
    }
}

pub(super) fn redact(args: &RedactArgs) -> Said {
    match app::redact(&args.log, &args.blob, &args.reason, args.name.as_deref(), &SystemClock) {
        Ok(redacted) => Said::out(redacted.to_string(), 0),
        Err(why) => Said::wrong(why),
    }
}

pub(super) fn status(args: &StatusArgs) -> Said {
    let _waiting = reading(&args.log);
    match report::status(&args.log, &SystemClock.now()) {
        Ok(status) => {
            let out = match args.format {
                Format::Text => format!("{status}\n"),
                Format::Json => json(&status),
            };
            Said::out(out, status.exit_code())
        }
        Err(error) => Said::wrong(error.to_string()),
    }
}

pub(super) fn compare(args: &CompareArgs) -> Said {
    let _waiting = app::Waiting::on(format!("reading {} and {}", args.a.display(), args.b.display()));
    match report::compare(&args.a, &args.b, &SystemClock.now()) {
        Ok(compared) => {
            let out = match args.format {
                Format::Text => compared.to_string(),
                Format::Json => json(&compared),
            };
            Said::out(out, compared.exit_code())
        }
        Err(error) => Said::wrong(error.to_string()),
    }
}

pub(super) fn report(args: &ReportArgs) -> Said {
    let now = SystemClock.now();
    let _waiting = app::Waiting::on(format!("making {} of {}", args.output.display(), args.log.display()));
    let written = if args.filled {
        let written = report::write_filled(&args.log, args.plan.as_deref(), &args.output, &now, args.tz);
        written.map(|(written, of)| (written, Some(of)))
    } else {
        let signers = args.allowed_signers.as_deref();
        report::write_beside(&args.log, &args.output, &now, args.tz, signers).map(|written| (written, None))
    };
    match written {
        Ok((written, of)) => {
            let lines = text::plural(usize::try_from(written.lines).unwrap_or(usize::MAX), "line", "lines");
            let what = match of {
                None => "the report".to_owned(),
                Some(report::Filled::File(plan)) => format!("{} filled by the log,", plan.display()),
                Some(report::Filled::Log) => "the log's own text of the plan, filled,".to_owned(),
                Some(report::Filled::Masked) => {
                    "the log's own text of the plan (secrets masked; --plan names the file), filled,"
                        .to_owned()
                }
            };
            let out = format!("{}: {what} of {lines}\n", written.path.display());
            let code = written.verification.exit_code();
            let err = if code == 0 {
                String::new()
            } else {
                format!(
                    "cutover: the log is not intact, and the report says so: see cutover verify {}",
                    args.log.display()
                )
            };
            Said { out, err, code }
        }
        Err(error) => Said::wrong(error.to_string()),
    }
}
