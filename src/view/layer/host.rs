//! A machine, whole: every figure, what must hold, how it came to its state.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::item::entry;
use super::{Scene, Strip, probe, sheet, words};
use crate::sample::ProbeId;
use crate::sample::host::{Disk, Host as Load};
use crate::state::live::{Host, Probed};
use crate::text;
use crate::view::host::{cpus, memory, remarks, taken};
use crate::view::widget::Sheet;

/// Draws the sheet; gives the last line it may begin at.
pub(super) fn paint(scene: &Scene<'_>, buf: &mut Buffer, area: Rect, id: &ProbeId, scroll: usize) -> usize {
    let mut page = sheet(area);
    let (live, now) = scene.shown();
    let title = Strip::of("Host ", scene.styles.emphasis).with(&id.name, scene.styles.emphasis);
    let Some(host) = live.hosts.iter().find(|host| host.id() == id) else {
        page.text(0, "This machine is no longer in the sidecar.", scene.styles.warning);
        return page.paint(scene, buf, area, title, scroll);
    };
    asks(scene, &mut page, host);
    page.gap();
    let (glyph, style) = words::probe_glyph(scene, host.state());
    let since = host.since().map(|since| format!(" for {}", text::age(now.since(&since))));
    entry(
        scene,
        &mut page,
        "state",
        &format!("{glyph} {}{}", host.state(), since.unwrap_or_default()),
        style,
    );
    for (remark, style) in remarks(scene, host) {
        page.text(0, &remark, style);
    }
    if let Some((at, load)) = &host.seen {
        if host.broken().is_some() {
            let old = format!("The figures are from {} ago.", text::age(now.since(at)));
            page.text(0, &old, scene.styles.stale);
        }
        figures(scene, &mut page, load);
        disks(scene, &mut page, host, load);
        nets(scene, &mut page, host, load);
        processes(scene, &mut page, load);
    }
    probe::changes(scene, &mut page, id);
    page.paint(scene, buf, area, title, scroll)
}

/// What the sidecar says of it.
fn asks(scene: &Scene<'_>, page: &mut Sheet, host: &Host) {
    let styles = scene.styles;
    let settings = &host.settings;
    let place = settings.via.as_ref().map_or_else(|| "this machine".to_owned(), |via| via.join(" "));
    entry(scene, page, "looks at", &format!("{place}, every {}", text::exact(settings.every)), styles.text);
    for expr in &settings.expect {
        entry(scene, page, "expects", expr.source(), styles.text);
    }
}

fn figures(scene: &Scene<'_>, page: &mut Sheet, load: &Load) {
    let styles = scene.styles;
    page.gap();
    entry(scene, page, "name", &load.name, styles.text);
    let cpu = load.cpu.map_or_else(|| "not known before the second look".to_owned(), text::percent);
    let processors = format!("{cpu} of {}, load {:.2}", cpus(load.cpus), load.load);
    entry(scene, page, "cpu", &processors, taken(scene, load.cpu.unwrap_or(0.0)));
    entry(scene, page, "memory", &memory(load), taken(scene, load.memory.share().unwrap_or(0.0)));
    let swap = load.memory.swap_share().map(|share| {
        let (used, total) = (text::size(load.memory.swap_used), text::size(load.memory.swap_total));
        format!("{}, {used} of {total}", text::percent(share))
    });
    entry(scene, page, "swap", &swap.unwrap_or_else(|| "none".to_owned()), styles.text);
    if let Some(up) = load.up {
        entry(scene, page, "up", &text::clock(up), styles.text);
    }
}

fn disks(scene: &Scene<'_>, page: &mut Sheet, host: &Host, load: &Load) {
    let styles = scene.styles;
    if load.disks.is_empty() {
        return;
    }
    page.heading("File systems", styles.accent);
    for disk in &load.disks {
        page.line(Strip::of(&disk.mount, styles.emphasis).space(2).with(&disk.kind, styles.muted));
        let full = disk.free_share().map(|free| 1.0 - free);
        let style = taken(scene, full.unwrap_or(0.0));
        page.text(2, &room(disk, full), style);
        if let Some(free) = disk.free_inodes_share() {
            let inodes =
                format!("inodes {} free: {} of {}", text::percent(free), disk.inodes_free, disk.inodes);
            page.text(2, &inodes, taken(scene, 1.0 - free));
        }
        if let Some(pace) = host.pace(&disk.mount) {
            page.text(2, &format!("fills by {}", words::rate(pace)), styles.text);
        }
        if let Some(outlook) = host.outlook(&disk.mount) {
            page.text(2, &outlook.words(), if outlook.is_bad() { styles.bad } else { styles.warning });
        }
        if let Some(span) = disk.hanging {
            let words = format!("has not answered for {}; its figures are from before", text::age(span));
            page.text(2, &words, styles.bad);
        }
    }
}

fn room(disk: &Disk, full: Option<f64>) -> String {
    let Some(full) = full else { return "nothing is known of it yet".to_owned() };
    let (free, total) = (text::size(disk.free), text::size(disk.total));
    format!("{} full, {free} free of {total}", text::percent(full))
}

fn nets(scene: &Scene<'_>, page: &mut Sheet, host: &Host, load: &Load) {
    let styles = scene.styles;
    if load.nets.is_empty() {
        return;
    }
    page.heading("Network", styles.accent);
    for net in &load.nets {
        let rates = host.rates.get(&net.name).map_or_else(String::new, |(received, sent)| {
            format!("in {}, out {}; ", words::rate(*received), words::rate(*sent))
        });
        let (received, sent) = (text::size(net.received), text::size(net.sent));
        let errors =
            if net.errors > 0 { format!("; {} errors and drops", net.errors) } else { String::new() };
        let line = format!("{rates}{received} in and {sent} out so far{errors}");
        entry(scene, page, &net.name, &line, styles.text);
    }
}

fn processes(scene: &Scene<'_>, page: &mut Sheet, load: &Load) {
    let styles = scene.styles;
    if load.processes.is_empty() {
        return;
    }
    page.heading("Processes", styles.accent);
    for process in &load.processes {
        page.line(Strip::of(&process.pattern, styles.emphasis));
        if process.count == 0 {
            page.text(2, "gone: no process is called so", styles.bad);
            continue;
        }
        let cpu = process.cpu.map(|cpu| format!(", {} of one processor", text::percent(cpu)));
        let up = process.up.map(|up| format!(", the oldest up {}", text::age(up)));
        let line = format!(
            "{} running{}, {} resident{}",
            process.count,
            cpu.unwrap_or_default(),
            text::size(process.memory),
            up.unwrap_or_default()
        );
        page.text(2, &line, styles.text);
    }
}
