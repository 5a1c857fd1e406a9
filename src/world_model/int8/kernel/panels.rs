//! Keys and values of one head, packed as weights are.

use super::attention::Attention;
use super::lanes::{Lanes, WIDTH};
use super::norm::part;
use super::quantize::Range;

// SAFETY of the bodies: `k` and `v` hold all entries of their view, `to` as many panels as those fill.

/// Keys as panels of sixteen: `[panel][channel][key]`. Tells whether all are finite.
#[inline(always)]
pub(super) unsafe fn turn_keys<V: Lanes>(of: &Attention, k: *const f32, to: *mut f32) -> bool {
    let [_, _, token, channel] = of.k.strides;
    unsafe {
        let mut range = Range::<V>::new();
        for first in (0..of.keys).step_by(WIDTH) {
            let panel = to.add(first * of.channels);
            let count = WIDTH.min(of.keys - first);
            for c in 0..of.channels {
                for lane in 0..WIDTH {
                    *panel.add(c * WIDTH + lane) = if lane < count {
                        *k.add((first + lane) * token + c * channel)
                    } else {
                        0.0
                    };
                }
                range.include(V::load(panel.add(c * WIDTH)));
            }
        }
        range.finite()
    }
}

/// Values as panels of sixteen channels: `[panel][key][channel]`. Tells whether all are finite.
#[inline(always)]
pub(super) unsafe fn pack_values<V: Lanes>(of: &Attention, v: *const f32, to: *mut f32) -> bool {
    let [_, _, token, channel] = of.v.strides;
    unsafe {
        let mut range = Range::<V>::new();
        for first in (0..of.value_channels).step_by(WIDTH) {
            let count = WIDTH.min(of.value_channels - first);
            for key in 0..of.keys {
                let to = to.add((first * of.keys) + key * WIDTH);
                let v = v.add(key * token + first * channel);
                if channel == 1 {
                    V::store(to, part::<V>(v, count));
                } else {
                    for lane in 0..WIDTH {
                        *to.add(lane) = if lane < count {
                            *v.add(lane * channel)
                        } else {
                            0.0
                        };
                    }
                }
                range.include(V::load(to));
            }
        }
        range.finite()
    }
}
