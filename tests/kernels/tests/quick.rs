use kernels::kernel::*;
use kernels::seeded::Seeded;

fn same(a: &[f32], b: &[f32]) -> Option<usize> {
    a.iter().zip(b).position(|(a, b)| a.to_bits() != b.to_bits() && !(a.is_nan() && b.is_nan()))
}

#[test]
fn linear() {
    let mut seeded = Seeded::new(1);
    for case in 0..400 {
        let rows = 1 + seeded.below(30);
        let k = 1 + seeded.below(200);
        let segments: Vec<usize> = (0..1 + seeded.below(2)).map(|_| 1 + seeded.below(90)).collect();
        let n: usize = segments.iter().sum();
        let w = seeded.numbers(n * k, 1.0);
        let bias = seeded.numbers(n, 1.0);
        let x = seeded.numbers(rows * k, 3.0);
        let norm = |n: usize, s: &mut Seeded| Norm { centred: s.below(2) == 0, epsilon: 1e-5, gain: Some(s.numbers(n, 1.0)), bias: Some(s.numbers(n, 1.0)) };
        let before = (seeded.below(3) == 0).then(|| norm(k, &mut seeded));
        let after = (segments.len() == 1 && seeded.below(3) == 0).then(|| norm(n, &mut seeded));
        let residual = (segments.len() == 1 && seeded.below(3) == 0).then(|| seeded.numbers(n * rows, 1.0));
        let activations: Vec<Activation> = segments.iter().map(|_| seeded.pick(&[Activation::Identity, Activation::Relu, Activation::Silu, Activation::GeluErf, Activation::Tanh])).collect();
        let spec = LinearSpec { k, segments: &segments, weights: &w, scales: None, bias: Some(&bias), norm_before: before.clone(), norm_after: after.clone(), activations: &activations };
        for product in [Product::F32, Product::Int8] {
            let mut first: Option<Vec<Vec<f32>>> = None;
            for isa in Isa::available() {
                let layer = Linear::new(isa, product, &spec).unwrap();
                let mut outs: Vec<Vec<f32>> = segments.iter().map(|n| vec![0.0; rows * n]).collect();
                let mut views: Vec<&mut [f32]> = outs.iter_mut().map(|o| &mut o[..]).collect();
                layer.run(rows, &x, residual.as_deref(), &mut views, &mut Scratch::default());
                if let Some(first) = &first {
                    for (a, b) in first.iter().zip(&outs) {
                        assert_eq!(same(a, b), None, "{isa} {product:?} case {case} rows {rows} k {k} n {segments:?} {activations:?} {}", after.is_some());
                    }
                } else if before.is_none() && after.is_none() {
                    // plain arithmetic
                    let mut column = 0;
                    for (s, out) in segments.iter().zip(&outs) {
                        for r in 0..rows {
                            for c in 0..*s {
                                let mut sum = bias[column + c] as f64;
                                for i in 0..k { sum += x[r * k + i] as f64 * w[(column + c) * k + i] as f64; }
                                let y = match activations[if column == 0 { 0 } else { 1 }] {
                                    Activation::Identity => sum, Activation::Relu => sum.max(0.0), Activation::Silu => sum / (1.0 + (-sum).exp()),
                                    Activation::Tanh => sum.tanh(), _ => continue };
                                let y = y + residual.as_ref().map_or(0.0, |x| x[r * s + c] as f64);
                                let bound = if product == Product::F32 { 1e-4 } else { 0.04 * (k as f64).sqrt() + 0.03 };
                                let found = out[r * s + c] as f64;
                                assert!((found - y).abs() < bound, "{product:?} {found} {y} {activations:?} k {k}");
                            }
                        }
                        column += s;
                    }
                }
                if first.is_none() { first = Some(outs) }
            }
        }
    }
}

