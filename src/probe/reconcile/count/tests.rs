use std::path::Path as File;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::config;

fn job(toml: &str) -> Arc<ReconcileJob> {
    let text = format!("[[reconcile]]\nname = \"blobs\"\nexec = [\"check\"]\n{toml}");
    let settings = config::load(File::new("x.toml"), &text, &|_| None).unwrap();
    Arc::new(settings.reconciles[0].clone())
}

/// All of `output` in pieces of so many bytes.
fn counted(toml: &str, output: &str, piece: usize) -> (Counts, BTreeMap<String, String>) {
    counted_by(&job(toml), output.as_bytes(), piece)
}

fn counted_by(job: &Arc<ReconcileJob>, output: &[u8], piece: usize) -> (Counts, BTreeMap<String, String>) {
    let mut counts = Counts::new(Arc::clone(job));
    let mut lines = Lines::default();
    for bytes in output.chunks(piece) {
        counts.document(bytes);
        lines.feed(bytes, |line| counts.line(line));
    }
    lines.end(|line| counts.line(line));
    let unknown = counts.finish();
    (counts, unknown)
}

fn counters(toml: &str, output: &str) -> Vec<(String, i64)> {
    let whole = counted(toml, output, output.len().max(1)).0.counters;
    assert_eq!(counted(toml, output, 1).0.counters, whole, "however it is cut");
    whole.into_iter().collect()
}

