//! Times of the kernels on one core: `measure [ISA] [F32|INT8] [WORD IN A NAME]`.

use std::time::{Duration, Instant};

use kernels::kernel::*;
use kernels::seeded::Seeded;

/// Seconds of processor time of this thread: other work on the machine doesn't count, where a clock on the wall
/// would count it.
fn processor_time() -> f64 {
    #[repr(C)]
    struct Time {
        seconds: i64,
        nanoseconds: i64,
    }
    unsafe extern "C" {
        fn clock_gettime(clock: i32, time: *mut Time) -> i32;
    }
    const THREAD: i32 = 3;
    let mut time = Time {
        seconds: 0,
        nanoseconds: 0,
    };
    // SAFETY: the C library's function, with a `timespec` to write to.
    let failed = unsafe { clock_gettime(THREAD, &raw mut time) };
    assert_eq!(failed, 0, "a clock of the thread");
    time.seconds as f64 + time.nanoseconds as f64 * 1e-9
}

/// Least time of a call, seconds: over windows of about half a millisecond.
fn least(mut call: impl FnMut()) -> f64 {
    call();
    let once = processor_time();
    call();
    let calls = (5e-4 / (processor_time() - once).max(1e-8)).clamp(1.0, 1e5) as u32;
    let (start, mut best) = (Instant::now(), f64::INFINITY);
    while start.elapsed() < Duration::from_millis(150) {
        let window = processor_time();
        for _ in 0..calls {
            call();
        }
        best = best.min((processor_time() - window) / f64::from(calls));
    }
    best
}

struct Run {
    isa: Isa,
    product: Product,
    peak: f64,
    only: String,
}

impl Run {
    fn row(&self, name: &str, macs: f64, call: impl FnMut()) {
        if !name.contains(&self.only) {
            return;
        }
        let time = least(call);
        let rate = macs / time;
        println!(
            "{:11} {:4} {name:44} {:9.2} us {:7.1} GMAC/s {:5.1} % of peak",
            self.isa.name(),
            if self.product == Product::F32 {
                "f32"
            } else {
                "int8"
            },
            time * 1e6,
            rate / 1e9,
            100.0 * rate / self.peak
        );
    }

