//! Commands, flags and their help.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono_tz::Tz;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::clock::{Clock, SystemClock};
use crate::{app, plan, report, signoff, text};

/// The cockpit for migration day: a team's own checklist, live checks, a sign-off log, a report.
#[derive(Debug, Parser)]
#[command(
    name = "cutover",
    version,
    about,
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true
)]
#[command(after_help = "Examples:
  cutover migration.md                         open the cockpit, or go on where it was left
  cutover run migration.md --rehearsal         practise, in a log of its own
  cutover check migration.md                   what cutover understood, before the day
  cutover check --probe migration.md           every probe once: the preflight
  cutover new --from page.txt > migration.md   make a plan of a copied page
  cutover sign migration.live-2026-11-21-1.signoff.jsonl --key ~/.ssh/id_ed25519
  cutover verify migration.live-2026-11-21-1.signoff.jsonl
  cutover report migration.live-2026-11-21-1.signoff.jsonl -o signoff.md")]
pub struct Cli {
    /// What to do; a plan alone means `run`.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Of `run`.
    #[command(flatten)]
    pub run: RunPlain,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the cockpit on a plan; goes on with its open run.
    Run(RunArgs),
    /// Look at a run without taking part: live as it goes on, or any moment of one that has ended.
    #[command(
        after_help = "Keys: P plays and stands still, [ ] act by act, { } exceptions, < > minutes, = a time, L the newest, ? all keys."
    )]
    Watch(WatchArgs),
    /// Say what a plan and its sidecar say: exit 0 ready, 1 findings, 2 unusable.
    Check(CheckArgs),
    /// Make a plan of a page copied from a browser, as proper Markdown on standard output.
    New(NewArgs),
    /// Check a sign-off log: exit 0 intact, 1 not intact, 2 unreadable.
    #[command(after_help = "Examples:
  cutover verify LOG                                    damage, edits, missing evidence
  cutover verify LOG --allowed-signers FILE             and who signed: without it a stranger's log is intact too
  cutover verify LOG --allowed-signers FILE --require-signature   exit code 1 unless all of it is signed
  cutover verify LOG --report signoff.html              and whether it was cut or changed since that report

Exit codes: 0 intact, as far as was asked; 1 a bad line, or not proven as required; 2 it cannot be read.")]
    Verify(VerifyArgs),
    /// Sign off a run with an SSH key, behind all that its log holds.
    Sign(SignArgs),
    /// Take a piece of evidence away, on record: its name stays in the log, its bytes go.
    Redact(RedactArgs),
    /// Write the sign-off report of a log; the file's suffix says the form.
    #[command(after_help = "Examples:
  cutover report LOG -o signoff.md     for people; exceptions first
  cutover report LOG -o signoff.json   for programs; its schema: cutover schema report
  cutover report LOG -o items.csv      for spreadsheets: one row an item
  cutover report LOG -o done.md --filled   the plan with boxes ticked, blanks filled, who and when

Exit codes: 0 written; 1 written, of a log that is not intact; 2 not written.")]
    Report(ReportArgs),
    /// Say in one line how a run stands, for tmux, cron or a chat.
    #[command(after_help = "Examples:
  cutover status LOG                       how the run stands
  cutover status LOG --format json         the same for programs
  tmux set -g status-right '#(cutover status LOG)'
  cutover status LOG || notify-team        exit code 1 calls

The log is read without a lock, while a cockpit writes it.

Exit codes: 0 all is well; 1 something needs attention: a failed step or an outage over its goal, also of a finished run;
while it goes on, users not served, a check that is down, a cockpit that has gone quiet; 2 the log cannot be read.")]
    Status(StatusArgs),
    /// Put two runs of a plan beside each other: a rehearsal and the day, or two days.
    #[command(after_help = "Examples:
  cutover compare REHEARSAL-LOG LIVE-LOG                 times, deviations, outage, decisions, steps of one alone
  cutover compare REHEARSAL-LOG LIVE-LOG --format json   the same for programs, every step in it

Exit codes: 0 compared, also a plan that was edited in between; 1 less than half of the steps are in both, or a log is
not intact; 2 a log cannot be read.")]
    Compare(CompareArgs),
    /// Print the JSON Schema of a form.
    Schema(SchemaArgs),
}

/// `cutover PLAN`.
#[derive(Debug, Args)]
pub struct RunPlain {
    /// The plan: a Markdown checklist, with its sidecar NAME.toml beside it if there is one.
    pub plan: Option<PathBuf>,
    /// How to run it.
    #[command(flatten)]
    pub how: RunHow,
}

/// `cutover run PLAN`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The plan: a Markdown checklist, with its sidecar NAME.toml beside it if there is one.
    pub plan: PathBuf,
    /// How to run it.
    #[command(flatten)]
    pub how: RunHow,
}

/// How to run a plan.
#[derive(Clone, Debug, Args)]
pub struct RunHow {
    /// Who operates; asked in the cockpit if not given.
    #[arg(long, value_name = "NAME")]
    pub operator: Option<String>,
    /// Practise: a log of its own that can never be taken for the real one.
    #[arg(long)]
    pub rehearsal: bool,
    /// Begin a new run although one is open.
    #[arg(long, conflicts_with = "log")]
    pub new: bool,
    /// The sign-off log to go on with, or to begin.
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// The log of a rehearsal: durations are planned by what it took.
    #[arg(long, value_name = "LOG")]
    pub baseline: Option<PathBuf>,
    /// Draw with ASCII signs only.
    #[arg(long)]
    pub ascii: bool,
}

