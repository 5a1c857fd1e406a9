//! The arithmetic of fused operators.

use super::Line;
use crate::world_model::int8::kernel::{Isa, Product, peak};

/// The instruction set that models run on, and what one core multiplies with it at best.
pub(super) fn kernels() -> Line {
    let isa = Isa::best();
    let rate = |product| peak(isa, product) * 1e-9;
    let found = format!(
        "{isa}: {:.0} (int8), {:.0} (f32) 10^9 multiply-accumulates a second on one core",
        rate(Product::Int8),
        rate(Product::F32)
    );
    if isa != Isa::Scalar {
        return Line::good("kernels", found);
    }
    Line::limited(
        "kernels",
        found,
        "a processor with AVX2 and FMA, or ARM64: these are the portable kernels, many times slower",
    )
}
