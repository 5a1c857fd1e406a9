//! URDFs that want to crash, hang or fool the reader: each is refused, by name or line, and soon.

use std::sync::mpsc;
use std::time::Duration;

use forerun::robot::RobotModel;

const GOOD: &str = include_str!("../../../urdf/arm.urdf");

/// Reads `text` in a thread of its own; a reader that takes more than two seconds ends the whole suite.
fn refused(text: String, says: &[&str]) {
    let (done, wait) = mpsc::channel();
    std::thread::spawn(move || {
        let _ = done.send(RobotModel::from_urdf(&text).map_err(|why| why.to_string()));
    });
    let result = wait.recv_timeout(Duration::from_secs(2));
    let error = result.expect("an answer in time").expect_err("a refusal");
    assert!(
        says.iter().all(|part| error.contains(part)),
        "{says:?}: {error}"
    );
    assert!(error.len() < 1000, "{error}");
}

fn inside(more: &str) -> String {
    GOOD.replace("</robot>", &format!("{more}</robot>"))
}

#[test]
fn nested_deeply() {
    for depth in [64, 3_000, 15_000] {
        let nested = format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        refused(inside(&nested), &["line", "at most 64"]);
        let disguised = format!("<!-->{nested}-->{nested}");
        refused(inside(&disguised), &["line"]);
    }
    refused(inside(&"<a>".repeat(20_000)), &["at most 64"]);
    let allowed = format!("<gazebo>{}{}</gazebo>", "<a>".repeat(60), "</a>".repeat(60));
    assert!(RobotModel::from_urdf(&inside(&allowed)).is_ok());
}

#[test]
fn too_much() {
    let nested = format!("{}{}", "<a>".repeat(150_000), "</a>".repeat(150_000));
    refused(inside(&nested), &["file", "262144 bytes"]);
    refused(inside(&"<a/>".repeat(20_000)), &["at most 16384 elements"]);
    let attributes: String = (0..20_000).map(|index| format!(" a{index}=''")).collect();
    refused(
        inside(&format!("<a{attributes}/>")),
        &["at most 64 attributes"],
    );
}

#[test]
fn entities_and_document_types() {
    let bomb = "<!DOCTYPE r [<!ENTITY a \"x\"><!ENTITY b \"&a;&a;\">]><robot";
    refused(GOOD.replacen("<robot", bomb, 1), &["line", "DOCTYPE"]);
    refused(inside("<a>&lol;</a>"), &["line", "&lol;"]);
    refused(inside("<a b=\"&lol;\"/>"), &["line", "lol"]);
    assert!(RobotModel::from_urdf(&inside("<a b=\"&lt;x&#65;\">&amp;<![CDATA[<b>]]></a>")).is_ok());
}

#[test]
fn no_robot_at_all() {
    for text in [
        "",
        "not xml",
        "<sdf/>",
        "<robot name='r'>",
        "<robot/><robot/>",
        "<robot name='r'></link></robot>",
    ] {
        refused(text.to_owned(), &["line"]);
    }
    refused("\0".repeat(3_000), &["line"]);
    for cut in (0..GOOD.len() - "</robot>\n".len()).step_by(97) {
        if let Some(text) = GOOD.get(..cut) {
            refused(text.to_owned(), &["line"]);
        }
    }
}

#[test]
fn names_given_twice() {
    refused(
        GOOD.replace("name=\"elbow\"", "name=\"shoulder\""),
        &["joint shoulder", "two joints"],
    );
    refused(inside("<link name=\"tip\"/>"), &["link tip", "two links"]);
}

fn fixed(name: &str, parent: &str, child: &str) -> String {
    format!(
        "<joint name=\"{name}\" type=\"fixed\"><parent link=\"{parent}\"/><child link=\"{child}\"/></joint>"
    )
}

#[test]
fn links_that_make_no_tree() {
    refused(
        GOOD.replace("<child link=\"tip\"/>", "<child link=\"forearm\"/>"),
        &["link forearm", "two parents", "elbow", "tip_mount"],
    );
    let diamond = format!(
        "<link name=\"x\"/>{}{}",
        fixed("k", "base", "x"),
        fixed("l", "x", "tip")
    );
    refused(inside(&diamond), &["link tip", "two parents", "joint l"]);
    refused(inside(&fixed("k", "tip", "base")), &["link base", "cycle"]);
    let apart = format!(
        "<link name=\"x\"/><link name=\"y\"/>{}{}",
        fixed("k", "x", "y"),
        fixed("l", "y", "x")
    );
    refused(inside(&apart), &["cycle"]);
    refused(
        inside(&fixed("k", "tip", "nowhere")),
        &["link nowhere", "joint k"],
    );
    refused(inside("<link name=\"x\"/>"), &["2 root links", "base, x"]);
}

#[test]
fn a_long_chain_written_backwards_is_read_soon() {
    let mut chain = String::new();
    for index in (0..1_000).rev() {
        let parent = if index == 0 {
            "tip".to_owned()
        } else {
            format!("l{}", index - 1)
        };
        chain.push_str(&format!(
            "<link name=\"l{index}\"/>{}",
            fixed(&format!("k{index}"), &parent, &format!("l{index}"))
        ));
    }
    let (done, wait) = mpsc::channel();
    let text = inside(&chain);
    std::thread::spawn(move || {
        done.send(RobotModel::from_urdf(&text).map(|model| model.root().to_owned()))
    });
    let root = wait
        .recv_timeout(Duration::from_secs(2))
        .expect("an answer in time");
    assert_eq!(root.expect("a tree"), "base");
}
