//! From a screened file to what runs it.

use std::sync::Arc;

use tract_onnx::pb;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::konst::Const;

use super::int8::kernel::{Isa, Product};
use super::int8::{Codes, Fusion, Program, fuse, protect_tokens};

/// The most numbers that one intermediate result may have a row.
const LARGEST_RESULT: i64 = 1 << 22;

/// How a network's products are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// tract's own operators, in f32: the reference that others are held against.
    Tract,
    /// Fused operators, products in f32.
    F32,
    /// Fused operators, products in integers.
    Int8,
}

/// What runs a network.
pub(super) enum Engine {
    /// Fused as a whole.
    Direct(Program),
    /// In tract, with or without fused operators.
    Tract(Arc<TypedRunnableModel>),
}

/// One symbolic network for every batch.
pub(super) fn build(
    proto: pb::ModelProto,
    batch: &str,
    arithmetic: Arithmetic,
    isa: Isa,
) -> TractResult<(Engine, Fusion)> {
    let product = match arithmetic {
        Arithmetic::Tract => None,
        Arithmetic::F32 => Some(Product::F32),
        Arithmetic::Int8 => Some(Product::Int8),
    };
    let codes = proto.graph.as_ref().map(Codes::read).unwrap_or_default();
    let mut typed = tract_onnx::onnx()
        .with_ignore_value_info(true)
        .model_for_proto_model(&proto)?
        .into_typed()?;
    // Its weights were copied: their memory serves for the next copies.
    drop(proto);
    check_results(&typed, batch)?;
    if product.is_some() {
        protect_tokens(&mut typed)?;
    }
    let mut model = typed.into_decluttered()?;
    check_results(&model, batch)?;
    let mut fusion = Fusion::default();
    if let Some(product) = product {
        fusion = fuse(&mut model, &codes, isa, product)?;
        let batch = model.symbols.sym(batch);
        match Program::compile(&model, isa, &batch) {
            Ok(program) => {
                fusion.direct = true;
                return Ok((Engine::Direct(program), fusion));
            }
            Err(node) => tracing::debug!("the network runs in tract because of {node}"),
        }
    }
    let plan = model.into_optimized()?.into_runnable()?;
    Ok((Engine::Tract(plan), fusion))
}

/// Bounds what a single row would allocate, before anything is computed; nothing at all is no result, either.
fn check_results(model: &TypedModel, batch: &str) -> TractResult<()> {
    let one = SymbolValues::default().with(&model.symbols.sym(batch), 1);
    for node in &model.nodes {
        let least = i64::from(!node.op_is::<Const>());
        for output in &node.outputs {
            let size = output.fact.shape.volume().eval_to_i64(&one)?;
            ensure!(
                (least..=LARGEST_RESULT).contains(&size),
                "{}: {size} numbers a row, {least} to {LARGEST_RESULT} expected",
                node.name
            );
        }
    }
    Ok(())
}
