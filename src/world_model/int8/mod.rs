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

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

use tract_onnx::tract_core::internal::*;

use blueprint::Blueprint;
pub(super) use codes::Codes;
use fused::Fused;
use kernel::{Isa, Product, gather};
use operator::{Operator, Packing, SHORTEST_INT8_ROW};
pub(super) use program::{Memory, Program};
pub(super) use transform::protect_tokens;

/// An operator, and of how many of its weight rows the codes are the file's, of those that run in integers.
type Packed = Result<(Operator, [usize; 2]), String>;

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
    let mut plans = Vec::new();
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
        plans.push((id, op.blueprint()));
    }
    let mut operators = Vec::new();
    let packed = packed(&plans, &packing);
    for ((id, _), packed) in plans.into_iter().zip(packed) {
        let (operator, [known, all]) =
            packed.map_err(|why| format_err!("{}: {why}", model.nodes[id].name))?;
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

/// Packs `plans` on two threads, an operator each in turn; results in the plans' order.
fn packed(plans: &[(usize, &Blueprint)], packing: &Packing) -> Vec<Packed> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some((_, plan)) = plans.get(at) else {
                return done;
            };
            done.push((at, Operator::pack(plan, packing)));
        }
    };
    let mut all = std::thread::scope(|scope| {
        let other = scope.spawn(work);
        let mut all = work();
        all.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        all
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, packed)| packed).collect()
}
