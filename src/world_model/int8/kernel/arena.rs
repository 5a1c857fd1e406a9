//! The weights of a large network in one piece of memory, on large pages.
//!
//! Weights that don't fit in a cache are read from end to end for every block of rows. On pages of 4 KiB most of
//! the way to each line is finding its page, and no hardware prefetcher looks past a page's end.

use std::sync::Arc;

use super::linear::Linear;
use super::memory::Aligned;

/// A large page, bytes.
const PAGE: usize = 2 * 1024 * 1024;
/// Layers begin on cache lines.
const LINE: usize = 64;

/// Packed weights: a layer's own, or a part of what a network's layers share.
#[derive(Clone, Debug)]
pub(super) enum Stored {
    Own(Aligned<u8>),
    Part {
        arena: Arc<Arena>,
        from: usize,
        len: usize,
    },
}

impl Stored {
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Self::Own(own) => own.as_slice(),
            Self::Part { arena, from, len } => &arena.bytes[*from..from + len],
        }
    }

    pub fn as_ptr(&self) -> *const u8 {
        self.as_slice().as_ptr()
    }

    pub fn bytes(&self) -> usize {
        self.as_slice().len().next_multiple_of(LINE)
    }
}

#[derive(Debug)]
pub(super) struct Arena {
    bytes: Vec<u8>,
}

impl Arena {
    /// Memory for `len` bytes that nobody has touched yet, and where in it a large page begins.
    fn new(len: usize) -> (Self, usize) {
        let mut bytes = vec![0; len + PAGE];
        let start = bytes.as_ptr().align_offset(PAGE);
        ask_for_large_pages(&mut bytes[start..]);
        (Self { bytes }, start)
    }
}

/// Brings the weights of `layers` together, if they fill a large page.
pub fn gather(layers: &mut [&mut Linear]) {
    let total: usize = layers.iter().map(|layer| layer.stored().bytes()).sum();
    if total < PAGE {
        return;
    }
    let (mut arena, start) = Arena::new(total);
    let mut at = start;
    for layer in layers.iter() {
        let weights = layer.stored().as_slice();
        arena.bytes[at..at + weights.len()].copy_from_slice(weights);
        at += layer.stored().bytes();
    }
    let arena = Arc::new(arena);
    let mut from = start;
    for layer in layers {
        let stored = layer.stored_mut();
        let (len, bytes) = (stored.as_slice().len(), stored.bytes());
        *stored = Stored::Part {
            arena: arena.clone(),
            from,
            len,
        };
        from += bytes;
    }
}

/// A hint; without it, or where the system has no large pages, all is as right and a little slower.
fn ask_for_large_pages(bytes: &mut [u8]) {
    #[cfg(target_os = "linux")]
    {
        unsafe extern "C" {
            fn madvise(address: *mut std::ffi::c_void, length: usize, advice: i32) -> i32;
        }
        const HUGEPAGE: i32 = 14;
        // SAFETY: the C library's function on memory of ours, whose content the advice doesn't change.
        let _ = unsafe { madvise(bytes.as_mut_ptr().cast(), bytes.len(), HUGEPAGE) };
    }
    #[cfg(not(target_os = "linux"))]
    let _ = bytes;
}
