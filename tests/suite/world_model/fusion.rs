//! What is fused in the shipped networks, and what comes out of it.

use std::path::{Path, PathBuf};

use forerun::world_model::int8::Fusion;
use forerun::world_model::int8::kernel::Isa;
use forerun::world_model::{Arithmetic, Network};
use safetensors::SafeTensors;

use super::forward::{error, run};

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("models")
        .join(name)
}

fn open(name: &str, arithmetic: Arithmetic) -> Network {
    Network::open(&shipped(name), arithmetic).unwrap_or_else(|why| panic!("{name}: {why}"))
}

/// The golden inputs of a network, which are real pictures and latents, and their number.
fn inputs(Case { file, key }: &Case, network: &Network) -> (usize, Vec<Vec<f32>>) {
    let bytes = std::fs::read(shipped(file).with_file_name("golden.safetensors")).unwrap();
    let golden = SafeTensors::deserialize(&bytes).unwrap();
    let mut rows = 0;
    let mut values = Vec::new();
    for (name, _) in network.inputs() {
        let tensor = golden.tensor(&format!("{key}.in.{name}")).unwrap();
        rows = tensor.shape()[0];
        let numbers = tensor.data().as_chunks::<4>().0.iter();
        values.push(numbers.map(|bytes| f32::from_le_bytes(*bytes)).collect());
    }
    (rows, values)
}

/// A network of a package: `PACKAGE/FILE`, and its name in the golden file.
struct Case {
    file: String,
    key: &'static str,
}

const PACKAGES: [&str; 2] = ["arm", "rover"];

fn cases() -> impl Iterator<Item = Case> {
    let networks = [
        ("encode.onnx", "f32.encode"),
        ("encode.int8.onnx", "int8.encode"),
        ("step.onnx", "f32.step"),
        ("step.int8.onnx", "int8.step"),
        ("metric.onnx", "f32.metric"),
        ("probe.onnx", "f32.probe"),
    ];
    PACKAGES.iter().flat_map(move |package| {
        networks.map(|(file, key)| Case {
            file: format!("{package}/{file}"),
            key,
        })
    })
}

/// A tract that spells a chain differently must not go unnoticed: the network would still be right, and slow.
#[test]
fn shipped_networks_are_fused_whole() {
    let same = |counts| [counts, counts];
    for (file, [in_f32, in_int8]) in [
        ("arm/encode", same([2, 1, 1, 1])),
        ("arm/step", same([4, 0, 0, 3])),
        ("arm/metric", same([3, 0, 0, 0])),
        ("arm/probe", same([3, 0, 0, 0])),
        // Its last maps and the means of two are joined before a product in f32; in int8 each has a scale of its own.
        ("rover/encode", [[2, 2, 1, 15], [3, 2, 1, 14]]),
        ("rover/step", same([4, 0, 0, 3])),
        ("rover/metric", same([3, 0, 0, 0])),
        ("rover/probe", same([3, 0, 0, 0])),
    ] {
        let file = |kind: &str| format!("{file}{kind}.onnx");
        for file in [file(""), file(".int8")] {
            if !shipped(&file).exists() {
                continue;
            }
            for (arithmetic, [linears, convolutions, norms, others]) in
                [(Arithmetic::F32, in_f32), (Arithmetic::Int8, in_int8)]
            {
                let fusion = open(&file, arithmetic).fusion().to_owned();
                let expected = Fusion {
                    linears,
                    convolutions,
                    norms,
                    others,
                    direct: true,
                    attentions: 0,
                    ..fusion
                };
                assert_eq!(fusion, expected, "{file} {arithmetic:?}");
            }
        }
    }
}

#[test]
fn the_codes_of_the_file_are_found_again() {
    for (file, rows) in [
        ("arm/encode.int8.onnx", 16 + 32 + 48 + 64 + 128 + 16),
        ("arm/step.int8.onnx", 256 + 256 + 18),
        ("rover/encode.int8.onnx", 16 + 32 + 48 + 64 + 128 + 128 + 16),
        ("rover/step.int8.onnx", 256 + 256 + 18),
    ] {
        let fusion = open(file, Arithmetic::Int8).fusion().to_owned();
        assert_eq!(fusion.codes, [rows, rows], "{file}");
    }
    let anew = open("arm/step.onnx", Arithmetic::Int8).fusion().to_owned();
    assert_eq!(anew.codes, [0, 256 + 256 + 18], "no codes in an f32 file");
}

