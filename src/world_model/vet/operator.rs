//! Which operators a network may use.

/// An operator of the whitelist: how many inputs it takes, and its attributes.
pub(super) struct Operator {
    pub name: &'static str,
    pub inputs: std::ops::RangeInclusive<usize>,
    pub attributes: &'static [&'static str],
    /// True if it may be computed from constants alone, because its result is never larger than its inputs
    /// together. tract computes such nodes while loading.
    pub foldable: bool,
}

const fn operator(
    name: &'static str,
    least: usize,
    most: usize,
    attributes: &'static [&'static str],
) -> Operator {
    Operator {
        name,
        inputs: least..=most,
        attributes,
        foldable: false,
    }
}

const fn foldable(
    name: &'static str,
    least: usize,
    most: usize,
    attributes: &'static [&'static str],
) -> Operator {
    Operator {
        name,
        inputs: least..=most,
        attributes,
        foldable: true,
    }
}

/// The whitelist. Not in it on purpose: `GRU` (panics in tract with a symbolic batch: export the cell
/// decomposed), `Expand`, `Tile`, `ConstantOfShape` (sizes from data), everything with subgraphs, and
/// `DynamicQuantizeLinear` (its scale is the whole batch's).
pub(super) const OPERATORS: &[Operator] = &[
    operator("Abs", 1, 1, &[]),
    operator("Add", 2, 2, &[]),
    operator("AveragePool", 1, 1, POOL),
    operator(
        "BatchNormalization",
        5,
        5,
        &["epsilon", "momentum", "training_mode"],
    ),
    operator("Cast", 1, 1, &["to"]),
    operator("Clip", 1, 3, &[]),
    operator("Concat", 1, 64, &["axis"]),
    foldable(
        "Constant",
        0,
        0,
        &[
            "value",
            "value_float",
            "value_floats",
            "value_int",
            "value_ints",
        ],
    ),
    operator("Conv", 2, 3, CONV),
    operator("ConvInteger", 2, 4, CONV),
    operator("Cos", 1, 1, &[]),
    foldable("DequantizeLinear", 2, 3, &["axis"]),
    operator("Div", 2, 2, &[]),
    operator("Elu", 1, 1, &["alpha"]),
    operator("Erf", 1, 1, &[]),
    operator("Exp", 1, 1, &[]),
    foldable("Flatten", 1, 1, &["axis"]),
    operator("Gather", 2, 2, &["axis"]),
    operator("Gelu", 1, 1, &["approximate"]),
    operator("Gemm", 2, 3, &["alpha", "beta", "transA", "transB"]),
    operator("GlobalAveragePool", 1, 1, &[]),
    operator("HardSigmoid", 1, 1, &["alpha", "beta"]),
    operator("HardSwish", 1, 1, &[]),
    foldable("Identity", 1, 1, &[]),
    operator(
        "LayerNormalization",
        2,
        3,
        &["axis", "epsilon", "stash_type"],
    ),
    operator("LeakyRelu", 1, 1, &["alpha"]),
    operator("Log", 1, 1, &[]),
    operator("LogSoftmax", 1, 1, &["axis"]),
    operator("MatMul", 2, 2, &[]),
    operator("MatMulInteger", 2, 4, &[]),
    operator("Max", 1, 8, &[]),
    operator("MaxPool", 1, 1, POOL),
    operator("Min", 1, 8, &[]),
    operator("Mish", 1, 1, &[]),
    operator("Mul", 2, 2, &[]),
    operator("Neg", 1, 1, &[]),
    operator("Pow", 2, 2, &[]),
    operator("QLinearConv", 8, 9, CONV),
    operator("QLinearMatMul", 8, 8, &[]),
    operator("QuantizeLinear", 2, 3, &["axis"]),
    operator("Reciprocal", 1, 1, &[]),
    operator("ReduceMax", 1, 2, REDUCE),
    operator("ReduceMean", 1, 2, REDUCE),
    operator("ReduceMin", 1, 2, REDUCE),
    operator("ReduceSum", 1, 2, REDUCE),
    operator("Relu", 1, 1, &[]),
    foldable("Reshape", 2, 2, &["allowzero"]),
    operator("Sigmoid", 1, 1, &[]),
    operator("Sin", 1, 1, &[]),
    operator("Slice", 3, 5, &[]),
    operator("Softmax", 1, 1, &["axis"]),
    operator("Softplus", 1, 1, &[]),
    operator("Split", 1, 2, &["axis", "num_outputs"]),
    operator("Sqrt", 1, 1, &[]),
    foldable("Squeeze", 1, 2, &[]),
    operator("Sub", 2, 2, &[]),
    operator("Tanh", 1, 1, &[]),
    foldable("Transpose", 1, 1, &["perm"]),
    foldable("Unsqueeze", 2, 2, &[]),
];

const CONV: &[&str] = &[
    "auto_pad",
    "dilations",
    "group",
    "kernel_shape",
    "pads",
    "strides",
];
const POOL: &[&str] = &[
    "auto_pad",
    "ceil_mode",
    "count_include_pad",
    "dilations",
    "kernel_shape",
    "pads",
    "strides",
];
const REDUCE: &[&str] = &["axes", "keepdims", "noop_with_empty_axes"];
