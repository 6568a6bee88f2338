//! Serials of zones, which wrap around (RFC 1982).

/// By how much `one` is ahead of `other`; zero if it is not.
pub(super) fn ahead(one: u32, other: u32) -> u32 {
    let difference = one.wrapping_sub(other);
    // Half the circle away neither is ahead.
    if difference < 1 << 31 { difference } else { 0 }
}

/// The serial that no other is ahead of.
pub(super) fn newest(serials: impl Iterator<Item = u32>) -> Option<u32> {
    serials.reduce(|newest, serial| if ahead(serial, newest) > 0 { serial } else { newest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_wrap_around() {
        for (one, other, by) in [
            (2, 1, 1),
            (1, 2, 0),
            (1, 1, 0),
            (0, u32::MAX, 1),
            (5, u32::MAX - 4, 10),
            (u32::MAX, 0, 0),
            (1 << 31, 0, 0),
        ] {
            assert_eq!(ahead(one, other), by, "{one} over {other}");
        }
        assert_eq!(newest([u32::MAX, 3, u32::MAX - 7].into_iter()), Some(3));
        assert_eq!(newest([2_026_112_101, 2_026_112_102].into_iter()), Some(2_026_112_102));
        assert_eq!(newest(std::iter::empty()), None);
    }
}
