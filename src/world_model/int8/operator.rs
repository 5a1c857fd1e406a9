//! A fused operator with its weights packed, ready to run on slices.

use super::blueprint::{Blueprint, ConvolutionPlan, LinearPlan, NormPlan};
use super::codes::Codes;
use super::kernel::{
    Activation, Attention, ConvolutionSpec, Convolutions, Isa, Linear, LinearSpec, Norm, Product,
    Scratch, normalize,
};

/// Rows shorter than this are multiplied in f32, whatever is asked: quantizing them costs precision where it
/// hurts most (states, actions) and gains no time.
pub(super) const SHORTEST_INT8_ROW: usize = 32;

/// How to pack.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packing<'a> {
    pub isa: Isa,
    pub product: Product,
    /// The codes that the file has.
    pub codes: &'a Codes,
}

/// A fused operator.
#[derive(Debug)]
pub(super) enum Operator {
    Norm {
        isa: Isa,
        norm: Norm,
        width: usize,
    },
    Linear {
        linear: Box<Linear>,
        residual: bool,
    },
    Convolutions(Convolutions),
    Attention {
        isa: Isa,
        attention: Attention,
        offsets: [usize; 3],
    },
}

impl Operator {
    /// Packs `blueprint`; also of how many weight rows the codes are the file's, and of how many that run in
    /// integers. An error says what the kernels can't do.
    pub fn pack(blueprint: &Blueprint, packing: &Packing) -> Result<(Self, [usize; 2]), String> {
        match blueprint {
            Blueprint::Norm(NormPlan { norm, width, .. }) => {
                let norm = Self::Norm {
                    isa: packing.isa,
                    norm: norm.clone(),
                    width: *width,
                };
                Ok((norm, [0; 2]))
            }
            Blueprint::Linear(plan) => linear(plan, packing),
            Blueprint::Convolution(plan) => convolutions(plan, packing),
            Blueprint::Attention(plan) => {
                let attention = Self::Attention {
                    isa: packing.isa,
                    attention: plan.attention.clone(),
                    offsets: plan.offsets,
                };
                Ok((attention, [0; 2]))
            }
        }
    }

    /// Computes `outputs` from `inputs`, as many batch rows as these hold.
    pub fn run(&self, inputs: &[&[f32]], outputs: &mut [&mut [f32]], scratch: &mut Scratch) {
        match self {
            Self::Norm { isa, norm, width } => {
                normalize(*isa, norm, *width, inputs[0], outputs[0]);
            }
            Self::Linear { linear, residual } => {
                let rows = inputs[0].len() / linear.k();
                let residual = residual.then(|| inputs[1]);
                linear.run(rows, inputs[0], residual, outputs, scratch);
            }
            Self::Convolutions(convolutions) => {
                let size: usize = convolutions.output_shape().iter().product();
                let images = outputs[0].len() / size;
                convolutions.run(images, inputs[0], outputs[0], scratch);
            }
            Self::Attention {
                isa,
                attention,
                offsets,
            } => {
                let batch = outputs[0].len() / attention.out.strides[0];
                let [q, k, v] = [0, 1, 2].map(|index| &inputs[index][offsets[index]..]);
                attention.run(*isa, batch, q, k, v, outputs[0], scratch);
            }
        }
    }

    /// The product with constant weights that it is.
    pub fn linear(&mut self) -> Option<&mut Linear> {
        match self {
            Self::Linear { linear, .. } => Some(linear),
            _ => None,
        }
    }

    /// Bytes of packed weights.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Linear { linear, .. } => linear.bytes(),
            Self::Convolutions(convolutions) => convolutions.bytes(),
            Self::Norm { .. } | Self::Attention { .. } => 0,
        }
    }
}

fn linear(plan: &LinearPlan, packing: &Packing) -> Result<(Operator, [usize; 2]), String> {
    let product = match packing.product {
        Product::Int8 if plan.k < SHORTEST_INT8_ROW => Product::F32,
        product => product,
    };
    let segments: Vec<usize> = plan.segments.iter().map(|segment| segment.n).collect();
    let activations: Vec<Activation> = plan.segments.iter().map(|s| s.activation).collect();
    let biased = plan.segments.iter().any(|segment| segment.bias.is_some());
    let bias: Vec<f32> = plan
        .segments
        .iter()
        .flat_map(|segment| segment.bias.clone().unwrap_or_else(|| vec![0.0; segment.n]))
        .collect();
    let scales = match product {
        Product::Int8 => packing.codes.scales(&plan.weights, plan.k),
        Product::F32 => None,
    };
    let spec = LinearSpec {
        k: plan.k,
        segments: &segments,
        weights: &plan.weights,
        scales: scales.as_deref(),
        bias: biased.then_some(&bias),
        norm_before: plan.norm_before.clone(),
        norm_after: plan.norm_after.clone(),
        activations: &activations,
    };
    let rows: usize = segments.iter().sum();
    let known = usize::from(scales.is_some()) * rows;
    let all = usize::from(product == Product::Int8) * rows;
    let linear = Linear::new(packing.isa, product, &spec).map_err(|why| why.to_string())?;
    let residual = plan.residual;
    let linear = Box::new(linear);
    Ok((Operator::Linear { linear, residual }, [known, all]))
}

fn convolutions(
    plan: &ConvolutionPlan,
    packing: &Packing,
) -> Result<(Operator, [usize; 2]), String> {
    let scales: Vec<Option<Vec<f32>>> = plan
        .layers
        .iter()
        .map(|layer| {
            let k = layer.channels[0] * layer.kernel[0] * layer.kernel[1];
            match packing.product {
                Product::Int8 => packing.codes.scales(&layer.weights, k),
                Product::F32 => None,
            }
        })
        .collect();
    let layers: Vec<ConvolutionSpec> = plan
        .layers
        .iter()
        .zip(&scales)
        .map(|(layer, scales)| ConvolutionSpec {
            cin: layer.channels[0],
            cout: layer.channels[1],
            kernel: layer.kernel,
            stride: layer.stride,
            padding: layer.padding,
            weights: &layer.weights,
            scales: scales.as_deref(),
            bias: layer.bias.as_deref(),
            activation: layer.activation,
        })
        .collect();
    let [_, height, width] = plan.input;
    let mut codes = [0; 2];
    for (layer, scales) in layers.iter().zip(&scales) {
        codes[0] += usize::from(scales.is_some()) * layer.cout;
        codes[1] += usize::from(packing.product == Product::Int8) * layer.cout;
    }
    let size = [height, width];
    let convolutions = Convolutions::new(packing.isa, packing.product, size, &layers);
    let convolutions = convolutions.map_err(|why| why.to_string())?;
    Ok((Operator::Convolutions(convolutions), codes))
}
