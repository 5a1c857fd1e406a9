//! The same complaint is made once.

use super::SensingError;

/// What was complained about so far: a driver that sends the same wrong thing thirty times a second is told
/// once, also when it alternates with another.
#[derive(Debug, Default)]
pub struct Refusals(Vec<&'static str>);

impl Refusals {
    /// True the first time that something of this kind is wrong.
    pub fn is_new(&mut self, why: &SensingError) -> bool {
        let kind = why.kind();
        let new = !self.0.contains(&kind);
        if new {
            self.0.push(kind);
        }
        new
    }
}
