//! The instruction sets with kernels, and which of them this processor has.

use std::fmt;
use std::str::FromStr;

use super::instructions::{Instructions, Task};

/// What a product is computed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Product {
    /// Fused multiply-adds of f32.
    F32,
    /// Unsigned 8-bit activations, signed 8-bit weights, 32-bit sums.
    Int8,
}

/// An instruction set that the kernels are written for. All give the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Isa {
    /// Portable Rust: the reference.
    Scalar,
    /// AVX2 and FMA; exact 16-bit multiplies (`vpmaddwd`), none that saturates.
    Avx2,
    /// AVX2, FMA and `vpdpbusd` on 256 bits.
    AvxVnni,
    /// AVX-512 (F, BW, VL, DQ) and `vpdpbusd` on 512 bits.
    Avx512Vnni,
    /// ARM64 without dot products.
    Neon,
    /// ARM64 with `sdot`.
    NeonDot,
    /// ARM64 with `usdot`, of the 8-bit matrix multiply extension: codes need no offset.
    NeonI8mm,
}

impl Isa {
    /// From the portable to the fastest, whether or not this processor has them.
    pub const ALL: [Self; 7] = [
        Self::Scalar,
        Self::Avx2,
        Self::AvxVnni,
        Self::Avx512Vnni,
        Self::Neon,
        Self::NeonDot,
        Self::NeonI8mm,
    ];

    /// The fastest that this processor has.
    pub fn best() -> Self {
        Self::available().last().unwrap_or(Self::Scalar)
    }

    /// Those that this processor has, slowest first.
    pub fn available() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|isa| isa.is_available())
    }

    /// Whether this processor has it.
    pub fn is_available(self) -> bool {
        match self {
            Self::Scalar => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Self::AvxVnni => Self::Avx2.is_available() && is_x86_feature_detected!("avxvnni"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni => {
                Self::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vnni")
            }
            #[cfg(target_arch = "aarch64")]
            Self::Neon => std::arch::is_aarch64_feature_detected!("neon"),
            #[cfg(target_arch = "aarch64")]
            Self::NeonDot => {
                Self::Neon.is_available() && std::arch::is_aarch64_feature_detected!("dotprod")
            }
            #[cfg(target_arch = "aarch64")]
            Self::NeonI8mm => {
                Self::NeonDot.is_available() && std::arch::is_aarch64_feature_detected!("i8mm")
            }
            _ => false,
        }
    }

    /// The name that parameters and reports use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Avx2 => "avx2",
            Self::AvxVnni => "avx-vnni",
            Self::Avx512Vnni => "avx512-vnni",
            Self::Neon => "neon",
            Self::NeonDot => "neon-dot",
            Self::NeonI8mm => "neon-i8mm",
        }
    }

    /// Runs `task` compiled for this instruction set.
    ///
    /// # Panics
    /// If the processor lacks it: the caller chose an [`Isa`] by hand that it never asked `is_available`.
    #[inline]
    pub(super) fn run<T: Task>(self, task: T) -> T::Output {
        use super::instructions as sets;
        assert!(
            self.is_available(),
            "this processor has no {self}: choose one of Isa::available()"
        );
        // SAFETY: the processor has the instruction set, as just asserted.
        unsafe {
            match self {
                #[cfg(target_arch = "x86_64")]
                Self::Avx2 => sets::Avx2::enter(task),
                #[cfg(target_arch = "x86_64")]
                Self::AvxVnni => sets::AvxVnni::enter(task),
                #[cfg(target_arch = "x86_64")]
                Self::Avx512Vnni => sets::Avx512Vnni::enter(task),
                #[cfg(target_arch = "aarch64")]
                Self::Neon => sets::Neon::enter(task),
                #[cfg(target_arch = "aarch64")]
                Self::NeonDot => sets::NeonDot::enter(task),
                #[cfg(target_arch = "aarch64")]
                Self::NeonI8mm => sets::NeonI8mm::enter(task),
                _ => sets::Scalar::enter(task),
            }
        }
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no instruction set's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownIsa(pub String);

impl fmt::Display for UnknownIsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<_> = Isa::ALL.map(Isa::name).into();
        write!(
            f,
            "unknown instruction set '{}'; known: {}",
            self.0,
            known.join(", ")
        )
    }
}

impl std::error::Error for UnknownIsa {}

impl FromStr for Isa {
    type Err = UnknownIsa;

    fn from_str(name: &str) -> Result<Self, UnknownIsa> {
        Self::ALL
            .into_iter()
            .find(|isa| isa.name() == name)
            .ok_or_else(|| UnknownIsa(name.into()))
    }
}
