//! Linear layers.

use kernels::kernel::*;
use kernels::seeded::Seeded;

use crate::support::*;

/// A layer with everything around it, drawn at random.
struct Case {
    rows: usize,
    k: usize,
    segments: Vec<usize>,
    weights: Vec<f32>,
    bias: Option<Vec<f32>>,
    before: Option<Norm>,
    after: Option<Norm>,
    activations: Vec<Activation>,
    x: Vec<f32>,
    residual: Option<Vec<f32>>,
}

impl Case {
    fn new(seeded: &mut Seeded, rows: usize, k: usize, segments: Vec<usize>) -> Self {
        let n: usize = segments.iter().sum();
        let single = segments.len() == 1;
        Self {
            rows,
            k,
            weights: awkward(seeded, n * k),
            bias: (seeded.below(3) > 0).then(|| seeded.numbers(n, 1.0)),
            before: (seeded.below(3) == 0).then(|| norm(seeded, k)),
            after: (single && seeded.below(3) == 0).then(|| norm(seeded, n)),
            activations: segments.iter().map(|_| seeded.pick(&ACTIVATIONS)).collect(),
            x: (0..rows).flat_map(|_| awkward(seeded, k)).collect(),
            residual: (single && seeded.below(3) == 0).then(|| seeded.numbers(rows * n, 2.0)),
            segments,
        }
    }

    fn ordinary(mut self, seeded: &mut Seeded) -> Self {
        self.x = seeded.numbers(self.x.len(), 2.0);
        self.weights = seeded.numbers(self.weights.len(), 1.0 / (self.k as f32).sqrt());
        self
    }

    fn spec(&self) -> LinearSpec<'_> {
        LinearSpec {
            k: self.k,
            segments: &self.segments,
            weights: &self.weights,
            scales: None,
            bias: self.bias.as_deref(),
            norm_before: self.before.clone(),
            norm_after: self.after.clone(),
            activations: &self.activations,
        }
    }

    fn run(&self, isa: Isa, product: Product) -> Vec<Vec<f32>> {
        let layer = Linear::new(isa, product, &self.spec()).expect("a layer");
        let mut outputs: Vec<Vec<f32>> = self
            .segments
            .iter()
            .map(|n| vec![7.0; self.rows * n])
            .collect();
        let mut views: Vec<&mut [f32]> = outputs.iter_mut().map(|y| &mut y[..]).collect();
        layer.run(
            self.rows,
            &self.x,
            self.residual.as_deref(),
            &mut views,
            &mut Scratch::default(),
        );
        outputs
    }

    /// In f64.
    fn plain(&self) -> Vec<Vec<f64>> {
        let mut outputs: Vec<Vec<f64>> = self.segments.iter().map(|_| Vec::new()).collect();
        for (row, x) in self.x.chunks(self.k).enumerate() {
            let mut x = wide(x);
            if let Some(norm) = &self.before {
                x = plain_norm(norm, &x);
            }
            let mut column = 0;
            for (segment, &n) in self.segments.iter().enumerate() {
                let mut y: Vec<f64> = (column..column + n)
                    .map(|column| {
                        let weights = &self.weights[column * self.k..][..self.k];
                        let bias = self
                            .bias
                            .as_ref()
                            .map_or(0.0, |bias| f64::from(bias[column]));
                        bias + weights
                            .iter()
                            .zip(&x)
                            .map(|(&w, x)| f64::from(w) * x)
                            .sum::<f64>()
                    })
                    .collect();
                if let Some(norm) = &self.after {
                    y = plain_norm(norm, &y);
                }
                for (i, y) in y.into_iter().enumerate() {
                    let residual = self
                        .residual
                        .as_ref()
                        .map_or(0.0, |r| f64::from(r[row * n + i]));
                    outputs[segment].push(plain(self.activations[segment], y) + residual);
                }
                column += n;
            }
        }
        outputs
    }

    fn name(&self) -> String {
        format!(
            "{} rows, k {}, segments {:?}, {:?}, norms {} {}",
            self.rows,
            self.k,
            self.segments,
            self.activations,
            self.before.is_some(),
            self.after.is_some()
        )
    }
}

fn sets_agree(case: &Case) {
    for product in [Product::F32, Product::Int8] {
        let truth = case.run(Isa::Scalar, product);
        for isa in Isa::available().skip(1) {
            for (a, b) in truth.iter().zip(&case.run(isa, product)) {
                assert_eq!(difference(a, b), None, "{isa} {product:?}: {}", case.name());
            }
        }
    }
}

#[test]
fn every_set_gives_the_references_bits() {
    let mut seeded = Seeded::new(11);
    for _ in 0..400 {
        let rows = 1 + seeded.below(16);
        let k = 1 + seeded.below(120);
        let segments = (0..1 + seeded.below(3))
            .map(|_| 1 + seeded.below(70))
            .collect();
        sets_agree(&Case::new(&mut seeded, rows, k, segments));
    }
}

#[test]
fn every_number_of_rows() {
    let mut seeded = Seeded::new(12);
    for rows in 1..=130 {
        sets_agree(&Case::new(&mut seeded, rows, 9, vec![37]));
    }
}

#[test]
fn deep_and_wide() {
    let mut seeded = Seeded::new(13);
    for (rows, k, n) in [
        (7, 8192, 17),
        (3, 4099, 40),
        (13, 2048, 33),
        (2, 700, 515),
        (50, 1030, 20),
    ] {
        sets_agree(&Case::new(&mut seeded, rows, k, vec![n]));
    }
}

