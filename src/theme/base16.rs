//! Colour schemes of editors made into themes: base16 and base24.
//!
//! The forms are those of <https://github.com/tinted-theming/home> (`styling.md` and the specification of base24): sixteen
//! or twenty-four slots, `base00` to `base17`, in YAML; flat with `scheme:` in the older form, below `palette:` in the newer.

use std::collections::BTreeMap;
use std::fmt::Write;

use saphyr_parser::{Event, Parser};

use super::{AA, APART, Eyes, Rgb, Role, Theme};
use crate::text;

/// The last slot of base16, and of base24.
const LAST_16: u8 = 0x0f;
const LAST_24: u8 = 0x17;
/// Grounds whose contrast with the background is more than that leave text no room for its hue.
const FAR_HEADER: f64 = 1.15;
const FAR_SELECTION: f64 = 1.3;

/// Why a scheme cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemeError {
    /// Something in a line.
    #[error("line {line}: {message}")]
    Line {
        /// 1-based.
        line: usize,
        /// What is wrong and what is expected.
        message: String,
    },
    /// A slot that every scheme has is not there.
    #[error("`base{0:02X}` is missing; a scheme has base00 to base0F, a base24 scheme also base10 to base17")]
    Missing(u8),
}

/// A scheme as it is on disk.
#[derive(Debug, Default)]
struct Scheme {
    name: String,
    author: String,
    slots: BTreeMap<u8, Rgb>,
}

/// Makes a theme of a scheme: TOML, with what had to be mended told in comments.
///
/// # Errors
///
/// No YAML, no colour where one is expected, a slot that is missing.
pub fn import(scheme: &str) -> Result<String, SchemeError> {
    let scheme = read(scheme)?;
    let missing = (0..=LAST_16).find(|slot| !scheme.slots.contains_key(slot));
    match missing {
        Some(slot) => Err(SchemeError::Missing(slot)),
        None => Ok(write(&scheme)),
    }
}

fn read(yaml: &str) -> Result<Scheme, SchemeError> {
    let mut scheme = Scheme::default();
    // One place a mapping that is open: the key whose value comes next.
    let mut keys: Vec<Option<String>> = Vec::new();
    for event in Parser::new_from_str(yaml) {
        let (event, span) = event.map_err(|error| SchemeError::Line {
            line: error.marker().line(),
            message: format!("not YAML here: {}", error.info()),
        })?;
        let line = span.start.line();
        let wrong = |message: &str| Err(SchemeError::Line { line, message: message.to_owned() });
        match event {
            Event::MappingStart(..) => keys.push(None),
            Event::MappingEnd => {
                keys.pop();
                if let Some(key) = keys.last_mut() {
                    *key = None;
                }
            }
            Event::Scalar(value, ..) => match keys.last_mut() {
                None => return wrong("not a scheme; expected lines such as base00: \"181818\""),
                Some(key @ None) => *key = Some(value.into_owned()),
                Some(key) => scheme.take(&key.take().unwrap_or_default(), &value, line)?,
            },
            Event::SequenceStart(..) | Event::Alias(..) => {
                return wrong("a list or an alias, which schemes do not have; expected base00: \"181818\"");
            }
            _ => {}
        }
    }
    Ok(scheme)
}

impl Scheme {
    fn take(&mut self, key: &str, value: &str, line: usize) -> Result<(), SchemeError> {
        let wrong = |message: String| Err(SchemeError::Line { line, message });
        match key {
            "scheme" | "name" => value.clone_into(&mut self.name),
            "author" => value.clone_into(&mut self.author),
            _ => {
                let Some(slot) = key.strip_prefix("base") else { return Ok(()) };
                let slot = (slot.len() == 2)
                    .then(|| u8::from_str_radix(slot, 16).ok())
                    .flatten()
                    .filter(|slot| *slot <= LAST_24);
                let Some(slot) = slot else {
                    return wrong(format!("`{}` is no slot; they are base00 to base17", text::clean(key)));
                };
                let digits = value.strip_prefix('#').unwrap_or(value);
                let Some(color) = Rgb::parse(&format!("#{digits}")) else {
                    return wrong(format!(
                        "`{key}` is “{}”, which is not a colour; expected six hex digits such as \"181818\"",
                        text::clean(value)
                    ));
                };
                if self.slots.insert(slot, color).is_some() {
                    return wrong(format!("`{key}` is given twice"));
                }
            }
        }
        Ok(())
    }

