//! Defects of tract 0.23.9 that Forerun works around, each with the smallest file that shows it.
//!
//! Every test here holds that the defect is still there. One that fails after an update of tract is good news: its
//! message says what may be simplified then. Found while quantizing (`docs/int8.md`).

use std::panic::{AssertUnwindSafe, catch_unwind};

use tract_onnx::pb;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension};
use tract_onnx::pb::type_proto::Value as Type;
use tract_onnx::prelude::*;

use super::onnx::{codes, floats, int, model, node, value};

fn typed(model: &pb::ModelProto) -> TractResult<TypedModel> {
    tract_onnx::onnx()
        .with_ignore_value_info(true)
        .model_for_proto_model(model)?
        .into_typed()
}

fn run(model: TypedModel, input: &Tensor) -> Vec<f32> {
    let plan = model.into_runnable().expect("a plan");
    let results = plan.run(tvec!(input.clone().into_tvalue())).expect("a run");
    let result = results[0].to_plain_array_view::<f32>().expect("f32");
    result.iter().copied().collect()
}

fn operators(model: &TypedModel) -> Vec<String> {
    model
        .nodes
        .iter()
        .map(|node| node.op.name().to_string())
        .collect()
}

fn bytes(name: &str, dims: &[i64], value: u8) -> pb::TensorProto {
    let count = dims.iter().product::<i64>() as usize;
    pb::TensorProto {
        data_type: DataType::Uint8 as i32,
        ..codes(name, dims, &vec![value as i8; count])
    }
}

/// x [batch, 8] -> QuantizeLinear -> DequantizeLinear -> `operator` -> QuantizeLinear -> DequantizeLinear -> y.
fn between_codes(operator: pb::NodeProto, zeros: [pb::TensorProto; 2]) -> pb::ModelProto {
    let [mut first, mut second] = zeros;
    first.name = "x.zero".into();
    second.name = "y.zero".into();
    let coded = |operator: &str, x: &str, codec: &str, y: &str| {
        let (scale, zero) = (format!("{codec}.scale"), format!("{codec}.zero"));
        node(operator, &[x, &scale, &zero], y, vec![])
    };
    let nodes = vec![
        coded("QuantizeLinear", "x", "x", "x.q"),
        coded("DequantizeLinear", "x.q", "x", "x.f32"),
        operator,
        coded("QuantizeLinear", "p", "y", "y.q"),
        coded("DequantizeLinear", "y.q", "y", "y"),
    ];
    let constants = vec![
        floats("x.scale", &[], &[0.05]),
        first,
        floats("y.scale", &[], &[1.0 / 256.0]),
        second,
    ];
    model(nodes, constants, vec![value("x", &[8])], value("y", &[8]))
}

/// `DequantizeLinearF32::declutter` evaluates what follows once on the 256 codes, if its axes mapping looks like that
/// of an element-wise operator; `Softmax::axes_mapping` does.
#[test]
fn a_softmax_between_codes_becomes_a_table() {
    let softmax = node("Softmax", &["x.f32"], "p", vec![int("axis", -1)]);
    let file = between_codes(softmax, [bytes("", &[], 128), bytes("", &[], 0)]);
    let x: Vec<f32> = (0..32).map(|i| 0.4 * ((i * 7 % 13) as f32 - 6.0)).collect();
    let expected: Vec<f32> = x
        .chunks_exact(8)
        .flat_map(|row| {
            let powers: Vec<f32> = row.iter().map(|x| x.exp()).collect();
            let sum: f32 = powers.iter().sum();
            powers.into_iter().map(move |power| power / sum)
        })
        .collect();
    let input = Tensor::from_shape(&[4, 8], &x).expect("a tensor");
    let worst = |model: TypedModel| {
        let found = run(model, &input);
        let errors = found.iter().zip(&expected).map(|(a, b)| (a - b).abs());
        errors.fold(0.0, f32::max)
    };
    let plain = typed(&file).expect("typed");
    // One code is 0.004, and the input's rounding moves an exponent by 2.5 %.
    let right = worst(plain.clone());
    assert!(right < 0.02, "wrong even without declutter: {right}");
    let decluttered = plain.into_decluttered().expect("decluttered");
    let table = operators(&decluttered)
        .iter()
        .any(|name| name == "LookupTable");
    let wrong = worst(decluttered);
    assert!(
        table && wrong > 0.5,
        "tract computes a softmax between DequantizeLinear and QuantizeLinear right now (error {wrong}): let it \
         in in src/world_model/vet/dataflow.rs, and say so in docs/int8.md"
    );
}

