//! Which acts a log holds: numbers come almost in a row, so spans of them are kept.

use std::collections::{BTreeMap, HashMap};

use crate::signoff::ActId;

/// A set of acts; memory grows with the gaps, not with the acts.
#[derive(Clone, Debug, Default)]
pub(in crate::signoff) struct Acts(HashMap<u64, BTreeMap<u64, u64>>);

impl Acts {
    pub(in crate::signoff) fn contains(&self, act: ActId) -> bool {
        let spans = self.0.get(&act.session);
        spans.and_then(|spans| spans.range(..=act.n).next_back()).is_some_and(|(_, &last)| act.n <= last)
    }

    /// Says whether it is new.
    pub(in crate::signoff) fn insert(&mut self, act: ActId) -> bool {
        if self.contains(act) {
            return false;
        }
        let spans = self.0.entry(act.session).or_default();
        let mut first = act.n;
        let mut last = act.n;
        if let Some((&start, &end)) = spans.range(..act.n).next_back()
            && Some(end) == act.n.checked_sub(1)
        {
            first = start;
        }
        if let Some(end) = act.n.checked_add(1).and_then(|next| spans.remove(&next)) {
            last = end;
        }
        spans.insert(first, last);
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_is_a_set(numbers in proptest::collection::vec((0..3u64, prop_oneof![0..40u64, u64::MAX - 3..=u64::MAX]), 0..80)) {
            let mut acts = Acts::default();
            let mut set = HashSet::new();
            for (session, n) in numbers {
                let act = ActId { session, n };
                prop_assert_eq!(acts.contains(act), set.contains(&act));
                prop_assert_eq!(acts.insert(act), set.insert(act));
                prop_assert!(acts.contains(act));
            }
        }
    }

    #[test]
    fn acts_in_a_row_are_one_span() {
        let mut acts = Acts::default();
        for n in (1..=1000).rev() {
            assert!(acts.insert(ActId { session: 1, n }));
        }
        assert_eq!(acts.0[&1].len(), 1);
    }
}
