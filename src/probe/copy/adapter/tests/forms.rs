//! Each tool's words in all the forms that are known of it.

use super::*;

#[test]
fn azcopy_in_all_its_forms() {
    let job = |status: &str, numbers: &str| {
        let content = format!("{{\"JobStatus\":\"{status}\",{numbers}}}");
        format!("{{\"MessageType\":\"Progress\",\"MessageContent\":{}}}\n", serde_json::Value::from(content))
    };
    let some = "\"CompleteJobOrdered\":true,\"TotalTransfers\":\"9\",\"TransfersCompleted\":\"7\",\"TransfersFailed\":\"2\"";
    let line = |text: &str| format!("\r{text}");
    expect(&[
        ("azcopy", job("CompletedWithErrors", some).as_bytes(), Some(1), "with errors (2 failed), 7/9 files, 2 failed"),
        ("azcopy", job("Failed", some).as_bytes(), Some(1), "with errors (2 failed), 7/9 files, 2 failed"),
        ("azcopy", job("Cancelled", some).as_bytes(), Some(1), "cancelled, 7/9 files, 2 failed"),
        ("azcopy", job("Paused", some).as_bytes(), None, "running, 7/9 files, 2 failed, throttled"),
        ("azcopy", job("InProgress", some).as_bytes(), Some(1), "with errors (2 failed), 7/9 files, 2 failed"),
        ("azcopy", line("5.6 %, 0 Done, 0 Failed, 1 Pending, 0 Skipped, 1 Total, 2-sec Throughput (Mb/s): 218.4267").as_bytes(), None,
            "running, 0/1 files, 5.6%, 27303338 B/s"),
        ("azcopy", line("NaN %, 0 Done, 0 Failed, 0 Pending, 0 Total, 2-sec Throughput (MB/s): 2\n").as_bytes(), None,
            "running, 0/0 files, 2000000 B/s"),
        ("azcopy", line("9.1 %, 3 Done, 1 Failed, 8 Pending, 2 Skipped, 14 Total (scanning...), \n").as_bytes(), None,
            "scanning, 3/14 files, 9.1%, 1 failed, 2 skipped, not final"),
        ("azcopy", line("9.1 %, 3 Done, 0 Failed, 8 Pending, 2 Skipped, 13 Total, 2-sec Throughput (Mb/s): 8 (Disk may be limiting speed)\n").as_bytes(), None,
            "running, 3/13 files, 9.1%, 1000000 B/s, 2 skipped"),
        // A total that may go on is not read ahead.
        ("azcopy", b"\r9.1 %, 3 Done, 0 Failed, 8 Pending, 2 Skipped, 1", None, "unknown, not final"),
        ("azcopy", b"WARN: more than one AzCopy process is running.\n{\"MessageType\":\"Error\",\"MessageContent\":\"failed to perform copy command due to error: no\"}\n", Some(1),
            "failed (failed to perform copy command due to error: no)"),
        ("azcopy", b"{\"MessageType\":\"Progress\",\"MessageContent\":\"{\\\"FilesScannedAtSource\\\":\\\"5\\\",\\\"FilesScannedAtDestination\\\":7}\"}", None,
            "scanning, not final"),
    ]);
}

#[test]
fn azcopy_lists_more_failures_than_a_record_may_hold() {
    let one =
        "{\\\"Src\\\":\\\"https://h/c/a?sig=abcdefgh\\\",\\\"ErrorCode\\\":\\\"403\\\"},".repeat(30_000);
    let record = format!(
        "{{\"MessageType\":\"Progress\",\"MessageContent\":\"{{\\\"JobStatus\\\":\\\"CompletedWithErrors\\\",\\\"TotalTransfers\\\":\\\"30001\\\",\\\"TransfersCompleted\\\":\\\"1\\\",\\\"TransfersFailed\\\":\\\"30000\\\",\\\"FailedTransfers\\\":[{one}]}}\"}}\n"
    );
    let adapter = fed("azcopy", record.as_bytes(), None);
    assert_eq!(brief(adapter.progress()), "with errors (30000 failed), 1/30001 files, 30000 failed");
    let short = record.replace(&one, &one[..one.len() / 30_000 - 1]);
    assert_eq!(fed("azcopy", short.as_bytes(), None).progress().errors, ["https://h/c/a: 403"]);
}

