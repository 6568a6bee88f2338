//! Lines merged, filtered and searched.

use super::super::live::Live;
use super::sieve::Sieve;
use super::*;
use crate::config;
use crate::sample::LogBatch;
use crate::sample::log::Chunk;

fn at(ms: u64) -> Stamp {
    let boot = Duration::from_millis(ms);
    let wall = chrono::DateTime::from_timestamp_millis(i64::try_from(ms).unwrap()).unwrap();
    Stamp { wall, offset: 0, mono: boot, boot }
}

/// Logs `a`, `b`, `c` that keep so many lines.
fn logs(lines: usize) -> Live {
    let table = |name| format!("[[log]]\nname = \"{name}\"\nfile = \"/tmp/{name}.log\"\nlines = {lines}\n");
    let sidecar = ["a", "b", "c"].map(table).concat();
    let settings = config::load("plan.toml".as_ref(), &sidecar, &|_| None).unwrap();
    Live::default().with(&settings)
}

fn read(live: &mut Live, log: usize, ms: u64, lines: &[&str]) {
    let mut chunk = Chunk::default();
    for text in lines {
        let level = if text.contains("error") { Level::Error } else { Level::Info };
        chunk.push(text, Entry { end: 0, level, shape: 0, stated: None, cut: 0, file: 0 });
    }
    let batch = LogBatch { at: Some(at(ms)), lines: Arc::new(chunk), ..LogBatch::default() };
    let id = live.logs[log].id().clone();
    live.lines(&id, batch).unwrap();
}

fn lens<'a>(live: &'a Live, sieve: &'a Sieve, tests: &Tests<'_>) -> Lens<'a> {
    let strands = live.logs.iter().enumerate().map(|(at, log)| Strand {
        at,
        log,
        buffer: &log.buffer,
        floor: 0,
        sifted: sieve.of(at),
    });
    Lens { strands: strands.collect(), filters: tests.filters(), sifts: !tests.is_idle() }
}

fn sift(live: &Live, sieve: &mut Sieve, tests: &Tests<'_>) -> usize {
    let buffers: Vec<_> = live.logs.iter().map(|log| &log.buffer).enumerate().collect();
    let mut slices = 1;
    while sieve.slice(&buffers, tests, &at(0)) {
        slices += 1;
    }
    slices
}

/// All lines from the oldest on; the way back must give the same.
fn all(lens: &Lens<'_>, want: Want) -> Vec<String> {
    let walk = |way| {
        let mut spots = Vec::new();
        let mut at = lens.find(None, way, want);
        while let Some(spot) = at {
            spots.push(spot);
            at = lens.find(Some(spot), way, want);
        }
        spots
    };
    let (on, mut back) = (walk(Way::On), walk(Way::Back));
    back.reverse();
    assert_eq!(on, back);
    on.iter().map(|spot| lens.line(*spot).unwrap().1.text.to_owned()).collect()
}

fn three() -> Live {
    let mut live = logs(1000);
    read(&mut live, 1, 10, &["b1 error", "b2"]);
    read(&mut live, 0, 20, &["a1"]);
    read(&mut live, 2, 20, &["c1", "c2 error"]);
    read(&mut live, 1, 20, &["b3"]);
    read(&mut live, 0, 30, &["a2 error", "a3"]);
    live
}

#[test]
fn logs_are_merged_as_they_were_read() {
    let (live, sieve, tests) = (three(), Sieve::default(), Tests::default());
    let lens = lens(&live, &sieve, &tests);
    assert_eq!(all(&lens, Want::Any), ["b1 error", "b2", "a1", "b3", "c1", "c2 error", "a2 error", "a3"]);
    assert_eq!(all(&lens, Want::Error), ["b1 error", "c2 error", "a2 error"]);
    assert_eq!(all(&lens, Want::Hit), [""; 0]);
}

#[test]
fn filters_narrow_hide_and_are_counted() {
    let live = three();
    let (one, e) = (Pattern::new("[12]").unwrap(), Pattern::new("ERR").unwrap());
    assert!(!e.regex().is_match("b1 error"));
    let out = Pattern::new("error").unwrap();
    let tests = Tests {
        within: vec![one.regex()],
        without: vec![out.regex()],
        level: Level::None,
        search: Some(one.regex()),
    };
    let mut sieve = Sieve::default();
    sift(&live, &mut sieve, &tests);
    let lens = lens(&live, &sieve, &tests);
    assert_eq!(all(&lens, Want::Any), ["b2", "a1", "c1"]);
    assert_eq!(all(&lens, Want::Hit), ["b2", "a1", "c1"]);
    assert_eq!(all(&lens, Want::Error), [""; 0], "a hidden error is not stopped at");
    assert_eq!(lens.tally(), Tally { lines: 8, sifted: 8, hidden: 5, hits: 3 });
}

