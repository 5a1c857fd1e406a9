//! The same complaint is made once.

use std::collections::BTreeSet;

/// Kinds that are remembered, at most: whoever sends nonsense may send ever new nonsense.
const KINDS: usize = 64;

/// What was complained about so far; numbers make no other kind.
#[derive(Debug, Default)]
pub(super) struct Complaints(BTreeSet<String>);

impl Complaints {
    /// True the first time that something of this kind is wrong.
    pub(super) fn is_new(&mut self, why: &str) -> bool {
        let kind = why.chars().filter(|c| !c.is_ascii_digit()).collect();
        self.0.len() < KINDS && self.0.insert(kind)
    }
}