/// `cutover watch`.
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// The sign-off log, with its evidence folder beside it.
    pub log: PathBuf,
    /// Draw with ASCII signs only.
    #[arg(long)]
    pub ascii: bool,
}

/// `cutover check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The plan.
    pub plan: PathBuf,
    /// Ask every probe once and say what each saw: exit 0 all good, 1 something is not, 2 unusable.
    #[arg(long)]
    pub probe: bool,
    /// How to say it.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `cutover new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// Text copied from a rendered page.
    #[arg(long, value_name = "PAGE")]
    pub from: PathBuf,
}

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

/// `cutover schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Of which form.
    #[arg(value_enum)]
    pub of: Form,
}

/// The forms that have a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// What `cutover report LOG -o FILE.json` writes.
    Report,
}

/// How a command says its result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
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

/// Runs the program: arguments in, exit code out.
#[expect(clippy::print_stderr, reason = "this is the door that prints")]
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let _closed = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let said = match cli.command {
        None => match cli.run.plan {
            Some(plan) => run(plan, cli.run.how),
            None => Said::wrong("name a plan: cutover migration.md, or see cutover --help"),
        },
        Some(Command::Run(args)) => run(args.plan, args.how),
        Some(Command::Watch(args)) => watch(args),
        Some(Command::Check(args)) => check(&args),
        Some(Command::New(args)) => new(&args),
        Some(Command::Verify(args)) => verify(args),
        Some(Command::Sign(args)) => sign(args),
        Some(Command::Redact(args)) => redact(&args),
        Some(Command::Report(args)) => report(&args),
        Some(Command::Status(args)) => status(&args),
        Some(Command::Compare(args)) => compare(&args),
        Some(Command::Schema(SchemaArgs { of: Form::Report })) => Said::out(json(&report::schema()), 0),
    };
    // A reader that has seen enough closes the pipe; that is no fault of ours.
    let _closed = std::io::stdout().write_all(said.out.as_bytes());
    if !said.err.is_empty() {
        eprintln!("{}", said.err.trim_end());
    }
    ExitCode::from(said.code)
}

/// What a command prints, and how it exits.
#[derive(Debug, Default)]
struct Said {
    out: String,
    err: String,
    code: u8,
}

impl Said {
    fn out(out: String, code: u8) -> Said {
        Said { out, err: String::new(), code }
    }

    fn wrong(err: impl Into<String>) -> Said {
        Said { out: String::new(), err: format!("cutover: {}", err.into()), code: 2 }
    }
}

fn run(plan: PathBuf, how: RunHow) -> Said {
    let RunHow { operator, rehearsal, new, log, baseline, ascii } = how;
    match app::run(&app::Options { plan, operator, rehearsal, new, log, baseline, ascii }) {
        Ok(code) => Said::out(String::new(), code),
        Err(why) => Said::wrong(why),
    }
}

fn watch(args: WatchArgs) -> Said {
    match app::watch(&app::watch::Options { log: args.log, ascii: args.ascii, may_take_over: false }) {
        Ok(code) => Said::out(String::new(), code),
        Err(why) => Said::wrong(why),
    }
}

fn check(args: &CheckArgs) -> Said {
    let format = match args.format {
        Format::Text => plan::check::Format::Text,
        Format::Json => plan::check::Format::Json,
    };
    if args.probe
        && let Ok(plan) = plan::load(&args.plan, &app::environment)
    {
        return match app::preflight(&plan, format) {
            Ok((out, code)) => Said::out(out, code),
            Err((why, code)) => Said { code, ..Said::wrong(why) },
        };
    }
    // What cannot be read cannot be asked: the check says why.
    let (out, code) = plan::check::run(&args.plan, format, &app::environment);
    if args.format == Format::Text && code == plan::check::UNUSABLE {
        return Said { out: String::new(), err: out, code };
    }
    Said::out(out, code)
}

fn new(args: &NewArgs) -> Said {
    match plan::new::from_page(&args.from) {
        Ok(markdown) => Said::out(markdown, 0),
        Err(error) => Said::wrong(error.to_string()),
    }
}

fn verify(args: VerifyArgs) -> Said {
    let VerifyArgs { log, allowed_signers, report, head, require_signature, format } = args;
    let against = signoff::verify::Against { allowed_signers, report, heads: head, require_signature };
    let verified = signoff::verify::verify_against(&log, &against);
    let out = match format {
        Format::Text => verified.to_string(),
        Format::Json => json(&verified),
    };
    Said::out(out, verified.exit_code())
}

fn sign(args: SignArgs) -> Said {
    let SignArgs { log, key, name, role, statement, cosign } = args;
    let wanted = app::Signing { log, key, name, role, statement, cosign };
    match app::sign(&wanted, &SystemClock) {
        Ok(signed) => Said::out(signed.to_string(), 0),
        Err(why) => Said::wrong(why),
    }
}

fn redact(args: &RedactArgs) -> Said {
    match app::redact(&args.log, &args.blob, &args.reason, args.name.as_deref(), &SystemClock) {
        Ok(redacted) => Said::out(redacted.to_string(), 0),
        Err(why) => Said::wrong(why),
    }
}

fn status(args: &StatusArgs) -> Said {
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

fn compare(args: &CompareArgs) -> Said {
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

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value)
        .map_or_else(|error| format!("{{\"error\":\"{error}\"}}\n"), |json| json + "\n")
}

fn report(args: &ReportArgs) -> Said {
    let now = SystemClock.now();
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
