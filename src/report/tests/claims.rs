//! What a report claims: only what was measured, and of a signature only what a key signed.

use pulldown_cmark::TagEnd;

use super::*;
use crate::sample::ProbeId;
use crate::signoff::verify::{Signature, Standing};

const GOAL: &str = "outage_goal = \"15m\"\n[[health]]\nname = \"web\"\nurl = \"http://a.example/\"\n";

/// A run with a sidecar, and a goal of 15 minutes.
fn with(sidecar: &str) -> Run {
    let mut start = small_start();
    if let Event::RunStarted { plan, .. } = &mut start {
        plan.outage_goal_s = Some(900);
        plan.sidecar = Some(sidecar.to_owned());
    }
    Run::new(start)
}

fn up() -> Event {
    Event::ProbeChanged {
        probe: "health/web".parse().unwrap(),
        from: ProbeState::Unknown,
        to: ProbeState::Up,
        since: "2026-11-21T06:32:07Z".to_owned(),
        saw: "200".to_owned(),
        flips: 1,
    }
}

fn json(run: &Run) -> serde_json::Value {
    serde_json::from_str(&run.write("out.json").unwrap().1).unwrap()
}

#[test]
fn no_outage_is_claimed_where_nothing_measured_it() {
    let mut run = with(GOAL);
    run.act(up());
    run.act(done(0));
    run.act(done(1));
    let text = run.text();
    let said = "**Not measured:** no check looked at what users reach. Whether the goal of 15 min was kept is not known.";
    assert!(part(&text, "Summary").contains(said), "{text}");
    assert!(!text.contains("Within the goal") && !text.contains("tells of no outage"), "{text}");
    assert!(text.contains("### Outage (1)\n\n- not measured: there was a goal of 15 min"), "{text}");
    let outage = &json(&run)["outage"];
    assert_eq!(outage["not_served"]["within_goal"], serde_json::Value::Null);
    assert_eq!(
        (outage["measured_since"].is_null(), outage["not_served"]["goal_s"].as_u64()),
        (true, Some(900))
    );
    assert!(run.write("out.html").unwrap().1.contains("Outage: not measured."));
    let compared = compare(&run.log(), &run.log(), &run.clock.now()).unwrap();
    assert_eq!(compared.outage_s.a, None);
    let said = compared.to_string();
    assert!(said.contains(" unknown "), "{said}");
    assert!(said.lines().all(|line| crate::text::width(line) <= 80), "{said}");
    let status = serde_json::to_value(status(&run.log(), &run.clock.now()).unwrap()).unwrap();
    assert!(status["outage_s"].is_null(), "{status}");
}

#[test]
fn a_public_check_measures_from_its_first_look_on() {
    let mut run = with(&format!("{GOAL}public = true\n"));
    run.act(up());
    run.act(done(0));
    let text = run.text();
    assert!(text.contains("The log tells of no outage. Within the goal of 15 min."), "{text}");
    let outage = &json(&run)["outage"];
    assert_eq!(outage["not_served"]["within_goal"], true);
    assert_eq!(outage["measured_since"]["at"], "2026-11-21T06:33:07.000Z", "{outage}");

    let mut late = with(&format!("{GOAL}public = true\n"));
    late.act(done(0));
    late.clock.advance(Duration::from_mins(9));
    late.act(up());
    late.act(done(1));
    let text = late.text();
    assert!(text.contains("Nothing measured it before 2026-11-21T06:43:07.000Z."), "{text}");
}

fn signoff(name: &str) -> Event {
    Event::SignoffGiven {
        name: name.to_owned(),
        role: "approver".to_owned(),
        statement: "moved".to_owned(),
        item: None,
        open: Vec::new(),
        evidence: Vec::new(),
    }
}

