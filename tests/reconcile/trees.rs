//! Two trees, compared by rclone and by checksums.

use std::fs;

use super::*;
use crate::health::peers;

/// A source of four files; the target lacks one and has another one changed.
fn trees() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (tree, files) in [
        ("old", &[("a b", "1"), ("c", "2"), ("sub/d", "3"), ("e", "4")][..]),
        ("new", &[("a b", "1"), ("c", "X"), ("sub/d", "3")][..]),
    ] {
        for (file, content) in files {
            let path = folder.path().join(tree).join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
    }
    folder
}

#[test]
fn rclone_check_tells_what_differs_and_what_matches() {
    let Some(rclone) = peers::program("rclone", "rclone") else { return };
    let folder = trees();
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    let toml = format!(
        "exec = ['{}', '--config', '/dev/null', 'check', '{}', '{}']
         counters = {{ differ = '(\\d+) differences found', same = '(\\d+) matching files' }}
         expect = ['differ == 0', 'same >= 1']",
        rclone.display(),
        old.display(),
        new.display()
    );
    let mut bench = bench(&settings(&toml));
    let found = bench.run();
    assert_eq!(found.counters, counters(&[("differ", 2), ("same", 2)]));
    assert_eq!(
        judged(&found),
        [("differ == 0", &off("2")), ("same >= 1", &Found::Held), ("exit == 0", &off("1"))]
    );
    // Mended, and compared again.
    fs::copy(old.join("c"), new.join("c")).unwrap();
    fs::copy(old.join("e"), new.join("e")).unwrap();
    let found = bench.run();
    assert_eq!((verdict(&found), found.counters["same"]), (Verdict::Ok, 4));
}

#[test]
fn checksums_of_two_trees() {
    let folder = trees();
    let script = "cd old && find . -type f -exec sha256sum {} + | sort -k 2 > ../sums && cd ../new || exit 9
        n=$(wc -l < ../sums); i=0; differ=0; missing=0
        while read -r sum name; do
          i=$((i + 1)); echo \"compared $i/$n\"
          if ! [ -e \"$name\" ]; then missing=$((missing + 1)); continue; fi
          [ \"$(sha256sum < \"$name\" | cut -d \" \" -f 1)\" = \"$sum\" ] || differ=$((differ + 1))
        done < ../sums
        echo \"listed $n differ $differ missing $missing\"";
    let script = format!("cd {} && {{ {script}; }}", folder.path().display());
    let rest = r"counters = { listed = 'listed (\d+)', differ = 'differ (\d+)', missing = 'missing (\d+)' }
                 expect = ['differ == 0', 'missing == 0', 'listed > 0']
                 progress = '^compared (\d+)/(\d+)$'";
    let found = run(&shell(&script, rest));
    assert_eq!(found.counters, counters(&[("differ", 1), ("listed", 4), ("missing", 1)]));
    assert_eq!((found.progress, verdict(&found)), (Some(1.0), Verdict::Off));
}

/// A check of blobs that were said to be missing, kind by kind: what nobody refers to any more is harmless, what is
/// referred to and nowhere found must be none, and what is still in the old store can be copied.
#[test]
fn a_check_with_a_legend_kind_by_kind() {
    let script = "cat <<END
attachments: checked 1,204 records
  Found in new db: 3
  Found in old db: 0
  Not referenced: 0
  Not found: 1201
exports: checked 42 records
  Found in new db: 0
  Found in old db: 0
  Not referenced: 42
  Not found: 0
END
";
    let rest = r"
        harmless = ['unreferenced']
        expect = ['lost == 0', 'left_behind == 0']
        [reconcile.counters]
        checked = { sum = 'checked ([\d,]+) records' }
        lost = { sum = 'Not found: ([\d,]+)' }
        left_behind = { sum = 'Found in old db: ([\d,]+)' }
        unreferenced = { sum = 'Not referenced: ([\d,]+)' }
    ";
    let found = run(&shell(script, rest));
    let expected = [("checked", 1246), ("left_behind", 0), ("lost", 1201), ("unreferenced", 42)];
    assert_eq!(found.counters, counters(&expected));
    assert_eq!(
        judged(&found),
        [("lost == 0", &off("1,201")), ("left_behind == 0", &Found::Held), ("exit == 0", &Found::Held)]
    );
}
