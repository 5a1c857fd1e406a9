//! Activation functions: by name outside, as types inside, so that a loop contains the one it applies.

use super::instructions::{Instructions, Task};
use super::isa::Isa;
use super::lanes::{Lanes, WIDTH};
use super::math;

/// A function of each number of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// x.
    Identity,
    /// x for x > 0, else 0; keeps NaN.
    Relu,
    /// x sigmoid(x), also called swish.
    Silu,
    /// x Phi(x) by the error function.
    GeluErf,
    /// The same by its tanh approximation.
    GeluTanh,
    /// 1 / (1 + e^-x).
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
}

/// An activation on sixteen lanes; NaN stays NaN.
pub(super) trait Function: Copy {
    /// # Safety
    /// The processor has the instruction set.
    unsafe fn of<V: Lanes>(self, x: V::F) -> V::F;
}

/// What is done with an activation once its type is known.
trait WithFunction {
    /// # Safety
    /// The implementor's.
    unsafe fn with<A: Function>(self, function: A);
}

macro_rules! functions {
    ($($name:ident |$v:ident, $x:ident| $body:expr;)+) => {
        $(
            #[derive(Clone, Copy)]
            pub(super) struct $name;

            impl Function for $name {
                #[inline(always)]
                unsafe fn of<$v: Lanes>(self, $x: $v::F) -> $v::F {
                    // SAFETY: the caller's.
                    unsafe { $body }
                }
            }
        )+
    };
}

#[derive(Clone, Copy)]
pub(super) struct Identity;

impl Function for Identity {
    #[inline(always)]
    unsafe fn of<V: Lanes>(self, x: V::F) -> V::F {
        x
    }
}

functions! {
    Relu |V, x| V::max(V::splat(0.0), x);
    Silu |V, x| math::silu::<V>(x);
    GeluErf |V, x| math::gelu_erf::<V>(x);
    GeluTanh |V, x| math::gelu_tanh::<V>(x);
    Sigmoid |V, x| math::sigmoid::<V>(x);
    Tanh |V, x| math::tanh::<V>(x);
}

impl Activation {
    /// True if a greater number never becomes a smaller one, bit for bit.
    pub(super) fn keeps_order(self) -> bool {
        matches!(self, Self::Identity | Self::Relu)
    }

    /// # Safety
    /// That of `work`.
    #[inline(always)]
    unsafe fn with<W: WithFunction>(self, work: W) {
        // SAFETY: the caller's.
        unsafe {
            match self {
                Self::Identity => (),
                Self::Relu => work.with(Relu),
                Self::Silu => work.with(Silu),
                Self::GeluErf => work.with(GeluErf),
                Self::GeluTanh => work.with(GeluTanh),
                Self::Sigmoid => work.with(Sigmoid),
                Self::Tanh => work.with(Tanh),
            }
        }
    }
}

/// Applies `activation` to every number of `x`.
pub fn activate(isa: Isa, activation: Activation, x: &mut [f32]) {
    isa.run(Activate(activation, x));
}

pub(super) struct Activate<'a>(pub Activation, pub &'a mut [f32]);

impl Task for Activate<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Instructions>(self) {
        // SAFETY: the caller's.
        unsafe { self.0.with(InPlace::<S>(self.1, std::marker::PhantomData)) }
    }
}

struct InPlace<'a, S>(&'a mut [f32], std::marker::PhantomData<S>);

impl<S: Instructions> WithFunction for InPlace<'_, S> {
    #[inline(always)]
    unsafe fn with<A: Function>(self, function: A) {
        let mut whole = self.0.chunks_exact_mut(WIDTH);
        // SAFETY: the instruction set is the caller's; each chunk has the numbers that are read and written.
        unsafe {
            for chunk in &mut whole {
                let x = S::V::load(chunk.as_ptr());
                S::V::store(chunk.as_mut_ptr(), function.of::<S::V>(x));
            }
            let rest = whole.into_remainder();
            if !rest.is_empty() {
                let x = S::V::load_part(rest.as_ptr(), rest.len());
                S::V::store_part(rest.as_mut_ptr(), rest.len(), function.of::<S::V>(x));
            }
        }
    }
}
