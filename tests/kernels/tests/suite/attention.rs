//! Attention.

use kernels::kernel::*;
use kernels::seeded::Seeded;

use crate::support::*;

/// Heads inside tokens, tokens inside heads, or channels outside tokens.
fn view(layout: usize, heads: usize, tokens: usize, channels: usize) -> View {
    let strides = match layout {
        0 => [heads * tokens * channels, channels, heads * channels, 1],
        1 => [heads * tokens * channels, tokens * channels, channels, 1],
        _ => [heads * tokens * channels, tokens * channels, 1, tokens],
    };
    View { strides }
}

fn check(
    seeded: &mut Seeded,
    [heads, queries, keys, channels, value_channels]: [usize; 5],
    batch: usize,
) {
    let layouts = [(); 4].map(|()| seeded.below(3));
    let of = Attention {
        heads,
        queries,
        keys,
        channels,
        value_channels,
        scale: 1.0 / (channels as f32).sqrt(),
        mask: (seeded.below(2) == 0).then(|| {
            let hidden = |i: usize| i / keys < i % keys;
            (0..queries * keys)
                .map(|i| if hidden(i) { f32::NEG_INFINITY } else { 0.25 })
                .collect()
        }),
        q: view(layouts[0], heads, queries, channels),
        k: view(layouts[1], heads, keys, channels),
        v: view(layouts[2], heads, keys, value_channels),
        out: view(layouts[3], heads, queries, value_channels),
    };
    let q = seeded.numbers(batch * heads * queries * channels, 2.0);
    let k = seeded.numbers(batch * heads * keys * channels, 2.0);
    let v = seeded.numbers(batch * heads * keys * value_channels, 1.0);
    let run = |isa| {
        let mut y = vec![7.0; batch * heads * queries * value_channels];
        of.run(isa, batch, &q, &k, &v, &mut y, &mut Scratch::default());
        y
    };
    let truth = run(Isa::Scalar);
    for isa in Isa::available().skip(1) {
        assert_eq!(difference(&truth, &run(isa)), None, "{isa} {of:?}");
    }
    let error = relative_error(&truth, &plain(&of, batch, &q, &k, &v));
    assert!(error < 1e-6, "{error}: {of:?}");
}

fn plain(of: &Attention, batch: usize, q: &[f32], k: &[f32], v: &[f32]) -> Vec<f64> {
    let at = |view: &View, b: usize, h: usize, t: usize, c: usize| {
        b * view.strides[0] + h * view.strides[1] + t * view.strides[2] + c * view.strides[3]
    };
    let mut y = vec![0.0; batch * of.heads * of.queries * of.value_channels];
    for b in 0..batch {
        for h in 0..of.heads {
            for i in 0..of.queries {
                let scores: Vec<f64> = (0..of.keys)
                    .map(|j| {
                        let pair = |c| {
                            f64::from(q[at(&of.q, b, h, i, c)])
                                * f64::from(k[at(&of.k, b, h, j, c)])
                        };
                        let mask = of
                            .mask
                            .as_ref()
                            .map_or(0.0, |mask| f64::from(mask[i * of.keys + j]));
                        (0..of.channels).map(pair).sum::<f64>() * f64::from(of.scale) + mask
                    })
                    .collect();
                let greatest = scores.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
                let weights: Vec<f64> = scores.iter().map(|s| (s - greatest).exp()).collect();
                let total: f64 = weights.iter().sum();
                for c in 0..of.value_channels {
                    let sum: f64 = (0..of.keys)
                        .map(|j| weights[j] * f64::from(v[at(&of.v, b, h, j, c)]))
                        .sum();
                    y[at(&of.out, b, h, i, c)] = sum / total;
                }
            }
        }
    }
    y
}

#[test]
fn every_set_gives_the_references_bits_and_the_reference_is_right() {
    let mut seeded = Seeded::new(31);
    for _ in 0..120 {
        let counts = [4, 60, 40, 70, 70].map(|most| 1 + seeded.below(most));
        let batch = 1 + seeded.below(3);
        check(&mut seeded, counts, batch);
    }
    for tokens in 1..=9 {
        check(&mut seeded, [16, tokens, tokens, 64, 64], 2);
    }
    check(&mut seeded, [3, 257, 257, 64, 64], 1);
}
