//! Nothing allocates once a scratch has seen its largest call.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use kernels::kernel::*;
use kernels::seeded::Seeded;

use crate::support::*;

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: hands everything to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, p: *mut u8, layout: Layout) {
        unsafe { System.dealloc(p, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(work: impl FnOnce()) -> usize {
    let before = COUNT.get();
    work();
    COUNT.get() - before
}

#[test]
fn none_after_the_first_call() {
    assert!(
        allocations(|| drop(std::hint::black_box(vec![1]))) > 0,
        "the counter counts"
    );
    let mut seeded = Seeded::new(71);
    let weights = seeded.numbers(64 * 64, 0.1);
    let spec = LinearSpec {
        k: 64,
        segments: &[64],
        weights: &weights,
        scales: None,
        bias: None,
        norm_before: Some(norm(&mut seeded, 64)),
        norm_after: Some(norm(&mut seeded, 64)),
        activations: &[Activation::GeluErf],
    };
    let convolution = ConvolutionSpec {
        cin: 4,
        cout: 16,
        kernel: [8, 8],
        stride: [2, 2],
        padding: [1; 4],
        weights: &weights,
        scales: None,
        bias: None,
        activation: Activation::Silu,
    };
    let view = View {
        strides: [20 * 64, 16, 64, 1],
    };
    let attention = Attention {
        heads: 4,
        queries: 20,
        keys: 20,
        channels: 16,
        value_channels: 16,
        scale: 0.25,
        mask: None,
        q: view,
        k: view,
        v: view,
        out: view,
    };
    let x = seeded.numbers(100 * 64, 1.0);
    for isa in Isa::available() {
        for product in [Product::F32, Product::Int8] {
            let layer = Linear::new(isa, product, &spec).expect("a layer");
            let layers = [
                convolution.clone(),
                ConvolutionSpec {
                    cin: 16,
                    kernel: [2, 2],
                    weights: &weights[..16 * 16 * 4],
                    ..convolution.clone()
                },
            ];
            let chain = Convolutions::new(isa, product, [10, 10], &layers).expect("a chain");
            let mut y = vec![0.0; 100 * 64];
            let mut image = vec![0.0; chain.output_shape().iter().product()];
            let mut scratch = Scratch::default();
            let mut all = |rows: usize| {
                layer.run(
                    rows,
                    &x[..rows * 64],
                    Some(&x[..rows * 64]),
                    &mut [&mut y[..rows * 64]],
                    &mut scratch,
                );
                chain.run(1, &x[..400], &mut image, &mut scratch);
                attention.run(isa, rows / 20, &x, &x, &x, &mut y, &mut scratch);
            };
            assert!(allocations(|| all(100)) > 0);
            assert_eq!(
                allocations(|| (1..=100).for_each(&mut all)),
                0,
                "{isa} {product:?}"
            );
        }
    }
}
