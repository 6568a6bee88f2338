use super::*;

fn names(panes: &[usize]) -> Vec<&str> {
    panes.iter().map(|pane| PANES[*pane]).collect()
}

#[test]
fn without_a_layout_the_checklist_stands_left_and_the_rest_right() {
    let layout = good("").layout;
    assert_eq!(names(&layout.left), ["checklist"]);
    assert_eq!(names(&layout.right), ["health", "dns", "copy", "logs", "host"]);
    assert_eq!(layout.split, None);
}

#[test]
fn a_layout_says_order_share_and_what_is_hidden() {
    let layout = good(
        "[layout]\nleft = [\"checklist\", \"copy\"]\nright = [\"logs\", \"health\"]\nsplit = \"45%\"\nhide = [\"host\"]",
    )
    .layout;
    assert_eq!(names(&layout.left), ["checklist", "copy"]);
    // What is not named stands below what is.
    assert_eq!(names(&layout.right), ["logs", "health", "dns"]);
    assert_eq!(layout.split, Some(45));
    // One side alone leaves the other as it is.
    let layout = good("[layout]\nright = [\"dns\"]").layout;
    assert_eq!(names(&layout.left), ["checklist"]);
    assert_eq!(names(&layout.right), ["dns", "health", "copy", "logs", "host"]);
}

#[test]
fn a_layout_that_cannot_be_is_refused() {
    for (keys, part) in [
        (
            "left = [\"cheklist\"]",
            "\"cheklist\" is no pane; did you mean \"checklist\"?; panes are checklist, health",
        ),
        ("left = [\"logs\"]\nright = [\"logs\"]", "the pane \"logs\" is named twice"),
        ("hide = [\"checklist\"]", "the checklist cannot be hidden"),
        ("split = \"95%\"", "`layout.split` is \"95%\"; expected 20% to 80%"),
        ("split = \"half\"", "expected 20% to 80%"),
    ] {
        let findings = bad(&format!("[layout]\n{keys}"));
        assert!(findings.iter().any(|found| found.contains(part)), "{keys}: {findings:#?}");
    }
}
