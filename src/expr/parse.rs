//! From text to a typed comparison.

use std::ops::Range;

use super::fact::{FACTS, Fact, Type};
use super::literal::Right;
use super::path::{Segment, is_key};
use super::{ExprError, Function, Meaning, Op, Operand, Scope, Subject};

mod steps;
mod value;

/// Kinds of check that a gate can speak of, and what it can then ask.
const KINDS: [(&str, Scope); 6] = [
    ("health", Scope::Needs),
    ("dns", Scope::NeedsDns),
    ("copy", Scope::NeedsCopy),
    ("reconcile", Scope::NeedsReconcile),
    ("log", Scope::NeedsLog),
    ("host", Scope::NeedsHost),
];

/// The kind that needs no name where there is only one of it.
const ONLY: &str = "host";

/// Symbols first by length, so that `<=` is not read as `<`.
const OPS: [(&str, Op); 8] = [
    ("==", Op::Eq),
    ("!=", Op::Ne),
    ("<=", Op::Le),
    (">=", Op::Ge),
    ("<", Op::Lt),
    (">", Op::Gt),
    ("contains", Op::Contains),
    ("matches", Op::Matches),
];

const FUNCTIONS: [(&str, Function); 4] =
    [("len", Function::Len), ("has", Function::Has), ("age", Function::Age), ("some", Function::Some)];

/// An operand as it was written.
struct Written {
    operand: Operand,
    /// In brackets, as Gatus has it: bare numbers beside it may be milliseconds.
    placeholder: bool,
    /// Where it stands.
    span: Range<usize>,
}

/// An operator and what stands right of it.
type Comparison = (Op, Right);

/// A reader of `text[pos..end]`.
struct Parser<'a> {
    text: &'a str,
    pos: usize,
    end: usize,
    scope: Scope,
}

pub fn parse(text: &str, scope: Scope) -> Result<Meaning, ExprError> {
    let end = text.trim_end().len();
    let mut parser = Parser { text, pos: 0, end, scope };
    parser.blanks();
    let negated = parser.word("not");
    if parser.rest().is_empty() {
        let what = if negated { "after `not`" } else { "here" };
        return Err(parser
            .error(0..text.len(), format!("expected an expression {what}, such as `{}`", example(scope))));
    }
    if let Some((left, test)) = parser.turned()? {
        return Ok(Meaning { negated, subject: None, left, test: Some(test) });
    }
    let subject = parser.subject()?;
    if subject.is_some() && parser.rest().is_empty() {
        let left = Operand { function: None, fact: Fact::Good, path: Vec::new() };
        return Ok(Meaning { negated, subject, left, test: None });
    }
    let left = parser.operand()?;
    parser.blanks();
    let comparison = if parser.rest().is_empty() { None } else { Some(parser.test(&left)?) };
    if comparison.is_none() {
        parser.stands_alone(&left)?;
    }
    Ok(Meaning { negated, subject, left: left.operand, test: comparison })
}

/// Reads a fact of some probe that stands by itself.
pub fn question(text: &str) -> Result<Meaning, ExprError> {
    let end = text.trim_end().len();
    let mut parser = Parser { text, pos: 0, end, scope: Scope::Needs };
    parser.blanks();
    let subject = parser.subject()?;
    let left = if parser.rest().is_empty() {
        Operand { function: None, fact: Fact::Good, path: Vec::new() }
    } else {
        parser.operand()?.operand
    };
    parser.blanks();
    if !parser.rest().is_empty() {
        let message = "expected nothing after the fact: its value is what the person reads out";
        return Err(parser.error(parser.pos..parser.end, message));
    }
    Ok(Meaning { negated: false, subject, left, test: None })
}

