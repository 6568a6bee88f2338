//! The report as a page: outside text is inert, long runs stay small, zones stand beside UTC.

use super::*;
use crate::signoff::log;

/// The tags of a page in order, without what they hold; lines of a changed plan are as many as there are.
fn tags(page: &str) -> Vec<String> {
    let (before, rest) = page.split_once("<pre class=\"diff\"").unwrap();
    let (_, after) = rest.split_once("</pre>").unwrap();
    let after_style = before.split_once("</style>").unwrap().1;
    let tags = [after_style, after].concat();
    let tags = tags.split('<').skip(1).map(|rest| {
        let tag = rest.split_once('>').unwrap_or_else(|| panic!("a tag without an end: {rest:.200}")).0;
        let attributes = tag.split('"').step_by(2).collect::<Vec<_>>();
        attributes.join("…")
    });
    tags.collect()
}

fn page(run: &Run) -> String {
    run.write("out.html").unwrap().1
}

#[test]
fn hostile_text_is_inert_on_the_page() {
    let harmless = page(&all_said_as("plain words"));
    for hostile in
        HOSTILE.into_iter().chain(["=cmd|' /C calc'!A0", "\" onload=\"x", "' onload='x", "</title></style>"])
    {
        let page = page(&all_said_as(hostile));
        assert_eq!(tags(&page), tags(&harmless), "{hostile}");
        assert!(!page.chars().any(|c| c.is_control() && c != '\n'), "{hostile}");
        assert!(!page.contains(['\u{202e}', '\u{200b}']), "{hostile}");
    }
}

#[test]
fn a_megabyte_in_every_field_is_cut_and_said_to_be() {
    let mut start = small_start();
    let long = "<&é".repeat(1 << 18);
    if let Event::RunStarted { plan, items, .. } = &mut start {
        plan.title.clone_from(&long);
        items[0].text.clone_from(&long);
        items[0].phase.clone_from(&long);
        items[1].phase = long;
    }
    let mut run = Run::new(start);
    run.act(failed(0, &"<&é".repeat(1 << 15)));
    let page = page(&run);
    assert!(page.len() < 300_000, "{} bytes", page.len());
    for count in [1 << 15, 1 << 18] {
        assert!(page.contains(&format!("(cut: {} more characters are in the log)", 3 * count - SHOWN)));
    }
}

#[test]
fn a_run_of_five_thousand_events_stays_small() {
    let mut run = Run::new(small_start());
    for at in 0..5000_u32 {
        let text =
            format!("note {at}: the copy goes on, nothing is out of the way, we look again in a minute");
        run.act(Event::NoteAdded { text, item: Some(id(u8::try_from(at % 9).unwrap())) });
    }
    let page = page(&run);
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    assert_eq!(page.matches("we look again in a minute").count(), 5000, "each note once");
}

#[test]
fn a_zone_stands_beside_utc_and_the_hosts_clock_without_one() {
    let mut run = Run::new(small_start());
    run.act(done(0));
    std::fs::write(run.log(), &run.bytes).unwrap();
    let made = |name: &str, zone: Option<&str>| {
        let out = run.folder.path().join(name);
        write_beside(&run.log(), &out, &run.clock.now(), zone.map(|zone| zone.parse().unwrap()), None)
            .unwrap();
        std::fs::read_to_string(out).unwrap()
    };
    assert!(made("a.md", Some("Asia/Tokyo")).contains("2026-11-21T06:33:07.000Z (15:33:07 JST), line 2"));
    assert!(
        made("a.md", Some("America/Los_Angeles"))
            .contains("T06:33:07.000Z (2026-11-20 22:33:07 PST), line 2")
    );
    assert!(made("a.md", None).contains("2026-11-21T06:33:07.000Z, line 2"));
    let page = made("a.html", Some("Asia/Tokyo"));
    let time = "<time datetime=\"2026-11-21T06:33:07.000Z\">2026-11-21 06:33:07Z</time> <span class=\"local\">(15:33:07 JST)</span>";
    assert!(page.contains(time));
    assert!(page.contains(">Asia/Tokyo</text>"));
}

#[test]
fn evidence_is_shown_where_it_is_short_and_said_to_be_missing_or_taken_away() {
    let mut run = Run::new(small_start());
    let blobs: Vec<Blob> = [&b"HTTP/1.1 200 OK\nx-side: <new>\n"[..], b"gone", b"secret", b"other"]
        .iter()
        .map(|bytes| Blob::seal(bytes, [7; 16]))
        .collect();
    for blob in &blobs {
        run.act(Event::AttachmentAdded { name: "answer".into(), blob: blob.clone(), item: Some(id(1)) });
    }
    let reason = "it held a token".to_owned();
    run.act(Event::EvidenceRedacted { blob: blobs[2].sha256.clone(), reason });
    let folder = log::evidence(&run.log());
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join(&blobs[0].sha256), b"HTTP/1.1 200 OK\nx-side: <new>\n").unwrap();
    std::fs::write(folder.join(&blobs[3].sha256), b"0ther").unwrap();
    let page = page(&run);
    assert!(page.contains("<code>HTTP/1.1 200 OK\nx-side: &#60;new&#62;\n</code>"), "{page}");
    for (blob, said) in [
        (&blobs[1], "4 bytes (missing in the evidence folder)"),
        (&blobs[2], "6 bytes (taken away: <bdi>it held a token</bdi> – <bdi>dana</bdi> (T1), "),
        (&blobs[3], "5 bytes (NOT the bytes that were kept)"),
    ] {
        assert!(page.contains(&format!("<code>{}</code>, {said}", blob.sha256)), "{said}: {page}");
    }
}
