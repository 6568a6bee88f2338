//! Which file systems are looked at, and how full they are.

use super::kernel::Mount;
use crate::sample::host::lies_on;

/// File systems of disks that name no device in `/dev` as their source.
const POOLED: [&str; 3] = ["zfs", "bcachefs", "btrfs"];

/// Images: always full, never written.
const IMAGES: [&str; 5] = ["squashfs", "iso9660", "erofs", "cramfs", "udf"];

/// Mounts looked at, each with a thread of its own: more than any pane shows.
pub(super) const MOUNTS: usize = 64;

/// A file system to be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// The mount's number: a new mount at an old place is another.
    pub(super) id: u32,
    /// Where it is mounted.
    pub(super) point: String,
    /// Its type.
    pub(super) kind: String,
}

/// How full a file system is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Space {
    pub(super) total: u64,
    pub(super) free: u64,
    pub(super) inodes: u64,
    pub(super) inodes_free: u64,
}

/// What the settings ask for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// Every file system on a disk of this machine.
    pub(super) local: bool,
    /// Mounts, whatever they are.
    pub(super) mounts: &'a [String],
    /// Paths: the file systems they lie on.
    pub(super) paths: &'a [String],
}

/// The places to look at, in the order of their names, and what is wanted and not there, each a clause.
pub(super) fn choose(mounts: &[Mount], wanted: Wanted<'_>) -> (Vec<Place>, Vec<String>) {
    let mut chosen: Vec<&Mount> = Vec::new();
    let mut missing = Vec::new();
    if wanted.local {
        let mut local: Vec<&Mount> = mounts.iter().filter(|mount| is_local(mount)).collect();
        // Of several mounts of one thing the whole before its parts, the short name before the long.
        local.sort_by_key(|mount| (mount.root.len(), mount.point.len(), &mount.point));
        for mount in local {
            let is_same = |other: &&Mount| {
                other.device == mount.device || is_device(other) && other.source == mount.source
            };
            if !chosen.iter().any(is_same) {
                chosen.push(mount);
            }
        }
    }
    let mut add = |found: Option<&'_ Mount>| -> bool {
        let Some(found) = found.and_then(|found| mounts.iter().find(|mount| mount.id == found.id)) else {
            return false;
        };
        if !chosen.iter().any(|mount| mount.id == found.id) {
            chosen.push(found);
        }
        true
    };
    for point in wanted.mounts {
        let trimmed = if point.len() > 1 { point.trim_end_matches('/') } else { point };
        if !add(mounts.iter().find(|mount| mount.point == trimmed)) {
            missing.push(format!("nothing is mounted at {point}"));
        }
    }
    for path in wanted.paths {
        let above = mounts.iter().filter(|mount| lies_on(path, &mount.point));
        add(above.max_by_key(|mount| mount.point.len()));
    }
    chosen.sort_by(|a, b| a.point.cmp(&b.point));
    if chosen.len() > MOUNTS {
        missing.push(format!(
            "{} more file systems are not looked at; name those that matter",
            chosen.len() - MOUNTS
        ));
        chosen.truncate(MOUNTS);
    }
    let place = |mount: &Mount| Place { id: mount.id, point: mount.point.clone(), kind: mount.kind.clone() };
    (chosen.into_iter().map(place).collect(), missing)
}

/// On a disk, and nothing that can hang for a network's sake; a container's root is what its disk is to it.
fn is_local(mount: &Mount) -> bool {
    let is_root = mount.point == "/" && mount.kind != "rootfs";
    let is_pooled = POOLED.contains(&mount.kind.as_str());
    (is_root || is_pooled || is_device(mount) && !mount.kind.starts_with("fuse."))
        && !IMAGES.contains(&mount.kind.as_str())
        && !is_file(mount)
}

fn is_device(mount: &Mount) -> bool {
    mount.source.starts_with("/dev/")
}

/// A container's `/etc/hosts` and the like: single files of the host's disk.
fn is_file(mount: &Mount) -> bool {
    mount.root != "/" && ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"].contains(&mount.point.as_str())
}

/// Asks the system; may never come back.
pub(super) fn ask(point: &str) -> Result<Space, String> {
    let seen = rustix::fs::statvfs(point).map_err(|error| super::plain(&error.into()))?;
    let bytes = |blocks: u64| blocks.saturating_mul(seen.f_frsize);
    let used = seen.f_blocks.saturating_sub(seen.f_bfree);
    Ok(Space {
        total: bytes(used.saturating_add(seen.f_bavail)),
        free: bytes(seen.f_bavail),
        inodes: seen.f_files,
        inodes_free: seen.f_ffree,
    })
}

/// What `df -P -k` and after it `df -P -i` print of one file system.
pub(super) fn parse(text: &str) -> Result<Space, String> {
    let mut rows = text.lines().filter_map(row);
    let [_, used, free] = rows.next().ok_or("df says nothing that can be read")?;
    let [inodes, _, inodes_free] = rows.next().unwrap_or_default();
    let bytes = |blocks: u64| blocks.saturating_mul(1024);
    Ok(Space { total: bytes(used.saturating_add(free)), free: bytes(free), inodes, inodes_free })
}

