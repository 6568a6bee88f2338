//! Every adapter on real bytes, and on any bytes.

use std::fmt::Write as _;
use std::path::Path;

use chrono::TimeZone;
use proptest::prelude::*;

use super::super::units;
use super::*;
use crate::sample::copy::{Count, End, Stage};

mod forms;

fn now() -> Stamp {
    let up = Duration::from_secs(1_000_000);
    Stamp { wall: Utc.with_ymd_and_hms(2026, 11, 21, 6, 0, 0).unwrap(), offset: 0, mono: up, boot: up }
}

fn sample(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/copy").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn new(format: &str) -> Box<dyn Adapter> {
    adapter(&format.parse().unwrap(), Told::default(), Arc::default())
}

fn count(count: Count) -> String {
    let part = |part: Option<u64>| part.map_or("?".to_owned(), |part| part.to_string());
    format!("{}/{}", part(count.done), part(count.total))
}

/// All that matters of a progress in one line.
fn brief(progress: &Progress) -> String {
    let mut out = match &progress.stage {
        Stage::Ended(End::WithErrors(why)) => format!("with errors ({why})"),
        Stage::Ended(End::Failed(why)) => format!("failed ({why})"),
        Stage::Ended(end) => format!("{end:?}").to_lowercase(),
        stage => format!("{stage:?}").to_lowercase(),
    };
    if progress.bytes != Count::default() {
        write!(out, ", {} bytes", count(progress.bytes)).unwrap();
    }
    if progress.objects != Count::default() {
        write!(out, ", {} {}", count(progress.objects), progress.unit).unwrap();
    }
    if let Some(percent) = progress.percent {
        write!(out, ", {percent:.1}%").unwrap();
    }
    if let Some(rate) = progress.rate {
        write!(out, ", {rate:.0} B/s").unwrap();
    }
    if let Some(left) = progress.left {
        write!(out, ", {left:?} left").unwrap();
    }
    for (what, number) in [("failed", progress.failed), ("skipped", progress.skipped)] {
        if let Some(number) = number.filter(|number| *number > 0) {
            write!(out, ", {number} {what}").unwrap();
        }
    }
    if let Some(lag) = progress.lag {
        write!(out, ", lag {:?} {:?}", lag.bytes, lag.time).unwrap();
    }
    if progress.throttled {
        out.push_str(", throttled");
    }
    if progress.restarts > 0 {
        write!(out, ", {} restarts", progress.restarts).unwrap();
    }
    if !progress.total_is_final && !matches!(progress.stage, Stage::Ended(_)) {
        out.push_str(", not final");
    }
    out
}

/// Fed at once, then ended with a code, unless the process goes on.
fn fed(format: &str, bytes: &[u8], code: Option<i32>) -> Box<dyn Adapter> {
    let mut adapter = new(format);
    adapter.feed(bytes, now());
    if code.is_some() {
        adapter.end(code);
    }
    adapter
}

/// What adapters make of bytes: format, bytes, exit code, what they say.
fn expect(table: &[(&str, &[u8], Option<i32>, &str)]) {
    for (format, bytes, code, expected) in table {
        let adapter = fed(format, bytes, *code);
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
        assert_eq!(brief(adapter.progress()), *expected, "{format}, exit {code:?}: {start}");
    }
}

