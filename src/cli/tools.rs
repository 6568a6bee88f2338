//! Commands about the program itself: themes, schemas, completions, man pages, the shared session.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;

use clap::{Args, CommandFactory, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::{Cli, Format, LookHow, Said, json, manual, wish};
use crate::{app, config, report};

/// `cutover completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// For which shell.
    #[arg(value_enum)]
    pub shell: Shell,
}

/// `cutover man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The page: a command, or a chapter (cockpit, log, plan); cutover itself if not given.
    pub page: Option<String>,
    /// Write every page below this folder, as man1/cutover.1 and so on, instead.
    #[arg(short, long, value_name = "FOLDER", conflicts_with = "page")]
    pub output: Option<PathBuf>,
}

/// `cutover tmux`.
#[derive(Debug, Args)]
pub struct TmuxArgs {
    /// The plan.
    pub plan: PathBuf,
    /// The tmux server's socket, as in `tmux -L`.
    #[arg(short = 'L', long, value_name = "SOCKET")]
    pub socket_name: Option<String>,
    /// What `cutover run` is given besides, where the session is opened: -- --rehearsal
    #[arg(last = true, value_name = "ARGUMENTS")]
    pub run: Vec<OsString>,
}

pub(super) fn completions(args: &CompletionsArgs) -> Said {
    let mut out = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "cutover", &mut out);
    Said::out(String::from_utf8_lossy(&out).into_owned(), 0)
}

pub(super) fn man(args: &ManArgs) -> Said {
    if let Some(folder) = &args.output {
        return manual::write(folder).map_or_else(
            |error| Said::wrong(format!("write the manual into {}: {error}", folder.display())),
            |said| Said::out(said, 0),
        );
    }
    let page = args.page.as_deref().unwrap_or_default();
    match manual::pages().into_iter().find(|it| it.name == page) {
        Some(page) => Said::out(page.roff, 0),
        None => Said::wrong(format!(
            "the manual has no page `{page}`; cutover --help lists the commands, chapters are cockpit, log, plan"
        )),
    }
}

pub(super) fn tmux(args: TmuxArgs) -> Said {
    let TmuxArgs { plan, socket_name, run } = args;
    let Err(why) = app::share(&app::Sharing { plan, socket: socket_name, arguments: run });
    Said::wrong(why)
}

/// `cutover themes`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ThemesArgs {
    /// Something else to do with themes.
    #[command(subcommand)]
    pub command: Option<ThemesCommand>,
    /// How it looks: the theme that is shown first.
    #[command(flatten)]
    pub look: LookHow,
    /// List them instead of showing them.
    #[arg(long, value_enum)]
    pub format: Option<Format>,
}

/// What else to do with themes.
#[derive(Debug, Subcommand)]
pub enum ThemesCommand {
    /// Make a theme of a base16 or base24 scheme, on standard output; contrast is mended where it must be.
    Import {
        /// The scheme's YAML file.
        file: PathBuf,
    },
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
    /// A plan's sidecar, for editors: `#:schema FILE` in its first line has keys completed.
    Sidecar,
}

pub(super) fn themes(args: ThemesArgs) -> Said {
    if let Some(ThemesCommand::Import { file }) = args.command {
        return app::themes::import(&file).map_or_else(Said::wrong, |toml| Said::out(toml, 0));
    }
    let wish = wish(args.look);
    if args.format.is_none() && std::io::stdout().is_terminal() {
        return app::themes::preview(&wish).map_or_else(Said::wrong, |code| Said { code, ..Said::default() });
    }
    let look = match app::look::Look::find(&wish) {
        Ok(look) => look,
        Err(why) => return Said::wrong(why),
    };
    let listed = app::themes::list(&look);
    let code = u8::from(listed.iter().any(|theme| theme.error.is_some()));
    Said::out(
        if args.format == Some(Format::Json) { json(&listed) } else { app::themes::text(&listed) },
        code,
    )
}

pub(super) fn schema(args: &SchemaArgs) -> Said {
    let schema = match args.of {
        Form::Report => json(&report::schema()),
        Form::Sidecar => json(&config::schema()),
    };
    Said::out(schema, 0)
}
