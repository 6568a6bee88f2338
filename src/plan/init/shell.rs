//! A command's words, as far as they can be told without a shell.

/// One program with its arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Simple {
    /// Words, quotes taken off.
    pub words: Vec<String>,
    /// Its output, or its errors, go into this file.
    pub output: Option<String>,
    /// A pipe, a substitution or an input of its own makes it more than words.
    pub needs_shell: bool,
}

/// The programs of a text, in order. A backtick at a line's end continues it, as PowerShell has it.
pub(super) fn split(text: &str) -> Vec<Simple> {
    // A fence that was not closed on a line of its own is no part of the command.
    let text = text.trim_end().trim_end_matches("```");
    let text = text.replace("\\\n", " ").replace("`\n", " ");
    let mut splitter = Splitter::default();
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '\'' => splitter.quoted(&mut letters, '\''),
            '"' => splitter.quoted(&mut letters, '"'),
            '\\' => splitter.word.push(letters.next().unwrap_or('\\')),
            '$' if letters.peek() == Some(&'(') => splitter.substitution(&mut letters),
            '`' => {
                splitter.now.needs_shell = true;
                splitter.word.push(c);
            }
            '#' if splitter.word.is_empty() && !splitter.open => {
                while letters.next_if(|c| *c != '\n').is_some() {}
            }
            // `<name>` is a placeholder, all else an input.
            '<' if letters.clone().next().is_some_and(char::is_alphabetic) && is_angle(letters.clone()) => {
                splitter.word.push('<');
                for c in letters.by_ref() {
                    splitter.word.push(c);
                    if c == '>' {
                        break;
                    }
                }
            }
            '<' => {
                splitter.end();
                splitter.now.needs_shell = true;
            }
            '>' => splitter.redirect(&mut letters),
            '|' if letters.peek() == Some(&'|') => {
                letters.next();
                splitter.finish(false);
            }
            '|' => splitter.finish(true),
            ';' | '\n' | '(' | ')' => splitter.finish(false),
            '&' if letters.peek() == Some(&'>') => {
                letters.next();
                splitter.redirect(&mut letters);
            }
            '&' => {
                letters.next_if_eq(&'&');
                splitter.finish(false);
            }
            c if c.is_whitespace() => splitter.end(),
            c => splitter.word.push(c),
        }
    }
    splitter.finish(false);
    splitter.done
}

/// Whether what follows `<` is a name and `>`.
fn is_angle(mut letters: std::iter::Peekable<std::str::Chars<'_>>) -> bool {
    letters.find(|c| !(c.is_alphanumeric() || " _.-".contains(*c))) == Some('>')
}

#[derive(Default)]
struct Splitter {
    done: Vec<Simple>,
    now: Simple,
    word: String,
    /// The word has begun, be it empty.
    open: bool,
    /// The next word is the file of a redirection.
    file: bool,
    /// What comes reads from a pipe.
    piped: bool,
}

type Letters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

impl Splitter {
    fn quoted(&mut self, letters: &mut Letters<'_>, quote: char) {
        self.open = true;
        while let Some(c) = letters.next() {
            if c == quote {
                return;
            }
            if quote == '"' && c == '\\' && letters.peek().is_some_and(|c| "\"\\$`".contains(*c)) {
                self.word.extend(letters.next());
                continue;
            }
            if quote == '"' && c == '$' && letters.peek() == Some(&'(') {
                self.now.needs_shell = true;
            }
            self.word.push(c);
        }
    }

