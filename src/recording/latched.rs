//! What came on latched topics: it holds for whoever comes later.

use std::collections::VecDeque;

/// Messages that are kept.
const MESSAGES: usize = 256;

/// The newest messages of topics `K`, each once: some say the same again and again.
#[derive(Debug)]
pub struct Latched<K>(VecDeque<(K, Vec<u8>)>);

impl<K: Copy + PartialEq> Latched<K> {
    /// Keeps a message; the oldest goes if there is no room.
    pub fn keep(&mut self, topic: K, bytes: &[u8]) {
        self.0
            .retain(|known| (known.0, &*known.1) != (topic, bytes));
        if self.0.len() == MESSAGES {
            self.0.pop_front();
        }
        self.0.push_back((topic, bytes.to_owned()));
    }

    /// All that is kept, in order.
    pub fn iter(&self) -> impl Iterator<Item = (K, &[u8])> {
        self.0.iter().map(|(topic, bytes)| (*topic, &**bytes))
    }
}

impl<K> Default for Latched<K> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}