/// Reads a way into JSON that stands by itself.
pub fn path(text: &str) -> Result<Vec<Segment>, ExprError> {
    let end = text.trim_end().len();
    let mut parser = Parser { text, pos: 0, end, scope: Scope::Http };
    parser.blanks();
    let mut path = Vec::new();
    if !parser.eat("$") {
        let key = parser.take(is_key);
        path.extend((!key.is_empty()).then(|| Segment::Key(key.to_owned())));
    }
    while let Some(segment) = parser.segment()? {
        path.push(segment);
    }
    if path.is_empty() || !parser.rest().is_empty() {
        return Err(parser.error(parser.here(), "expected a path into JSON, such as `$.summary.missing`"));
    }
    Ok(path)
}

/// An expression that would do in this scope.
fn example(scope: Scope) -> &'static str {
    match scope {
        Scope::Http => "status == 200",
        Scope::Connect => "connected",
        Scope::Tls => "certificate > 14d",
        Scope::Exec => "exit == 0",
        Scope::Host => "cpu < 90%",
        Scope::Reconcile | Scope::NeedsReconcile => "missing == 0",
        Scope::NeedsHost => "free_share(\"/data\") > 20%",
        Scope::NeedsDns => "share == 100%",
        Scope::NeedsCopy => "failed == 0",
        Scope::NeedsLog => "errors == 0",
        Scope::Needs => "health/api/new",
    }
}

fn noun(scope: Scope) -> &'static str {
    match scope {
        Scope::Http => "an HTTP check",
        Scope::Connect => "a TCP or socket check",
        Scope::Tls => "a TLS check",
        Scope::Exec => "an exec check",
        Scope::Host | Scope::NeedsHost => "a machine",
        Scope::Reconcile | Scope::NeedsReconcile => "a comparison",
        Scope::NeedsDns => "a DNS record",
        Scope::NeedsCopy => "a copy",
        Scope::NeedsLog => "a log",
        Scope::Needs => "a health check in a gate",
    }
}

