//! Sidecars written from plans: each plan of `tests/plans/init` has a file beside it that says what must be found, what
//! of it is switched off, and nothing else may be.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cutover::plan::{self, init};

#[expect(clippy::unnecessary_wraps, reason = "it has the form of an environment")]
fn anything(_: &str) -> Option<String> {
    Some("x".to_owned())
}

fn nothing(_: &str) -> Option<String> {
    None
}

fn cutover(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cutover")).args(arguments).current_dir(folder).output().unwrap()
}

/// The plans of a folder.
fn plans(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut plans: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    plans.sort();
    plans
}

/// Everything switched on: `#` without a blank is taken off.
fn whole(text: &str) -> String {
    let on = |line: &str| match line.strip_prefix('#') {
        Some(rest) if !rest.is_empty() && !rest.starts_with(' ') => rest.to_owned() + "\n",
        _ => line.to_owned() + "\n",
    };
    text.lines().map(on).collect()
}

/// One line an entry: `on health url = "…"`; a table's first key after its name tells it.
fn entries(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut table = String::new();
    let mut told = true;
    for line in text.lines() {
        let off = line.starts_with('#') && !line.starts_with("# ") && line.len() > 1;
        let state = if off { "off" } else { "on" };
        let line = line.trim_start_matches('#');
        if line.starts_with(' ') || line.is_empty() {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            name.trim_matches(['[', ']']).clone_into(&mut table);
            told = matches!(table.as_str(), "vars" | "people");
            continue;
        }
        match table.as_str() {
            "" => drop(found.insert(format!("{state} {line}"))),
            "vars" | "people" => drop(found.insert(format!("{state} {table} {line}"))),
            "dns" => drop(found.insert(format!("{state} dns {line}"))),
            _ if !told && !line.starts_with("name = ") => {
                told = true;
                found.insert(format!("{state} {table} {line}"));
            }
            _ => {}
        }
    }
    found
}

