//! Statically quantized networks from elsewhere: every form that is let in computes what the ONNX specification
//! says, by integer arithmetic written here; every other is refused by its operator's name.

use tract_onnx::pb;
use tract_onnx::pb::tensor_proto::DataType;

use super::onnx::{codes, floats, int, ints, model, node, value};
use super::package::{AXES, Draft, LATENT, POINT, SIDE, open, refused};

const ROWS: usize = 3;

/// How numbers become codes.
#[derive(Clone, Copy, Debug)]
struct Codec {
    signed: bool,
    scale: f32,
    zero: i32,
}

impl Codec {
    fn quantize(&self, x: f64) -> i32 {
        let steps = x / f64::from(self.scale);
        // Half a step may go either way in f32.
        assert!((steps - steps.floor() - 0.5).abs() > 1e-3, "a tie: {steps}");
        self.clamp(steps.round() as i32 + self.zero)
    }

    fn clamp(&self, code: i32) -> i32 {
        if self.signed {
            code.clamp(-128, 127)
        } else {
            code.clamp(0, 255)
        }
    }

    fn number(&self, code: i32) -> f64 {
        f64::from(self.scale) * f64::from(code - self.zero)
    }

    /// `NAME.scale` and `NAME.zero`.
    fn constants(&self, name: &str) -> [pb::TensorProto; 2] {
        [
            floats(&format!("{name}.scale"), &[], &[self.scale]),
            integers(&format!("{name}.zero"), self.signed, &[], &[self.zero]),
        ]
    }
}

const U8: Codec = Codec {
    signed: false,
    scale: 0.037,
    zero: 117,
};
const S8: Codec = Codec {
    signed: true,
    scale: 0.037,
    zero: -9,
};
const OUT: Codec = Codec {
    signed: false,
    scale: 0.083,
    zero: 120,
};

/// Codes of either type.
fn integers(name: &str, signed: bool, dims: &[i64], values: &[i32]) -> pb::TensorProto {
    let bytes: Vec<i8> = values.iter().map(|value| *value as i8).collect();
    let kind = if signed {
        DataType::Int8
    } else {
        DataType::Uint8
    };
    pb::TensorProto {
        data_type: kind as i32,
        ..codes(name, dims, &bytes)
    }
}

fn words(name: &str, dims: &[i64], values: &[i32]) -> pb::TensorProto {
    pb::TensorProto {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: DataType::Int32 as i32,
        int32_data: values.to_vec(),
        ..Default::default()
    }
}

/// Weights `[columns, channels]` (or OIHW) as codes with a scale and zero point a channel, or one for all.
#[derive(Clone, Debug)]
struct Weights {
    signed: bool,
    per_channel: bool,
    codes: Vec<i32>,
    scale: Vec<f32>,
    zero: Vec<i32>,
}

impl Weights {
    fn new(count: usize, channels: usize, signed: bool, per_channel: bool) -> Self {
        let n = if per_channel { channels } else { 1 };
        let middle = if signed { 0 } else { 128 };
        let noise = |i: usize| (i * 7919 + 13) % 251;
        Self {
            signed,
            per_channel,
            codes: (0..count).map(|i| noise(i) as i32 - 125 + middle).collect(),
            scale: (0..n).map(|i| 0.004 + 0.001 * i as f32).collect(),
            zero: (0..n)
                .map(|i| middle + if signed { 0 } else { 3 * i as i32 })
                .collect(),
        }
    }

    fn zero(&self, channel: usize) -> i32 {
        self.zero[if self.per_channel { channel } else { 0 }]
    }

    fn scale(&self, channel: usize) -> f64 {
        f64::from(self.scale[if self.per_channel { channel } else { 0 }])
    }

    /// `w`, `w.scale` and `w.zero`.
    fn constants(&self, dims: &[i64]) -> [pb::TensorProto; 3] {
        let count = [self.scale.len() as i64];
        let shape = if self.per_channel { &count[..] } else { &[] };
        [
            integers("w", self.signed, dims, &self.codes),
            floats("w.scale", shape, &self.scale),
            integers("w.zero", self.signed, shape, &self.zero),
        ]
    }
}

