//! Packages with a file that lies although its hash is right: exit status 3, the file and what to do.

use std::path::Path;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::refuses;

/// Copies the shipped package `name` to `folder`, changes `file`, and writes the right hash.
pub fn changed(name: &str, folder: &Path, file: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("models")
        .join(name);
    for entry in std::fs::read_dir(&shipped).expect("the shipped package") {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), folder.join(entry.file_name())).expect("copied");
    }
    let digest = |bytes: &[u8]| -> String {
        let digest = Sha256::digest(bytes);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let whole = std::fs::read(shipped.join(file)).expect("readable");
    let manifest = std::fs::read_to_string(shipped.join("manifest.toml")).expect("readable");
    let before = digest(&whole);
    assert!(manifest.contains(&before), "no hash of {file}");
    let changed = change(whole);
    let manifest = manifest.replace(&before, &digest(&changed));
    std::fs::write(folder.join("manifest.toml"), manifest).expect("written");
    std::fs::write(folder.join(file), changed).expect("written");
}

/// Runs `check` on the arm's package with `file` changed.
fn checked(file: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>, says: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    changed("arm", folder.path(), file, change);
    let path = folder.path().to_str().expect("UTF-8").to_owned();
    let begin = Instant::now();
    refuses(&["check", &path], 3, &format!("{file}: {says}"));
    assert!(
        begin.elapsed() < Duration::from_secs(2),
        "{file}: {says}: too slow"
    );
}

#[test]
fn a_damaged_recording_refuses_the_package() {
    let file = "transitions.mcap";
    checked(
        file,
        |bytes| bytes[..bytes.len() / 2].to_vec(),
        "recording: found",
    );
    checked(file, |_| Vec::new(), "recording: found");
    checked(file, |bytes| vec![0; bytes.len()], "recording: found");
    checked(file, |bytes| bytes[..8].to_vec(), "recording: found");
    let corrupt = |mut bytes: Vec<u8>| {
        bytes[5_000..5_016].fill(0xff);
        bytes
    };
    checked(file, corrupt, "recording: found");
    let endless = |mut bytes: Vec<u8>| {
        bytes[9..17].copy_from_slice(&(i64::MAX as u64).to_le_bytes());
        bytes
    };
    checked(file, endless, "recording: found");
}

#[test]
fn a_bad_urdf_refuses_the_package() {
    let file = "robot.urdf";
    let nested = |depth: usize| {
        move |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).expect("UTF-8");
            let nested = format!("{}{}</robot>", "<a>".repeat(depth), "</a>".repeat(depth));
            text.replace("</robot>", &nested).into_bytes()
        }
    };
    checked(file, nested(20_000), "line");
    checked(file, nested(150_000), "file: found");
    checked(file, |_| Vec::new(), "line 1: found the end");
    checked(file, |_| vec![0xff; 3_000], "text: found");
}