#[test]
fn the_f32_twin_is_as_good_as_tract() {
    for case in cases() {
        let file = case.file.as_str();
        let reference = open(file, Arithmetic::Tract);
        let (rows, inputs) = inputs(&case, &reference);
        let wanted = run(&reference, rows, &inputs);
        let found = run(&open(file, Arithmetic::F32), rows, &inputs);
        let error = error(&found, &wanted);
        // tract sums the numbers of a picture one after another.
        let bound = if case.key.ends_with("encode") {
            5e-5
        } else {
            2e-6
        };
        assert!(error < bound, "{file}: {error:.2e}");
    }
}

/// Trained weights, real inputs.
#[test]
fn integers_stay_near_f32() {
    for case in cases() {
        let file = case.file.as_str();
        let reference = open(file, Arithmetic::Tract);
        let (rows, inputs) = inputs(&case, &reference);
        let wanted = run(&reference, rows, &inputs);
        let found = run(&open(file, Arithmetic::Int8), rows, &inputs);
        let error = error(&found, &wanted);
        assert!(error < 0.02, "{file}: {error:.2e}");
        assert!(error > 1e-6, "{file} ran in f32");
    }
}

#[test]
fn every_instruction_set_gives_the_same_bits() {
    for case in cases() {
        let file = case.file.as_str();
        for arithmetic in [Arithmetic::F32, Arithmetic::Int8] {
            let mut first: Option<Vec<u32>> = None;
            for isa in Isa::available() {
                let network = Network::open_on(&shipped(file), arithmetic, isa).unwrap();
                let (rows, inputs) = inputs(&case, &network);
                let bits = run(&network, rows, &inputs)
                    .iter()
                    .map(|x| x.to_bits())
                    .collect();
                match &first {
                    None => first = Some(bits),
                    Some(first) => assert_eq!(&bits, first, "{file} {arithmetic:?} {isa}"),
                }
            }
        }
    }
}

/// Blocks of rows are an inner matter: a row's result doesn't depend on the others.
#[test]
fn rows_are_independent() {
    for case in cases() {
        let file = case.file.as_str();
        let network = open(file, Arithmetic::Int8);
        let (rows, golden) = inputs(&case, &network);
        let all = run(&network, rows, &golden);
        let width = network.output_len();
        let many: Vec<Vec<f32>> = golden.iter().map(|input| input.repeat(100)).collect();
        let repeated = run(&network, rows * 100, &many);
        for chunk in repeated.chunks_exact(all.len()) {
            assert_eq!(chunk, all, "{file}");
        }
        for row in 0..rows {
            let cut = |input: &Vec<f32>| {
                let width = input.len() / rows;
                input[row * width..(row + 1) * width].to_vec()
            };
            let one: Vec<Vec<f32>> = golden.iter().map(cut).collect();
            let alone = run(&network, 1, &one);
            assert_eq!(alone, all[row * width..(row + 1) * width], "{file}");
        }
    }
}

#[test]
fn a_row_that_is_not_finite_gives_no_number_and_touches_no_other() {
    for case in cases() {
        let file = case.file.as_str();
        for arithmetic in [Arithmetic::F32, Arithmetic::Int8] {
            let network = open(file, arithmetic);
            let (rows, mut values) = inputs(&case, &network);
            let good = run(&network, rows, &values);
            let width = values[0].len() / rows;
            values[0][width + width / 2] = f32::NAN;
            let bad = run(&network, rows, &values);
            let n = network.output_len();
            assert!(
                bad[n..2 * n].iter().any(|x| x.is_nan()),
                "{file} {arithmetic:?} {rows} {width} {:?} {:?}",
                &bad[n..2 * n],
                &good[n..2 * n]
            );
            assert_eq!(bad[..n], good[..n], "{file}");
            assert_eq!(bad[2 * n..], good[2 * n..], "{file}");
        }
    }
}