/// What the report says when a good key signed that line.
fn signed(run: &Run, line: u64, name: &str) -> (String, Vec<u8>) {
    std::fs::write(run.log(), &run.bytes).unwrap();
    let (record, mut verification) = replay(&run.log()).unwrap();
    let (name, key, standing) = (name.to_owned(), Some("SHA256:x".to_owned()), Standing::SignerUnknown);
    verification.signatures.push(Signature {
        line: line + 1,
        signs: line,
        name,
        key,
        standing,
        principal: None,
    });
    let report = Report::new(&record, &verification, At::from(run.clock.now()));
    (markdown(&report), crate::report::filled::fill(&report, b"# Small\n"))
}

/// The terminal of the cockpit.
fn cockpit() -> Via {
    Via { host: "bastion".into(), user: "ops".into(), tty: Some("/dev/pts/9".into()), ..Via::default() }
}

#[test]
fn a_name_that_was_typed_is_not_called_signed() {
    let mut run = Run::new(small_start());
    run.act_as("dana", cockpit(), signoff("Lee Chen"));
    let out = run.folder.path().join("done.md");
    std::fs::write(run.log(), &run.bytes).unwrap();
    write_filled(&run.log(), None, &out, &run.clock.now(), None).unwrap();
    let typed = std::fs::read_to_string(out).unwrap();
    let said =
        "- signed off by **Lee Chen**, approver, 2026-11-21 06:33:07 UTC; by name alone, no key signed";
    assert!(typed.contains(said), "{typed}");
    let page = run.write("out.html").unwrap().1;
    assert!(page.contains("signed off by Lee Chen, by name alone, no key signed, "), "{page}");
    assert!(!page.contains("signed by Lee"), "{page}");
    let keyed = String::from_utf8(signed(&run, 2, "Lee Chen").1).unwrap();
    assert!(keyed.contains("06:33:07 UTC; key signature good, signer not checked"), "{keyed}");
}

#[test]
fn who_typed_a_sign_off_for_another_without_a_key_is_told() {
    let mut run = Run::new(small_start());
    run.act_as("dana", cockpit(), signoff("Lee Chen"));
    let told = "### Uncertain attribution (1)\n\n- signed off as Lee Chen, typed by dana, with no key of Lee Chen – dana";
    assert!(run.text().contains(told), "{}", run.text());
    assert!(!signed(&run, 2, "Lee Chen").0.contains("Uncertain attribution"), "her own key stands behind it");
    assert!(signed(&run, 2, "kim").0.contains(told), "another's key does not");
    let mut own = Run::new(small_start());
    own.act_as("dana", cockpit(), signoff("dana"));
    assert!(!own.text().contains("Uncertain attribution"), "{}", own.text());
}

#[test]
fn who_signed_from_no_terminal_shared_none() {
    let mut run = Run::new(small_start());
    let none = || Via { host: "bastion".into(), user: "ops".into(), ..Via::default() };
    run.act_as("Lee Chen", none(), signoff("Lee Chen"));
    run.act_as("kim", none(), signoff("kim"));
    assert!(!run.text().contains("Uncertain attribution"), "{}", run.text());
    run.act_as("Lee Chen", cockpit(), done(0));
    run.act_as("kim", cockpit(), done(1));
    assert!(run.text().contains("- Lee Chen, kim acted through /dev/pts/9 (login ops)"), "{}", run.text());
}

#[test]
fn a_sign_off_by_somebody_who_is_not_declared_is_told_once_and_as_theirs() {
    let mut start = small_start();
    if let Event::RunStarted { plan, items, .. } = &mut start {
        plan.people = [("dana".to_owned(), vec!["operator".to_owned()])].into();
        items[0].held.roles = vec!["approver".to_owned()];
    }
    let mut run = Run::new(start);
    run.act_as("dana", cockpit(), signoff("dana"));
    assert!(!run.text().contains("Acts outside a role"), "{}", run.text());
    run.act_as("visitor", cockpit(), signoff("visitor"));
    let text = run.text();
    assert!(
        text.contains("### Acts outside a role (1)\n\n- signed off by visitor, who is not declared"),
        "{text}"
    );
    let mut of_item = signoff("Lee Chen");
    if let Event::SignoffGiven { item, .. } = &mut of_item {
        *item = Some(id(0));
    }
    run.act_as("dana", cockpit(), of_item);
    let text = run.text();
    assert!(text.contains("### Acts outside a role (2)"), "{text}");
    assert!(
        text.contains("signed off by Lee Chen, who is not declared; it asks for the role approver"),
        "{text}"
    );
    assert!(part(&text, "Acts outside a role").contains("| Lee Chen, typed by dana (T2), "), "{text}");
    let detail = "  - signed off by: Lee Chen, approver; by name alone, no key signed";
    assert!(text.contains(detail), "{text}");
}

