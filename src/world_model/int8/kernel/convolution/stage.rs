//! One convolution: packed weights, and where the units of its windows lie.

use super::super::activation::Activation;
use super::super::error::KernelError;
use super::super::isa::{Isa, Product};
use super::super::pack::{Layout, NONE, Packed, Weights};
use super::ConvolutionSpec;

/// How much more the windows of planes may hold than those of pixels before the image is turned round.
const PLANES_AT_MOST: f32 = 1.4;

/// A convolution of a fixed image size.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub packed: Packed,
    pub activation: Activation,
    pub cin: usize,
    pub cout: usize,
    /// Height and width without padding.
    pub input: [usize; 2],
    pub output: [usize; 2],
    pub padding: [usize; 4],
    /// The padded input is `[channel][y][x]`, else `[y][x][channel]`.
    pub planes: bool,
    /// Bytes from the padded image's start to each output pixel's window.
    pub windows: Vec<u32>,
    /// Bytes from a window's start to each of its units.
    pub units: Vec<u32>,
}

/// Runs of numbers that lie together in a padded image, `[runs][numbers]`: where a run begins, and which weight
/// each number meets.
struct Runs {
    starts: Vec<usize>,
    weights: Vec<Vec<usize>>,
}

impl Runs {
    fn new(spec: &ConvolutionSpec, frame: [usize; 2], planes: bool) -> Self {
        let [height, width] = spec.kernel;
        let weight = |c: usize, y: usize, x: usize| (c * height + y) * width + x;
        let (mut starts, mut weights) = (Vec::new(), Vec::new());
        if planes {
            for c in 0..spec.cin {
                for y in 0..height {
                    starts.push((c * frame[0] + y) * frame[1]);
                    weights.push((0..width).map(|x| weight(c, y, x)).collect());
                }
            }
        } else {
            for y in 0..height {
                starts.push(y * frame[1] * spec.cin);
                let run = 0..width * spec.cin;
                weights.push(run.map(|i| weight(i % spec.cin, y, i / spec.cin)).collect());
            }
        }
        Self { starts, weights }
    }

    /// Offsets of units, and the weights at a packed column's places.
    fn tables(&self, layout: Layout) -> (Vec<u32>, Vec<u32>) {
        let (mut units, mut order) = (Vec::new(), Vec::new());
        for (&start, weights) in self.starts.iter().zip(&self.weights) {
            for (unit, weights) in weights.chunks(layout.codes).enumerate() {
                units.push(((start + unit * layout.codes) * layout.code_bytes) as u32);
                let missing = layout.codes - weights.len();
                order.extend(weights.iter().map(|&weight| weight as u32));
                order.extend(std::iter::repeat_n(NONE, missing));
            }
        }
        (units, order)
    }
}

impl Stage {
    /// The first of a chain: its image comes in planes.
    pub fn first(
        isa: Isa,
        product: Product,
        input: [usize; 2],
        spec: &ConvolutionSpec,
    ) -> Result<Self, KernelError> {
        let codes = Layout::of(isa, product).codes;
        let [height, width] = spec.kernel;
        let pixels = height * (width * spec.cin).next_multiple_of(codes);
        let planes = height * spec.cin * width.next_multiple_of(codes);
        let planes = planes as f32 <= PLANES_AT_MOST * pixels as f32;
        Self::new(isa, product, input, spec, planes)
    }

    /// The one after `before`.
    pub fn after(
        isa: Isa,
        product: Product,
        before: &Self,
        spec: &ConvolutionSpec,
    ) -> Result<Self, KernelError> {
        if spec.cin != before.cout {
            return Err(KernelError::Length {
                what: "input channels of a convolution",
                found: spec.cin,
                expected: before.cout,
            });
        }
        Self::new(isa, product, before.output, spec, false)
    }

    fn new(
        isa: Isa,
        product: Product,
        input: [usize; 2],
        spec: &ConvolutionSpec,
        planes: bool,
    ) -> Result<Self, KernelError> {
        if spec.cin == 0 || spec.cout == 0 || spec.kernel.contains(&0) || spec.stride.contains(&0) {
            return Err(KernelError::Unsupported(
                "a convolution without channels, kernel or stride",
            ));
        }
        let [top, left, bottom, right] = spec.padding;
        let frame = [input[0] + top + bottom, input[1] + left + right];
        if frame[0] < spec.kernel[0] || frame[1] < spec.kernel[1] {
            return Err(KernelError::Unsupported(
                "a convolution whose kernel is larger than its padded image",
            ));
        }
        let layout = Layout::of(isa, product);
        let numbers = frame[0]
            .checked_mul(frame[1])
            .and_then(|pixels| pixels.checked_mul(spec.cin * layout.code_bytes));
        if numbers.is_none_or(|bytes| bytes > u32::MAX as usize / 2) {
            return Err(KernelError::Unsupported("an image of more than 2 GiB"));
        }
        let output = [
            (frame[0] - spec.kernel[0]) / spec.stride[0] + 1,
            (frame[1] - spec.kernel[1]) / spec.stride[1] + 1,
        ];
        let (units, order) = Runs::new(spec, frame, planes).tables(layout);
        let pixel = if planes { 1 } else { spec.cin } * layout.code_bytes;
        let windows = (0..output[0])
            .flat_map(|y| (0..output[1]).map(move |x| (y, x)))
            .map(|(y, x)| ((y * spec.stride[0] * frame[1] + x * spec.stride[1]) * pixel) as u32)
            .collect();
        let weights = Weights {
            k: spec.cin * spec.kernel[0] * spec.kernel[1],
            segments: &[spec.cout],
            weights: spec.weights,
            scales: spec.scales,
            bias: spec.bias,
            order: Some(&order),
        };
        Ok(Self {
            packed: Packed::new(isa, product, &weights)?,
            activation: spec.activation,
            cin: spec.cin,
            cout: spec.cout,
            input,
            output,
            padding: spec.padding,
            planes,
            windows,
            units,
        })
    }

    /// Height and width of the padded image.
    pub fn frame(&self) -> [usize; 2] {
        let [top, left, bottom, right] = self.padding;
        [self.input[0] + top + bottom, self.input[1] + left + right]
    }

    /// Bytes of the padded image, and what is read or written past its end.
    pub fn frame_bytes(&self) -> usize {
        let [height, width] = self.frame();
        (height * width * self.cin + 2 * 16) * self.packed.layout.code_bytes
    }

    pub fn is_padded(&self) -> bool {
        self.padding != [0; 4]
    }

    pub fn bytes(&self) -> usize {
        self.packed.bytes() + (self.windows.len() + self.units.len()) * 4
    }
}
