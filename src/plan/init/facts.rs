//! What stands at the top of a sidecar: ticket, window, goal, people.

use std::sync::LazyLock;

use chrono::{Days, NaiveDate, NaiveTime};
use regex::{Captures, Regex};

use super::entry::{Draft, Entry, Kind};
use super::pattern;
use super::read::Line;
use crate::checklist::{Checklist, PhaseKind};
use crate::text;

static TICKET: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i:\b(?:change(?: request| ticket| number| record)?|ticket|jira|rfc|cr|issue|chg)\b)\s*(?i:id|no\.?|number)?\s*[:#=]?\s*#?([A-Z][A-Z0-9]{1,9}-?\d{2,}|#?\d{4,})\b",
    )
});
static NUMBERED: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b((?:CHG|CRQ|RFC|CHANGE)-?\d{3,})\b"));
/// `2026-12-05 06:00-09:00 UTC`, `5 December 2026, 06:00 to 09:00 CET`.
static WINDOW: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix) (?: (?<iso>\d{4}-\d\d-\d\d) | (?<day>\d{1,2})(?:st|nd|rd|th)?\.?\s+(?<month>[A-Z][a-z]{2,8})\.?,?\s+(?<year>\d{4})
            | (?<month2>[A-Z][a-z]{2,8})\.?\s+(?<day2>\d{1,2})(?:st|nd|rd|th)?,?\s+(?<year2>\d{4}) )
          [\sT,@]*(?:at|from|between)?\s*
          (?<h1>\d{1,2})[:.](?<m1>\d\d)(?::\d\d)?\s*(?<z1>Z|UTC|GMT|[+-]\d\d:?\d\d)?
          \s*(?:-|–|—|to|until|till|and|/|→)\s*
          (?:(?<iso2>\d{4}-\d\d-\d\d)[\sT,]*)?
          (?<h2>\d{1,2})[:.](?<m2>\d\d)(?::\d\d)?\s*\(?(?<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)?",
    )
});
static PERSON: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i:^(?:[-*•]\s*)?((?:technical |tech |team |release |database |product |change |incident |network |migration )?(?:operator|driver|approver|dba|lead|owner|manager|commander|engineer|reviewer|on-?call|admin|administrator|coordinator|scribe|qa|navigator|sponsor))\s*(?:sign-?off)?\s*[:=|–—-]\s*)(@[\w.-]+|[A-Z][\w'’.-]+(?: [A-Z][\w'’.-]+){0,2})\s*(?:\(.*\))?\s*(?:\|.*)?$",
    )
});
static ROLE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b((?:technical |tech |team |release |database |product |change |network |migration |business |security )?(?:operator|approver|dba|lead|owner|manager|engineer|reviewer|admin|administrator|sponsor|qa|studio|customer|vendor))\b",
    )
});

/// All of them.
pub(super) fn find(list: &Checklist, lines: &[Line], draft: &mut Draft) {
    ticket(list, lines, draft);
    window(lines, draft);
    people(list, lines, draft);
    let measured = draft
        .of(Kind::Health)
        .any(|entry| entry.doubt.is_none() && entry.value("public") == Some("true") && entry.sure("public"));
    if let Some(goal) = list.outage_goal {
        let says = lines.iter().find(|line| {
            let text = line.text.to_lowercase();
            text.contains("goal")
                || (text.contains("downtime") || text.contains("outage"))
                    && text.contains(|c: char| c.is_ascii_digit())
        });
        let line = says.map_or(1, |line| line.number);
        let why =
            "it holds without this line; to measure it, give the check that users reach `public = true`";
        let entry = Entry::new(Kind::Top, "outage_goal", line).text("", &text::exact(goal));
        draft.add(entry.doubt((!measured).then_some(why)));
    }
}

fn ticket(list: &Checklist, lines: &[Line], draft: &mut Draft) {
    let title = list.title.iter().map(|title| (1, title.as_str()));
    let lines = || title.clone().chain(lines.iter().map(|line| (line.number, line.text.as_str())));
    let labelled = lines().find_map(|(line, text)| Some((line, TICKET.captures(text)?[1].to_owned())));
    let numbered = || lines().find_map(|(line, text)| Some((line, NUMBERED.captures(text)?[1].to_owned())));
    // A number alone may be of anything.
    let sure = |(_, ticket): &(u32, String)| ticket.starts_with(char::is_alphabetic);
    if let Some((line, ticket)) = labelled.filter(sure).or_else(numbered) {
        draft.add(Entry::new(Kind::Top, "ticket", line).text("", &ticket));
    }
}

