//! Filled plans: the same plan, read again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::*;
use crate::checklist::filled::without;
use crate::checklist::{Checklist, Options, parse};
use crate::record::{Act, FieldValue, ItemRecord, ItemState};
use crate::report::filled::fill;
use crate::signoff::event::{Row, rows};

/// Every plan of the repository, as it is and as editors of other systems write it.
fn corpus() -> Vec<(PathBuf, Vec<u8>)> {
    let folders = ["tests/plans", "checklists"].map(std::fs::read_dir);
    let files = folders.into_iter().flat_map(Result::unwrap).map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|it| it == "md" || it == "txt"));
    let mut all = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let crlf = text.replace('\n', "\r\n");
        let cut = text.trim_end().to_owned();
        all.extend(
            [text.clone(), format!("\u{feff}{text}"), format!("\u{feff}{crlf}"), crlf, cut]
                .map(|text| (path.clone(), text.into_bytes())),
        );
        all.push((path, [text.as_bytes(), b"\n- [ ] not UTF-8 \xff: ____\n"].concat()));
    }
    assert!(all.len() > 60);
    all
}

fn read(bytes: &[u8]) -> Checklist {
    parse(bytes, &Options::default())
}

fn act(seq: u64) -> Act {
    let at = At::from(ManualClock::new("2026-11-21T06:31:07Z".parse().unwrap()).now());
    Act { seq, id: ActId { session: 1, n: seq }, at, by: "dana | <b>".to_owned(), via: Via::default() }
}

/// A run of a plan whose items came to stand as `dice` falls, with their blanks filled by hostile words.
fn run(rows: Vec<Row>, dice: &[usize]) -> Record {
    let mut record = Record::default();
    for (at, row) in rows.into_iter().enumerate() {
        let mut item = ItemRecord::new(row);
        let fallen = dice[at % dice.len()] + at;
        if fallen % 8 < 7 {
            item.state = ItemState::ALL[fallen % 8];
            item.act = Some(act(at as u64 + 1));
            item.reason = Some(HOSTILE[fallen % HOSTILE.len()].to_owned());
        }
        let values = (0..).zip(&item.row.fields).map(|(n, field)| {
            let value = format!("{} <!--.--> {}", HOSTILE[(fallen + 1) % HOSTILE.len()], field.label);
            (n, FieldValue { label: field.label.clone(), value, secret: false, act: act(1) })
        });
        item.fields = if fallen.is_multiple_of(3) { BTreeMap::new() } else { values.collect() };
        record.index.insert(item.row.id, record.items.len());
        record.items.push(item);
    }
    record
}

fn filled(record: &Record, bytes: &[u8]) -> Vec<u8> {
    let mut verification = crate::signoff::verify::verify(Path::new("/nowhere"));
    verification.outcome = Outcome::Intact;
    fill(&Report::new(record, &verification, act(1).at), bytes)
}

/// The bytes without the boxes, which alone may differ, and the blank that a ticked one may need behind it.
fn boxless(bytes: &[u8], boxes: impl Iterator<Item = std::ops::Range<usize>>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut from = 0;
    for span in boxes {
        out.extend_from_slice(&bytes[from..span.start]);
        out.push(b'#');
        from = span.end + usize::from(bytes.get(span.end) == Some(&b' '));
    }
    out.extend_from_slice(&bytes[from..]);
    out
}

fn boxes(list: &Checklist) -> impl Iterator<Item = std::ops::Range<usize>> {
    list.items.iter().filter_map(|item| item.box_span.clone())
}

fn same(name: &Path, bytes: &[u8], record: &Record, page: &[u8]) {
    let (before, after) = (read(bytes), read(page));
    let told = |list: &Checklist| -> Vec<_> {
        let labels = |item: &crate::checklist::Item| item.fields.iter().map(|it| it.label.clone()).collect();
        let one = |item: &crate::checklist::Item| -> (_, _, Vec<String>, _, _) {
            (
                item.id,
                item.text.clone(),
                labels(item),
                item.detail.iter().map(|it| it.text.clone()).collect::<Vec<_>>(),
                item.annotations.clone(),
            )
        };
        list.items.iter().map(one).collect()
    };
    assert_eq!(told(&after), told(&before), "{}:\n{}", name.display(), String::from_utf8_lossy(page));
    for (item, was) in after.items.iter().zip(&record.items) {
        let boxed = item.box_span.is_some();
        assert_eq!(item.checked, boxed && was.state == ItemState::Done, "{}: {}", name.display(), item.text);
    }
    if let (Ok(page), Ok(text)) = (std::str::from_utf8(page), std::str::from_utf8(bytes)) {
        let (emptied, text) = (without(page), without(text));
        let again = read(emptied.as_bytes());
        let before = read(text.as_bytes());
        let bare = |bytes: &[u8], list: &Checklist| String::from_utf8(boxless(bytes, boxes(list))).unwrap();
        assert_eq!(bare(emptied.as_bytes(), &again), bare(text.as_bytes(), &before), "{}", name.display());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]
    #[test]
    fn a_filled_plan_is_the_same_plan(dice in prop::collection::vec(0_usize..64, 1..40)) {
        for (name, bytes) in corpus() {
            let list = read(&bytes);
            let record = run(rows(&list), &dice);
            let page = filled(&record, &bytes);
            same(&name, &bytes, &record, &page);
            // And it can be filled anew.
            let dice: Vec<usize> = dice.iter().map(|fallen| fallen + 3).collect();
            let record = run(rows(&read(&page)), &dice);
            same(&name, &page, &record, &filled(&record, &page));
        }
    }
}

#[test]
fn what_stands_beside_the_steps() {
    let text = "---\r\ntitle: Move\r\n---\r\n## One\r\n- [ ] Host: ____ <!-- cutover: role = \"dba\" -->\r\n\
                - [ ]\r\n  ```sh\r\n  go\r\n  ```\r\n**Both:** [ ] a [ ]b\r\n\r\n\
                | Step | Done |\r\n|--|--|\r\n| Flip | [ ] |\r\n\r\n☐ drawn\r\n- [ ] last <!-- a\r\ncomment -->";
    let mut record = run(rows(&read(text.as_bytes())), &[2, 1, 0, 7, 6, 5, 4, 3]);
    for (n, item) in record.items.iter_mut().enumerate() {
        item.state = [ItemState::Done, ItemState::Skipped][usize::from(n == 4)];
        item.act = Some(Act { by: "dana".to_owned(), ..act(n as u64 + 1) });
        item.reason = Some("not used | here".to_owned()).filter(|_| n == 4);
        item.fields.values_mut().for_each(|filled| filled.value = "db_1 | <b>".to_owned());
    }
    insta::assert_snapshot!(String::from_utf8(filled(&record, text.as_bytes())).unwrap());
}