/// Numbers that are no half steps of any codec above.
fn numbers(count: usize) -> Vec<f32> {
    let noise = |i: usize| ((i + 3) * 7919 % 1009) as f32 / 1009.0 - 0.5;
    (0..count)
        .map(|i| 0.037 * ((170.0 * noise(i)).round() + 0.2))
        .collect()
}

fn quantize(x: &str, codec: &str, y: &str) -> pb::NodeProto {
    coded("QuantizeLinear", x, codec, y)
}

fn dequantize(x: &str, codec: &str, y: &str) -> pb::NodeProto {
    coded("DequantizeLinear", x, codec, y)
}

fn coded(operator: &str, x: &str, codec: &str, y: &str) -> pb::NodeProto {
    let parts = [x, &format!("{codec}.scale"), &format!("{codec}.zero")];
    node(operator, &parts, y, vec![])
}

/// A package whose metric is made of `nodes` from `latent` to `point`.
fn metric(nodes: Vec<pb::NodeProto>, constants: Vec<pb::TensorProto>) -> Draft {
    let mut draft = Draft::good();
    let input = vec![value("latent", &[LATENT as i64])];
    let output = value("point", &[POINT as i64]);
    draft
        .graphs
        .insert("metric", model(nodes, constants, input, output));
    draft
}

/// Loads the package with `point` as what its metric must give.
fn gives(what: &str, mut draft: Draft, latent: &[f32], point: &[f64]) {
    let point: Vec<f32> = point.iter().map(|value| *value as f32).collect();
    draft.tensor("f32.metric.in.latent", &[ROWS, LATENT], latent);
    draft.tensor("f32.metric.out.point", &[ROWS, POINT], &point);
    loads(what, &draft);
}

fn loads(what: &str, draft: &Draft) {
    let folder = tempfile::tempdir().unwrap();
    draft.write(folder.path());
    if let Err(why) = open(folder.path()) {
        panic!("{what}: {why}");
    }
}

/// Integer sums `[ROWS, POINT]` of codes less their zero points.
fn sums(input: Codec, latent: &[f32], weights: &Weights) -> Vec<i32> {
    let rows = latent.chunks_exact(LATENT);
    let row = |row: &[f32]| -> Vec<i32> {
        let column = |channel: usize| -> i32 {
            let product = |(k, x): (usize, &f32)| {
                let code = weights.codes[k * POINT + channel] - weights.zero(channel);
                (input.quantize(f64::from(*x)) - input.zero) * code
            };
            row.iter().enumerate().map(product).sum()
        };
        (0..POINT).map(column).collect()
    };
    rows.flat_map(row).collect()
}

fn kinds() -> impl Iterator<Item = (Codec, bool, bool)> {
    [(U8, true), (S8, true), (U8, false)]
        .into_iter()
        .flat_map(|(input, signed)| [(input, signed, false), (input, signed, true)])
}

