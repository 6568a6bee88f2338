use super::*;

const H: u64 = 3600;
const D: u64 = 86_400;

fn rules() -> Rules<'static> {
    Rules::without(&[])
}

/// At least, at most, after what.
fn wait(words: &str, heading: bool) -> Option<(u64, Option<u64>, Option<String>)> {
    let said = rules().wait(words, heading)?;
    let most = said.most.filter(|most| *most > said.least);
    Some((said.least.as_secs(), most.map(|most| most.as_secs()), said.after))
}

#[test]
fn what_says_that_time_is_to_be_waited() {
    let after = |words: &str| Some(words.to_owned());
    for (words, expected) in [
        ("Wait 24-48 hours", (24 * H, Some(48 * H), None)),
        ("⚠️ Wait 24–48 hours!", (24 * H, Some(48 * H), None)),
        ("Wait at least 10 minutes before the next step", (600, None, None)),
        ("Wait for another 5 min", (300, None, None)),
        ("Please wait an hour", (H, None, None)),
        ("wait two days", (2 * D, None, None)),
        ("Wait 30 minutes after the DNS change before deleting", (1800, None, after("dns change"))),
        ("Wait 5 minutes for the pods to start", (300, None, None)),
        ("After 7 days, delete the old app", (7 * D, None, None)),
        ("After 10 minutes check the error rate", (600, None, None)),
        ("After 24+ hours of stable operation", (24 * H, None, None)),
        ("24 hours after the DNS change: raise the TTL", (24 * H, None, after("dns change"))),
        ("48h after cutover", (48 * H, None, after("cutover"))),
        ("Delete the old database (after 30 days)", (30 * D, None, None)),
        ("Delete the old database (24h after the cutover)", (24 * H, None, after("cutover"))),
        ("Old TTL has expired", (0, None, None)),
        ("Wait for TTL to expire", (0, None, None)),
        ("Wait until the old TTL has run out", (0, None, None)),
        ("Verified that the previous DNS TTL has passed", (0, None, None)),
        ("3. Wait 15 minutes", (900, None, None)),
    ] {
        assert_eq!(wait(words, false), Some(expected.clone()), "{words}");
    }
    for (words, expected) in [
        ("After 24-48 Hours of Stable Operation", (24 * H, Some(48 * H), None)),
        ("After 7 Days (Recommended)", (7 * D, None, None)),
        ("After 30 Days (When Confident)", (30 * D, None, None)),
        ("Phase 8: After 30 days", (30 * D, None, None)),
        ("Decommission (after 7 days)", (7 * D, None, None)),
        ("Decommission - wait 24-48 hours!", (24 * H, Some(48 * H), None)),
        ("Clean-up: 24h after the cutover", (24 * H, None, after("cutover"))),
        ("Old TTL has expired", (0, None, None)),
    ] {
        assert_eq!(wait(words, true), Some(expected.clone()), "{words}");
    }
}

#[test]
fn what_only_speaks_of_time() {
    for words in [
        "After 7 days the certificate expires",
        "Waited for DNS propagation (5-10 minutes)",
        "Lowered DNS TTL to 300 seconds (done 24+ hours ago)",
        "Wait up to 10 minutes",
        "Wait 5 minutes or until the check is green",
        "Wait 10 minutes if the queue is not empty",
        "Wait for the pods",
        "Restart the service, wait 30 seconds, look at the log",
        "HTTP 5xx errors > 5 in 5 minutes",
        "CPU > 80% for 10 minutes",
        "Alarm fires 5 minutes after the first error that was seen by anybody",
        "The TTL is 300",
        "Set the session TTL to expire after 1 hour",
        "Backups older than 30 days are deleted",
        "Lifecycle rule: expire objects after 30 days",
        "10 minutes",
        "Afternoon shift takes over",
        "",
    ] {
        assert_eq!(wait(words, false), None, "{words}");
    }
    for words in ["Phase 6: Monitoring", "Deploy (15 min)", "Before (1-2 days before)", "7 days"] {
        assert_eq!(wait(words, true), None, "{words}");
    }
    let off = ["wait".to_owned()];
    assert_eq!(Rules::without(&off).wait("Wait 24 hours", false), None);
}

fn clock(hour: u32, minute: u32, utc: bool) -> Due {
    Due::Clock { time: NaiveTime::from_hms_opt(hour, minute, 0).unwrap(), utc }
}

