//! Who acted, in which role, with whom, and who decided to go on.

use super::super::escape::inline;
use super::{Page, when};
use crate::checklist::ItemId;
use crate::record::control::Approval;
use crate::record::role::declared;
use crate::record::{Cost, ItemRecord, ItemState};
use crate::signoff::Client;
use crate::signoff::event::{DecisionKind, OverrideKind};
use crate::text;

impl Page<'_> {
    /// Who acted and who is declared, with their roles, and the terminals.
    pub(super) fn people(&mut self) {
        let record = self.report.record;
        let people = &record.plan.people;
        if record.people.is_empty() && people.is_empty() {
            return;
        }
        self.heading(2, "People");
        self.line("Names are as declared by who typed them, roles as the sidecar declares them.\n");
        self.table_head(&["Name", "Roles", "Entries", "First", "Last"]);
        for (name, person) in &record.people {
            let roles = match declared(people, name) {
                Some((_, roles)) => listed(roles),
                None if people.is_empty() => "–".to_owned(),
                None => "**not declared**".to_owned(),
            };
            let acts = person.acts.to_string();
            self.row(&[inline(name), roles, acts, when(person.first), when(person.last)]);
        }
        let acted = |name: &str| {
            record.people.keys().any(|acted| declared(people, acted).is_some_and(|it| it.0 == name))
        };
        for (name, roles) in people.iter().filter(|(name, _)| !acted(name)) {
            self.row(&[inline(name), listed(roles), "0".to_owned(), "–".to_owned(), "–".to_owned()]);
        }
        self.terminals();
    }

    fn terminals(&mut self) {
        if self.report.terminals.is_empty() {
            return;
        }
        self.line("\nThey acted through these terminals:\n");
        self.table_head(&["", "Login and host", "Terminal", "tmux client"]);
        for (number, via) in (1..).zip(&self.report.terminals) {
            let login = format!("{}@{}", inline(&via.user), inline(&via.host));
            let tty = via.tty.as_deref().map_or("–".to_owned(), inline);
            let client = via.client.as_ref().map_or("–".to_owned(), client);
            self.row(&[format!("T{number}"), login, tty, client]);
        }
    }

    /// Each decision at a point of no return: who, why, on what evidence, and what going back would have cost.
    pub(super) fn go_or_not(&mut self) {
        let record = self.report.record;
        let made = record.control.decisions.iter();
        let made: Vec<_> =
            made.filter(|it| matches!(it.kind, DecisionKind::Go | DecisionKind::NoGo)).collect();
        let cost = record.rollback_cost();
        if made.is_empty() && cost.passed.is_empty() {
            return;
        }
        self.heading(2, "Points of no return");
        for decision in made {
            let of = decision.item.map_or(String::new(), |id| format!(" before {}", self.named(id)));
            let again = if decision.reopened.is_some() { ", **taken back later**" } else { "" };
            let (choice, who) = (inline(&decision.choice), self.who(&decision.act));
            self.line(format!("- **{choice}**{of}{again} – typed by {who}"));
            self.detail("why", &inline(decision.reason.as_deref().unwrap_or_default()));
            if let Some(cost) = &decision.cost {
                self.cost("going back would have cost", cost);
            }
            self.seen(&decision.evidence);
            if let Some(entry) = &decision.reopened {
                self.entry("taken back", entry);
            }
        }
        if !cost.passed.is_empty() {
            self.line(format!(
                "- at the end of the log, {} passed",
                text::plural(cost.passed.len(), "point is", "points are")
            ));
            self.cost("going back would cost", &cost);
            self.detail("done from the first of them on", &self.list(&cost.behind));
        }
    }

    fn cost(&mut self, what: &str, cost: &Cost) {
        let words = format!(
            "{} done; can be undone: {}; cannot: {}; the plan does not say: {}",
            text::plural(cost.done(), "step is", "steps are"),
            self.list(&cost.undoable),
            self.list(&cost.lost),
            self.list(&cost.unknown)
        );
        self.detail(what, &words);
    }

    /// The numbers of items: `item 3, 4`, or `none`.
    fn list(&self, ids: &[ItemId]) -> String {
        if ids.is_empty() { "none".to_owned() } else { format!("item {}", self.numbers_of(ids)) }
    }

    /// An item by its number and its words.
    pub(super) fn named(&self, id: ItemId) -> String {
        let record = self.report.record;
        let Some(&at) = record.index.get(&id) else { return "an item that is not known".to_owned() };
        let number = self.report.numbers.get(at).copied().unwrap_or_default();
        let words = record.items.get(at).map_or("", |item| item.row.text.as_str());
        format!("item {number}, {}", inline(words))
    }

    /// Each item that asks for more than one person: who approved, when, what they read out, what was seen.
    pub(super) fn approvals(&mut self) {
        let record = self.report.record;
        let given = |item: &ItemRecord| record.control.approvals.iter().any(|it| it.item == item.row.id);
        let asks = |item: &ItemRecord| item.row.held.approve > 1 && !item.removed;
        let items: Vec<&ItemRecord> = record.items.iter().filter(|item| asks(item) || given(item)).collect();
        if items.is_empty() {
            return;
        }
        self.heading(2, "Approvals by more than one person");
        for item in items {
            let asks = match item.row.held.approve {
                0 | 1 => "the plan as it stands asks for no second person".to_owned(),
                of => format!("asks for {of} persons"),
            };
            let state = item.state;
            self.line(format!("- {}: {asks}; **{state}**", self.named(item.row.id)));
            self.given(item);
        }
    }

    fn given(&mut self, item: &ItemRecord) {
        let report = self.report;
        let control = &report.record.control;
        let mut told: Option<u64> = None;
        for (at, given) in control.approvals.iter().enumerate().filter(|(_, it)| it.item == item.row.id) {
            self.approval(given);
            if let Some(other) =
                report.before(at).into_iter().find(|it| it.act.via.is_same_terminal(&given.act.via))
            {
                self.detail(
                    "conflict",
                    &format!("**the terminal that {} approved on**", inline(&other.act.by)),
                );
            }
            // Approvals that lapsed together are told so once, behind the last.
            let next = control.approvals.iter().skip(at + 1).find(|it| it.item == item.row.id);
            let lapsed = given.lapsed.as_ref().filter(|it| told != Some(it.act.seq));
            if let Some(entry) = lapsed
                && next.is_none_or(|next| next.lapsed.as_ref().map(|it| it.act.seq) != Some(entry.act.seq))
            {
                told = Some(entry.act.seq);
                self.entry("lapsed", entry);
            }
        }
        let past = control.overrides.iter().filter(|it| it.item == item.row.id);
        for past in past.filter(|it| it.kind == OverrideKind::Approval) {
            let verdict = inline(&past.verdict);
            self.detail(
                "gone past",
                &format!("{verdict}; why: {} – {}", inline(&past.entry.text), self.who(&past.entry.act)),
            );
        }
        if item.state == ItemState::Done && control.approvals(item.row.id).next().is_none() {
            self.detail("approved by", "nobody");
        }
    }

    fn approval(&mut self, given: &Approval) {
        let name = format!("{} of {}", given.n, given.of);
        self.detail(&name, &self.who(&given.act));
        if let Some(doer) = &given.done_by {
            self.detail("done by", &inline(doer));
        }
        if let Some(read) = &given.read_back {
            let saw = read
                .saw
                .as_deref()
                .map_or("nothing was observed".to_owned(), |saw| format!("observed {}", inline(saw)));
            self.detail("read back", &format!("{}: said {}, {saw}", inline(&read.fact), inline(&read.said)));
        }
        self.seen(&given.evidence);
    }

    /// Who acted on what without the role that it asks for.
    pub(super) fn outside_roles(&mut self) {
        let record = self.report.record;
        if record.control.outside.is_empty() {
            return;
        }
        self.heading(2, "Acts outside a role");
        self.table_head(&["Item", "Act", "Who", "Asks for", "Has", "Why"]);
        for outside in &record.control.outside {
            let held = outside.held.as_deref().map_or("**not declared**".to_owned(), listed);
            let asked = inline(&outside.asked.join(" or "));
            let why = outside.reason.as_deref().map_or("–".to_owned(), inline);
            let row =
                [self.named(outside.item), outside.what.to_owned(), self.who(&outside.act), asked, held, why];
            self.row(&row);
        }
    }
}

fn listed(roles: &[String]) -> String {
    inline(&roles.join(", "))
}

fn client(client: &Client) -> String {
    let ambiguous = if client.ambiguous { ", one of two that were active" } else { "" };
    format!("{} on {}, process {}{ambiguous}", inline(&client.user), inline(&client.tty), client.pid)
}
