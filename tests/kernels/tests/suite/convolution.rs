//! Convolutions.

use kernels::kernel::*;
use kernels::seeded::Seeded;

use crate::support::*;

struct Layer {
    channels: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 4],
    weights: Vec<f32>,
    bias: Option<Vec<f32>>,
    activation: Activation,
}

impl Layer {
    fn new(seeded: &mut Seeded, cin: usize, cout: usize) -> Self {
        let kernel = [1 + seeded.below(4), 1 + seeded.below(4)];
        let depth = cin * kernel[0] * kernel[1];
        Self {
            channels: [cin, cout],
            kernel,
            stride: [1 + seeded.below(3), 1 + seeded.below(3)],
            padding: [(); 4].map(|()| seeded.below(3)),
            weights: seeded.numbers(cout * depth, 2.0 / (depth as f32).sqrt()),
            bias: (seeded.below(2) == 0).then(|| seeded.numbers(cout, 0.5)),
            activation: seeded.pick(&ACTIVATIONS),
        }
    }

    fn spec(&self) -> ConvolutionSpec<'_> {
        ConvolutionSpec {
            cin: self.channels[0],
            cout: self.channels[1],
            kernel: self.kernel,
            stride: self.stride,
            padding: self.padding,
            weights: &self.weights,
            scales: None,
            bias: self.bias.as_deref(),
            activation: self.activation,
        }
    }

    /// In f64, [channel][y][x].
    fn plain(&self, x: &[f64], [h, w]: [usize; 2]) -> (Vec<f64>, [usize; 2]) {
        let [top, left, bottom, right] = self.padding;
        let size = [
            (h + top + bottom - self.kernel[0]) / self.stride[0] + 1,
            (w + left + right - self.kernel[1]) / self.stride[1] + 1,
        ];
        let mut y = Vec::new();
        for channel in 0..self.channels[1] {
            for oy in 0..size[0] {
                for ox in 0..size[1] {
                    let mut sum = self
                        .bias
                        .as_ref()
                        .map_or(0.0, |bias| f64::from(bias[channel]));
                    let mut weights = self.weights
                        [channel * self.channels[0] * self.kernel[0] * self.kernel[1]..]
                        .iter();
                    for c in 0..self.channels[0] {
                        for ky in 0..self.kernel[0] {
                            for kx in 0..self.kernel[1] {
                                let weight = f64::from(*weights.next().expect("a weight"));
                                let iy = (oy * self.stride[0] + ky).wrapping_sub(top);
                                let ix = (ox * self.stride[1] + kx).wrapping_sub(left);
                                if iy < h && ix < w {
                                    sum += weight * x[(c * h + iy) * w + ix];
                                }
                            }
                        }
                    }
                    y.push(plain(self.activation, sum));
                }
            }
        }
        (y, size)
    }
}

#[test]
fn every_set_gives_the_references_bits_and_the_reference_is_right() {
    let mut seeded = Seeded::new(21);
    let (mut worst, mut tried) = ([0.0f64; 2], 0);
    for case in 0..250 {
        let size = [1 + seeded.below(18), 1 + seeded.below(18)];
        let channels: Vec<usize> = (0..2 + seeded.below(3))
            .map(|_| 1 + seeded.below(40))
            .collect();
        let layers: Vec<Layer> = channels
            .windows(2)
            .map(|pair| Layer::new(&mut seeded, pair[0], pair[1]))
            .collect();
        let specs: Vec<ConvolutionSpec> = layers.iter().map(Layer::spec).collect();
        let images = 1 + seeded.below(3);
        let x = seeded.numbers(images * channels[0] * size[0] * size[1], 1.0);
        for (product, bound) in [(Product::F32, 1e-5), (Product::Int8, 0.12)] {
            let mut truth: Option<Vec<f32>> = None;
            for isa in Isa::available() {
                let Ok(chain) = Convolutions::new(isa, product, size, &specs) else {
                    continue;
                };
                let mut y = vec![7.0; images * chain.output_shape().iter().product::<usize>()];
                chain.run(images, &x, &mut y, &mut Scratch::default());
                if let Some(truth) = &truth {
                    assert_eq!(difference(truth, &y), None, "{isa} {product:?} case {case}");
                    continue;
                }
                let error = relative_error(&y, &plain_chain(&layers, size, &x));
                assert!(error < bound, "{product:?} {error} case {case}");
                let worst = &mut worst[usize::from(product == Product::Int8)];
                *worst = worst.max(error);
                tried += 1;
                truth = Some(y);
            }
        }
    }
    assert!(tried > 250, "{tried}");
    eprintln!(
        "largest relative error of a chain of convolutions: f32 {:.1e}, int8 {:.1e}",
        worst[0], worst[1]
    );
}

