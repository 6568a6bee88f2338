//! What a server's certificate says, and why it was refused, in words.

use chrono::{DateTime, Utc};
use rustls::CertificateError;
use rustls::pki_types::{CertificateDer, ServerName};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate, X509Name};

use crate::sample::Certificate;
use crate::text;

/// Names kept of a certificate; shared hosts list hundreds.
const NAMES: usize = 64;

/// SHA-256 of the DER bytes, lower-case hex.
pub(super) fn sha256(der: &CertificateDer<'_>) -> String {
    let mut hex = String::with_capacity(64);
    for byte in crate::sha256::of(der) {
        for digit in [byte >> 4, byte & 15] {
            hex.push(char::from_digit(digit.into(), 16).unwrap_or_default());
        }
    }
    hex
}

/// Reads a certificate; `None` if it cannot be read.
pub(super) fn read(der: &CertificateDer<'_>) -> Option<Certificate> {
    let (_, parsed) = X509Certificate::from_der(der).ok()?;
    let mut names: Vec<String> = Vec::new();
    if let Ok(Some(alternative)) = parsed.subject_alternative_name() {
        names.extend(alternative.value.general_names.iter().filter_map(general_name).take(NAMES));
    }
    if let Some(common) = common_name(parsed.subject()).filter(|common| !names.contains(common)) {
        names.push(common);
    }
    Some(Certificate {
        not_before: moment(parsed.validity().not_before.timestamp()),
        not_after: moment(parsed.validity().not_after.timestamp()),
        names,
        issuer: common_name(parsed.issuer()).unwrap_or_else(|| clean(&parsed.issuer().to_string())),
        sha256: sha256(der),
        self_signed: parsed.issuer().as_raw() == parsed.subject().as_raw(),
    })
}

fn common_name(name: &X509Name<'_>) -> Option<String> {
    name.iter_common_name().next().and_then(|common| common.as_str().ok()).map(clean)
}

fn general_name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(clean(name)),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|ip| std::net::Ipv4Addr::from(ip).to_string()),
            16 => <[u8; 16]>::try_from(*bytes).ok().map(|ip| std::net::Ipv6Addr::from(ip).to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// Names are outside text: one line, bounded.
fn clean(name: &str) -> String {
    text::truncate(&text::clean(name), 200).into_owned()
}

fn moment(timestamp: i64) -> DateTime<Utc> {
    let last = if timestamp < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    DateTime::from_timestamp(timestamp, 0).unwrap_or(last)
}

/// Why a certificate was refused: one clause and a word for the cell.
pub(super) fn refusal(
    error: &CertificateError,
    shown: Option<&Certificate>,
    asked: &ServerName<'_>,
    now: DateTime<Utc>,
) -> (&'static str, String) {
    use CertificateError as Error;
    let Some(shown) = shown else {
        return ("bad cert", format!("the certificate cannot be used ({error})"));
    };
    match error {
        Error::Expired | Error::ExpiredContext { .. } => {
            // A chain is refused for an expired link above, too.
            if shown.not_after > now {
                return ("expired", "a certificate above the server's own has expired".to_owned());
            }
            let ago = text::age((now - shown.not_after).to_std().unwrap_or_default());
            ("expired", format!("certificate expired {ago} ago ({})", shown.not_after.format("%Y-%m-%d")))
        }
        Error::NotValidYet | Error::NotValidYetContext { .. } => {
            let ahead = text::age((shown.not_before - now).to_std().unwrap_or_default());
            (
                "too early",
                format!("certificate valid only in {ahead} ({})", shown.not_before.format("%Y-%m-%d")),
            )
        }
        Error::NotValidForName | Error::NotValidForNameContext { .. } => {
            ("wrong name", format!("certificate is for {}, not for {}", names(shown), asked.to_str()))
        }
        Error::UnknownIssuer if shown.self_signed => (
            "self-signed",
            format!(
                "certificate is self-signed and not trusted (trust it with pin_sha256 = \"{}\")",
                shown.sha256
            ),
        ),
        Error::UnknownIssuer => {
            ("untrusted", format!("certificate issued by {}, which is not trusted", shown.issuer))
        }
        Error::ApplicationVerificationFailure => {
            ("other cert", format!("certificate is not the pinned one: its SHA-256 is {}", shown.sha256))
        }
        Error::Revoked => ("revoked", "certificate was revoked".to_owned()),
        // rustls refuses what `openssl req -x509` makes, even when it is in the bundle; others accept it.
        Error::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => (
            "CA cert",
            format!(
                "certificate is made for an authority, not for a server (trust it with pin_sha256 = \"{}\")",
                shown.sha256
            ),
        ),
        _ => ("bad cert", text::clean(&format!("certificate refused: {error}")).into_owned()),
    }
}

fn names(certificate: &Certificate) -> String {
    match certificate.names.as_slice() {
        [] => "no name at all".to_owned(),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [one, rest @ ..] => format!("{one} and {} other names", rest.len()),
    }
}
