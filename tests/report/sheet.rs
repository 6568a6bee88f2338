//! The report for spreadsheets, read back by a reader of its own.

use std::path::Path;
use std::process::Command;

use cutover::clock::Clock;
use cutover::report;
use cutover::text;
use serde_json::Value;

use super::clock;
use crate::common::tools;
use crate::signoff::GOLDEN;

/// Reads CSV as Python's own module does, and says it as JSON.
const READ: &str = "
import csv, json, sys
with open(sys.argv[1], newline='', encoding='utf-8-sig') as file:
    json.dump(list(csv.DictReader(file, strict=True)), sys.stdout)
";

/// The rows of a log's report, by column.
fn rows(log: &Path) -> Option<Vec<Value>> {
    let python = tools::python("python3")?;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("signoff.csv");
    report::write(log, &out, &clock().now()).unwrap();
    let bytes = std::fs::read(&out).unwrap();
    assert!(bytes.starts_with("\u{feff}number,".as_bytes()) && bytes.ends_with(b"\r\n"));
    let ran = Command::new(python).args(["-c", READ]).arg(out).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    Some(serde_json::from_slice(&ran.stdout).unwrap())
}

/// Every item has one row, which says what the export for programs says; nothing in it is computed.
pub fn fits_the_export(log: &Path, export: &Value) {
    let Some(rows) = rows(log) else { return };
    let items = export["items"].as_array().unwrap();
    assert_eq!(rows.len(), items.len(), "one row an item");
    for (row, item) in rows.iter().zip(items) {
        let is = |column: &str, value: &Value| {
            let value =
                value.as_str().map_or_else(|| value.to_string(), |text| text::clean(text).into_owned());
            let value = if value == "null" { String::new() } else { value };
            let shown = row[column].as_str().unwrap();
            assert_eq!(shown.trim_start_matches('\''), value, "{column} of {row}");
        };
        is("number", &item["number"]);
        is("took (s)", &item["took_s"]);
        is("line of the plan", &item["line"]);
        is("line of the log", &item["act"]["line"]);
        is("parent", &item["parent"]["number"]);
        let state = item["state"].as_str().unwrap();
        assert_eq!(row["state"].as_str().unwrap().replace(' ', "-"), state);
        is("id", &item["id"]);
        assert_eq!(
            row["remark"].as_str().unwrap().contains("removed from the plan"),
            item["removed"] == true
        );
        assert_eq!(row["remark"].as_str().unwrap().contains("added in the run"), item["added"] == true);
        let fields = item["fields"].as_array().unwrap().len();
        assert_eq!(row["fields"].as_str().unwrap().split(" | ").filter(|it| !it.is_empty()).count(), fields);
        for (column, cell) in row.as_object().unwrap() {
            let cell = cell.as_str().unwrap_or_else(|| panic!("{column} of {row}"));
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{column}: {cell}");
        }
    }
}

#[test]
fn the_golden_logs_sheet() {
    let Some(rows) = rows(Path::new(GOLDEN)) else { return };
    insta::assert_snapshot!(serde_json::to_string_pretty(&rows).unwrap());
}