#[test]
fn matrix_products() {
    let latent = numbers(ROWS * LATENT);
    for (input, signed, per_channel) in kinds() {
        let weights = Weights::new(LATENT * POINT, POINT, signed, per_channel);
        let sums = sums(input, &latent, &weights);
        let exact = |index: usize| {
            f64::from(input.scale) * weights.scale(index % POINT) * f64::from(sums[index])
        };
        let quantized: Vec<f64> = (0..sums.len())
            .map(|index| OUT.number(OUT.quantize(exact(index))))
            .collect();
        let exact: Vec<f64> = (0..sums.len()).map(exact).collect();
        let constants = |more: Vec<pb::TensorProto>| {
            let dims = [LATENT as i64, POINT as i64];
            let all = input.constants("x").into_iter().chain(OUT.constants("y"));
            all.chain(weights.constants(&dims))
                .chain(more)
                .collect::<Vec<_>>()
        };
        let name = |form: &str| {
            format!("{form}, {input:?}, signed weights: {signed}, a channel: {per_channel}")
        };

        let parts = [
            "x.q", "x.scale", "x.zero", "w", "w.scale", "w.zero", "y.scale", "y.zero",
        ];
        let nodes = vec![
            quantize("latent", "x", "x.q"),
            node("QLinearMatMul", &parts, "y.q", vec![]),
            dequantize("y.q", "y", "point"),
        ];
        gives(
            &name("QLinearMatMul"),
            metric(nodes, constants(vec![])),
            &latent,
            &quantized,
        );

        let scales: Vec<f32> = weights
            .scale
            .iter()
            .map(|scale| scale * input.scale)
            .collect();
        let product = floats("product", &[scales.len() as i64], &scales);
        let nodes = vec![
            quantize("latent", "x", "x.q"),
            node(
                "MatMulInteger",
                &["x.q", "w", "x.zero", "w.zero"],
                "sum",
                vec![],
            ),
            node("Cast", &["sum"], "sum.f32", vec![int("to", 1)]),
            node("Mul", &["sum.f32", "product"], "point", vec![]),
        ];
        gives(
            &name("MatMulInteger"),
            metric(nodes, constants(vec![product])),
            &latent,
            &exact,
        );

        let parts = ["w", "w.scale", "w.zero"];
        let nodes = vec![
            quantize("latent", "x", "x.q"),
            dequantize("x.q", "x", "x"),
            node("DequantizeLinear", &parts, "w.f32", vec![int("axis", 1)]),
            node("MatMul", &["x", "w.f32"], "y", vec![]),
            quantize("y", "y", "y.q"),
            dequantize("y.q", "y", "point"),
        ];
        gives(
            &name("QDQ"),
            metric(nodes, constants(vec![])),
            &latent,
            &quantized,
        );
    }
}

/// Channels of the convolution's output, and its picture's side.
const CHANNELS: usize = LATENT - AXES;
const HALF: usize = SIDE / 2;

/// A package whose encoder is made of `nodes` from `image` to `map` `[CHANNELS, HALF, HALF]`, averaged, and the
/// velocity.
fn encoder(mut nodes: Vec<pb::NodeProto>, constants: Vec<pb::TensorProto>) -> Draft {
    let mut draft = Draft::good();
    nodes.push(node("GlobalAveragePool", &["map"], "mean", vec![]));
    nodes.push(node("Flatten", &["mean"], "z", vec![int("axis", 1)]));
    nodes.push(node(
        "Concat",
        &["z", "velocity"],
        "latent",
        vec![int("axis", 1)],
    ));
    let side = SIDE as i64;
    let inputs = vec![
        value("image", &[3, side, side]),
        value("velocity", &[AXES as i64]),
    ];
    let output = value("latent", &[LATENT as i64]);
    draft
        .graphs
        .insert("encode", model(nodes, constants, inputs, output));
    draft
}

fn sees(what: &str, mut draft: Draft, image: &[f32], map: &[f64]) {
    let area = HALF * HALF;
    let velocity = [0.5; ROWS * AXES];
    let latent: Vec<f32> = map
        .chunks_exact(CHANNELS * area)
        .flat_map(|map| {
            let means = map
                .chunks_exact(area)
                .map(move |plane| (plane.iter().sum::<f64>() / area as f64) as f32);
            means.chain([0.5; AXES])
        })
        .collect();
    draft.tensor("f32.encode.in.image", &[ROWS, 3, SIDE, SIDE], image);
    draft.tensor("f32.encode.in.velocity", &[ROWS, AXES], &velocity);
    draft.tensor("f32.encode.out.latent", &[ROWS, LATENT], &latent);
    loads(what, &draft);
}

