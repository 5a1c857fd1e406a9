//! A network that runs on the caller's slices: without tract, and without allocation once it is warm.

mod compile;
mod copies;
mod functions;
mod loops;
mod shape;
mod slots;
mod step;

use super::kernel::{Isa, Numbers, Scratch};
use slots::Slots;
use step::{MOST, Step};

/// Numbers of intermediate results that a block of rows should not exceed, so that they stay in the cache.
const BLOCK_NUMBERS: usize = 96 * 1024;
/// A block is a multiple of this, the rows that the kernels take at once, ...
const BLOCK_STEP: usize = 24;
/// ... and no more than this.
const LARGEST_BLOCK: usize = 240;

/// Steps over batch rows; one row never touches another. Shared between threads.
#[derive(Debug)]
pub(in super::super) struct Program {
    isa: Isa,
    steps: Vec<Step>,
    constants: Vec<Vec<f32>>,
    /// Numbers a batch row that each slot holds at most.
    slots: Vec<usize>,
    /// Where the result is.
    result: step::Source,
    block: usize,
}

/// What one thread needs to run a [`Program`].
#[derive(Debug, Default)]
pub(in super::super) struct Memory {
    slots: Vec<Numbers>,
    scratch: Scratch,
}

impl Program {
    /// Runs `rows` batch rows: `inputs` in the network's order, `[rows, ...]` each, and `output` likewise. The
    /// lengths must fit.
    pub fn run(&self, memory: &mut Memory, rows: usize, inputs: &[&[f32]], output: &mut [f32]) {
        memory.slots.resize_with(self.slots.len(), Numbers::default);
        let mut first = 0;
        while first < rows {
            let left = rows - first;
            // The last block isn't a small one.
            let block = if left < self.block * 3 / 2 {
                left
            } else {
                self.block
            };
            self.block(memory, [first, rows], block, inputs, output);
            first += block;
        }
    }

    fn block(
        &self,
        memory: &mut Memory,
        [first, rows]: [usize; 2],
        block: usize,
        inputs: &[&[f32]],
        output: &mut [f32],
    ) {
        let mut cut: [&[f32]; MOST] = [&[]; MOST];
        for (cut, input) in cut.iter_mut().zip(inputs) {
            let width = input.len() / rows;
            *cut = &input[first * width..(first + block) * width];
        }
        let Memory { slots, scratch } = memory;
        for step in &self.steps {
            let mut taken: [Numbers; MOST] = Default::default();
            for (numbers, output) in taken.iter_mut().zip(&step.outputs) {
                *numbers = std::mem::take(&mut slots[output.slot]);
                numbers.grow(output.width * block);
            }
            let places = Slots {
                inputs: &cut,
                slots,
                constants: &self.constants,
            };
            let mut sources: [&[f32]; MOST] = [&[]; MOST];
            for (slice, source) in sources.iter_mut().zip(&step.inputs) {
                *slice = places.read(source, block);
            }
            let mut targets: [&mut [f32]; MOST] = Default::default();
            for ((target, numbers), output) in targets.iter_mut().zip(&mut taken).zip(&step.outputs)
            {
                *target = &mut numbers[..output.width * block];
            }
            let sources = &sources[..step.inputs.len()];
            let targets = &mut targets[..step.outputs.len()];
            step.action.run(self.isa, block, sources, targets, scratch);
            for (numbers, output) in taken.iter_mut().zip(&step.outputs) {
                slots[output.slot] = std::mem::take(numbers);
            }
        }
        let places = Slots {
            inputs: &cut,
            slots,
            constants: &self.constants,
        };
        let result = places.read(&self.result, block);
        let width = output.len() / rows;
        output[first * width..(first + block) * width].copy_from_slice(result);
    }
}

/// Rows that go through the program together.
fn block(slots: &[usize]) -> usize {
    let width: usize = slots.iter().sum::<usize>().max(1);
    let rows = BLOCK_NUMBERS / width / BLOCK_STEP * BLOCK_STEP;
    rows.clamp(BLOCK_STEP, LARGEST_BLOCK)
}
