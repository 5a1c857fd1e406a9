//! Mirrors `src/ros/qos.rs`: topics under the names that arguments give, and their parameters.

use forerun::cli::Reader;
use forerun::config::{ConfigError, Parameters};
use forerun::embedded::Kind;
use forerun::ros::NodeTopics;

use super::words;

/// What a node reads that has the topics' parameters.
fn read(line: &str) -> Result<(NodeTopics, Parameters), ConfigError> {
    let arm = Kind::Arm.robot().expect("a URDF").space;
    let defaults = Reader::Node.defaults(Kind::Arm).expect("sound records");
    NodeTopics::read(&words(line), "forerun", &arm, |topics| defaults.and(topics))
}

fn topics(line: &str) -> NodeTopics {
    read(line).expect("good arguments").0
}

fn asked(line: &str) -> Result<Parameters, ConfigError> {
    Ok(read(line)?.1)
}

#[test]
fn compressed_pictures_lie_beside_the_raw_ones_unless_told_otherwise() {
    let names = |line: &str| {
        let topics = topics(line);
        [
            topics.image.name,
            topics.compressed.name,
            topics.command.name,
        ]
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
    assert_eq!(
        names("forerun node --ros-args -r image:=~/raw -r command:=~/out -r __node:=eye"),
        ["/eye/raw", "/eye/raw/compressed", "/eye/out"]
    );
    // Beside the raw ones is a name, too.
    assert_eq!(
        names("forerun node --ros-args -r image:=/cam/raw -r /cam/raw/compressed:=/jpeg"),
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

/// Topics of commands, and whether parameters of either end of them are known.
const COMMANDED: [(&str, &str, &str, &str); 5] = [
    ("", "/command.publisher", "reliable", "10"),
    (
        "-p command:=trajectory",
        "/joint_trajectory.publisher",
        "reliable",
        "10",
    ),
    (
        "-p command:=shadow",
        "/command.subscription",
        "best_effort",
        "50",
    ),
    (
        "-p command:=shadow -r command:=/theirs",
        "/theirs.subscription",
        "best_effort",
        "50",
    ),
    (
        "-p shadow.of:=trajectory -p command:=shadow",
        "/joint_trajectory.subscription",
        "reliable",
        "50",
    ),
];

#[test]
fn the_end_that_this_node_has_of_the_topic_of_commands_can_be_told_and_no_other() {
    for (told, end, reliability, depth) in COMMANDED {
        let line = format!("forerun node --ros-args {told}");
        let parameters = asked(&line).expect("good arguments");
        let value = |policy: &str| {
            let value = parameters.get(&format!("qos_overrides.{end}.{policy}"));
            value.map(ToString::to_string)
        };
        assert_eq!(value("depth").as_deref(), Some(depth), "{told}");
        let reliability = format!("\"{reliability}\"");
        assert_eq!(value("reliability"), Some(reliability), "{told}");
        for (_, other, ..) in COMMANDED {
            let line = format!("{line} -p qos_overrides.{other}.depth:=7");
            match asked(&line) {
                Ok(_) => assert_eq!(other, end, "{told}"),
                Err(why) => {
                    assert_ne!(other, end, "{told}");
                    let why = why.to_string();
                    let unknown = format!("qos_overrides.{other}.depth: unknown parameter");
                    assert!(
                        why.contains(&unknown) && why.contains("did you mean"),
                        "{why}"
                    );
                }
            }
        }
    }
}

#[test]
fn one_topic_for_several_purposes_has_its_parameters_once() {
    let line = "forerun node --ros-args -r joint_trajectory:=/both -r command:=/both";
    let topics = topics(line);
    assert_eq!(topics.command.name, "/both");
    asked(&format!("{line} -p qos_overrides./both.publisher.depth:=7")).expect("known");
}

#[test]
fn two_topics_of_one_name_are_refused_by_both_names_unless_only_one_is_used() {
    for (rules, why) in [
        (
            "-r image:=/command -r joint_states:=/command",
            "-r: image and joint_states both become /command",
        ),
        (
            "-r image:=command",
            "-r: image and command both become /command",
        ),
        (
            "-r joint_states:=~/x -r command:=~/x",
            "-r: joint_states and command both become /forerun/x",
        ),
        (
            "-r joint_states:=/x -r command:=/x -p command:=shadow",
            "-r: joint_states and command both become /x",
        ),
        (
            "-r joint_states:=/image/compressed -p image_transport:=compressed",
            "-r: /image/compressed and joint_states both become /image/compressed",
        ),
    ] {
        let error = asked(&format!("forerun node --ros-args {rules}"));
        let error = error.expect_err("one name").to_string();
        assert!(
            error.contains(why) && error.contains("give each a name of its own"),
            "{rules}: {error}"
        );
    }
    for rules in [
        "-r joint_states:=/image/compressed",
        "-r image:=/cam -r image/compressed:=/cam",
        "-r image:=/command -p image_transport:=compressed",
        "-r rosservice://image:=/command",
        "-r other:image:=/command",
    ] {
        asked(&format!("forerun node --ros-args {rules}")).expect(rules);
    }
}

#[test]
fn quality_of_service_is_known_by_no_name_that_rcl_does_not_give() {
    for (rules, known, unknown) in [
        ("-r image:=~/image", "/forerun/image", "./~/image"),
        ("-r rosservice://image:=/foo", "/image", "/foo"),
        ("-r other:image:=/foo", "/image", "/foo"),
        ("-r __node:=eye -r eye:image:=/foo", "/foo", "/image"),
    ] {
        let told = |topic: &str| {
            let parameter = format!("-p qos_overrides.{topic}.subscription.depth:=7");
            asked(&format!("forerun node --ros-args {rules} {parameter}"))
        };
        told(known).expect(rules);
        told(unknown).expect_err(rules);
    }
}
