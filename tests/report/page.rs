//! The report as a page: with a validator, in a browser, on paper; and whether all of the log is in it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use cutover::clock::Clock;
use cutover::report::{self, Report};
use cutover::signoff::At;
use serde_json::Value;

use super::clock;
use crate::common::tools;
use crate::signoff::GOLDEN;

const MEASURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/report/measure.html");

/// The page of a log.
fn page(log: &Path) -> String {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("signoff.html");
    report::write(log, &out, &clock().now()).unwrap();
    std::fs::read_to_string(out).unwrap()
}

/// What stands between `before` and the next `"`, wherever `before` is.
fn quoted<'a>(page: &'a str, before: &str) -> Vec<&'a str> {
    page.split(before).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// The log's page holds all of the log, is valid, and reads well on a phone, on a screen and on paper.
pub fn stands(log: &Path) {
    let page = page(log);
    whole(log, &page);
    assert_eq!(validate(&page).unwrap_or_default(), "", "{}", log.display());
    if let Some(seen) = measure(&page) {
        let bad: Vec<&Value> = seen.iter().flat_map(|view| view["bad"].as_array().unwrap()).collect();
        assert!(bad.is_empty(), "{}: {bad:#?}", log.display());
        assert_eq!(seen.len(), 4);
        assert!(seen.iter().all(|view| view["texts"].as_u64().unwrap() > 100), "{seen:?}");
    }
    paper(log, &page);
}

/// Each item once, totals that add up, links that lead somewhere, every exception, what is not proven.
fn whole(log: &Path, page: &str) {
    let (record, verification) = report::replay(log).unwrap();
    let report = Report::new(&record, &verification, At::from(clock().now()));
    assert!(report.totals.add_up(), "{:?}", report.totals);
    let ids = quoted(page, " id=\"");
    let items = ids.iter().filter_map(|id| id.strip_prefix("item-"));
    let mut items: Vec<usize> = items.map(|number| number.parse().unwrap()).collect();
    items.sort_unstable();
    let wanted: Vec<usize> = (1..=record.items.len()).collect();
    assert_eq!(items, wanted, "each item once, amended and removed ones too");
    let removed = record.items.iter().filter(|item| item.removed).count();
    assert_eq!(page.matches("</a> <span class=\"state\">removed</span>").count(), removed);
    let all: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(all.len(), ids.len(), "an id stands twice");
    for to in quoted(page, "href=\"#") {
        assert!(all.contains(to), "a link leads nowhere: {to}");
    }
    let exceptions = page.split("id=\"exceptions\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert_eq!(exceptions.matches("\n<li>").count(), report.exceptions.len());
    for sentence in report.not_proven() {
        let escaped = sentence.replace('\'', "&#39;");
        assert!(escaped.split('`').all(|piece| page.contains(piece)), "{sentence}");
    }
    for never in ["<script", "javascript:", "http://", "https://", " src=", "@import", "url("] {
        assert!(!page.contains(never) || record.plan.text.contains(never), "{never}");
    }
}

fn ran(command: &mut Command) -> Output {
    let ran = command.output().unwrap();
    assert!(ran.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ran.stderr));
    ran
}

/// What the Nu validator finds; `None` where it is not there and need not be.
fn validate(page: &str) -> Option<String> {
    let (java, jar) = (tools::system("java")?, tools::node("vnu-jar/build/dist/vnu.jar")?);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html");
    std::fs::write(&file, page).unwrap();
    let ran = Command::new(java).arg("-Xss4m").arg("-jar").arg(jar).arg(file).output().unwrap();
    let said = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
    assert_eq!(ran.status.success(), said.is_empty(), "{said}");
    Some(said)
}

fn chromium(folder: &Path) -> Option<Command> {
    let mut command = Command::new(tools::system("chromium")?);
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]);
    command.arg(format!("--user-data-dir={}", folder.join("profile").display()));
    Some(command)
}

