//! Zones that hold what a terminal, a page or a table would obey.

use super::*;

#[test]
fn hostile_texts_and_names_come_out_inert() {
    let text = zone(
        1,
        r#"txt TXT "\027[2J\027]52;c;Y2FsYw==\007" "=cmd|'/c calc'!A1" "<img src=x onerror=alert(1)>" "\226\128\174gnp.exe"
app CNAME \027\093\050\074\226\128\174.example.test.
mail MX 10 \060script\062.example.test.
"#,
    );
    let Some(knot) = Knot::start(&Role::Primary(&text)) else { return };
    for (name, kind) in [("txt", "TXT"), ("app", "CNAME"), ("mail", "MX")] {
        let reply = authority(name, kind, &knot);
        let shown = data(&reply.answer)[0].to_owned();
        assert!(shown.bytes().all(|b| (b' '..=b'~').contains(&b)), "{shown:?}");
        if let Some(said) = &reply.remark {
            assert!(!said.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{said:?}");
        }
    }
    let reply = authority("txt", "TXT", &knot);
    assert!(data(&reply.answer)[0].starts_with(r"\027[2J\027]52;c;Y2FsYw==\007=cmd|"), "{:?}", reply.answer);
}