#[test]
fn moments_in_exceptions_have_the_zone_beside_them() {
    let mut run = with(&format!("tz = \"Europe/Berlin\"\n{GOAL}"));
    run.act(done(0));
    let gap = |from: &str| Event::ProbeGap {
        probe: "health/web".parse::<ProbeId>().unwrap(),
        from: from.to_owned(),
        to: "2026-11-21T23:24:59.458Z".to_owned(),
        why: "the cockpit was not running".to_owned(),
        users: false,
    };
    run.act(gap("2026-11-21T19:24:33.341Z"));
    let said = "was not asked from 2026-11-21T19:24:33.341Z (20:24:33 CET) to 2026-11-21T23:24:59.458Z \
                (2026-11-22 00:24:59 CET): the cockpit was not running – dana";
    assert!(run.text().contains(said), "{}", run.text());
    let page = run.write("out.html").unwrap().1;
    assert!(
        page.contains("2026-11-21 19:24:33Z</time> <span class=\"local\">(20:24:33 CET)</span>"),
        "{page}"
    );
    let out = run.folder.path().join("other.md");
    write_beside(&run.log(), &out, &run.clock.now(), Some(Tz::Asia__Tokyo), None).unwrap();
    assert!(std::fs::read_to_string(out).unwrap().contains("19:24:33.341Z (2026-11-22 04:24:33 JST)"));
    let out = run.folder.path().join("done.md");
    write_filled(&run.log(), None, &out, &run.clock.now(), None).unwrap();
    assert!(std::fs::read_to_string(out).unwrap().contains("2026-11-21 06:33:07 UTC (07:33:07 CET)"));
}

/// Asterisks that a reader sees.
fn asterisks(report: &str) -> Vec<String> {
    let mut code = false;
    let texts = Parser::new_ext(report, options()).filter_map(|event| match event {
        Mark::Start(Tag::CodeBlock(_)) | Mark::End(TagEnd::CodeBlock) => {
            code = !code;
            None
        }
        Mark::Text(text) if text.contains('*') && !code => Some(text.into_string()),
        _ => None,
    });
    texts.collect()
}

#[test]
fn what_is_marked_is_marked_for_every_reader() {
    let mut run = with(GOAL);
    run.act(failed(0, "it broke"));
    run.act(Event::IssueOpened { issue: 1, text: "it broke".to_owned(), item: Some(id(0)) });
    run.act(signoff("Lee Chen"));
    let text = run.text();
    assert!(text.contains("  - issue: 1, **not resolved**"), "{text}");
    assert_eq!(asterisks(&text), Vec::<String>::new());
}

#[test]
fn what_is_typed_is_set_as_code_on_the_page() {
    let mut run = Run::new(small_start());
    run.act(done(0));
    let page = run.write("out.html").unwrap().1;
    let integrity = page.split("id=\"integrity\"").nth(1).unwrap();
    assert!(integrity.contains("a signature (<code>cutover sign</code>)"), "{integrity}");
    assert!(
        !integrity.split("</section>").next().unwrap().replace("<pre", "").contains("`cutover"),
        "{integrity}"
    );
    assert!(run.text().contains("a signature (`cutover sign`)"));
}

