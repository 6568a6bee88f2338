//! POSIX shell text: how each byte is quoted, and where a logical command ends.
//!
//! Not a parser of the language: it follows quoting, substitutions, here-documents and the words that open and close
//! compound commands (POSIX.1-2017, Shell Command Language, 2.2–2.10), which is what splitting and filling in need.

use super::Piece;

/// How a byte stands in a shell's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Outside quotes.
    Bare,
    /// Between double quotes.
    Double,
    /// Between single quotes: taken as it is.
    Single,
    /// Between backticks.
    Backtick,
    /// In `${…}`.
    Parameter,
    /// In `((…))` or `$((…))`.
    Arithmetic,
    /// In a here-document that is expanded.
    Here,
    /// In a here-document that is taken as it is.
    HereQuoted,
    /// Nobody reads it.
    Comment,
}

/// What opened and is not closed yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frame {
    /// `(` or `$(`; the word and the position around it.
    Paren(Option<usize>, bool),
    Brace,
    /// `if`, a loop or `case`, until this word.
    Until(&'static str),
    Double,
    Backtick,
    Parameter,
    /// Parentheses still open.
    Arithmetic(usize),
}

/// A here-document whose body has not begun.
struct Here {
    end: String,
    quoted: bool,
    tabs: bool,
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    classes: Vec<Class>,
    ends: Vec<usize>,
    frames: Vec<Frame>,
    heres: Vec<Here>,
    /// Where the word began that is being read.
    word: Option<usize>,
    /// The next word names a command, or is a reserved one.
    command: bool,
    /// The line ended with an operator: the next one belongs to it.
    pending: bool,
    /// The next word is a function's name.
    function: bool,
}

/// The class of every byte, and the offsets behind the line ends where a logical command is over.
pub(super) fn scan(text: &str) -> (Vec<Class>, Vec<usize>) {
    let mut scanner = Scanner {
        text,
        at: 0,
        classes: vec![Class::Bare; text.len()],
        ends: Vec::new(),
        frames: Vec::new(),
        heres: Vec::new(),
        word: None,
        command: true,
        pending: false,
        function: false,
    };
    while scanner.at < text.len() {
        match scanner.frames.last() {
            Some(Frame::Double) => scanner.double(),
            Some(Frame::Backtick) => scanner.backtick(),
            Some(Frame::Parameter) => scanner.parameter(),
            Some(Frame::Arithmetic(open)) => scanner.arithmetic(*open),
            _ => scanner.bare(),
        }
    }
    (scanner.classes, scanner.ends)
}

