//! tract's elementwise operators as functions of numbers.

use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::element_wise::ElementWiseOp;
use tract_onnx::tract_core::ops::math;

use super::super::kernel::Zip;

/// The function of two numbers, if the kernels have it.
pub(super) fn zip_of(op: &TypedBinOp) -> Option<Zip> {
    let op = &op.0;
    if op.is::<math::Add>() {
        Some(Zip::Add)
    } else if op.is::<math::Sub>() {
        Some(Zip::Sub)
    } else if op.is::<math::Mul>() {
        Some(Zip::Mul)
    } else if op.is::<math::Div>() {
        Some(Zip::Div)
    } else if op.is::<math::Max>() {
        Some(Zip::Max)
    } else if op.is::<math::Min>() {
        Some(Zip::Min)
    } else {
        None
    }
}

/// The function of one number that the kernels don't have, if it is a known one.
pub(super) fn function_of(op: &ElementWiseOp) -> Option<fn(f32) -> f32> {
    let op = &op.0;
    if op.is::<math::Exp>() {
        Some(f32::exp)
    } else if op.is::<math::Ln>() {
        Some(f32::ln)
    } else if op.is::<math::Sqrt>() {
        Some(f32::sqrt)
    } else if op.is::<math::Rsqrt>() {
        Some(|x| x.sqrt().recip())
    } else if op.is::<math::Recip>() {
        Some(f32::recip)
    } else if op.is::<math::Neg>() {
        Some(|x| -x)
    } else if op.is::<math::Abs>() {
        Some(f32::abs)
    } else if op.is::<math::Square>() {
        Some(|x| x * x)
    } else if op.is::<math::Sin>() {
        Some(f32::sin)
    } else if op.is::<math::Cos>() {
        Some(f32::cos)
    } else {
        None
    }
}