#[test]
fn azcopy_speaks_seldom_of_a_million_and_goes_on_in_its_log_when_resumed() {
    let line = |total: u64| {
        format!("\r1.0 %, 5 Done, 0 Failed, 9 Pending, 0 Skipped, {total} Total, 2-sec Throughput (Mb/s): 1")
    };
    assert_eq!(fed("azcopy", line(999_999).as_bytes(), None).quiet(), LIVELY);
    // Read ahead: the line end comes two minutes later.
    assert_eq!(fed("azcopy", line(1_000_000).as_bytes(), None).quiet(), Duration::from_mins(6));
    assert_eq!(new("azcopy").quiet(), Duration::from_mins(10));
    let log = sample("azcopy_job.log");
    let mut adapter = fed("azcopy", &log, Some(0));
    adapter.feed(&log[..9000], now());
    assert_eq!(adapter.progress().restarts, 1);
    assert_eq!(adapter.progress().remarks, ["its counters began anew"]);
}

#[test]
fn a_logs_past_keeps_its_own_time_and_what_comes_later_does_not() {
    let mut adapter = new("azcopy");
    let before = now();
    adapter.feed(&sample("azcopy_log_progress_lines.txt"), before);
    assert_eq!(adapter.updated().unwrap().wall, Utc.with_ymd_and_hms(2026, 11, 20, 22, 34, 45).unwrap());
    assert_eq!(before.since(&adapter.updated().unwrap()), Duration::from_secs(26_715));
    let mut later = now();
    later.boot += Duration::from_mins(1);
    adapter.feed(&sample("azcopy_log_progress_lines.txt"), later);
    assert_eq!(adapter.updated(), Some(later));
}

#[test]
fn rclone_in_all_its_forms() {
    let stats = |n: u64, total: u64, errors: u64| {
        format!(
            "{{\"level\":\"info\",\"msg\":\"x\",\"source\":\"s\",\"stats\":{{\"bytes\":{n}0,\"totalBytes\":{total}0,\"transfers\":{n},\"totalTransfers\":{total},\"errors\":{errors},\"speed\":0,\"eta\":null,\"elapsedTime\":{n}.5}}}}\n"
        )
    };
    let steady = stats(1, 9, 0) + &stats(2, 9, 0) + &stats(3, 9, 0) + &stats(4, 9, 0);
    let growing = steady.clone() + &stats(5, 12, 0);
    let backlog = stats(1, 20_000, 0) + &stats(2, 20_000, 0) + &stats(3, 20_000, 0) + &stats(4, 20_000, 0);
    let retried = stats(8, 9, 1)
        + "{\"level\":\"error\",\"msg\":\"Attempt 1/3 failed with 1 errors and: no\",\"source\":\"s\"}\n"
        + &stats(9, 9, 0);
    let failed =
        stats(8, 9, 1) + "2026/11/20 22:14:23 Failed to copy: mkdir /proc/nope: no such file or directory\n";
    expect(&[
        ("rclone", steady.as_bytes(), None, "running, 40/90 bytes, 4/9 files, 0 B/s"),
        ("rclone", growing.as_bytes(), None, "scanning, 50/120 bytes, 5/12 files, 0 B/s, not final"),
        ("rclone", backlog.as_bytes(), None, "scanning, 40/200000 bytes, 4/20000 files, 0 B/s, not final"),
        ("rclone", retried.as_bytes(), Some(0), "finished, 90/90 bytes, 9/9 files, 1 restarts"),
        ("rclone", failed.as_bytes(), None,
            "with errors (1 failed), 80/90 bytes, 8/9 files, 1 failed"),
        ("rclone", failed.as_bytes(), Some(1),
            "with errors (1 failed), 80/90 bytes, 8/9 files, 1 failed"),
        ("rclone", stats(8, 9, 1).as_bytes(), Some(6), "with errors (1 failed), 80/90 bytes, 8/9 files, 1 failed"),
        ("rclone", b"", Some(3), "failed (a folder was not found)"),
        ("rclone", stats(8, 9, 0).as_bytes(), Some(8), "with errors (it reached --max-transfer), 80/90 bytes, 8/9 files"),
        ("rclone", b"", Some(9), "finished"),
        ("rclone", b"2026/11/20 22:08:31 INFO  :    24.123 MiB / 45.777 MiB, 53%, 12.231 MiB/s, ETA 1s (xfr#4/308)\n", None,
            "scanning, 25294799/48000664 bytes, 4/308 files, 53.0%, 12825133 B/s, 1s left, not final"),
        ("rclone", b"2026/11/20 22:08:31 INFO  : \nTransferred:   \t   24.154 MiB / 45.777 MiB, 53%, 12.196 MiB/s, ETA 1s\nErrors:                 2 (retrying may help)\nTransferred:            4 / 308, 1%\nElapsed time:         2.1s\n", None,
            "scanning, 25327305/48000664 bytes, 4/308 files, 53.0%, 12788433 B/s, 1s left, 2 failed, not final"),
        ("rclone", b"{\"level\":\"info\",\"msg\":\"a log of something else\"}\n", None, "unknown, not final"),
    ]);
    assert_eq!(fed("rclone", steady.as_bytes(), None).quiet(), Duration::from_secs(4) * 3);
    assert_eq!(new("rclone").quiet(), Duration::from_mins(3));
    let retried = fed("rclone", retried.as_bytes(), None);
    assert_eq!(retried.progress().remarks, ["an attempt failed and it tries again: errors count from there"]);
}

