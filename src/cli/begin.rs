//! The first commands: a plan from a template or a page, a sidecar from a plan.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Said;
use crate::{app, plan, text};

/// `cutover init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The plan: a Markdown checklist, or text copied from a page.
    pub plan: PathBuf,
    /// Print the sidecar instead of writing it.
    #[arg(long, conflicts_with = "output")]
    pub stdout: bool,
    /// The file to write instead of the plan's own NAME.toml; - prints.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `cutover new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// The template; without it, all are listed.
    pub name: Option<String>,
    /// Instead, make a plan of text copied from a rendered page, on standard output.
    #[arg(long, value_name = "PAGE", conflicts_with = "name")]
    pub from: Option<PathBuf>,
    /// The plan's file, or a folder for it; the template's own name here if not given.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

pub(super) fn init(args: &InitArgs) -> Said {
    let _waiting = app::Waiting::on(format!("reading {}", args.plan.display()));
    if args.stdout || args.output.as_deref() == Some(Path::new("-")) {
        return match plan::init::propose(&args.plan) {
            Ok(proposed) => Said::out(proposed.text, 0),
            Err(error) => Said::wrong(error.to_string()),
        };
    }
    match plan::init::write(&args.plan, args.output.as_deref()) {
        Ok((file, proposed)) => {
            let on = text::plural(proposed.active, "entry", "entries");
            let (name, plan) = (file.display(), args.plan.display());
            Said::out(
                format!(
                    "Wrote {name}: {on} switched on, {} switched off, each with its line and the reason.\n\
                     Next: look through it, then `cutover check {plan}`, and `cutover check --probe {plan}` to ask everything once.\n",
                    proposed.off
                ),
                0,
            )
        }
        Err(error) => Said::wrong(error.to_string()),
    }
}

pub(super) fn new(args: &NewArgs) -> Said {
    match (&args.name, &args.from) {
        (_, Some(page)) => from_page(page, args.output.as_deref()),
        (None, None) => Said::out(templates(), 0),
        (Some(name), None) => match plan::new::begin(name, args.output.as_deref()) {
            Ok((plan, sidecar)) => {
                let (plan, sidecar) = (plan.display(), sidecar.display());
                Said::out(
                    format!(
                        "Wrote {plan} and {sidecar}.\nNext: make them yours, then `cutover check {plan}`.\n"
                    ),
                    0,
                )
            }
            Err(error) => Said::wrong(error.to_string()),
        },
    }
}

fn from_page(page: &Path, to: Option<&Path>) -> Said {
    let markdown = match plan::new::from_page(page) {
        Ok(markdown) => markdown,
        Err(error) => return Said::wrong(error.to_string()),
    };
    match to.filter(|to| *to != Path::new("-")) {
        None => Said::out(markdown, 0),
        Some(file) => match plan::init::create(file, markdown.as_bytes()) {
            Ok(()) => {
                let file = file.display();
                Said::out(format!("Wrote {file}.\nNext: `cutover init {file}` for its sidecar.\n"), 0)
            }
            Err(error) => Said::wrong(error.to_string()),
        },
    }
}

/// What there is to begin with.
fn templates() -> String {
    let all = plan::new::TEMPLATES;
    let wide = all.iter().map(|template| text::width(template.name)).max().unwrap_or(0);
    let line = |template: &plan::new::Template| {
        format!("  {}  {}\n", text::pad(template.name, wide), template.title())
    };
    let lines: String = all.iter().map(line).collect();
    format!(
        "Templates:\n{lines}\n`cutover new NAME` writes NAME.md and NAME.toml here; -o names another file or folder.\n"
    )
}
