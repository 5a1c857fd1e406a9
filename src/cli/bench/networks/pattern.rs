//! Inputs that are the same numbers everywhere, so that results can be compared across processes.

/// Fills an input number `port`: a hash of every index, in 0..1 for pictures, else of mean 0 and variance 1.
/// `tests/peers/serve.py` has the same.
pub(in super::super) fn pattern(port: usize, picture: bool, len: usize) -> Vec<f32> {
    let offset = 40_503u32.wrapping_mul(port as u32 + 1);
    let value = |index: usize| {
        let mut bits = (index as u32)
            .wrapping_mul(2_654_435_761)
            .wrapping_add(offset);
        bits ^= bits >> 15;
        bits = bits.wrapping_mul(2_246_822_519);
        bits ^= bits >> 13;
        let unit = f64::from(bits) / 4_294_967_296.0;
        if picture {
            unit as f32
        } else {
            ((2.0 * unit - 1.0) * 3f64.sqrt()) as f32
        }
    };
    (0..len).map(value).collect()
}
