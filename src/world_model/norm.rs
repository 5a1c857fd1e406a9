//! Euclidean norms over rows of points.

/// Writes the distance of every point of `points` `[N, E]` to `goal` `[E]` into `out` `[N]`.
pub fn to_one(points: &[f32], goal: &[f32], out: &mut [f32]) {
    for (slot, point) in out.iter_mut().zip(points.chunks_exact(goal.len().max(1))) {
        *slot = norm(point, goal);
    }
}

/// Writes the distance between the rows of `from` and `to` [N, `len`] into `out` `[N]`.
pub fn between(from: &[f32], to: &[f32], len: usize, out: &mut [f32]) {
    let pairs = from
        .chunks_exact(len.max(1))
        .zip(to.chunks_exact(len.max(1)));
    for (slot, (a, b)) in out.iter_mut().zip(pairs) {
        *slot = norm(a, b);
    }
}

fn norm(a: &[f32], b: &[f32]) -> f32 {
    let square = |(a, b): (&f32, &f32)| (a - b) * (a - b);
    a.iter().zip(b).map(square).sum::<f32>().sqrt()
}
