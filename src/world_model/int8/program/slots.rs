//! Where numbers lie, and which results may share a place.

use super::super::kernel::Numbers;
use super::step::{Place, Source, Step};

/// All that a step can read.
pub(super) struct Slots<'a> {
    pub inputs: &'a [&'a [f32]],
    pub slots: &'a [Numbers],
    pub constants: &'a [Vec<f32>],
}

impl<'a> Slots<'a> {
    /// The numbers of `source` for `rows` batch rows.
    pub fn read(&self, source: &Source, rows: usize) -> &'a [f32] {
        match source.place {
            Place::Input(index) => self.inputs[index],
            Place::Slot(slot) => &self.slots[slot][..source.width * rows],
            Place::Constant(index) => &self.constants[index],
        }
    }
}

/// Lets results share slots as soon as nobody reads them any more. Gives the width of each slot.
pub(super) fn share(steps: &mut [Step], result: &mut Source) -> Vec<usize> {
    let mut last_read = vec![0; steps.iter().map(|step| step.outputs.len()).sum()];
    for (index, step) in steps.iter().enumerate() {
        for output in &step.outputs {
            last_read[output.slot] = index;
        }
        for source in &step.inputs {
            if let Place::Slot(slot) = source.place {
                last_read[slot] = index;
            }
        }
    }
    if let Place::Slot(slot) = result.place {
        last_read[slot] = usize::MAX;
    }
    let mut widths: Vec<usize> = Vec::new();
    let mut free: Vec<usize> = Vec::new();
    let mut home = vec![0; last_read.len()];
    for (index, step) in steps.iter_mut().enumerate() {
        let mut done: Vec<usize> = Vec::new();
        for source in &mut step.inputs {
            if let Place::Slot(slot) = &mut source.place {
                if last_read[*slot] == index {
                    done.push(home[*slot]);
                }
                *slot = home[*slot];
            }
        }
        for output in &mut step.outputs {
            let dead = last_read[output.slot] == index;
            // The free slot that has to grow least.
            let best = free.iter().enumerate().min_by_key(|(_, slot)| {
                let width = widths[**slot];
                (width < output.width, width.abs_diff(output.width))
            });
            let slot = match best.map(|(position, _)| position) {
                Some(position) => free.swap_remove(position),
                None => {
                    widths.push(0);
                    widths.len() - 1
                }
            };
            widths[slot] = widths[slot].max(output.width);
            home[output.slot] = slot;
            output.slot = slot;
            if dead {
                done.push(slot);
            }
        }
        done.sort_unstable();
        done.dedup();
        free.append(&mut done);
    }
    if let Place::Slot(slot) = &mut result.place {
        *slot = home[*slot];
    }
    widths
}
