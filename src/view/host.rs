//! The host pane: a machine a block. Its first line says all in short; below it stand what is wrong, its disks,
//! processes, network and the last minutes, as far as there is room.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::widget::bar::bar;
use super::widget::pane::scroll_mark;
use super::widget::{Border, Strip, pane};
use super::{Scene, words};
use crate::sample::ProbeState;
use crate::sample::host::{Disk, Host as Load, Process};
use crate::state::Pane;
use crate::state::live::{Host, Outlook, Probed};
use crate::text;

/// Columns of a machine's name at most.
const NAME: usize = 18;
/// Columns of a disk's or process's name at most.
const LABEL: usize = 24;
/// From so many columns on there are bars.
const BARS: usize = 64;
/// Columns of an age, and the gap before it.
const AGE: usize = 6;
/// Lines of a remark at most.
const MOST: usize = 3;
/// Columns of a bar.
const BAR: usize = 8;
/// Shares taken from which it is tight, and from which it is too much.
const TIGHT: (f64, f64) = (0.85, 0.95);
/// Share of free inodes from which on they are scarce.
const SCARCE: f64 = 0.10;

/// What gets a line first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    First,
    Wrong,
    Disk,
    Process,
    Net,
    Past,
}

const RANKS: [Rank; 5] = [Rank::Wrong, Rank::Disk, Rank::Process, Rank::Net, Rank::Past];

/// Draws the pane.
pub(super) fn paint(scene: &Scene<'_>, buf: &mut Buffer, area: Rect, border: Border) {
    let inner = pane(scene, buf, area, border, scene.title(Pane::Host, ""), scene.focused(Pane::Host));
    if inner.height == 0 || inner.width < 4 {
        return;
    }
    let focused = scene.state.ui.focus == Pane::Host;
    let cursor = scene.state.row_in(Pane::Host);
    let (width, page) = (usize::from(inner.width), usize::from(inner.height));
    let mut blocks = blocks(scene, width);
    let all = blocks.len();
    // Every machine has one line at least; if even these are too many, those around the cursor are shown.
    let top = if focused && all > page { cursor.saturating_sub(page / 2).min(all - page) } else { 0 };
    if all > page {
        scroll_mark(buf, inner, top, all, scene.styles.border, scene.thumb());
    }
    allot(&mut blocks, page);
    let mut y = inner.y;
    for (at, block) in blocks.into_iter().enumerate().skip(top) {
        for (number, (_, line)) in block.into_iter().enumerate() {
            if y >= inner.bottom() {
                return;
            }
            let row = Rect { y, height: 1, ..inner };
            line.cut(width).paint(buf, row);
            if number == 0 && at == cursor && focused {
                buf.set_style(row, scene.cursor_style(Pane::Host));
            }
            y += 1;
        }
    }
}

/// Rows that the pane would like to have.
pub(super) fn wanted(scene: &Scene<'_>) -> usize {
    blocks(scene, BARS).iter().map(Vec::len).sum()
}

/// The pane in one line: what is wrong, then each machine's figures.
pub(super) fn summary(scene: &Scene<'_>) -> Strip {
    let mut line = Strip::new();
    let hosts = &scene.shown().0.hosts;
    let mut order: Vec<&Host> = hosts.iter().collect();
    order.sort_by_key(|host| host.state() == ProbeState::Up);
    for host in order {
        if !line.is_empty() {
            line.push(" · ", scene.styles.muted);
        }
        let (glyph, style) = words::probe_glyph(scene, host.state());
        line.push(&format!("{glyph} {} ", host.settings.name), style);
        line.push(&host.saw(), if host.state() == ProbeState::Up { scene.styles.text } else { style });
    }
    line
}

/// The lines of every machine, in the order they are drawn.
fn blocks(scene: &Scene<'_>, width: usize) -> Vec<Vec<(Rank, Strip)>> {
    let focused = scene.state.ui.focus == Pane::Host;
    let cursor = scene.state.row_in(Pane::Host);
    let hosts = &scene.shown().0.hosts;
    let name = hosts.iter().map(|host| text::width(&text::clean(&host.settings.name))).max().unwrap_or(0);
    let name = name.clamp(3, NAME.min(width / 3).max(3));
    hosts
        .iter()
        .enumerate()
        .map(|(at, host)| Block { scene, host, width, name, cursor: focused && at == cursor }.lines())
        .collect()
}