fn window(lines: &[Line], draft: &mut Draft) {
    const ABOUT: [&str; 8] =
        ["window", "maintenance", "schedul", "downtime", "cutover", "outage", "when", "date"];
    for line in lines {
        let told = format!("{} {}", line.text, line.above).to_lowercase();
        let Some(found) =
            WINDOW.captures(&line.text).filter(|_| ABOUT.iter().any(|word| told.contains(word)))
        else {
            continue;
        };
        let Some((start, end, zone)) = span(&found) else { continue };
        let value = format!("{{ start = {start}, end = {end} }}");
        let why = "the plan does not say in which zone: Z is UTC, +01:00 an hour ahead of it";
        draft.add(Entry::new(Kind::Top, "window", line.number).raw("", value).doubt((!zone).then_some(why)));
        return;
    }
}

/// Start and end as TOML writes them, and whether their zone is said.
fn span(found: &Captures<'_>) -> Option<(String, String, bool)> {
    let text = |name: &str| found.name(name).map(|found| found.as_str());
    let number = |name: &str| text(name).and_then(|digits| digits.parse::<u32>().ok());
    let iso = |name: &str| text(name).and_then(|date| date.parse::<NaiveDate>().ok());
    let named = |day: &str, month: &str, year: &str| {
        let month = text(month)?.parse::<chrono::Month>().ok()?;
        NaiveDate::from_ymd_opt(text(year)?.parse().ok()?, month.number_from_month(), number(day)?)
    };
    let date =
        iso("iso").or_else(|| named("day", "month", "year")).or_else(|| named("day2", "month2", "year2"))?;
    let from = NaiveTime::from_hms_opt(number("h1")?, number("m1")?, 0)?;
    let to = NaiveTime::from_hms_opt(number("h2")?, number("m2")?, 0)?;
    // Past midnight it ends the next day.
    let next = if to > from { date } else { date.checked_add_days(Days::new(1))? };
    let last = iso("iso2").unwrap_or(next);
    let said = text("zone").or(text("z1"));
    let zone = match said {
        Some(offset) if offset.starts_with(['+', '-']) && offset.len() == 5 => {
            format!("{}:{}", &offset[..3], &offset[3..])
        }
        Some(offset) if offset.starts_with(['+', '-']) => offset.to_owned(),
        _ => "Z".to_owned(),
    };
    (last.and_time(to) > date.and_time(from))
        .then(|| (format!("{date}T{from}{zone}"), format!("{last}T{to}{zone}"), said.is_some()))
}

/// People that the plan names with their role, and roles that sign without a name.
fn people(list: &Checklist, lines: &[Line], draft: &mut Draft) {
    const NOT: [&str; 10] = ["Name", "Date", "TBD", "None", "Signature", "Yes", "No", "The", "To", "Role"];
    let mut named: Vec<String> = Vec::new();
    for line in lines {
        let Some(found) = PERSON.captures(&line.text) else { continue };
        let (role, name) =
            (found[1].to_lowercase(), found[2].trim_start_matches('@').trim_end_matches('.').to_owned());
        if NOT.contains(&name.split(' ').next().unwrap_or_default()) {
            continue;
        }
        named.push(role.clone());
        draft.add(
            Entry::new(Kind::People, &name, line.number)
                .raw("", format!("{{ roles = [{}] }}", crate::plan::hints::quoted(&role))),
        );
    }
    for phase in list.phases.iter().filter(|phase| phase.kind == PhaseKind::SignOff) {
        for item in list
            .items
            .get(phase.items.clone())
            .unwrap_or_default()
            .iter()
            .filter(|item| !item.fields.is_empty())
        {
            let Some(found) = ROLE.captures(&item.text) else { continue };
            let role = found[1].to_lowercase();
            if named.contains(&role) {
                continue;
            }
            named.push(role.clone());
            let why = "who is it? Write the name in place of the first words";
            let entry = Entry::new(Kind::People, &format!("name of the {role}"), item.line);
            draft.add(
                entry
                    .raw("", format!("{{ roles = [{}] }}", crate::plan::hints::quoted(&role)))
                    .doubt(Some(why)),
            );
        }
    }
}
