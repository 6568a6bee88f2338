//! Looks by hand, and any sequence of them against the truth.

use proptest::prelude::*;

use super::*;
use crate::clock::{Clock, ManualClock};
use crate::config;
use crate::sample::{Miss, Stage};

fn settings(text: &str) -> Settings {
    config::load(std::path::Path::new("move.toml"), text, &|_| None).unwrap()
}

fn check(name: &str, url: &str, public: bool) -> String {
    format!(
        "[[health]]\nname = \"{name}\"\nurl = \"{url}\"\npublic = {public}\nevery = \"1s\"\ntimeout = \"1s\"\n"
    )
}

/// A watch and its time.
struct Post {
    watch: Watch,
    settings: Settings,
    clock: ManualClock,
}

impl Post {
    fn new(sidecar: &str) -> Post {
        let settings = settings(sidecar);
        let clock = ManualClock::new("2026-11-21T06:00:00Z".parse().unwrap());
        Post { watch: Watch::default().renewed(&settings), settings, clock }
    }

    fn two() -> Post {
        Post::new(&(check("a", "http://127.0.0.1:1/", true) + &check("b", "http://127.0.0.1:2/", true)))
    }

    fn look(&mut self, name: &str, outcome: Outcome) {
        let at = self.clock.now();
        let word = match outcome {
            Outcome::NoAnswer { stage: Stage::Tls, .. } => "wrong name",
            Outcome::NoAnswer { .. } => "time-out",
            _ => "503",
        };
        let health = Health { outcome, latency: None, ..Health::passed(word, Duration::ZERO) };
        let check = self.settings.health.iter().find(|check| check.name == name).unwrap();
        let id = ProbeId { kind: Kind::Health, name: name.to_owned(), side: None };
        self.watch.take(check, &id, &Sample { began: at, at, reading: Reading::Health(health) });
    }

    /// One letter a look: `.` good, `x` bad, `t` no answer, `c` a wrong certificate, `m` the maintenance page, blank none; one look a second.
    fn play(&mut self, looks: &[(&str, &str)]) {
        let long = looks.iter().map(|(_, row)| row.len()).max().unwrap_or(0);
        for second in 0..long {
            for (name, row) in looks {
                let outcome = match row.as_bytes().get(second) {
                    Some(b'.') => Outcome::Pass,
                    Some(b'm') => Outcome::Maintenance,
                    Some(b'x') => Outcome::Fail(Miss { expected: "status == 200".into(), saw: "503".into() }),
                    Some(b'c') => Outcome::NoAnswer { stage: Stage::Tls, why: "for another name".into() },
                    Some(b't') => Outcome::NoAnswer { stage: Stage::TimeOut, why: "too late".into() },
                    _ => continue,
                };
                self.look(name, outcome);
            }
            self.clock.advance(Duration::from_secs(1));
        }
    }

    /// Spells as `kind from..to`, in seconds since the start.
    fn spells(&self) -> Vec<String> {
        let zero: DateTime<Utc> = "2026-11-21T06:00:00Z".parse().unwrap();
        let shown = self.watch.spells.iter().map(|spell| {
            let end = spell.end.map_or(String::new(), |(end, _)| (end.wall - zero).num_seconds().to_string());
            format!("{:?} {} {}..{end}", spell.kind, spell.check.name, (spell.since - zero).num_seconds())
        });
        shown.collect()
    }
}

#[test]
fn an_outage_is_confirmed_late_and_dated_back() {
    let mut post = Post::two();
    post.play(&[("a", "..x"), ("b", "...")]);
    assert!(post.spells().is_empty(), "one miss proves nothing");
    post.play(&[("a", "xxx.."), ("b", ".....")]);
    assert_eq!(post.spells(), ["Outage a 2..6"]);
    let spell = &post.watch.spells[0];
    assert_eq!(spell.resolution, Some(Duration::from_secs(1)));
    assert_eq!(spell.end.unwrap().1, Some(Duration::from_secs(1)));
}

#[test]
fn a_single_miss_is_no_outage() {
    let mut post = Post::two();
    post.play(&[("a", "..x..x.x."), ("b", ".x...x...")]);
    assert!(post.spells().is_empty());
}

#[test]
fn checks_that_fail_in_turn_make_one_outage() {
    let mut post = Post::two();
    post.play(&[("a", ".xxx....."), ("b", "..xxxx...")]);
    assert_eq!(post.spells(), ["Outage a 1..6"]);
}

#[test]
fn one_that_comes_back_before_the_other_fails_makes_two() {
    let mut post = Post::two();
    post.play(&[("a", ".xx......."), ("b", ".....xx...")]);
    assert_eq!(post.spells(), ["Outage a 1..3", "Outage b 5..7"]);
}

#[test]
fn a_slower_check_that_failed_first_dates_the_beginning_back() {
    let mut post = Post::two();
    post.play(&[("a", "....xx"), ("b", ".  x  ")]);
    assert_eq!(post.spells(), ["Outage a 4.."]);
    assert!(post.watch.may_be_earlier(&post.watch.spells[0]));
    post.play(&[("b", "x")]);
    assert_eq!(post.spells(), ["Outage b 3.."]);
}

