//! Deleted when the fused operators are here.
#![allow(dead_code, missing_docs)]
use crate::world_model::ModelError;
use std::path::Path;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic { Tract, F32, Int8 }
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Product { F32, Int8 }
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Isa { Scalar, Avx2 }
impl Isa {
    pub fn best() -> Self { Self::Avx2 }
    pub fn available() -> impl Iterator<Item = Self> { [Self::Scalar, Self::Avx2].into_iter() }
    pub fn name(self) -> &'static str { "avx2" }
}
pub(super) fn peak(_: Isa, _: Product) -> f64 { 1e11 }
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fusion { pub linears: usize, pub convolutions: usize, pub attentions: usize, pub norms: usize, pub others: usize, pub bytes: usize, pub codes: [usize; 2], pub direct: bool }
pub(super) struct Network;
pub(super) struct NetworkRunner;
impl Network {
    pub fn open_on(file: &Path, _: Arithmetic, _: Isa) -> Result<Self, ModelError> { drop(std::fs::read(file)); Ok(Self) }
    pub fn inputs(&self) -> Vec<(String, Vec<usize>)> { vec![("input".into(), vec![66])] }
    pub fn output_len(&self) -> usize { 64 }
    pub fn fusion(&self) -> &Fusion { &Fusion { linears: 0, convolutions: 0, attentions: 0, norms: 0, others: 0, bytes: 0, codes: [0; 2], direct: false } }
    pub fn runner(&self) -> Result<NetworkRunner, ModelError> { Ok(NetworkRunner) }
}
impl NetworkRunner {
    pub fn run(&mut self, _: usize, _: &[&[f32]], o: &mut [f32]) -> Result<(), ModelError> { o.fill(std::hint::black_box(0.5)); Ok(()) }
}