#[test]
fn evidence_that_was_taken_away_is_said_to_be_in_every_form() {
    let mut run = Run::new(small_start());
    let blob = Blob { sha256: Hash::of(b"x").to_string(), bytes: 1, salt: String::new() };
    let name = "att.txt".to_owned();
    run.act(Event::AttachmentAdded { name, blob: blob.clone(), item: Some(id(0)) });
    let reason = "a name in it".to_owned();
    run.act_as("root", cockpit(), Event::EvidenceRedacted { blob: blob.sha256.clone(), reason });
    let reason = "once more".to_owned();
    run.act_as("dana", cockpit(), Event::EvidenceRedacted { blob: blob.sha256.clone(), reason });
    let text = run.text();
    let gone = "1 bytes (taken away: a name in it – root (T2), 2026-11-21T06:34:07.000Z, line 3) – dana (T1)";
    assert!(part(&text, "Items").contains(gone), "{text}");
    let told = format!(
        "### Evidence that was taken away (1)\n\n- att.txt, {}: a name in it – root (T2)",
        blob.sha256
    );
    assert!(text.contains(&told), "{text}");
    let page = run.write("out.html").unwrap().1;
    assert!(
        page.contains("</code>, 1 bytes (taken away: <bdi>a name in it</bdi> – <bdi>root</bdi> (T2), "),
        "{page}"
    );
    let exceptions = json(&run)["exceptions"].as_array().unwrap().clone();
    assert!(exceptions.iter().any(|it| it["kind"] == "redacted"), "{exceptions:?}");
}

#[test]
fn a_plan_without_copies_and_logs_is_not_missing_their_readings() {
    let lost = |sidecar: &str| {
        let mut run = with(sidecar);
        run.act(done(0));
        run.act(Event::ReadingsSealed {
            file: "readings-000001.jsonl".to_owned(),
            sha256: Hash::of(b"gone").to_string(),
            lines: 1,
            from: "2026-11-21T06:31:07Z".to_owned(),
            to: "2026-11-21T06:31:07Z".to_owned(),
            recovered: false,
        });
        let page = run.write("out.html").unwrap().1;
        let charts = page.split("id=\"charts\"").nth(1).unwrap().split("</section>").next().unwrap();
        charts.matches("Not drawn: recorded readings are missing, or are not what was sealed.").count()
    };
    assert_eq!(lost(GOAL), 0);
    assert_eq!(lost(&format!("{GOAL}[[log]]\nname = \"app\"\nfile = \"/a\"\n")), 1);
    assert_eq!(lost(&format!("{GOAL}[[copy]]\nname = \"c\"\n[[log]]\nname = \"app\"\nfile = \"/a\"\n")), 2);
}

#[test]
fn the_time_before_the_first_act_is_named_where_steps_are_summed_up() {
    let mut run = Run::new(small_start());
    run.clock.advance(Duration::from_secs(7));
    for n in 0..3 {
        run.act(done(n));
    }
    let times = run.text();
    let times = part(&times, "Times");
    assert!(times.contains("| From the first act to the last | 2 min |"), "{times}");
    assert!(times.contains("| All steps together | 3 min 7 s |"), "{times}");
    let compared = compare(&run.log(), &run.log(), &run.clock.now()).unwrap();
    assert_eq!((compared.took_s.a, compared.worked_s.a), (Some(120), Some(187)));
    let phases: u64 = compared.phases.iter().filter_map(|phase| phase.took_s.a).sum();
    assert_eq!(Some(phases), compared.worked_s.a, "what is summed up adds up");
}

#[test]
fn an_id_is_the_same_in_every_form() {
    let mut run = Run::new(small_start());
    run.act(done(0));
    let id = json(&run)["items"][0]["id"].as_str().unwrap().to_owned();
    let sheet = run.write("out.csv").unwrap().1;
    let first = sheet.lines().nth(1).unwrap();
    assert!(first.trim_end().trim_end_matches('"').ends_with(&format!(",'{id}")), "{id}: {first}");
}
