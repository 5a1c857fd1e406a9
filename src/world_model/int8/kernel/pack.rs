//! Constant weights in the order in which the product reads them.

use super::arena::Stored;
use super::dot::{Dot, Single};
use super::error::KernelError;
use super::instructions::{Instructions, Task};
use super::isa::{Isa, Product};
use super::lanes::WIDTH;
use super::memory::Aligned;
use super::weights::{recover, round};

/// Products of one sum at most: 65000 * 255 * 128 < 2^31.
pub(super) const DEEPEST: usize = 65_000;
/// In an order of weights: no weight here.
pub(super) const NONE: u32 = u32::MAX;

/// Columns of one output: they begin with a panel of their own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    /// First column among the padded ones.
    pub start: usize,
    /// Columns.
    pub len: usize,
}

/// Sizes of an instruction set's units.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub codes: usize,
    pub code_bytes: usize,
    /// Bytes of a unit's weights in a panel.
    pub step: usize,
    /// What is subtracted from stored codes.
    pub offset: i32,
}

impl Layout {
    pub fn of(isa: Isa, product: Product) -> Self {
        isa.run(LayoutOf(product))
    }

    fn new<S: Instructions, D: Dot<S::V>>() -> Self {
        Self {
            codes: D::CODES,
            code_bytes: D::CODE_BYTES,
            step: D::STEP,
            offset: D::OFFSET,
        }
    }
}

struct LayoutOf(Product);

impl Task for LayoutOf {
    type Output = Layout;
    #[inline(always)]
    unsafe fn run<S: Instructions>(self) -> Layout {
        match self.0 {
            Product::F32 => Layout::new::<S, Single>(),
            Product::Int8 => Layout::new::<S, S::Int8>(),
        }
    }
}

/// Weights of a layer, packed once; shared by threads.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    pub product: Product,
    pub layout: Layout,
    /// Weights a column, those that `order` leaves out included.
    pub depth: usize,
    pub units: usize,
    pub panels: usize,
    pub segments: Vec<Segment>,
    pub data: Stored,
    /// Sum of a column's codes: a whole number of less than 2^24.
    pub code_sums: Aligned<f32>,
    /// Code sums times the offset of stored codes: what takes it out of a column's sums. Empty without an offset.
    pub starts: Aligned<u32>,
    pub scales: Aligned<f32>,
    pub bias: Aligned<f32>,
}

/// What [`Packed::new`] takes: `weights` `[columns][k]`, `scales` and `bias` a column.
pub(super) struct Weights<'a> {
    pub k: usize,
    pub segments: &'a [usize],
    pub weights: &'a [f32],
    pub scales: Option<&'a [f32]>,
    pub bias: Option<&'a [f32]>,
    /// For each place of a packed column the weight that goes there, or [`NONE`]; otherwise as they come.
    pub order: Option<&'a [u32]>,
}

impl Packed {
    pub fn new(isa: Isa, product: Product, w: &Weights) -> Result<Self, KernelError> {
        let layout = Layout::of(isa, product);
        let depth = w.order.map_or(w.k, <[u32]>::len);
        let columns: usize = w.segments.iter().sum();
        check_length("weights", w.weights.len(), columns * w.k)?;
        for (what, given) in [("scales", w.scales), ("bias", w.bias)] {
            if let Some(given) = given {
                check_length(what, given.len(), columns)?;
                if let Some(column) = given.iter().position(|x| !x.is_finite()) {
                    return Err(KernelError::NotFinite { what, column });
                }
            }
        }
        if product == Product::Int8 && depth > DEEPEST {
            return Err(KernelError::Deep { depth });
        }
        let mut segments = Vec::with_capacity(w.segments.len());
        let mut start = 0;
        for &len in w.segments {
            segments.push(Segment { start, len });
            start += len.next_multiple_of(WIDTH);
        }
        let units = depth.div_ceil(layout.codes);
        let panels = start / WIDTH;
        let mut packed = Self {
            product,
            layout,
            depth,
            units,
            panels,
            segments,
            data: Stored::Own(Aligned::default()),
            code_sums: Aligned::zeroed(start),
            starts: Aligned::zeroed(if layout.offset == 0 { 0 } else { start }),
            scales: Aligned::zeroed(start),
            bias: Aligned::zeroed(start),
        };
        let mut data = Aligned::zeroed(panels * units * layout.step);
        packed.fill(w, data.as_mut_slice())?;
        packed.data = Stored::Own(data);
        Ok(packed)
    }

    fn fill(&mut self, w: &Weights, data: &mut [u8]) -> Result<(), KernelError> {
        let mut column = 0;
        let mut codes = vec![0i8; w.k];
        for segment in self.segments.clone() {
            for place in segment.start..segment.start + segment.len {
                let row = &w.weights[column * w.k..][..w.k];
                if !row.iter().all(|x| x.is_finite()) {
                    let what = "a weight";
                    return Err(KernelError::NotFinite { what, column });
                }
                if let Some(bias) = w.bias {
                    self.bias.as_mut_slice()[place] = bias[column];
                }
                match self.product {
                    Product::F32 => {
                        self.scatter::<4>(data, place, w.order, |k| row[k].to_ne_bytes());
                    }
                    Product::Int8 => {
                        let scale = match w.scales {
                            Some(scales) => recover(row, scales[column], column, &mut codes)?,
                            None => round(row, &mut codes),
                        };
                        self.scales.as_mut_slice()[place] = scale;
                        let sum: i32 = codes.iter().map(|&code| i32::from(code)).sum();
                        self.code_sums.as_mut_slice()[place] = sum as f32;
                        if self.layout.offset != 0 {
                            let start = self.layout.offset * sum;
                            self.starts.as_mut_slice()[place] = start.cast_unsigned();
                        }
                        self.scatter::<1>(data, place, w.order, |k| codes[k].to_ne_bytes());
                    }
                }
                column += 1;
            }
        }
        Ok(())
    }

    /// Writes the weights of the padded column `column`.
    fn scatter<const BYTES: usize>(
        &self,
        data: &mut [u8],
        column: usize,
        order: Option<&[u32]>,
        weight: impl Fn(usize) -> [u8; BYTES],
    ) {
        let Layout { codes, step, .. } = self.layout;
        let panel = column / WIDTH * self.units * step;
        let mut at = panel + column % WIDTH * codes * BYTES;
        let mut code = 0;
        for depth in 0..self.depth {
            let from = order.map_or(depth as u32, |order| order[depth]);
            if from != NONE {
                let at = at + code * BYTES;
                data[at..at + BYTES].copy_from_slice(&weight(from as usize));
            }
            code += 1;
            if code == codes {
                (code, at) = (0, at + step);
            }
        }
    }

    pub fn bytes(&self) -> usize {
        let columns = self.code_sums.bytes() + self.scales.bytes() + self.bias.bytes();
        self.data.bytes() + columns + self.starts.bytes()
    }
}

pub(super) fn check_length(
    what: &'static str,
    found: usize,
    expected: usize,
) -> Result<(), KernelError> {
    if found == expected {
        return Ok(());
    }
    Err(KernelError::Length {
        what,
        found,
        expected,
    })
}