/// The tools' real output: the file, its format, what is made of it before its exit, the exit code, and after it.
const REAL: &[(&str, &str, &str, i32, &str)] = &[
    (
        "aws_s3_cp.txt",
        "aws-s3",
        "running, 299997594/299997594 bytes, 1/1 files, 12478054 B/s",
        0,
        "finished, 299997594/299997594 bytes, 1/1 files",
    ),
    (
        "aws_s3_sync.txt",
        "aws-s3",
        "running, 48024781/48024781 bytes, 308/308 files, 9961472 B/s",
        0,
        "finished, 48024781/48024781 bytes, 308/308 files",
    ),
    (
        "azcopy_copy_failed_json.txt",
        "azcopy",
        "failed (all 2 failed), 0/4 bytes, 0/2 files, 0.0%, 2 failed",
        1,
        "failed (all 2 failed), 0/4 bytes, 0/2 files, 0.0%, 2 failed",
    ),
    (
        "azcopy_copy_json.txt",
        "azcopy",
        "finished, 48001092/48001092 bytes, 308/308 files, 100.0%",
        0,
        "finished, 48001092/48001092 bytes, 308/308 files, 100.0%",
    ),
    (
        "azcopy_copy_skipped_json.txt",
        "azcopy",
        "finished, 0/48001092 bytes, 0/308 files, 0.0%, 308 skipped",
        0,
        "finished, 0/48001092 bytes, 0/308 files, 0.0%, 308 skipped",
    ),
    (
        "azcopy_copy_text.txt",
        "azcopy",
        "finished, 300000000/? bytes, 1/1 files, 100.0%",
        0,
        "finished, 300000000/? bytes, 1/1 files, 100.0%",
    ),
    (
        "azcopy_sync_text.txt",
        "azcopy",
        "finished, 0/? bytes, 0/0 files, 100.0%",
        0,
        "finished, 0/? bytes, 0/0 files, 100.0%",
    ),
    (
        "azcopy_job.log",
        "azcopy",
        "finished, 300000000/? bytes, 1/1 files, 100.0%",
        0,
        "finished, 300000000/? bytes, 1/1 files, 100.0%",
    ),
    (
        "azcopy_log_progress_lines.txt",
        "azcopy",
        "running, 1/1 files, 100.0%, 687750 B/s",
        0,
        "finished, 1/1 files, 100.0%",
    ),
    // Its exit is not the job's.
    (
        "azcopy_jobs_show_running.json",
        "azcopy",
        "scanning, 18001092/48001092 bytes, 303/308 files, 37.5%, not final",
        0,
        "scanning, 18001092/48001092 bytes, 303/308 files, 37.5%, not final",
    ),
    (
        "azcopy_jobs_show_done.json",
        "azcopy",
        "finished, 48001092/48001092 bytes, 308/308 files, 100.0%",
        0,
        "finished, 48001092/48001092 bytes, 308/308 files, 100.0%",
    ),
    (
        "azcopy_jobs_show_text.txt",
        "azcopy",
        "finished, 48001092/? bytes, 308/308 files, 100.0%",
        0,
        "finished, 48001092/? bytes, 308/308 files, 100.0%",
    ),
    (
        "dd_progress.txt",
        "dd",
        "running, 3145728000/? bytes, 137000000 B/s, not final",
        0,
        "finished, 3145728000/? bytes",
    ),
    (
        "gsutil_cp_local.txt",
        "gsutil",
        "finished, 305974477/305974477 bytes, 2/? files",
        0,
        "finished, 305974477/305974477 bytes, 2/? files",
    ),
    (
        "gsutil_m_cp_local.txt",
        "gsutil",
        "finished, 72037171/72037171 bytes, 1800/1800 files, 100.0%",
        0,
        "finished, 72037171/72037171 bytes, 1800/1800 files, 100.0%",
    ),
    (
        "pg_basebackup.txt",
        "pg_basebackup",
        "running, 752797696/752797696 bytes, 1/1 tablespaces, 100.0%",
        0,
        "finished, 752797696/752797696 bytes, 1/1 tablespaces, 100.0%",
    ),
    ("pg_dump_v.txt", "pg_dump", "running, 1/? tables, not final", 0, "finished, 2/? tables"),
    ("pg_restore_v.txt", "pg_restore", "running, 4/? items, not final", 0, "finished, 4/? items"),
    (
        "pg_stat_progress_copy_file.txt",
        "postgres",
        "running, 69271552/100400056 bytes, 2218999/? rows",
        0,
        "running, 69271552/100400056 bytes, 2218999/? rows",
    ),
    (
        "pg_stat_progress_copy_stdin.txt",
        "postgres",
        "running, 6494908/? bytes, 216681/? rows, not final",
        0,
        "running, 6494908/? bytes, 216681/? rows, not final",
    ),
    (
        "pg_stat_progress_create_index.txt",
        "postgres",
        "running, 123215872/192757760 bytes, 15041/23530 blocks",
        0,
        "running, 123215872/192757760 bytes, 15041/23530 blocks",
    ),
    (
        "pg_logical.txt",
        "postgres",
        "running, 1/1 tables, lag Some(10252200) Some(9.04ms)",
        0,
        "running, 1/1 tables, lag Some(10252200) Some(9.04ms)",
    ),
    (
        "progress_q.txt",
        "progress",
        "running, 1048576/299997594 bytes, 0.4%",
        0,
        "running, 1048576/299997594 bytes, 0.4%",
    ),
    (
        "progress_w.txt",
        "progress",
        "running, 2411725/299997594 bytes, 0.8%, 1153434 B/s, 257s left",
        0,
        "running, 2411725/299997594 bytes, 0.8%, 1153434 B/s, 257s left",
    ),
    (
        "pv_f_known.txt",
        "pv",
        "running, 29989274/? bytes, 100.0%, 12687770 B/s, not final",
        0,
        "finished, 29989274/? bytes, 100.0%",
    ),
    (
        "pv_d.txt",
        "pv",
        "running, 138412032/? bytes, 46.0%, 62390272 B/s, 2s left, not final",
        0,
        "finished, 138412032/? bytes, 46.0%",
    ),
    (
        "rclone_core_stats.json",
        "rclone",
        "scanning, 25687552/48001092 bytes, 4/8 files, 12692831 B/s, 1s left, not final",
        0,
        "finished, 25687552/48001092 bytes, 4/8 files",
    ),
    (
        "rclone_json.log",
        "rclone",
        "running, 48001092/48001092 bytes, 308/308 files, 12658079 B/s, 0ns left",
        0,
        "finished, 48001092/48001092 bytes, 308/308 files",
    ),
    (
        "rsync_irchk.txt",
        "rsync",
        "finished, 72000000/? bytes, 1981/1981 files, 100.0%",
        0,
        "finished, 72000000/? bytes, 1981/1981 files, 100.0%",
    ),
    (
        "rsync_nochange.txt",
        "rsync",
        "finished, 0/? bytes, 1981/1981 files, 0.0%",
        0,
        "finished, 0/? bytes, 1981/1981 files, 0.0%",
    ),
    (
        "rsync_rerun.txt",
        "rsync",
        "finished, 150008/? bytes, 1981/1981 files, 0.0%",
        0,
        "finished, 150008/? bytes, 1981/1981 files, 0.0%",
    ),
    (
        "rsync_progress2.txt",
        "rsync",
        "finished, 48001092/? bytes, 311/311 files, 100.0%",
        0,
        "finished, 48001092/? bytes, 311/311 files, 100.0%",
    ),
    (
        "rsync_progress2_noinc.txt",
        "rsync",
        "finished, 48001092/? bytes, 311/311 files, 100.0%",
        0,
        "finished, 48001092/? bytes, 311/311 files, 100.0%",
    ),
    (
        "s5cmd_progress.txt",
        "s5cmd",
        "finished, 300000000/300000000 bytes, 1/1 files, 100.0%",
        0,
        "finished, 300000000/300000000 bytes, 1/1 files, 100.0%",
    ),
    (
        "s5cmd_progress_clean.txt",
        "s5cmd",
        "finished, 300000000/300000000 bytes, 1/1 files, 100.0%",
        0,
        "finished, 300000000/300000000 bytes, 1/1 files, 100.0%",
    ),
    (
        "s5cmd_progress_pty.txt",
        "s5cmd",
        "finished, 300000000/300000000 bytes, 1/1 files, 100.0%",
        0,
        "finished, 300000000/300000000 bytes, 1/1 files, 100.0%",
    ),
    (
        "s5cmd_json_lines.txt",
        "s5cmd",
        "with errors (1 failed), 6000000/? bytes, 1/? files, 1 failed",
        0,
        "with errors (1 failed), 6000000/? bytes, 1/? files, 1 failed",
    ),
];

