//! `[[choice]]`: ways of which one is taken, where the plan's words do not say it.

use ::toml::Spanned;
use ::toml::de::DeValue;
use serde_json::Value;

use super::file;
use super::finding::Findings;
use super::toml::{At, FromToml, Named, Strings, either};

/// A decision that the sidecar declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is decided.
    pub name: String,
    /// The item that says which way was taken, by its words.
    pub item: Option<String>,
    /// The ways: a name, and the headings and items that belong to it.
    pub options: Vec<(String, Vec<String>)>,
    /// 1-based line and column in its file.
    pub place: (u32, u32),
}

/// Ways as they are written: a list of headings, or names with lists of headings and items.
#[derive(Clone, Debug, Default)]
pub struct Ways(Vec<(String, Vec<String>)>);

impl FromToml for Ways {
    fn from_toml(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        let plain = |list: Strings| list.0.into_iter().map(|one| one.value).collect::<Vec<_>>();
        if value.get_ref().as_table().is_some() {
            let named: Named<Strings> = FromToml::from_toml(value, key, findings)?;
            return Some(Ways(
                named.into_iter().map(|(name, list)| (name.value, plain(list.value))).collect(),
            ));
        }
        let list = plain(Strings::from_toml(value, key, findings)?);
        Some(Ways(list.into_iter().map(|one| (one.clone(), vec![one])).collect()))
    }

    fn schema() -> Value {
        either(&[Vec::<At<String>>::schema(), Named::<Strings>::schema()])
    }
}

/// One choice of the sidecar.
pub(super) fn resolve(at: At<file::Choice>, findings: &mut Findings) -> Option<Choice> {
    let At { value: table, span, key } = at;
    let place = findings.place(span.start);
    let (Some(name), Some(options)) = (&table.name, &table.options) else {
        findings.add(span, &key, "a [[choice]] has a `name` and `options`: the headings of its ways");
        return None;
    };
    if name.value.trim().is_empty() {
        findings.add(name.span.clone(), &name.key, "`choice.name` is empty: say what is decided");
        return None;
    }
    if options.value.0.len() < 2 {
        findings.add(options.span.clone(), &options.key, "a choice has two ways at least");
        return None;
    }
    Some(Choice {
        name: name.value.clone(),
        item: table.item.map(|at| at.value),
        options: options.value.0.clone(),
        place,
    })
}
