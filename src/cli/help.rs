//! What stands behind the flags in `--help` and in the man pages: examples, notes, exit codes, files, environment.

use std::fmt::Write as _;

use crate::text;

/// What a command's help says besides its flags.
#[derive(Clone, Copy, Debug)]
pub struct Help {
    /// Its name; empty for the program itself.
    pub command: &'static str,
    /// Command lines that work as they stand but for the names in them, and what each does.
    pub examples: &'static [(&'static str, &'static str)],
    /// What else one must know, a paragraph each.
    pub notes: &'static [&'static str],
    /// Every code that it exits with, and when; [`SIGNALLED`] and a fault of its own come on top.
    pub exits: &'static [(u8, &'static str)],
}

/// The codes of a cockpit that somebody or something else ended, in words.
pub const SIGNALLED: &str = "129, 130 and 143: ended by SIGHUP, SIGINT or SIGTERM, in good order. 101: a fault of cutover \
                             itself; what was recorded is safe.";

const LEFT: (u8, &str) = (0, "left by its operator");
const NOT_OPENED: (u8, &str) = (2, "not opened; a sentence says why and what to do");
const UNSAVED: (u8, &str) = (1, "left, and the last act could not be recorded");

/// The help of every command, the program's own first.
pub const HELP: &[Help] = &[
    Help {
        command: "",
        examples: &[
            ("cutover demo", "a small migration on this machine, to try everything"),
            ("cutover new backend-migration", "begin with a plan that is there"),
            ("cutover init migration.md", "write the sidecar of your own plan from what it says"),
            ("cutover check --probe migration.md", "every probe once: the preflight"),
            ("cutover migration.md", "open the cockpit, or go on where it was left"),
            ("cutover run migration.md --rehearsal", "practise, in a log of its own"),
            ("cutover verify LOG", "is the log intact, and who signed"),
            ("cutover report LOG -o signoff.html", "who, what, when, on what evidence"),
        ],
        notes: &[
            "cutover COMMAND --help says more of each; cutover man prints the manual: files, environment, the keys, the \
             sidecar, the log.",
        ],
        exits: &[
            (0, "done, or all is well"),
            (
                1,
                "done, and somebody must look: findings, a log that is not intact, a run that needs somebody",
            ),
            (2, "not done; a sentence says why and what to do"),
        ],
    },
    Help {
        command: "run",
        examples: &[
            ("cutover run migration.md", "the cockpit; the same again goes on after a crash or a reboot"),
            ("cutover run migration.md --operator Dana", "without being asked who operates"),
            ("cutover run migration.md --rehearsal", "practise: a log of its own"),
            ("cutover run migration.md --baseline LOG", "durations planned by what that rehearsal took"),
            ("cutover run migration.md --new", "another run, although one is open"),
        ],
        notes: &["If another cockpit writes the log, this one looks on; W takes over when nobody does."],
        exits: &[LEFT, UNSAVED, NOT_OPENED],
    },
    Help {
        command: "watch",
        examples: &[
            ("cutover watch LOG", "follow a run, from any terminal"),
            ("cutover watch LOG --theme light", "the same, by another theme"),
        ],
        notes: &[
            "Keys: P plays and stands still, [ ] act by act, { } exceptions, < > minutes, = a time, L the newest, ? all keys.",
            "Nothing is written, no probe is run.",
        ],
        exits: &[LEFT, NOT_OPENED],
    },
    Help {
        command: "demo",
        examples: &[
            ("cutover demo", "six minutes; hints say which keys are wanted"),
            ("cutover demo --fast", "the same in a tenth of the time"),
            ("cutover demo dns-cutover", "a plan of `cutover new`, its probes on this machine"),
            ("cutover demo --theme light", "by another theme"),
        ],
        notes: &[
            "Nothing outside loopback is touched; what it makes lies in a folder below TMPDIR and is removed.",
        ],
        exits: &[LEFT, UNSAVED, (2, "not played; a sentence says why and what to do")],
    },
    Help {
        command: "check",
        examples: &[
            ("cutover check migration.md", "what was understood, every finding with line and column"),
            ("cutover check --probe migration.md", "and every probe once: the preflight"),
            ("cutover check migration.md --format json", "the same for programs"),
        ],
        notes: &[],
        exits: &[
            (0, "ready; with --probe, every probe is well"),
            (1, "findings; with --probe, something is not well"),
            (2, "the plan cannot be used"),
        ],
    },
    Help {
        command: "new",
        examples: &[
            ("cutover new", "list the templates"),
            ("cutover new backend-migration", "write backend-migration.md and .toml here"),
            ("cutover new backend-migration -o move.md", "write move.md and move.toml"),
            ("cutover new --from page.txt > move.md", "make a plan of a copied page"),
        ],
        notes: &["A file that is there is never overwritten."],
        exits: &[(0, "written or listed"), (2, "not written")],
    },
    Help {
        command: "init",
        examples: &[
            ("cutover init migration.md", "write migration.toml"),
            ("cutover init migration.md --stdout", "print it, beside one that is there"),
        ],
        notes: &[
            "What is certain is switched on; what is not stands behind a #, with its line and the reason. A file that is \
             there is never overwritten.",
        ],
        exits: &[(0, "written or printed"), (2, "not written")],
    },
    Help {
        command: "verify",
        examples: &[
            ("cutover verify LOG", "damage, edits, missing evidence"),
            (
                "cutover verify LOG --allowed-signers FILE",
                "and who signed: without it a stranger's log is intact too",
            ),
            ("cutover verify LOG --allowed-signers FILE --require-signature", "and is all of it signed"),
            ("cutover verify LOG --report signoff.html", "and was it cut or changed since that report"),
            ("cutover verify LOG --head HASH", "the same for a head that was kept elsewhere"),
        ],
        notes: &[],
        exits: &[
            (0, "intact, as far as was asked"),
            (1, "a bad line, which is named, or not proven as required"),
            (2, "it cannot be read, or a newer cutover wrote it"),
        ],
    },
    Help {
        command: "sign",
        examples: &[
            ("cutover sign LOG --key ~/.ssh/id_ed25519", "asks at a terminal for the rest"),
            (
                "cutover sign LOG --key KEY --name \"Lee Chen\" --role approver --statement \"moved\"",
                "asks for nothing",
            ),
            ("cutover sign LOG --key KEY --name Kim --cosign 412", "the sign-off in line 412 as well"),
        ],
        notes: &["Keys are those of ssh: files, agents (give the .pub), hardware keys."],
        exits: &[(0, "signed"), (2, "not signed: nothing was written")],
    },
    Help {
        command: "redact",
        examples: &[(
            "cutover redact LOG 3f2a91c0 --reason \"a name in it\"",
            "the evidence whose SHA-256 begins so",
        )],
        notes: &["The words of a line itself cannot be taken away: all lines behind it hold its hash."],
        exits: &[(0, "taken away, and the log says so"), (2, "not taken away")],
    },
    Help {
        command: "report",
        examples: &[
            ("cutover report LOG -o signoff.html", "one page for people; exceptions first"),
            ("cutover report LOG -o signoff.md", "the same as text"),
            ("cutover report LOG -o signoff.json", "for programs; cutover schema report is its schema"),
            ("cutover report LOG -o items.csv", "for spreadsheets: one row an item"),
            ("cutover report LOG -o done.md --filled", "the plan: boxes ticked, blanks filled, who and when"),
        ],
        notes: &[],
        exits: &[(0, "written"), (1, "written, of a log that is not intact"), (2, "not written")],
    },
    Help {
        command: "status",
        examples: &[
            ("cutover status LOG", "how the run stands"),
            ("cutover status LOG --format json", "the same for programs"),
            ("tmux set -g status-right '#(cutover status LOG)'", "in the last line of tmux"),
            ("cutover status LOG || notify-team", "in cron: exit code 1 calls"),
        ],
        notes: &["The log is read without a lock, while a cockpit writes it."],
        exits: &[
            (0, "all is well"),
            (
                1,
                "something needs somebody: a failed step or an outage over its goal, also of a finished run; while it goes \
                 on, users not served, a check that is down, a cockpit that has gone quiet",
            ),
            (2, "the log cannot be read"),
        ],
    },
    Help {
        command: "compare",
        examples: &[
            (
                "cutover compare REHEARSAL-LOG LIVE-LOG",
                "times, deviations, outage, decisions, steps of one alone",
            ),
            ("cutover compare REHEARSAL-LOG LIVE-LOG --format json", "for programs, every step in it"),
        ],
        notes: &[],
        exits: &[
            (0, "compared, also a plan that was edited in between"),
            (1, "less than half of the smaller plan's steps are in both, or a log is not intact"),
            (2, "a log cannot be read"),
        ],
    },
    Help {
        command: "schema",
        examples: &[
            (
                "cutover schema sidecar > sidecar.json",
                "for editors: `#:schema sidecar.json` on top of the sidecar",
            ),
            ("cutover schema report > report.json", "of what cutover report LOG -o FILE.json writes"),
        ],
        notes: &[],
        exits: &[(0, "printed"), (2, "there is no such form")],
    },
    Help {
        command: "tmux",
        examples: &[
            ("cutover tmux migration.md", "open it, or join whoever has"),
            ("cutover tmux migration.md -- --rehearsal", "with arguments of cutover run"),
        ],
        notes: &[
            "Everybody who joins sees the whole screen, as large as the smallest terminal; what the cockpit copies reaches \
             each clipboard; each act is recorded with the client that typed it. Leave with tmux's own key, usually ctrl-b d.",
        ],
        exits: &[(0, "left: tmux's own code"), (2, "not opened; a sentence says why and what to do")],
    },
    Help {
        command: "completions",
        examples: &[
            ("cutover completions bash > ~/.local/share/bash-completion/completions/cutover", ""),
            ("cutover completions zsh > ~/.zfunc/_cutover", ""),
            ("cutover completions fish > ~/.config/fish/completions/cutover.fish", ""),
        ],
        notes: &[],
        exits: &[(0, "printed"), (2, "there is no such shell")],
    },
    Help {
        command: "man",
        examples: &[
            ("cutover man | man -l -", "the first page"),
            ("cutover man plan | man -l -", "the sidecar: gates, people, choices, time, copies, commands"),
            ("cutover man -o ~/.local/share/man", "every page, for man cutover-verify"),
        ],
        notes: &[],
        exits: &[(0, "printed or written"), (2, "not written, or there is no such page")],
    },
    Help {
        command: "themes",
        examples: &[
            ("cutover themes", "at a terminal: j and k change the theme, enter says how to keep it"),
            ("cutover themes --format text", "what there is, and how well each can be read"),
            (
                "cutover themes import scheme.yaml > ~/.config/cutover/themes/mine.toml",
                "of a base16 or base24 scheme",
            ),
            ("cutover migration.md --theme mine", "for one run; CUTOVER_THEME=mine for a shell"),
        ],
        notes: &[],
        exits: &[
            (0, "done"),
            (1, "a theme of yours cannot be used"),
            (2, "the settings, the theme asked for or the scheme cannot be used"),
        ],
    },
];

