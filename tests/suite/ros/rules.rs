//! What may follow `--ros-args`.

use forerun::ros::{log_level, node_name, rosout_is_off, too_long, topic_name, wrong_rule};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use tracing::Level;

use super::words;

fn judged(rule: &str) -> Option<String> {
    let args = ["forerun", "node", "--ros-args", "-r", rule].map(str::to_owned);
    wrong_rule(&args)
}

#[test]
fn rules_that_mean_something_pass() {
    for rule in [
        "image:=/camera/image_raw",
        "/left/image:=cam",
        "~/goal/image:=/goal",
        "image:=~/image",
        "forerun:command:=arm/command",
        "rostopic://image:=/cam",
        "rostopic:///image:=/cam",
        "forerun:rostopic://image:=/cam",
        "rosservice://~/hold:=/hold",
        "__ns:=/",
        "__ns:=/left/arm_2",
        "forerun:__ns:=/left",
        "__node:=eye",
        "__name:=_eye9",
    ] {
        assert_eq!(judged(rule), None, "{rule}");
    }
}

#[test]
fn rules_that_mean_nothing_are_named_with_what_was_expected() {
    for (rule, expected) in [
        ("no_rule", "FROM:=TO"),
        ("", "FROM:=TO"),
        ("image:=", "names of letters"),
        (":=image", "names of letters"),
        ("image:=/a//b", "names of letters"),
        ("image:=/a/", "names of letters"),
        ("image:=/9lives", "names of letters"),
        ("my image:=image", "names of letters"),
        ("__ns:=left", "a namespace"),
        ("__ns:=/left-hand", "a namespace"),
        ("forerun:__ns:=", "a namespace"),
        ("__node:=9lives", "a node name"),
        ("__node:=left/forerun", "a node name"),
        // rcl's words on these: "Expected lexeme type 19, got 5", "error not set".
        ("/forerun:image:=/cam", "NODE without slashes"),
        ("/**:image:=/cam", "NODE without slashes"),
        ("rostopic://forerun:image:=/cam", "names of letters"),
        ("rostopic://__node:=eye", "NODE without slashes"),
        ("image:=rostopic:///cam", "names of letters"),
    ] {
        let said = judged(rule).unwrap_or_default();
        let (flag, found) = ("-r: found", format!("{rule:?}, expected"));
        assert!(
            said.starts_with(flag) && said.contains(&found) && said.contains(expected),
            "{rule}: {said}"
        );
    }
    let level = wrong_rule(&words("forerun node --ros-args --log-level loud"));
    assert!(level.is_some_and(|said| said.contains("\"loud\", expected debug, info")));
    for (line, expected) in [
        ("-r", "a value"),
        ("--params-file", "a value"),
        ("-p seed", "NAME:=VALUE"),
        ("-p /forerun:autostart:=true", "NODE without slashes"),
        ("-p /**:autostart:=true", "NODE without slashes"),
    ] {
        let said = wrong_rule(&words(&format!("forerun node --ros-args {line}")));
        assert!(said.is_some_and(|said| said.contains(expected)), "{line}");
    }
    assert_eq!(
        wrong_rule(&words("forerun node -r no_rule")),
        None,
        "only what follows --ros-args is ROS's"
    );
}

#[test]
fn names_are_as_long_as_ros_takes_them_and_no_longer() {
    let judged = |rule: &str| {
        let line = format!("forerun node --ros-args -r {rule}");
        too_long(&words(&line), "forerun")
    };
    let letters = |count: usize| "n".repeat(count);
    assert_eq!(judged("image:=/camera"), None);
    // A slash before it.
    assert_eq!(judged(&format!("__node:={}", letters(205))), None);
    let said = judged(&format!("__node:={}", letters(206))).expect("too long");
    assert!(said.contains("found 207 letters"), "{said}");
    assert!(said.contains("at most 206") && said.len() < 300, "{said}");
    let said = judged(&format!("__ns:=/{}", letters(220))).expect("too long");
    assert!(said.contains("found 229 letters"), "{said}");
    assert_eq!(judged(&format!("image:={}", letters(246))), None);
    let said = judged(&format!("image:={}", letters(247))).expect("too long");
    assert!(
        said.contains("image becomes a name of 248 letters"),
        "{said}"
    );
    assert_eq!(judged(&format!("other:image:={}", letters(247))), None);
    let said = judged(&format!("image:=~/{}", letters(240))).expect("too long");
    assert!(
        said.contains("of 249 letters, expected at most 247"),
        "{said}"
    );
}