/// Leaves of every block what there is room for: a line each, then the ranks one after the other.
fn allot(blocks: &mut [Vec<(Rank, Strip)>], page: usize) {
    let mut spare = page.saturating_sub(blocks.len());
    let mut kept: Vec<Vec<bool>> =
        blocks.iter().map(|block| block.iter().map(|(rank, _)| *rank == Rank::First).collect()).collect();
    for rank in RANKS {
        for (block, kept) in blocks.iter().zip(&mut kept) {
            let lines = block.iter().zip(kept.iter_mut());
            for (_, keep) in lines.filter(|((own, _), _)| *own == rank).take(spare) {
                *keep = true;
                spare -= 1;
            }
        }
    }
    for (block, kept) in blocks.iter_mut().zip(kept) {
        let mut kept = kept.into_iter();
        block.retain(|_| kept.next().unwrap_or(false));
    }
}

/// One machine's lines in the making.
struct Block<'a> {
    scene: &'a Scene<'a>,
    host: &'a Host,
    width: usize,
    name: usize,
    cursor: bool,
}

impl Block<'_> {
    fn lines(&self) -> Vec<(Rank, Strip)> {
        let mut lines = vec![(Rank::First, self.first())];
        for (remark, style) in remarks(self.scene, self.host) {
            let wrapped = text::wrap(&text::clean(&remark), self.width.saturating_sub(4));
            for (number, part) in wrapped.into_iter().take(MOST).enumerate() {
                let indent = if number == 0 { 2 } else { 4 };
                lines.push((Rank::Wrong, Strip::new().space(indent).with(&part, style)));
            }
        }
        let Some((_, load)) = &self.host.seen else { return lines };
        let label = load.disks.iter().map(|disk| text::width(&disk.mount));
        let label = label.chain(load.processes.iter().map(|process| text::width(&process.pattern)));
        let label = label.max().unwrap_or(0).clamp(4, LABEL.min(self.width / 3).max(4));
        lines.extend(load.disks.iter().map(|disk| self.disk(disk, label)));
        lines.extend(load.processes.iter().map(|process| self.process(process, label)));
        lines.extend(self.nets(label).map(|line| (Rank::Net, line)));
        lines.extend(self.past(label).map(|line| (Rank::Past, line)));
        lines
    }

    /// All in short.
    fn first(&self) -> Strip {
        let (scene, styles) = (self.scene, self.scene.styles);
        let mark = if self.cursor { scene.glyphs.cursor } else { " " };
        let mut line = Strip::of(mark, styles.accent).fit(1);
        line.append(Strip::of(&self.host.settings.name, styles.emphasis).fit(self.name));
        let state = self.host.state();
        let (glyph, style) = words::probe_glyph(scene, state);
        line = line.space(1).with(glyph, style);
        match state {
            ProbeState::Up => {}
            ProbeState::Unknown if self.host.seen.is_none() => line = line.with(" no reading yet", style),
            _ => line = line.with(&format!(" {state}"), style),
        }
        let now = scene.shown().1;
        if let Some((_, load)) = &self.host.seen {
            line = line.space(2);
            line.append(self.meter("cpu", load.cpu, &format!(" of {}", cpus(load.cpus))));
            line = line.space(2);
            let limit = if load.memory.limited { " limit" } else { "" };
            let size = text::size(load.memory.total);
            line.append(self.meter("mem", load.memory.share(), &format!(" of {size}{limit}")));
            for more in [
                Some(format!("  load {:.2}", load.load)),
                load.up.map(|up| format!("  up {}", text::age(up))),
            ] {
                let more = Strip::of(&more.unwrap_or_default(), styles.muted);
                // A word that is cut says nothing.
                if line.width() + more.width() + AGE <= self.width {
                    line.append(more);
                }
            }
        }
        if let Some(read) = self.host.read() {
            let style = if state == ProbeState::Stale { styles.stale } else { styles.muted };
            let age = Strip::of(&text::age(now.since(&read)), style);
            line = line.beside(age, self.width.saturating_sub(1));
        }
        line
    }

    /// `cpu ███▌ 45% of 2`.
    fn meter(&self, label: &str, share: Option<f64>, of: &str) -> Strip {
        let styles = self.scene.styles;
        let mut line = Strip::of(&format!("{label} "), styles.muted);
        let Some(share) = share else {
            return line.with("–", styles.unknown);
        };
        self.bar(&mut line, share);
        let of = if self.width < BARS { "" } else { of };
        line.with(&text::percent(share), taken(self.scene, share)).with(of, styles.muted)
    }

    fn bar(&self, line: &mut Strip, share: f64) {
        if self.width < BARS {
            return;
        }
        let scene = self.scene;
        // Tenths of a per cent are finer than any bar.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a thousand")]
        let done = (share.clamp(0.0, 1.0) * 1000.0).round() as usize;
        let (full, rest) = bar(done, 1000, BAR, scene.glyphs);
        line.push(&full, taken(scene, share));
        line.push(&scene.glyphs.bar_empty.repeat(rest), scene.styles.bar_empty);
        line.push(" ", Style::new());
    }

    /// `/data ████████▌ 88% full  full at 07:12, after copy assets ends 06:40  120 GB free of 1.00 TB`.
    fn disk(&self, disk: &Disk, label: usize) -> (Rank, Strip) {
        let (scene, styles) = (self.scene, self.scene.styles);
        let mut line = Strip::new().space(2);
        line.append(Strip::of(&disk.mount, styles.text).fit(label));
        line = line.space(1);
        let outlook = self.host.outlook(&disk.mount);
        let mut rank = Rank::Disk;
        if let Some(free) = disk.free_share() {
            self.bar(&mut line, 1.0 - free);
            line.push(&format!("{} full", text::percent(1.0 - free)), taken(scene, 1.0 - free));
            if 1.0 - free >= TIGHT.1 {
                rank = Rank::Wrong;
            }
        }
        if let Some(free) = disk.free_inodes_share().filter(|free| *free <= SCARCE) {
            line.push(&format!("  inodes {} free", text::percent(free)), taken(scene, 1.0 - free));
            rank = Rank::Wrong;
        }
        if let Some(span) = disk.hanging {
            let figures = if disk.total > 0 { ": figures from before" } else { "" };
            line.push(&format!("  hangs for {}{figures}", text::age(span)), styles.bad);
            rank = Rank::Wrong;
        }
        // A bad one stands above, among what is wrong.
        if let Some(outlook) = outlook.filter(|outlook| !outlook.is_bad()) {
            let words = outlook.words();
            let words = words.strip_prefix(&outlook.mount).unwrap_or(&words).trim_start().to_owned();
            line.push(&format!("  {words}"), styles.warning);
        }
        if disk.total > 0 {
            let room = format!("  {} free of {}", text::size(disk.free), text::size(disk.total));
            line.push(&room, styles.muted);
        }
        (rank, line)
    }

    /// `nginx  4 running  12% cpu  210 MB  up 3d`.
    fn process(&self, process: &Process, label: usize) -> (Rank, Strip) {
        let styles = self.scene.styles;
        let mut line = Strip::new().space(2);
        line.append(Strip::of(&process.pattern, styles.text).fit(label));
        line = line.space(1);
        if process.count == 0 {
            return (Rank::Wrong, line.with("gone: no process is called so", styles.bad));
        }
        line.push(&format!("{} running", process.count), styles.good);
        let cpu = process.cpu.map(|cpu| format!("  {} cpu", text::percent(cpu))).unwrap_or_default();
        let up = process.up.map(|up| format!("  oldest up {}", text::age(up))).unwrap_or_default();
        line.push(&format!("{cpu}  {}{up}", text::size(process.memory)), styles.muted);
        (Rank::Process, line)
    }

    /// `net  eth0 in 12.1 MB/s out 1.00 MB/s`, the busiest first.
    fn nets(&self, label: usize) -> Option<Strip> {
        let styles = self.scene.styles;
        let mut rates: Vec<_> = self.host.rates.iter().collect();
        rates.sort_by(|(_, a), (_, b)| (b.0 + b.1).total_cmp(&(a.0 + a.1)));
        let mut line = Strip::new().space(2);
        line.append(Strip::of("net", styles.muted).fit(label));
        for (number, (name, (received, sent))) in rates.iter().enumerate() {
            line.push(if number > 0 { " · " } else { " " }, styles.muted);
            let rates = format!("{name} in {} out {}", words::rate(*received), words::rate(*sent));
            line.push(&rates, styles.text);
        }
        (!rates.is_empty()).then_some(line)
    }

    /// The last minutes of processors and network.
    fn past(&self, label: usize) -> Option<Strip> {
        let (scene, styles) = (self.scene, self.scene.styles);
        let history = &self.host.history;
        if history.len() < 2 {
            return None;
        }
        let columns = self.width.saturating_sub(label + 12) / 2;
        let most = history.iter().filter_map(|point| point.traffic).fold(0.0, f64::max);
        let traffic = |share: Option<f64>| share.map(|traffic| if most > 0.0 { traffic / most } else { 0.0 });
        let mut line = Strip::new().space(2);
        line.append(Strip::of("past", styles.muted).fit(label));
        let cpu: Vec<_> = history.iter().map(|point| point.cpu).collect();
        let net: Vec<_> = history.iter().map(|point| traffic(point.traffic)).collect();
        for (name, points) in [("cpu", cpu), ("net", net)] {
            let newest = &points[points.len().saturating_sub(columns)..];
            line.push(&format!(" {name} "), styles.muted);
            line.push(
                &newest.iter().map(|share| level(scene, *share)).collect::<String>(),
                styles.spark_good,
            );
        }
        Some(line)
    }
}

