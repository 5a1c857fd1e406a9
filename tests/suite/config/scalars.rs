//! What a word stands for, by `-p` and `--set` and in a file; the answers are rclpy's, Jazzy's
//! (`tests/ros2/test_parameters.py` asks it).

use std::sync::Arc;

use forerun::config::{Parameters, Record, Schema, Value};

const RECORDS: &[Record] = &[
    Record::boolean("boolean", false),
    Record::integer("whole", 0, (i64::MIN, i64::MAX), ""),
    Record::double("real", 0.0, (-1e300, 1e300), ""),
    Record::text("text", "", &[]),
];

fn defaults() -> Parameters {
    Parameters::defaults(Arc::new(Schema::gather(&[RECORDS]).expect("sound")))
}

/// `word` as the value of `name`, by both ways, which must agree.
fn read(name: &str, word: &str) -> Option<Value> {
    let given = defaults().with_overrides("--ros-args", &[format!("{name}={word}")]);
    let text = format!("/**:\n  ros__parameters:\n    {name}: {word}\n");
    let file = defaults().with_yaml("test.yaml", &text, "forerun");
    let value = |read: Parameters| read.get(name).cloned();
    let (given, file) = (given.ok().and_then(value), file.ok().and_then(value));
    assert_eq!(given, file, "{name}: {word}");
    given
}

#[test]
fn booleans() {
    for words in [
        ["true", "false"],
        ["True", "False"],
        ["TRUE", "FALSE"],
        ["yes", "no"],
        ["Yes", "No"],
        ["YES", "NO"],
        ["on", "off"],
        ["On", "Off"],
        ["ON", "OFF"],
        ["y", "n"],
        ["Y", "N"],
    ] {
        for (word, value) in words.into_iter().zip([true, false]) {
            assert_eq!(read("boolean", word), Some(Value::Bool(value)), "{word}");
            assert_eq!(read("text", word), None, "{word}");
        }
    }
    for word in [
        "tRue",
        "yEs",
        "1",
        "0",
        "\"true\"",
        "'on'",
        "!!bool \"yes\"",
        "!!str true",
    ] {
        assert_eq!(read("boolean", word), None, "{word}");
    }
}

#[test]
fn whole_numbers() {
    for (word, value) in [
        ("5", 5),
        ("+5", 5),
        ("-5", -5),
        ("0", 0),
        ("0x10", 16),
        ("0X1f", 31),
        ("-0x10", -16),
        ("+0x10", 16),
        ("010", 8),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
        ("5 # five", 5),
        ("!!float 5", 5),
    ] {
        assert_eq!(read("whole", word), Some(Value::Integer(value)), "{word}");
        assert_eq!(read("text", word), None, "{word}");
    }
    for word in [
        "08",
        "5.0",
        "0o10",
        "0b11",
        "1_000",
        "0x",
        "0x-1",
        "0+7",
        "--5",
        "9223372036854775808",
        "'5'",
        "!!int \"5\"",
    ] {
        assert_eq!(read("whole", word), None, "{word}");
    }
}

#[test]
fn real_numbers() {
    for (word, value) in [
        ("1e1", 10.0),
        ("1E1", 10.0),
        ("08", 8.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("-.5", -0.5),
        ("+.5", 0.5),
        ("1.e3", 1000.0),
        ("0e9", 0.0),
        ("9223372036854775808", 9223372036854775808.0),
        ("0x10", 16.0),
    ] {
        assert_eq!(read("real", word), Some(Value::Double(value)), "{word}");
        assert_eq!(read("text", word), None, "{word}");
    }
    // Numbers, but none that a parameter may be.
    for word in [
        ".inf", "-.inf", "+.inf", ".Inf", ".INF", "inf", "INF", "infinity", "nan", ".nan", ".NaN",
        ".NAN",
    ] {
        assert_eq!(read("real", word), None, "{word}");
        assert_eq!(read("text", word), None, "{word}");
    }
    for word in [
        "1e", "1e400", "1e-400", "1.0.0", "1_000.0", "\"1.5\"", "12:30",
    ] {
        assert_eq!(read("real", word), None, "{word}");
    }
}

#[test]
fn text() {
    for (word, value) in [
        ("stream", "stream"),
        ("\"stream\"", "stream"),
        ("'stream'", "stream"),
        ("\"true\"", "true"),
        ("'5'", "5"),
        ("!!str 5", "5"),
        ("a b", "a b"),
        ("a#b", "a#b"),
        ("a #b", "a"),
        ("\"a\\tb\"", "a\tb"),
        ("''", ""),
        ("null", "null"),
        ("1e400", "1e400"),
        ("0o10", "0o10"),
        ("2001-01-01", "2001-01-01"),
        ("=", "="),
    ] {
        assert_eq!(
            read("text", word),
            Some(Value::Text(value.to_owned())),
            "{word}"
        );
    }
    // ROS takes `~` for text.
    for word in [
        "~", "a: b", "[1, 2]", "{a: 1}", "# x", "\"a", "", "*a", "@x", "%x",
    ] {
        assert_eq!(read("text", word), None, "{word}");
    }
}

#[test]
fn what_is_no_value_is_said() {
    for (text, said) in [
        (
            "whole=stream",
            "whole: found \"stream\", expected a whole number",
        ),
        ("text=no", "text: found false, expected text"),
        ("text=[1, 2]", "text: found a list, expected text"),
        ("text=", "text: found nothing, expected text"),
        ("text=\"a", "text: found \"\\\"a\", which is no YAML: "),
    ] {
        let error = defaults().with_overrides("--ros-args", &[text]);
        let message = error.expect_err(text).to_string();
        assert!(message.contains(said), "{said:?} is not in {message}");
    }
}

#[test]
fn an_alias_is_refused_as_ros_refuses_it() {
    let text = "/**:\n  ros__parameters:\n    whole: &five 5\n    real: *five\n";
    let error = defaults().with_yaml("test.yaml", text, "forerun");
    let message = error.expect_err("an alias").to_string();
    assert!(
        message.contains("line 4: is no YAML: an alias"),
        "{message}"
    );
}
