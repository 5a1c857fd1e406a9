//! Transformer blocks, and what they are made of beside layers.

use kernels::kernel::*;
use kernels::seeded::Seeded;

use super::Run;

impl Run {
    /// A pre-norm transformer block, with `tokens` a row.
    pub fn block(
        &self,
        name: &str,
        rows: usize,
        [tokens, width, heads, inner, hidden]: [usize; 5],
    ) {
        let mut seeded = Seeded::new(7);
        let channels = inner / heads;
        let qkv = self.linear(width, 3 * inner, Activation::Identity, true, false);
        let out = self.linear(inner, width, Activation::Identity, false, false);
        let up = self.linear(width, hidden, Activation::GeluErf, true, false);
        let down = self.linear(hidden, width, Activation::Identity, false, false);
        // Queries, keys and values lie side by side.
        let projected = View {
            strides: [tokens * 3 * inner, channels, 3 * inner, 1],
        };
        let attention = Attention {
            heads,
            queries: tokens,
            keys: tokens,
            channels,
            value_channels: channels,
            scale: 1.0 / (channels as f32).sqrt(),
            mask: None,
            q: projected,
            k: projected,
            v: projected,
            out: View {
                strides: [tokens * inner, channels, inner, 1],
            },
        };
        let n = rows * tokens;
        let x = seeded.numbers(n * width, 1.0);
        let (mut a, mut b) = (vec![0.0; n * 3 * inner], vec![0.0; n * inner]);
        let (mut y, mut h, mut z) = (
            vec![0.0; n * width],
            vec![0.0; n * hidden],
            vec![0.0; n * width],
        );
        let mut scratch = Scratch::default();
        let attend = |projected: &[f32], out: &mut [f32], scratch: &mut Scratch| {
            let [q, k, v] = [0, inner, 2 * inner].map(|offset| &projected[offset..]);
            attention.run(self.isa, rows, q, k, v, out, scratch);
        };
        let macs = n * (width * 3 * inner + inner * width + 2 * width * hidden)
            + 2 * rows * tokens * tokens * inner;
        self.row(
            &format!("block {name}, {rows} rows of {tokens}"),
            macs as f64,
            || {
                qkv.run(n, &x, None, &mut [&mut a], &mut scratch);
                attend(&a, &mut b, &mut scratch);
                out.run(n, &b, Some(&x), &mut [&mut y], &mut scratch);
                up.run(n, &y, None, &mut [&mut h], &mut scratch);
                down.run(n, &h, Some(&y), &mut [&mut z], &mut scratch);
            },
        );
        if self.product == Product::F32 {
            let macs = 2 * rows * heads * tokens * tokens * channels;
            self.row(
                &format!("attention {name}, {rows} rows of {tokens}"),
                macs as f64,
                || attend(&a, &mut b, &mut scratch),
            );
        }
    }

    pub fn functions(&self) {
        let x = Seeded::new(8).numbers(256, 4.0);
        let mut y = x.clone();
        for activation in [
            Activation::Relu,
            Activation::Silu,
            Activation::GeluErf,
            Activation::GeluTanh,
            Activation::Tanh,
        ] {
            self.row(&format!("{activation:?} of 256"), 0.0, || {
                y.copy_from_slice(&x);
                activate(self.isa, activation, &mut y);
            });
        }
        let norm = Norm {
            centred: true,
            epsilon: 1e-5,
            gain: Some(x.as_slice().into()),
            bias: Some(x.as_slice().into()),
        };
        self.row("LayerNorm of 256", 0.0, || {
            normalize(self.isa, &norm, 256, &x, &mut y)
        });
        self.row("softmax of 256", 0.0, || softmax(self.isa, 256, &x, &mut y));
    }
}
