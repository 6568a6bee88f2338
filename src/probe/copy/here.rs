//! A source on this host whose looks block: each is made on a thread that may hang.

use std::sync::Arc;
use std::time::Duration;

use super::aside::Aside;
use super::{Local, Look, Watch};
use crate::clock::Stamp;
use crate::probe::net::Net;
use crate::sample::Order;
use crate::sample::copy::{Copy, Source};
use crate::text;

/// A look at a disk that takes longer is a look at one that does not answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// A blocking source, kept from blocking.
pub(super) struct Here {
    net: Arc<Net>,
    local: Aside<Box<dyn Local>, Copy>,
    subject: String,
    orders: Vec<Order>,
    last: Copy,
    /// Since when a look has not come back.
    away: Option<Stamp>,
}

impl Here {
    pub(super) fn new(net: &Arc<Net>, local: Box<dyn Local>) -> Here {
        Here {
            net: Arc::clone(net),
            subject: local.subject(),
            local: Aside::Here(local),
            orders: Vec::new(),
            last: Copy::default(),
            away: None,
        }
    }
}

impl Watch for Here {
    fn look(&mut self) -> Look<'_> {
        Box::pin(async {
            let now = self.net.clock.now();
            let orders = if self.away.is_none() { std::mem::take(&mut self.orders) } else { Vec::new() };
            let look = move |local: &mut Box<dyn Local>| {
                for order in orders {
                    local.order(order, now);
                }
                local.look(now)
            };
            let began = *self.away.get_or_insert(now);
            if let Some(copy) = self.local.run(PATIENCE, look).await {
                self.away = None;
                self.last = copy;
                return self.last.clone();
            }
            let since = text::short(self.net.clock.now().since(&began));
            let subject = super::feed::clean(&self.subject, &self.net.redactor());
            let why = format!("{subject} has not answered for {since}: look whether its disk or mount does");
            Copy { source: Source::Unreachable(why), ..self.last.clone() }
        })
    }

    fn order(&mut self, order: Order) {
        self.orders.push(order);
    }
}
