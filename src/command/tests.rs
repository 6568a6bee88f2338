//! Splitting, filling in, and a real shell that must print exactly what a value is.

use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::*;

fn split(text: &str) -> Vec<String> {
    pieces(Some("sh"), text).into_iter().map(|piece| piece.text).collect()
}

fn sh() -> Program {
    program(Some("sh")).unwrap()
}

fn value(value: &str) -> impl Fn(&str) -> Lookup {
    let value = value.to_owned();
    move |name: &str| match key(name).as_str() {
        "X" | "NEW_X" => Lookup::Value { value: value.clone(), secret: false },
        _ => Lookup::Unknown,
    }
}

#[test]
fn logical_commands_are_told_apart() {
    assert_eq!(split("a\nb\n\nc"), ["a", "b", "c"]);
    assert_eq!(
        split("az webapp \\\n  --name x \\\n  list\nnext"),
        ["az webapp \\\n  --name x \\\n  list", "next"]
    );
    assert_eq!(split("a |\n  b &&\n\n  c\nd || \\\ne"), ["a |\n  b &&\n\n  c", "d || \\\ne"]);
    assert_eq!(split("cat <<EOF\na\n\n# b\nEOF\nnext"), ["cat <<EOF\na\n\n# b\nEOF", "next"]);
    assert_eq!(split("cat <<-'E 1' | wc\n\ta\n\tE 1\nnext"), ["cat <<-'E 1' | wc\n\ta\n\tE 1", "next"]);
    assert_eq!(split("echo 'a\nb' \"c\nd\"\ne"), ["echo 'a\nb' \"c\nd\"", "e"]);
    assert_eq!(split("x=$(a\nb)\nc"), ["x=$(a\nb)", "c"]);
    assert_eq!(split("a 2>&1\nb &>c\nd &\ne"), ["a 2>&1", "b &>c", "d &", "e"]);
    assert_eq!(split("echo $((1 + (2)))\nb"), ["echo $((1 + (2)))", "b"]);
    assert_eq!(split("echo ${x:-a\nb}\nc"), ["echo ${x:-a\nb}", "c"]);
}

#[test]
fn compound_commands_stay_whole() {
    assert_eq!(
        split("for f in a b; do\n  echo $f\ndone\nnext"),
        ["for f in a b; do\n  echo $f\ndone", "next"]
    );
    assert_eq!(
        split("if a\nthen\nb\nelif c; then d\nfi && e\nf"),
        ["if a\nthen\nb\nelif c; then d\nfi && e", "f"]
    );
    assert_eq!(split("case x in\na) b;;\n*) c\n;; esac\nd"), ["case x in\na) b;;\n*) c\n;; esac", "d"]);
    assert_eq!(split("f() {\n a\n}\nf"), ["f() {\n a\n}", "f"]);
    assert_eq!(split("function f {\n a\n}\nf"), ["function f {\n a\n}", "f"]);
    assert_eq!(split("(\n a\n b\n)\nc"), ["(\n a\n b\n)", "c"]);
    assert_eq!(
        split("while read x; do\n echo if done\ndone < f\nb"),
        ["while read x; do\n echo if done\ndone < f", "b"]
    );
    // Words of a command are no reserved words.
    assert_eq!(split("echo if\necho done\ngit for {"), ["echo if", "echo done", "git for {"]);
}

#[test]
fn comments_are_stops_and_titles() {
    let found = pieces(
        Some("bash"),
        "#!/bin/bash\n# Stop it\n# for good\nstop a # now\n\n# Start it\nstart b\n# end\n",
    );
    let found: Vec<_> = found.iter().map(|it| (it.title.as_deref(), it.text.as_str(), it.line)).collect();
    assert_eq!(
        found,
        [(Some("/bin/bash Stop it for good"), "stop a # now", 3), (Some("Start it"), "start b", 6)]
    );
    assert_eq!(split("echo a#b '# c'\nd"), ["echo a#b '# c'", "d"]);
}