#[test]
fn real_bytes() {
    for &(name, format, before, code, after) in REAL {
        let bytes = sample(name);
        let expected: Format = format.parse().unwrap();
        let guessed = Format::guess(&bytes);
        assert_eq!(format!("{guessed:?}"), format!("{:?}", Some(expected)), "{name}");
        for format in [format, "auto"] {
            let mut adapter = fed(format, &bytes, None);
            assert_eq!(brief(adapter.progress()), before, "{name} as {format}");
            adapter.end(Some(code));
            assert_eq!(brief(adapter.progress()), after, "{name} as {format}, exit {code}");
            assert_eq!(adapter.progress().restarts, 0, "{name}");
        }
    }
}

/// Tools that died say nothing of it: their last word stands, and none of them is an end.
#[test]
fn what_was_killed_has_not_ended() {
    for (name, format) in [
        ("aws_s3_cp.txt", "aws-s3"),
        ("azcopy_copy_json.txt", "azcopy"),
        ("azcopy_job.log", "azcopy"),
        ("dd_progress.txt", "dd"),
        ("gsutil_m_cp_local.txt", "gsutil"),
        ("pg_restore_v.txt", "pg_restore"),
        ("pv_f_known.txt", "pv"),
        ("rclone_json.log", "rclone"),
        ("rsync_progress2.txt", "rsync"),
        ("s5cmd_progress.txt", "s5cmd"),
    ] {
        let bytes = sample(name);
        for code in [None, Some(137)] {
            let mut adapter = fed(format, &bytes[..bytes.len() / 3], None);
            adapter.end(code);
            let stage = adapter.progress().stage.clone();
            assert!(matches!(stage, Stage::Running | Stage::Scanning), "{name} {code:?}: {stage:?}");
        }
        let adapter = fed(format, &bytes[..bytes.len() / 3], Some(143));
        assert_eq!(adapter.progress().stage, Stage::Ended(End::Cancelled), "{name}");
    }
}

