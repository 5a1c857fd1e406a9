//! Places that the robot was at, and the ways between them: what stands between it and a point.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use super::{Metric, ModelError};

/// Places are neighbours up to so many times the map's spacing: visited without a gap, they hang together.
const NEIGHBOURS: f32 = 2.0;
/// Neighbours that the metric takes for so many times as far as it does in the median have something in between.
const PARTED: f32 = 3.0;
/// The most neighbours a place, in the mean.
const MOST_NEIGHBOURS: usize = 128;

/// A map hangs together if this share of its places does.
pub const WHOLE: f64 = 0.95;

/// Latents `[N, D]` with the places `[N, T]` that the probe reads of them, and the neighbours of each.
#[derive(Clone, Debug, PartialEq)]
pub struct LatentMap {
    place_len: usize,
    places: Arc<[f32]>,
    spacing: f32,
    /// Of each place: which ones are next to it, and how far `[m]`.
    neighbours: Vec<Vec<(usize, f32)>>,
}

/// The ways of a map to one point.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    place_len: usize,
    places: Arc<[f32]>,
    /// From each place on `[m]`; infinite where none is known.
    onward: Vec<f32>,
    /// A place counts for what is so near to it `[m]`.
    near: f32,
    nearest: usize,
    gap: f32,
}

impl LatentMap {
    /// A map of `latents` `[N, D]` at `places` `[N, T]` `[m]`, which are at most `spacing` `[m]` from whatever else was
    /// visited.
    ///
    /// # Errors
    /// Places that are not finite, or crowded for this spacing. Those of the metric, which parts neighbours that it takes for far.
    pub fn new(
        latents: &[f32],
        places: Vec<f32>,
        place_len: usize,
        spacing: f64,
        metric: &mut dyn Metric,
    ) -> Result<Self, ModelError> {
        let place_len = place_len.max(1);
        let count = places.len() / place_len;
        let spacing = spacing as f32;
        if let Some(index) = places.iter().position(|part| !part.is_finite()) {
            return Err(ModelError::new(
                "map",
                "latent",
                format!("place {}, which the probe puts nowhere", index / place_len),
                "latents whose places are finite",
                "make the map again (models/recipe/map)",
            ));
        }
        let mut pairs = Vec::new();
        for (here, from) in places.chunks_exact(place_len).enumerate() {
            let others = places.chunks_exact(place_len).enumerate();
            let near = others.filter(|(there, _)| *there > here);
            let near = near.map(|(there, to)| (here, there, between(from, to)));
            pairs.extend(near.filter(|pair| pair.2 <= NEIGHBOURS * spacing));
            if pairs.len() > MOST_NEIGHBOURS * count {
                return Err(ModelError::new(
                    "map",
                    "map.spacing",
                    format!("{spacing} m, with more than {MOST_NEIGHBOURS} neighbours a place"),
                    "places about as far apart as the spacing",
                    "make the map again (models/recipe/map)",
                ));
            }
        }
        let width = metric.point_len();
        let mut points = vec![0.0; count * width];
        metric.place(count, latents, &mut points)?;
        let point = |index: usize| &points[index * width..(index + 1) * width];
        let (mut from, mut to) = (Vec::new(), Vec::new());
        for (here, there, _) in &pairs {
            from.extend_from_slice(point(*here));
            to.extend_from_slice(point(*there));
        }
        let mut apart = vec![0.0; pairs.len()];
        metric.motion(pairs.len(), &from, &to, &mut apart)?;
        let mut sorted = apart.clone();
        sorted.sort_by(f32::total_cmp);
        let median = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
        let mut neighbours = vec![Vec::new(); count];
        for ((here, there, way), apart) in pairs.into_iter().zip(apart) {
            if apart <= PARTED * median {
                neighbours[here].push((there, way));
                neighbours[there].push((here, way));
            }
        }
        Ok(Self {
            place_len,
            places: places.into(),
            spacing,
            neighbours,
        })
    }

    /// N.
    pub fn len(&self) -> usize {
        self.neighbours.len()
    }

    /// True if it knows no place.
    pub fn is_empty(&self) -> bool {
        self.neighbours.is_empty()
    }

    /// Largest distance from a place that was visited to one of the map `[m]`.
    pub fn spacing(&self) -> f64 {
        f64::from(self.spacing)
    }

    /// The share of its places that hang together, 0 to 1: see [`WHOLE`].
    pub fn connected(&self) -> f64 {
        let mut unseen = vec![true; self.len()];
        let mut largest = 0;
        for start in 0..self.len() {
            let mut todo = vec![start];
            let mut size = 0;
            while let Some(place) = todo.pop() {
                if std::mem::take(&mut unseen[place]) {
                    size += 1;
                    todo.extend(self.neighbours[place].iter().map(|next| next.0));
                }
            }
            largest = largest.max(size);
        }
        largest as f64 / self.len().max(1) as f64
    }

    /// The ways to `point` `[m]`, of which the map's T coordinates count (Dijkstra 1959).
    pub fn route(&self, point: &[f64]) -> Route {
        let point: Vec<f32> = point.iter().map(|part| *part as f32).collect();
        let near = NEIGHBOURS * self.spacing;
        let places = self.places.chunks_exact(self.place_len);
        let gaps: Vec<f32> = places.map(|place| between(place, &point)).collect();
        let closest = gaps.iter().copied().enumerate();
        let closest = closest.min_by(|a, b| a.1.total_cmp(&b.1));
        let (nearest, gap) = closest.unwrap_or((0, f32::INFINITY));
        let mut onward = vec![f32::INFINITY; self.len()];
        let mut reached = BinaryHeap::new();
        for (place, way) in gaps.into_iter().enumerate() {
            if way <= near.max(gap) {
                onward[place] = way;
                reached.push(Reverse((way.to_bits(), place)));
            }
        }
        // Lengths are not negative: their bits are in their order.
        while let Some(Reverse((bits, place))) = reached.pop() {
            let way = f32::from_bits(bits);
            if way > onward[place] {
                continue;
            }
            for (next, length) in &self.neighbours[place] {
                let way = way + length;
                if way < onward[*next] {
                    onward[*next] = way;
                    reached.push(Reverse((way.to_bits(), *next)));
                }
            }
        }
        Route {
            place_len: self.place_len,
            places: self.places.clone(),
            onward,
            near,
            nearest,
            gap,
        }
    }
}

impl Route {
    /// Distance from the point to the map's nearest place `[m]`; infinite if there is none, or no such point.
    pub fn gap(&self) -> f64 {
        f64::from(self.gap)
    }

    /// Where the nearest place is `[m]`, `[T]`; empty if there is none.
    pub fn nearest(&self) -> &[f32] {
        let start = self.nearest * self.place_len;
        self.places
            .get(start..start + self.place_len)
            .unwrap_or(&[])
    }

    /// Whether `here` `[T]` `[m]` is at one of the map's places, wherever ways lead from there.
    pub fn knows(&self, here: &[f32]) -> bool {
        let mut places = self.places.chunks_exact(self.place_len);
        places.any(|place| between(place, here) <= self.near)
    }

    /// The way from `here` `[T]` `[m]`; infinite where the map knows none. Allocates nothing.
    pub fn from(&self, here: &[f32]) -> f32 {
        let places = self.places.chunks_exact(self.place_len).zip(&self.onward);
        let mut best = f32::INFINITY;
        for (place, onward) in places {
            let way = between(place, here);
            if way <= self.near {
                best = best.min(way + onward);
            }
        }
        best
    }
}

fn between(a: &[f32], b: &[f32]) -> f32 {
    let squares = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
    squares.sum::<f32>().sqrt()
}