/// Integer sums `[ROWS, CHANNELS, HALF, HALF]` of a 3x3 convolution of stride 2 with a border of 1, which counts as
/// zero.
fn convolution(input: Codec, image: &[f32], weights: &Weights, bias: &[i32]) -> Vec<i32> {
    let mut sums = Vec::new();
    for picture in image.chunks_exact(3 * SIDE * SIDE) {
        let code = |plane: usize, y: isize, x: isize| {
            let inside = 0..SIDE as isize;
            if !inside.contains(&y) || !inside.contains(&x) {
                return 0;
            }
            let pixel = picture[(plane * SIDE + y as usize) * SIDE + x as usize];
            input.quantize(f64::from(pixel)) - input.zero
        };
        for (channel, bias) in bias.iter().enumerate() {
            for at in 0..HALF * HALF {
                let (y, x) = (2 * (at / HALF) as isize - 1, 2 * (at % HALF) as isize - 1);
                let mut sum = *bias;
                for k in 0..27 {
                    let weight = weights.codes[channel * 27 + k] - weights.zero(channel);
                    let (dy, dx) = ((k / 3 % 3) as isize, (k % 3) as isize);
                    sum += weight * code(k / 9, y + dy, x + dx);
                }
                sums.push(sum);
            }
        }
    }
    sums
}

#[test]
fn convolutions() {
    let image = numbers(ROWS * 3 * SIDE * SIDE);
    let out = Codec { scale: 0.2, ..OUT };
    let attributes = || vec![ints("pads", &[1, 1, 1, 1]), ints("strides", &[2, 2])];
    for (input, signed, per_channel) in kinds() {
        let weights = Weights::new(CHANNELS * 27, CHANNELS, signed, per_channel);
        let bias: Vec<i32> = (0..CHANNELS as i32).map(|i| 700 * i - 900).collect();
        let channel = |index: usize| index / (HALF * HALF) % CHANNELS;
        let exact = |bias: &[i32]| -> Vec<f64> {
            let sums = convolution(input, &image, &weights, bias);
            let scale = |index: usize| f64::from(input.scale) * weights.scale(channel(index));
            let numbers = sums.iter().enumerate();
            numbers
                .map(|(index, sum)| scale(index) * f64::from(*sum))
                .collect()
        };
        let quantized = |bias: &[i32]| -> Vec<f64> {
            let numbers = exact(bias).into_iter();
            numbers
                .map(|number| out.number(out.quantize(number)))
                .collect()
        };
        let none = [0; CHANNELS];
        let constants = |more: Vec<pb::TensorProto>| {
            let all = input.constants("x").into_iter().chain(out.constants("y"));
            let weights = weights.constants(&[CHANNELS as i64, 3, 3, 3]);
            all.chain(weights).chain(more).collect::<Vec<_>>()
        };
        let channels = [CHANNELS as i64];
        let name = |form: &str| {
            format!("{form}, {input:?}, signed weights: {signed}, a channel: {per_channel}")
        };

        let parts = [
            "x.q", "x.scale", "x.zero", "w", "w.scale", "w.zero", "y.scale", "y.zero",
        ];
        for with_bias in [false, true] {
            let parts = [&parts[..], &["bias"][..with_bias.into()]].concat();
            let nodes = vec![
                quantize("image", "x", "x.q"),
                node("QLinearConv", &parts, "y.q", attributes()),
                dequantize("y.q", "y", "map"),
            ];
            let constants = constants(vec![words("bias", &channels, &bias)]);
            let expected = quantized(if with_bias { &bias } else { &none });
            sees(
                &name("QLinearConv"),
                encoder(nodes, constants),
                &image,
                &expected,
            );
        }

        // As onnxruntime writes it: the bias as INT32 behind DequantizeLinear, in steps of both scales.
        let steps: Vec<f32> = weights
            .scale
            .iter()
            .map(|scale| scale * input.scale)
            .collect();
        let shape = if per_channel { &channels[..] } else { &[] };
        let zeros = vec![0; steps.len()];
        let more = vec![
            words("b", &channels, &bias),
            floats("b.scale", shape, &steps),
            words("b.zero", shape, &zeros),
        ];
        let axis = || vec![int("axis", 0)];
        let nodes = vec![
            quantize("image", "x", "x.q"),
            dequantize("x.q", "x", "x"),
            node(
                "DequantizeLinear",
                &["w", "w.scale", "w.zero"],
                "w.f32",
                axis(),
            ),
            node(
                "DequantizeLinear",
                &["b", "b.scale", "b.zero"],
                "b.f32",
                axis(),
            ),
            node("Conv", &["x", "w.f32", "b.f32"], "y", attributes()),
            quantize("y", "y", "y.q"),
            dequantize("y.q", "y", "map"),
        ];
        sees(
            &name("QDQ"),
            encoder(nodes, constants(more)),
            &image,
            &quantized(&bias),
        );

        if !per_channel {
            let more = vec![floats("product", &[1], &steps)];
            let nodes = vec![
                quantize("image", "x", "x.q"),
                node(
                    "ConvInteger",
                    &["x.q", "w", "x.zero", "w.zero"],
                    "sum",
                    attributes(),
                ),
                node("Cast", &["sum"], "sum.f32", vec![int("to", 1)]),
                node("Mul", &["sum.f32", "product"], "map", vec![]),
            ];
            sees(
                &name("ConvInteger"),
                encoder(nodes, constants(more)),
                &image,
                &exact(&none),
            );
        }
    }
}

