//! What probes look at besides their own expectations, because gates and the plan's words ask for it.

use super::rules::Rules;
use crate::config::Settings;
use crate::expr::{Expr, Fact};
use crate::sample::Kind;

/// Has the probes of `settings` look at what the items' gates and `more` ask of them.
pub(super) fn for_gates<'a>(settings: &mut Settings, rules: &'a Rules, more: impl Iterator<Item = &'a Expr>) {
    let needs = rules.items.iter().flat_map(|item| &item.needs);
    let mut known = std::collections::HashSet::new();
    for expr in needs.chain(more).filter(|expr| known.insert(expr.source())) {
        let Some(subject) = expr.subject() else { continue };
        if subject.kind == Kind::Host.name() {
            on_host(settings, &subject.name, expr);
        } else if subject.kind == Kind::Health.name() && expr.stays_in_probe() {
            let mut checks = settings.health.iter_mut();
            let of = |name: &str| {
                subject.name == name || subject.name.rsplit_once('/').is_some_and(|(it, _)| it == name)
            };
            if let Some(check) = checks.find(|check| of(&check.name)) {
                check.watch.push(expr.clone());
            }
        }
    }
}

fn on_host(settings: &mut Settings, name: &str, expr: &Expr) {
    let Some(host) = settings.hosts.iter_mut().find(|host| name.is_empty() || host.name == name) else {
        return;
    };
    for fact in expr.facts() {
        match (fact, fact.path()) {
            (Fact::Process(pattern), _) if !host.processes.contains(pattern) => {
                host.processes.push(pattern.clone());
            }
            (_, Some(path)) if !host.paths.iter().any(|known| known == path) => {
                host.paths.push(path.to_owned());
            }
            _ => {}
        }
    }
}