#[test]
fn formats_have_names() {
    for name in Format::names() {
        name.parse::<Format>().unwrap();
    }
    for (name, same) in
        [("AWS S3", "aws-s3"), ("pg-restore", "pg_restore"), ("mongodump", "mongo"), ("gcloud", "gsutil")]
    {
        assert_eq!(
            format!("{:?}", name.parse::<Format>()),
            format!("{:?}", same.parse::<Format>()),
            "{name}"
        );
    }
    let unknown = "rsnyc".parse::<Format>().unwrap_err().to_string();
    assert!(
        unknown.starts_with("`rsnyc` is no format, did you mean `rsync`?; give one of auto, rclone"),
        "{unknown}"
    );
    assert!(Format::guess(b"hello\n12\n100\n").is_none());
}

#[test]
fn the_plan_tells_totals_that_a_tool_does_not() {
    let told = Told { objects: None, bytes: Some(400_000_000) };
    let mut adapter = adapter(&Format::Dd, told, Arc::default());
    adapter.feed(b"\r244318208 bytes (244 MB, 233 MiB) copied, 2 s, 122 MB/s", now());
    assert_eq!(brief(adapter.progress()), "running, 244318208/400000000 bytes, 122000000 B/s");
}

#[test]
fn secrets_never_stay() {
    let redactor = Arc::new(Redactor::new(["hunter22"]));
    for (format, words) in [
        (
            "azcopy",
            "2026/11/20 22:33:23 ERR: [P#0-T#1] COPYFAILED: https://h/c/a?sv=1&sig=SECRET%3D : 403 : hunter22\n",
        ),
        ("aws-s3", "upload failed: a to s3://b/a hunter22 https://h/a?X-Amz-Signature=SECRET no\n"),
        (
            "rclone",
            "{\"level\":\"error\",\"msg\":\"https://h/a?sig=SECRET hunter22\",\"object\":\"a\",\"source\":\"s\"}\n",
        ),
        ("json", "{\"done\":1,\"error\":\"token=SECRET hunter22 \\u001b]52;c;eA==\\u0007\"}\n"),
    ] {
        let mut adapter = adapter(&format.parse().unwrap(), Told::default(), Arc::clone(&redactor));
        adapter.feed(words.as_bytes(), now());
        let errors = adapter.progress().errors.join(" ");
        assert!(
            !errors.is_empty() && !errors.contains("SECRET") && !errors.contains("hunter22"),
            "{format}: {errors}"
        );
        assert!(!errors.chars().any(char::is_control), "{format}: {errors}");
    }
}

