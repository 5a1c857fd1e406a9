//! The reference architectures, small, as torch exports them (`models/reference/make`): what is fused in each, and that
//! it computes the same.

use std::path::Path;

use forerun::world_model::int8::Fusion;
use forerun::world_model::int8::kernel::Isa;
use forerun::world_model::{Arithmetic, Network};

use super::forward::{self, error};

fn open(name: &str, arithmetic: Arithmetic, isa: Isa) -> Network {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/reference");
    let file = folder.join(name).with_extension("onnx");
    Network::open_on(&file, arithmetic, isa).unwrap_or_else(|why| panic!("{name}: {why}"))
}

fn run(network: &Network, rows: usize) -> Vec<f32> {
    let inputs: Vec<Vec<f32>> = network
        .inputs()
        .iter()
        .map(|(_, shape)| {
            let count = rows * shape.iter().product::<usize>();
            // Neither regular nor equal in two rows.
            (0..count)
                .map(|index| (index as f32 * 1.618_034).sin())
                .collect()
        })
        .collect();
    forward::run(network, rows, &inputs)
}

const NAMES: [&str; 5] = ["mlp", "gru", "transformer", "conv_encoder", "vit"];

/// A tract that spells a pattern differently must not go unnoticed: the network would still be right, and slow.
#[test]
fn reference_networks_are_fused_whole() {
    for (name, [linears, convolutions, attentions, norms, others]) in [
        ("mlp", [3, 0, 0, 0, 0]),
        ("gru", [4, 0, 0, 0, 7]),
        ("transformer", [14, 0, 2, 5, 29]),
        ("conv_encoder", [1, 1, 0, 0, 0]),
        ("vit", [9, 1, 2, 1, 10]),
    ] {
        let found = open(name, Arithmetic::Int8, Isa::best())
            .fusion()
            .to_owned();
        let expected = Fusion {
            linears,
            convolutions,
            attentions,
            norms,
            others,
            direct: true,
            ..found
        };
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn the_f32_twin_computes_what_tract_does() {
    for name in NAMES {
        for rows in [1, 5, 70] {
            let wanted = run(&open(name, Arithmetic::Tract, Isa::best()), rows);
            let found = run(&open(name, Arithmetic::F32, Isa::best()), rows);
            let error = error(&found, &wanted);
            assert!(error < 5e-6, "{name}, {rows} rows: {error:.2e}");
        }
    }
}

#[test]
fn integers_stay_near_it() {
    for name in NAMES {
        let wanted = run(&open(name, Arithmetic::F32, Isa::best()), 33);
        let found = run(&open(name, Arithmetic::Int8, Isa::best()), 33);
        let error = error(&found, &wanted);
        assert!(error < 0.04, "{name}: {error:.2e}");
    }
}

#[test]
fn every_instruction_set_gives_the_same_bits() {
    for name in NAMES {
        for arithmetic in [Arithmetic::F32, Arithmetic::Int8] {
            let bits = |isa| {
                let output = run(&open(name, arithmetic, isa), 7);
                output.iter().map(|x| x.to_bits()).collect::<Vec<_>>()
            };
            let wanted = bits(Isa::Scalar);
            for isa in Isa::available() {
                assert_eq!(bits(isa), wanted, "{name} {arithmetic:?} {isa}");
            }
        }
    }
}
