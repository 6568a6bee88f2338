//! Whether the people that are declared can do what the plan asks of them.

use std::collections::BTreeMap;

use super::ItemRules;
use crate::checklist::{Checklist, Finding, Item, Severity};
use crate::config::Settings;
use crate::signoff::event::APPROVER;
use crate::text;

/// What cannot be kept to on the day.
pub(super) fn findings(checklist: &Checklist, settings: &Settings, rules: &[ItemRules]) -> Vec<Finding> {
    let mut found = Vec::new();
    let items = || checklist.items.iter().zip(rules);
    let mut roles: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
    for (item, rules) in items() {
        for role in &rules.roles {
            roles.entry(role).or_default().push(item);
        }
    }
    roles
        .retain(|role, _| !settings.people.values().any(|has| has.iter().any(|it| it.trim() == role.trim())));
    for (role, items) in roles {
        found.extend(nobody(role, &items, settings));
    }
    for (item, rules) in items() {
        if rules.read_back.is_some() && rules.approve < 2 {
            let message = format!(
                "“{}” asks for a read_back, but for no second person who reads: put approve = 2 beside it",
                short(item)
            );
            found.push(finding(item, "read-back-alone", message));
        }
    }
    found.extend(too_few(items(), settings));
    found
}

/// A role that is asked for and that nobody has.
fn nobody(role: &str, items: &[&Item], settings: &Settings) -> Option<Finding> {
    let first = items.first()?;
    let more = match items.len() - 1 {
        0 => String::new(),
        more => format!(" and {}", text::plural(more, "other item", "other items")),
    };
    let who = if settings.people.is_empty() {
        "no [people] are declared".to_owned()
    } else {
        "nobody in [people] has it".to_owned()
    };
    let verb = if more.is_empty() { "asks" } else { "ask" };
    let message = format!(
        "“{}”{more} {verb} for the role {role}, and {who}: every tick would go past it with a reason",
        short(first)
    );
    Some(finding(first, "role-of-nobody", message))
}

/// Items that more persons must approve than are there for it; the first of each kind is told.
fn too_few<'a>(items: impl Iterator<Item = (&'a Item, &'a ItemRules)>, settings: &Settings) -> Vec<Finding> {
    let mut told: BTreeMap<String, (&Item, usize)> = BTreeMap::new();
    for (item, rules) in items.filter(|(_, rules)| rules.approve > 1) {
        if let Some(why) = lacking(rules, settings) {
            told.entry(why).or_insert((item, 0)).1 += 1;
        }
    }
    let message = |why: &str, item: &Item, count: usize| {
        let more = match count - 1 {
            0 => String::new(),
            more => format!("; {} too", text::plural(more, "other item", "other items")),
        };
        format!("“{}” {why}{more}", short(item))
    };
    told.iter()
        .map(|(why, (item, count))| finding(item, "too-few-people", message(why, item, *count)))
        .collect()
}

/// Why the declared people cannot approve an item together.
fn lacking(rules: &ItemRules, settings: &Settings) -> Option<String> {
    let (people, asks) = (&settings.people, rules.approve);
    let wants = format!("asks for {asks} persons, and");
    match people.len() {
        0 => return Some(format!("{wants} no [people] are declared: any other name will do")),
        1 => return Some(format!("{wants} only one is declared in [people]")),
        count if count < asks as usize => {
            return Some(format!("{wants} only {count} are declared in [people]"));
        }
        _ => {}
    }
    let has = |roles: &[String], role: &str| roles.iter().any(|it| it.trim() == role.trim());
    let first = |roles: &[String]| rules.roles.iter().all(|role| has(roles, role));
    let second = |roles: &[String]| has(roles, APPROVER) || rules.roles.iter().any(|role| has(roles, role));
    let approvers = people.values().filter(|roles| second(roles)).count();
    let anyone = people.values().any(|roles| first(roles) && !second(roles));
    let needed = if anyone { asks - 1 } else { asks } as usize;
    if approvers >= needed.max(1) {
        return None;
    }
    let mut any = vec![APPROVER];
    any.extend(rules.roles.iter().map(String::as_str));
    let any = any.join(" or ");
    Some(match approvers {
        0 => format!("{wants} nobody in [people] has the role {any}, which the second needs"),
        _ => format!("{wants} too few in [people] have the role {any}, which all but the first need"),
    })
}

fn short(item: &Item) -> String {
    text::truncate(&text::clean(&item.text), 60).into_owned()
}

fn finding(item: &Item, code: &'static str, message: String) -> Finding {
    Finding { line: item.line, column: item.column, severity: Severity::Warning, code, message }
}
