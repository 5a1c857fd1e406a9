//! Colours: one perceptual map for costs, one set of distinct ones for everything else.

use rerun::Color;

/// Nine samples of matplotlib's viridis (van der Walt and Smith, 2015; CC0), dark to bright. Its lightness
/// rises steadily, so that the order of costs reads right in grey and to colour-blind eyes.
const VIRIDIS: [[u8; 3]; 9] = [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];

/// Okabe and Ito's distinct colours (2008), made for colour-blind eyes, without black; for terms.
const DISTINCT: [[u8; 3]; 7] = [
    [86, 180, 233],
    [230, 159, 0],
    [0, 158, 115],
    [204, 121, 167],
    [240, 228, 66],
    [0, 114, 178],
    [213, 94, 0],
];

/// What was measured.
pub(super) const MEASURED: [u8; 3] = [0, 190, 160];
/// What was sent, chosen or spent.
pub(super) const CHOSEN: [u8; 3] = [255, 255, 255];
/// What was asked for before the limits, or would have been without a plan.
pub(super) const WANTED: [u8; 3] = [230, 159, 0];
/// A limit or a threshold.
pub(super) const LIMIT: [u8; 3] = [213, 74, 60];
/// The goal.
pub(super) const GOAL: [u8; 3] = [255, 92, 160];

/// The colour of a cost between 0 (cheapest: bright yellow) and 1 (dearest: dark violet); what is outside is
/// clamped, not-a-number is the dearest.
pub(super) fn cost(relative: f32) -> Color {
    let last = VIRIDIS.len() - 1;
    let cheapness = if relative.is_nan() {
        0.0
    } else {
        (1.0 - relative).clamp(0.0, 1.0)
    };
    let position = cheapness * last as f32;
    let below = (position as usize).min(last - 1);
    let ratio = position - below as f32;
    let channel = |index: usize| {
        let (from, to) = (
            f32::from(VIRIDIS[below][index]),
            f32::from(VIRIDIS[below + 1][index]),
        );
        (from + ratio * (to - from)).round() as u8
    };
    Color::from_rgb(channel(0), channel(1), channel(2))
}

/// The `index`-th distinct colour; they repeat after seven.
pub(super) fn distinct(index: usize) -> [u8; 3] {
    DISTINCT[index % DISTINCT.len()]
}

/// `colour` dimmed to `level` (0..1), against the viewer's dark background.
pub(super) fn dimmed(colour: [u8; 3], level: f32) -> Color {
    let [r, g, b] = colour.map(|channel| (f32::from(channel) * level.clamp(0.0, 1.0)) as u8);
    Color::from_rgb(r, g, b)
}