fn pairs(all: &[(&str, i64)]) -> Vec<(String, i64)> {
    all.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

/// A check in the form of one that looks at missing blobs kind by kind.
const BY_KIND: &str = "\
attachments: checked 1,204 records
  Found in new db: 3
  Found in old db: 0
  Not referenced: 0
  Not found: 1201
exports: checked 42 records
  Found in new db: 0
  Found in old db: 5
  Not referenced: 37
  Not found: 0
";

#[test]
fn a_check_that_reports_kind_by_kind_is_added_up() {
    let toml = r"
        counters = { checked = { sum = 'checked ([\d,]+) records' }, gone = { sum = 'Not found: (\d+)' }, last = 'Not found: (\d+)',
                     unreferenced = { sum = 'Not referenced: (\d+)' }, old = { sum = 'Found in old db: (\d+)' } }
        expect = ['gone == 0', 'old == 0']
        harmless = ['unreferenced']
    ";
    let found = counters(toml, BY_KIND);
    let expected = [("checked", 1246), ("gone", 1201), ("last", 0), ("old", 5), ("unreferenced", 37)];
    assert_eq!(found, pairs(&expected));
}

#[test]
fn the_last_match_wins_and_what_is_absent_is_unknown_never_zero() {
    let toml = r"counters = { missing = 'missing: ([\d,]+)', extra = 'extra: (\d+)' }";
    let output = "missing: 3\rmissing: 2 missing: 1,900\r\nmissing: many\n";
    assert_eq!(counters(toml, output), pairs(&[("missing", 1900)]));
    let unknown = counted(toml, output, 7).1;
    assert_eq!(
        unknown.into_iter().collect::<Vec<_>>(),
        [("extra".to_owned(), "the output does not say `extra`".to_owned())]
    );
}

#[test]
fn a_number_that_its_pattern_cuts_short_is_unknown_with_the_way_out() {
    let toml = r"counters = { copied = 'copied (\d+)', first = '^(\d+),', size = 'size: (\S+)' }";
    let (counts, unknown) = counted(toml, "copied 490,112 files\nsize: 1.2TB\n", 5);
    assert!(counts.counters.is_empty(), "{:?}", counts.counters);
    assert_eq!(unknown["copied"], "its pattern reads 490 of 490,112: write the group as ([\\d,.]+)");
    assert_eq!(unknown["size"], "\"1.2TB\" is not a whole number");
    // A pattern that goes on behind its group knows where the number ends; a good line makes up for an odd one.
    let found = counters(toml, "490,112,3\ncopied 490,112\ncopied 12\n");
    assert_eq!(found, pairs(&[("copied", 12), ("first", 490)]));
}

#[test]
fn a_sum_that_lacks_a_part_stays_unknown() {
    let toml = r"counters = { gone = { sum = 'gone: (\S+)' } }";
    let (counts, unknown) = counted(toml, "gone: 3\ngone: n/a\ngone: 4\n", 64);
    assert!(counts.counters.is_empty());
    assert_eq!(unknown["gone"], "\"n/a\" is not a whole number");
    let most = format!("gone: {}\ngone: 1\n", i64::MAX);
    assert_eq!(counted(toml, &most, 64).1["gone"], "it is more than can be counted");
}

#[test]
fn json_is_found_whole_by_lines_and_behind_a_notice() {
    let toml = r"counters = { missing = 'sum.missing', listed = '$.sum.listed', bad = '$.bad', shards = 'shards[*].n' }";
    let tree =
        r#"{"sum": {"missing": 3, "listed": "490,149"}, "bad": ["a", "b"], "shards": [{"n": 1}, {"n": 2}]}"#;
    let all = pairs(&[("bad", 2), ("listed", 490_149), ("missing", 3), ("shards", 3)]);
    let pretty = serde_json::to_string_pretty(&serde_json::from_str::<Json>(tree).unwrap()).unwrap();
    for output in [
        tree.to_owned(),
        format!("{{\"sum\": {{\"missing\": 9}}}}\n{tree}\n"),
        format!("a new version is out: see [docs]\n{pretty}\nbye\n"),
        format!("3 files\n{tree}\ndone\n"),
    ] {
        assert_eq!(counters(toml, &output), all, "{output}");
    }
    let unknown = counted(toml, r#"{"sum": {"missing": 1.5}, "shards": [{"n": 1}, {}], "bad": null}"#, 9).1;
    assert_eq!(unknown["missing"], "1.5 is not a whole number");
    assert_eq!(unknown["listed"], "the output has no `$.sum.listed`");
    assert_eq!(unknown["shards"], "an entry lacks it");
    assert_eq!(unknown["bad"], "null is not a whole number");
    assert_eq!(counted(toml, "<html>", 9).1["missing"], "the output is not JSON");
    assert_eq!(counted(toml, "", 9).1["missing"], "the output is not JSON");
}

#[test]
fn progress_in_per_cent_or_of_how_many() {
    let at = |progress: &str, output: &str| {
        counted(&format!("progress = '{progress}'"), output, 3).0.progress.map(|part| (part * 1000.0).round())
    };
    assert_eq!(at(r"(\S+)%", "1% 12.5%\r40,5%\rwait"), Some(405.0));
    assert_eq!(at(r"([\d,]+) of ([\d,]+)", "1,000 of 4,000"), Some(250.0));
    assert_eq!(at(r"(\d+)/(\d+)", "3/0"), None);
    assert_eq!(at(r"(\d+)%", "250%"), Some(1000.0));
    assert_eq!(at(r"(\d+)%", "no"), None);
}

#[test]
fn memory_is_bounded_whatever_comes() {
    let mut counts = Counts::new(job("counters = { a = '$.a', b = 'b: (\\d+)' }"));
    let mut lines = Lines::default();
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..20 {
        counts.document(&piece);
        lines.feed(&piece, |line| counts.line(line));
    }
    assert_eq!(counts.document.len(), DOCUMENT);
    assert_eq!(lines.line.len(), LINE);
    lines.feed(b" b: 3\nb: 4\n", |line| counts.line(line));
    assert_eq!(counts.counters.get("b"), Some(&4));
    assert_eq!(counts.finish()["a"], "the output is longer than 16.7 MB");
}

proptest! {
    #[test]
    fn any_bytes_are_survived_and_cut_anywhere(bytes in prop::collection::vec(any::<u8>(), 0..400), piece in 1usize..9) {
        static JOB: LazyLock<Arc<ReconcileJob>> = LazyLock::new(|| {
            job(r"counters = { a = '(\S+)', b = { sum = '(\d+)' }, c = '$.c' }
                  progress = '(\S+)/(\S+)'")
        });
        let (whole, cut) = (counted_by(&JOB, &bytes, 1000), counted_by(&JOB, &bytes, piece));
        prop_assert_eq!(whole.0.counters, cut.0.counters);
        prop_assert_eq!(whole.1, cut.1);
        prop_assert_eq!(whole.0.progress, cut.0.progress);
    }
}
