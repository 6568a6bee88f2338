//! The plan that comes with the program.

use std::path::Path;

#[test]
fn its_sidecar_holds() {
    let file = Path::new("checklists/backend-migration.toml");
    let text = std::fs::read_to_string(file).unwrap();
    let settings = cutover::config::load(file, &text, &|_| None).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(settings.health.len(), 3);
    assert!(settings.health[0].identity_old.is_some() && settings.health[0].identity_new.is_some());
}