/// Three numbers a row between codes, changed by an operator.
fn between(input: Codec, operator: &str, output: Codec) -> Draft {
    let nodes = vec![
        node("Slice", &["latent", "from", "to", "axes"], "first", vec![]),
        quantize("first", "x", "x.q"),
        dequantize("x.q", "x", "x"),
        node(operator, &["x"], "y", vec![]),
        quantize("y", "y", "y.q"),
        dequantize("y.q", "y", "point"),
    ];
    let mut constants: Vec<_> = input.constants("x").into_iter().collect();
    constants.extend(output.constants("y"));
    constants.extend([
        super::onnx::integers("from", &[0]),
        super::onnx::integers("to", &[POINT as i64]),
        super::onnx::integers("axes", &[1]),
    ]);
    metric(nodes, constants)
}

fn point(latent: &[f32], number: impl Fn(&[f32]) -> Vec<f64>) -> Vec<f64> {
    latent
        .chunks_exact(LATENT)
        .flat_map(|row| number(&row[..POINT]))
        .collect()
}

#[test]
fn functions_between_codes() {
    let latent = numbers(ROWS * LATENT);
    let fine = Codec {
        signed: false,
        scale: 0.0091,
        zero: 128,
    };
    let coarse = Codec {
        signed: true,
        scale: 0.0287,
        zero: 3,
    };
    for (operator, input, output, f) in [
        (
            "Sigmoid",
            U8,
            fine,
            (|x| 1.0 / (1.0 + f64::exp(-x))) as fn(f64) -> f64,
        ),
        ("Tanh", U8, fine, f64::tanh),
        ("Relu", U8, fine, |x| x.max(0.0)),
        ("Tanh", S8, coarse, f64::tanh),
        // No table, and so no common type.
        ("Relu", S8, fine, |x| x.max(0.0)),
    ] {
        let expected = point(&latent, |row| {
            let number = |x: &f32| f(input.number(input.quantize(f64::from(*x))));
            row.iter()
                .map(|x| output.number(output.quantize(number(x))))
                .collect()
        });
        gives(
            operator,
            between(input, operator, output),
            &latent,
            &expected,
        );
    }
}