#[test]
fn sessions_and_other_languages() {
    let found = pieces(Some("console"), "$ a \\\n> b\nsaid\n$ c\nsaid too");
    assert_eq!(found.iter().map(|it| it.text.as_str()).collect::<Vec<_>>(), ["a \\\nb", "c"]);
    assert_eq!(pieces(Some("python"), "a = 1\nprint(a)\n").len(), 1);
    let why = program(Some("cobol")).unwrap_err();
    assert!(why.contains("cobol") && why.contains("y copies"), "{why}");
    assert_eq!(program(None).unwrap().argv("ls"), ["sh", "-c", "ls"]);
}

#[test]
fn placeholders_are_found_in_every_form() {
    let names = |text: &str| -> Vec<String> {
        placeholders(text, &|name| name == "HOST").into_iter().map(|it| it.written).collect()
    };
    assert_eq!(
        names("a <new app> {{ app }} $HOST ${HOST} $OTHER https://NEW_APP_URL/x YOUR_KEY"),
        ["<new app>", "{{ app }}", "$HOST", "${HOST}", "NEW_APP_URL", "YOUR_KEY"]
    );
    assert!(names("NEW_X=1 cmd -e NEW_X=2 ${NEW_X:-3} \\$HOST <<EOF a <in >out 1<2 MAX_SIZE").is_empty());
    assert!(names("docker ps --format '{{.Names}}' {{json .}}").is_empty());
}

#[test]
fn places_where_nothing_can_be_filled_in_are_refused() {
    for (text, why) in [
        ("echo '<x>'", "single quotes"),
        ("cat <<'EOF'\n<x>\nEOF", "here-document whose end is quoted"),
        ("echo `echo <x>`", "substitution"),
        ("echo $(( NEW_X + 1 ))", "arithmetic"),
        ("echo ${a:-<x>}", "${…}"),
        ("cat <<EOF\n$(echo <x>)\nEOF", "substitution"),
    ] {
        let problems = rewrite(&sh(), text, &value("v")).unwrap_err();
        assert!(problems[0].to_string().contains(why), "{text}: {problems:?}");
    }
    let problems = rewrite(&sh(), "a <x> <y> <y> {{ z }}", &value("v")).unwrap_err();
    assert_eq!(problems, [Problem::Unfilled(vec!["<y>".to_owned(), "{{ z }}".to_owned()])]);
    let problems = rewrite(&sh(), "a <x>", &value("a\0b")).unwrap_err();
    assert!(problems[0].to_string().contains("NUL"), "{problems:?}");
    assert!(rewrite(&sh(), "a # <y>", &value("v")).is_ok(), "nobody reads a comment");
}

#[test]
fn what_reads_code_takes_plain_values_alone() {
    let texts = [
        "ssh host \"stat <x>\"",
        "eval \"echo <x>\"",
        "sh -c \"echo <x>\"",
        "bash -lc \"echo <x>\"",
        "psql -h a -c \"select '<x>'\"",
        "mongosh \"uri\" --eval \"db.drop('<x>')\"",
        "psql <<EOF\nselect '<x>'\nEOF",
        "[[ \"<x>\" -eq 1 ]] && true",
        "echo \"<x>\" | sudo sh",
        "printf '%s' <x> | xargs rm",
    ];
    for text in texts {
        assert!(rewrite(&sh(), text, &value("orders-new.example:8080/a")).is_ok(), "{text}");
        let problems = rewrite(&sh(), text, &value("a'; rm -rf /")).unwrap_err();
        assert!(problems[0].to_string().contains("as code"), "{text}: {problems:?}");
    }
    // As an argument of its own it is a value.
    let uri = "mongodb+srv://a:b@c/?retryWrites=true&w=majority";
    assert!(rewrite(&sh(), "mongosh \"NEW_X\" --eval \"db.users.count()\"", &value(uri)).is_ok());
}