    fn slot(&self, slot: u8) -> Rgb {
        self.slots.get(&slot).copied().unwrap_or_default()
    }

    /// The slot that a role is made of: the bright one of a base24 scheme where the ground is dark.
    fn slot_of(&self, role: Role) -> u8 {
        let dark = self.slot(0x00).luminance() < self.slot(0x05).luminance();
        let bright =
            |usual: u8, bright: u8| if dark && self.slots.contains_key(&bright) { bright } else { usual };
        match role {
            Role::Background => 0x00,
            Role::Header => 0x01,
            Role::Selection => 0x02,
            Role::Muted | Role::Border => 0x03,
            Role::Unknown => 0x04,
            Role::Text => 0x05,
            Role::Emphasis => 0x07,
            Role::Bad => bright(0x08, 0x12),
            Role::Old => 0x09,
            Role::Warning => bright(0x0a, 0x13),
            Role::Good => bright(0x0b, 0x14),
            Role::New => 0x0c,
            Role::Key => bright(0x0d, 0x16),
            Role::Accent | Role::BorderFocus | Role::Expected => 0x0d,
            Role::Live => 0x0e,
            Role::Stale => 0x0f,
        }
    }

    /// The role's colour, mended.
    fn color(&self, role: Role, grounds: &[Rgb]) -> Rgb {
        let own = self.slot(self.slot_of(role));
        match role {
            Role::Background | Role::Border => own,
            Role::Header => own.no_further_from(self.slot(0x00), FAR_HEADER),
            Role::Selection => own.no_further_from(self.slot(0x00), FAR_SELECTION),
            _ => own.readable_on(grounds),
        }
    }
}

fn write(scheme: &Scheme) -> String {
    let grounds = Role::GROUNDS.map(|role| scheme.color(role, &[]));
    let colors = Role::ALL.iter().map(|role| scheme.color(*role, &grounds)).collect();
    let theme = Theme { name: scheme.name.clone(), colors };
    let mut toml = format!("# {}\n", headline(scheme));
    for line in mended(scheme, &theme, &grounds).into_iter().chain(alike(&theme)) {
        let _infallible = writeln!(toml, "# {line}");
    }
    toml.push('\n');
    for role in Role::ALL {
        let _infallible = writeln!(
            toml,
            "{:<12} = \"{}\"  # base{:02X}",
            role.name(),
            theme.color(*role),
            scheme.slot_of(*role)
        );
    }
    toml
}

fn headline(scheme: &Scheme) -> String {
    let kind = if scheme.slots.contains_key(&LAST_24) { "base24" } else { "base16" };
    let [name, author] = [&scheme.name, &scheme.author].map(|it| text::clean(it.trim()).into_owned());
    let name = if name.is_empty() { "A scheme without a name".to_owned() } else { name };
    let author = if author.is_empty() { author } else { format!(" by {author}") };
    format!("{name}{author}, from a {kind} scheme.")
}

/// What is not as in the scheme, a line each.
fn mended(scheme: &Scheme, theme: &Theme, grounds: &[Rgb]) -> Vec<String> {
    let mut lines = Vec::new();
    for role in Role::ALL {
        let own = scheme.slot(scheme.slot_of(*role));
        if own == theme.color(*role) {
            continue;
        }
        lines.push(if Role::GROUNDS.contains(role) {
            format!("{role}: was {own}; nearer to the background now, so that text on it keeps its hue")
        } else {
            format!("{role}: was {own}, {:.1} to 1 where it is read worst", own.contrast_on(grounds))
        });
    }
    if !lines.is_empty() {
        lines.insert(0, format!("Mended until all text has {AA} to 1 (WCAG AA) on every ground:"));
    }
    lines
}

/// States that are too much alike, a line for each kind of eyes.
fn alike(theme: &Theme) -> Vec<String> {
    let near = Eyes::ALL.map(|eyes| (eyes, theme.nearest_states(eyes)));
    let near = near.into_iter().filter(|(_, near)| near.of < APART);
    near.map(|(eyes, near)| {
        let whose =
            if eyes == Eyes::Usual { "usual eyes".to_owned() } else { format!("eyes with {}", eyes.name()) };
        format!(
            "{} and {} look alike to {whose} ({:.0} apart, {APART:.0} tell): sign and word tell them apart.",
            near.one, near.other, near.of
        )
    })
    .collect()
}