#[test]
fn rsync_in_all_its_forms() {
    expect(&[
        ("rsync", b"\r     26,949,120  56%   12.00MB/s    0:00:01", None,
            "scanning, 26949120/? bytes, 56.0%, 12582912 B/s, 1s left, not final"),
        ("rsync", b"\r     30,000,000  62%   12.16MB/s    0:00:02 (xfr#5, to-chk=305/311)\r     30,000,000  62%   12.16MB/s    0:00:02  ", None,
            "running, 30000000/? bytes, 6/311 files, 62.0%, 12750684 B/s, 2s left"),
        ("rsync", b"\r      7,800,000  16%  389.86MB/s    0:00:00 (xfr#195, ir-chk=1039/1309)\r", None,
            "scanning, 7800000/? bytes, 270/1309 files, 16.0%, 408797839 B/s, not final"),
        ("rsync", b"         72.03M 100%  163.87MB/s    0:00:00 (xfr#1800, to-chk=0/1981)\n", None,
            "finished, 72030000/? bytes, 1981/1981 files, 100.0%"),
        ("rsync", b"     26.949.120  56%   12,00MB/s    0:00:01\r", None,
            "scanning, 26949120/? bytes, 56.0%, 12582912 B/s, 1s left, not final"),
        ("rsync", b"              5 117%    0.00kB/s   ??:??:??\r", None, "scanning, 5/? bytes, 117.0%, 0 B/s, not final"),
        ("rsync", b"rsync: [sender] send_files failed to open \"/a\": Permission denied (13)\n  5 100%  1.00kB/s  0:00:00 (xfr#1, to-chk=0/3)\nrsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1338) [sender=3.5.0]\n", Some(23),
            "with errors (1 failed), 5/? bytes, 3/3 files, 100.0%, 1 failed"),
        ("rsync", b"file has vanished: \"/a\"\n", Some(24), "with errors (some files vanished before they could be copied), 1 skipped"),
        ("rsync", b"", Some(20), "cancelled"),
        ("rsync", b"", Some(30), "failed (a time-out)"),
        ("rsync", b"", Some(99), "failed (rsync ended with 99)"),
        ("rsync", b"  50 10%  1.00kB/s  0:00:00 (xfr#9, to-chk=5/9)\r  5 10%  1.00kB/s  0:00:00 (xfr#1, to-chk=8/9)\r", None,
            "running, 5/? bytes, 1/9 files, 10.0%, 1024 B/s, 1 restarts"),
    ]);
    // The percentage of a run falls while it scans, and is kept as it is said.
    let mut adapter = new("rsync");
    let (mut falls, mut before) = (0, 0.0);
    for record in sample("rsync_irchk.txt").split_inclusive(|byte| *byte == b'\r') {
        adapter.feed(record, now());
        let percent = adapter.progress().percent.unwrap_or(before);
        falls += usize::from(percent < before);
        before = percent;
    }
    assert!(falls >= 5, "{falls}");
}

