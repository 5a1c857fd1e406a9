//! Fused operators: what makes a quantized network the fast one.
//!
//! Takes tract's decluttered model with the batch symbolic, and the file's codes; gives the same model with its
//! chains replaced by fused operators, and, where nothing else is left that only tract can do, a program
//! that runs on the caller's slices without tract and without allocation. Products run in integers
//! (activations quantized row by row as they come, weights s8 an output channel) or in f32 ([`Product`]).
//! `docs/int8.md` explains layout and reasons.

mod blueprint;
mod codes;
mod fused;
pub mod kernel;
mod operator;
mod program;
mod transform;

use tract_onnx::tract_core::internal::*;

use blueprint::Blueprint;
pub(super) use codes::Codes;
use fused::Fused;
use kernel::{Isa, Product, gather};
use operator::{Operator, Packing, SHORTEST_INT8_ROW};
pub(super) use program::{Memory, Program};
pub(super) use transform::protect_tokens;

/// What was fused in a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fusion {
    /// Products with constant weights; merged ones count once.
    pub linears: usize,
    /// Chains of convolutions.
    pub convolutions: usize,
    /// Attentions.
    pub attentions: usize,
    /// Norms that no product took in.
    pub norms: usize,
    /// Nodes that were left as they are.
    pub others: usize,
    /// Bytes of packed weights.
    pub bytes: usize,
    /// Weight rows whose codes are the file's, of all that run in integers.
    pub codes: [usize; 2],
    /// True if the network runs without tract, and without allocation.
    pub direct: bool,
}

/// Rewrites `model`, decluttered and with a symbolic batch: fused operators, packed for `isa`.
pub(super) fn fuse(
    model: &mut TypedModel,
    codes: &Codes,
    isa: Isa,
    product: Product,
) -> TractResult<Fusion> {
    let together = match product {
        Product::Int8 => SHORTEST_INT8_ROW,
        Product::F32 => usize::MAX,
    };
    transform::rewrite(model, together)?;
    let packing = Packing {
        isa,
        product,
        codes,
    };
    let mut fusion = Fusion::default();
    let mut operators = Vec::new();
    for id in model.eval_order()? {
        let node = &model.nodes[id];
        let Some(op) = node.op_as::<Fused>() else {
            let given = node.op.name() == "Source" || node.op.name() == "Const";
            fusion.others += usize::from(!given);
            continue;
        };
        match op.blueprint() {
            Blueprint::Norm(_) => fusion.norms += 1,
            Blueprint::Linear(_) => fusion.linears += 1,
            Blueprint::Convolution(_) => fusion.convolutions += 1,
            Blueprint::Attention(_) => fusion.attentions += 1,
        }
        let (operator, [known, all]) = Operator::pack(op.blueprint(), &packing)
            .map_err(|why| format_err!("{}: {why}", node.name))?;
        fusion.bytes += operator.bytes();
        fusion.codes = [fusion.codes[0] + known, fusion.codes[1] + all];
        operators.push((id, operator));
    }
    let linears = operators.iter_mut();
    let mut linears: Vec<_> = linears.filter_map(|(_, op)| op.linear()).collect();
    gather(&mut linears);
    for (id, operator) in operators {
        let node = &mut model.nodes[id];
        let op = node.op_as::<Fused>().context("a fused operator")?;
        node.op = Box::new(op.packed(operator));
    }
    Ok(fusion)
}