/// The three numbers before the percentage; names before and after them may hold blanks.
fn row(line: &str) -> Option<[u64; 3]> {
    let words: Vec<&str> = line.split_whitespace().collect();
    words.windows(4).find_map(|four| {
        let [a, b, c, percent] = four else { return None };
        let is_percent = *percent == "-" || percent.strip_suffix('%')?.parse::<u64>().is_ok();
        is_percent.then_some([a.parse().ok()?, b.parse().ok()?, c.parse().ok()?])
    })
}

#[cfg(test)]
mod tests {
    use super::super::kernel::mounts;
    use super::*;

    fn chosen(text: &str, wanted: Wanted<'_>) -> (Vec<String>, Vec<String>) {
        let (places, missing) = choose(&mounts(text), wanted);
        (places.into_iter().map(|place| place.point).collect(), missing)
    }

    const LOCAL: Wanted<'static> = Wanted { local: true, mounts: &[], paths: &[] };

    const HOST: &str = "1 0 0:21 / /proc rw - proc proc rw\n\
        2 0 0:22 / /run rw - tmpfs tmpfs rw\n\
        3 0 8:1 / / rw - ext4 /dev/sda1 rw\n\
        4 3 8:1 /var/lib/bind /srv/bind rw - ext4 /dev/sda1 rw\n\
        5 3 8:2 / /data rw - xfs /dev/sdb rw\n\
        6 3 0:40 / /mnt/nas rw - nfs4 nas:/export rw\n\
        7 3 0:41 / /mnt/bucket rw - fuse.s3fs s3fs rw\n\
        8 3 7:0 / /snap/core/1 ro - squashfs /dev/loop0 ro\n\
        9 3 0:42 / /tank rw - zfs tank rw\n\
        10 3 0:43 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw\n\
        11 3 0:44 /@home /home rw - btrfs /dev/sdc rw\n\
        12 3 0:45 /@srv /srv rw - btrfs /dev/sdc rw\n";

    #[test]
    fn disks_once_each_and_nothing_that_is_none() {
        let (points, missing) = chosen(HOST, LOCAL);
        assert_eq!(points, ["/", "/data", "/srv", "/tank"]);
        assert!(missing.is_empty());
    }

    #[test]
    fn network_mounts_only_by_name() {
        let mounts = ["/mnt/nas/".to_owned(), "/mnt/none".to_owned(), "/data".to_owned()];
        let (points, missing) = chosen(HOST, Wanted { local: false, mounts: &mounts, paths: &[] });
        assert_eq!(points, ["/data", "/mnt/nas"]);
        assert_eq!(missing, ["nothing is mounted at /mnt/none"]);
    }

    #[test]
    fn a_path_brings_what_it_lies_on_whatever_that_is() {
        let paths = ["/mnt/bucket/assets".to_owned(), "/data/blobs".to_owned()];
        let (points, _) = chosen(HOST, Wanted { local: true, mounts: &[], paths: &paths });
        assert_eq!(points, ["/", "/data", "/mnt/bucket", "/srv", "/tank"]);
    }

    #[test]
    fn a_containers_root_is_its_disk() {
        let text = "1 0 0:50 / / rw - overlay overlay rw\n\
            2 1 8:1 /docker/abc/hosts /etc/hosts rw - ext4 /dev/sda1 rw\n3 1 8:1 /vol/_data /data rw - ext4 /dev/sda1 rw\n";
        assert_eq!(chosen(text, LOCAL).0, ["/", "/data"]);
    }

    #[test]
    fn too_many_are_counted_not_hidden() {
        let lines = (0..70).map(|n| format!("{n} 0 8:{n} / /d{n:02} rw - ext4 /dev/sd{n} rw\n"));
        let text = lines.collect::<Vec<_>>().concat();
        let (points, missing) = chosen(&text, LOCAL);
        assert_eq!(points.len(), MOUNTS);
        assert_eq!(missing, ["6 more file systems are not looked at; name those that matter"]);
    }

    #[test]
    fn df_with_blanks_in_names_and_without_inodes() {
        let text = "Filesystem 1024-blocks Used Available Capacity Mounted on\n\
            //nas/my share 1000 300 600 34% /mnt/two words\n\
            Filesystem Inodes IUsed IFree IUse% Mounted on\n\
            //nas/my share 50 20 30 40% /mnt/two words\n";
        let space = parse(text).unwrap();
        assert_eq!(space, Space { total: 921_600, free: 614_400, inodes: 50, inodes_free: 30 });
        let space =
            parse("Filesystem 1024-blocks Used Available Capacity Mounted on\nnone 0 0 0 - /x\n").unwrap();
        assert_eq!(space, Space::default());
        assert!(parse("df: /x: Stale file handle\n").is_err());
    }

    #[test]
    fn the_system_answers_for_the_root_and_says_why_not() {
        let space = ask("/").unwrap();
        assert!(space.total > 0 && space.free <= space.total);
        assert_eq!(ask("/nonexistent/mount"), Err("no such file or directory".to_owned()));
    }
}
