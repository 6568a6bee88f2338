//! Who acted, in which role, with whom, and who decided to go on.

use super::items::told;
use super::seen;
use crate::record::control::Approval;
use crate::record::role::declared;
use crate::record::{Cost, ItemRecord, ItemState, same_person};
use crate::report::document::{Chapter, Rich, Span, outside, own, rich, strong};
use crate::report::model::Report;
use crate::signoff::Client;
use crate::signoff::event::{DecisionKind, OverrideKind};
use crate::text;

/// Who acted and who is declared, with their roles.
pub(super) fn people<'a>(report: &'a Report<'a>) -> Option<Chapter<'a>> {
    let record = report.record;
    let people = &record.plan.people;
    if record.people.is_empty() && people.is_empty() {
        return None;
    }
    let mut page = Chapter::new("people", "People");
    page.say("Names are as declared by who typed them, roles as the sidecar declares them.");
    let mut rows: Vec<Vec<Rich<'_>>> = Vec::new();
    for (name, person) in &record.people {
        let roles = match declared(people, name) {
            Some((_, roles)) => listed(roles).into(),
            None if people.is_empty() => "–".into(),
            None => strong("not declared").into(),
        };
        let (first, last) = (Span::When(person.first).into(), Span::When(person.last).into());
        rows.push(vec![outside(name).into(), roles, own(person.acts).into(), first, last]);
    }
    let acted =
        |name: &str| record.people.keys().any(|acted| declared(people, acted).is_some_and(|it| it.0 == name));
    for (name, roles) in people.iter().filter(|(name, _)| !acted(name)) {
        rows.push(vec![outside(name).into(), listed(roles).into(), "0".into(), "–".into(), "–".into()]);
    }
    page.table(&["Name", "Roles", "Entries", "First", "Last"], rows);
    terminals(&mut page, report);
    Some(page)
}

fn terminals<'a>(page: &mut Chapter<'a>, report: &'a Report<'a>) {
    if report.terminals.is_empty() {
        return;
    }
    page.say("They acted through these terminals:");
    let rows = (1..).zip(&report.terminals).map(|(number, via)| {
        let login = rich![outside(&via.user), "@", outside(&via.host)];
        let tty = via.tty.as_deref().map_or_else(|| "–".into(), |tty| outside(tty).into());
        let client = via.client.as_ref().map_or_else(|| "–".into(), client);
        vec![own(format!("T{number}")).into(), login, tty, client]
    });
    page.table(&["", "Login and host", "Terminal", "tmux client"], rows.collect());
}

/// Each decision at a point of no return: who, why, on what evidence, and what going back would have cost.
pub(super) fn go_or_not<'a>(report: &'a Report<'a>) -> Option<Chapter<'a>> {
    let record = report.record;
    let made = record.control.decisions.iter();
    let made: Vec<_> = made.filter(|it| matches!(it.kind, DecisionKind::Go | DecisionKind::NoGo)).collect();
    let cost = record.rollback_cost();
    if made.is_empty() && cost.passed.is_empty() {
        return None;
    }
    let mut page = Chapter::new("no-return", "Points of no return");
    for decision in made {
        let of = decision.item.map(|id| rich![" before ", report.named(id)]);
        let again = decision.reopened.as_ref().map(|_| rich![", ", strong("taken back later")]);
        let (choice, who) = (strong(outside(&decision.choice)), report.who(&decision.act));
        page.entry(rich![choice, of, again, " – typed by ", who]);
        page.detail("why", outside(decision.reason.as_deref().unwrap_or_default()));
        if let Some(cost) = &decision.cost {
            page.detail("going back would have cost", told_cost(report, cost));
        }
        page.details(seen(&decision.evidence));
        if let Some(entry) = &decision.reopened {
            page.detail("taken back", told(report, entry));
        }
    }
    if !cost.passed.is_empty() {
        let passed = text::plural(cost.passed.len(), "point is", "points are");
        page.entry(own(format!("at the end of the log, {passed} passed")));
        page.detail("going back would cost", told_cost(report, &cost));
        page.detail("done from the first of them on", report.list(&cost.behind));
    }
    Some(page)
}

fn told_cost<'a>(report: &'a Report<'a>, cost: &Cost) -> Rich<'a> {
    rich![
        own(text::plural(cost.done(), "step is", "steps are")),
        " done; can be undone: ",
        report.list(&cost.undoable),
        "; cannot: ",
        report.list(&cost.lost),
        "; the plan does not say: ",
        report.list(&cost.unknown),
    ]
}