#[test]
fn tools_for_s3_in_all_their_forms() {
    expect(&[
        ("aws-s3", b"Completed 2 Bytes/~33 Bytes (105 Bytes/s) with ~9 file(s) remaining (calculating...)\r", None,
            "scanning, 2/33 bytes, 0/9 files, 105 B/s, not final"),
        ("aws-s3", b"Completed 311 Bytes/45.8 MiB (691 Bytes/s) with 228 file(s) remaining  \r", None,
            "running, 311/48024781 bytes, 0/228 files, 691 B/s"),
        ("aws-s3", b"Completed 3 file(s) with ~4 file(s) remaining (calculating...)\r", None, "scanning, 3/7 files, not final"),
        ("aws-s3", b"upload: a to s3://b/a\nupload failed: b to s3://b/b An error occurred (AccessDenied)\n", Some(1),
            "with errors (1 failed), 1/? files, 1 failed"),
        ("aws-s3", b"fatal error: An error occurred (NoSuchBucket)\n", Some(1), "failed (An error occurred (NoSuchBucket))"),
        ("aws-s3", b"warning: Skipping file /a. File does not exist.\nupload: b to s3://b/b\n", Some(2),
            "with errors (1 skipped), 1/? files, 1 skipped"),
        ("aws-s3", b"cancelled: ctrl-c received\n", Some(1), "cancelled"),
        ("aws-s3", b"", Some(0), "finished"),
        ("aws-s3", b"", Some(255), "failed (aws s3 ended with 255)"),
        ("aws-s3", b"Completed 9 Bytes/9 Bytes (1 Bytes/s) with 1 file(s) remaining\rupload failed: a\nCompleted 2 Bytes/9 Bytes (1 Bytes/s) with 1 file(s) remaining\r", None,
            "running, 2/9 bytes, 0/1 files, 1 B/s, 1 restarts"),
        ("s5cmd", "0.00%  ─── 0 B / 300.00 MB ? p/s ? (0/1)36.62%  ━── 109.87 MB / 300.00 MB ? p/s ? (0/1)".as_bytes(), None,
            "running, 109870000/300000000 bytes, 0/1 files, 36.6%, not final"),
        ("s5cmd", "100.00%  ━━━ 300.00 MB / 300.00 MB (274.79 MB/s) 0s left (0/1)".as_bytes(), None,
            "running, 300000000/300000000 bytes, 0/1 files, 100.0%, 274790000 B/s, 0ns left, not final"),
        ("s5cmd", b"cp a s3://b/a\nERROR \"cp b s3://b/b\": AccessDenied: no\n", Some(1), "with errors (1 failed), 1/? files, 1 failed"),
        ("s5cmd", b"ERROR \"cp b s3://b/b\": NoSuchBucket: no\n", Some(1), "failed (cp b s3://b/b: NoSuchBucket: no), 1 failed"),
        ("s5cmd", b"{\"operation\":\"cp\",\"success\":7,\"error\":2}", None, "with errors (2 failed), 7/? files, 2 failed"),
        ("s5cmd", b"Operation\tTotal\tError\tSuccess\t\ncp\t\t9\t2\t7\t\n", Some(1), "with errors (2 failed), 7/? files, 2 failed"),
        ("s5cmd", b"", Some(0), "finished"),
        ("gsutil", b"\\ [241/242 files][ 37.1 MiB/ 37.1 MiB]  99% Done   3.1 MiB/s ETA 00:00:00       \r", None,
            "running, 38902170/38902170 bytes, 241/242 files, 99.0%, 3250586 B/s, 0ns left, not final"),
        ("gsutil", b"/ [0 files][    0.0 B/286.1 MiB]      ", None, "running, 0/299997594 bytes, 0/? files, not final"),
        ("gsutil", b"/ [1 files][  1.0 MiB/  2.0 MiB]\rCommandException: 1 file/object could not be transferred.\n", Some(1),
            "with errors (1 failed), 1048576/2097152 bytes, 1/? files, 1 failed"),
        ("gcloud-storage", b"  Completed files 1/2 | 65.8GiB/131.6GiB | 516.4MiB/s\n", None,
            "running, 70652212019/141304424038 bytes, 1/2 files, 541484646 B/s, not final"),
        ("gcloud-storage", b"  Completed files 1/1 | 164.3kiB/164.3kiB\nAverage throughput: 849.9MiB/s\n", Some(0),
            "finished, 168243/168243 bytes, 1/1 files"),
        ("gcloud-storage", b"  Completed files 1 | 0B \n", None, "running, 0/? bytes, 1/? files, not final"),
        ("gcloud-storage", b"ERROR: (gcloud.storage.cp) no such object\n", Some(1), "failed (ERROR: (gcloud.storage.cp) no such object)"),
    ]);
    let glued = "0.00%  ── 0 B / 300.00 MB ? p/s ? (0/1)".repeat(100_000);
    assert_eq!(fed("s5cmd", glued.as_bytes(), None).progress().objects.total, Some(1));
}

