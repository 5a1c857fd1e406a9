//! One day in the life of a robot.

use nix::sys::signal::Signal;

use crate::client::{Client, value};
use crate::processes::Process;

pub fn run() {
    // SAFETY: first thing in main; no other thread runs yet.
    unsafe {
        std::env::set_var("ROS_DOMAIN_ID", (1 + std::process::id() % 100).to_string());
        std::env::set_var("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST");
        forerun::ros::apply_profile(&forerun::ros::DdsProfile::Auto).unwrap();
    }
    bad_arguments_are_refused();
    a_day();
}

fn say(step: &str) {
    println!("dds: {step} ... ok");
}

fn bad_arguments_are_refused() {
    for (arguments, said) in [
        (&["--ros-args", "-r", "no_rule"][..], "--ros-args"),
        (
            &["--ros-args", "-p", "stamp_source:=moon"][..],
            "expected one of header, receipt",
        ),
        (
            &["--ros-args", "-p", "autostart:=2"][..],
            "expected true or false",
        ),
        (&["--ros-args", "-p", "speeed:=2"][..], "speeed"),
        (&["--ros-args", "-p"][..], "--ros-args"),
        (&["--ros-args", "--nonsense"][..], "--nonsense"),
        (
            &["--ros-args", "--params-file", "nowhere.yaml"][..],
            "nowhere.yaml",
        ),
    ] {
        let (status, stderr) = Process::start("node", arguments).end();
        assert_eq!(status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(said), "{arguments:?}: {stderr}");
        assert!(!stderr.contains("panicked"), "{arguments:?}: {stderr}");
    }
    say("malformed --ros-args and wrong parameters: exit 2 with the reason");
}

fn a_day() {
    let node = Process::start("node", &[]);
    let mut client = Client::new();
    client.state("Inactive: requested");
    let (success, message) = client.call("activate");
    assert!(
        !success && message.contains("stale input"),
        "activated without a robot: {message}"
    );
    say("without a robot, activate is refused with the reason");

    let robot = Process::start("robot", &[]);
    client.until("images and a description", |heard| {
        value(heard, "images")
            .parse::<u64>()
            .is_ok_and(|images| images > 10)
            && heard.urdf.contains("<robot")
    });
    assert_eq!(client.call("activate"), (true, "Holding".to_owned()));
    assert_eq!(
        client.call("resume"),
        (true, "nothing to resume: Holding".to_owned())
    );
    say("activate, resume");

    client.goal(&["shoulder", "wrist"], &[0.1, 0.1]);
    client.until("a refused goal", |heard| {
        value(heard, "goal_refusal").contains("wrist")
    });
    client.goal(&["shoulder", "elbow"], &[f64::NAN, 0.1]);
    client.until("a refused goal", |heard| {
        value(heard, "goal_refusal").contains("NaN")
    });
    client.goal(&["elbow", "shoulder"], &[-0.4, 0.6]);
    client.state("Holding: goal reached");
    client.until("the goal by joint_states", |heard| {
        heard.joints.len() == 2
            && (heard.joints[0] - 0.6).abs() < 0.02
            && (heard.joints[1] + 0.4).abs() < 0.02
    });
    assert!(
        client
            .heard
            .borrow()
            .statuses
            .contains(&"Tracking: goal given".to_owned())
    );
    say(
        "goals: wrong name and NaN refused, names in any order, reached, every transition published",
    );

    let commands = client.count_commands(10.0);
    assert!(
        (1900..=2100).contains(&commands),
        "{commands} commands in 10 s, expected 2000 within 5 %"
    );
    let (label, diagnostics) = {
        let heard = client.heard.borrow();
        (
            heard.commands[0].layout.dim[0].label.clone(),
            heard.diagnostics,
        )
    };
    assert_eq!(label, "shoulder,elbow");
    assert!(diagnostics >= 9, "{diagnostics} /diagnostics");
    say(&format!("{commands} commands in 10 s"));

    let (status, stderr) = Process::start("node", &[]).end();
    assert_eq!(status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("runs already"), "{stderr}");
    say("a second node of the same name: exit 2");

    client.goal(&["shoulder", "elbow"], &[-1.5, 1.0]);
    client.state("Tracking: goal given");
    client.intrude("a stop", |heard| {
        heard.status.message == "Stopped: second commander"
    });
    resume(&mut client);
    say("a second commander: Stopped; resume once it is gone");

    let (images, lost) = {
        let heard = client.heard.borrow();
        (value(&heard, "images"), value(&heard, "dropped"))
    };
    assert_eq!(lost, "0", "{lost} of {images} images lost");
    say(&format!("{images} images of 640x480, {lost} lost"));

    client.goal(&["shoulder", "elbow"], &[1.5, -1.0]);
    client.state("Tracking: goal given");
    robot.signal(Signal::SIGKILL);
    client.until("Stopped", |heard| {
        heard.status.message.starts_with("Stopped: stale input")
    });
    assert_eq!(client.heard.borrow().status.level, 2);
    let commands = client.count_commands(1.0);
    assert!(commands > 150, "{commands} stand-still commands in 1 s");
    assert!(
        client
            .heard
            .borrow()
            .commands
            .iter()
            .all(|command| command.data == [0.0, 0.0])
    );
    let (success, message) = client.call("resume");
    assert!(!success && message.contains("stale input"), "{message}");
    say("a killed robot: Stopped, stand-still commands go on, resume refused");

    let robot = Process::start("robot", &[]);
    resume(&mut client);
    say("the robot back: resume works");

    client.goal(&["shoulder", "elbow"], &[0.0, 1.5]);
    client.state("Tracking: goal given");
    client.state("Stopped: stale input: image");
    let (success, message) = client.call("resume");
    assert!(
        !success && message.contains("stale input: image"),
        "{message}"
    );
    say("pictures five seconds old while Tracking: Stopped");

    robot.signal(Signal::SIGTERM);
    let (status, stderr) = robot.end();
    assert_eq!(
        status.code(),
        Some(0),
        "robot on SIGTERM: {status:?} {stderr}"
    );
    node.signal(Signal::SIGINT);
    let (status, stderr) = node.end();
    assert_eq!(
        status.code(),
        Some(0),
        "node on SIGINT: {status:?} {stderr}"
    );

    client.state("Inactive: requested");
    let node = Process::start("node", &["--ros-args", "-p", "autostart:=true"]);
    let robot = Process::start("robot", &[]);
    client.state("Holding: requested");
    node.signal(Signal::SIGTERM);
    assert_eq!(node.end().0.code(), Some(0), "node on SIGTERM");
    robot.signal(Signal::SIGINT);
    assert_eq!(robot.end().0.code(), Some(0), "robot on SIGINT");
    say("autostart; SIGINT and SIGTERM: exit 0");
}

/// Calls `~/resume` until it is granted: discovery takes its time.
fn resume(client: &mut Client) {
    for _ in 0..200 {
        let (success, message) = client.call("resume");
        if success {
            assert_eq!(message, "Holding");
            return;
        }
        assert!(
            message.contains("stale input") || message.contains("second commander"),
            "{message}"
        );
        client.count_commands(0.05);
    }
    panic!("resume was not granted within 10 s");
}
