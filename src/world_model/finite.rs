//! Whether numbers are finite, many at once.

/// True if none of `values` is infinite or NaN: by the largest magnitude's bits, without a way out early, so that a
/// loop looks at many numbers at once.
pub(crate) fn all_finite(values: impl Iterator<Item = f32>) -> bool {
    const INFINITE: i32 = f32::INFINITY.to_bits() as i32;
    let magnitudes = values.map(|value| value.abs().to_bits() as i32);
    magnitudes.fold(0, i32::max) < INFINITE
}