#[test]
fn databases_in_all_their_forms() {
    expect(&[
        ("mongo", b"2016-11-26T18:01:10.700+0900\t[########................] gl.startups\t26.6MB/74.6MB (35.6%)\n", None,
            "running, 27892122/78223770 bytes, 35.6%, not final"),
        ("mongo", b"2021-12-21T23:53:34.149+0800    [########................]  wooyun.list  13840/40293  (34.3%)\n2021-12-21T23:53:34.149+0800    [########................]  a.b  10/20  (50.0%)\n", None,
            "running, 13850/40313 docs, not final"),
        ("mongo", b"2019-07-08T14:37:38.985-0400 finished restoring test.salaries (10 documents, 2 failures)\n2019-07-08T14:37:38.985-0400 10 document(s) restored successfully. 2 document(s) failed to restore.\n", Some(1),
            "with errors (2 failed), 10/10 docs, 2 failed"),
        ("mongo", b"2017-05-18T10:48:52.249+0200\tdone dumping admin.system.version (2 documents)\n", Some(0), "finished, 2/2 docs"),
        ("mongo", b"2017-05-18T10:48:52.249+0200\tFailed: error connecting\n", Some(1), "failed (error connecting)"),
        ("mongo", b"2017-05-18T10:48:52.249+0200\t[########################] a.b\t30/20 (150.0%)\n", None,
            "running, 30/20 docs, 150.0%, not final"),
        ("pg_basebackup", b" 98930/733999 kB (13%), 0/1 tablespace\r", None,
            "running, 101304320/751614976 bytes, 0/1 tablespaces, 13.0%"),
        ("pg_basebackup", b"735154/735154 kB (100%), 0/1 tablespace", None,
            "running, 752797696/752797696 bytes, 0/1 tablespaces, 100.0%, not final"),
        ("pg_basebackup", b"waiting for checkpoint\r", None, "scanning, not final"),
        ("pg_basebackup", b"pg_basebackup: error: connection failed\n", Some(1), "failed (connection failed)"),
        ("pg_restore", b"pg_restore: error: could not execute query: ERROR:  no\npg_restore: warning: errors ignored on restore: 1\n", Some(1),
            "with errors (1 failed), 1 failed"),
        ("pg_restore", b"pg_restore: error: could not open input file\n", Some(1), "failed (could not open input file), 1 failed"),
        ("gh-ost", b"Copy: 57992500/86684838 66.9%; Applied: 57708; Backlog: 1/100; Time: 3h28m38s(total), 3h28m36s(copy); streamer: mysql-bin.000576:142993938; State: migrating; ETA: 1h43m12s\n", None,
            "running, 57992500/86684838 rows, 66.9%, 6192s left, not final"),
        ("gh-ost", b"Copy: 25408000/23252236 109.3%; Applied: 0; Backlog: 0/1000; Time: 2h10m0s(total), 2h10m0s(copy); streamer: binlog.000004:391045568; State: migrating; ETA: due\n", None,
            "running, 25408000/23252236 rows, 109.3%, 0ns left, not final"),
        ("gh-ost", b"# Copy: 0/1 0.0%; Applied: 0; Backlog: 0/1000; Time: 1s(total), 1s(copy); streamer: bin-log.000006:311112; Lag: 0.01s, State: throttled, flag-file; ETA: N/A\n", None,
            "running, 0/1 rows, 0.0%, lag None Some(10ms), throttled, not final"),
        ("gh-ost", b"Copy: 5/5 100.0%; Applied: 0; Backlog: 0/1000; Time: 3h0m0s(total), 1s(copy); streamer: b:3; Lag: 0.01s, HeartbeatLag: 0.02s, State: postponing cut-over; ETA: due\n", None,
            "verifying, 5/5 rows, 100.0%, 0ns left, lag None Some(10ms), not final"),
    ]);
    let early = fed("gh-ost", b"Copy: 0/1 0.0%; Applied: 0; Backlog: 0/1000; Time: 1s(total), 1s(copy); streamer: b:1; State: migrating; ETA: N/A\n", None);
    assert_eq!(early.quiet(), Duration::from_secs(15));
    assert_eq!(
        pg_archive::listed(
            "; comment\n3346; 0 16391 TABLE DATA public t2 postgres\n3202; 1259 16397 INDEX public i postgres\n214; 1259 16384 TABLE public t postgres\n"
        ),
        2
    );
}

