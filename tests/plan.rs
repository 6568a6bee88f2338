//! Plan and sidecar from disk: what is refused in words, what the log keeps, what `check` answers.

use std::path::Path;

use cutover::plan::{self, PlanError, check, check::Format};
use tempfile::TempDir;

fn nothing(_: &str) -> Option<String> {
    None
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn refused(path: &Path) -> (PlanError, String) {
    let error = plan::load(path, &nothing).unwrap_err();
    let said = error.to_string();
    (error, said)
}

#[test]
fn what_cannot_be_used_is_said_in_a_sentence() {
    let folder = folder(&[
        ("empty.md", b" \n\n"),
        ("binary.md", b"\x7fELF\0\0\0"),
        ("wide.md", b"\xff\xfe-\0 \0"),
        ("bad.md", b"- [ ] x\n"),
        ("bad.toml", b"titel = \"x\"\n"),
        ("toml.md", b"- [ ] x\n"),
        ("toml.toml", b"title = \xff\n"),
    ]);
    let at = |name: &str| folder.path().join(name);
    assert!(matches!(refused(&at("none.md")), (PlanError::Missing(_), said) if said.contains("none.md")));
    assert!(matches!(refused(folder.path()), (PlanError::Directory(_), said) if said.contains("folder")));
    assert!(matches!(refused(&at("empty.md")), (PlanError::Empty(_), said) if said.contains("- [ ]")));
    assert!(
        matches!(refused(&at("binary.md")), (PlanError::Binary { .. }, said) if said.contains("not a text"))
    );
    assert!(matches!(refused(&at("wide.md")), (PlanError::Binary { .. }, said) if said.contains("UTF-8")));
    assert!(matches!(refused(&at("bad.md")), (PlanError::Sidecar(_), said) if said.contains("bad.toml:1:1")));
    assert!(
        matches!(refused(&at("toml.md")), (PlanError::Binary { .. }, said) if said.contains("toml.toml"))
    );
}

#[test]
fn a_plan_without_items_is_loaded_and_says_so() {
    let folder = folder(&[("words.md", b"# Only words\n\nNothing to do.\n")]);
    let plan = plan::load(&folder.path().join("words.md"), &nothing).unwrap();
    assert!(plan.checklist.items.is_empty());
    assert_eq!(plan.title(), "Only words");
}

#[test]
fn the_log_keeps_text_without_secrets_and_hashes_of_the_files() {
    let source = b"# Move\n\n- [ ] use hunter2 caf\xe9\n  - [ ] child\n";
    let sidecar = b"title = \"Night move\"\nticket = \"CHG-1\"\n\
        window = { start = 2026-11-21T06:00:00Z, end = 2026-11-21T09:00:00Z }\n\n[vars]\nTOKEN = { env = \"TOKEN\" }\n";
    let folder = folder(&[("move.md", source), ("move.toml", sidecar)]);
    let env = |name: &str| (name == "TOKEN").then(|| "hunter2".to_owned());
    let plan = plan::load(&folder.path().join("move.md"), &env).unwrap();
    let text = plan::text(&plan);
    assert_eq!(text.file, "move.md");
    assert_eq!(text.title, "Night move");
    assert_eq!(text.ticket.as_deref(), Some("CHG-1"));
    assert_eq!(text.window.as_ref().unwrap().0, "2026-11-21T06:00:00+00:00");
    assert_eq!(text.text, "# Move\n\n- [ ] use ******* caf?\n  - [ ] child\n");
    assert_eq!(text.text.len(), source.len());
    assert_eq!(plan.checklist.items[0].text, "use ******* caf\u{fffd}");
    for item in &plan.checklist.items {
        assert_eq!(&text.text[item.box_span.clone().unwrap()], "[ ]");
    }
    assert_eq!(text.sha256, cutover::signoff::Hash::of(source).to_string());
    assert_eq!(text.sidecar_sha256, Some(cutover::signoff::Hash::of(sidecar).to_string()));
}

#[test]
fn the_sidecar_says_how_the_plan_is_read() {
    let folder = folder(&[
        ("p.md", b"## Aside\n- no\n## Work\n- yes\n- [ ] box\n"),
        ("p.toml", b"items = \"lists\"\nsections = [\"Work\"]\n"),
    ]);
    let plan = plan::load(&folder.path().join("p.md"), &nothing).unwrap();
    let texts: Vec<&str> = plan.checklist.items.iter().map(|item| &*item.text).collect();
    assert_eq!(texts, ["yes", "box"]);
}

#[test]
fn check_answers_people() {
    let folder = folder(&[
        ("p.md", include_bytes!("plans/structure.md")),
        ("p.toml", b"[people]\nlee = { roles = [\"dba\"] }\n"),
        ("w.md", b"- [ ] x\n  ```sh\n  run <me>\n  ```\n"),
    ]);
    let (text, code) = check::run(&folder.path().join("p.md"), Format::Text, &nothing);
    assert_eq!(code, check::READY, "{text}");
    insta::assert_snapshot!(text.replace(&folder.path().display().to_string(), "DIR"));
    let (text, code) = check::run(&folder.path().join("w.md"), Format::Text, &nothing);
    assert_eq!(code, check::FINDINGS);
    assert!(text.contains("w.md:3:7 warning placeholder: "), "{text}");
    let (text, code) = check::run(&folder.path().join("none.md"), Format::Text, &nothing);
    assert_eq!(code, check::UNUSABLE);
    assert!(text.contains("There is no plan"), "{text}");
}

#[test]
fn check_answers_programs() {
    let folder = folder(&[
        ("p.md", b"# T\n## Phase 1 (5 min)\n### S\n- [x] one: ____\n  ```sh\n  run\n  ```\n  - detail\n  - [ ] two\n"),
        ("p.toml", b"title = 5\n"),
    ]);
    let (json, code) = check::run(&folder.path().join("p.md"), Format::Json, &nothing);
    assert_eq!(code, check::UNUSABLE, "the sidecar is wrong");
    insta::assert_snapshot!(json.replace(&folder.path().display().to_string(), "DIR"));
    let (json, code) = check::run(folder.path(), Format::Json, &nothing);
    assert_eq!(code, check::UNUSABLE);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["format"], "cutover-check/1");
    assert_eq!(json["findings"][0]["severity"], "error");
}

