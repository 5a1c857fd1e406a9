//! What one core of this machine can multiply at best.

use std::hint::black_box;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use super::gemm::Gemm;
use super::instructions::{Instructions, Task};
use super::isa::{Isa, Product};
use super::memory::Aligned;
use super::operands::{Choice, Dense, InF32, InInt8};
use super::pack::Layout;

/// How long is measured.
const BUDGET: Duration = Duration::from_millis(60);
/// A row over and over, with all that is read in the first-level cache.
const ROWS: usize = 6 * 16;
const UNITS: usize = 128;

/// Multiply-accumulates a second of one core, as measured: the product's own inner loop on operands that stay in
/// the first-level cache. Takes about 60 ms.
pub fn peak(isa: Isa, product: Product) -> f64 {
    let layout = Layout::of(isa, product);
    let panels = isa.run(Panels);
    let row = Aligned::<u8>::zeroed(UNITS * layout.codes * layout.code_bytes);
    let weights = Aligned::<u8>::zeroed(panels * UNITS * layout.step);
    let mut sums = Aligned::<u32>::zeroed(panels * 16);
    let products = (ROWS * panels * 16 * UNITS * layout.codes) as f64;
    let (start, mut best) = (Instant::now(), Duration::MAX);
    while start.elapsed() < BUDGET {
        let window = Instant::now();
        for _ in 0..4 {
            let repeat = Repeat {
                row: &row,
                weights: &weights,
                panels,
                sums: &mut sums,
            };
            match product {
                Product::F32 => isa.run(Chosen(black_box(repeat), PhantomData::<InF32>)),
                Product::Int8 => isa.run(Chosen(black_box(repeat), PhantomData::<InInt8>)),
            }
        }
        best = best.min(window.elapsed() / 4);
    }
    products / best.as_secs_f64()
}

struct Panels;

impl Task for Panels {
    type Output = usize;
    #[inline(always)]
    unsafe fn run<S: Instructions>(self) -> usize {
        S::PANELS[S::HEIGHT]
    }
}

struct Repeat<'a> {
    row: &'a Aligned<u8>,
    weights: &'a Aligned<u8>,
    panels: usize,
    sums: &'a mut Aligned<u32>,
}

struct Chosen<'a, C>(Repeat<'a>, PhantomData<C>);

impl<C: Choice> Task for Chosen<'_, C> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<S: Instructions>(self) {
        let repeat = self.0;
        // SAFETY: with strides of zero all rows are one, and so are their sums; weights are as many as panels and
        // units say.
        unsafe {
            S::enter(Gemm {
                product: PhantomData::<C>,
                rows: Dense {
                    first: repeat.row.as_ptr(),
                    stride: 0,
                },
                count: ROWS,
                weights: repeat.weights.as_ptr(),
                panels: repeat.panels,
                units: UNITS,
                starts: repeat.sums.as_ptr(),
                sums: repeat.sums.as_mut_ptr(),
                width: 0,
            });
        }
    }
}
