//! Mirrors `src/ros/qos.rs`: topics under the names that arguments give, and their parameters.

use forerun::cli::Reader;
use forerun::config::{ConfigError, Parameters};
use forerun::embedded::Kind;
use forerun::ros::{NodeTopics, node_name, ros_parameters};
use forerun::runtime::Form;

use super::words;

fn topics(line: &str) -> NodeTopics {
    let args = words(line);
    let arm = Kind::Arm.robot().expect("a URDF").space;
    NodeTopics::of(&args, &node_name(&args, "forerun"), &arm)
}

/// What a node reads that has the topics' parameters.
fn asked(line: &str) -> Result<Parameters, ConfigError> {
    let defaults = Reader::Node.defaults(Kind::Arm).expect("sound records");
    let parameters = defaults
        .and(&topics(line).records())
        .expect("sound records");
    ros_parameters(&words(line), "forerun", parameters)
}

#[test]
fn compressed_pictures_lie_beside_the_raw_ones_unless_told_otherwise() {
    let names = |line: &str| {
        let topics = topics(line);
        let command = topics.commanded(Form::Stream).name.clone();
        [topics.image.name, topics.compressed.name, command]
    };
    assert_eq!(
        names("forerun node"),
        ["/image", "/image/compressed", "/command"]
    );
    assert_eq!(
        names("forerun node --ros-args -r __ns:=/left -r image:=/cam/raw -r command:=out"),
        ["/cam/raw", "/cam/raw/compressed", "/left/out"]
    );
    assert_eq!(
        names("forerun node --ros-args -r image:=/cam/raw -r image/compressed:=/jpeg"),
        ["/cam/raw", "/jpeg", "/command"]
    );
}

#[test]
fn quality_of_service_is_set_for_the_name_that_remapping_gives() {
    let told = "forerun node --ros-args -r image:=/cam -p qos_overrides./cam.subscription.reliability:=reliable \
                -p qos_overrides./cam.subscription.depth:=3";
    let parameters = asked(told).expect("topics of ours");
    let value = |name: &'static str| parameters.get(name).map(ToString::to_string);
    assert_eq!(
        value("qos_overrides./cam.subscription.reliability").as_deref(),
        Some("\"reliable\"")
    );
    assert_eq!(
        value("qos_overrides./cam.subscription.depth").as_deref(),
        Some("3")
    );
    assert_eq!(
        value("qos_overrides./joint_states.subscription.reliability").as_deref(),
        Some("\"best_effort\"")
    );
    assert_eq!(
        value("qos_overrides./command.publisher.reliability").as_deref(),
        Some("\"reliable\"")
    );
    assert_eq!(value("qos_overrides./image.subscription.depth"), None);
}

#[test]
fn what_is_wrong_with_a_topic_of_ours_is_refused_by_name() {
    for (rule, why) in [
        (
            "subscription.reliability:=perhaps",
            "expected one of best_effort, reliable",
        ),
        ("subscription.depth:=0", "expected 1 to 1000"),
        ("subscription.depth:=many", "expected a whole number"),
        (
            "subscription.dept:=1",
            "did you mean qos_overrides./image.subscription.depth?",
        ),
    ] {
        let line = format!("forerun node --ros-args -p qos_overrides./image.{rule}");
        let error = asked(&line)
            .expect_err("nothing that is allowed")
            .to_string();
        assert!(error.contains(why), "{rule}: {error}");
    }
}

#[test]
fn what_this_node_is_told_of_a_topic_that_it_lacks_is_refused() {
    for (rules, why) in [
        // It was renamed.
        (
            "-r image:=/cam -p qos_overrides./image.subscription.depth:=7",
            "did you mean qos_overrides./",
        ),
        (
            "-p qos_overrides./joint_state.subscription.depth:=7",
            "did you mean qos_overrides./joint_states.subscription.depth?",
        ),
        (
            "-p qos_overrides./image.publisher.depth:=7",
            "did you mean qos_overrides./",
        ),
        (
            "-p qos_overrides./image.subscriptoin.depth:=7",
            "did you mean qos_overrides./image.subscription.depth?",
        ),
        ("-p qos_overrides.depth:=7", "qos_overrides.depth: unknown"),
        (
            "-p qos_overrides./clock.subscription.dept:=7",
            "qos_overrides./clock.subscription.dept: unknown",
        ),
    ] {
        let error = asked(&format!("forerun node --ros-args {rules}"));
        let error = error.expect_err("nobody reads it").to_string();
        assert!(error.contains(why), "{rules}: {error}");
    }
    // ROS makes these topics; rclcpp's users set them for any node.
    for name in [
        "clock.subscription",
        "parameter_events.publisher",
        "rosout.publisher",
    ] {
        let line = format!("forerun node --ros-args -p qos_overrides./{name}.depth:=7");
        asked(&line).expect("passed over");
    }
}

#[test]
fn what_a_file_tells_all_nodes_may_be_anothers_and_what_it_tells_this_one_may_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("p.yaml");
    let line = format!("forerun node --ros-args --params-file {}", file.display());
    let of = |section: &str, name: &str| {
        let text = format!("{section}:\n  ros__parameters:\n    qos_overrides.{name}: 7\n");
        std::fs::write(&file, text).expect("a file");
        asked(&line).map_err(|why| why.to_string())
    };
    for name in [
        "/scan.subscription.depth",
        "/image.publisher.depth",
        "/scan.publisher_left.lifespan",
    ] {
        of("/**", name).expect("another node's");
        let why = of("forerun", name).expect_err("nobody's");
        assert!(
            why.contains("line 3") && why.contains("unknown parameter"),
            "{why}"
        );
    }
    for name in [
        "/scan.subscription.dept",
        "/image.subscription.dept",
        "/scan.sub.depth",
        "scan.publisher.depth",
    ] {
        let why = of("/**", name).expect_err("nobody's");
        assert!(why.contains("unknown parameter"), "{why}");
    }
    for section in ["/**", "forerun"] {
        of(section, "/parameter_events.publisher.depth").expect("ROS's own");
    }
}

#[test]
fn files_may_set_it_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("p.yaml");
    let text = "/**:\n  ros__parameters:\n    use_sim_time: true\n    qos_overrides:\n      /image:\n        \
                subscription: {depth: 4, durability: transient_local}\n      /elsewhere: {publisher: {depth: 1}}\n";
    std::fs::write(&file, text).expect("a file");
    let line = format!("forerun node --ros-args --params-file {}", file.display());
    let parameters = asked(&line).expect("a good file");
    assert_eq!(parameters.boolean("use_sim_time"), Ok(true));
    assert_eq!(
        parameters.count("qos_overrides./image.subscription.depth"),
        Ok(4)
    );
    assert_eq!(
        parameters.text("qos_overrides./image.subscription.durability"),
        Ok("transient_local")
    );
}
