//! The fused operator as tract sees it.

use std::sync::Arc;

use tract_onnx::tract_core::internal::*;

use super::blueprint::Blueprint;
use super::kernel::Scratch;
use super::operator::Operator;

/// A fused operator in a tract model: on paper until the whole network is rewritten, then packed.
#[derive(Clone, Debug)]
pub(super) struct Fused {
    blueprint: Arc<Blueprint>,
    operator: Option<Arc<Operator>>,
}

impl Fused {
    pub fn new(blueprint: Blueprint) -> Self {
        Self {
            blueprint: Arc::new(blueprint),
            operator: None,
        }
    }

    pub fn blueprint(&self) -> &Blueprint {
        &self.blueprint
    }

    pub fn operator(&self) -> Option<&Arc<Operator>> {
        self.operator.as_ref()
    }

    /// The same, ready to run.
    pub fn packed(&self, operator: Operator) -> Self {
        Self {
            blueprint: self.blueprint.clone(),
            operator: Some(Arc::new(operator)),
        }
    }
}

impl PartialEq for Fused {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.blueprint, &other.blueprint)
    }
}

impl Eq for Fused {}

impl Op for Fused {
    fn name(&self) -> StaticName {
        match self.blueprint.as_ref() {
            Blueprint::Norm(_) => "FusedNorm",
            Blueprint::Linear(_) => "FusedLinear",
            Blueprint::Convolution(_) => "FusedConvolution",
            Blueprint::Attention(_) => "FusedAttention",
        }
        .into()
    }

    fn validation(&self) -> Validation {
        Validation::Rounding
    }

    op_as_typed_op!();
}

impl EvalOp for Fused {
    not_out_of_plan!();

    fn state(&self, _context: &EvalContext) -> TractResult<Option<Box<dyn OpState>>> {
        Ok(Some(Box::<State>::default()))
    }
}

#[derive(Clone, Debug, Default)]
struct State(Scratch);

impl OpState for State {
    fn eval(
        &mut self,
        _context: &EvalContext,
        op: &dyn Op,
        inputs: TVec<TValue>,
    ) -> TractResult<TVec<TValue>> {
        let op = op.downcast_ref::<Fused>().context("not a fused operator")?;
        let operator = op.operator().context("a fused operator without weights")?;
        let facts: TVec<TypedFact> = inputs
            .iter()
            .map(|input| f32::datum_type().fact(input.shape()))
            .collect();
        let facts: TVec<&TypedFact> = facts.iter().collect();
        let mut results: TVec<Tensor> = op
            .blueprint
            .outputs(&facts)?
            .iter()
            .map(|fact| {
                let shape = fact.shape.as_concrete().context("an unknown size")?;
                Tensor::zero::<f32>(shape)
            })
            .collect::<TractResult<_>>()?;
        let plain: TVec<PlainView> = inputs
            .iter()
            .map(|input| input.try_as_plain_ram())
            .collect::<TractResult<_>>()?;
        let slices: TVec<&[f32]> = plain
            .iter()
            .map(|plain| plain.as_slice::<f32>())
            .collect::<TractResult<_>>()?;
        let mut plain: TVec<_> = results
            .iter_mut()
            .map(|result| result.try_as_plain_ram_mut())
            .collect::<TractResult<_>>()?;
        let mut outputs: TVec<&mut [f32]> = plain
            .iter_mut()
            .map(|plain| plain.as_slice_mut::<f32>())
            .collect::<TractResult<_>>()?;
        operator.run(&slices, &mut outputs, &mut self.0);
        drop(outputs);
        drop(plain);
        Ok(results.into_iter().map(Tensor::into_tvalue).collect())
    }

    fn reset_lanes(&mut self, _lanes: &[LaneId]) -> TractResult<()> {
        Ok(())
    }
}

impl TypedOp for Fused {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        self.blueprint.outputs(inputs)
    }

    as_op!();
}