/// What is read and written where.
pub const FILES: &[(&str, &str)] = &[
    ("NAME.md, NAME.toml", "The plan and its sidecar. Read and watched, never written."),
    (
        "NAME.live-DATE-N.signoff.jsonl",
        "The sign-off log, beside the plan or where --log says; of a rehearsal NAME.rehearsal-DATE-N.signoff.jsonl. Mode \
         0600, only ever appended to.",
    ),
    (
        "NAME.live-DATE-N.evidence/, .jobs/",
        "Beside the log: attachments, outputs and recorded readings; output, process and exit code of what was started by \
         key.",
    ),
    (
        "$XDG_CONFIG_HOME/cutover/config.toml",
        "Your settings: theme, ascii. ~/.config if the variable is not set. Read only.",
    ),
    ("$XDG_CONFIG_HOME/cutover/themes/NAME.toml", "Your themes. Read only."),
    (
        "$XDG_STATE_HOME/cutover/hints-dismissed",
        "Written by ctrl-g: the hints for newcomers are not wanted any more. ~/.local/state if the variable is not set. \
         Nothing else is ever written to your home.",
    ),
    (
        "$XDG_RUNTIME_DIR/cutover-NUMBER/",
        "Sockets of ssh connections while a cockpit with `via` is open; $TMPDIR if there is no such folder. Removed.",
    ),
    ("$TMPDIR/cutover-demo-NUMBER/", "What the demo makes; /tmp if the variable is not set. Removed."),
];