#[test]
fn the_maintenance_page_has_its_own_clock() {
    let mut post = Post::two();
    post.play(&[("a", "..mmm..xx.."), ("b", "...........")]);
    assert_eq!(post.spells(), ["Maintenance a 2..5", "Outage a 7..9"]);
    let mut post = Post::two();
    post.play(&[("a", "..mmmxxmm.."), ("b", "...........")]);
    assert_eq!(post.spells(), ["Maintenance a 2..5", "Outage a 5..7", "Maintenance a 7..9"]);
}

#[test]
fn a_time_in_which_every_remote_host_is_silent_is_a_gap() {
    let mut post = Post::new(
        &(check("a", "https://api.example.com/", true) + &check("other", "tcp.example.net:1", false))
            .replace("url = \"tcp.example.net:1\"", "tcp = \"tcp.example.net:1\""),
    );
    post.play(&[("a", "..tttt...."), ("other", "..tttt....")]);
    assert!(post.spells().is_empty(), "{:?}", post.spells());
    let [gap] = post.watch.gaps.make_contiguous() else { panic!("{:?}", post.watch.gaps) };
    assert_eq!((gap.probe.name.as_str(), (gap.to - gap.from).num_seconds()), ("a", 4));
    assert_eq!(post.watch.line_down(), None);
}

#[test]
fn one_silent_host_among_two_is_an_outage() {
    let mut post = Post::new(
        &(check("a", "https://api.example.com/", true) + &check("other", "https://example.net/", false)),
    );
    post.play(&[("a", "..tttt...."), ("other", "..........")]);
    assert_eq!(post.spells(), ["Outage a 2..6"]);
    assert!(post.watch.gaps.is_empty());
}

#[test]
fn wrong_answers_everywhere_are_an_outage() {
    let mut post = Post::new(
        &(check("a", "https://api.example.com/", true) + &check("other", "https://example.net/", false)),
    );
    post.play(&[("a", "..xxxx...."), ("other", "..xxxx....")]);
    assert_eq!(post.spells(), ["Outage a 2..6"]);
}

#[test]
fn wrong_certificates_everywhere_are_an_outage() {
    let mut post = Post::new(
        &(check("a", "https://api.example.com/", true) + &check("other", "https://example.net/", false)),
    );
    post.play(&[("a", "..cccc...."), ("other", "..cccc....")]);
    assert_eq!(post.spells(), ["Outage a 2..6"]);
    assert!(post.watch.gaps.is_empty());
}

#[test]
fn a_single_host_cannot_clear_itself() {
    let mut post = Post::new(&check("a", "https://api.example.com/", true));
    post.play(&[("a", "..tttt....")]);
    assert_eq!(post.spells(), ["Outage a 2..6"]);
}

/// Seconds in which a service was really down, by what its looks confirm: runs of two and more.
fn truth(row: &[bool]) -> Vec<bool> {
    let mut down = vec![false; row.len()];
    let mut state = true;
    let mut at = 0;
    while at < row.len() {
        let run = row[at..].iter().take_while(|look| **look == row[at]).count();
        if row[at] != state && run >= 2 {
            state = row[at];
        }
        down[at..at + run].fill(!state);
        at += run;
    }
    down
}

fn looks() -> impl Strategy<Value = Vec<bool>> {
    // A first good look, and two at the end that settle everything.
    prop::collection::vec((any::<bool>(), 1_usize..6), 1..12).prop_map(|runs| {
        let mut row = vec![true, true];
        row.extend(runs.into_iter().flat_map(|(good, count)| std::iter::repeat_n(good, count)));
        row
    })
}

proptest! {
    #[test]
    fn what_is_observed_is_within_a_look_of_the_truth((mut a, mut b) in (looks(), looks())) {
        let long = a.len().max(b.len()) + 3;
        a.resize(long, true);
        b.resize(long, true);
        let row = |row: &[bool]| row.iter().map(|good| if *good { '.' } else { 'x' }).collect::<String>();
        let mut post = Post::two();
        post.play(&[("a", &row(&a)), ("b", &row(&b))]);
        let down: Vec<bool> = truth(&a).iter().zip(truth(&b)).map(|(a, b)| *a || b).collect();
        let zero: DateTime<Utc> = "2026-11-21T06:00:00Z".parse().unwrap();
        let mut seen = vec![0_u32; long];
        for spell in &post.watch.spells {
            let Some((end, _)) = spell.end else { return Err(TestCaseError::fail("never ended")) };
            let second = |at: DateTime<Utc>| usize::try_from((at - zero).num_seconds()).unwrap();
            seen[second(spell.since)..second(end.wall)].iter_mut().for_each(|count| *count += 1);
        }
        prop_assert!(seen.iter().all(|count| *count <= 1), "counted twice: {seen:?}");
        // A second may only be counted wrongly beside an edge of the truth.
        for (at, count) in seen.iter().enumerate() {
            let near = [at.saturating_sub(1), at, (at + 1).min(long - 1)];
            let possible = near.iter().any(|near| down[*near] == (*count == 1));
            prop_assert!(possible, "second {at} of {} and {}: {seen:?}", row(&a), row(&b));
        }
    }
}
