//! Themes made of base16 and base24 schemes.

use cutover::theme::{AA, Rgb, Role, Theme, base16};

use super::{cutover, own};
use crate::common::folder::Folder;

/// The older form, values unquoted where YAML would read a number.
const DEFAULT_DARK: &str = include_str!("schemes/default-dark.yaml");
/// The newer form, with `#`.
const SOLARIZED_LIGHT: &str = include_str!("schemes/solarized-light.yaml");
/// Of twenty-four.
const ONE_DARK: &str = include_str!("schemes/one-dark.yaml");

fn rgb(text: &str) -> Rgb {
    Rgb::parse(text).unwrap()
}

fn theme(scheme: &str) -> (String, Theme) {
    let toml = base16::import(scheme).unwrap();
    let theme = Theme::load(&toml, "imported").unwrap_or_else(|error| panic!("{error}\n{toml}"));
    (toml, theme)
}

#[test]
fn real_schemes_become_themes_that_can_be_read() {
    for (scheme, dark) in [(DEFAULT_DARK, true), (SOLARIZED_LIGHT, false), (ONE_DARK, true)] {
        let (toml, theme) = theme(scheme);
        let lowest = theme.lowest_contrast();
        assert!(lowest.ratio >= AA, "{lowest:?}\n{toml}");
        assert_eq!(theme.is_dark(), dark, "{toml}");
        assert!(theme.color(Role::BorderFocus).contrast(theme.color(Role::Background)) >= 3.0, "{toml}");
    }
}

#[test]
fn colours_that_can_be_read_stay_as_they_are() {
    let (toml, dark) = theme(DEFAULT_DARK);
    assert!(
        toml.starts_with(
            "# Default Dark by Chris Kempson (http://chriskempson.com), from a base16 scheme.\n"
        ),
        "{toml}"
    );
    for (role, color) in [
        (Role::Background, "#181818"),
        (Role::Text, "#d8d8d8"),
        (Role::Good, "#a1b56c"),
        (Role::Warning, "#f7ca88"),
        (Role::New, "#86c1b9"),
        (Role::Border, "#585858"),
    ] {
        assert_eq!(dark.color(role), rgb(color), "{role}\n{toml}");
    }
    assert!(toml.contains("good         = \"#a1b56c\"  # base0B\n"), "{toml}");
}

#[test]
fn what_was_mended_is_told() {
    let (toml, dark) = theme(DEFAULT_DARK);
    assert_ne!(dark.color(Role::Bad), rgb("#ab4642"));
    let told = toml.lines().find(|line| line.starts_with("# bad: was #ab4642, ")).unwrap();
    let ratio: f64 = told.split_whitespace().nth(4).unwrap().parse().unwrap();
    assert!((1.5..4.5).contains(&ratio), "{told}");
    assert!(!toml.contains("# good: was"), "{toml}");
    let (toml, light) = theme(SOLARIZED_LIGHT);
    assert!(toml.contains("# selection: was #93a1a1; nearer to the background now"), "{toml}");
    assert!(light.color(Role::Good).luminance() < rgb("#859900").luminance(), "darkened on a light ground");
}

#[test]
fn states_that_look_alike_are_told() {
    let (toml, _) = theme(&DEFAULT_DARK.replace("base0F: \"a16946\"", "base0F: \"ab4642\""));
    assert!(toml.contains("# bad and stale look alike to usual eyes (0 apart, 10 tell)"), "{toml}");
}

#[test]
fn the_bright_colours_of_base24_are_taken_where_it_is_dark() {
    let (toml, dark) = theme(ONE_DARK);
    assert!(
        toml.starts_with(
            "# One Dark by FredHappyface (https://github.com/fredHappyface), from a base24 scheme.\n"
        ),
        "{toml}"
    );
    assert_eq!(dark.color(Role::Good), rgb("#a5e075"));
    assert!(
        toml.contains("# base14\n") && toml.contains("# base12\n") && !toml.contains("# base08\n"),
        "{toml}"
    );
}

#[test]
fn what_is_no_scheme_says_why_and_where() {
    let six = "\"181818\"";
    for (scheme, expected) in [
        (DEFAULT_DARK.replace("base08: \"ab4642\"\n", ""), "`base08` is missing".to_owned()),
        (
            DEFAULT_DARK.replace(six, "\"18181\""),
            "line 3: `base00` is “18181”, which is not a colour; expected six hex digits".to_owned(),
        ),
        (DEFAULT_DARK.replace(six, "[1, 2]"), "line 3: a list or an alias".to_owned()),
        (
            DEFAULT_DARK.replace("base01", "base0G"),
            "line 4: `base0G` is no slot; they are base00 to base17".to_owned(),
        ),
        (DEFAULT_DARK.replace("base01", "base00"), "line 4: `base00` is given twice".to_owned()),
        ("just words".to_owned(), "line 1: not a scheme; expected lines such as base00".to_owned()),
        (String::new(), "`base00` is missing".to_owned()),
        ("a: \"b".to_owned(), "not YAML here".to_owned()),
    ] {
        let error = base16::import(&scheme).unwrap_err().to_string();
        assert!(error.contains(&expected), "{error}\nnot {expected}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn names_from_outside_stay_in_their_comment() {
    let scheme = DEFAULT_DARK.replace("\"Default Dark\"", "\"a\\nbad = 1\\e[31m\"");
    let (toml, theme) = theme(&scheme);
    assert_eq!(theme.color(Role::Good), rgb("#a1b56c"));
    assert!(
        !toml.contains('\u{1b}') && toml.lines().skip(1).all(|line| !line.starts_with("bad = 1")),
        "{toml}"
    );
}

#[test]
fn the_program_writes_a_theme_that_it_takes() {
    let folder = Folder::with_steps(1);
    folder.write("scheme.yaml", ONE_DARK);
    let (code, toml, err) = cutover(&folder, &["themes", "import", "scheme.yaml"], &[]);
    assert_eq!((code, err.as_str()), (0, ""));
    own(&folder, "themes/one-dark.toml", &toml);
    let (code, out, _) = cutover(&folder, &["themes", "--theme", "one-dark"], &[]);
    assert_eq!(code, 0);
    assert!(out.contains("* one-dark"), "{out}");
    let (code, _, err) = cutover(&folder, &["themes", "import", "none.yaml"], &[]);
    assert_eq!(code, 2);
    assert!(err.starts_with("cutover: the scheme none.yaml cannot be read: No such file"), "{err}");
    folder.write("bad.yaml", "base00: xyz\n");
    let (code, _, err) = cutover(&folder, &["themes", "import", "bad.yaml"], &[]);
    assert_eq!(code, 2);
    assert!(
        err.starts_with("cutover: the scheme bad.yaml cannot be used: line 1: `base00` is “xyz”"),
        "{err}"
    );
}