#[test]
fn a_page_becomes_a_plan() {
    let folder = folder(&[("page.txt", "• one\n• two\n    make it\n".as_bytes())]);
    let written = plan::new::from_page(&folder.path().join("page.txt")).unwrap();
    assert_eq!(written, "- [ ] one\n- [ ] two\n  ```\n  make it\n  ```\n");
    assert!(matches!(plan::new::from_page(folder.path()), Err(PlanError::Directory(_))));
}

/// What `check` finds about the people of a plan: the lines of its answer that are about them.
fn found(plan: &str, sidecar: &str) -> (Vec<String>, u8) {
    let folder = folder(&[("p.md", plan.as_bytes()), ("p.toml", sidecar.as_bytes())]);
    let (text, code) = check::run(&folder.path().join("p.md"), Format::Text, &nothing);
    let at = format!("{}/", folder.path().display());
    let lines = text.lines().filter(|line| line.starts_with(&at));
    (lines.map(|line| line.replace(&at, "")).collect(), code)
}

const TWO: &str = "[people]\ndana = { roles = [\"operator\"] }\nlee = { roles = [\"dba\", \"approver\"] }\n";

#[test]
fn check_finds_a_role_that_nobody_has() {
    let plan =
        "# T\n\n- [ ] drop <!-- cutover: role = \"dab\" -->\n- [ ] shrink <!-- cutover: role = \"dab\" -->\n";
    let (lines, code) = found(plan, TWO);
    assert_eq!(code, check::FINDINGS);
    assert_eq!(
        lines,
        [
            "p.md:3:3 warning role-of-nobody: “drop” and 1 other item ask for the role dab, and nobody in [people] has it: every tick would go past it with a reason"
        ]
    );
    let (lines, _) = found(plan, "");
    assert!(lines[0].contains("and no [people] are declared"), "{lines:?}");
    assert_eq!(found(&plan.replace("dab", "dba"), TWO), (Vec::new(), check::READY));
}

