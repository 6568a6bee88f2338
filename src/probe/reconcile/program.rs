//! A program that counts, here or on another host.

use std::process::Stdio;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::oneshot;

use super::super::exec::{Held, not_run};
use super::super::fault::{Fault, plain};
use super::super::ssh::Remote;
use super::count::Lines;
use super::{Ended, Run};
use crate::hold::Input;

/// Bytes read at a time.
const READ: usize = 16 * 1024;

impl Run {
    /// Runs `argv` to its end, to its time-out, or until it is stopped; nothing of it is left then.
    pub(super) async fn program(
        &self,
        argv: &[String],
        stopped: oneshot::Receiver<()>,
    ) -> Result<Ended, Fault> {
        let too_late = tokio::time::sleep(self.job.timeout);
        tokio::pin!(too_late, stopped);
        let masters = &self.net.masters;
        let remote = match &self.job.via {
            Some(via) => tokio::select! {
                remote = Remote::new(masters, &self.net.holder, via, argv) => Some(remote?),
                () = &mut too_late => return Ok(Ended::TooLate),
                _ = &mut stopped => return Ok(Ended::Stopped),
            },
            None => None,
        };
        let (input, argv) =
            remote.as_ref().map_or((Input::Null, argv), |remote| (Input::Open, &remote.argv[..]));
        let mut held = Held::start(&self.net.holder, input, argv, Stdio::piped)?;
        let (stdout, stderr) = held.outputs();
        let mut last = String::new();
        let read = async {
            tokio::join!(
                self.drain(stdout, true, |_| {}),
                self.drain(stderr, false, |line| line.clone_into(&mut last)),
            );
            held.wait().await
        };
        let status = tokio::select! {
            biased;
            status = read => status,
            _ = &mut stopped => {
                held.end().await;
                return Ok(Ended::Stopped);
            }
            () = &mut too_late => {
                held.end().await;
                return Ok(Ended::TooLate);
            }
        };
        let broken = |error| Fault::Broken(format!("lost the program: {}", plain(&error)));
        let killed = || Fault::Broken("the program's holder was killed".to_owned());
        let code = status.map_err(broken)?.ok_or_else(killed)?;
        let fault =
            remote.as_ref().and_then(|remote| remote.failed(code, &last)).or_else(|| not_run(code, &last));
        fault.map_or(Ok(Ended::ByItself(Some(code))), Err)
    }

    /// Reads an output to its end; `document` if it may be JSON.
    async fn drain(&self, pipe: Option<impl AsyncRead + Unpin>, document: bool, mut each: impl FnMut(&str)) {
        let Some(mut pipe) = pipe else { return };
        let (mut buffer, mut lines) = (vec![0; READ], Lines::default());
        // An output that breaks off is at its end: the exit code tells the rest.
        while let Ok(read @ 1..) = pipe.read(&mut buffer).await {
            let mut counts = self.counts();
            if document {
                counts.document(&buffer[..read]);
            }
            lines.feed(&buffer[..read], |line| {
                counts.line(line);
                each(line);
            });
        }
        let mut counts = self.counts();
        lines.end(|line| {
            counts.line(line);
            each(line);
        });
    }
}