#[test]
fn convolution() {
    let mut seeded = Seeded::new(2);
    for case in 0..150 {
        let [h, w] = [3 + seeded.below(14), 3 + seeded.below(14)];
        let channels: Vec<usize> = (0..2 + seeded.below(2)).map(|_| 1 + seeded.below(37)).collect();
        let kernels: Vec<[usize; 2]> = channels.iter().map(|_| [1 + seeded.below(3), 1 + seeded.below(3)]).collect();
        let strides: Vec<[usize; 2]> = channels.iter().map(|_| [1 + seeded.below(2), 1 + seeded.below(2)]).collect();
        let pads: Vec<[usize; 4]> = channels.iter().map(|_| [seeded.below(3), seeded.below(3), seeded.below(3), seeded.below(3)]).collect();
        let weights: Vec<Vec<f32>> = channels.windows(2).zip(&kernels).map(|(c, k)| seeded.numbers(c[0] * c[1] * k[0] * k[1], 1.0)).collect();
        let layers: Vec<ConvolutionSpec> = channels.windows(2).enumerate().map(|(i, c)| ConvolutionSpec { cin: c[0], cout: c[1], kernel: kernels[i], stride: strides[i], padding: pads[i], weights: &weights[i], scales: None, bias: None,
            activation: seeded.pick(&[Activation::Relu, Activation::Silu, Activation::Sigmoid, Activation::Identity]) }).collect();
        let planar = seeded.below(2) == 0;
        let images = 1 + seeded.below(3);
        let x = seeded.numbers(images * channels[0] * h * w, 1.0);
        for product in [Product::F32, Product::Int8] {
            let mut first: Option<Vec<f32>> = None;
            for isa in Isa::available() {
                let Ok(c) = Convolutions::new(isa, product, [h, w], &layers, planar) else { continue };
                let mut y = vec![0.0; images * c.output_shape().iter().product::<usize>()];
                c.run(images, &x, &mut y, &mut Scratch::default());
                if let Some(first) = &first {
                    assert_eq!(same(first, &y), None, "{isa} {product:?} case {case} {h}x{w} {channels:?} {kernels:?} {strides:?} {pads:?}");
                } else {
                    // plain
                    let mut truth = Vec::new();
                    for image in x.chunks(channels[0] * h * w) {
                        let mut a: Vec<f64> = image.iter().map(|&x| x as f64).collect();
                        let (mut h, mut w) = (h, w);
                        for l in &layers {
                            let [t, lft, b, r] = l.padding;
                            let oh = (h + t + b - l.kernel[0]) / l.stride[0] + 1;
                            let ow = (w + lft + r - l.kernel[1]) / l.stride[1] + 1;
                            let mut o = vec![0.0; l.cout * oh * ow];
                            for oc in 0..l.cout { for oy in 0..oh { for ox in 0..ow {
                                let mut s = 0.0;
                                for ic in 0..l.cin { for ky in 0..l.kernel[0] { for kx in 0..l.kernel[1] {
                                    let (y, x) = ((oy * l.stride[0] + ky).wrapping_sub(t), (ox * l.stride[1] + kx).wrapping_sub(lft));
                                    if y < h && x < w { s += a[(ic * h + y) * w + x] * l.weights[((oc * l.cin + ic) * l.kernel[0] + ky) * l.kernel[1] + kx] as f64 }
                                } } }
                                o[(oc * oh + oy) * ow + ox] = match l.activation { Activation::Relu => s.max(0.0), Activation::Silu => s / (1.0 + (-s).exp()), Activation::Sigmoid => 1.0 / (1.0 + (-s).exp()), _ => s };
                            } } }
                            a = o; h = oh; w = ow;
                        }
                        let c = channels[channels.len() - 1];
                        if planar { truth.extend(a) } else { for p in 0..h * w { for k in 0..c { truth.push(a[k * h * w + p]) } } }
                    }
                    let size = truth.iter().map(|x| x * x).sum::<f64>().sqrt();
                    let error = truth.iter().zip(&y).map(|(a, b)| (a - *b as f64).powi(2)).sum::<f64>().sqrt();
                    assert!(error <= if product == Product::F32 { 1e-5 } else { 0.04 } * size, "{product:?} {error} of {size} case {case}");
                }
                if first.is_none() { first = Some(y) }
            }
        }
    }
}

#[test]
fn attention() {
    let mut seeded = Seeded::new(3);
    for _ in 0..100 {
        let [heads, queries, keys, channels, value_channels] = [1 + seeded.below(4), 1 + seeded.below(60), 1 + seeded.below(40), 1 + seeded.below(40), 1 + seeded.below(40)];
        let batch = 1 + seeded.below(3);
        let view = |t: usize, c: usize, flip: bool| if flip { View { strides: [heads * t * c, t * c, 1, t] } } else { View { strides: [heads * t * c, c, heads * c, 1] } };
        let flip = seeded.below(2) == 0;
        let a = Attention { heads, queries, keys, channels, value_channels, scale: 0.3, mask: (seeded.below(2) == 0).then(|| seeded.numbers(queries * keys, 1.0)),
            q: view(queries, channels, flip), k: view(keys, channels, flip), v: view(keys, value_channels, flip), out: view(queries, value_channels, flip) };
        let q = seeded.numbers(batch * heads * queries * channels, 1.0);
        let k = seeded.numbers(batch * heads * keys * channels, 1.0);
        let v = seeded.numbers(batch * heads * keys * value_channels, 1.0);
        let mut first: Option<Vec<f32>> = None;
        for isa in Isa::available() {
            let mut y = vec![0.0; batch * heads * queries * value_channels];
            a.run(isa, batch, &q, &k, &v, &mut y, &mut Scratch::default());
            if let Some(first) = &first { assert_eq!(same(first, &y), None); continue }
            let at = |v: &View, b: usize, h: usize, t: usize, c: usize| b * v.strides[0] + h * v.strides[1] + t * v.strides[2] + c * v.strides[3];
            for b in 0..batch { for h in 0..heads { for i in 0..queries {
                let s: Vec<f64> = (0..keys).map(|j| (0..channels).map(|c| q[at(&a.q, b, h, i, c)] as f64 * k[at(&a.k, b, h, j, c)] as f64).sum::<f64>() * 0.3f32 as f64 + a.mask.as_ref().map_or(0.0, |m| m[i * keys + j] as f64)).collect();
                let m = s.iter().fold(f64::MIN, |a, &b| a.max(b));
                let e: Vec<f64> = s.iter().map(|x| (x - m).exp()).collect();
                let t: f64 = e.iter().sum();
                for c in 0..value_channels {
                    let want: f64 = (0..keys).map(|j| e[j] / t * v[at(&a.v, b, h, j, c)] as f64).sum();
                    let got = y[at(&a.out, b, h, i, c)] as f64;
                    assert!((want - got).abs() < 1e-5, "{want} {got}");
                }
            } } }
            first = Some(y);
        }
    }
}