    fn linear(
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

    fn mlp(&self, name: &str, widths: &[usize], norms: bool) {
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

    fn single(&self, k: usize, n: usize) {
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

    fn encoder(&self) {
        let mut seeded = Seeded::new(5);
        let channels = [3, 16, 32, 64, 64];
        let weights: Vec<Vec<f32>> = channels
            .windows(2)
            .map(|pair| seeded.numbers(pair[0] * pair[1] * 9, 1.5 / (pair[0] as f32 * 9.0).sqrt()))
            .collect();
        let layers: Vec<ConvolutionSpec> = channels
            .windows(2)
            .zip(&weights)
            .map(|(pair, weights)| ConvolutionSpec {
                cin: pair[0],
                cout: pair[1],
                kernel: [3, 3],
                stride: [2, 2],
                padding: [1; 4],
                weights,
                scales: None,
                bias: None,
                activation: Activation::Relu,
            })
            .collect();
        let convolutions =
            Convolutions::new(self.isa, self.product, [64, 64], &layers).expect("an encoder");
        let head = self.linear(1024, 64, Activation::Identity, false, false);
        let mut macs = 1024 * 64;
        for (i, pair) in channels.windows(2).enumerate() {
            macs += pair[0] * pair[1] * 9 * (32 >> i) * (32 >> i);
        }
        for images in [1, 4] {
            let x: Vec<f32> = seeded.numbers(images * 3 * 64 * 64, 1.0);
            let mut between = vec![0.0; images * 1024];
            let mut y = vec![0.0; images * 64];
            let mut scratch = Scratch::default();
            self.row(
                &format!("conv encoder 3x64x64, {images} images"),
                (macs * images) as f64,
                || {
                    convolutions.run(images, &x, &mut between, &mut scratch);
                    head.run(images, &between, None, &mut [&mut y], &mut scratch);
                },
            );
        }
        for (i, layer) in layers.iter().enumerate() {
            let size = 64 >> i;
            let one = Convolutions::new(
                self.isa,
                self.product,
                [size; 2],
                std::slice::from_ref(layer),
            )
            .expect("a layer");
            let x: Vec<f32> = seeded.numbers(layer.cin * size * size, 1.0);
            let [h, w, c] = one.output_shape();
            let mut y = vec![0.0; h * w * c];
            let mut scratch = Scratch::default();
            let macs = h * w * c * layer.cin * 9;
            self.row(
                &format!("convolution {}x{size}x{size} -> {c}", layer.cin),
                macs as f64,
                || {
                    one.run(1, &x, &mut y, &mut scratch);
                },
            );
        }
    }

    fn patches(&self, size: usize, patch: usize, width: usize) {
        let mut seeded = Seeded::new(6);
        let k = 3 * patch * patch;
        let weights = seeded.numbers(k * width, 0.1);
        let layer = ConvolutionSpec {
            cin: 3,
            cout: width,
            kernel: [patch; 2],
            stride: [patch; 2],
            padding: [0; 4],
            weights: &weights,
            scales: None,
            bias: None,
            activation: Activation::Identity,
        };
        let one = Convolutions::new(self.isa, self.product, [size; 2], &[layer]).expect("patches");
        let x: Vec<f32> = seeded.numbers(3 * size * size, 1.0);
        let [h, w, c] = one.output_shape();
        let mut y = vec![0.0; h * w * c];
        let mut scratch = Scratch::default();
        self.row(
            &format!("patches {patch} of {size} -> {width}"),
            (h * w * c * k) as f64,
            || {
                one.run(1, &x, &mut y, &mut scratch);
            },
        );
    }

    /// A pre-norm transformer block, with `tokens` a row.
    fn block(&self, name: &str, rows: usize, [tokens, width, heads, inner, hidden]: [usize; 5]) {
        let mut seeded = Seeded::new(7);
        let channels = inner / heads;
        let qkv = self.linear(width, 3 * inner, Activation::Identity, true, false);
        let out = self.linear(inner, width, Activation::Identity, false, false);
        let up = self.linear(width, hidden, Activation::GeluErf, true, false);
        let down = self.linear(hidden, width, Activation::Identity, false, false);
        let view = |offset: usize| {
            (
                offset * inner,
                View {
                    strides: [tokens * 3 * inner, channels, 3 * inner, 1],
                },
            )
        };
        let attention = Attention {
            heads,
            queries: tokens,
            keys: tokens,
            channels,
            value_channels: channels,
            scale: 1.0 / (channels as f32).sqrt(),
            mask: None,
            q: view(0).1,
            k: view(1).1,
            v: view(2).1,
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
        let macs = n * (width * 3 * inner + inner * width + 2 * width * hidden)
            + 2 * rows * tokens * tokens * inner;
        self.row(
            &format!("block {name}, {rows} rows of {tokens}"),
            macs as f64,
            || {
                qkv.run(n, &x, None, &mut [&mut a], &mut scratch);
                attention.run(
                    self.isa,
                    rows,
                    &a,
                    &a[inner..],
                    &a[2 * inner..],
                    &mut b,
                    &mut scratch,
                );
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
                || {
                    attention.run(
                        self.isa,
                        rows,
                        &a,
                        &a[inner..],
                        &a[2 * inner..],
                        &mut b,
                        &mut scratch,
                    );
                },
            );
        }
    }

    fn functions(&self) {
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

    fn all(&self) {
        self.single(256, 256);
        self.single(1024, 1024);
        self.single(4096, 4096);
        self.mlp("66-256-256-64 LN SiLU", &[66, 256, 256, 64], true);
        self.mlp("24-256-256-256-18 SiLU", &[24, 256, 256, 256, 18], false);
        self.mlp("512-1024-1024-512 LN SiLU", &[512, 1024, 1024, 512], true);
        self.encoder();
        self.patches(224, 14, 192);
        self.patches(64, 8, 384);
        for rows in [1, 32, 128] {
            self.block("384, 16 heads of 64, 2048", rows, [3, 384, 16, 1024, 2048]);
        }
        for rows in [1, 4] {
            self.block("ViT-s 384, 6 heads", rows, [64, 384, 6, 384, 1536]);
            self.block("ViT-tiny 192, 3 heads", rows, [257, 192, 3, 192, 768]);
        }
        if self.product == Product::F32 {
            self.functions();
        }
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mut only = String::new();
    let (mut isas, mut products) = (
        Isa::available().collect::<Vec<_>>(),
        vec![Product::Int8, Product::F32],
    );
    for word in &words {
        match (word.parse::<Isa>(), word.as_str()) {
            (Ok(isa), _) => isas = vec![isa],
            (_, "f32") => products = vec![Product::F32],
            (_, "int8") => products = vec![Product::Int8],
            (_, text) => only = text.into(),
        }
    }
    for isa in isas {
        for &product in &products {
            let peak = peak(isa, product);
            println!("{isa} {product:?}: peak {:.1} GMAC/s", peak / 1e9);
            let only = only.clone();
            Run {
                isa,
                product,
                peak,
                only,
            }
            .all();
        }
    }
}