fn plain_chain(layers: &[Layer], size: [usize; 2], x: &[f32]) -> Vec<f64> {
    let image = layers[0].channels[0] * size[0] * size[1];
    let mut all = Vec::new();
    for x in x.chunks(image) {
        let (mut y, mut size) = (wide(x), size);
        for layer in layers {
            (y, size) = layer.plain(&y, size);
        }
        let pixels = size[0] * size[1];
        let channels = y.len() / pixels;
        all.extend((0..y.len()).map(|i| y[i % channels * pixels + i / channels]));
    }
    all
}

#[test]
fn codes_out_of_sums_are_those_of_the_numbers() {
    let mut seeded = Seeded::new(23);
    for case in 0..60 {
        let size = [5 + seeded.below(12), 5 + seeded.below(12)];
        let channels = [(); 3].map(|()| 1 + seeded.below(70));
        let mut layers = [0, 1].map(|i| Layer::new(&mut seeded, channels[i], channels[i + 1]));
        layers[0].activation = seeded.pick(&[Activation::Relu, Activation::Identity]);
        let [first, second] = [0, 1].map(|i| layers[i].spec());
        let x = seeded.numbers(channels[0] * size[0] * size[1], 1.0);
        for isa in Isa::available() {
            let new = |size, specs: &[ConvolutionSpec]| {
                Convolutions::new(isa, Product::Int8, size, specs)
            };
            let alone = new(size, std::slice::from_ref(&first)).expect("a layer");
            let [height, width, depth] = alone.output_shape();
            let Ok(after) = new([height, width], std::slice::from_ref(&second)) else {
                continue;
            };
            let run = |chain: &Convolutions, x: &[f32]| {
                let mut y = vec![7.0; chain.output_shape().iter().product()];
                chain.run(1, x, &mut y, &mut Scratch::default());
                y
            };
            let between = run(&alone, &x);
            let planes: Vec<f32> = (0..between.len())
                .map(|i| between[i % (height * width) * depth + i / (height * width)])
                .collect();
            let chain = new(size, &[first.clone(), second.clone()]).expect("a chain");
            let found = difference(&run(&after, &planes), &run(&chain, &x));
            assert_eq!(found, None, "{isa} case {case}");
        }
    }
}

#[test]
fn what_no_kernel_computes_is_refused() {
    let mut seeded = Seeded::new(22);
    let layer = Layer {
        kernel: [3, 3],
        padding: [0; 4],
        ..Layer::new(&mut seeded, 2, 2)
    };
    let weights = vec![1.0; 36];
    let spec = ConvolutionSpec {
        weights: &weights,
        ..layer.spec()
    };
    let new = |size, specs: &[ConvolutionSpec]| {
        Convolutions::new(Isa::Scalar, Product::Int8, size, specs)
    };
    assert!(new([3, 3], std::slice::from_ref(&spec)).is_ok());
    assert!(
        new([2, 3], std::slice::from_ref(&spec)).is_err(),
        "a kernel larger than the image"
    );
    assert!(new([3, 3], &[]).is_err());
    assert!(
        new(
            [9, 9],
            &[
                spec.clone(),
                ConvolutionSpec {
                    cin: 3,
                    ..spec.clone()
                }
            ]
        )
        .is_err(),
        "channels"
    );
    assert!(
        new(
            [9, 9],
            &[ConvolutionSpec {
                stride: [0, 1],
                ..spec.clone()
            }]
        )
        .is_err()
    );
    assert!(
        new(
            [9, 9],
            &[ConvolutionSpec {
                weights: &weights[1..],
                ..spec.clone()
            }]
        )
        .is_err()
    );
    assert!(
        new([1 << 20, 1 << 20], &[spec]).is_err(),
        "an image of terabytes"
    );
}