/// The same table is made in the type of the last codes.
#[test]
fn codes_of_another_sign_are_an_error() {
    let sigmoid = || node("Sigmoid", &["x.f32"], "p", vec![]);
    let signs = [
        [codes("", &[], &[0]), bytes("", &[], 0)],
        [bytes("", &[], 128), codes("", &[], &[0])],
    ];
    for zeros in signs {
        let declutter = typed(&between_codes(sigmoid(), zeros))
            .expect("typed")
            .into_decluttered();
        let Err(why) = declutter else {
            panic!(
                "tract takes INT8 codes that become UINT8 codes by a function now: drop `same_sign` from \
                 src/world_model/vet/dataflow.rs, and say so in docs/int8.md"
            );
        };
        assert!(
            format!("{why:#}").contains("Trying to substitute"),
            "another error: {why:#}"
        );
    }
    let same = [bytes("", &[], 128), bytes("", &[], 0)];
    typed(&between_codes(sigmoid(), same))
        .expect("typed")
        .into_decluttered()
        .expect("one type");
}

/// x [sequence, batch, 6] -> GRU of 8 -> y [1, batch, 8]; `None`: a symbolic batch.
fn gru(batch: Option<i64>) -> pb::ModelProto {
    let ported = |name: &str, sizes: [Option<i64>; 3]| {
        let mut port = value(name, &[]);
        let dim = sizes.into_iter().map(|size| Dimension {
            denotation: String::new(),
            value: Some(size.map_or_else(
                || dimension::Value::DimParam("batch".into()),
                dimension::Value::DimValue,
            )),
        });
        let shape = pb::TensorShapeProto { dim: dim.collect() };
        let kind = port.r#type.as_mut().and_then(|kind| kind.value.as_mut());
        let Some(Type::TensorType(tensor)) = kind else {
            panic!("no tensor");
        };
        tensor.shape = Some(shape);
        port
    };
    let wave = |count: usize| -> Vec<f32> { (0..count).map(|i| 0.3 * (i as f32).sin()).collect() };
    let mut cell = node("GRU", &["x", "w", "r"], "y", vec![int("hidden_size", 8)]);
    cell.output.insert(0, String::new());
    let weights = vec![
        floats("w", &[1, 24, 6], &wave(24 * 6)),
        floats("r", &[1, 24, 8], &wave(24 * 8)),
    ];
    let x = ported("x", [Some(5), batch, Some(6)]);
    model(
        vec![cell],
        weights,
        vec![x],
        ported("y", [Some(1), batch, Some(8)]),
    )
}

/// `CommonRec::wire_one_side` unwraps the batch as a number.
#[test]
fn a_gru_with_a_symbolic_batch_panics() {
    let input = Tensor::zero::<f32>(&[5, 3, 6]).expect("a tensor");
    let fixed = typed(&gru(Some(3))).expect("a GRU with a fixed batch");
    assert_eq!(run(fixed, &input).len(), 3 * 8);
    let symbolic = catch_unwind(AssertUnwindSafe(|| typed(&gru(None))));
    assert!(
        symbolic.is_err(),
        "tract takes a GRU with a symbolic batch now: let `GRU` in in src/world_model/vet/operator.rs, test it \
         against the decomposed cell, and say so in docs/int8.md"
    );
}

/// A `QLinearMatMul` with weights of one scale is one product with its requantization inside; with a scale a channel
/// it is a product and a chain of element-wise operators over i32, each a pass through memory of its own.
#[test]
fn a_scale_a_channel_takes_the_requantization_out_of_the_product() {
    let product = |shape: &[i64]| {
        let channels = shape.iter().product::<i64>() as usize;
        let parts = [
            "x.q", "x.scale", "x.zero", "w", "w.scale", "w.zero", "y.scale", "y.zero",
        ];
        let nodes = vec![
            node("QuantizeLinear", &["x", "x.scale", "x.zero"], "x.q", vec![]),
            node("QLinearMatMul", &parts, "y.q", vec![]),
            node(
                "DequantizeLinear",
                &["y.q", "y.scale", "y.zero"],
                "y",
                vec![],
            ),
        ];
        let weights: Vec<i8> = (0..40).map(|i| (i * 13 % 251) as i8).collect();
        let constants = vec![
            floats("x.scale", &[], &[0.05]),
            bytes("x.zero", &[], 128),
            codes("w", &[8, 5], &weights),
            floats("w.scale", shape, &vec![0.01; channels]),
            codes("w.zero", shape, &vec![0; channels]),
            floats("y.scale", &[], &[0.1]),
            bytes("y.zero", &[], 100),
        ];
        let file = model(nodes, constants, vec![value("x", &[8])], value("y", &[5]));
        let model = typed(&file).and_then(|model| model.into_decluttered());
        operators(
            &model
                .and_then(|model| model.into_optimized())
                .expect("optimised"),
        )
    };
    let loose = ["Mul", "Sub", "QScale", "Add", "Min", "Max"];
    let count = |operators: &[String]| {
        let is_loose = |name: &&String| loose.contains(&name.as_str());
        operators.iter().filter(is_loose).count()
    };
    let (tensor, channel) = (product(&[]), product(&[5]));
    assert_eq!(count(&tensor), 0, "{tensor:?}");
    assert!(
        count(&channel) >= loose.len(),
        "tract requantizes a scale a channel inside the product now: measure it again, and say so in \
         docs/int8.md ({channel:?})"
    );
}