/// The variables that change what is done.
pub const ENVIRONMENT: &[(&str, &str)] = &[
    ("CUTOVER_THEME", "The theme, a name or a file: before config.toml, behind --theme."),
    ("XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_RUNTIME_DIR, TMPDIR, HOME", "Where files lie: see FILES."),
    ("NO_COLOR", "Bold, dim, underline and reverse instead of colours."),
    ("COLORTERM, TERM", "How many colours the terminal has; a terminal that is called dumb has no cockpit."),
    (
        "LC_ALL, LC_CTYPE, LANG",
        "The first that is set says whether the terminal shows UTF-8; else ASCII signs are drawn.",
    ),
    ("TZ", "The zone of the clock that stands beside UTC, if neither the sidecar nor --tz names one."),
    ("TMUX", "Set by tmux: who typed is asked of it, and what is copied reaches its paste buffer."),
    (
        "SUDO_USER, USER",
        "The login that acts are recorded with: SUDO_USER, else that of the process, else USER.",
    ),
    ("SSH_AUTH_SOCK", "Read by ssh and ssh-keygen: the agent that holds keys."),
    (
        "any that the sidecar names",
        "`${env:NAME}` and `{ env = \"NAME\" }` are secret: never on the screen, in the log or in a report.",
    ),
];

