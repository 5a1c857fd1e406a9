//! What a session tells its node.

use crossbeam::channel::Sender;

use super::chunks::News;
#[cfg(feature = "action")]
use super::reception::Word;
use crate::control::Transition;
use crate::runtime::{Event, Observer};

/// Publishes transitions on `~/status` as they happen; passes on what the command topic needs.
pub struct StatusObserver {
    transitions: Sender<Transition>,
    /// Where trajectories are made of it.
    news: Option<(News, triple_buffer::Input<News>)>,
    /// Where goals are judged that somebody waits for.
    #[cfg(feature = "action")]
    reach: Sender<Word>,
}

impl StatusObserver {
    pub(super) fn new(
        transitions: Sender<Transition>,
        news: Option<triple_buffer::Input<News>>,
        #[cfg(feature = "action")] reach: Sender<Word>,
    ) -> Self {
        Self {
            transitions,
            news: news.map(|input| (News::default(), input)),
            #[cfg(feature = "action")]
            reach,
        }
    }
}

impl Observer for StatusObserver {
    fn interest(&self) -> fn(&Event) -> bool {
        match self.news {
            None => |event| matches!(event, Event::Transition(_)) || is_of_goals(event),
            Some(_) => |event| {
                matches!(
                    event,
                    Event::Transition(_) | Event::Plan(_) | Event::State(_)
                ) || is_of_goals(event)
            },
        }
    }

    fn observe(&mut self, event: &Event) {
        if let Event::Transition(transition) = event {
            // Fails only once the node is gone, and with it whoever could be told.
            self.transitions.send(*transition).ok();
        }
        #[cfg(feature = "action")]
        if is_of_goals(event) {
            self.reach.send(Word::Event(event.clone())).ok();
        }
        if let Some((news, input)) = &mut self.news {
            match event {
                Event::Plan(plan) => news.plan = Some(plan.clone()),
                Event::State(state) => news.state = Some(*state),
                _ => return,
            }
            input.write(news.clone());
        }
    }
}

/// Tells what becomes of a goal that somebody waits for.
fn is_of_goals(event: &Event) -> bool {
    cfg!(feature = "action")
        && match event {
            Event::Belief { distance, .. } => distance.is_some(),
            Event::Plan(_) | Event::Goal(_) | Event::Transition(_) => true,
            Event::Frame(_) | Event::State(_) | Event::Command(_) | Event::Comparison(_) => false,
        }
}
