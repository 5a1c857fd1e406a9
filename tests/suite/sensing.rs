//! Mirrors `src/sensing`.

mod convert;
