//! One day in the life of a robot: an arm's, and a rover's.

use std::fs::File;

use nix::sys::signal::Signal;

use crate::client::{Client, value};
use crate::processes::Process;
use crate::robot::Kind;

/// A DDS domain that nobody else on this machine is in, and its lock: see `tests/ros2/domain.py`.
fn domain() -> (u32, File) {
    let ports = std::fs::read_dir("/dev/shm").into_iter().flatten();
    let ports = ports.filter_map(|file| {
        let name = file.ok()?.file_name();
        let (_, port) = name.to_str()?.split_once("fastrtps_port")?;
        let digits = port.split(|letter: char| !letter.is_ascii_digit()).next();
        digits?.parse().ok()
    });
    let ports: Vec<u32> = ports.collect();
    // RTPS counts ports from 7400 on, 250 a domain.
    let domain_of = |port: &u32| port.checked_sub(7400).map(|port| port / 250);
    let used = |domain: &u32| ports.iter().any(|port| domain_of(port) == Some(*domain));
    let domains = (0..100).map(|number| 1 + (std::process::id() + number) % 100);
    let (used, free): (Vec<u32>, Vec<u32>) = domains.partition(used);
    let claim = |domain: u32| {
        let file = std::env::temp_dir().join(format!("forerun-domain-{domain}.lock"));
        let file = File::options().create(true).append(true).open(file).ok()?;
        file.try_lock().ok()?;
        Some((domain, file))
    };
    let mut domains = free.into_iter().chain(used);
    domains.find_map(claim).expect("a free DDS domain")
}

pub fn run() {
    let (domain, _lock) = domain();
    // SAFETY: first thing in main; no other thread runs yet.
    unsafe {
        std::env::set_var("ROS_DOMAIN_ID", domain.to_string());
        std::env::set_var("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST");
        forerun::ros::apply_profile(&forerun::ros::DdsProfile::Auto).unwrap();
    }
    bad_arguments_are_refused();
    for kind in [Kind::Arm, Kind::Rover] {
        println!("dds: {}", kind.name());
        a_day(kind);
    }
    for kind in [Kind::One, Kind::Six] {
        println!("dds: {}", kind.name());
        every_axis_is_commanded(kind);
    }
    autostart();
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
        let (status, stderr) = Process::start("node", Kind::Arm, arguments).end();
        assert_eq!(status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(said), "{arguments:?}: {stderr}");
        assert!(!stderr.contains("panicked"), "{arguments:?}: {stderr}");
    }
    say("malformed --ros-args and wrong parameters: exit 2 with the reason");
}

fn a_day(kind: Kind) {
    let node = Process::start("node", kind, &[]);
    let mut client = Client::new(kind);
    client.state("Unconfigured: start");
    let (success, message) = client.call("activate");
    assert!(
        !success && message.contains("stale input"),
        "activated without a robot: {message}"
    );
    client.state("Inactive: requested");
    say("without a robot, activate configures, and is refused with the reason");

    let robot = Process::start("robot", kind, &[]);
    client.until("images and a description", |heard| {
        value(heard, "images")
            .parse::<u64>()
            .is_ok_and(|images| images > 10)
            && heard
                .urdf
                .contains(&format!("<robot name=\"{}\"", kind.name()))
    });
    assert_eq!(client.call("activate"), (true, "Holding".to_owned()));
    assert_eq!(
        client.call("resume"),
        (true, "nothing to resume: Holding".to_owned())
    );
    say("activate, resume");

    if kind == Kind::Arm {
        joint_goals_are_refused(&mut client);
    }
    // A rover that drives ahead doesn't move aside.
    let aside = if kind == Kind::Arm { -0.4 } else { 0.0 };
    client.goal([0.6, -0.4]);
    client.state("Tracking: goal given");
    client.state("Holding: goal reached");
    client.until("the goal by what is measured", |heard| {
        let position = &heard.position;
        position.len() == 2
            && (position[0] - 0.6).abs() < 0.02
            && (position[1] - aside).abs() < 0.02
    });
    assert!(
        client
            .heard
            .borrow()
            .statuses
            .contains(&"Tracking: goal given".to_owned())
    );
    say("a goal: reached, every transition published");

    let commands = client.count_commands(5.0);
    assert!(
        (950..=1050).contains(&commands),
        "{commands} commands in 5 s, expected 1000 within 5 %"
    );
    let (label, diagnostics) = {
        let heard = client.heard.borrow();
        (heard.commands[0].label.clone(), heard.diagnostics)
    };
    let expected = match kind {
        Kind::Rover => "base_link",
        _ => "shoulder,elbow",
    };
    assert_eq!(label, expected);
    assert!(diagnostics >= 4, "{diagnostics} /diagnostics");
    say(&format!("{commands} commands in 5 s"));

    if kind == Kind::Arm {
        let (status, stderr) = Process::start("node", kind, &[]).end();
        assert_eq!(status.code(), Some(2), "{stderr}");
        assert!(stderr.contains("runs already"), "{stderr}");
        say("a second node of the same name: exit 2");
    }

    client.goal([-1.5, 1.0]);
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

    client.goal([1.5, -1.0]);
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
            .all(|command| command.values == [0.0, 0.0])
    );
    let (success, message) = client.call("resume");
    assert!(!success && message.contains("stale input"), "{message}");
    say("a killed robot: Stopped, stand-still commands go on, resume refused");

    let robot = Process::start("robot", kind, &[]);
    resume(&mut client);
    say("the robot back: resume works");

    if kind == Kind::Arm {
        client.goal([0.0, 1.5]);
        client.state("Tracking: goal given");
        client.state("Stopped: stale input: image");
        let (success, message) = client.call("resume");
        assert!(
            !success && message.contains("stale input: image"),
            "{message}"
        );
        say("pictures five seconds old while Tracking: Stopped");
    }

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
    say("robot on SIGTERM, node on SIGINT: exit 0");
}

