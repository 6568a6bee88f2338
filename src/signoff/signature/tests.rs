use std::path::PathBuf;

use super::*;
use crate::signoff::At;

struct Key {
    folder: tempfile::TempDir,
}

impl Key {
    fn new(passphrase: &str) -> Key {
        let folder = tempfile::tempdir().unwrap();
        let made = std::process::Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-C", "dana@bastion", "-N", passphrase, "-f"])
            .arg(folder.path().join("key"))
            .status();
        assert!(made.unwrap().success());
        Key { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("key")
    }

    fn allowed(&self, options: &str) -> PathBuf {
        let public = std::fs::read_to_string(self.folder.path().join("key.pub")).unwrap();
        let path = self.folder.path().join("allowed");
        std::fs::write(&path, format!("dana@bastion {options} {public}")).unwrap();
        path
    }
}

fn at(text: &str) -> At {
    At { wall: text.parse().unwrap(), offset: 0, up: std::time::Duration::ZERO }
}

#[test]
fn what_is_signed_is_checked_by_the_key_alone_and_by_the_allowed_signers() {
    let key = Key::new("");
    let now = at("2026-11-21T06:00:00Z");
    let armoured = sign(b"a line", &key.path(), Prompts::Never).unwrap();
    let sealed = Sealed::read(&armoured).unwrap();
    assert_eq!((sealed.kind.as_str(), sealed.namespace.as_str()), ("ssh-ed25519", NAMESPACE));
    let listed = std::process::Command::new("ssh-keygen").arg("-lf").arg(key.path()).output().unwrap();
    assert!(String::from_utf8(listed.stdout).unwrap().contains(&sealed.fingerprint));
    let with = |signers: Option<&PathBuf>, bytes: &[u8], at| {
        let signers = signers.map(|path| AllowedSigners::read(path).unwrap());
        check(bytes, &armoured, signers.as_ref(), at).unwrap()
    };
    let signers = key.allowed("namespaces=\"cutover-signoff\",valid-before=\"20270101\"");
    assert_eq!(with(None, b"a line", now), Checked::Good);
    assert_eq!(with(None, b"another", now), Checked::Bad);
    assert_eq!(with(Some(&signers), b"a line", now), Checked::Signer(vec!["dana@bastion".to_owned()]));
    assert_eq!(with(Some(&signers), b"another", now), Checked::Bad);
    assert_eq!(with(Some(&signers), b"a line", at("2027-02-01T06:00:00Z")), Checked::NotAllowed);
    let other = Key::new("");
    let other = other.allowed("");
    assert_eq!(with(Some(&other), b"a line", now), Checked::NotAllowed);
}

#[test]
fn a_signature_has_one_spelling() {
    let key = Key::new("");
    let armoured = sign(b"a line", &key.path(), Prompts::Never).unwrap();
    for (from, to) in [("\nU1NI", "\nU1N\nI"), ("-----BEGIN", "\n-----BEGIN"), ("-----END", "\n-----END")] {
        let other = armoured.replacen(from, to, 1);
        assert_ne!(other, armoured);
        assert_eq!(Sealed::read(&other), Err(NotASignature));
    }
    assert_eq!(Sealed::read(armoured.trim_end()), Err(NotASignature));
    assert_eq!(Sealed::read(""), Err(NotASignature));
}

/// A passphrase is asked for on a terminal only, and never read from what is to be signed.
#[test]
fn a_key_with_a_passphrase_is_refused_where_nobody_can_be_asked() {
    let key = Key::new("secret");
    let error = sign(b"secret\n", &key.path(), Prompts::Never).unwrap_err().to_string();
    assert!(error.contains("ssh-keygen did not sign with") && error.contains("ssh-add"), "{error}");
    let error = sign(b"x", &key.path().with_extension("none"), Prompts::Never).unwrap_err().to_string();
    assert!(error.contains("cannot be read: No such file"), "{error}");
}

#[test]
fn what_names_nobody_is_no_file_of_allowed_signers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signers");
    let read = |text: &str| {
        std::fs::write(&path, text).unwrap();
        AllowedSigners::read(&path).map(|_| ()).unwrap_err()
    };
    assert!(read("# nobody yet\n\n").contains("name nobody"));
    let bare = read("# keys\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5 lee@laptop\n");
    assert!(
        bare.contains("signers, line 2: it begins with a key") && bare.contains("\"Lee Chen\" ssh-"),
        "{bare}"
    );
    assert!(AllowedSigners::read(&folder.path().join("none")).unwrap_err().contains("No such file"));
}
