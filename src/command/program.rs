//! Which program reads a block of code.

/// A program that takes a command as an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its name, looked for in `PATH`.
    pub name: &'static str,
    /// What stands before the text.
    pub arguments: &'static [&'static str],
    pub(super) tongue: Tongue,
}

/// How a program names a variable of its environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tongue {
    /// `"$NAME"`, POSIX quoting.
    Posix,
    /// `"$NAME"`, its own quoting.
    Fish,
    /// An expression, outside strings.
    Expression(&'static str, &'static str),
    /// Not at all.
    None,
}

impl Program {
    /// A shell with POSIX quoting.
    #[must_use]
    pub fn is_posix(&self) -> bool {
        self.tongue == Tongue::Posix
    }

    /// Program and arguments for a text.
    #[must_use]
    pub fn argv(&self, text: &str) -> Vec<String> {
        let words = std::iter::once(self.name).chain(self.arguments.iter().copied()).chain([text]);
        words.map(str::to_owned).collect()
    }
}

const fn shell(name: &'static str) -> Program {
    Program { name, arguments: &["-c"], tongue: Tongue::Posix }
}

/// The program for a fence's language; code without a language is a shell's.
///
/// # Errors
/// Why such code can only be copied, in one sentence.
pub fn program(language: Option<&str>) -> Result<Program, String> {
    let language = language.unwrap_or("sh");
    Ok(match language {
        "sh" | "shell" | "posix" | "console" | "shell-session" | "shellsession" | "sh-session" => shell("sh"),
        "bash" => shell("bash"),
        "zsh" => shell("zsh"),
        "ksh" => shell("ksh"),
        "dash" => shell("dash"),
        "fish" => Program { name: "fish", arguments: &["-c"], tongue: Tongue::Fish },
        "python" | "python3" | "py" => Program {
            name: "python3",
            arguments: &["-c"],
            tongue: Tongue::Expression("__import__(\"os\").environ[\"", "\"]"),
        },
        "ruby" | "rb" => {
            Program { name: "ruby", arguments: &["-e"], tongue: Tongue::Expression("ENV.fetch(\"", "\")") }
        }
        "node" => {
            Program { name: "node", arguments: &["-e"], tongue: Tongue::Expression("process.env[\"", "\"]") }
        }
        "psql" => {
            Program { name: "psql", arguments: &["-X", "-v", "ON_ERROR_STOP=1", "-c"], tongue: Tongue::None }
        }
        other => {
            let other: String = crate::text::clean(other).chars().take(24).collect();
            return Err(format!(
                "Nothing here says which program runs “{other}”: y copies it; a fence named sh, bash, zsh, fish, python, ruby, node or psql can be run"
            ));
        }
    })
}