/// What is wrong, or cannot be told, in words.
pub(super) fn remarks(scene: &Scene<'_>, host: &Host) -> Vec<(String, Style)> {
    let styles = scene.styles;
    let mut remarks = Vec::new();
    if let Some(why) = host.broken() {
        remarks.push((format!("cannot be looked at: {why}"), styles.bad));
    }
    let Some((_, load)) = &host.seen else { return remarks };
    if host.broken().is_none() {
        let misses = load.misses.iter().map(|miss| format!("{}, saw {}", miss.expected, miss.saw));
        remarks.extend(misses.map(|text| (text, styles.bad)));
        let untold = load.untold.iter();
        let untold = untold.map(|miss| format!("{} cannot be told: {}", miss.expected, miss.saw));
        remarks.extend(untold.map(|text| (text, styles.warning)));
        remarks.extend(load.remarks.iter().map(|text| (text.clone(), styles.warning)));
    }
    let bad = host.outlooks.iter().filter(|outlook| outlook.is_bad());
    remarks.extend(bad.map(|outlook: &Outlook| (outlook.words(), styles.bad)));
    remarks
}

/// The style of a share that is taken.
pub(super) fn taken(scene: &Scene<'_>, share: f64) -> Style {
    match share {
        share if share >= TIGHT.1 => scene.styles.bad,
        share if share >= TIGHT.0 => scene.styles.warning,
        _ => scene.styles.bar,
    }
}

/// Processors: whole, or with a fraction where a limit has one.
pub(super) fn cpus(cpus: f64) -> String {
    if cpus.fract() == 0.0 { format!("{cpus:.0}") } else { format!("{cpus:.1}") }
}

fn level(scene: &Scene<'_>, share: Option<f64>) -> &'static str {
    match share {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 7")]
        Some(share) => scene.glyphs.spark[(share.clamp(0.0, 1.0) * 7.0).round() as usize],
        None => scene.glyphs.spark_gap,
    }
}

/// Memory in words: what is taken of what, and what sets the limit.
pub(super) fn memory(load: &Load) -> String {
    let memory = &load.memory;
    let share = memory.share().map(|share| format!("{}, ", text::percent(share))).unwrap_or_default();
    let limit = if memory.limited { ", the control group's limit" } else { "" };
    format!("{share}{} of {}{limit}", text::size(memory.used), text::size(memory.total))
}