/// Rules, a topic, and its full name, or that of the node: as rclpy's `resolve_topic_name` gave them.
/// `tests/ros2/test_names.py` asks rcl again.
#[test]
fn names_are_reckoned_as_rcl_does() {
    for (rules, topic, full) in [
        ("", "image", "/image"),
        ("", "~/goal/pose", "/forerun/goal/pose"),
        ("command:=~/command", "command", "/forerun/command"),
        ("image:=~/a/b __ns:=/l", "image", "/l/forerun/a/b"),
        ("~/goal/pose:=/g", "~/goal/pose", "/g"),
        ("~/goal/pose:=~/x", "~/goal/pose", "/forerun/x"),
        ("/forerun/goal/pose:=/g", "~/goal/pose", "/g"),
        ("forerun/goal/pose:=/g", "~/goal/pose", "/g"),
        ("__ns:=/l forerun/goal/pose:=g", "~/goal/pose", "/l/g"),
        ("~/command:=/x", "command", "/command"),
        ("rosservice://command:=/x", "command", "/command"),
        ("rosservice://command:=/x command:=/y", "command", "/y"),
        ("rostopic://command:=/x", "command", "/x"),
        ("rostopic:///command:=x", "command", "/x"),
        ("forerun:rostopic://command:=/x", "command", "/x"),
        ("forerun:rosservice://command:=/x", "command", "/command"),
        ("other:command:=/x", "command", "/command"),
        ("forerun:command:=/x", "command", "/x"),
        ("__ns:=/l forerun:command:=x", "command", "/l/x"),
        ("__node:=foo forerun:command:=/x", "command", "/command"),
        ("__node:=foo foo:command:=/x", "command", "/x"),
        ("foo:command:=~/x __node:=foo", "command", "/foo/x"),
        ("__node:=foo ~/goal/pose:=/x", "~/goal/pose", "/x"),
        ("__ns:=/l /image:=x", "image", "/l/image"),
        ("__ns:=/l /l/image:=x", "image", "/l/x"),
        ("/image:=/a image:=/b", "image", "/a"),
        ("image:=/image image:=/b", "image", "/image"),
        ("command:=cmd cmd:=x", "command", "/cmd"),
        ("clock:=/k", "/clock", "/k"),
        ("__ns:=/l clock:=/k", "/clock", "/clock"),
        ("forerun:__node:=foo", "~/a", "/foo/a"),
        ("foo:__node:=foo", "~/a", "/forerun/a"),
        ("__name:=foo __node:=bar", "~/a", "/foo/a"),
        ("forerun:__ns:=/l", "~/a", "/l/forerun/a"),
        ("forerun:__ns:=/l __node:=foo", "~/a", "/foo/a"),
        ("foo:__ns:=/l __node:=foo", "~/a", "/l/foo/a"),
    ] {
        let given = rules.split_whitespace().map(|rule| format!(" -r {rule}"));
        let line = given.fold("forerun node --ros-args".to_owned(), |line, rule| {
            line + &rule
        });
        let args = words(&line);
        let node = node_name(&args, "forerun");
        assert_eq!(topic_name(&args, &node, topic), full, "{rules}: {topic}");
    }
}

#[test]
fn the_last_level_for_everyone_or_for_our_logger_counts() {
    let asked = |line: &str| {
        log_level(
            &words(&format!("forerun node --ros-args {line}")),
            "forerun",
        )
    };
    assert_eq!(asked(""), None);
    assert_eq!(asked("--log-level debug"), Some(Level::DEBUG));
    assert_eq!(asked("--log-level INFO"), Some(Level::INFO));
    assert_eq!(asked("--log-level fatal"), Some(Level::ERROR));
    assert_eq!(asked("--log-level rcl:=debug"), None);
    assert_eq!(
        asked("--log-level warn --log-level forerun:=debug"),
        Some(Level::DEBUG)
    );
    assert_eq!(
        asked("-r __ns:=/left --log-level left.forerun:=info --log-level forerun:=debug"),
        Some(Level::INFO)
    );
}

#[test]
fn the_last_word_on_rosout_counts() {
    let off = |line: &str| rosout_is_off(&words(&format!("forerun node --ros-args {line}")));
    assert!(!off(""));
    assert!(off("--disable-rosout-logs"));
    assert!(!off("--disable-rosout-logs --enable-rosout-logs"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, rng_seed: RngSeed::Fixed(16), failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever it is, it is judged.
    #[test]
    fn no_rule_panics(rule in "\\PC*") {
        let _ = judged(&rule);
        let _ = too_long(&words(&format!("forerun node --ros-args -r {rule}")), "forerun");
    }

    /// Names of ROS's grammar pass on both sides.
    #[test]
    fn sound_names_pass(from in "(~/|/)?[a-z_][a-z0-9_]{0,4}(/[A-Z_][A-Z0-9_]{0,4}){0,3}", to in "/?[a-z_][a-z0-9_]{0,4}") {
        prop_assume!(!from.starts_with("__"));
        let rule = format!("{from}:={to}");
        prop_assert_eq!(judged(&rule), None);
    }
}
