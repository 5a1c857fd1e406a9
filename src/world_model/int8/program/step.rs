//! One step of a program.

use std::sync::Arc;

use super::super::kernel::{Activation, Isa, Scratch, Zip, activate, softmax, zip, zip_scalar};
use super::super::operator::Operator;
use super::loops::Loops;

/// The most inputs or outputs of a step.
pub(super) const MOST: usize = 24;

/// Where numbers lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// An input of the network.
    Input(usize),
    /// An intermediate result.
    Slot(usize),
    /// The same for all rows.
    Constant(usize),
}

/// What a step reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub place: Place,
    /// Numbers a batch row.
    pub width: usize,
}

/// What a step writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Output {
    pub slot: usize,
    /// Numbers a batch row.
    pub width: usize,
}

/// A step.
#[derive(Debug)]
pub(super) struct Step {
    pub action: Action,
    pub inputs: Vec<Source>,
    pub outputs: Vec<Output>,
}

/// What a step does.
#[derive(Debug)]
pub(super) enum Action {
    Fused(Arc<Operator>),
    /// A function that the kernels have.
    Activate(Activation),
    /// Any other function of one number.
    Map(fn(f32) -> f32),
    /// Two operands, broadcast: first, second, result.
    Zip(Zip, Loops<3>),
    /// Each input's way into the output.
    Copy(Vec<Loops<2>>),
    /// `[.., count, inner]` to `[.., inner]`.
    Reduce {
        reduction: Reduction,
        count: usize,
        inner: usize,
    },
    Softmax(usize),
}

/// What is left of many numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reduction {
    Sum,
    Max,
    Min,
    MeanOfSquares,
}

impl Action {
    pub fn run(
        &self,
        isa: Isa,
        rows: usize,
        inputs: &[&[f32]],
        outputs: &mut [&mut [f32]],
        scratch: &mut Scratch,
    ) {
        match self {
            Self::Fused(operator) => operator.run(inputs, outputs, scratch),
            Self::Activate(activation) => {
                outputs[0].copy_from_slice(inputs[0]);
                activate(isa, *activation, outputs[0]);
            }
            Self::Map(function) => {
                for (y, x) in outputs[0].iter_mut().zip(inputs[0]) {
                    *y = function(*x);
                }
            }
            Self::Zip(kind, loops) => {
                let (a, b, y) = (inputs[0], inputs[1], &mut *outputs[0]);
                loops.run(rows, |offsets, strides, length| {
                    run_zip(isa, *kind, [a, b], y, offsets, strides, length);
                });
            }
            Self::Copy(ways) => {
                let y = &mut *outputs[0];
                for (x, way) in inputs.iter().zip(ways) {
                    way.run(rows, |[from, to], [step, stride], length| {
                        if (step, stride) == (1, 1) {
                            y[to..to + length].copy_from_slice(&x[from..from + length]);
                        } else {
                            for index in 0..length {
                                y[to + index * stride] = x[from + index * step];
                            }
                        }
                    });
                }
            }
            Self::Reduce {
                reduction,
                count,
                inner,
            } => {
                let blocks = inputs[0].chunks_exact(count * inner);
                for (y, x) in outputs[0].chunks_exact_mut(*inner).zip(blocks) {
                    reduction.of(x, y);
                }
            }
            Self::Softmax(width) => softmax(isa, *width, inputs[0], outputs[0]),
        }
    }
}

fn run_zip(
    isa: Isa,
    kind: Zip,
    [a, b]: [&[f32]; 2],
    y: &mut [f32],
    offsets: [usize; 3],
    strides: [usize; 3],
    length: usize,
) {
    let [from_a, from_b, to] = offsets;
    match strides {
        [1, 1, 1] => {
            let (a, b) = (&a[from_a..][..length], &b[from_b..][..length]);
            zip(isa, kind, a, b, &mut y[to..][..length]);
        }
        [1, 0, 1] => {
            let (a, b) = (&a[from_a..][..length], b[from_b]);
            zip_scalar(isa, kind, a, b, &mut y[to..][..length]);
        }
        [step_a, step_b, step] => {
            for index in 0..length {
                let a = a[from_a + index * step_a];
                let b = b[from_b + index * step_b];
                y[to + index * step] = single(kind, a, b);
            }
        }
    }
}

/// One number, as the kernels do it.
fn single(kind: Zip, a: f32, b: f32) -> f32 {
    match kind {
        Zip::Add => a + b,
        Zip::Sub => a - b,
        Zip::Mul => a * b,
        Zip::Div => a / b,
        Zip::Min => either(if a < b { a } else { b }, if b < a { b } else { a }),
        Zip::Max => either(if a > b { a } else { b }, if b > a { b } else { a }),
    }
}

fn either(a: f32, b: f32) -> f32 {
    f32::from_bits(a.to_bits() | b.to_bits())
}

impl Reduction {
    /// Rows `x`, each as long as `y`, to one.
    fn of(self, x: &[f32], y: &mut [f32]) {
        let rows = x.len() / y.len();
        let join = |y: &mut [f32], row: &[f32], join: fn(f32, f32) -> f32| {
            for (y, x) in y.iter_mut().zip(row) {
                *y = join(*y, *x);
            }
        };
        let (start, step): (f32, fn(f32, f32) -> f32) = match self {
            Self::Sum => (0.0, |sum, x| sum + x),
            Self::MeanOfSquares => (0.0, |sum, x| sum + x * x),
            Self::Max => (f32::NEG_INFINITY, |most, x| single(Zip::Max, most, x)),
            Self::Min => (f32::INFINITY, |least, x| single(Zip::Min, least, x)),
        };
        y.fill(start);
        for row in x.chunks_exact(y.len()) {
            join(y, row, step);
        }
        if self == Self::MeanOfSquares {
            y.iter_mut().for_each(|y| *y /= rows as f32);
        }
    }
}