/// Samples cut to a length that random cuts can cover.
const CORPUS: [(&str, &str); 20] = [
    ("aws_s3_sync.txt", "aws-s3"),
    ("azcopy_copy_json.txt", "azcopy"),
    ("azcopy_copy_failed_json.txt", "azcopy"),
    ("azcopy_copy_text.txt", "azcopy"),
    ("azcopy_job.log", "azcopy"),
    ("azcopy_jobs_show_running.json", "azcopy"),
    ("dd_progress.txt", "dd"),
    ("gsutil_m_cp_local.txt", "gsutil"),
    ("pg_basebackup.txt", "pg_basebackup"),
    ("pg_restore_v.txt", "pg_restore"),
    ("pg_logical.txt", "postgres"),
    ("pg_stat_progress_copy_stdin.txt", "postgres"),
    ("progress_w.txt", "progress"),
    ("pv_d.txt", "pv"),
    ("pv_f_known.txt", "pv"),
    ("rclone_json.log", "rclone"),
    ("rsync_irchk.txt", "rsync"),
    ("s5cmd_json_lines.txt", "s5cmd"),
    ("s5cmd_progress.txt", "s5cmd"),
    ("s5cmd_progress_pty.txt", "s5cmd"),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn cuts_change_nothing(
        which in 0..CORPUS.len(),
        from in 0.0..1.0_f64,
        auto in any::<bool>(),
        mut cuts in prop::collection::vec(0_usize..3000, 0..12),
        noise in prop::collection::vec((0_usize..3000, any::<u8>()), 0..6),
        code in prop::option::of(0..160),
    ) {
        let (name, format) = CORPUS[which];
        let all = sample(name);
        let start = units::to_whole(from * all.len() as f64).map_or(0, |at| usize::try_from(at).unwrap());
        let mut bytes = all[start..all.len().min(start + 3000)].to_vec();
        for (at, byte) in noise {
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        for cut in &mut cuts {
            *cut = (*cut).min(bytes.len());
        }
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let format = if auto { "auto" } else { format };
        let (mut whole, mut pieces) = (new(format), new(format));
        whole.feed(&bytes, now());
        for pair in cuts.windows(2) {
            pieces.feed(&bytes[pair[0]..pair[1]], now());
        }
        prop_assert_eq!(whole.progress(), pieces.progress());
        prop_assert_eq!(whole.quiet(), pieces.quiet());
        whole.end(code);
        pieces.end(code);
        prop_assert_eq!(whole.progress(), pieces.progress());
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400), words in "(\\PC|[\r\n{}\"%(),.: 0-9])*") {
        for format in Format::names() {
            let mut adapter = new(format);
            adapter.feed(&bytes, now());
            adapter.feed(words.as_bytes(), now());
            adapter.end(None);
            prop_assert!(adapter.progress().errors.len() < 20);
        }
    }
}
