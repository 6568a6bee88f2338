//! Expressions in their own spelling: what `[STATUS] == any(200,204)` is written as here.

use std::fmt::{Display, Formatter, Result};

use super::literal::{Literal, Right};
use super::{Expr, Function, Meaning, Op, Operand, path};
use crate::text;

/// The comparison in this language's own spelling; reads back to the same meaning.
impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.meaning.fmt(f)
    }
}

impl Display for Meaning {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(if self.negated { "not " } else { "" })?;
        let left = self.left.to_string();
        if let Some(subject) = &self.subject {
            write!(f, "{subject}{}", if left.is_empty() { "" } else { " " })?;
        }
        f.write_str(&left)?;
        match &self.test {
            Some((op, right)) => write!(f, " {} {right}", op.text()),
            None => Ok(()),
        }
    }
}

impl Op {
    /// As it is written.
    pub(super) fn text(self) -> &'static str {
        match self {
            Op::Eq => "==",
            Op::Ne => "!=",
            Op::Le => "<=",
            Op::Ge => ">=",
            Op::Lt => "<",
            Op::Gt => ">",
            Op::Contains => "contains",
            Op::Matches => "matches",
        }
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let function = match self.function {
            Some(Function::Len) => "len",
            Some(Function::Has) => "has",
            Some(Function::Age) => "age",
            Some(Function::Some) => "some",
            None => "",
        };
        let steps: String = self.path.iter().map(path::show).collect();
        if function.is_empty() {
            write!(f, "{}{steps}", self.fact)
        } else {
            write!(f, "{function}({}{steps})", self.fact)
        }
    }
}

impl Display for Right {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Right::One(literal) => literal.fmt(f),
            Right::Any(all) => {
                let all: Vec<_> = all.iter().map(Literal::to_string).collect();
                write!(f, "any({})", all.join(", "))
            }
            Right::Glob(pattern) => write!(f, "pat({})", quote(&pattern.source)),
            Right::Regex(pattern) => f.write_str(&quote(&pattern.source)),
            // In brackets where a bare word would be read as text.
            Right::Fact(operand) => match operand.fact.row().and_then(|row| row.gatus) {
                Some(gatus) => {
                    let name = operand.fact.row().map_or("", |row| row.name);
                    f.write_str(&operand.to_string().replacen(name, &format!("[{gatus}]"), 1))
                }
                None => operand.fmt(f),
            },
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Literal::Bool(bool) => write!(f, "{bool}"),
            Literal::Number(number) => write!(f, "{number}"),
            Literal::Duration(span) => f.write_str(&text::exact(*span)),
            Literal::Percent(number) => write!(f, "{number}%"),
            Literal::Bytes(bytes) => f.write_str(&text::exact_size(*bytes)),
            Literal::Quoted(text) => f.write_str(&quote(text)),
            Literal::Word(text) => f.write_str(text),
        }
    }
}

/// Text in quotes, as it is read back.
pub(super) fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