/// Each item that asks for more than one person: who approved, when, what they read out, what was seen.
pub(super) fn approvals<'a>(report: &'a Report<'a>) -> Option<Chapter<'a>> {
    let record = report.record;
    let given = |item: &ItemRecord| record.control.approvals.iter().any(|it| it.item == item.row.id);
    let asks = |item: &ItemRecord| item.row.held.approve > 1 && !item.removed;
    let items: Vec<&ItemRecord> = record.items.iter().filter(|item| asks(item) || given(item)).collect();
    if items.is_empty() {
        return None;
    }
    let mut page = Chapter::new("approvals", "Approvals by more than one person");
    for item in items {
        let asks = match item.row.held.approve {
            0 | 1 => own(": the plan as it stands asks for no second person; "),
            of => own(format!(": asks for {of} persons; ")),
        };
        page.entry(rich![report.named(item.row.id), asks, strong(own(item.state))]);
        approvals_of(&mut page, report, item);
    }
    Some(page)
}

fn approvals_of<'a>(page: &mut Chapter<'a>, report: &'a Report<'a>, item: &ItemRecord) {
    let control = &report.record.control;
    let mut said: Option<u64> = None;
    for (at, given) in control.approvals.iter().enumerate().filter(|(_, it)| it.item == item.row.id) {
        approval(page, report, given);
        let other = report.before(at).into_iter().find(|it| it.act.via.is_same_terminal(&given.act.via));
        if let Some(other) = other {
            page.detail(
                "conflict",
                strong(rich!["the terminal that ", outside(&other.act.by), " approved on"]),
            );
        }
        // Approvals that lapsed together are told so once, behind the last.
        let next = control.approvals.iter().skip(at + 1).find(|it| it.item == item.row.id);
        let lapsed = given.lapsed.as_ref().filter(|it| said != Some(it.act.seq));
        if let Some(entry) = lapsed
            && next.is_none_or(|next| next.lapsed.as_ref().map(|it| it.act.seq) != Some(entry.act.seq))
        {
            said = Some(entry.act.seq);
            page.detail("lapsed", told(report, entry));
        }
    }
    let past = control.overrides.iter().filter(|it| it.item == item.row.id);
    for past in past.filter(|it| it.kind == OverrideKind::Approval) {
        page.detail("gone past", rich![outside(&past.verdict), "; why: ", told(report, &past.entry)]);
    }
    if item.state == ItemState::Done && control.approvals(item.row.id).next().is_none() {
        page.detail("approved by", "nobody");
    }
}

fn approval<'a>(page: &mut Chapter<'a>, report: &'a Report<'a>, given: &'a Approval) {
    let name = own(format!("{} of {}: ", given.n, given.of));
    page.detail("", rich![name, report.who(&given.act)]);
    if let Some(doer) = &given.done_by {
        page.detail("done by", outside(doer));
    }
    if let Some(read) = &given.read_back {
        let saw = read.saw.as_deref();
        let saw = saw.map_or_else(|| "nothing was observed".into(), |saw| rich!["observed ", outside(saw)]);
        page.detail("read back", rich![outside(&read.fact), ": said ", outside(&read.said), ", ", saw]);
    }
    page.details(seen(&given.evidence));
}

/// Who acted on what without the role that it asks for.
pub(super) fn outside_roles<'a>(report: &'a Report<'a>) -> Option<Chapter<'a>> {
    let record = report.record;
    if record.control.outside.is_empty() {
        return None;
    }
    let mut page = Chapter::new("outside-roles", "Acts outside a role");
    let rows = record.control.outside.iter().map(|it| {
        let held = it.held.as_deref().map_or_else(|| strong("not declared"), listed);
        let asked = outside(it.asked.join(" or "));
        let why = it.reason.as_deref().map_or_else(|| "–".into(), |why| outside(why).into());
        let typed = (!same_person(&it.who, &it.act.by)).then(|| rich![outside(&it.who), ", typed by "]);
        let who = rich![typed, report.who(&it.act)];
        vec![report.named(it.item), own(it.what).into(), who, asked.into(), held.into(), why]
    });
    page.table(&["Item", "Act", "Who", "Asks for", "Has", "Why"], rows.collect());
    Some(page)
}

fn listed(roles: &[String]) -> Span<'static> {
    outside(roles.join(", "))
}

fn client(client: &Client) -> Rich<'_> {
    let ambiguous = if client.ambiguous { ", one of two that were active" } else { "" };
    let process = own(format!(", process {}", client.pid));
    rich![outside(&client.user), " on ", outside(&client.tty), process, ambiguous]
}
