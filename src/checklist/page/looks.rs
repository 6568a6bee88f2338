//! What a line of a page looks like.

/// Programs that a line of a migration plan may begin with.
const PROGRAMS: &[&str] = &[
    "ansible",
    "ansible-playbook",
    "apt",
    "apt-get",
    "aws",
    "az",
    "azcopy",
    "bash",
    "brew",
    "bundle",
    "caddy",
    "cap",
    "cargo",
    "cat",
    "cd",
    "chmod",
    "chown",
    "composer",
    "cp",
    "createdb",
    "cron",
    "crontab",
    "curl",
    "dig",
    "django-admin",
    "docker",
    "docker-compose",
    "dropdb",
    "echo",
    "env",
    "export",
    "fab",
    "find",
    "gcloud",
    "gh",
    "git",
    "go",
    "gpg",
    "gradle",
    "grep",
    "gsutil",
    "gunicorn",
    "head",
    "helm",
    "heroku",
    "host",
    "ip",
    "iptables",
    "java",
    "journalctl",
    "jq",
    "kubectl",
    "kubeadm",
    "launchctl",
    "less",
    "ln",
    "ls",
    "make",
    "mkdir",
    "mongo",
    "mongodump",
    "mongorestore",
    "mongosh",
    "mount",
    "mv",
    "mvn",
    "mysql",
    "mysqldump",
    "nc",
    "nginx",
    "nice",
    "node",
    "nohup",
    "npm",
    "npx",
    "nslookup",
    "openssl",
    "perl",
    "pg_basebackup",
    "pg_dump",
    "pg_dumpall",
    "pg_restore",
    "php",
    "ping",
    "pip",
    "pip3",
    "pnpm",
    "podman",
    "poetry",
    "psql",
    "pulumi",
    "puppet",
    "pwsh",
    "python",
    "python3",
    "rails",
    "rake",
    "rclone",
    "redis-cli",
    "rm",
    "rsync",
    "ruby",
    "s3cmd",
    "scp",
    "screen",
    "sed",
    "service",
    "sftp",
    "sh",
    "source",
    "sqlcmd",
    "ssh",
    "su",
    "sudo",
    "supervisorctl",
    "systemctl",
    "tail",
    "tar",
    "tee",
    "telnet",
    "terraform",
    "tmux",
    "touch",
    "umount",
    "unzip",
    "uv",
    "vault",
    "vi",
    "vim",
    "wget",
    "yarn",
    "yum",
    "zip",
];

/// Words that follow a program's name in a sentence rather than in a command.
const PROSE: &[&str] = &[
    "the", "a", "an", "is", "are", "was", "will", "to", "sure", "up", "into", "and", "that", "this", "your",
    "with",
];

/// Whether a piece of text at the margin is code: it begins with a program's name or a prompt.
pub(in crate::checklist) fn looks_like_command(lines: &[&str], after_code: bool) -> bool {
    let comments = lines.iter().take_while(|line| is_comment(line)).count();
    match lines.get(comments) {
        Some(line) => (comments == 0 || lines.len() > comments) && is_command(line),
        // Comments alone go on with the code above.
        None => after_code && lines.len() > 1,
    }
}

fn is_comment(line: &str) -> bool {
    line.starts_with("# ")
}

fn is_command(line: &str) -> bool {
    if ["$ ", "./", ".\\", "PS> ", "> "].iter().any(|prompt| line.starts_with(prompt)) {
        return true;
    }
    let mut words = line.split_whitespace();
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    let sentence = line.ends_with(['.', ':', '?', '!']) && !line.contains(" -");
    PROGRAMS.contains(&first) && !second.is_empty() && !PROSE.contains(&second) && !sentence
}

/// Whether a piece of indented text is code rather than prose.
pub(super) fn looks_like_code(lines: &[&str]) -> bool {
    if looks_like_command(lines, true) {
        return true;
    }
    let Some(first) = lines.iter().find(|line| !is_comment(line)) else { return true };
    let words = first.split_whitespace().count();
    let capital = first.starts_with(char::is_uppercase);
    let sentence = words >= 4 && first.ends_with(['.', ':', '!', '?', ',', ')']) && capital;
    let marks = ["--", " -", "=", "/", "|", "$", "\"", "{", ";", "()", "\\", "`"];
    let code = marks.iter().any(|mark| first.contains(mark)) || first.ends_with(['\\', '`', '{', '(']);
    !sentence && code && !(capital && words > 6 && !first.contains("--"))
}

/// Whether a line standing alone may be a heading.
pub(super) fn looks_like_heading(line: &str, title: bool) -> bool {
    const LONGEST: usize = 80;
    let longest = if title { 120 } else { LONGEST };
    let words = line.split_whitespace().count();
    let ends = line.ends_with(['.', ':', ';', ',', '!', '?', '…', '\\']);
    let starts = line.chars().find(|c| c.is_alphanumeric());
    // `Phase 2: Database` heads, `see also: the other page` does not.
    let aside = line.split_once(": ").is_some_and(|(_, said)| said.starts_with(char::is_lowercase));
    line.chars().count() <= longest
        && (1..=14).contains(&words)
        && !ends
        && starts.is_some()
        && !aside
        && !line.contains("__")
        && !line.contains("://")
        && !line.contains(". ")
        && !line.starts_with(['|', '>', '<', '"', '\'', '(', '{', '[', '=', '-', '/', '⚠'])
}

/// Lines of the frame around a page's text.
pub(super) fn is_chrome(line: &str) -> bool {
    const LINES: &[&str] = &[
        "skip to content",
        "latest commit",
        "history",
        "file metadata and controls",
        "raw",
        "blame",
        "code",
        "preview",
        "copy raw file",
        "download raw file",
        "edit this page",
        "edit this file",
        "breadcrumbs",
        "navigation menu",
        "toggle navigation",
        "sign in",
        "sign up",
        "log in",
        "jump to bottom",
        "jump to navigation",
        "jump to search",
        "new page",
        "edit",
        "pull requests",
        "issues",
        "actions",
        "insights",
        "open in github desktop",
        "view raw",
        "go to file",
        "collapse file tree",
        "files",
        "outline",
        "share",
        "copy link",
        "print",
        "page history",
    ];
    let lower = line.to_lowercase();
    let counts = lower.contains(" lines (") && lower.contains(" loc)");
    let edited = (lower.contains(" edited this page ")
        || lower.starts_with("last edited ")
        || lower.starts_with("last modified "))
        && lower.chars().any(|c| c.is_ascii_digit());
    LINES.contains(&lower.as_str()) || counts || edited
}
