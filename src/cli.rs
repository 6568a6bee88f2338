//! Commands, flags and their help.

mod begin;
mod log;
mod tools;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{app, demo, plan};

/// The cockpit for migration day: a team's own checklist, live checks, a sign-off log, a report.
#[derive(Debug, Parser)]
#[command(
    name = "cutover",
    version = env!("CUTOVER_VERSION"),
    about,
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true
)]
#[command(after_help = "Examples:
  cutover demo                                 a small migration on this machine, to try everything
  cutover migration.md                         open the cockpit, or go on where it was left
  cutover run migration.md --rehearsal         practise, in a log of its own
  cutover check migration.md                   what cutover understood, before the day
  cutover check --probe migration.md           every probe once: the preflight
  cutover new --from page.txt > migration.md   make a plan of a copied page
  cutover init migration.md                    write its sidecar from what it says
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
    /// Try the cockpit on a small migration that happens on this machine: real servers on loopback, six minutes.
    Demo(DemoArgs),
    /// Say what a plan and its sidecar say: exit 0 ready, 1 findings, 2 unusable.
    Check(CheckArgs),
    /// Begin a plan: from a template, or from a page copied from a browser.
    #[command(after_help = "Examples:
  cutover new                                 list the templates
  cutover new backend-migration               write backend-migration.md and .toml here
  cutover new backend-migration -o move.md    write move.md and move.toml
  cutover new --from page.txt > move.md       make a plan of a copied page

Exit codes: 0 written or listed; 2 not written: a file that is there is never overwritten.")]
    New(begin::NewArgs),
    /// Write a plan's sidecar from what the plan says: checks, records, logs, copies, gates.
    #[command(after_help = "Examples:
  cutover init migration.md                   write migration.toml
  cutover init migration.md --stdout          print it, beside one that is there

What is certain is switched on; what is not stands behind a #, with its line and the reason.

Exit codes: 0 written; 2 not written: a file that is there is never overwritten.")]
    Init(begin::InitArgs),
    /// Check a sign-off log: exit 0 intact, 1 not intact, 2 unreadable.
    #[command(after_help = "Examples:
  cutover verify LOG                                    damage, edits, missing evidence
  cutover verify LOG --allowed-signers FILE             and who signed: without it a stranger's log is intact too
  cutover verify LOG --allowed-signers FILE --require-signature   exit code 1 unless all of it is signed
  cutover verify LOG --report signoff.html              and whether it was cut or changed since that report

Exit codes: 0 intact, as far as was asked; 1 a bad line, or not proven as required; 2 it cannot be read.")]
    Verify(log::VerifyArgs),
    /// Sign off a run with an SSH key, behind all that its log holds.
    Sign(log::SignArgs),
    /// Take a piece of evidence away, on record: its name stays in the log, its bytes go.
    Redact(log::RedactArgs),
    /// Write the sign-off report of a log; the file's suffix says the form.
    #[command(after_help = "Examples:
  cutover report LOG -o signoff.md     for people; exceptions first
  cutover report LOG -o signoff.json   for programs; its schema: cutover schema report
  cutover report LOG -o items.csv      for spreadsheets: one row an item
  cutover report LOG -o done.md --filled   the plan with boxes ticked, blanks filled, who and when

Exit codes: 0 written; 1 written, of a log that is not intact; 2 not written.")]
    Report(log::ReportArgs),
    /// Say in one line how a run stands, for tmux, cron or a chat.
    #[command(after_help = "Examples:
  cutover status LOG                       how the run stands
  cutover status LOG --format json         the same for programs
  tmux set -g status-right '#(cutover status LOG)'
  cutover status LOG || notify-team        exit code 1 calls

The log is read without a lock, while a cockpit writes it.

Exit codes: 0 all is well; 1 something needs attention: a failed step or an outage over its goal, also of a finished run;
while it goes on, users not served, a check that is down, a cockpit that has gone quiet; 2 the log cannot be read.")]
    Status(log::StatusArgs),
    /// Put two runs of a plan beside each other: a rehearsal and the day, or two days.
    #[command(after_help = "Examples:
  cutover compare REHEARSAL-LOG LIVE-LOG                 times, deviations, outage, decisions, steps of one alone
  cutover compare REHEARSAL-LOG LIVE-LOG --format json   the same for programs, every step in it

Exit codes: 0 compared, also a plan that was edited in between; 1 less than half of the steps are in both, or a log is
not intact; 2 a log cannot be read.")]
    Compare(log::CompareArgs),
    /// Print the JSON Schema of a form.
    Schema(tools::SchemaArgs),
    /// Open a plan in a tmux session that the team shares, or join it there.
    #[command(after_help = "Examples:
  cutover tmux migration.md                    open it, or join whoever has
  cutover tmux migration.md -- --rehearsal     with arguments of cutover run

