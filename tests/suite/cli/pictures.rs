//! Pictures in and out: goals, and photographs of the robots.

use forerun::embedded::Kind;

use super::{forerun, refuses};

#[test]
fn a_goal_that_is_no_picture_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("goal.png");
    std::fs::write(&file, b"no picture").expect("a file");
    let path = file.to_string_lossy().into_owned();
    refuses(
        &["run", "--goal", &path],
        2,
        "expected a PNG or JPEG picture",
    );
    refuses(&["run", "--goal", "nowhere.png"], 2, "nowhere.png");
    let here = folder.path().to_string_lossy().into_owned();
    refuses(&["run", "--goal", &here], 2, "expected a plain file");
    refuses(&["run", "--goal", "/dev/zero"], 2, "expected a plain file");
    std::fs::File::create(&file)
        .and_then(|file| file.set_len(65 << 20))
        .expect("a large file");
    refuses(&["run", "--goal", &path], 2, "expected at most 67108864");
}

#[test]
fn a_photograph_outside_the_limits_is_refused_by_joint() {
    refuses(
        &["robot", "arm", "--picture", "3.0,0.0", "goal.png"],
        2,
        "shoulder",
    );
    refuses(
        &["robot", "arm", "--picture", "0.1", "goal.png"],
        2,
        "shoulder,elbow",
    );
}

#[test]
fn a_photograph_where_the_rover_cannot_be_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("goal.png");
    let path = file.to_string_lossy().into_owned();
    let rover = |pose: &str| ["robot", "rover", "--picture", pose, &path].map(str::to_owned);
    let photograph = |pose: &str, status, says| {
        let arguments = rover(pose);
        refuses(&arguments.each_ref().map(String::as_str), status, says);
    };
    photograph("5,5,0", 2, "outside rover-room-1 or in what stands there");
    photograph("1.95,0,0", 2, "rover-room-1");
    let blocks = Kind::Rover.embodiment().blocks();
    for block in blocks {
        let [x, y] = block.centre;
        photograph(&format!("{x},{y},0"), 2, "expected a place");
    }
    photograph("1.2,-0.5", 2, "3 numbers: x,y,yaw");
    assert!(!file.exists());
    let output = forerun(&rover("1.85,1.85,9").each_ref().map(String::as_str));
    assert!(output.status.success() && file.exists(), "{output:?}");
}

#[test]
fn a_photograph_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("goal.png");
    let output = forerun(&[
        "robot",
        "arm",
        "--picture",
        "0.5,-0.9",
        &file.to_string_lossy(),
    ]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let picture = image::open(&file).expect("a picture").to_rgb8();
    assert_eq!(picture.dimensions(), (64, 64));
}

#[test]
fn a_photograph_has_the_size_that_was_asked_for_and_its_light_is_the_seeds() {
    let folder = tempfile::tempdir().expect("a folder");
    let photograph = |name: &str, size: &str, seed: &str| {
        let file = folder.path().join(name).to_string_lossy().into_owned();
        let options = [
            "--size",
            size,
            "--seed",
            seed,
            "--picture",
            "0.5,-0.9",
            &file,
        ];
        let output = forerun(&[&["robot", "arm"][..], &options].concat());
        assert!(output.status.success(), "{output:?}");
        image::open(&file).expect("a picture").to_rgb8()
    };
    let large = photograph("large.png", "160x120", "1");
    assert_eq!(large.dimensions(), (160, 120));
    assert_eq!(photograph("same.png", "160x120", "1"), large);
    assert_ne!(photograph("other.png", "160x120", "2"), large);
    assert_eq!(photograph("photo.jpg", "64x64", "1").dimensions(), (64, 64));
}

#[test]
fn a_photograph_that_cannot_be_taken_or_written_says_why() {
    let picture = |arguments: &[&str], status, says| {
        let mut all = vec!["robot", "arm", "--picture", "0.5,-0.9"];
        all.extend(arguments);
        refuses(&all, status, says);
    };
    picture(&["/no/such/folder/goal.png"], 2, "/no/such/folder/goal.png");
    picture(&["goal.unknown"], 2, "goal.unknown");
    picture(&["goal.png", "--size", "9x9"], 2, "arm.image_width");
    picture(&["goal.png", "--size", "64"], 2, "WIDTHxHEIGHT");
    refuses(
        &["robot", "arm", "--picture", "nan,0", "goal.png"],
        2,
        "shoulder",
    );
    refuses(
        &["robot", "arm", "--picture", "a,b", "goal.png"],
        2,
        "2 numbers",
    );
}