fn joint_goals_are_refused(client: &mut Client) {
    client.joint_goal(&["shoulder", "wrist"], &[0.1, 0.1]);
    client.until("a refused goal", |heard| {
        value(heard, "goal_refusal").contains("wrist")
    });
    client.joint_goal(&["shoulder", "elbow"], &[f64::NAN, 0.1]);
    client.until("a refused goal", |heard| {
        value(heard, "goal_refusal").contains("NaN")
    });
    client.joint_goal(&["elbow", "shoulder"], &[0.4, 0.2]);
    client.state("Holding: goal reached");
    client.until("the goal by joint_states", |heard| {
        heard.position.len() == 2
            && (heard.position[0] - 0.2).abs() < 0.02
            && (heard.position[1] - 0.4).abs() < 0.02
    });
    say("joint goals: wrong name and NaN refused, names in any order");
}

/// However many there are: each by its name, with its own number.
fn every_axis_is_commanded(kind: Kind) {
    let node = Process::start("node", kind, &["--ros-args", "-p", "autostart:=true"]);
    let robot = Process::start("robot", kind, &[]);
    let mut client = Client::new(kind);
    client.state("Holding: requested");
    let axes = kind.axes();
    let mut named: Vec<(&str, f64)> = Vec::new();
    for (index, name) in axes.iter().enumerate() {
        let sign = if index % 2 == 0 { 1.0 } else { -1.0 };
        named.push((name, sign * (0.2 + 0.1 * index as f64)));
    }
    let goal: Vec<f64> = named.iter().map(|axis| axis.1).collect();
    // Names say which is which, in any order.
    named.rotate_left(axes.len() / 2);
    let (names, positions): (Vec<&str>, Vec<f64>) = named.into_iter().unzip();
    client.heard.borrow_mut().commands.clear();
    client.joint_goal(&names, &positions);
    client.state("Holding: goal reached");
    client.until("every joint where it shall be", |heard| {
        let near = |(a, b): (&f64, &f64)| (a - b).abs() < 0.02;
        heard.position.len() == goal.len() && heard.position.iter().zip(&goal).all(near)
    });
    let heard = client.heard.borrow();
    let label = axes.join(",");
    for command in &heard.commands {
        assert_eq!((&command.label, command.values.len()), (&label, axes.len()));
    }
    for (axis, goal) in goal.iter().enumerate() {
        let numbers = || heard.commands.iter().map(|command| command.values[axis]);
        let fastest = numbers().fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
        assert!(fastest * goal > 0.0, "axis {axis} to {goal}: {fastest}");
    }
    drop(heard);
    for process in [node, robot] {
        process.signal(Signal::SIGTERM);
        assert_eq!(process.end().0.code(), Some(0));
    }
    say(&format!("commands of {} axes, by name", axes.len()));
}

fn autostart() {
    let mut client = Client::new(Kind::Arm);
    let node = Process::start("node", Kind::Arm, &["--ros-args", "-p", "autostart:=true"]);
    let robot = Process::start("robot", Kind::Arm, &[]);
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
