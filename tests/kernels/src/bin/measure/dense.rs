//! Linear layers, alone and in a row.

use kernels::kernel::*;
use kernels::seeded::Seeded;

use super::Run;

impl Run {
    pub fn linear(
        &self,
        k: usize,
        n: usize,
        activation: Activation,
        before: bool,
        after: bool,
    ) -> Linear {
        let mut seeded = Seeded::new((k * n) as u64);
        let norm = |width: usize, seeded: &mut Seeded| Norm {
            centred: true,
            epsilon: 1e-5,
            gain: Some(seeded.numbers(width, 1.0).as_slice().into()),
            bias: Some(seeded.numbers(width, 1.0).as_slice().into()),
        };
        Linear::new(
            self.isa,
            self.product,
            &LinearSpec {
                k,
                segments: &[n],
                weights: &seeded.numbers(k * n, 1.7 / (k as f32).sqrt()),
                scales: None,
                bias: Some(&seeded.numbers(n, 0.3)),
                norm_before: before.then(|| norm(k, &mut seeded)),
                norm_after: after.then(|| norm(n, &mut seeded)),
                activations: &[activation],
            },
        )
        .expect("a layer")
    }

    pub fn mlp(&self, name: &str, widths: &[usize], norms: bool) {
        let last = widths.len() - 2;
        let layers: Vec<Linear> = widths
            .windows(2)
            .enumerate()
            .map(|(i, pair)| {
                let activation = if i == last {
                    Activation::Identity
                } else {
                    Activation::Silu
                };
                self.linear(pair[0], pair[1], activation, false, norms && i != last)
            })
            .collect();
        let macs: usize = widths.windows(2).map(|pair| pair[0] * pair[1]).sum();
        for rows in [1, 4, 32, 128, 512] {
            let x = Seeded::new(1).numbers(rows * widths[0], 1.0);
            let widest = widths.iter().max().expect("widths");
            let mut results = [(); 2].map(|()| Numbers::from(&vec![0.0; rows * widest][..]));
            let mut scratch = Scratch::default();
            self.row(
                &format!("mlp {name}, {rows} rows"),
                (macs * rows) as f64,
                || {
                    let [from, to] = &mut results;
                    let (mut from, mut to) = (from, to);
                    for (i, (layer, pair)) in layers.iter().zip(widths.windows(2)).enumerate() {
                        let x = if i == 0 { &x } else { &from[..rows * pair[0]] };
                        let y = &mut to[..rows * pair[1]];
                        layer.run(rows, x, None, &mut [y], &mut scratch);
                        std::mem::swap(&mut from, &mut to);
                    }
                },
            );
        }
    }

    pub fn single(&self, k: usize, n: usize) {
        let layer = self.linear(k, n, Activation::Identity, false, false);
        for rows in [1, 2, 4, 6, 32, 128] {
            let x = Seeded::new(1).numbers(rows * k, 1.0);
            let mut y = vec![0.0; rows * n];
            let mut scratch = Scratch::default();
            self.row(
                &format!("linear {k}x{n}, {rows} rows"),
                (k * n * rows) as f64,
                || {
                    layer.run(rows, &x, None, &mut [&mut y], &mut scratch);
                },
            );
        }
    }
}