Everybody who joins sees the whole screen, as large as the smallest terminal; what the cockpit copies reaches each
clipboard; each act is recorded with the client that typed it. Leave with tmux's own key, usually ctrl-b d.")]
    Tmux(tools::TmuxArgs),
    /// Print completions for a shell.
    #[command(after_help = "Examples:
  cutover completions bash > ~/.local/share/bash-completion/completions/cutover
  cutover completions zsh > ~/.zfunc/_cutover
  cutover completions fish > ~/.config/fish/completions/cutover.fish")]
    Completions(tools::CompletionsArgs),
    /// Print the man page, or write one for each command.
    #[command(after_help = "Examples:
  cutover man | man -l -
  cutover man -o ~/.local/share/man/man1")]
    Man(tools::ManArgs),
    /// Show the themes on a whole screen, or list them.
    #[command(after_help = "Examples:
  cutover themes                          at a terminal: j and k change the theme, enter says how to keep it
  cutover themes --format text            what there is, and how well each can be read
  cutover themes import scheme.yaml > ~/.config/cutover/themes/mine.toml   of a base16 or base24 scheme
  cutover migration.md --theme mine       for one run; CUTOVER_THEME=mine for a shell

Exit codes: 0 done; 1 a theme of yours cannot be used; 2 the settings or the theme asked for cannot be used.")]
    Themes(tools::ThemesArgs),
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
    /// How it looks.
    #[command(flatten)]
    pub look: LookHow,
}

/// How the cockpit looks.
#[derive(Clone, Debug, Args)]
pub struct LookHow {
    /// The theme: a name, see cutover themes, or a theme's file; else `CUTOVER_THEME`, else the settings
    #[arg(long, value_name = "NAME|FILE")]
    pub theme: Option<String>,
    /// Draw with ASCII signs only.
    #[arg(long)]
    pub ascii: bool,
}

/// `cutover watch`.
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// The sign-off log, with its evidence folder beside it.
    pub log: PathBuf,
    /// How it looks.
    #[command(flatten)]
    pub look: LookHow,
}

/// `cutover demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Plays a plan that `cutover new` lists, instead of the demo's own.
    #[arg(value_name = "NAME")]
    pub plan: Option<String>,
    /// Everything takes a tenth of its time.
    #[arg(long)]
    pub fast: bool,
    /// What is drawn by lot is drawn alike for the same number.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
    /// Who operates.
    #[arg(long, value_name = "NAME")]
    pub operator: Option<String>,
    /// How it looks.
    #[command(flatten)]
    pub look: LookHow,
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

/// How a command says its result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
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
        Some(Command::Demo(args)) => play(args),
        Some(Command::Check(args)) => check(&args),
        Some(Command::New(args)) => begin::new(&args),
        Some(Command::Init(args)) => begin::init(&args),
        Some(Command::Verify(args)) => log::verify(args),
        Some(Command::Sign(args)) => log::sign(args),
        Some(Command::Redact(args)) => log::redact(&args),
        Some(Command::Report(args)) => log::report(&args),
        Some(Command::Status(args)) => log::status(&args),
        Some(Command::Compare(args)) => log::compare(&args),
        Some(Command::Tmux(args)) => tools::tmux(args),
        Some(Command::Completions(args)) => tools::completions(&args),
        Some(Command::Man(args)) => tools::man(&args),
        Some(Command::Themes(args)) => tools::themes(args),
        Some(Command::Schema(args)) => tools::schema(&args),
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
    let RunHow { operator, rehearsal, new, log, baseline, look } = how;
    match app::run(&app::Options {
        plan,
        operator,
        rehearsal,
        new,
        log,
        baseline,
        wish: wish(look),
        hints: false,
    }) {
        Ok(code) => Said::out(String::new(), code),
        Err(why) => Said::wrong(why),
    }
}

fn wish(look: LookHow) -> app::look::Wish {
    app::look::Wish { theme: look.theme, ascii: look.ascii }
}

fn watch(args: WatchArgs) -> Said {
    let options = app::watch::Options { log: args.log, wish: wish(args.look), may_take_over: false };
    match app::watch(&options) {
        Ok(code) => Said::out(String::new(), code),
        Err(why) => Said::wrong(why),
    }
}

fn play(args: DemoArgs) -> Said {
    let DemoArgs { plan, fast, seed, operator, look } = args;
    let options = demo::Options { plan, fast, seed, operator, wish: wish(look) };
    match demo::run(&options, &mut std::io::stdout()) {
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

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value)
        .map_or_else(|error| format!("{{\"error\":\"{error}\"}}\n"), |json| json + "\n")
}
