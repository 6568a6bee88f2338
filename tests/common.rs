//! What several themes share.

pub mod desk;
pub mod outline;