#[test]
fn rows_of_one_look_add_up() {
    let rows: Vec<serde_json::Value> = [
        r#"{"pid":1,"command":"COPY FROM","type":"FILE","bytes_processed":10,"bytes_total":100,"tuples_processed":5,"tuples_excluded":1}"#,
        r#"{"pid":2,"command":"COPY FROM","type":"FILE","bytes_processed":20,"bytes_total":50,"tuples_processed":7,"tuples_excluded":0}"#,
    ]
    .map(|row| serde_json::from_str(row).unwrap())
    .into();
    let redactor = Arc::default();
    assert_eq!(brief(&postgres::progress(&rows, &redactor)), "running, 30/150 bytes, 12/? rows, 1 skipped");
    assert_eq!(postgres::progress([], &redactor).stage, Stage::Unknown);
    for (row, expected) in [
        (r#"{"srsubstate":"d","tables":3}"#, "running, 0/3 tables, lag None None"),
        (
            r#"{"application_name":"s","state":"streaming","lag_bytes":0,"replay_lag":null}"#,
            "running, lag Some(0) None, not final",
        ),
        (
            r#"{"slot_name":"s1","active":false,"wal_status":"lost"}"#,
            "failed (the WAL that a replication slot needs is lost)",
        ),
        (r#"{"slot_name":"s1","active":true,"wal_status":"reserved"}"#, "unknown, not final"),
        (
            r#"{"pid":1,"phase":"streaming database files","backup_total":200,"backup_streamed":50,"tablespaces_total":1,"tablespaces_streamed":0}"#,
            "running, 50/200 bytes, 0/1 tablespaces",
        ),
        (
            r#"{"command":"VACUUM FULL","phase":"seq scanning heap","heap_blks_total":10,"heap_blks_scanned":4}"#,
            "running, 32768/81920 bytes, 4/10 blocks",
        ),
    ] {
        let row = serde_json::from_str(row).unwrap();
        assert_eq!(brief(&postgres::progress([&row], &redactor)), expected, "{row}");
    }
}

#[test]
fn elasticsearch_is_not_done_because_it_says_completed() {
    let task = |completed: &str, status: &str, more: &str| {
        format!(
            r#"{{"completed":{completed},"task":{{"action":"indices:data/write/reindex","status":{status},"description":"reindex from [a] to [b]"}}{more}}}"#
        )
    };
    let status = r#"{"total":100,"updated":0,"created":60,"deleted":0,"version_conflicts":5,"noops":0,"throttled_until_millis":0}"#;
    let slices = r#"{"slices":[{"slice_id":0,"total":50,"created":50},null]}"#;
    let failures = r#","response":{"failures":[{"id":"7","cause":{"type":"mapper","reason":"no such field"},"status":400}]}"#;
    for (answer, expected) in [
        (task("false", status, ""), "running, 65/100 docs, 5 skipped"),
        (task("false", slices, ""), "scanning, 50/50 docs, not final"),
        (task("true", status, failures), "with errors (1 failed and 5 conflicted, 35 left), 65/100 docs, 1 failed, 5 skipped"),
        (task("true", status, r#","response":{"failures":[]}"#), "with errors (5 version conflicts, 35 left), 65/100 docs, 5 skipped"),
        (task("true", r#"{"total":9,"created":9}"#, r#","response":{"failures":[]}"#), "finished, 9/9 docs"),
        (task("true", r#"{"total":9,"created":3}"#, r#","response":{"canceled":"by user request","failures":[]}"#), "cancelled, 3/9 docs"),
        (task("true", r#"{"total":0}"#, r#","error":{"type":"index_not_found_exception","reason":"no such index [a]"}"#),
            "failed (index_not_found_exception: no such index [a]), 0/? docs"),
        (format!(r#"{{"nodes":{{"n":{{"tasks":{{"n:1":{{"status":{slices}}},"n:2":{{"status":{{"total":70,"created":10}}}}}}}}}}}}"#), "running, 60/120 docs"),
        (r#"{"nodes":{}}"#.to_owned(), "unknown, not final"),
        (r#"{"error":{"type":"resource_not_found_exception","reason":"Reindex operation [r:1] not found"},"status":404}"#.to_owned(), "unknown, not final"),
    ] {
        let json = serde_json::from_str(&answer).unwrap();
        let progress = elasticsearch::task(&json, &Arc::default());
        assert_eq!(brief(&progress), expected, "{answer}");
        let adapter = fed("elasticsearch", serde_json::to_string_pretty(&json).unwrap().as_bytes(), Some(0));
        assert_eq!(adapter.progress(), &progress, "{answer}");
    }
}

#[test]
fn services_of_aws() {
    let datasync = |status: &str| {
        format!(
            r#"{{"TaskExecutionArn":"arn:aws:datasync:x","Status":"{status}","EstimatedFilesToTransfer":10,"EstimatedBytesToTransfer":100,"FilesTransferred":10,"BytesWritten":100,"FilesSkipped":1,"FilesFailed":{{"Prepare":0,"Transfer":2,"Verify":0,"Delete":0}},"Result":{{"ErrorCode":"E1","ErrorDetail":"no"}}}}"#
        )
    };
    let dms = |status: &str, reason: &str, errored: u64| {
        format!(
            r#"{{"ReplicationTasks":[{{"Status":"{status}","StopReason":"{reason}","ReplicationTaskStats":{{"FullLoadProgressPercent":100,"TablesLoaded":4,"TablesLoading":0,"TablesQueued":0,"TablesErrored":{errored}}}}}]}}"#
        )
    };
    let tables = |pending: u64| {
        format!(
            r#"{{"TableStatistics":[{{"SchemaName":"a","TableName":"b","FullLoadRows":7,"FullLoadErrorRows":0,"ValidationPendingRecords":{pending},"ValidationFailedRecords":0,"TableState":"Table completed"}}]}}"#
        )
    };
    expect(&[
        (
            "datasync",
            datasync("PREPARING").as_bytes(),
            None,
            "scanning, 100/100 bytes, 10/10 files, 2 failed, 1 skipped, not final",
        ),
        (
            "datasync",
            datasync("VERIFYING").as_bytes(),
            None,
            "verifying, 100/100 bytes, 10/10 files, 2 failed, 1 skipped",
        ),
        (
            "datasync",
            datasync("SUCCESS").as_bytes(),
            None,
            "with errors (2 failed), 100/100 bytes, 10/10 files, 2 failed, 1 skipped",
        ),
        (
            "datasync",
            datasync("ERROR").as_bytes(),
            Some(0),
            "failed (E1: no), 100/100 bytes, 10/10 files, 2 failed, 1 skipped",
        ),
        (
            "dms",
            dms("stopped", "Stop Reason FULL_LOAD_ONLY_FINISHED", 0).as_bytes(),
            None,
            "finished, 4/4 tables, 100.0%",
        ),
        (
            "dms",
            dms("stopped", "Stop Reason FULL_LOAD_ONLY_FINISHED", 1).as_bytes(),
            None,
            "with errors (1 failed), 4/5 tables, 100.0%, 1 failed",
        ),
        ("dms", dms("running", "", 1).as_bytes(), None, "running, 4/5 tables, 100.0%, 1 failed"),
        ("dms", tables(3).as_bytes(), None, "verifying, 7/? rows, not final"),
        ("dms", tables(0).as_bytes(), None, "finished, 7/? rows"),
    ]);
}

#[test]
fn streams_and_other_programs() {
    expect(&[
        ("dd", b"\r244318208 bytes (244 MB, 233 MiB) copied, 2 s, 122 MB/s", None, "running, 244318208/? bytes, 122000000 B/s, not final"),
        ("dd", b"512 bytes copied, 2.3e-05 s, 22,3 MB/s\n", None, "running, 512/? bytes, 22300000 B/s, not final"),
        ("dd", b"\r244318208 bytes (244 MB, 233 MiB) copied, 2 s, 1", None, "unknown, not final"),
        ("dd", b"9 bytes copied, 1 s, 1 B/s\ndd: error writing 'x': No space left on device\n", Some(1),
            "failed (error writing 'x': No space left on device), 9/? bytes"),
        ("pv", b"24.0MiB 0:00:02 [12.0MiB/s] [=====>    ] 83% ETA 0:00:00\r", None,
            "running, 25165824/? bytes, 83.0%, 12582912 B/s, 0ns left, not final"),
        ("pv", b"52\n100\n", Some(0), "finished, 100.0%"),
        ("pv", b"5", None, "unknown, not final"),
        ("pv", b"12.0k 0:00:01 [12.0k/s]\r", None, "running, 12000/? lines, not final"),
        ("pv", b"1.0839 12582912\n", None, "running, 12582912/? bytes, not final"),
        ("restic", b"{\"message_type\":\"status\",\"percent_done\":0.25,\"total_files\":677,\"files_done\":17,\"total_bytes\":400,\"bytes_done\":100}", None,
            "scanning, 100/400 bytes, 17/677 files, 25.0%, not final"),
        ("restic", b"{\"message_type\":\"error\",\"error\":{\"message\":\"denied\"},\"item\":\"/a\"}\n{\"message_type\":\"summary\",\"total_files_processed\":9,\"total_bytes_processed\":90}\n", Some(3),
            "with errors (1 failed), 90/90 bytes, 9/9 files, 1 failed"),
        ("restic", b"Fatal: unable to open repository\n", Some(10), "failed (unable to open repository)"),
        ("json", b"{\"done\":5,\"total\":10,\"unit\":\"bytes\",\"rate\":2.5,\"state\":\"running\"}\n", None, "running, 5/10 bytes, 2 B/s"),
        ("json", b"{\"done\":\"1.5 GiB\",\"total\":\"3 GiB\",\"eta\":\"1h\"}\n", None, "running, 1610612736/3221225472 bytes, 3600s left"),
        ("json", b"{\"done\":5,\"total\":4,\"unit\":\"rows\",\"state\":\"scanning\"}\n", None, "scanning, 5/4 rows, not final"),
        ("json", b"{\"done\":4,\"total\":4,\"failed\":1,\"state\":\"finished\"}\n", None, "with errors (1 failed), 4/4 items, 1 failed"),
        ("json", b"{\"done\":4,\"state\":\"finished\"}\n{\"done\":1e999}\n{\"a\":1}\n", Some(0), "finished, 4/? items"),
        ("json", b"{\"percent\":\"12,5 %\"}\n", Some(2), "failed (it ended with 2), 12.5%"),
    ]);
}

#[test]
fn any_programs_words_by_an_expression() {
    let read = |pattern: &str, text: &str| {
        let format = Format::regex(Regex::new(pattern).unwrap()).unwrap();
        let mut adapter = adapter(&format, Told { objects: Some(500), bytes: None }, Arc::default());
        adapter.feed(text.as_bytes(), now());
        brief(adapter.progress())
    };
    for (pattern, text, expected) in [
        (
            r"(?P<done>[\d.]+ \w+) of (?P<total>[\d.]+ \w+)",
            "x 1.5 GB of 3.0 GB\n",
            "running, 1500000000/3000000000 bytes, 0/500 things",
        ),
        (
            r"(?P<pct>\d+)% .*ETA (?P<eta>\S+)",
            "12% at 3 MB/s ETA 0:01:00",
            "running, ?/500 , 12.0%, 60s left",
        ),
        (
            r"moved (?P<done>\S+) blobs, (?P<failed>\d+) bad",
            "moved 1,234 blobs, 3 bad\rmoved 1,500 blobs, 4 bad\r",
            "running, 1500/500 items, 4 failed",
        ),
        (r"(?P<done>\d+)/(?P<total>\d+)", "1/9 2/9 3/9", "running, 3/9 items"),
        (r"(?P<done>[\d ]+) lignes", "1 234 lignes", "running, 1234/500 items"),
        (r"state (?P<state>\w+)", "state finished\n", "finished, ?/500 "),
    ] {
        let expected = expected.replace("0/500 things", "?/500 ");
        assert_eq!(read(pattern, text), expected, "{pattern}");
    }
    let refused = |pattern: &str| Format::regex(Regex::new(pattern).unwrap()).unwrap_err().to_string();
    assert!(refused(r"(\d+)").starts_with("the expression has no group that tells how far it is"));
    assert!(
        refused(r"(?P<done>\d+)(?P<speed>\d+)")
            .starts_with("`speed` is no group that is read; the groups are done")
    );
}

#[test]
fn documents_by_path() {
    let document = serde_json::json!({
        "status": {"state": "COPY_DONE", "parts": [{"done": 3, "of": "5"}, {"done": 4, "of": 5}]},
        "bad": 1, "a.b": {"n": 7},
    });
    let text = |text: &str| Some(text.to_owned());
    let mut paths = crate::config::JsonPaths {
        url: String::new(),
        done: text("$.status.parts[*].done"),
        total: text("status.parts[*].of"),
        failed: text("bad"),
        unit: text("blobs"),
        state: text("status.state"),
        finished: vec!["copy_done".to_owned()],
        failed_states: vec!["BROKEN".to_owned()],
        headers: Vec::new(),
    };
    let said = |paths: &crate::config::JsonPaths| brief(&json::by_path(&document, paths, &Arc::default()));
    assert_eq!(said(&paths), "with errors (1 failed), 7/10 blobs, 1 failed");
    paths.failed = text("nowhere.at[9].all");
    assert_eq!(said(&paths), "finished, 7/10 blobs");
    paths.failed_states = std::mem::take(&mut paths.finished);
    assert_eq!(said(&paths), "failed (its state is COPY_DONE), 7/10 blobs");
    paths.failed_states = vec!["else".to_owned()];
    (paths.done, paths.unit) = (text("[\"a.b\"].n"), text("bytes"));
    assert_eq!(said(&paths), "running, 7/10 bytes");
}
