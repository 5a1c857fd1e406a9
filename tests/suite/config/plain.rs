//! Mirrors `src/config/plain.rs`.

use forerun::config::{Unread, read_plain};

#[test]
fn a_plain_file_is_read_up_to_its_bound() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a");
    std::fs::write(&file, b"four").expect("a file");
    assert_eq!(read_plain(&file, 4).expect("small enough"), b"four");
    let why = read_plain(&file, 3).expect_err("too large");
    assert_eq!(why.to_string(), "found 4 bytes, expected at most 3");
    let why = read_plain(&folder.path().join("b"), 3).expect_err("not there");
    assert!(matches!(why, Unread::Failed(_)), "{why}");
}

#[test]
fn what_has_no_end_or_is_waited_for_is_refused_unread() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    let mode = nix::sys::stat::Mode::S_IRUSR;
    nix::unistd::mkfifo(&pipe, mode).expect("a pipe");
    for path in [folder.path(), &pipe, "/dev/zero".as_ref()] {
        let why = read_plain(path, 3).expect_err("no plain file");
        assert!(matches!(why, Unread::NotPlain), "{why}");
    }
}
