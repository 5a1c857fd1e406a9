//! What is known of a package before its networks are loaded.

use std::path::Path;

use forerun::embedded::Kind;
use forerun::world_model::{Contract, PackageModel};

#[test]
fn a_contract_is_read_without_networks_and_knows_its_robot() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/arm");
    let folder = tempfile::tempdir().expect("a folder");
    let whole = Contract::open(&shipped).expect("the shipped package");
    for file in ["manifest.toml", "robot.urdf"] {
        std::fs::copy(shipped.join(file), folder.path().join(file)).expect("copied");
    }
    let contract = Contract::open(folder.path()).expect("no network is looked at");
    let why = PackageModel::open(folder.path(), None).err();
    assert!(why.is_some(), "there is nothing to load");
    let [arm, rover] = Kind::ALL.map(|kind| kind.robot().expect("a URDF").space);
    for contract in [whole, contract] {
        assert_eq!(contract.fits(&arm), Ok(()));
        let why = contract.fits(&rover).expect_err("another robot");
        assert_eq!(why.field, "robot.action_kind");
    }
}

#[test]
fn what_is_wrong_with_a_contract_is_named_by_its_file() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/arm");
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |file: &str| {
        let why = Contract::open(folder.path()).err().expect("not whole");
        assert!(why.file.ends_with(file), "{why}");
    };
    refused("manifest.toml");
    let manifest = std::fs::read_to_string(shipped.join("manifest.toml")).expect("readable");
    let write = |text: &str| {
        std::fs::write(folder.path().join("manifest.toml"), text).expect("written");
    };
    write(&manifest[..manifest.len() / 2]);
    refused("manifest.toml");
    write(&manifest);
    refused("robot.urdf");
}