#[test]
fn other_programs_name_their_environment_in_their_own_way() {
    let run = |language: &str, text: &str| rewrite(&program(Some(language)).unwrap(), text, &value("a\"b"));
    assert_eq!(run("python", "print(<x>)").unwrap().text, "print(__import__(\"os\").environ[\"X\"])");
    assert_eq!(run("ruby", "puts <x>").unwrap().text, "puts ENV.fetch(\"X\")");
    assert_eq!(run("node", "f(<x>)").unwrap().text, "f(process.env[\"X\"])");
    assert_eq!(run("fish", "echo \"a <x> b\" <x>").unwrap().text, "echo \"a \"\"$X\"\" b\" \"$X\"");
    assert!(run("python", "print('<x>')").is_err() && run("psql", "select <x>").is_err());
}

#[test]
fn names_that_mean_something_are_not_used() {
    let lookup = |_: &str| Lookup::Value { value: "v".to_owned(), secret: false };
    let done = rewrite(&sh(), "ls <path> <new app> {{ ld_preload }} $PATH", &lookup).unwrap();
    assert_eq!(done.text, "ls \"$CUTOVER_PATH\" \"$NEW_APP\" \"$CUTOVER_LD_PRELOAD\" $PATH");
    let done = rewrite(&sh(), "A=1; echo $A $B '$C' ${HOME} <x>", &value("v")).unwrap();
    assert_eq!(done.foreign, ["B", "HOME"]);
}

#[test]
fn a_copy_is_quoted_where_it_stands() {
    let copy = |text: &str, with: &str| copied(Some(&sh()), text, &value(with)).0;
    assert_eq!(
        copy("ls <x> \"a <x>\" '<x>' # <x>", "a'b c"),
        r#"ls 'a'\''b c' "a "'a'\''b c'"" 'a'\''b c' # <x>"#
    );
    assert_eq!(copy("curl https://NEW_X/health <y>", "new.example"), "curl https://new.example/health <y>");
    // What could end a terminal's paste stays out.
    assert_eq!(copy("ls <x>", "a\u{1b}[201~\nrm -rf /"), "ls <x>");
    let secret = |_: &str| Lookup::Value { value: "s3cret".to_owned(), secret: true };
    let (text, names) = copied(Some(&sh()), "a <x> \"b <x>\" '<x>'", &secret);
    assert_eq!((text.as_str(), names), ("a \"$X\" \"b ${X}\" '<x>'", vec!["X".to_owned()]));
}

#[test]
fn what_destroys_is_known_and_its_target_named() {
    let bad = destroys;
    for text in [
        "rm -rf /var/x",
        "rm -r x",
        "rm --recursive x",
        "sudo rm -f a",
        "psql -c 'DROP TABLE x'",
        "truncate -s 0 x",
        "mkfs.ext4 /dev/sdb",
        "dd if=a of=/dev/sdb",
        "az group delete --name huddleup --yes",
        "aws s3 rm s3://a --recursive",
        "aws ec2 terminate-instances --ids a",
        "kubectl delete pod x",
        "terraform destroy",
        "git push --force",
        "git push -f origin main",
        "shutdown -h now",
        "sudo systemctl stop nginx",
        "systemctl disable x",
        "find . -delete",
        "rsync -a --delete a b",
        "docker system prune",
        "az webapp stop --name x",
        "db.dropDatabase()",
        "mongorestore --drop",
        "delete from users",
    ] {
        assert!(bad(text), "{text}");
    }
    for text in [
        "ls -l",
        "git push origin master release",
        "systemctl status nginx",
        "curl -f https://x",
        "az webapp list",
        "kubectl get pods",
        "terraform plan",
        "grep -r x",
        "cp -rf a b",
        "echo form",
        "mongorestore --uri=x",
    ] {
        assert!(!bad(text), "{text}");
    }
    assert_eq!(target("az group delete --name huddleup --yes", "Delete it", &destroys), "huddleup");
    assert_eq!(target("rm -rf '/srv/old'", "Remove", &destroys), "/srv/old");
    assert_eq!(target("terraform destroy", "Tear down", &destroys), "destroy");
    assert_eq!(target("rm -rf \"$X\"", "Wipe the old disk", &destroys), "Wipe");
    assert_eq!(target("for n in 1; do\n  rm -r \\\n   old\ndone", "Wipe", &destroys), "old");
    assert_eq!(target("echo x; reboot; done", "Go on", &destroys), "Go");
}

