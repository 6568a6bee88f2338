//! Work that may hang, on a thread of its own while it lasts.
//!
//! A file on a dead mount holds up whoever touches it for ever, and no time-out ends that. So what it hangs is one
//! thread, which is not started again before it has come back.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

/// What the thread sends back: its charge and what it found, or its panic.
type Back<T, R> = oneshot::Receiver<thread::Result<(T, R)>>;

/// Something that works on a thread of its own, here or away.
pub(super) enum Aside<T, R> {
    Here(T),
    Away(Back<T, R>),
    Lost,
}

impl<T: Send + 'static, R: Send + 'static> Aside<T, R> {
    /// Lets it do `work`, for no longer than `limit` as far as the caller is concerned: `None` if it is not back by
    /// then, and what it finds when it comes back later is the answer to a later call.
    pub(super) async fn run(
        &mut self,
        limit: Duration,
        work: impl FnOnce(&mut T) -> R + Send + 'static,
    ) -> Option<R> {
        let back = match std::mem::replace(self, Aside::Lost) {
            Aside::Here(mut charge) => {
                let (send, back) = oneshot::channel();
                let done = move || {
                    let done = catch_unwind(AssertUnwindSafe(move || {
                        let found = work(&mut charge);
                        (charge, found)
                    }));
                    // Nobody waits for it any more if this fails.
                    let _ = send.send(done);
                };
                match thread::Builder::new().name("copy".to_owned()).spawn(done) {
                    Ok(_) => back,
                    // It went with the closure: the same as a panic, and as rare.
                    Err(error) => resume_unwind(Box::new(format!("no thread can be started: {error}"))),
                }
            }
            Aside::Away(back) => back,
            Aside::Lost => return None,
        };
        // Given up in the middle, it is still away.
        *self = Aside::Away(back);
        let Aside::Away(back) = self else { return None };
        match tokio::time::timeout(limit, back).await {
            Err(_) => None,
            Ok(Ok(Ok((charge, found)))) => {
                *self = Aside::Here(charge);
                Some(found)
            }
            Ok(Ok(Err(payload))) => {
                *self = Aside::Lost;
                resume_unwind(payload)
            }
            Ok(Err(_)) => {
                *self = Aside::Lost;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn what_hangs_is_left_alone_until_it_comes_back() {
        let (release, wait) = mpsc::channel::<()>();
        let mut aside = Aside::Here(0);
        let hang = move |count: &mut i32| {
            let _ = wait.recv();
            *count += 1;
            *count
        };
        assert_eq!(aside.run(Duration::from_millis(1), hang).await, None);
        let never = |_: &mut i32| unreachable!("it is still away");
        assert_eq!(aside.run(Duration::from_millis(1), never).await, None);
        release.send(()).unwrap();
        assert_eq!(aside.run(Duration::from_mins(1), |_| 0).await, Some(1));
        assert_eq!(aside.run(Duration::from_mins(1), |count| *count + 10).await, Some(11));
    }

    #[tokio::test]
    #[should_panic(expected = "a bug")]
    async fn a_panic_comes_back_as_one() {
        let _: Option<()> = Aside::Here(()).run(Duration::from_mins(1), |()| panic!("a bug")).await;
    }
}
