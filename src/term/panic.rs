//! Panics kept for the leave path: printing them would tear the screen, or fail on a terminal that is gone.

use std::cell::RefCell;
use std::panic::PanicHookInfo;

thread_local! {
    static TEXT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// From now on a panic prints nothing; its text waits on its own thread for [`panic_text`].
pub fn hold_panics() {
    std::panic::set_hook(Box::new(hold));
}

/// Takes the text of the last panic of this thread: what, and where.
///
/// Per thread, so that the loop never shows a probe's panic as its own.
#[must_use]
pub fn panic_text() -> Option<String> {
    TEXT.try_with(|text| text.try_borrow_mut().ok()?.take()).ok()?
}

fn hold(info: &PanicHookInfo<'_>) {
    let what = info.payload_as_str().unwrap_or("of an unknown kind");
    let place = info.location().map(|at| format!(" at {at}")).unwrap_or_default();
    // A thread on its way out has nobody left to tell.
    let _ =
        TEXT.try_with(|text| text.try_borrow_mut().map(|mut text| *text = Some(format!("{what}{place}"))));
}