#[test]
fn each_plan_says_what_is_expected_and_nothing_else() {
    let mut wrong = String::new();
    let plans = plans("tests/plans/init");
    assert!(plans.len() >= 6);
    for path in plans {
        let text = init::propose(&path).unwrap().text;
        let file = path.with_extension("expect");
        let expected = std::fs::read_to_string(&file).unwrap_or_default();
        let expected: BTreeSet<String> = expected.lines().map(str::to_owned).collect();
        let found = entries(&text);
        let name = path.display();
        for line in expected.difference(&found) {
            writeln!(wrong, "{name}: missing: {line}").unwrap();
        }
        for line in found.difference(&expected) {
            writeln!(wrong, "{name}: not expected: {line}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_is_written_holds_as_it_is_and_with_everything_switched_on() {
    for path in plans("tests/plans/init").into_iter().chain(plans("checklists")).chain(plans("tests/plans")) {
        let Ok(proposed) = init::propose(&path) else { continue };
        let file = path.with_extension("toml");
        let name = path.display();
        cutover::config::load(&file, &proposed.text, &nothing)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let whole = whole(&proposed.text);
        let settings = cutover::config::load(&file, &whole, &anything)
            .unwrap_or_else(|error| panic!("{name}: {error}\n{whole}"));
        let source = std::fs::read(&path).unwrap();
        plan::bind(&path, source.clone(), settings, None, &anything)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(init::propose(&path).unwrap(), proposed, "{name}: the same each time");
        let places = String::from_utf8_lossy(&source).lines().count();
        for place in proposed.text.lines().filter_map(|line| line.strip_prefix("# line ")) {
            let Some(number) = place.split([' ', ':']).next().and_then(|number| number.parse::<usize>().ok())
            else {
                continue;
            };
            assert!((1..=places).contains(&number), "{name}: line {place}");
        }
    }
}

#[test]
fn each_pair_is_usable() {
    for path in plans("tests/plans/init") {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(&path, folder.path().join("plan.md")).unwrap();
        let wrote = cutover(folder.path(), &["init", "plan.md"]);
        assert_eq!(wrote.status.code(), Some(0), "{wrote:?}");
        let said = String::from_utf8(wrote.stdout).unwrap();
        assert!(said.contains("Wrote plan.toml") && said.contains("cutover check plan.md"), "{said}");
        let checked = cutover(folder.path(), &["check", "plan.md"]);
        assert_ne!(checked.status.code(), Some(2), "{}: {checked:?}", path.display());
    }
}

#[test]
fn a_secret_of_the_plan_never_reaches_the_sidecar() {
    let secrets = ["9f3kfQ02mmXz81LLqweR5tYuIoP0aSdF", "8d0fQ1xZ7mLk3VbN5tRw", "s3cr3t-Repl1ca"];
    let mut stands = 0;
    for path in plans("tests/plans/init") {
        let source = std::fs::read_to_string(&path).unwrap();
        let text = init::propose(&path).unwrap().text;
        for secret in secrets.iter().filter(|secret| source.contains(**secret)) {
            stands += 1;
            assert!(!text.contains(secret), "{}", path.display());
        }
    }
    assert_eq!(stands, secrets.len(), "each secret stands in a plan");
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan.md");
    let words = [
        "- [ ] Look: `curl https://dana:hunter22@api.example.org/health`",
        "- [ ] Copy\n  ```sh\n  azcopy copy /srv/x 'https://acct.blob.core.windows.net/x?sv=2024&sig=Zm9vYmFyYmF6cXV4%3D'\n  ```",
        "- [ ] Restore\n  ```sh\n  mongorestore --uri mongodb://root:pa55w0rd@db.example.org:27017 --password pa55w0rd2 /dump\n  ```",
    ];
    std::fs::write(&plan, words.join("\n")).unwrap();
    let text = init::propose(&plan).unwrap().text;
    for secret in ["hunter22", "Zm9vYmFyYmF6cXV4", "pa55w0rd"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert!(text.contains("{ env = "), "{text}");
    assert!(text.contains("#url = ") && text.contains("#source = ") && !text.contains("\nsource"), "{text}");
}

#[test]
fn nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let plan = "- [ ] Check https://api.example.org/health\n";
    std::fs::write(folder.path().join("plan.md"), plan).unwrap();
    std::fs::write(folder.path().join("plan.toml"), "mine").unwrap();
    let refused = cutover(folder.path(), &["init", "plan.md"]);
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("plan.toml") && said.contains("--stdout"), "{said}");
    assert_eq!(std::fs::read_to_string(folder.path().join("plan.toml")).unwrap(), "mine");
    for printing in [&["init", "plan.md", "--stdout"][..], &["init", "plan.md", "-o", "-"]] {
        let printed = cutover(folder.path(), printing);
        assert_eq!(printed.status.code(), Some(0));
        assert!(
            String::from_utf8(printed.stdout).unwrap().contains("url = \"https://api.example.org/health\"")
        );
    }
    let other = cutover(folder.path(), &["init", "plan.md", "-o", "other.toml"]);
    assert_eq!(other.status.code(), Some(0));
    assert!(folder.path().join("other.toml").exists());
}

#[test]
fn what_is_no_plan_is_said_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("empty.md"), " \n").unwrap();
    std::fs::write(folder.path().join("binary.md"), b"\x7fELF\0\0\0").unwrap();
    std::fs::write(folder.path().join("same.toml"), "- [ ] x\n").unwrap();
    for (plan, words) in [
        ("none.md", "no plan `none.md`"),
        ("empty.md", "is empty"),
        ("binary.md", "cannot be used"),
        (".", "folder"),
        ("same.toml", "rename the plan"),
    ] {
        let refused = cutover(folder.path(), &["init", plan]);
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{plan}: {said}");
        assert!(said.contains(words), "{plan}: {said}");
    }
    std::fs::write(folder.path().join("words.md"), "# Tea\n\n- [ ] Boil water\n").unwrap();
    assert_eq!(cutover(folder.path(), &["init", "words.md"]).status.code(), Some(0));
    let text = std::fs::read_to_string(folder.path().join("words.toml")).unwrap();
    assert!(text.contains("Nothing to watch was found"), "{text}");
}

#[test]
fn every_plan_with_a_sidecar_is_a_template() {
    let pairs = plans("checklists").into_iter().filter(|path| path.with_extension("toml").exists());
    let lying: BTreeSet<String> =
        pairs.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    let known: BTreeSet<String> = plan::new::TEMPLATES.iter().map(|it| it.name.to_owned()).collect();
    assert_eq!(known, lying, "TEMPLATES in src/plan/new.rs lists every pair of checklists/");
}