impl Scanner<'_> {
    fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    fn before(&self) -> u8 {
        self.at.checked_sub(1).map_or(b'\n', |at| self.text.as_bytes()[at])
    }

    fn take(&mut self, count: usize, class: Class) {
        let to = (self.at + count).min(self.text.len());
        self.classes[self.at..to].fill(class);
        self.at = to;
    }

    /// Opens what begins with `$`; says whether something did.
    fn dollar(&mut self, class: Class) -> bool {
        match (self.byte(1), self.byte(2)) {
            (b'(', b'(') => {
                self.take(3, class);
                self.frames.push(Frame::Arithmetic(2));
            }
            (b'(', _) => {
                self.take(2, class);
                self.frames.push(Frame::Paren(self.word.take(), self.command));
                self.command = true;
            }
            (b'{', _) => {
                self.take(2, class);
                self.frames.push(Frame::Parameter);
            }
            _ => return false,
        }
        true
    }

    fn double(&mut self) {
        match self.byte(0) {
            b'\\' => self.take(2, Class::Double),
            b'"' => {
                self.take(1, Class::Double);
                self.frames.pop();
            }
            b'`' => {
                self.take(1, Class::Backtick);
                self.frames.push(Frame::Backtick);
            }
            b'$' if self.dollar(Class::Double) => {}
            _ => self.take(1, Class::Double),
        }
    }

    fn backtick(&mut self) {
        match self.byte(0) {
            b'\\' => self.take(2, Class::Backtick),
            b'`' => {
                self.take(1, Class::Backtick);
                self.frames.pop();
            }
            _ => self.take(1, Class::Backtick),
        }
    }

    fn parameter(&mut self) {
        match self.byte(0) {
            b'\\' => self.take(2, Class::Parameter),
            b'}' => {
                self.take(1, Class::Parameter);
                self.frames.pop();
            }
            b'"' => {
                self.take(1, Class::Parameter);
                self.frames.push(Frame::Double);
            }
            b'`' => {
                self.take(1, Class::Backtick);
                self.frames.push(Frame::Backtick);
            }
            b'$' if self.dollar(Class::Parameter) => {}
            _ => self.take(1, Class::Parameter),
        }
    }

    fn arithmetic(&mut self, open: usize) {
        let open = match self.byte(0) {
            b'(' => open + 1,
            b')' => open - 1,
            _ => open,
        };
        self.take(1, Class::Arithmetic);
        self.frames.pop();
        if open > 0 {
            self.frames.push(Frame::Arithmetic(open));
        } else {
            self.command = false;
        }
    }

    fn bare(&mut self) {
        let first = self.byte(0);
        match first {
            b'\\' => {
                if self.byte(1) != b'\n' {
                    self.begin();
                }
                self.take(2, Class::Bare);
            }
            b'\'' => self.single(1, false),
            b'"' => {
                self.begin();
                self.take(1, Class::Double);
                self.frames.push(Frame::Double);
            }
            b'`' => {
                self.begin();
                self.take(1, Class::Backtick);
                self.frames.push(Frame::Backtick);
            }
            b'$' => {
                self.begin();
                if self.byte(1) == b'\'' {
                    self.single(2, true);
                } else if !self.dollar(Class::Bare) {
                    self.take(1, Class::Bare);
                }
            }
            b'#' if self.word.is_none()
                && matches!(self.before(), b' ' | b'\t' | b'\n' | b';' | b'(' | b'&' | b'|') =>
            {
                let rest = &self.text[self.at..];
                self.take(rest.find('\n').unwrap_or(rest.len()), Class::Comment);
            }
            b'<' if self.byte(1) == b'<' && self.byte(2) == b'<' => self.take(3, Class::Bare),
            b'<' if self.byte(1) == b'<' => self.here(),
            b'<' | b'>' if self.byte(1) == b'(' => {
                self.take(2, Class::Bare);
                self.frames.push(Frame::Paren(self.word.take(), self.command));
                self.command = true;
            }
            b'(' => self.open(),
            b')' => {
                self.flush();
                self.take(1, Class::Bare);
                if let Some(Frame::Paren(word, _)) = self.frames.last().copied() {
                    self.frames.pop();
                    self.word = word;
                    self.command = false;
                } else {
                    // A pattern of `case`.
                    self.command = true;
                }
            }
            b'\n' => self.newline(),
            b'&' if matches!(self.before(), b'>' | b'<') || self.byte(1) == b'>' => self.take(1, Class::Bare),
            b';' | b'&' | b'|' => {
                self.flush();
                self.pending = first == b'|' || (first == b'&' && self.byte(1) == b'&');
                self.command = true;
                let double = self.byte(1) == first || (first == b'|' && self.byte(1) == b'&');
                self.take(if double { 2 } else { 1 }, Class::Bare);
            }
            b' ' | b'\t' | b'\r' => {
                self.flush();
                self.take(1, Class::Bare);
            }
            _ => {
                self.begin();
                self.take(1, Class::Bare);
            }
        }
    }

    fn begin(&mut self) {
        self.pending = false;
        self.word.get_or_insert(self.at);
    }

    /// Text between single quotes, of which `skip` bytes open it.
    fn single(&mut self, skip: usize, escapes: bool) {
        self.begin();
        self.take(skip, Class::Single);
        while self.at < self.text.len() {
            match self.byte(0) {
                b'\\' if escapes => self.take(2, Class::Single),
                b'\'' => return self.take(1, Class::Single),
                _ => self.take(1, Class::Single),
            }
        }
    }

    fn open(&mut self) {
        let named = self.word.is_some();
        self.flush();
        if self.byte(1) == b')' && named {
            // A function's name stands before it; its body follows.
            self.take(2, Class::Bare);
            self.command = true;
        } else if self.byte(1) == b'(' && self.command {
            self.take(2, Class::Arithmetic);
            self.frames.push(Frame::Arithmetic(2));
        } else {
            self.pending = false;
            self.take(1, Class::Bare);
            self.frames.push(Frame::Paren(None, self.command));
            self.command = true;
        }
    }

    /// A word is over: reserved words open and close.
    fn flush(&mut self) {
        let Some(from) = self.word.take() else { return };
        let word = &self.text[from..self.at];
        if std::mem::take(&mut self.function) {
            self.command = true;
            return;
        }
        if !self.command {
            return;
        }
        self.command = match word {
            "if" => self.compound("fi", true),
            "while" | "until" => self.compound("done", true),
            "for" | "select" => self.compound("done", false),
            "case" => self.compound("esac", false),
            "{" => {
                self.frames.push(Frame::Brace);
                true
            }
            "}" => {
                if self.frames.last() == Some(&Frame::Brace) {
                    self.frames.pop();
                }
                false
            }
            "fi" | "done" | "esac" => {
                if matches!(self.frames.last(), Some(Frame::Until(end)) if *end == word) {
                    self.frames.pop();
                }
                false
            }
            "function" => {
                self.function = true;
                true
            }
            "then" | "do" | "else" | "elif" | "!" | "time" => true,
            _ => is_assignment(word),
        };
    }

    fn compound(&mut self, end: &'static str, command: bool) -> bool {
        self.frames.push(Frame::Until(end));
        command
    }

    fn newline(&mut self) {
        self.flush();
        self.take(1, Class::Bare);
        for here in std::mem::take(&mut self.heres) {
            self.body(&here);
        }
        self.command = true;
        if self.frames.is_empty() && !self.pending {
            self.ends.push(self.at);
        }
    }

    /// `<<END`, `<<-'END'`: its body begins behind the line.
    fn here(&mut self) {
        self.flush();
        self.take(2, Class::Bare);
        let tabs = self.byte(0) == b'-';
        self.take(usize::from(tabs), Class::Bare);
        while matches!(self.byte(0), b' ' | b'\t') {
            self.take(1, Class::Bare);
        }
        let (mut end, mut quoted, mut within) = (Vec::new(), false, 0);
        while self.at < self.text.len() {
            match self.byte(0) {
                quote @ (b'\'' | b'"') if within == 0 || within == quote => {
                    quoted = true;
                    within = if within == 0 { quote } else { 0 };
                }
                b'\\' if within == 0 => quoted = true,
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' if within == 0 => break,
                byte => end.push(byte),
            }
            self.take(1, Class::Single);
        }
        let end = String::from_utf8_lossy(&end).into_owned();
        self.heres.push(Here { end, quoted, tabs });
    }

    fn body(&mut self, here: &Here) {
        let from = self.at;
        let mut to = self.text.len();
        for line in self.text[from..].split_inclusive('\n') {
            let whole = line.trim_end_matches('\n');
            let whole = if here.tabs { whole.trim_start_matches('\t') } else { whole };
            if whole == here.end {
                to = self.at;
                self.take(line.len(), Class::Single);
                break;
            }
            self.take(line.len(), if here.quoted { Class::HereQuoted } else { Class::Here });
        }
        if !here.quoted {
            substitutions(&self.text[from..to], &mut self.classes[from..to]);
        }
    }
}

