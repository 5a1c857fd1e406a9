//! Convolutions: an encoder, its layers, and patches.

use kernels::kernel::*;
use kernels::seeded::Seeded;

use super::Run;

impl Run {
    pub fn encoder(&self) {
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

    pub fn patches(&self, size: usize, patch: usize, width: usize) {
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
}