/// Runs it as the cockpit does: the value in the environment alone.
fn printed(rewritten: &Rewritten) -> Vec<u8> {
    let argv = sh().argv(&rewritten.text);
    let output = Command::new(&argv[0])
        .args(&argv[1..])
        .envs(rewritten.variables.iter().map(|it| (&it.name, &it.value)))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Commands that print the value, and what they print around it.
const PRINTS: [(&str, &str, &str); 8] = [
    ("printf %s <x>", "", ""),
    ("printf %s \"<x>\"", "", ""),
    ("printf %s pre<x>post", "pre", "post"),
    ("printf %s \"pre {{ x }} post\"", "pre ", " post"),
    ("cat <<EOF\n[<x>]\nEOF", "[", "]\n"),
    ("printf %s \"$(printf '%s.' \"<x>\")\"", "", "."),
    ("if true; then\n  printf %s https://NEW_X/a\nfi", "https://", "/a"),
    ("f() { printf %s \"$1\"; }; f NEW_X # <x>", "", ""),
];

fn prints_exactly(hostile: &str) {
    for (text, before, after) in PRINTS {
        let done = rewrite(&sh(), text, &value(hostile)).unwrap();
        assert!(hostile.len() < 4 || !done.text.contains(hostile), "{}", done.text);
        let expected = format!("{before}{hostile}{after}");
        assert_eq!(printed(&done), expected.as_bytes(), "{}", done.text);
    }
}

#[test]
fn hostile_values_are_printed_and_not_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("ran");
    let touch = format!("touch {}", mark.display());
    for hostile in [
        format!("$({touch})"),
        format!("`{touch}`"),
        format!("\"; {touch}; \""),
        format!("'; {touch}; '"),
        format!("a\n{touch}\n"),
        format!("EOF\n{touch}"),
        format!("${{x:-$({touch})}}"),
        format!("a; {touch} #"),
        format!("\\$({touch})"),
        "*".to_owned(),
        "~".to_owned(),
        "a  b\t c".to_owned(),
        "-n".to_owned(),
        String::new(),
        "\\".to_owned(),
        "!!".to_owned(),
        "%s%n".to_owned(),
        "ü\u{1b}[31m".to_owned(),
    ] {
        prints_exactly(&hostile);
        assert!(!mark.exists(), "{hostile:?} was obeyed");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_value_is_printed_exactly(hostile in "[^\\x00]{0,40}", shell in "[$`\"'\\\\;&|<>(){}\\n *?~#!=a-c-]{0,24}") {
        prints_exactly(&hostile);
        prints_exactly(&shell);
    }

    #[test]
    fn any_pasted_value_is_one_word(hostile in "[^\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f]{0,30}") {
        for (text, before, after) in [("printf %s <x>", "", ""), ("printf %s \"a <x> b\"", "a ", " b"), ("printf %s 'a <x> b'", "a ", " b")] {
            let (text, _) = copied(Some(&sh()), text, &value(&hostile));
            let output = Command::new("sh").args(["-c", &text]).output().unwrap();
            prop_assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{before}{hostile}{after}"));
        }
    }

    #[test]
    fn splitting_loses_nothing_and_never_fails(text in "[a-c \\n'\"`$(){}<E|&;#\\\\-]{0,60}") {
        let found = pieces(Some("sh"), &text);
        for piece in &found {
            prop_assert!(text.contains(&piece.text));
        }
        let kept: usize = found.iter().map(|piece| piece.text.len()).sum();
        prop_assert!(kept <= text.len());
    }
}