#[test]
fn a_level_hides_what_is_less_grave() {
    let live = three();
    let tests = Tests { level: Level::Error, ..Tests::default() };
    let mut sieve = Sieve::default();
    sift(&live, &mut sieve, &tests);
    assert_eq!(all(&lens(&live, &sieve, &tests), Want::Any), ["b1 error", "c2 error", "a2 error"]);
}

#[test]
fn the_newest_lines_are_looked_at_first_and_slices_are_short() {
    let mut live = logs(100_000);
    let texts: Vec<String> = (0..4000).map(|line| format!("line {line:>200}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for round in 0..5 {
        for log in 0..3 {
            read(&mut live, log, 10 + round, &texts);
        }
    }
    let pattern = Pattern::new("9$").unwrap();
    let tests = Tests { within: vec![pattern.regex()], ..Tests::default() };
    let mut sieve = Sieve::default();
    let buffers: Vec<_> = live.logs.iter().map(|log| &log.buffer).enumerate().collect();
    assert!(sieve.slice(&buffers, &tests, &at(0)), "one slice is not enough");
    {
        let lens = lens(&live, &sieve, &tests);
        let tally = lens.tally();
        assert!(tally.sifted > 0 && tally.sifted < 8000, "{tally:?}");
        let newest = lens.last().unwrap();
        assert_eq!(newest.order, 14_000_000);
        assert!(lens.is_known(newest, newest) || tally.sifted < 4000);
        assert!(!lens.is_known(newest, Spot { order: 10_000_000, log: 0, line: 0 }));
    }
    sift(&live, &mut sieve, &tests);
    let lens = lens(&live, &sieve, &tests);
    let tally = lens.tally();
    assert_eq!((tally.sifted, tally.hidden), (tally.lines, tally.lines / 10 * 9));
}

#[test]
fn a_slice_that_took_long_is_followed_by_a_shorter_one() {
    let mut live = logs(100_000);
    let text = "x".repeat(500);
    for round in 0..200 {
        read(&mut live, 0, round, &[text.as_str(); 100]);
    }
    let pattern = Pattern::new("y").unwrap();
    let tests = Tests { within: vec![pattern.regex()], ..Tests::default() };
    let buffers: Vec<_> = live.logs.iter().map(|log| &log.buffer).enumerate().collect();
    let sifted = |every: u64| {
        let mut sieve = Sieve::default();
        let mut sizes = Vec::new();
        let mut before = 0;
        for round in 0..6 {
            sieve.slice(&buffers, &tests, &at(round * every));
            let now = lens(&live, &sieve, &tests).tally().sifted;
            sizes.push(now - before);
            before = now;
        }
        sizes
    };
    let slow = sifted(50);
    assert!(slow[5] * 8 < slow[0], "{slow:?}");
    let fast = sifted(1);
    assert!(fast[2] > fast[0] * 3, "{fast:?}");
}

#[test]
fn lines_that_come_later_are_looked_at_and_those_dropped_forgotten() {
    let mut live = logs(1000);
    let pattern = Pattern::new("7").unwrap();
    let tests = Tests { within: vec![pattern.regex()], ..Tests::default() };
    let mut sieve = Sieve::default();
    for round in 0..500 {
        let line = format!("line {round}");
        read(&mut live, 0, round, &[line.as_str(); 10]);
        sift(&live, &mut sieve, &tests);
    }
    let lens = lens(&live, &sieve, &tests);
    let kept = all(&lens, Want::Any);
    let expected = (400..500).filter(|round| round.to_string().contains('7')).count() * 10;
    assert_eq!(kept.len(), expected);
    let blocks = live.logs[0].buffer.blocks().count();
    assert_eq!(sieve.of(0).unwrap().len(), blocks);
    assert_eq!(lens.tally().hidden, 1000 - expected as u64);
}

proptest::proptest! {
    #[test]
    fn any_interleaving_is_walked_whole(batches in proptest::collection::vec((0usize..3, 0u64..3, 1usize..4), 1..40)) {
        let mut live = logs(1000);
        let (mut ms, mut said) = (0, Vec::new());
        for (number, (log, later, count)) in batches.into_iter().enumerate() {
            ms += later;
            let lines: Vec<String> = (0..count).map(|line| format!("{ms:04} {log} {number:03} {line}")).collect();
            read(&mut live, log, ms, &lines.iter().map(String::as_str).collect::<Vec<_>>());
            said.extend(lines);
        }
        said.sort();
        let (sieve, tests) = (Sieve::default(), Tests::default());
        proptest::prop_assert_eq!(all(&lens(&live, &sieve, &tests), Want::Any), said);
    }
}
