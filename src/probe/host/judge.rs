//! Expectations of a machine, and the cleaning of all words before they leave.

use chrono::{DateTime, Utc};

use crate::config::HostSettings;
use crate::expr::{Fact, Facts, Subject, Value, Verdict};
use crate::probe::judge::{clause, clean_miss};
use crate::sample::Miss;
use crate::sample::host::{Disk, Host};
use crate::text::{self, Redactor};

/// Judges `host` by its settings' expectations, and cleans what it says.
pub(super) fn judge(host: &mut Host, settings: &HostSettings, now: DateTime<Utc>, redactor: &Redactor) {
    let known = Known { host, now };
    let (mut misses, mut untold) = (Vec::new(), Vec::new());
    for expr in &settings.expect {
        let miss = |saw| clean_miss(&Miss { expected: expr.source().to_owned(), saw }, redactor);
        match expr.evaluate(&known) {
            Verdict::Met => {}
            Verdict::Unmet { saw } => misses.push(miss(saw)),
            Verdict::Unknown { why } => untold.push(miss(why)),
        }
    }
    host.misses = misses;
    host.untold = untold;
    let clean = |text: &mut String| *text = clause(text, redactor);
    clean(&mut host.name);
    host.disks.iter_mut().for_each(|disk| {
        clean(&mut disk.mount);
        clean(&mut disk.kind);
    });
    host.nets.iter_mut().for_each(|net| clean(&mut net.name));
    host.processes.iter_mut().for_each(|process| clean(&mut process.pattern));
    host.remarks.iter_mut().for_each(clean);
}

/// What a look knows, for expressions.
struct Known<'a> {
    host: &'a Host,
    now: DateTime<Utc>,
}

impl Known<'_> {
    fn disk(&self, path: &str, read: impl FnOnce(&Disk) -> Option<Value<'static>>) -> Value<'static> {
        let Some(disk) = self.host.disk_of(path) else {
            return unknown(format!("the file system of {path} is not known"));
        };
        match disk.hanging {
            Some(span) => unknown(format!("{} has not answered for {}", disk.mount, text::age(span))),
            None => read(disk).unwrap_or_else(|| unknown(format!("{} does not count it", disk.mount))),
        }
    }
}

impl Facts for Known<'_> {
    fn value(&self, _: Option<&Subject>, fact: &Fact) -> Value<'_> {
        let host = self.host;
        let share = |share: Option<f64>, why: &str| share.map_or_else(|| unknown(why), Value::Share);
        match fact {
            Fact::Cpu => share(host.cpu, "one look cannot tell; the next can"),
            Fact::Memory => share(host.memory.share(), "it is not known how much there is"),
            // Without swap nothing of it is taken.
            Fact::Swap => Value::Share(host.memory.swap_share().unwrap_or(0.0)),
            Fact::Up => host.up.map_or_else(|| unknown("it does not say"), Value::from),
            Fact::Free(path) => self.disk(path, |disk| Some(Value::Bytes(disk.free))),
            Fact::FreeShare(path) => self.disk(path, |disk| disk.free_share().map(Value::Share)),
            Fact::FreeInodesShare(path) => self.disk(path, |disk| disk.free_inodes_share().map(Value::Share)),
            Fact::Process(pattern) => {
                let named = host.processes.iter().find(|process| process.pattern == *pattern);
                let count = named.map(|process| Value::Count(process.count.into()));
                count.unwrap_or_else(|| unknown(format!("processes `{pattern}` are not known")))
            }
            _ => unknown("a machine does not know it"),
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.now
    }
}

fn unknown(why: impl Into<String>) -> Value<'static> {
    Value::Unknown(why.into())
}