#[test]
fn check_finds_a_read_back_that_nobody_reads() {
    let plan = "# T\n\n- [ ] flip <!-- cutover: read_back = \"row count\" -->\n";
    let (lines, code) = found(plan, TWO);
    assert_eq!(code, check::FINDINGS);
    assert_eq!(
        lines,
        [
            "p.md:3:3 warning read-back-alone: “flip” asks for a read_back, but for no second person who reads: put approve = 2 beside it"
        ]
    );
    // The number of persons may stand in the sidecar.
    let gate = format!("{TWO}\n[[gate]]\nitem = \"flip\"\napprove = 2\n");
    assert_eq!(found(plan, &gate), (Vec::new(), check::READY));
}

#[test]
fn check_finds_that_there_are_too_few_people_to_approve() {
    let plan = "# T\n\n- [ ] flip <!-- cutover: approve = 2 -->\n- [ ] flop <!-- cutover: approve = 2 -->\n";
    let says = |sidecar: &str| {
        let (lines, code) = found(plan, sidecar);
        assert_eq!((lines.len(), code), (1, check::FINDINGS), "{lines:?}");
        lines[0].clone()
    };
    assert_eq!(
        says(""),
        "p.md:3:3 warning too-few-people: “flip” asks for 2 persons, and no [people] are declared: any other name will do; 1 other item too"
    );
    assert!(says("[people]\ndana = {}\n").contains("only one is declared in [people]"));
    assert!(says("[people]\ndana = {}\nlee = {}\n").contains("nobody in [people] has the role approver"));
    assert_eq!(found(plan, TWO), (Vec::new(), check::READY));
    // Who alone has the role cannot be both.
    let role = "# T\n\n- [ ] drop <!-- cutover: approve = 2, role = \"dba\" -->\n";
    let (lines, _) = found(role, TWO);
    assert!(lines[0].contains("too few in [people] have the role approver or dba"), "{lines:?}");
    let three = format!("{TWO}kim = {{ roles = [\"approver\"] }}\n");
    assert_eq!(found(role, &three), (Vec::new(), check::READY));
}

#[test]
fn check_accepts_the_manuals_people() {
    let manual = include_str!("../src/cli/manual/plan.md");
    let section = manual.split("\n## People\n").nth(1).unwrap();
    let example = section.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let plan = "# T\n\n- [ ] Drop the old index\n- [ ] Write to the new side\n";
    let (lines, code) = found(plan, example);
    // Whoever runs this has no such key.
    assert!(lines.iter().all(|line| line.contains("info key-missing: the key ~/.ssh/")), "{lines:?}");
    assert_eq!((lines.len(), code), (1, check::READY));
}

/// A plan with two ways that only its sidecar knows.
const WAYS: &str = "# M\n\n## One\n\n- [ ] Decided on the strategy\n\n### Strategy A: keep it\n\n- [ ] keep\n\n\
                    ### Strategy B: back up and restore\n\n- [ ] dump\n- [ ] Proxy deployed\n- [ ] Proxy removed\n";

