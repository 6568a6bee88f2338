//! The header's pieces about users: not served, shown the maintenance page, not seen; and what is muted.

use super::Piece;
use crate::config::NoticeKind;
use crate::signoff::event::OutageKind;
use crate::state::outage::Standing;
use crate::text;
use crate::view::Scene;

/// How long users were not served, against the goal.
pub(super) fn outage(scene: &Scene<'_>) -> Piece {
    if let Some(stale) = scene.state.public_stale(scene.now) {
        // What was last seen proves nothing, least of all that users are served.
        let stale = text::age(stale);
        return Piece::new(
            [format!("public unknown, stale {stale}"), "public unknown".to_owned()],
            scene.styles.stale,
        );
    }
    scene
        .state
        .outage(OutageKind::Outage, scene.now)
        .map_or_else(Piece::none, |it| piece(scene, &it, "outage"))
}

/// How long they saw the maintenance page.
pub(super) fn maintenance(scene: &Scene<'_>) -> Piece {
    let standing = scene.state.outage(OutageKind::Maintenance, scene.now);
    standing.map_or_else(Piece::none, |it| piece(scene, &it, "maintenance"))
}

fn piece(scene: &Scene<'_>, standing: &Standing, word: &str) -> Piece {
    let styles = scene.styles;
    let style = if standing.is_over() || standing.runs && standing.kind == OutageKind::Outage {
        styles.bad
    } else if standing.is_close() || standing.runs {
        styles.warning
    } else {
        styles.text
    };
    let sum = text::clock(standing.sums.observed);
    let of = standing.goal.map(|goal| format!(" of {}", text::clock(goal))).unwrap_or_default();
    let over = if standing.is_over() { ", over goal" } else { "" };
    let now = if standing.runs { " now" } else { "" };
    Piece::new(
        [format!("{word}{now} {sum}{of}{over}"), format!("{word} {sum}{of}"), format!("{word} {sum}")],
        style,
    )
}

/// Our own line is suspect: for so long nobody has seen whether users are served.
pub(super) fn unobserved(scene: &Scene<'_>) -> Piece {
    scene.state.line_down(scene.now).map_or_else(Piece::none, |span| {
        let clock = text::clock(span);
        let long = format!("our line is down? unobserved {clock}");
        Piece::new([long, format!("unobserved {clock}")], scene.styles.stale)
    })
}

/// Kinds of notice that were muted by key.
pub(super) fn muted(scene: &Scene<'_>) -> Piece {
    let muted = &scene.state.record.control.muted;
    let names = NoticeKind::ALL.into_iter().map(NoticeKind::name).filter(|name| muted.contains(*name));
    let names: Vec<&str> = names.collect();
    match names.len() {
        0 => Piece::none(),
        count => Piece::new(
            [format!("muted: {}", names.join(" ")), format!("{count} muted"), String::new()],
            scene.styles.muted,
        ),
    }
}
