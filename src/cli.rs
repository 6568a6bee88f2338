//! Commands, flags and their help.
//!
//! # Exit codes
//!
//! Of every command: 0 is done, or all is well. 1 is done, and somebody must look: findings, a log that is not intact, a
//! run that needs somebody, an act that could not be recorded. 2 is not done, wrong arguments among it: a sentence on
//! standard error says why and what to do. What each code means for a command is in [`help::HELP`], which `--help` and
//! the man pages print.
//!
//! A cockpit ended by SIGHUP, SIGINT or SIGTERM leaves in good order and exits with 129, 130 or 143, as does a preflight
//! that is interrupted; 101 is a fault of the program's own. `cutover tmux` becomes tmux, whose codes are its own.

mod begin;
pub mod help;
mod log;
pub mod manual;
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
#[command(after_help = help::of("").after())]
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
    #[command(after_help = help::of("run").after())]
    Run(RunArgs),
    /// Look at a run without taking part: live as it goes on, or any moment of one that has ended.
    #[command(after_help = help::of("watch").after())]
    Watch(WatchArgs),
    /// Try the cockpit on a small migration that happens on this machine: real servers on loopback, six minutes.
    #[command(after_help = help::of("demo").after())]
    Demo(DemoArgs),
    /// Say what a plan and its sidecar say, and what should be mended before the day.
    #[command(after_help = help::of("check").after())]
    Check(CheckArgs),
    /// Begin a plan: from a template, or from a page copied from a browser.
    #[command(after_help = help::of("new").after())]
    New(begin::NewArgs),
    /// Write a plan's sidecar from what the plan says: checks, records, logs, copies, gates.
    #[command(after_help = help::of("init").after())]
    Init(begin::InitArgs),
    /// Check a sign-off log: intact or the first bad line, signed or not.
    #[command(after_help = help::of("verify").after())]
    Verify(log::VerifyArgs),
    /// Sign off a run with an SSH key, behind all that its log holds.
    #[command(after_help = help::of("sign").after())]
    Sign(log::SignArgs),
    /// Take a piece of evidence away, on record: its name stays in the log, its bytes go.
    #[command(after_help = help::of("redact").after())]
    Redact(log::RedactArgs),
    /// Write the sign-off report of a log; the file's suffix says the form.
    #[command(after_help = help::of("report").after())]
    Report(log::ReportArgs),
    /// Say in one line how a run stands, for tmux, cron or a chat.
    #[command(after_help = help::of("status").after())]
    Status(log::StatusArgs),
    /// Put two runs of a plan beside each other: a rehearsal and the day, or two days.
    #[command(after_help = help::of("compare").after())]
    Compare(log::CompareArgs),
    /// Print the JSON Schema of a form.
    #[command(after_help = help::of("schema").after())]
    Schema(tools::SchemaArgs),
    /// Open a plan in a tmux session that the team shares, or join it there.
    #[command(after_help = help::of("tmux").after())]
    Tmux(tools::TmuxArgs),
    /// Print completions for a shell.
    #[command(after_help = help::of("completions").after())]
    Completions(tools::CompletionsArgs),
    /// Print a page of the manual, or write all of it.
    #[command(after_help = help::of("man").after())]
    Man(tools::ManArgs),
    /// Show the themes on a whole screen, or list them.
    #[command(after_help = help::of("themes").after())]
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
    /// Plays a plan that `cutover new` lists, instead of the demo's own; its commands run only if you say so, as ever.
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
    /// Ask every probe once and say what each saw: the preflight of the day before.
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
    let mut stdout = std::io::stdout();
    let written = stdout.write_all(said.out.as_bytes()).and_then(|()| stdout.flush());
    if !said.err.is_empty() {
        eprintln!("{}", said.err.trim_end());
    }
    match written {
        // A reader that has seen enough closes the pipe; that is no fault of ours.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            eprintln!("cutover: cannot write to standard output: {error}");
            ExitCode::from(2)
        }
        _ => ExitCode::from(said.code),
    }
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
    let waiting = app::Waiting::on(format!("reading {}", args.plan.display()));
    let (out, code) = plan::check::run(&args.plan, format, &app::environment);
    drop(waiting);
    if args.format == Format::Text && code == plan::check::UNUSABLE {
        return Said { out: String::new(), err: out, code };
    }
    Said::out(out, code)
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value)
        .map_or_else(|error| format!("{{\"error\":\"{error}\"}}\n"), |json| json + "\n")
}
