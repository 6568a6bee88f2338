//! What may happen in the demo's world, as a play writes it.

use std::rc::Rc;
use std::str::FromStr;
use std::time::Duration;

use tokio::task::spawn_local;
use tokio::time::sleep;

use super::copy;
use super::world::{Level, Shop, Side, World};
use crate::text::parse_duration;

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// `wait 8s`: at the demo's pace.
    Wait(Duration),
    /// `new starting`: what a host does from now on.
    Host(Side, Shop),
    /// `front closed`: everybody gets a page, wherever the name points.
    Maintenance(bool),
    /// `second on`: the front has a second way in.
    Second(bool),
    /// `uploads off`: customers may not upload.
    Uploads(bool),
    /// `point new`: where the name leads.
    Point(Side),
    /// `copy`: all files at the pace of a narrow line, with a stall; `copy the rest`: what came since.
    Copy { stalls: bool },
    /// `replicate`: the new side follows the old one from now on.
    Replicate,
    /// `trust`: the new host trusts the payment gateway.
    Trust,
    /// `say new info ready`: a line in the log.
    Say(Side, Level, String),
}

impl FromStr for Deed {
    type Err = String;

    fn from_str(text: &str) -> Result<Deed, String> {
        let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
        let deed = match (verb, rest) {
            ("wait", span) => Deed::Wait(parse_duration(span).map_err(|error| format!("`{text}`: {error}"))?),
            ("front", "closed") => Deed::Maintenance(true),
            ("front", "open") => Deed::Maintenance(false),
            ("second", "on") => Deed::Second(true),
            ("second", "off") => Deed::Second(false),
            ("uploads", "on") => Deed::Uploads(true),
            ("uploads", "off") => Deed::Uploads(false),
            ("copy", "") => Deed::Copy { stalls: true },
            ("copy", "the rest") => Deed::Copy { stalls: false },
            ("replicate", "") => Deed::Replicate,
            ("trust", "") => Deed::Trust,
            ("point", name) => Deed::Point(side(name)?),
            ("say", rest) => {
                let mut words = rest.splitn(3, ' ');
                let mut word = || words.next().unwrap_or_default();
                Deed::Say(side(word())?, level(word())?, word().to_owned())
            }
            (name, state) => Deed::Host(side(name)?, shop(state)?),
        };
        Ok(deed)
    }
}

fn side(name: &str) -> Result<Side, String> {
    let found = [Side::Old, Side::New].into_iter().find(|side| side.name() == name);
    found.ok_or_else(|| format!("`{name}` is no side: old or new"))
}

fn shop(state: &str) -> Result<Shop, String> {
    match state {
        "off" => Ok(Shop::Off),
        "starting" => Ok(Shop::Starting),
        "open" => Ok(Shop::Open),
        "closed" => Ok(Shop::Closed),
        _ => Err(format!("`{state}` is nothing that a host does: off, starting, open or closed")),
    }
}

fn level(name: &str) -> Result<Level, String> {
    match name {
        "info" => Ok(Level::Info),
        "warning" => Ok(Level::Warning),
        "error" => Ok(Level::Error),
        _ => Err(format!("`{name}` is no level: info, warning or error")),
    }
}

/// Lets them happen, one after the other.
pub(super) async fn all(world: Rc<World>, deeds: Vec<Deed>) {
    for deed in deeds {
        match deed {
            Deed::Wait(span) => sleep(world.pace.of(span)).await,
            Deed::Host(side, shop) => {
                world.shop(side).send_replace(shop);
            }
            Deed::Maintenance(on) => world.maintenance.set(on),
            Deed::Second(on) => world.second.set(on),
            Deed::Uploads(on) => world.open_for_uploads.set(on),
            Deed::Point(side) => world.zone.borrow_mut().point(side),
            Deed::Copy { stalls } => copy::pass(Rc::clone(&world), stalls).await,
            Deed::Replicate => {
                spawn_local(copy::replicate(Rc::clone(&world)));
            }
            Deed::Trust => world.trusts.set(true),
            Deed::Say(side, level, text) => world.say(side, level, &text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_read_as_they_are_written() {
        let read = |text: &str| text.parse::<Deed>();
        assert_eq!(read("wait 8s"), Ok(Deed::Wait(Duration::from_secs(8))));
        assert_eq!(read("new starting"), Ok(Deed::Host(Side::New, Shop::Starting)));
        assert_eq!(read("point old"), Ok(Deed::Point(Side::Old)));
        let said = Deed::Say(Side::New, Level::Info, "ready to serve".to_owned());
        assert_eq!(read("say new info ready to serve"), Ok(said));
        for wrong in ["wait long", "new asleep", "third open", "say new loud x", "copy it"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
