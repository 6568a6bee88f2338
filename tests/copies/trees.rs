//! Two trees, counted.

use super::*;

#[test]
fn a_copy_that_says_nothing_is_counted_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    tree(&at("from"), 30, 1000);
    let mut watched = watch(job(CopySource::Trees(at("from"), at("to"))));
    let empty = watched.until("the target is not there", |copy| copy.progress.objects.done == Some(0));
    assert_eq!(empty.progress.objects.total, Some(30));
    tree(&at("to"), 10, 1000);
    watched.until("a third", |copy| copy.progress.objects.done == Some(10) && bytes(copy) == 10_000);
    let status = Command::new("cp").arg("-r").arg(at("from/.")).arg(at("to")).status().unwrap();
    assert!(status.success());
    let copy = watched.until("all", finished);
    assert_eq!((bytes(&copy), copy.progress.bytes.total), (30_000, Some(30_000)));
    remarks(&copy, "not compared");
    // What is added to the source is not there yet.
    fs::write(at("from/more"), "more").unwrap();
    watched.until("no longer all", |copy| !finished(copy) && copy.progress.objects.total == Some(31));
}

#[test]
fn a_missing_source_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let none = folder.path().join("none");
    let copy = watch(job(CopySource::Trees(none.clone(), none))).until("failed", is_unreachable);
    assert!(unreachable(&copy).ends_with("none: no such file or directory"), "{copy:?}");
}