    fn substitution(&mut self, letters: &mut Letters<'_>) {
        self.now.needs_shell = true;
        self.word.push('$');
        let mut depth = 0;
        for c in letters.by_ref() {
            self.word.push(c);
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }

    fn redirect(&mut self, letters: &mut Letters<'_>) {
        if self.word.chars().all(|c| c.is_ascii_digit()) {
            self.word.clear();
        }
        self.end();
        letters.next_if_eq(&'>');
        if letters.next_if_eq(&'&').is_some() {
            // `2>&1`
            while letters.next_if(char::is_ascii_digit).is_some() {}
        } else {
            self.file = true;
        }
    }

    fn end(&mut self) {
        if self.word.is_empty() && !self.open {
            return;
        }
        let word = std::mem::take(&mut self.word);
        self.open = false;
        if std::mem::take(&mut self.file) {
            self.now.output = Some(word).filter(|file| file != "/dev/null");
        } else {
            self.now.words.push(word);
        }
    }

    fn finish(&mut self, pipes: bool) {
        self.end();
        self.file = false;
        let mut simple = std::mem::take(&mut self.now);
        simple.needs_shell |= pipes || self.piped;
        self.piped = pipes;
        strip(&mut simple.words);
        if !simple.words.is_empty() {
            self.done.push(simple);
        }
    }
}

/// Takes off what stands before the program itself: variables, and programs that only run others.
fn strip(words: &mut Vec<String>) {
    loop {
        let Some(first) = words.first() else { return };
        let assigns = first.split_once('=').is_some_and(|(name, _)| is_name(name));
        let takes = match first.as_str() {
            _ if assigns && words.len() > 1 => 1,
            "nohup" | "time" | "exec" | "setsid" | "env" | "command" | "then" | "do" | "else" | "$" => 1,
            "sudo" | "nice" | "ionice" | "stdbuf" | "timeout" | "watch" => 1 + options(words),
            _ => return,
        };
        words.drain(..takes.min(words.len()));
    }
}

/// How many words behind the first are its own options.
fn options(words: &[String]) -> usize {
    /// Options that take a word.
    const TAKING: [&str; 9] = ["-u", "-g", "-n", "-c", "-s", "-k", "-o", "-e", "-i"];
    let program = words[0].as_str();
    let mut taken = 0;
    while let Some(word) = words.get(1 + taken).filter(|word| word.starts_with('-')) {
        let alone = program == "sudo" && matches!(word.as_str(), "-n" | "-i" | "-s" | "-k" | "-e");
        taken += if TAKING.contains(&word.as_str()) && !alone { 2 } else { 1 };
    }
    // `timeout 5 program`
    taken + usize::from(program == "timeout")
}

/// Whether a word is a variable's name.
pub(super) fn is_name(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with(|c: char| c.is_ascii_digit())
        && word.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Vec<String>> {
        split(text).into_iter().map(|simple| simple.words).collect()
    }

    #[test]
    fn words_of_programs() {
        for (text, expected) in [
            ("tail -f '/var/log/a b.log'", vec![vec!["tail", "-f", "/var/log/a b.log"]]),
            ("sudo -u postgres pg_dump shop", vec![vec!["pg_dump", "shop"]]),
            ("sudo -n tail -F x", vec![vec!["tail", "-F", "x"]]),
            ("A=1 nice -n 5 rsync a b", vec![vec!["rsync", "a", "b"]]),
            ("timeout 5 curl x && echo ok; id", vec![vec!["curl", "x"], vec!["echo", "ok"], vec!["id"]]),
            ("watch -n 5 kubectl get pods", vec![vec!["kubectl", "get", "pods"]]),
            ("ssh <host> uptime # now", vec![vec!["ssh", "<host>", "uptime"]]),
            ("az x \\\n  --name N", vec![vec!["az", "x", "--name", "N"]]),
            ("NEW=db2.example.com", vec![vec!["NEW=db2.example.com"]]),
            ("x \"a \\\" b\" ''", vec![vec!["x", "a \" b", ""]]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn what_needs_a_shell() {
        for (text, needs) in [
            ("pg_dump a | psql b", true),
            ("mongodump --out=/b/$(date +%F)", true),
            ("psql < dump.sql", true),
            ("rsync a b > x.log 2>&1", false),
            ("kubectl logs -f deploy/api", false),
        ] {
            assert_eq!(split(text)[0].needs_shell, needs, "{text}");
        }
        assert_eq!(split("rsync a b >> /tmp/x.log 2>&1 &")[0].output.as_deref(), Some("/tmp/x.log"));
        assert_eq!(split("a 2>/dev/null")[0].output, None);
    }
}
