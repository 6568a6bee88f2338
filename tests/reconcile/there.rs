//! A comparison on another host: a real sshd on loopback.

use super::*;
use crate::health::peers;

#[test]
fn a_comparison_runs_on_another_host_and_ends_there_too() {
    if peers::program("ssh", "openssh-client").is_none() {
        return;
    }
    let Some(sshd) = peers::program("sshd", "openssh-server") else { return };
    let (peer, address) = peers::sshd(&sshd);
    let pids = peer.path("pids");
    let via = format!(
        "via = ['ssh', '-F', 'none', '-i', '{}', '-p', '{}', '-o', 'StrictHostKeyChecking=accept-new', \
         '-o', 'UserKnownHostsFile={}', '127.0.0.1']\n",
        peer.path("id").display(),
        address.port(),
        peer.path("known").display()
    );
    let counted = "counters = { missing = 'missing (\\d+)' }\nexpect = ['missing == 0']\n";
    let found = run(&shell("echo \"missing 0 $SSH_CONNECTION\"", &format!("{counted}{via}")));
    assert_eq!(verdict(&found), Verdict::Ok, "{found:?}");
    assert!(found.line.contains("127.0.0.1"), "{found:?}");
    let found = run(&shell("echo missing 0; exit 255", &format!("{counted}{via}")));
    assert_eq!(judged(&found)[1], ("exit == 0", &off("255")));
    // A time-out here ends it there.
    let script = format!("echo $$ > {}; exec sleep 1000", pids.display());
    let mut bench = bench(&settings(&shell(&script, &format!("timeout = \"3s\"\n{via}"))));
    assert!(failed(&bench.run()).starts_with("not finished within 3s"));
    crate::common::program::until("the program is gone there", || (alive(&pids) == 0).then_some(()));
    // Nobody listens there.
    let nowhere = via.replace(&format!("'{}'", address.port()), "'1'");
    let found = run(&shell("echo missing 0", &format!("{counted}{nowhere}")));
    assert!(failed(&found).starts_with("ssh to 127.0.0.1 failed: "), "{found:?}");
}
