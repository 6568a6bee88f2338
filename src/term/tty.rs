//! A handle of the terminal that is ours alone.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use ratatui::layout::Size;
use rustix::fs::{Mode, OFlags};
use rustix::process::getpgrp;
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr, tcgetpgrp,
    tcgetwinsize, tcsetattr, ttyname,
};

use super::TermError;

/// What a terminal that does not tell its size is taken for.
const USUAL: Size = Size { width: 80, height: 24 };

/// The terminal, opened anew: its file status flags are not shared with the shell.
#[derive(Debug)]
pub struct Tty {
    file: File,
}

impl Tty {
    /// The controlling terminal, else the one on standard output or error.
    ///
    /// # Errors
    /// There is none, or it cannot move its cursor.
    pub fn open() -> Result<Tty, TermError> {
        match std::env::var("TERM") {
            Ok(kind) if kind == "dumb" => return Err(TermError::Dumb(kind)),
            _ => {}
        }
        if let Ok(tty) = Tty::at(Path::new("/dev/tty")) {
            return Ok(tty);
        }
        // A container may give a terminal on the standard streams without making it the controlling one.
        let name = ttyname(rustix::stdio::stdout(), Vec::new())
            .or_else(|_| ttyname(rustix::stdio::stderr(), Vec::new()))
            .map_err(|_| TermError::NoTerminal)?;
        Tty::at(Path::new(std::ffi::OsStr::from_bytes(name.to_bytes()))).map_err(TermError::at("open"))
    }

    /// The terminal at a path, which does not become the controlling one.
    ///
    /// # Errors
    /// It cannot be opened, or is no terminal.
    pub fn at(path: &Path) -> io::Result<Tty> {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
        tcgetattr(&file)?;
        Ok(Tty { file })
    }

    /// Another handle of the same opening.
    ///
    /// # Errors
    /// The process has no file descriptor left.
    pub fn try_clone(&self) -> io::Result<Tty> {
        Ok(Tty { file: self.file.try_clone()? })
    }

    /// Columns and rows; 80x24 if the terminal does not say.
    #[must_use]
    pub fn size(&self) -> Size {
        match tcgetwinsize(&self.file) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => {
                Size { width: size.ws_col, height: size.ws_row }
            }
            _ => USUAL,
        }
    }

    /// The path of the terminal, such as `/dev/pts/3`; `None` where it is only known as `/dev/tty`.
    #[must_use]
    pub fn name() -> Option<PathBuf> {
        [rustix::stdio::stdin(), rustix::stdio::stdout(), rustix::stdio::stderr()]
            .into_iter()
            .find_map(|fd| ttyname(fd, Vec::new()).ok())
            .map(|name| PathBuf::from(std::ffi::OsStr::from_bytes(name.to_bytes())))
    }

    /// The shell has not taken the terminal back: a process in the background must not touch it.
    pub(super) fn is_ours(&self) -> bool {
        // Where it is not the controlling terminal nobody can take it back.
        tcgetpgrp(&self.file).map_or(true, |group| group == getpgrp())
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Forgets what was typed and not read: it was meant for something else.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn forget(&self) -> io::Result<()> {
        Ok(tcflush(&self.file, QueueSelector::IFlush)?)
    }

    /// Asks, and waits for one key, without echo and without a line end; every key is an answer, Ctrl-C too.
    ///
    /// # Errors
    /// The terminal is gone, or what `ask` says.
    pub fn key(&self, ask: impl FnOnce() -> io::Result<()>) -> io::Result<u8> {
        let usual = self.mode()?;
        let mut bare = usual.clone();
        bare.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG;
        bare.special_codes[SpecialCodeIndex::VMIN] = 1;
        bare.special_codes[SpecialCodeIndex::VTIME] = 0;
        self.set_mode(&bare)?;
        let mut byte = [0];
        let read = ask().and_then(|()| (&self.file).read_exact(&mut byte));
        self.set_mode(&usual)?;
        read.map(|()| byte[0])
    }

    pub(super) fn mode(&self) -> io::Result<Termios> {
        Ok(tcgetattr(&self.file)?)
    }

    /// Sets the mode at once: waiting for output to drain could wait for ever.
    pub(super) fn set_mode(&self, mode: &Termios) -> io::Result<()> {
        Ok(tcsetattr(&self.file, OptionalActions::Now, mode)?)
    }
}

impl AsFd for Tty {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}
