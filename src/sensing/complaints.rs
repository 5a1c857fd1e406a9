//! The same complaint is made once.

use std::collections::BTreeSet;

/// Kinds that are remembered, at most: whoever sends nonsense may send ever new nonsense.
const KINDS: usize = 64;

/// What was complained about so far: a driver that sends the same wrong thing thirty times a second is told
/// once, also when it alternates with another.
#[derive(Debug, Default)]
pub struct Complaints(BTreeSet<String>);

impl Complaints {
    /// True the first time that something of this kind is wrong; numbers make no other kind.
    pub fn is_new(&mut self, kind: &str) -> bool {
        let kind = kind.chars().filter(|c| !c.is_ascii_digit()).collect();
        self.0.len() < KINDS && self.0.insert(kind)
    }
}