#[test]
fn a_plan_is_begun_from_a_template() {
    let folder = tempfile::tempdir().unwrap();
    let listed = cutover(folder.path(), &["new"]);
    assert_eq!(listed.status.code(), Some(0));
    let listed = String::from_utf8(listed.stdout).unwrap();
    for template in plan::new::TEMPLATES {
        assert!(listed.contains(template.name) && listed.contains(template.title()), "{listed}");
        assert_eq!(cutover(folder.path(), &["new", template.name]).status.code(), Some(0));
        let written = |end: &str| {
            std::fs::read_to_string(folder.path().join(format!("{}.{end}", template.name))).unwrap()
        };
        assert_eq!((written("md").as_str(), written("toml").as_str()), (template.plan, template.sidecar));
        let again = cutover(folder.path(), &["new", template.name]);
        assert_eq!(again.status.code(), Some(2));
        assert!(String::from_utf8(again.stderr).unwrap().contains("is not overwritten"));
    }
    let first = plan::new::TEMPLATES[0].name;
    assert_eq!(cutover(folder.path(), &["new", first, "-o", "move.md"]).status.code(), Some(0));
    assert!(folder.path().join("move.toml").exists());
    // Both or none.
    std::fs::write(folder.path().join("half.toml"), "mine").unwrap();
    assert_eq!(cutover(folder.path(), &["new", first, "-o", "half.md"]).status.code(), Some(2));
    assert!(!folder.path().join("half.md").exists());
    let unknown = cutover(folder.path(), &["new", "no-such-plan"]);
    assert_eq!(unknown.status.code(), Some(2));
    let says = "cutover: There is no template `no-such-plan`. `cutover new` lists them.\n";
    assert_eq!(String::from_utf8(unknown.stderr).unwrap(), says);
    let misspelt = cutover(folder.path(), &["new", "backend-migraton"]);
    let says = "There is no template `backend-migraton`. Did you mean `backend-migration`? `cutover new` lists them.\n";
    assert!(String::from_utf8(misspelt.stderr).unwrap().ends_with(says));
}

#[test]
fn a_page_becomes_a_plan_and_its_sidecar() {
    let folder = tempfile::tempdir().unwrap();
    let page = "Move\n\nSteps\n\n  • Stop old.service\n  • Check https://api.example.org/health\n";
    std::fs::write(folder.path().join("page.txt"), page).unwrap();
    assert_eq!(
        cutover(folder.path(), &["new", "--from", "page.txt", "-o", "move.md"]).status.code(),
        Some(0)
    );
    assert_eq!(
        cutover(folder.path(), &["new", "--from", "page.txt", "-o", "move.md"]).status.code(),
        Some(2)
    );
    assert_eq!(cutover(folder.path(), &["init", "move.md"]).status.code(), Some(0));
    let text = std::fs::read_to_string(folder.path().join("move.toml")).unwrap();
    assert!(text.contains("is-active") && text.contains("api.example.org"), "{text}");
}

#[test]
fn what_runs_on_a_machine_that_is_still_open_is_switched_off() {
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan.md");
    let words = [
        "- [ ] Copy\n  ```sh\n  ssh ${REPLICA} pg_basebackup -D /data\n  ```",
        "- [ ] Log\n  ```sh\n  ssh <replica> tail -f /var/log/db.log\n  ```",
        "- [ ] Service\n  ```sh\n  ssh $REPLICA systemctl restart db\n  ```",
    ];
    std::fs::write(&plan, words.join("\n")).unwrap();
    let text = init::propose(&plan).unwrap().text;
    let found = entries(&text);
    for line in [
        r"off copy source = { pid = '\bpg_basebackup\b' }",
        r#"off log file = "/var/log/db.log""#,
        r#"off health exec = ["systemctl", "is-active", "db"]"#,
        r#"off host via = "ssh ${REPLICA}""#,
        r#"off vars REPLICA = "CHANGE-ME""#,
    ] {
        assert!(found.contains(line), "{line}\n{text}");
    }
    cutover::config::load(&plan.with_extension("toml"), &text, &nothing).unwrap();
}
