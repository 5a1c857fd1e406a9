//! Where one frame lies in another: what [`Transforms`] are asked.

use nalgebra::Isometry3;

use super::track::{HISTORY, Outside};
use super::transforms::{Poses, Transforms, seconds};
use crate::time::Stamp;

/// Frames that a sentence names, at most.
const NAMED: usize = 12;

/// Why a frame can't be placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// A later transform may tell.
    NotYet(String),
    /// No later one will.
    Never(String),
}

impl Transforms {
    /// The pose of `source` in `target` at a stamp: takes points from `source` to `target`. Without a stamp it is the
    /// newest that all moving transforms on the way are known at; of those each must have come within ten seconds
    /// before `now`.
    pub fn find(
        &self,
        target: &str,
        source: &str,
        stamp: Option<Stamp>,
        now: Stamp,
    ) -> Result<Isometry3<f64>, Missing> {
        let (mut down, mut up) = (self.way(target)?, self.way(source)?);
        if down.last() != up.last() {
            let root = |way: &[usize]| way.last().map_or("", |root| &self.frames[*root].name);
            return Err(Missing::NotYet(format!(
                "nobody publishes how they are connected: {source} hangs from {}, {target} from {}",
                root(&up),
                root(&down)
            )));
        }
        // What both ways share is not on the way.
        while let (Some(a), Some(b)) = (down.last(), up.last())
            && a == b
        {
            down.pop();
            up.pop();
        }
        let at = match stamp {
            Some(stamp) => stamp,
            None => self.latest(&[up.as_slice(), &down].concat(), now)?,
        };
        let pose = |way: &[usize]| {
            let mut poses = way.iter().rev().map(|frame| self.at(*frame, at));
            poses.try_fold(Isometry3::identity(), |sum, pose| {
                pose.map(|pose| sum * pose)
            })
        };
        let pose = pose(&down)?.inv_mul(&pose(&up)?);
        let finite = pose
            .translation
            .vector
            .iter()
            .all(|value| value.is_finite());
        finite.then_some(pose).ok_or_else(|| {
            Missing::Never("the transforms on the way add up to what is not finite".to_owned())
        })
    }

    /// From a frame to its root.
    fn way(&self, name: &str) -> Result<Vec<usize>, Missing> {
        let frame = self.numbers.get(name).ok_or_else(|| {
            Missing::NotYet(format!("no transform to or from {name}: {}", self.list()))
        })?;
        Ok(self.ancestors(*frame).collect())
    }

    /// The newest stamp at which all of `frames` are known.
    fn latest(&self, frames: &[usize], now: Stamp) -> Result<Stamp, Missing> {
        let mut common: Option<(Stamp, Stamp)> = None;
        for frame in frames {
            let Poses::Moving(track, heard) = &self.frames[*frame].poses else {
                continue;
            };
            if now - *heard > HISTORY {
                return Err(Missing::NotYet(format!(
                    "{}: the last transform came {} ago",
                    self.pair(*frame),
                    seconds(now - *heard)
                )));
            }
            if let Some((first, last)) = track.reach() {
                let (oldest, newest) = common.unwrap_or((first, last));
                common = Some((oldest.max(first), newest.min(last)));
            }
        }
        match common {
            None => Ok(Stamp::ZERO),
            Some((oldest, newest)) if oldest <= newest => Ok(newest),
            Some((oldest, newest)) => Err(Missing::NotYet(format!(
                "the transforms on the way have no time in common: one ends {} before another begins",
                seconds(oldest - newest)
            ))),
        }
    }

    /// A frame in its parent at a stamp, interpolated.
    fn at(&self, frame: usize, stamp: Stamp) -> Result<Isometry3<f64>, Missing> {
        let track = match &self.frames[frame].poses {
            Poses::Fixed(pose) => return Ok(*pose),
            Poses::Moving(track, _) => track,
        };
        track.at(stamp).map_err(|outside| {
            let pair = self.pair(frame);
            match outside {
                Outside::Nowhere => Missing::NotYet(format!("{pair}: not known any more")),
                Outside::After(late) => Missing::NotYet(format!(
                    "{pair}: the newest transform is {} older than the stamp",
                    seconds(late)
                )),
                Outside::Before(early) => Missing::Never(format!(
                    "{pair}: the stamp is {} older than the oldest transform; 10 s are kept",
                    seconds(early)
                )),
            }
        })
    }

    fn pair(&self, frame: usize) -> String {
        self.named(frame, self.frames[frame].parent.unwrap_or(frame))
    }

    fn list(&self) -> String {
        if self.frames.is_empty() {
            return "nothing came on /tf and /tf_static".to_owned();
        }
        let names: Vec<&str> = self
            .frames
            .iter()
            .map(|frame| frame.name.as_str())
            .collect();
        let more = names.len().saturating_sub(NAMED);
        let names = names[..names.len() - more].join(", ");
        match more {
            0 => format!("known are {names}"),
            more => format!("known are {names} and {more} more"),
        }
    }
}
