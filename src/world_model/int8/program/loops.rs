//! Nested loops over strided numbers, the innermost one as long as it can be.

/// Axes that loops can have.
const MOST_AXES: usize = 8;

/// How to walk through `T` arrays at once.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Loops<const T: usize> {
    /// True if the first size counts a batch row.
    batched: bool,
    sizes: Vec<usize>,
    strides: [Vec<usize>; T],
    offsets: [usize; T],
}

impl<const T: usize> Loops<T> {
    /// Loops of `sizes`; neighbouring axes that are one in every array are joined. `None`: too many axes.
    pub fn new(
        batched: bool,
        sizes: &[usize],
        strides: [&[usize]; T],
        offsets: [usize; T],
    ) -> Option<Self> {
        let mut loops = Self {
            batched,
            sizes: Vec::new(),
            strides: std::array::from_fn(|_| Vec::new()),
            offsets,
        };
        for axis in 0..sizes.len() {
            let size = sizes[axis];
            let joins = axis > 0
                && (0..T).all(|array| {
                    let outer = loops.strides[array].last();
                    outer == Some(&(strides[array][axis] * size))
                });
            if size == 1 && !(axis == 0 && batched) {
                continue;
            }
            if joins && !loops.sizes.is_empty() {
                if let Some(last) = loops.sizes.last_mut() {
                    *last *= size;
                }
                for (joined, strides) in loops.strides.iter_mut().zip(strides) {
                    if let Some(last) = joined.last_mut() {
                        *last = strides[axis];
                    }
                }
            } else {
                loops.sizes.push(size);
                for (kept, strides) in loops.strides.iter_mut().zip(strides) {
                    kept.push(strides[axis]);
                }
            }
        }
        if loops.sizes.is_empty() {
            loops.sizes.push(1);
            loops.strides.iter_mut().for_each(|strides| strides.push(1));
        }
        (loops.sizes.len() <= MOST_AXES).then_some(loops)
    }

    /// Calls `inner` with the offsets, the strides and the length of each innermost loop, for `rows` batch rows.
    pub fn run(&self, rows: usize, mut inner: impl FnMut([usize; T], [usize; T], usize)) {
        let axes = self.sizes.len();
        let size = |axis: usize| match axis {
            0 if self.batched => self.sizes[0] * rows,
            _ => self.sizes[axis],
        };
        let last = axes - 1;
        let length = size(last);
        let strides = std::array::from_fn(|array| self.strides[array][last]);
        let mut index = [0usize; MOST_AXES];
        let mut offsets = self.offsets;
        loop {
            inner(offsets, strides, length);
            let mut axis = last;
            loop {
                if axis == 0 {
                    return;
                }
                axis -= 1;
                index[axis] += 1;
                for (array, offset) in offsets.iter_mut().enumerate() {
                    *offset += self.strides[array][axis];
                }
                if index[axis] < size(axis) {
                    break;
                }
                for (array, offset) in offsets.iter_mut().enumerate() {
                    *offset -= self.strides[array][axis] * index[axis];
                }
                index[axis] = 0;
            }
        }
    }
}
