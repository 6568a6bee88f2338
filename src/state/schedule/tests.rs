//! Time by hand.
