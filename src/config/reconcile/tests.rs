use std::path::Path as File;

use super::*;
use crate::config;

fn load(rest: &str) -> Result<ReconcileJob, Vec<String>> {
    let text = format!("[[reconcile]]\nname = \"blobs\"\n{rest}");
    match config::load(File::new("x.toml"), &text, &|_| None) {
        Ok(settings) => Ok(settings.reconciles[0].clone()),
        Err(error) => Err(error.findings.into_iter().map(|finding| finding.message).collect()),
    }
}

#[test]
fn counters_are_regular_expressions_sums_and_paths() {
    let job = load(
        r"exec = ['check']
          counters = { last = 'missing: ([\d,]+)', all = { sum = 'missing: (\d+)' }, path = 'sum.missing', rooted = '$.a[0]' }
          expect = ['last == 0', 'all <= path', 'exit == any(0, 1)']
          harmless = ['rooted']
          progress = '(\d+)/(\d+)'
          timeout = '2h'",
    )
    .unwrap();
    let places: Vec<_> = job.counters.iter().map(|counter| (counter.name.as_str(), &counter.place)).collect();
    assert!(
        matches!(
            places[..],
            [
                ("last", Place::Last(_)),
                ("all", Place::Sum(_)),
                ("path", Place::Json(_)),
                ("rooted", Place::Json(_))
            ]
        ),
        "{places:?}"
    );
    assert_eq!((job.expect.len(), job.timeout), (3, Duration::from_hours(2)));
    // A program alone is judged by its exit code.
    assert_eq!(load("exec = ['check']").unwrap().timeout, TIMEOUT);
    // Settings that are written alike are equal, so that what runs goes on.
    let again = || load("exec = ['check']\ncounters = { a = 'a (\\d+)' }").unwrap();
    assert!(again() == again());
    assert!(again() != load("exec = ['check']\ncounters = { a = 'A (\\d+)' }").unwrap());
}

#[test]
fn what_cannot_be_counted_or_told_is_said_where_it_stands() {
    let counted = "exec = ['check']\ncounters = { missing = 'missing (\\d+)' }\n";
    for (toml, part) in [
        ("exec = ['check']\nurl = 'http://x/'".to_owned(), "one of `exec` and `url`"),
        (String::new(), "one of `exec` and `url`"),
        ("url = 'http://x/'".to_owned(), "counts nothing; give it counters"),
        ("exec = ['check']\ncounters = { a = 'missing: \\d+' }".to_owned(), "one group around the number"),
        ("exec = ['check']\ncounters = { a = '(\\d+) of (\\d+)' }".to_owned(), "has 2 groups; expected one"),
        ("exec = ['check']\ncounters = { a = '(' }".to_owned(), "is no regular expression"),
        ("exec = ['check']\ncounters = { a = '$.a[?]' }".to_owned(), "nor a path into JSON"),
        ("exec = ['check']\ncounters = { a = { sum = 'x' } }".to_owned(), "has 0 groups; expected one"),
        ("exec = ['check']\ncounters = { a = {} }".to_owned(), "adds up nothing"),
        ("exec = ['check']\ncounters = { a = { count = 'x' } }".to_owned(), "`count` is not a key"),
        (
            "exec = ['check']\ncounters = { \"not found\" = '(\\d+)' }".to_owned(),
            "cannot be a counter's name",
        ),
        (
            "exec = ['check']\ncounters = { exit = '(\\d+)' }".to_owned(),
            "means something else in expectations",
        ),
        (
            format!("{counted}expect = ['misssing == 0']"),
            "nothing counts `misssing`; did you mean `missing`?",
        ),
        (format!("{counted}expect = ['missing == extra']"), "nothing counts `extra`; counted are missing"),
        (format!("{counted}expect = ['missing']"), "say what it should be, as in `missing == 0`"),
        (format!("{counted}harmless = ['stale']"), "nothing counts `stale`"),
        ("exec = ['check']\nexpect = ['missing == 0']".to_owned(), "`counters` has none"),
        (format!("{counted}progress = '\\d+%'"), "one (per cent) or two (of how many)"),
        (format!("{counted}timeout = '0s'"), "expected more than zero"),
        (format!("{counted}timeout = '10d'"), "at most 7d"),
        (
            "url = 'http://x/'\ncounters = { a = '$.a' }\nexpect = ['exit == 0']".to_owned(),
            "a URL has no exit code",
        ),
        ("url = 'http://x/'\ncounters = { a = '$.a' }\nvia = 'ssh h'".to_owned(), "goes with `exec`"),
    ] {
        let findings = load(&toml).err().unwrap_or_else(|| panic!("{toml} was taken"));
        assert!(findings.iter().any(|finding| finding.contains(part)), "{toml}: {findings:?}");
    }
}
