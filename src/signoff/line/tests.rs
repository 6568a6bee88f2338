use proptest::prelude::*;

use super::super::arbitrary;
use super::*;
use crate::checklist::ItemId;

fn note(text: &str) -> Draft {
    let stamp = Stamp {
        wall: DateTime::from_timestamp_millis(1_795_242_667_123).unwrap(),
        offset: 3600,
        mono: Duration::from_millis(5),
        boot: Duration::from_millis(754_001),
    };
    Draft {
        act: ActId { session: 1, n: 14 },
        at: stamp,
        by: Actor::Person("dana".to_owned()),
        via: Via { host: "bastion".to_owned(), user: "ops".to_owned(), tty: None, client: None },
        event: Event::NoteAdded { text: text.to_owned(), item: Some(ItemId([1; 8])) },
        blobs: Vec::new(),
    }
}

fn encode(draft: &Draft) -> Line {
    Line::encode(Head { seq: 4, hash: Hash::of(b"before") }, "cafe", draft).unwrap()
}

#[test]
fn a_line_is_spelled_in_one_way() {
    let line = encode(&note("a \"b\"\n"));
    assert_eq!(
        std::str::from_utf8(&line.raw).unwrap(),
        format!(
            "{{\"v\":1,\"seq\":5,\"at\":\"2026-11-21T06:31:07.123Z\",\"offset\":\"+01:00\",\"up\":754001,\
             \"act\":\"1-14\",\"event\":\"note.added\",\"by\":\"dana\",\
             \"via\":{{\"host\":\"bastion\",\"user\":\"ops\"}},\"run\":\"cafe\",\"text\":\"a \\\"b\\\"\\n\",\
             \"item\":\"0101010101010101\",\"prev\":\"{}\"}}",
            Hash::of(b"before")
        )
    );
    assert_eq!(Line::decode(&line.raw).unwrap(), line);
}

#[test]
fn other_spellings_are_refused() {
    let raw = String::from_utf8(encode(&note("x")).raw.into()).unwrap();
    let swaps = [
        (r#""seq":5"#, r#""seq": 5"#),
        (r#""seq":5"#, r#""seq":5.0"#),
        (r#""seq":5"#, r#""seq":05"#),
        (r#""seq":5,"#, r#""seq":5,"seq":5,"#),
        (r#""seq":5,"at""#, r#""at":5,"seq""#),
        (r#""act":"1-14""#, r#""act":"1-014""#),
        (r#""act":"1-14""#, r#""act":"14""#),
        (r#""offset":"+01:00""#, r#""offset":"+0100""#),
        (".123Z", ".123+00:00"),
        (".123Z", ".1234Z"),
        (r#""text":"x""#, r#""text":"\u0078""#),
        (r#""text":"x","#, r#""text":"x","text":"x","#),
        (r#""text":"x","#, r#""text":"x","more":1,"#),
        (r#""text":"x","#, ""),
        (r#""host":"bastion","#, r#""host":"bastion","host":"bastion","#),
        (r#""host":"bastion","#, r#""host":"bastion","more":1,"#),
        ("note.added", "note.sung"),
        ("0101010101010101", "0101"),
        (r#""}"#, r#""}}"#),
        (r#""}"#, r#"","z":1}"#),
        (r#","prev":""#, r#","last":""#),
    ];
    for (from, to) in swaps {
        let other = raw.replacen(from, to, 1);
        assert_ne!(other, raw, "{from}");
        assert!(matches!(Line::decode(other.as_bytes()), Err(Fault::Bad(_))), "{from} -> {to}");
    }
    let twice = format!("{},\"run\":\"z\"}}", raw.strip_suffix('}').unwrap());
    assert!(matches!(Line::decode(twice.as_bytes()), Err(Fault::Bad(_))));
}

#[test]
fn a_newer_schema_is_refused_whatever_else_it_says() {
    assert_eq!(Line::decode(b"{\"v\":2,\"what\":\"ever\"}").unwrap_err(), Fault::Newer { v: 2 });
    assert!(matches!(Line::decode(b"{\"v\":0,"), Err(Fault::Bad(_))));
    for not in [&b"hello"[..], b"", b"{}", b"[1]", b"{\"seq\":1,\"v\":1}", b"\0\0\0", b"{\"v\":99999999999,"]
    {
        assert!(matches!(Line::decode(not), Err(Fault::Bad(_))));
    }
}

#[test]
fn lines_have_a_longest() {
    let whole = encode(&note(""));
    let room = LINE_MAX - 1 - whole.raw.len();
    assert!(Line::encode(Head::default(), "cafe", &note(&"x".repeat(room))).is_ok());
    let refused = Line::encode(Head::default(), "cafe", &note(&"x".repeat(room + 1))).unwrap_err();
    assert!(matches!(refused, Refused::TooLarge { limit: LINE_MAX }));
    let mut plan = note("");
    plan.event = arbitrary::small_start();
    if let Event::RunStarted { plan, .. } = &mut plan.event {
        plan.text = "\u{1}".repeat(1 << 20);
    }
    let line = encode(&plan);
    assert!(line.raw.len() > 6 << 20, "a plan of 1 MB of control characters is written as 6 MB");
    assert_eq!(Line::decode(&line.raw).unwrap(), line);
}

#[test]
fn nobody_acts_under_the_reserved_name() {
    let mut draft = note("x");
    draft.by = Actor::Person("cutover".to_owned());
    assert!(matches!(Line::encode(Head::default(), "r", &draft), Err(Refused::Invalid { .. })));
    assert_eq!(Actor::person(" Cutover "), Err(crate::signoff::BadName::Reserved));
    assert_eq!(Actor::person(" \t"), Err(crate::signoff::BadName::Empty));
    assert!(Actor::person("a\nb").is_err());
    assert_eq!(Actor::person(" dana ").unwrap().as_str(), "dana");
}

#[test]
fn prev_is_read_from_the_end() {
    let line = encode(&note("\",\"prev\":\""));
    assert_eq!(prev_of(&line.raw), Some(Hash::of(b"before")));
    assert_eq!(prev_of(b"\"}"), None);
    assert_eq!(prev_of(&b"x".repeat(80)), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back(draft in arbitrary::draft(), seq in 0..u64::MAX, run in arbitrary::text()) {
        let after = Head { seq, hash: Hash::of(run.as_bytes()) };
        let line = Line::encode(after, &run, &draft).unwrap();
        prop_assert!(!line.raw.iter().any(|&b| b == b'\n' || b == 0));
        prop_assert_eq!(line.head.hash, Hash::of(&line.raw));
        prop_assert_eq!(line.prev, after.hash);
        prop_assert_eq!(prev_of(&line.raw), Some(after.hash));
        let read = Line::decode(&line.raw).unwrap();
        prop_assert_eq!(&read, &line);
        prop_assert_eq!(&read.event, &draft.event);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Line::decode(&bytes).is_err());
    }

    #[test]
    fn a_flipped_bit_is_refused_or_changes_what_is_said(draft in arbitrary::draft(), at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let line = Line::encode(Head::default(), "cafe", &draft).unwrap();
        let mut raw = line.raw.to_vec();
        let at = at.index(raw.len());
        raw[at] ^= 1u8 << bit;
        if let Ok(mut read) = Line::decode(&raw) {
            prop_assert_ne!(read.head.hash, line.head.hash);
            read.head.hash = line.head.hash;
            read.raw.clone_from(&line.raw);
            prop_assert_ne!(read, line);
        }
    }
}