/// What a here-document substitutes has a quoting of its own: marked, so that nothing is filled in there.
fn substitutions(text: &str, classes: &mut [Class]) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let from = at;
        match (bytes[at], bytes.get(at + 1)) {
            (b'\\', _) => {
                at += 2;
                continue;
            }
            (b'`', _) => at += 1 + bytes[at + 1..].iter().position(|&b| b == b'`').unwrap_or(bytes.len()),
            (b'$', Some(b'(' | b'{')) => {
                let mut open = 0;
                for &byte in &bytes[at..] {
                    at += 1;
                    match byte {
                        b'(' | b'{' => open += 1,
                        b')' | b'}' if open == 1 => break,
                        b')' | b'}' => open -= 1,
                        _ => {}
                    }
                }
                at -= 1;
            }
            _ => {
                at += 1;
                continue;
            }
        }
        at = (at + 1).min(bytes.len());
        let plain = text.get(from + 2..at - 1).is_some_and(|name| {
            bytes[from + 1] == b'{' && name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric())
        });
        if !plain {
            classes[from..at].fill(Class::Backtick);
        }
    }
}

fn is_assignment(word: &str) -> bool {
    let Some((name, _)) = word.split_once('=') else { return false };
    let name = name.strip_suffix('+').unwrap_or(name);
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric())
}

/// The logical commands of a shell's text.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let (classes, mut ends) = scan(text);
    if ends.last() != Some(&text.len()) {
        ends.push(text.len());
    }
    let (mut found, mut from, mut title) = (Vec::new(), 0, None::<String>);
    for end in ends {
        let part = &text[from..end];
        let lead = part.len() - part.trim_start().len();
        let body = part.trim();
        if !body.is_empty() {
            let silent = (from..end)
                .all(|at| classes[at] == Class::Comment || text.as_bytes()[at].is_ascii_whitespace());
            if silent {
                let words = body.lines().map(|line| line.trim().trim_start_matches(['#', '!']).trim());
                let words = words.collect::<Vec<_>>().join(" ");
                let above = title.take().map_or_else(String::new, |above| format!("{above} "));
                title = Some(format!("{above}{words}")).filter(|words| !words.trim().is_empty());
            } else {
                let line = text[..from + lead].matches('\n').count();
                // A here-document ends with its last line's end.
                let text = part.trim_start_matches(['\n', '\r']).trim_end().to_owned();
                found.push(Piece { title: title.take(), text, line });
            }
        }
        from = end;
    }
    found
}
