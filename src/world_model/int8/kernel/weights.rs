//! Codes of a column of weights.

use super::error::KernelError;

/// Added to a number of at most 2^22 and taken away again, it leaves the nearest whole number, even on ties: the last
/// bit of a float of this size counts one.
const WHOLE: f32 = 12_582_912.0;

/// The nearest whole number. `f32::round_ties_even` is a call where SSE4.1 can't be assumed.
fn nearest(x: f32) -> f32 {
    (x + WHOLE) - WHOLE
}

/// Codes of weights that are multiples of `scale`.
pub(super) fn recover(
    row: &[f32],
    scale: f32,
    column: usize,
    codes: &mut [i8],
) -> Result<f32, KernelError> {
    for (&weight, code) in row.iter().zip(codes) {
        let ratio = if weight == 0.0 { 0.0 } else { weight / scale };
        let code_found = nearest(ratio);
        let exact = (-128.0..=127.0).contains(&code_found) && code_found * scale == weight;
        if !exact {
            return Err(KernelError::NoCode {
                column,
                weight,
                scale,
            });
        }
        *code = code_found as i8;
    }
    Ok(scale)
}

/// Nearest codes, -127 to 127 over the column's largest magnitude; gives the scale.
pub(super) fn round(row: &[f32], codes: &mut [i8]) -> f32 {
    let largest = row.iter().fold(0.0f32, |a, w| a.max(w.abs()));
    let scale = (largest / 127.0).max(f32::MIN_POSITIVE);
    for (&weight, code) in row.iter().zip(codes) {
        *code = nearest(weight / scale).clamp(-127.0, 127.0) as i8;
    }
    scale
}
