//! Where a recording goes, and what becomes of those that are there.

use std::fs;

use forerun::recording::{Recording, Writer};

use super::{at, header};

#[test]
fn a_recording_replaces_an_older_one_once_it_has_begun() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.mcap");
    fs::write(&file, b"an older one").expect("written");
    let mut writer = Writer::create(&file, &header()).expect("made");
    writer.command(at(1), &[0.0, 0.0]).expect("written");
    writer.finish().expect("written");
    let recording = Recording::open(&file).expect("an MCAP file");
    assert_eq!(recording.entries().expect("an MCAP file").count(), 1);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

#[test]
fn recordings_side_by_side_leave_one_another_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.b.mcap");
    fs::write(&file, b"an older one").expect("written");
    for name in ["a.b-2.mcap", "a.b-3.mcap"] {
        let writer = Writer::create_beside(&file, &header()).expect("made");
        assert_eq!(writer.file(), folder.path().join(name));
        writer.finish().expect("written");
        Recording::open(&folder.path().join(name)).expect("an MCAP file");
    }
    assert_eq!(fs::read(&file).expect("readable"), b"an older one");
    fs::remove_file(&file).expect("removed");
    let writer = Writer::create_beside(&file, &header()).expect("made");
    assert_eq!(writer.file(), file);
}
