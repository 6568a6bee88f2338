//! The themes on the whole screen, one after the other.

use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc::{self, Receiver};

use super::morning;
use crate::app::cockpit::Control;
use crate::app::look::{Look, Wish};
use crate::app::{CONTROLS, INPUTS, OUTPUTS, Threads, files, signals};
use crate::clock::{Clock, Stamp, SystemClock};
use crate::command::quoted;
use crate::input::Keys;
use crate::state::action::Action;
use crate::state::layer::Mode;
use crate::state::themes::Themes;
use crate::state::{Msg, State, update};
use crate::term::{self, Input, Output, Screen, Session, Tty};
use crate::theme::Source;
use crate::user;
use crate::view::themes::{self as shown, Shown};

/// What may be looked at beside the themes.
const LOOKS: [Action; 8] = [
    Action::FocusNext,
    Action::FocusPrevious,
    Action::Zoom,
    Action::Freeze,
    Action::Help,
    Action::Back,
    Action::PageUp,
    Action::PageDown,
];

/// Shows the themes until they are left: the exit code.
///
/// # Errors
/// No terminal, or one that cannot be drawn on.
pub fn preview(wish: &Wish) -> Result<u8, String> {
    let look = Look::find(wish)?;
    let tty = Tty::open().map_err(|error| error.to_string())?;
    let size = tty.size();
    let (state, now) = morning((size.width, size.height))?;
    let (_threads, runtime) = Threads::start()?;
    let _within = runtime.enter();
    let (control, control_in) = mpsc::channel(CONTROLS);
    let (output, output_in) = mpsc::channel(OUTPUTS);
    let (input, input_in) = mpsc::channel(INPUTS);
    let failed = |error: std::io::Error| format!("cannot show the themes: {error}");
    signals::listen(tty.try_clone().map_err(failed)?, control.clone()).map_err(failed)?;
    files::watch_themes(look.files().collect(), control).map_err(failed)?;
    let keys = Keys::standard().map_err(|error| error.to_string())?;
    let (mut session, screen) = Session::enter(tty, move |said| {
        let _gone = output.blocking_send(said);
    })
    .map_err(|error| error.to_string())?;
    let mut reading = term::Keys::start(session.tty(), move |read| {
        let _gone = input.blocking_send(read);
    })
    .map_err(failed)?;
    let mut show = Show { at: look.themes().worn, look, state, now, keys, screen, left: None };
    let left = runtime.block_on(show.run((control_in, output_in, input_in)));
    reading.stop();
    let (words, code) = match left {
        Left::Kept => (how_to_keep(&show.look, show.at), 0),
        Left::Closed => (String::new(), 0),
        Left::Signal(number) => (String::new(), 128 + u8::try_from(number).unwrap_or(0)),
        Left::Lost => (String::new(), 129),
    };
    session.leave(&words);
    Ok(code)
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Kept,
    Closed,
    Signal(i32),
    Lost,
}

/// The themes while they are shown.
struct Show<S: Screen> {
    look: Look,
    /// The theme that is shown.
    at: usize,
    state: State,
    /// The moment of the sample, which stands still.
    now: Stamp,
    keys: Keys,
    screen: S,
    left: Option<Left>,
}

type Wires = (Receiver<Control>, Receiver<Output>, Receiver<Input>);

impl<S: Screen> Show<S> {
    async fn run(&mut self, (mut control, mut output, mut input): Wires) -> Left {
        loop {
            self.draw();
            if let Some(left) = self.left {
                return left;
            }
            tokio::select! {
                biased;
                Some(control) = control.recv() => self.control(control),
                Some(output) = output.recv() => self.output(&output),
                Some(input) = input.recv() => self.input(input),
                else => return Left::Lost,
            }
        }
    }

    fn draw(&mut self) {
        let number = (self.at + 1, self.look.themes().rows.len());
        let Some(entry) = self.look.library().entries().get(self.at) else { return };
        let (Ok(theme), true) = (&entry.theme, self.screen.ready()) else { return };
        let from = match &entry.source {
            Source::BuiltIn => "built in".to_owned(),
            Source::File(path) => path.display().to_string(),
        };
        let shown = Shown { theme, from: &from, number };
        let (state, look, now) = (&self.state, &self.look, &self.now);
        self.screen.draw(mono(), &mut |frame| {
            shown::render(frame, &shown, state, (&look.styles, &look.glyphs), now);
        });
    }

    fn control(&mut self, control: Control) {
        match control {
            Control::Msg(msg) => self.take(msg),
            Control::Continued => self.screen.repaint(),
            Control::Theme(at, read) => {
                if let Some(said) = self.look.renew(at, read) {
                    self.state.tell(&self.now, &said);
                }
            }
            Control::Signal(number, _) => self.left = Some(Left::Signal(number)),
            Control::Show(_) => {}
        }
    }

    fn output(&mut self, output: &Output) {
        match output {
            Output::Painted(number) => self.screen.painted(*number, mono()),
            Output::Lost(_) => self.left = Some(Left::Lost),
        }
    }

    fn input(&mut self, input: Input) {
        let Input::Event(event) = input else {
            self.left = Some(Left::Lost);
            return;
        };
        match self.keys.read(&event, Mode::Normal, self.state.ui.focus) {
            Some(Msg::Action { action, .. }) => self.action(action),
            Some(msg @ Msg::Resize { .. }) => self.take(msg),
            _ => {}
        }
    }

    fn action(&mut self, action: Action) {
        match action {
            Action::Down => self.step(1),
            Action::Up => self.step(-1),
            Action::Open => self.left = Some(Left::Kept),
            Action::Quit => self.left = Some(Left::Closed),
            Action::Repaint => self.screen.repaint(),
            Action::Focus(_) => self.take(Msg::Action { action, repeat: false }),
            _ if LOOKS.contains(&action) => self.take(Msg::Action { action, repeat: false }),
            _ => {}
        }
    }

    /// To the next theme that can be used; after the last comes the first.
    fn step(&mut self, by: isize) {
        let Themes { rows, .. } = self.look.themes();
        for _ in &rows {
            self.at = (self.at + rows.len()).saturating_add_signed(by) % rows.len();
            if self.look.wear(self.at).is_ok() {
                return;
            }
        }
    }

    fn take(&mut self, msg: Msg) {
        if let Msg::Resize { width, height } = msg {
            self.screen.resize(ratatui::layout::Size { width, height });
        }
        // A sample asks for nothing that could be done.
        let _nothing = update(&mut self.state, msg, &self.now);
    }
}

fn mono() -> Duration {
    SystemClock.now().mono
}

/// The line that keeps a theme, and where it goes.
fn how_to_keep(look: &Look, at: usize) -> String {
    let Some(entry) = look.library().entries().get(at) else { return String::new() };
    let folder = user::folder(&crate::app::environment);
    let own = folder.as_deref().map(user::themes);
    let value = match &entry.source {
        Source::File(path) if path.parent() != own.as_deref() => whole(path),
        _ => entry.name.clone(),
    };
    let place = folder
        .as_deref()
        .map(user::file)
        .map_or_else(|| "~/.config/cutover/config.toml".to_owned(), |file| file.display().to_string());
    let (line, word) = (toml::Value::String(value.clone()), quoted(&value));
    format!(
        "To keep this theme, write this line into {place}:\n\n  theme = {line}\n\n\
         For one run: cutover PLAN --theme {word}\n"
    )
}

fn whole(path: &Path) -> String {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}
