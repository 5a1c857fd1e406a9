//! The arithmetic of fused operators.

use super::Line;
use crate::world_model::int8::kernel::{Isa, Product, peak};

/// The instruction set that models run on (`asked`, or the best), what one core multiplies with it at best, and
/// those that the machine has.
pub(super) fn kernels(asked: Option<Isa>) -> Line {
    let best = Isa::best();
    let isa = asked.unwrap_or(best);
    let known: Vec<&str> = Isa::available().map(Isa::name).collect();
    let known = known.join(", ");
    if !isa.is_available() {
        let found = format!("a processor without {isa}; it has {known}");
        return Line::impossible("kernels", found, "model.kernel: auto");
    }
    let rate = |product| peak(isa, product) * 1e-9;
    let found = format!(
        "{isa} of {known}: {:.1} (int8), {:.1} (f32) 10^9 multiply-accumulates a second on one core",
        rate(Product::Int8),
        rate(Product::F32)
    );
    if isa != best {
        let remedy = format!("model.kernel: auto, which is {best} here: the same bits, faster");
        return Line::limited("kernels", found, remedy);
    }
    if isa == Isa::Scalar {
        let remedy = "a processor with AVX2 and FMA, or ARM64: these are the portable kernels, many times slower";
        return Line::limited("kernels", found, remedy);
    }
    Line::good("kernels", found)
}