/// How the page looks in a browser: at 390 and 1280 points, light and dark.
fn measure(page: &str) -> Option<Vec<Value>> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = chromium(folder.path())?;
    let file = folder.path().join("measure.html");
    // Inside a script no `<` may begin an end tag or a comment.
    let text = serde_json::to_string(page).unwrap().replace('<', "\\u003c");
    let script = std::fs::read_to_string(MEASURE).unwrap();
    assert_eq!(script.matches("/*PAGE*/\"\"").count(), 1);
    std::fs::write(&file, script.replace("/*PAGE*/\"\"", &text)).unwrap();
    command.args(["--window-size=1400,1000", "--virtual-time-budget=60000", "--dump-dom"]);
    let ran = ran(command.arg(format!("file://{}", file.display())));
    let dom = String::from_utf8(ran.stdout).unwrap();
    let json = dom.split("<pre>").nth(1).and_then(|rest| rest.split("</pre>").next());
    let json = json.unwrap_or_else(|| panic!("nothing was measured: {dom:.2000}"));
    let json = json.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    Some(serde_json::from_str(&json).unwrap())
}

/// Letters and digits alone: lines are broken anywhere.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Printed, every item stands on some page, folded or not, and there are not more pages than there is to say.
fn paper(log: &Path, page: &str) {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut command) = chromium(folder.path()) else { return };
    let (file, pdf) = (folder.path().join("page.html"), folder.path().join("page.pdf"));
    std::fs::write(&file, page).unwrap();
    command.arg("--no-pdf-header-footer").arg(format!("--print-to-pdf={}", pdf.display()));
    ran(command.arg(format!("file://{}", file.display())));
    let (Some(info), Some(text)) = (tools::system("pdfinfo"), tools::system("pdftotext")) else { return };
    let info = String::from_utf8(ran(Command::new(info).arg(&pdf)).stdout).unwrap();
    let find = |name: &str| info.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    assert!(find("Page size:").contains("A4"), "{info}");
    let pages: usize = find("Pages:").parse().unwrap();
    let words = ran(Command::new(text).arg("-raw").arg(&pdf).arg("-")).stdout;
    let words = plain(&String::from_utf8(words).unwrap());
    let (record, _) = report::replay(log).unwrap();
    for (number, item) in record.items.iter().enumerate() {
        let wanted: String =
            plain(item.row.text.split("___").next().unwrap_or_default()).chars().take(24).collect();
        assert!(words.contains(&wanted), "item {} is not on paper: {wanted}", number + 1);
    }
    let most = 6 + page.len() / 6000;
    assert!((2..=most).contains(&pages), "{pages} pages of {} bytes, at most {most}", page.len());
}

#[test]
fn the_golden_logs_page() {
    stands(Path::new(GOLDEN));
}

#[test]
fn the_validator_and_the_browser_see_what_they_must() {
    let good = page(Path::new(GOLDEN));
    let Some(said) = validate(&good.replace("</main>", "</p></main>")) else { return };
    assert!(said.contains("No \u{201c}p\u{201d} element in scope"), "{said}");
    let bad = |rule: &str| {
        let page = good.replace("</style>", &format!("{rule}</style>"));
        serde_json::to_string(&measure(&page).unwrap()).unwrap()
    };
    for (rule, said) in [
        ("h1{white-space:nowrap;width:900px}", "the page is 9"),
        ("h1{width:40px;overflow:hidden;white-space:nowrap;overflow-wrap:normal}", "clipped: <h1"),
        (".kind{color:#999;background:#aaa}", "contrast 1."),
        ("h1{visibility:hidden}", "not to be seen: <bdi"),
        ("svg .name{font-size:150px}", "outside the drawing: <text"),
    ] {
        let seen = bad(rule);
        assert!(seen.contains(said), "{rule}: {seen:.600}");
    }
}

#[test]
fn an_unknown_zone_is_refused_with_the_nearest_one() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("signoff.html");
    let mut command = Command::new(env!("CARGO_BIN_EXE_cutover"));
    let ran = command.args(["report", GOLDEN, "--tz", "Europe/Berln", "-o"]).arg(&out).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(2), "{said}");
    assert!(said.contains("no time zone is called that; use an IANA name, such as Europe/Berlin"), "{said}");
    assert!(!out.exists());
}