#[test]
fn when_something_is_due() {
    for (words, expected) in [
        ("T-24h: lower the TTL", Due::Relative(-86_400)),
        ("T-60", Due::Relative(-3600)),
        ("T-60 min", Due::Relative(-3600)),
        ("T – 30 minutes – freeze", Due::Relative(-1800)),
        ("T+15 start the workers", Due::Relative(900)),
        ("T minus 2 hours", Due::Relative(-7200)),
        ("T-0", Due::Relative(0)),
        ("[T-15] Announce", Due::Relative(-900)),
        ("Announce (T-15)", Due::Relative(-900)),
        ("D-1 Announce", Due::Relative(-86_400)),
        ("D+3: clean up", Due::Relative(259_200)),
        ("24 hours before the cutover: lower the TTL", Due::Relative(-86_400)),
        ("06:30 switch DNS", clock(6, 30, false)),
        ("[06:30] switch DNS", clock(6, 30, false)),
        ("6:30pm freeze", clock(18, 30, false)),
        ("Switch DNS at 22:00 UTC", clock(22, 0, true)),
        ("at 22:00Z switch", clock(22, 0, true)),
        ("Switch DNS (22:00)", clock(22, 0, false)),
        ("22:00h – switch", clock(22, 0, false)),
    ] {
        assert_eq!(rules().due(words, false).map(|(due, _)| due), Some(expected), "{words}");
    }
    for (words, expected) in [
        ("Pre-Migration (1-2 Days Before)", Due::Relative(-86_400)),
        ("T-24h", Due::Relative(-86_400)),
        ("The day before", Due::Relative(-86_400)),
        ("1 week before the migration", Due::Relative(-604_800)),
        ("Phase 4: 06:30 DNS", clock(6, 30, false)),
    ] {
        assert_eq!(rules().due(words, true).map(|(due, _)| due), Some(expected), "{words}");
    }
    let (due, span) = rules().due("06:30-06:45 switch DNS", false).unwrap();
    assert_eq!((due, span.unwrap().as_secs()), (clock(6, 30, false), 900));
    let (_, span) = rules().due("23:50 – 00:10 switch DNS", false).unwrap();
    assert_eq!(span.unwrap().as_secs(), 1200, "over midnight");
}

#[test]
fn what_is_no_due_time() {
    for words in [
        "T-SQL scripts applied",
        "T-shirt sizes agreed",
        "D-Day rehearsed",
        "Test the login",
        "Backups run daily at 02:00",
        "The job is scheduled at 02:00",
        "Ratio 10:15 is fine",
        "Logged at 10:15 by dana as user 5",
        "Call the number 06:30:11:12",
        "Port 25:80 is mapped",
        "Lower the TTL a day before",
        "30 minutes before",
        "10 minutes",
    ] {
        assert_eq!(rules().due(words, false), None, "{words}");
    }
    let off = ["due".to_owned()];
    assert_eq!(Rules::without(&off).due("T-60", false), None);
}

#[test]
fn how_long_an_item_takes() {
    let minutes =
        |words: &str| rules().takes(words).map(|(least, most)| (least.as_secs() / 60, most.as_secs() / 60));
    for (words, expected) in [
        ("Restore the dump (20 min)", Some((20, 20))),
        ("Waited for DNS propagation (5-10 minutes)", Some((5, 10))),
        ("Build the image (takes about 5 minutes)", Some((5, 5))),
        ("Import, which takes 1-2 hours", Some((60, 120))),
        ("The import should take half an hour", Some((30, 30))),
        ("Lowered DNS TTL to 300 seconds (done 24+ hours ago)", None),
        ("Reduce the timeout - 5 minutes", None),
        ("Mistakes 5 minutes", None),
        ("Delete the logs (after 7 days)", None),
        ("Restart", None),
    ] {
        assert_eq!(minutes(words), expected, "{words}");
    }
}

#[test]
fn the_longest_outage_allowed() {
    let minutes = |line: &str| rules().outage_goal(line).map(|goal| goal.as_secs() / 60);
    for (line, expected) in [
        ("Total Downtime: _______ minutes (goal: < 15 minutes)", Some(15)),
        ("Downtime goal: 10-20 min", Some(20)),
        ("Maximum outage: 1 hour", Some(60)),
        ("Outage target is less than 5 minutes", Some(5)),
        ("We should not have more than 1 minute of downtime without a message", Some(1)),
        ("Users notified of potential downtime", None),
        ("Use continuous sync (zero downtime)", None),
        ("Downtime of the old host was 20 minutes", None),
        ("Goal: < 15 minutes", None),
        ("More than 5 minutes of downtime: roll back", None),
    ] {
        assert_eq!(minutes(line), expected, "{line}");
    }
}
