//! Themes as the program has them: chosen, listed, shown, changed while it runs, made of schemes.

mod import;
mod show;

use std::process::{Command, Output};

use crate::common::folder::Folder;
use crate::common::program::{CUTOVER, environment};

/// Writes a file of the person's own: settings or a theme.
fn own(folder: &Folder, name: &str, text: &str) {
    let path = folder.path().join(".config/cutover").join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let draft = path.with_extension("draft");
    std::fs::write(&draft, text).unwrap();
    std::fs::rename(&draft, &path).unwrap();
}

/// Runs the program in a folder that is its home too.
fn cutover(folder: &Folder, args: &[&str], vars: &[(&str, &str)]) -> (i32, String, String) {
    let mut command = Command::new(CUTOVER);
    command.env_clear().envs(environment(folder.path())).envs(vars.iter().copied());
    let Output { status, stdout, stderr } = command.current_dir(folder.path()).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

#[test]
fn a_pipe_gets_a_table() {
    let folder = Folder::new("# P\n\n## One\n\n- [ ] a\n");
    own(&folder, "themes/mine.toml", "inherits = \"nord\"\nmuted = \"#4c566a\"\n");
    let (code, out, err) = cutover(&folder, &["themes"], &[("CUTOVER_THEME", "gruvbox")]);
    assert_eq!((code, err.as_str()), (0, ""));
    let row = |name: &str| {
        let row = out.lines().find(|line| line.split_whitespace().any(|word| word == name));
        row.unwrap_or_else(|| panic!("{name} in {out}")).split_whitespace().collect::<Vec<_>>()
    };
    assert_eq!(row("gruvbox")[..3], ["*", "gruvbox", "dark"]);
    assert_eq!(row("light")[..2], ["light", "light"]);
    assert_eq!(row("colour-blind")[3..5], ["all", "eyes"]);
    assert_eq!(row("mono")[3..5], ["by", "weight"]);
    let mine = row("mine");
    assert_eq!(mine[3], "low", "{mine:?}");
    assert!(mine.last().unwrap().ends_with(".config/cutover/themes/mine.toml"), "{mine:?}");
}

#[test]
fn programs_get_json_and_a_bad_theme_is_an_exit_code() {
    let folder = Folder::new("# P\n\n## One\n\n- [ ] a\n");
    own(&folder, "themes/bad.toml", "inherits = \"nord\"\ngodo = \"#000000\"\n");
    let (code, out, _) = cutover(&folder, &["themes", "--format", "json"], &[]);
    assert_eq!(code, 1);
    let themes: Vec<serde_json::Value> = serde_json::from_str(&out).unwrap();
    assert_eq!((&themes[0]["name"], &themes[0]["worn"]), (&"default".into(), &true.into()));
    assert!(themes[0]["lowest_contrast"].as_f64().unwrap() >= 4.5);
    let bad = themes.iter().find(|theme| theme["name"] == "bad").unwrap();
    let why = bad["error"].as_str().unwrap();
    assert!(why.ends_with("bad.toml, line 2: `godo` is not a role; did you mean `good`?"), "{why}");
}

#[test]
fn what_cannot_be_worn_is_told_before_a_run_begins() {
    let folder = Folder::new("# P\n\n## One\n\n- [ ] a\n");
    for (args, vars, expected) in [
        (
            &["run", "plan.md", "--theme", "nrod"][..],
            &[][..],
            "cutover: --theme: there is no theme “nrod”; did you mean nord?",
        ),
        (&["plan.md"], &[("CUTOVER_THEME", "nrod")], "cutover: CUTOVER_THEME: there is no theme “nrod”"),
        (
            &["watch", "x", "--theme", "./x.toml"],
            &[],
            "cutover: --theme: the theme ./x.toml cannot be read: No such file",
        ),
    ] {
        let (code, _, err) = cutover(&folder, args, vars);
        assert_eq!(code, 2, "{err}");
        assert!(err.starts_with(expected), "{err}");
    }
    own(&folder, "config.toml", "\ntheem = \"nord\"\n");
    let (code, _, err) = cutover(&folder, &["plan.md"], &[]);
    assert_eq!(code, 2);
    assert!(
        err.contains(".config/cutover/config.toml, line 2: `theem` is no setting; did you mean `theme`?"),
        "{err}"
    );
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "no log was begun: {left:?}");
}