/// Columns of a narrow terminal, less the blanks before and between.
const ROOM: usize = 80 - 4;

/// The help of a command; of the program itself if there is none.
#[must_use]
pub fn of(command: &str) -> &'static Help {
    HELP.iter().find(|help| help.command == command).unwrap_or(&HELP[0])
}

impl Help {
    /// Behind the flags of `--help`.
    #[must_use]
    pub fn after(&self) -> String {
        let mut out = String::from("Examples:\n");
        let width = |words: &str| text::width(words);
        let fits = |(line, what): &&(&str, &str)| width(line) + width(what) <= ROOM;
        let wide = self.examples.iter().filter(fits).map(|(line, _)| width(line)).max().unwrap_or_default();
        for (line, what) in self.examples {
            // Writing to a string does not fail.
            let _ = if wide.max(width(line)) + width(what) <= ROOM {
                writeln!(out, "  {line:wide$}  {what}")
            } else if what.is_empty() {
                writeln!(out, "  {line}")
            } else {
                writeln!(out, "  {line}\n      {what}")
            };
        }
        for note in self.notes {
            let _ = write!(out, "\n{note}\n");
        }
        out.push_str("\nExit codes:\n");
        for (code, when) in self.exits {
            let _ = writeln!(out, "  {code}  {when}");
        }
        out
    }

    /// The same as sections of a man page, with `SIGNALLED` and, for the program itself, files and environment.
    #[must_use]
    pub fn roff(&self) -> String {
        let mut out = String::from(".SH EXAMPLES\n");
        for (line, what) in self.examples {
            let _ = writeln!(out, ".TP\n{}\n{}", bold(line), escape(what));
        }
        if !self.notes.is_empty() {
            out.push_str(".SH NOTES\n");
            for note in self.notes {
                let _ = writeln!(out, ".PP\n{}", escape(note));
            }
        }
        out.push_str(".SH EXIT STATUS\n");
        for (code, when) in self.exits {
            let _ = writeln!(out, ".TP\n\\fB{code}\\fR\n{}", escape(when));
        }
        if matches!(self.command, "" | "run" | "watch" | "demo") {
            let _ = writeln!(out, ".PP\n{}", escape(SIGNALLED));
        }
        if self.command.is_empty() {
            for (title, rows) in [("FILES", FILES), ("ENVIRONMENT", ENVIRONMENT)] {
                let _ = writeln!(out, ".SH {title}");
                for (name, what) in rows {
                    let _ = writeln!(out, ".TP\n{}\n{}", bold(name), escape(what));
                }
            }
        }
        out
    }
}

fn bold(words: &str) -> String {
    format!("\\fB{}\\fR", escape(words))
}

/// Text as roff takes it: signs that can be copied as they are, no requests, no escapes of its own.
pub(super) fn escape(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    let mut begins = true;
    for sign in words.chars() {
        if begins && sign == '.' {
            out.push_str("\\&");
        }
        match sign {
            '\\' => out.push_str("\\e"),
            '-' => out.push_str("\\-"),
            '`' => out.push_str("\\(ga"),
            '\'' => out.push_str("\\(aq"),
            '~' => out.push_str("\\(ti"),
            '^' => out.push_str("\\(ha"),
            other => out.push(other),
        }
        begins = sign == '\n';
    }
    out
}
