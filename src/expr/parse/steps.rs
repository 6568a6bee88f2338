//! A fact by its name, here or in Gatus, and the steps into it.

use std::ops::Range;

use super::super::fact::{self, FACTS, Fact, REFUSED};
use super::super::path::{Segment, is_key};
use super::super::{ExprError, Operand, Scope};
use super::{Parser, Written, noun};

impl Parser<'_> {
    /// A fact and the steps into it.
    pub(super) fn path(&mut self) -> Result<Written, ExprError> {
        let start = self.pos;
        let placeholder = self.rest().starts_with('[');
        let mut fact = if placeholder { self.placeholder()? } else { self.fact()? };
        let mut path = Vec::new();
        if let Fact::Header(name) = &mut fact {
            *name = self.header(start)?;
        } else if fact.argument().is_some() {
            self.argument(&mut fact, start)?;
        } else {
            while let Some(segment) = self.segment()? {
                path.push(segment);
            }
        }
        let span = start..self.pos;
        if !path.is_empty() && !fact.is_document() {
            return Err(self.error(span, format!("`{fact}` is {}: there is nothing inside it", fact.kind())));
        }
        Ok(Written { operand: Operand { function: None, fact, path }, placeholder, span })
    }

    /// A fact by its name here.
    fn fact(&mut self) -> Result<Fact, ExprError> {
        let start = self.pos;
        let name = self.ident();
        let counters = matches!(self.scope, Scope::Reconcile | Scope::NeedsReconcile);
        if name.is_empty() {
            let known = fact::known(self.scope);
            let known = if counters { format!("a counter, {known}") } else { known };
            return Err(self.error(self.here(), format!("expected the name of a fact: {known}")));
        }
        let mut name = name.to_owned();
        let mut row = FACTS.iter().find(|row| row.name == name);
        if row.is_some_and(|row| row.fact == Fact::Certificate) && self.eat(".") {
            name = format!("{name}.{}", self.ident());
            row = FACTS.iter().find(|row| row.name == name);
        }
        let row = row.filter(|row| row.scopes.contains(&self.scope));
        match row {
            Some(row) => Ok(row.fact.clone()),
            None if counters => Ok(Fact::Counter(name)),
            None => Err(self.unknown(&name, start..self.pos)),
        }
    }

    /// A fact by its name in Gatus.
    fn placeholder(&mut self) -> Result<Fact, ExprError> {
        let start = self.pos;
        let inside = self.rest().strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let Some((inside, _)) = inside else {
            return Err(
                self.error(self.here(), "`[` is not closed; expected a placeholder such as `[STATUS]`")
            );
        };
        self.pos += inside.len() + 2;
        let name = inside.to_ascii_uppercase();
        let span = start..self.pos;
        if let Some((_, why)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
            return Err(self.error(span, format!("`[{name}]` is not known here: {why}")));
        }
        let row = FACTS.iter().find(|row| row.gatus == Some(name.as_str()));
        match row {
            Some(row) if row.scopes.contains(&self.scope) => Ok(row.fact.clone()),
            Some(row) => Err(self.unknown(row.name, span)),
            None => {
                let known: Vec<_> = FACTS
                    .iter()
                    .filter(|row| row.scopes.contains(&self.scope))
                    .filter_map(|row| row.gatus.map(|name| format!("[{name}]")))
                    .collect();
                Err(self.error(
                    span,
                    format!("`[{inside}]` is not a placeholder; known are {}", known.join(", ")),
                ))
            }
        }
    }

    fn unknown(&self, name: &str, span: Range<usize>) -> ExprError {
        let noun = noun(self.scope);
        if FACTS.iter().any(|row| row.name == name) {
            let known = fact::known(self.scope);
            return self.error(span, format!("`{name}` is not known of {noun}; known are {known}"));
        }
        let near = FACTS
            .iter()
            .filter(|row| row.scopes.contains(&self.scope))
            .map(|row| (strsim::jaro_winkler(&name.to_ascii_lowercase(), row.name), row))
            .filter(|(score, _)| *score > 0.8)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let hint = match near {
            Some((_, row)) => format!("did you mean `{}`, as in `{}`?", row.name, row.example),
            None => format!("known are {}", fact::known(self.scope)),
        };
        self.error(span, format!("`{name}` is not a fact of {noun}; {hint}"))
    }

    /// The name of a header: everything after the dot, or in brackets.
    fn header(&mut self, start: usize) -> Result<String, ExprError> {
        let name = if self.eat(".") {
            self.take(|c| is_key(c) || c == '.').to_owned()
        } else {
            match self.segment()? {
                Some(Segment::Key(key)) => key,
                _ => String::new(),
            }
        };
        if name.is_empty() {
            return Err(
                self.error(start..self.pos, "expected the name of a header, as in `header.content-type`")
            );
        }
        Ok(name.to_ascii_lowercase())
    }

    /// `disk /data`: the share that is free there; beside a size, how much is.
    pub(super) fn disk(&mut self) -> Result<Option<Written>, ExprError> {
        let start = self.pos;
        if !matches!(self.scope, Scope::Host | Scope::NeedsHost) || !self.word("disk") {
            return Ok(None);
        }
        let inside = self.pos;
        let path = match self.rest().chars().next() {
            Some(quote @ ('"' | '\'')) => {
                self.pos += 1;
                self.quoted_key(quote, inside)?
            }
            _ => self.take(|c| !c.is_whitespace()).to_owned(),
        };
        let span = start..self.pos;
        if !path.starts_with('/') {
            let message = "expected an absolute path after `disk`, as in `disk /data > 20%`";
            return Err(self.error(inside..self.pos, message));
        }
        let value = self.rest().trim_start().trim_start_matches(['<', '>', '=', '!']).trim();
        let sized = crate::text::parse_size(value).is_ok() && !value.ends_with('%');
        let fact = if sized { Fact::Free(path) } else { Fact::FreeShare(path) };
        Ok(Some(Written {
            operand: Operand { function: None, fact, path: Vec::new() },
            placeholder: false,
            span,
        }))
    }

    /// What stands in brackets after a fact: `free("/data")`.
    fn argument(&mut self, fact: &mut Fact, start: usize) -> Result<(), ExprError> {
        let example = fact.row().map_or("", |row| row.example);
        let open = self.eat("(");
        self.blanks();
        let quote = self.rest().chars().next().filter(|c| open && matches!(c, '"' | '\''));
        let Some(quote) = quote else {
            let span = start..self.here().end;
            return Err(
                self.error(span, format!("expected what is meant in brackets and quotes, as in `{example}`"))
            );
        };
        let inside = self.pos;
        self.pos += 1;
        let text = self.quoted_key(quote, inside)?;
        if fact.path().is_some() && !text.starts_with('/') {
            let message = format!("`{text}` is not an absolute path, as in `{example}`");
            return Err(self.error(inside..self.pos, message));
        }
        self.blanks();
        if !self.eat(")") {
            return Err(self.error(self.here(), format!("expected `)`, as in `{example}`")));
        }
        if let Some(argument) = fact.argument_mut() {
            *argument = text;
        }
        Ok(())
    }

    /// One step of a path, if there is one.
    pub(super) fn segment(&mut self) -> Result<Option<Segment>, ExprError> {
        let start = self.pos;
        if self.eat(".") {
            // `.[0]` is how some write an index.
            if self.rest().starts_with('[') {
                return self.segment();
            }
            let key = self.take(is_key);
            return if key.is_empty() {
                Err(self.error(
                    start..self.pos,
                    "expected a key after the dot; quote odd ones, as in `body[\"a b\"]`",
                ))
            } else {
                Ok(Some(Segment::Key(key.to_owned())))
            };
        }
        if !self.eat("[") {
            return Ok(None);
        }
        let segment = if self.eat("*") {
            Segment::Every
        } else if let Some(quote) = self.rest().chars().next().filter(|c| matches!(c, '"' | '\'')) {
            self.pos += 1;
            Segment::Key(self.quoted_key(quote, start)?)
        } else {
            let inside = self.take(|c| c != ']');
            let index = inside.trim().parse().map_err(|_| {
                self.error(start..self.pos, "expected `[0]`, `[*]` or `[\"key\"]`".to_owned())
            })?;
            Segment::Index(index)
        };
        if !self.eat("]") {
            return Err(
                self.error(start..self.pos, "`[` is not closed; expected `[0]`, `[*]` or `[\"key\"]`")
            );
        }
        Ok(Some(segment))
    }

    fn quoted_key(&mut self, quote: char, start: usize) -> Result<String, ExprError> {
        let mut key = String::new();
        let mut chars = self.rest().char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => key.extend(chars.next().map(|(_, c)| c)),
                c if c == quote => {
                    self.pos += at + 1;
                    return Ok(key);
                }
                c => key.push(c),
            }
        }
        Err(self.error(start..self.end, "the quoted key is not closed"))
    }
}