#[test]
fn a_choice_that_cannot_be_understood_is_an_error_with_its_place() {
    for (choice, says) in [
        ("options = [\"a\", \"b\"]", "p.toml:1:1 error sidecar: a [[choice]] has a `name` and `options`"),
        ("name = \"\"\noptions = [\"a\", \"b\"]", "p.toml:2:8 error sidecar: `choice.name` is empty"),
        ("name = \"x\"\noptions = [\"a\"]", "p.toml:3:11 error sidecar: a choice has two ways at least"),
        (
            "name = \"x\"\noptions = [\"keep\", \"Z\"]",
            "error sidecar: the plan has no heading and no item “Z”",
        ),
        (
            "name = \"x\"\nitem = \"nobody\"\noptions = [\"keep\", \"dump\"]",
            "error sidecar: the plan has no item “nobody”",
        ),
    ] {
        let (lines, code) = found(WAYS, &format!("[[choice]]\n{choice}\n"));
        assert!(lines.len() == 1 && lines[0].contains(says), "{says}: {lines:?}");
        assert_eq!(code, check::UNUSABLE);
    }
}

#[test]
fn check_accepts_the_manuals_choices() {
    let manual = include_str!("../src/cli/manual/plan.md");
    let section = manual.split("\n## Choices, rollback").nth(1).unwrap();
    let example = section.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(found(WAYS, example), (Vec::new(), check::READY));
}

#[test]
fn a_phase_is_planned_by_the_shortest_way_and_the_longest() {
    let way = |letter: char, items: &str| format!("### Method {letter}\n\n{items}\n");
    let ways = way('A', "- [ ] Patch (10 min)\n")
        + &way('B', "- [ ] Dump (15 min)\n- [ ] Load (30 min)\n")
        + &way('C', "- [ ] Nobody knows how long\n");
    for (plan, planned) in [
        (format!("## Move\n\n- [ ] Page up (5 min)\n\nChoose one method:\n\n{ways}"), "planned 15m to 50m"),
        (format!("## Move (20 min)\n\nChoose one method:\n\n{ways}"), "planned 20m"),
        ("## Move\n\n- [ ] Page up (5 min)\n- [ ] Dump (15 min)\n".to_owned(), "planned 20m"),
    ] {
        let folder = folder(&[("a.md", format!("# M\n\n{plan}\n## After\n\n- [ ] Look\n").as_bytes())]);
        let (text, _) = check::run(&folder.path().join("a.md"), Format::Text, &nothing);
        let phase = text.lines().find(|line| line.starts_with("  Move")).unwrap();
        assert!(phase.ends_with(planned), "{planned}: {text}");
    }
}

#[test]
fn a_way_within_a_way_counts_with_the_way_around_it() {
    let sidecar = "[[choice]]\nname = \"Outer\"\noptions = [\"Stop it\", \"Go on\"]\n\
                   [[choice]]\nname = \"Inner\"\noptions = [\"By hand\", \"By tool\"]\n";
    let plan = "# M\n\n## Move\n\n- [ ] Stop it (3 min)\n- [ ] Go on\n  - [ ] By hand (30 min)\n  - [ ] By tool (10 min)\n";
    let folder = folder(&[("a.md", plan.as_bytes()), ("a.toml", sidecar.as_bytes())]);
    let (text, _) = check::run(&folder.path().join("a.md"), Format::Text, &nothing);
    assert!(
        text.lines().any(|line| line.starts_with("  Move") && line.ends_with("planned 3m to 30m")),
        "{text}"
    );
}

#[test]
fn check_finds_a_goal_for_outages_that_nothing_measures() {
    let said = |sidecar: &str| {
        let folder = folder(&[("a.md", b"# A\n\n- [ ] x\n"), ("a.toml", sidecar.as_bytes())]);
        check::run(&folder.path().join("a.md"), Format::Text, &nothing)
    };
    let check =
        "ticket = \"C\"\noutage_goal = \"5m\"\n[[health]]\nname = \"a\"\nurl = \"http://a.example/\"\n";
    let (text, code) = said(check);
    assert_eq!(code, check::FINDINGS, "{text}");
    assert!(text.contains("a.toml:2:1") && text.contains("`public = true`"), "{text}");
    let (text, code) = said(&format!("{check}public = true\n"));
    assert_eq!(code, check::READY, "{text}");
}
