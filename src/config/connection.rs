//! A connection string of `PostgreSQL`, and the password that does not belong into it.

use super::Secret;

/// What `psql` takes as its connection, the password apart: arguments can be read by everybody.
#[derive(Clone, PartialEq, Eq)]
pub struct Connection {
    /// A URI or `key=value` words, without a password.
    pub text: String,
    /// For its environment.
    pub password: Option<Secret>,
}

impl Connection {
    /// Takes the password out of a connection string (libpq, 34.1.1): a URI, or words `key=value`.
    #[must_use]
    pub fn parse(text: &str) -> Connection {
        let text = text.trim();
        let uri = text.split_once("://").filter(|(scheme, _)| matches!(*scheme, "postgres" | "postgresql"));
        let (text, password) = match uri {
            Some((scheme, rest)) => {
                let (rest, password) = out_of_uri(rest);
                (format!("{scheme}://{rest}"), password)
            }
            None => out_of_words(text),
        };
        Connection { text, password: password.filter(|password| !password.is_empty()).map(Secret) }
    }
}

/// The rest of a URI without `:password` or `?password=`, and that.
fn out_of_uri(rest: &str) -> (String, Option<String>) {
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let mut password = None;
    let authority = match authority.rsplit_once('@') {
        Some((user, hosts)) => match user.split_once(':') {
            Some((user, secret)) => {
                password = Some(decoded(secret));
                format!("{user}@{hosts}")
            }
            None => authority.to_owned(),
        },
        None => authority.to_owned(),
    };
    let Some((path, query)) = tail.split_once('?') else { return (format!("{authority}{tail}"), password) };
    let mut kept = Vec::new();
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("password", secret)) => password = Some(decoded(secret)),
            _ => kept.push(pair),
        }
    }
    let mark = if kept.is_empty() { "" } else { "?" };
    (format!("{authority}{path}{mark}{}", kept.join("&")), password)
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| *first == b'%');
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Words `key = value` without `password`, and that; values may stand in single quotes.
fn out_of_words(text: &str) -> (String, Option<String>) {
    let (mut kept, mut password) = (Vec::new(), None);
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let Some((key, value)) =
            rest.split_once('=').filter(|(key, _)| !key.trim().contains(char::is_whitespace))
        else {
            kept.push(rest);
            break;
        };
        let value = value.trim_start();
        let (mut plain, mut end, mut quoted, mut escaped) = (String::new(), value.len(), false, false);
        for (at, c) in value.char_indices() {
            match c {
                _ if escaped => {
                    plain.push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                '\'' if at == 0 => quoted = true,
                '\'' if quoted => {
                    end = at + 1;
                    break;
                }
                c if c.is_whitespace() && !quoted => {
                    end = at;
                    break;
                }
                c => plain.push(c),
            }
        }
        let whole = &rest[..rest.len() - value.len() + end];
        if key.trim() == "password" {
            password = Some(plain);
        } else {
            kept.push(whole);
        }
        rest = value[end..].trim_start();
    }
    (kept.join(" "), password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_taken_out_of_any_connection_string() {
        for (text, kept, password) in [
            (
                "postgresql://dana:p%40ss@db:5432/shop?sslmode=require",
                "postgresql://dana@db:5432/shop?sslmode=require",
                Some("p@ss"),
            ),
            (
                "postgres://db/shop?password=x&sslmode=require",
                "postgres://db/shop?sslmode=require",
                Some("x"),
            ),
            ("postgres://dana@a:1,b:2/shop?password=x", "postgres://dana@a:1,b:2/shop", Some("x")),
            ("postgres:///shop", "postgres:///shop", None),
            ("host=db password=secret dbname=shop", "host=db dbname=shop", Some("secret")),
            (r"host = db password = 'it\'s a b' user='d n'", "host = db user='d n'", Some("it's a b")),
            ("password=", "", None),
            ("shop", "shop", None),
            ("service=shop", "service=shop", None),
        ] {
            let connection = Connection::parse(text);
            assert_eq!(
                (connection.text.as_str(), connection.password.as_ref().map(|p| p.0.as_str())),
                (kept, password),
                "{text}"
            );
        }
    }
}