fn softmax(row: &[f64]) -> Vec<f64> {
    let most = row.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b));
    let powers: Vec<f64> = row.iter().map(|x| (x - most).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

/// Behind a product, or with nothing quantized after it, no table reaches a softmax.
#[test]
fn a_softmax_out_of_reach_of_the_table() {
    let latent = numbers(ROWS * LATENT);
    let weights = Weights::new(LATENT * POINT, POINT, true, false);
    let dims = [LATENT as i64, POINT as i64];
    let probability = Codec {
        signed: false,
        scale: 0.0039,
        zero: 0,
    };
    let sums = sums(U8, &latent, &weights);
    let scale = f64::from(U8.scale) * weights.scale(0);
    let scores: Vec<f64> = sums.iter().map(|sum| scale * f64::from(*sum)).collect();
    let exact: Vec<f64> = scores.chunks_exact(POINT).flat_map(softmax).collect();
    let mut constants: Vec<_> = U8.constants("x").into_iter().collect();
    constants.extend(probability.constants("y"));
    constants.extend(weights.constants(&dims));
    let product = vec![
        quantize("latent", "x", "x.q"),
        dequantize("x.q", "x", "x"),
        dequantize("w", "w", "w.f32"),
        node("MatMul", &["x", "w.f32"], "score", vec![]),
    ];
    let mut last = product.clone();
    last.push(node("Softmax", &["score"], "point", vec![int("axis", -1)]));
    gives(
        "f32 after",
        metric(last, constants.clone()),
        &latent,
        &exact,
    );

    let mut quantized = product;
    quantized.push(node("Softmax", &["score"], "p", vec![int("axis", -1)]));
    quantized.push(quantize("p", "y", "p.q"));
    quantized.push(dequantize("p.q", "y", "point"));
    let expected: Vec<f64> = exact
        .iter()
        .map(|p| probability.number(probability.quantize(*p)))
        .collect();
    gives(
        "codes after",
        metric(quantized, constants),
        &latent,
        &expected,
    );
}

#[test]
fn a_softmax_between_codes_is_refused() {
    for operator in ["Softmax", "LogSoftmax"] {
        let draft = between(U8, operator, OUT);
        let error = refused(&draft, "metric.onnx", "y/");
        assert_eq!(error.found, format!("a quantized {operator}"));
        // A view or a sum in between hides nothing.
        let draft = draft.graph("metric", |graph| {
            graph.node[3].input[0] = "sum".into();
            let sum = node("Add", &["x", "x"], "sum", vec![]);
            graph.node.insert(3, sum);
        });
        let error = refused(&draft, "metric.onnx", "y/");
        assert_eq!(error.found, format!("a quantized {operator}"));
    }
}

#[test]
fn codes_of_another_sign_are_refused() {
    for operator in ["Identity", "Sigmoid", "Tanh"] {
        for (input, output) in [
            (S8, OUT),
            (
                U8,
                Codec {
                    signed: true,
                    ..OUT
                },
            ),
        ] {
            let error = refused(&between(input, operator, output), "metric.onnx", "y.q");
            assert!(error.found.contains("QuantizeLinear"), "{error}");
            assert!(
                error.expected.contains("both INT8 or both UINT8"),
                "{error}"
            );
        }
    }
}

/// Refused at the first node, by its operator's name.
fn refuses(operator: &str, domain: &str, inputs: &[&str], more: Vec<pb::TensorProto>) {
    let mut first = node(operator, inputs, "first", vec![]);
    first.domain = domain.into();
    let mut constants: Vec<_> = U8.constants("x").into_iter().chain(more).collect();
    constants.extend(OUT.constants("y"));
    constants.push(floats(
        "one",
        &[LATENT as i64, POINT as i64],
        &[1.0; LATENT * POINT],
    ));
    let nodes = vec![
        quantize("latent", "x", "x.q"),
        first,
        node("MatMul", &["latent", "one"], "point", vec![]),
    ];
    let error = refused(&metric(nodes, constants), "metric.onnx", "first");
    assert!(error.found.contains(operator), "{error}");
}

#[test]
fn what_tract_cannot_run_is_refused_by_operator() {
    let microsoft = "com.microsoft";
    refuses("QGemm", microsoft, &["x.q", "x.scale", "x.zero"], vec![]);
    refuses(
        "QLinearAdd",
        microsoft,
        &["x.q", "x.scale", "x.zero"],
        vec![],
    );
    refuses(
        "DynamicQuantizeMatMul",
        microsoft,
        &["latent", "one"],
        vec![],
    );
    refuses("DynamicQuantizeLinear", "", &["latent"], vec![]);
}

#[test]
fn what_was_never_proven_right_is_refused_by_operator() {
    let scale = || floats("two.scale", &[2], &[0.1, 0.2]);
    let zero = || integers("two.zero", false, &[2], &[0, 0]);
    let many = || vec![scale(), zero()];
    let two = ["two.scale", "two.zero"];
    refuses("QuantizeLinear", "", &["latent", two[0], two[1]], many());
    refuses("DequantizeLinear", "", &["x.q", two[0], two[1]], many());
    // Two activations, and a scale that is computed.
    let parts = [
        "x.q", "x.scale", "x.zero", "x.q", "x.scale", "x.zero", "y.scale", "y.zero",
    ];
    refuses("QLinearMatMul", "", &parts, vec![]);
    refuses("MatMulInteger", "", &["x.q", "x.q"], vec![]);
    refuses("QuantizeLinear", "", &["latent", "latent"], vec![]);
    refuses("DequantizeLinear", "", &["x.q", "latent"], vec![]);
}

#[test]
fn bad_constants_of_quantized_operators() {
    let spoil = |change: &dyn Fn(&mut pb::GraphProto), field: &str| {
        let draft = between(U8, "Relu", OUT).graph("metric", |graph| change(graph));
        refused(&draft, "metric.onnx", field)
    };
    let zero = 0f32.to_le_bytes().to_vec();
    spoil(
        &|graph| graph.initializer[0].raw_data = zero.clone(),
        "scale",
    );
    spoil(
        &|graph| graph.node[1].attribute.push(int("block_size", 2)),
        "block_size",
    );
    spoil(
        &|graph| {
            graph.initializer[1].data_type = DataType::Uint16 as i32;
            graph.initializer[1].raw_data = vec![0, 0];
        },
        "x.zero",
    );
    spoil(
        &|graph| {
            graph.node[3] = node("Cast", &["x"], "y", vec![int("to", DataType::Int32 as i64)]);
        },
        "to",
    );
}

/// The proofs above rest on this: what is off by one code doesn't load.
#[test]
fn one_code_off_is_refused() {
    let latent = numbers(ROWS * LATENT);
    let number = |x: &f32| U8.number(U8.quantize(f64::from(*x))).max(0.0);
    let mut point: Vec<f32> = point(&latent, |row| {
        row.iter()
            .map(|x| OUT.number(OUT.quantize(number(x))))
            .collect()
    })
    .iter()
    .map(|value| *value as f32)
    .collect();
    point[4] += OUT.scale;
    let mut draft = between(U8, "Relu", OUT);
    draft.tensor("f32.metric.in.latent", &[ROWS, LATENT], &latent);
    draft.tensor("f32.metric.out.point", &[ROWS, POINT], &point);
    let error = refused(&draft, "metric.onnx", "point");
    assert!(error.found.contains("at index 4"), "{error}");
}

#[test]
fn scales_of_another_number_than_the_channels_are_refused() {
    for (operator, parts) in [
        (
            "QLinearMatMul",
            &[
                "x.q", "x.scale", "x.zero", "w", "two", "two.zero", "y.scale", "y.zero",
            ][..],
        ),
        ("MatMulInteger", &["x.q", "w", "x.zero", "two.zero"]),
    ] {
        let weights = Weights::new(LATENT * POINT, POINT, true, false);
        let mut constants: Vec<_> = U8.constants("x").into_iter().collect();
        constants.extend(OUT.constants("y"));
        constants.extend(weights.constants(&[LATENT as i64, POINT as i64]));
        constants.push(floats("two", &[2], &[0.1, 0.2]));
        constants.push(integers("two.zero", true, &[2], &[0, 0]));
        let nodes = vec![
            quantize("latent", "x", "x.q"),
            node(operator, parts, "y.q", vec![]),
            node("Cast", &["y.q"], "point", vec![int("to", 1)]),
        ];
        let error = refused(&metric(nodes, constants), "metric.onnx", "");
        assert!(!error.field.starts_with("f32.metric"), "it ran: {error}");
    }
}
