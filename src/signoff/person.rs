//! People by their names.

/// Whether two names are one person's: blanks and the case of letters tell nobody apart.
#[must_use]
pub fn same_person(one: &str, other: &str) -> bool {
    let mut one = one.split_whitespace().map(str::to_lowercase);
    let mut other = other.split_whitespace().map(str::to_lowercase);
    loop {
        match (one.next(), other.next()) {
            (None, None) => return true,
            (a, b) if a == b => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::same_person;

    #[test]
    fn blanks_and_case_tell_nobody_apart() {
        assert!(same_person("Lee Chen", " lee  chen "));
        assert!(!same_person("Lee Chen", "Lee Cheng"));
        assert!(!same_person("Lee", "Lee Chen"));
    }
}