#[test]
fn the_largest_sums_are_exact() {
    // Codes 255 times codes 127 and -127, all of one sign: the largest sums there are, and products of pairs that
    // `vpmaddubsw` would saturate.
    for k in [1, 2, 3, 64, 65_000] {
        let segments = [3];
        let weights: Vec<f32> = [1.0f32, -1.0, 0.5]
            .iter()
            .flat_map(|&w| vec![w * 127.0; k])
            .collect();
        let spec = LinearSpec {
            k,
            segments: &segments,
            weights: &weights,
            scales: Some(&[1.0, 1.0, 0.5]),
            bias: None,
            norm_before: None,
            norm_after: None,
            activations: &[Activation::Identity],
        };
        for isa in Isa::available() {
            let layer = Linear::new(isa, Product::Int8, &spec).expect("a layer");
            for (x, sign) in [(255.0, 1.0), (-255.0, -1.0)] {
                let mut y = [0.0; 3];
                layer.run(1, &vec![x; k], None, &mut [&mut y], &mut Scratch::default());
                let whole = sign * (255 * 127 * k) as f32;
                assert_eq!(y, [whole, -whole, whole / 2.0], "{isa} k {k}");
            }
        }
    }
    let spec = LinearSpec {
        k: 65_001,
        segments: &[1],
        weights: &vec![1.0; 65_001],
        scales: None,
        bias: None,
        norm_before: None,
        norm_after: None,
        activations: &[Activation::Identity],
    };
    assert_eq!(
        Linear::new(Isa::Scalar, Product::Int8, &spec).err(),
        Some(KernelError::Deep { depth: 65_001 })
    );
    assert!(Linear::new(Isa::Scalar, Product::F32, &spec).is_ok());
}

#[test]
fn the_reference_is_right() {
    let mut seeded = Seeded::new(14);
    let mut worst = [0.0f64; 2];
    for _ in 0..300 {
        let rows = 1 + seeded.below(4);
        let k = 4 + seeded.below(300);
        let segments = (0..1 + seeded.below(2))
            .map(|_| 20 + seeded.below(70))
            .collect();
        let case = Case::new(&mut seeded, rows, k, segments).ordinary(&mut seeded);
        for (product, bound) in [(Product::F32, 5e-6), (Product::Int8, 0.06)] {
            for (found, truth) in case.run(Isa::Scalar, product).iter().zip(&case.plain()) {
                let error = relative_error(found, truth);
                assert!(error < bound, "{product:?} {error}: {}", case.name());
                let worst = &mut worst[usize::from(product == Product::Int8)];
                *worst = worst.max(error);
            }
        }
    }
    eprintln!(
        "largest relative error of a linear layer: f32 {:.1e}, int8 {:.1e}",
        worst[0], worst[1]
    );
}

#[test]
fn a_row_does_not_depend_on_its_neighbours() {
    let mut seeded = Seeded::new(15);
    let case = Case::new(&mut seeded, 23, 70, vec![50]);
    for isa in Isa::available() {
        for product in [Product::F32, Product::Int8] {
            let together = case.run(isa, product);
            for row in 0..case.rows {
                let alone = Case {
                    rows: 1,
                    x: case.x[row * case.k..][..case.k].into(),
                    residual: case.residual.as_ref().map(|r| r[row * 50..][..50].into()),
                    segments: case.segments.clone(),
                    weights: case.weights.clone(),
                    bias: case.bias.clone(),
                    before: case.before.clone(),
                    after: case.after.clone(),
                    activations: case.activations.clone(),
                    ..case
                };
                assert_eq!(
                    difference(&alone.run(isa, product)[0], &together[0][row * 50..][..50]),
                    None,
                    "{isa}"
                );
            }
        }
    }
}

/// One number of a row that is `factor` times as large as the others stretches the row's range, and the others lose as
/// many codes: the error grows with the factor. The gate of `forerun check` is what tells whether a network suffers.
#[test]
fn an_outlier_costs_what_it_stretches() {
    let mut seeded = Seeded::new(11);
    let (rows, k, n) = (16, 256, 64);
    let mut case = Case::new(&mut seeded, rows, k, vec![n]).ordinary(&mut seeded);
    (case.before, case.after, case.residual, case.bias) = (None, None, None, None);
    case.activations = vec![Activation::Identity];
    for factor in [1.0f32, 10.0, 100.0] {
        let mut stretched = Case {
            x: case.x.clone(),
            weights: case.weights.clone(),
            activations: case.activations.clone(),
            segments: case.segments.clone(),
            ..Case::new(&mut seeded, rows, k, vec![n])
        };
        (stretched.before, stretched.after) = (None, None);
        (stretched.residual, stretched.bias) = (None, None);
        stretched.x.iter_mut().step_by(k).for_each(|x| *x *= factor);
        stretched
            .weights
            .iter_mut()
            .step_by(k)
            .for_each(|w| *w /= factor);
        let exact = stretched.run(Isa::best(), Product::F32).concat();
        let quantized = stretched.run(Isa::best(), Product::Int8).concat();
        let square = |x: f32| f64::from(x).powi(2);
        let pairs = exact.iter().zip(&quantized);
        let error: f64 = pairs.map(|(a, b)| square(a - b)).sum();
        let error = (error / exact.iter().copied().map(square).sum::<f64>()).sqrt();
        println!("an outlier {factor} times as large: relative error {error:.1e}");
        assert!(error < 0.012 * f64::from(factor), "{factor}: {error}");
        assert!(
            error > 0.0005 * f64::from(factor),
            "{factor}: {error} is too good to be true"
        );
    }
}