impl Operand {
    /// The type of its values.
    pub(super) fn kind(&self) -> Type {
        match self.function {
            Some(Function::Len) => Type::Count,
            Some(Function::Has) => Type::Bool,
            Some(Function::Age) => Type::Duration,
            Some(Function::Some) | None => self.fact.kind(),
        }
    }
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.pos..self.end]
    }

    fn blanks(&mut self) {
        self.pos = self.end - self.rest().trim_start().len();
    }

    fn error(&self, span: Range<usize>, message: impl Into<String>) -> ExprError {
        // An empty span is hard to point at.
        let end = if span.is_empty() { (span.end + 1).min(self.text.len()) } else { span.end };
        ExprError { message: message.into(), span: span.start.min(self.text.len())..end }
    }

    /// The unexpected text from here to its next blank.
    fn here(&self) -> Range<usize> {
        let len = self.rest().find(char::is_whitespace).unwrap_or(self.rest().len());
        self.pos..self.pos + len
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        self.pos += if found { token.len() } else { 0 };
        found
    }

    /// A word and the blanks after it; not the beginning of a longer word.
    fn word(&mut self, word: &str) -> bool {
        let Some(after) = self.rest().strip_prefix(word) else { return false };
        if !after.is_empty() && !after.starts_with(char::is_whitespace) {
            return false;
        }
        self.pos += word.len();
        self.blanks();
        true
    }

    fn take(&mut self, inside: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let taken = &rest[..rest.find(|c| !inside(c)).unwrap_or(rest.len())];
        self.pos += taken.len();
        taken
    }

    fn ident(&mut self) -> &'a str {
        if !self.rest().starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return "";
        }
        self.take(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    }

    /// `health/api/new`, wanted in gates and nowhere else.
    fn subject(&mut self) -> Result<Option<Subject>, ExprError> {
        let start = self.pos;
        let kind = self.ident();
        let alone = self.rest().is_empty() || self.rest().starts_with(char::is_whitespace);
        if kind == ONLY && alone && self.scope == Scope::Needs {
            self.blanks();
            self.scope = Scope::NeedsHost;
            return Ok(Some(Subject { kind: kind.to_owned(), name: String::new() }));
        }
        if !self.eat("/") {
            self.pos = start;
            let known = FACTS.iter().any(|row| row.name == kind);
            return match self.scope {
                Scope::Needs => Err(self.error(
                    self.here(),
                    format!(
                        "expected the check that is meant first, such as `health/api/new{}`",
                        if known { format!(" {kind}") } else { String::new() }
                    ),
                )),
                _ => Ok(None),
            };
        }
        let name = self.take(|c| !c.is_whitespace());
        let span = start..self.pos;
        if self.scope != Scope::Needs {
            return Err(self.error(
                span,
                format!("an expectation speaks of its own check: leave `{kind}/{name}` out, or move it to a gate's needs"),
            ));
        }
        let Some((_, scope)) = KINDS.iter().find(|(known, _)| *known == kind) else {
            return Err(self.error(
                start..start + kind.len(),
                format!(
                    "`{kind}` is not a kind of check; known are {}, as in `health/api/new`",
                    KINDS.map(|(known, _)| known).join(", ")
                ),
            ));
        };
        if name.is_empty() || name.starts_with('/') {
            return Err(
                self.error(span, format!("`{kind}/` lacks the name of the check, as in `health/api/new`"))
            );
        }
        self.blanks();
        self.scope = *scope;
        Ok(Some(Subject { kind: kind.to_owned(), name: name.to_owned() }))
    }

    /// A path, or a function of one.
    fn operand(&mut self) -> Result<Written, ExprError> {
        if let Some(disk) = self.disk()? {
            return Ok(disk);
        }
        let start = self.pos;
        let word = self.ident();
        if !self.rest().starts_with('(') {
            self.pos = start;
            return self.path();
        }
        if FACTS.iter().any(|row| row.name == word && row.fact.argument().is_some()) {
            self.pos = start;
            return self.path();
        }
        let Some((_, function)) = FUNCTIONS.iter().find(|(name, _)| *name == word) else {
            let message = match word {
                "any" | "pat" => {
                    format!("`{word}( )` stands right of the operator, as in `status == any(200, 204)`")
                }
                _ => format!("`{word}( )` is not a function; known are len, has, age, some, any and pat"),
            };
            return Err(self.error(start..self.pos, message));
        };
        self.pos += 1;
        self.blanks();
        let inner = self.path()?;
        self.blanks();
        if !self.eat(")") {
            return Err(self.error(self.here(), format!("expected `)` to close `{word}(`")));
        }
        let Operand { fact, path, .. } = inner.operand;
        let fits = match function {
            Function::Has => true,
            Function::Some => path.contains(&Segment::Every),
            Function::Len | Function::Age => matches!(fact.kind(), Type::Text | Type::Json),
        };
        if !fits {
            let message = match function {
                Function::Some => {
                    "`some( )` needs a path with `[*]`, as in `some(body.items[*].state) == ready`".into()
                }
                _ => format!("`{word}( )` asks a text or a JSON value; `{fact}` is {}", fact.kind()),
            };
            return Err(self.error(inner.span, message));
        }
        let operand = Operand { function: Some(*function), fact, path };
        Ok(Written { operand, placeholder: false, span: start..self.pos })
    }

    /// The operator and the value after it.
    fn test(&mut self, left: &Written) -> Result<Comparison, ExprError> {
        let op = self.op()?;
        self.fits(&left.operand, op, self.pos..self.pos)?;
        self.blanks();
        let right = self.value(left, op)?;
        Ok((op, right))
    }

    fn op(&mut self) -> Result<Op, ExprError> {
        let rest = self.rest();
        let found = OPS.iter().find(|(text, _)| {
            rest.strip_prefix(text).is_some_and(|after| {
                !text.starts_with(char::is_alphabetic) || !after.starts_with(|c: char| is_key(c))
            })
        });
        let symbol: String = rest.chars().take_while(|c| "=!<>~".contains(*c)).collect();
        if let Some((text, op)) = found
            && (symbol.is_empty() || symbol == *text)
        {
            self.pos += text.len();
            return Ok(*op);
        }
        let hint = match symbol.as_str() {
            "=" | "===" => "write `==`",
            "!" | "!==" | "<>" => "write `!=`",
            "=<" => "write `<=`",
            "=>" => "write `>=`",
            "=~" | "~=" | "~" => "write `matches`",
            "!~" => "write `not … matches …`",
            _ => "expected ==, !=, <, <=, >, >=, contains or matches",
        };
        let span = if symbol.is_empty() { self.here() } else { self.pos..self.pos + symbol.len() };
        let text = &self.text[span.clone()];
        Err(self.error(span.clone(), format!("`{text}` is not an operator; {hint}")))
    }

    /// Whether values of this type can be compared so.
    fn fits(&self, left: &Operand, op: Op, span: Range<usize>) -> Result<(), ExprError> {
        let fits = match left.kind() {
            Type::Bool => matches!(op, Op::Eq | Op::Ne),
            Type::Count | Type::Duration | Type::Percent | Type::Bytes => {
                !matches!(op, Op::Contains | Op::Matches)
            }
            Type::Text => !matches!(op, Op::Lt | Op::Le | Op::Gt | Op::Ge),
            Type::Json => true,
        };
        if fits {
            return Ok(());
        }
        let can = match left.kind() {
            Type::Bool => "== or !=",
            Type::Count | Type::Duration | Type::Percent | Type::Bytes => "==, !=, <, <=, > or >=",
            Type::Text | Type::Json => "==, !=, contains or matches",
        };
        let kind = left.kind();
        Err(self.error(span, format!("`{left}` is {kind}: compare it by {can}, not by {}", op.text())))
    }

    /// What needs no comparison: something that is true or false by itself.
    fn stands_alone(&self, left: &Written) -> Result<(), ExprError> {
        let operand = &left.operand;
        match operand.kind() {
            Type::Bool => Ok(()),
            Type::Json if !operand.path.is_empty() => Ok(()),
            kind => {
                let example = match operand.fact.row() {
                    Some(row) if operand.function.is_none() => row.example.to_owned(),
                    Some(_) => format!("{operand} > 0"),
                    None => format!("{operand} == 0"),
                };
                let message = format!("`{operand}` is {kind}: say what it should be, as in `{example}`");
                Err(self.error(left.span.clone(), message))
            }
        }
    }

    /// A condition with the placeholder on the right: `200 == [STATUS]`.
    fn turned(&mut self) -> Result<Option<(Operand, Comparison)>, ExprError> {
        if self.scope == Scope::Needs {
            return Ok(None);
        }
        let rest = self.rest();
        let first = OPS[..6]
            .iter()
            .filter_map(|(text, op)| rest.find(&format!(" {text} ")).map(|at| (at, text.len() + 2, *op)))
            .min_by_key(|(at, ..)| *at);
        let Some((at, len, op)) = first else { return Ok(None) };
        let (before, after) = (&rest[..at], rest[at + len..].trim_start());
        let word: &str = before.split(|c: char| !is_key(c)).next().unwrap_or_default();
        let is_operand = before.starts_with('[')
            || FACTS.iter().any(|row| row.name == word)
            || FUNCTIONS
                .iter()
                .any(|(name, _)| before.strip_prefix(name).is_some_and(|rest| rest.starts_with('(')));
        let placeholder =
            after.starts_with('[') || ["len([", "has([", "age(["].iter().any(|f| after.starts_with(f));
        if is_operand || !placeholder {
            return Ok(None);
        }
        let (start, middle) = (self.pos, self.pos + at);
        self.pos = self.end - after.len();
        let left = self.operand()?;
        if !self.rest().is_empty() {
            return Err(self.error(self.here(), "expected nothing after the placeholder"));
        }
        let op = match op {
            Op::Lt => Op::Gt,
            Op::Gt => Op::Lt,
            Op::Le => Op::Ge,
            Op::Ge => Op::Le,
            same => same,
        };
        self.fits(&left.operand, op, middle + 1..middle + len - 1)?;
        let mut value = Parser { text: self.text, pos: start, end: middle, scope: self.scope };
        let right = value.value(&left, op)?;
        Ok(Some((left.operand, (op, right))))
    }
}
