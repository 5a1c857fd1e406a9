//! Instruction sets as types: vectors, the integer multiply-accumulate, the shape of tiles, and the way in.

use super::dot::{self, Codes};
use super::lanes::{self, Lanes};

/// Work that is compiled once for each instruction set.
pub(super) trait Task {
    type Output;

    /// # Safety
    /// Only [`Instructions::enter`] calls this, inside a function with the set's target features. The body is
    /// `#[inline(always)]`, so is all it calls that touches vectors.
    unsafe fn run<S: Instructions>(self) -> Self::Output;
}

/// An instruction set.
pub(super) trait Instructions: Copy + 'static {
    type V: Lanes;
    /// Codes of activations and weights, and their product.
    type Int8: Codes<Self::V>;
    /// How many panels of sixteen columns a tile of r rows is wide: `PANELS[r]`, r <= `HEIGHT`, non-increasing. As
    /// many accumulators as registers hold, and enough of them to hide a multiply's latency.
    const PANELS: [usize; 7];
    /// Rows of a tile at most, up to 6.
    const HEIGHT: usize;
    /// The same where there is one panel only, up to 8.
    const TALL: usize;

    /// Runs `task` with the target features on.
    ///
    /// # Safety
    /// The processor has the instruction set.
    unsafe fn enter<T: Task>(task: T) -> T::Output;
}

macro_rules! set {
    ($(#[$meta:meta])* $name:ident: $lanes:ty, $int8:ty, $height:literal, $tall:literal, $panels:expr, $($features:literal)?) => {
        $(#[$meta])*
        #[derive(Clone, Copy)]
        pub(super) struct $name;

        $(#[$meta])*
        impl Instructions for $name {
            type V = $lanes;
            type Int8 = $int8;
            const PANELS: [usize; 7] = $panels;
            const HEIGHT: usize = $height;
            const TALL: usize = $tall;

            #[inline]
            unsafe fn enter<T: Task>(task: T) -> T::Output {
                $(#[target_feature(enable = $features)])?
                unsafe fn inside<T: Task>(task: T) -> T::Output {
                    // SAFETY: the features are on here.
                    unsafe { task.run::<$name>() }
                }
                // SAFETY: the processor has them, by the caller's promise.
                unsafe { inside(task) }
            }
        }
    };
}

set!(Scalar: lanes::Scalar, dot::Scalar, 1, 1, [1, 1, 1, 1, 1, 1, 1],);
set!(
    #[cfg(target_arch = "x86_64")]
    Avx2: lanes::Avx2, dot::Madd, 6, 6, [4, 4, 2, 2, 1, 1, 1], "avx2,fma"
);
set!(
    #[cfg(target_arch = "x86_64")]
    AvxVnni: lanes::Avx2, dot::Dpbusd256, 6, 6, [4, 4, 2, 2, 1, 1, 1], "avx2,fma,avxvnni"
);
set!(
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni: lanes::Avx512, dot::Dpbusd512, 6, 8, [8, 8, 4, 4, 4, 4, 4],
    "avx2,fma,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni"
);
set!(
    #[cfg(target_arch = "aarch64")]
    Neon: lanes::Neon, dot::MultiplyPairs, 6, 6, [4, 4, 2, 2, 1, 1, 1], "neon"
);
set!(
    #[cfg(target_arch = "aarch64")]
    NeonDot: lanes::Neon, dot::Sdot, 6, 6, [4, 4, 2, 2, 1, 1, 1], "neon,dotprod"
);
set!(
    #[cfg(target_arch = "aarch64")]
    NeonI8mm: lanes::Neon, dot::Usdot, 6, 6, [4, 4, 2, 2, 1, 1, 1], "neon,dotprod,i8mm"
);
