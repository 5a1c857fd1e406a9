//! Seeds of seeds: what is drawn for one thing tells nothing about another.

/// Keeps the random numbers of goals, photographs, episodes and recordings apart: no two of these domains share
/// a light, a pose or a frame's noise for any seeds that are less than 2^56 apart ([`mix`]).
pub(super) const GOAL: u64 = 1;
pub(super) const GOAL_LIGHT: u64 = 2;
pub(super) const START: u64 = 3;
pub(super) const LIGHT: u64 = 4;
pub(super) const NOISE: u64 = 5;
pub(super) const RECORDED_LIGHT: u64 = 6;
pub(super) const RECORDED_NOISE: u64 = 7;

/// SplitMix64 of a seed and a domain (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
pub(super) fn mix(seed: u64, domain: u64) -> u64 {
    let mut z = seed.wrapping_add(domain.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
