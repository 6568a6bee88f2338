//! The one signature of the story.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::os::unix::fs::PermissionsExt;

use cutover::signoff::signature::{Prompts, sign};
use cutover::signoff::{Draft, Event, Head, Line};

use super::story::RUN;

/// Puts the signature into the drafts: of the line that they make in this run, by the key beside the golden log.
pub fn signed(mut drafts: Vec<Draft>) -> Vec<Draft> {
    let mut head = Head::default();
    let mut given = Vec::new();
    for draft in &mut drafts {
        if let Event::SignoffSigned { signature, .. } = &mut draft.event {
            let folder = tempfile::tempdir().unwrap();
            let key = folder.path().join("key");
            std::fs::write(&key, include_bytes!("../logs/v1.key")).unwrap();
            // ssh-keygen takes no key that others may read, as those of a work tree are.
            std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
            *signature = sign(&given, &key, Prompts::Never).unwrap();
        }
        let line = Line::encode(head, RUN, draft).unwrap();
        head = line.head;
        if matches!(line.event, Event::SignoffGiven { .. }) {
            given = line.raw.into();
        }
    }
    drafts
}
