"""Topics: compressed pictures, quality of service under rclcpp's names, and what is imagined.

Run by `tests/run`, or alone with a built binary and a sourced ROS 2:
    python tests/ros2/test_topics.py target/release/forerun
"""

import array
import math
import signal
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

from peer import FORERUN, Client, session
from nav_msgs.msg import Path as Way
from rcl_interfaces.srv import ListParameters
from rclpy.parameter import parameter_value_to_python
from rclpy.parameter_client import AsyncParameterClient
from rclpy.qos import QoSDurabilityPolicy, QoSProfile, QoSReliabilityPolicy, qos_profile_sensor_data
from sensor_msgs.msg import CompressedImage, Image, JointState
from std_msgs.msg import Float64MultiArray
from visualization_msgs.msg import Marker, MarkerArray

JOINTS = ("shoulder", "elbow")
SMALL = ("--size", "64x64", "--drops", "0", "--ros-args")
# A busy machine must not stop the robot here: stops have tests of their own.
PATIENT = tuple(
    word
    for name in ("stale_state", "stale_image", "stale_plan", "max_gap")
    for word in ("-p", f"control.{name}:=3.0")
)
QOS = "qos_overrides./camera/image.subscription"


def png(width, height, lines, claimed=None):
    """An 8-bit RGB picture of rows of bytes; `claimed`: the size that it says it has."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", *(claimed or (width, height)), 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + line for line in lines), 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


class Camera(Client):
    """A client that compresses what the robot's camera sees."""

    def __init__(self, log):
        super().__init__()
        self.log = log
        self.place = []
        self.commands = []
        self.on = True
        self.pictures = self.node.create_publisher(CompressedImage, "/camera/image/compressed", qos_profile_sensor_data)
        self.hear(Image, "/raw/image", self.on_image, qos_profile_sensor_data)
        self.hear(JointState, "/joint_states", self.on_joints, qos_profile_sensor_data)
        self.hear(Float64MultiArray, "/command", lambda message: self.commands.append(list(message.data)))
        self.goals = self.node.create_publisher(JointState, "/forerun/goal/joints", 10)

    def on_joints(self, message):
        self.place = list(message.position)

    def on_image(self, image):
        pixels = bytes(image.data)
        lines = [pixels[row * image.step : row * image.step + 3 * image.width] for row in range(image.height)]
        if self.on:
            self.publish(png(image.width, image.height, lines), "rgb8; png compressed bgr8", image.header)

    def publish(self, data, kind, header=None):
        message = CompressedImage(format=kind, data=array.array("B", data))
        message.header.stamp = header.stamp if header else self.node.get_clock().now().to_msg()
        self.pictures.publish(message)

    def number(self, key):
        return int(self.value(key) or 0)

    def said(self, text):
        return self.log.read_text().count(text)

    def reach(self, *position):
        before = self.number("goal")
        self.until("somebody takes goals", lambda: self.goals.get_subscription_count() > 0)
        self.goals.publish(JointState(name=JOINTS, position=position))
        self.until("goal accepted", lambda: self.number("goal") > before)
        self.until("goal reached", lambda: self.status.message == "Holding: goal reached", seconds=30.0)
        assert math.dist(self.place, position) < 0.15, f"{self.place} is not {position}"


def tip(joints):
    """Forward kinematics of the planar arm [m]."""
    shoulder, elbow = joints[0], joints[0] + joints[1]
    return (0.25 * math.cos(shoulder) + 0.2 * math.cos(elbow), 0.25 * math.sin(shoulder) + 0.2 * math.sin(elbow))


def check_imagined(client, pose):
    """For RViz: the chosen path, and all that were weighed."""
    arrays, plans = [], []
    ears = [
        client.hear(MarkerArray, "/forerun/candidate_trajectories", arrays.append),
        client.hear(Way, "/forerun/plan", lambda plan: plans.append((plan, tip(client.place)))),
    ]
    client.until("publishers", lambda: client.node.count_publishers("/forerun/plan") > 0)
    client.reach(*pose)
    client.until("both", lambda: arrays and plans)
    cleared = lambda: len(arrays[-1].markers) == 1
    client.until("no lines where nobody plans any more", cleared)
    for ear in ears:
        client.node.destroy_subscription(ear)

    goal = tip(pose)
    lengths = set()
    for plan, at in plans:
        points = [(pose.pose.position.x, pose.pose.position.y) for pose in plan.poses]
        stamps = [pose.header.stamp.sec + 1e-9 * pose.header.stamp.nanosec for pose in plan.poses]
        assert {pose.header.frame_id for pose in plan.poses} == {plan.header.frame_id} == {"base"}, plan.header
        assert stamps == sorted(set(stamps)), stamps
        assert math.dist(points[0], at) < 0.12, f"the plan starts at {points[0]}, the tip is at {at}"
        lengths.add(len(points))
    first, last = plans[0], plans[-1]
    assert math.dist(last[1], goal) < math.dist(first[1], goal) + 0.01
    (length,) = lengths
    for array in arrays:
        clear, *lines = array.markers
        assert clear.action == Marker.DELETEALL
        assert {(line.type, len(line.points), line.header.frame_id) for line in lines} <= {(Marker.LINE_STRIP, length, "base")}
        assert len({(line.ns, line.id) for line in lines}) == len(lines)
        assert [line.ns for line in lines if line.ns == "plan"] == ["plan"][: len(lines)]
    most = max(len(array.markers) for array in arrays) - 1
    # Candidates of one plan, by default.
    assert most >= 8, f"{most} candidates"
    print(f"{len(plans)} plans of {length} poses and {most} candidates were shown", flush=True)


def check_compressed(client, processes, folder):
    processes.start("robot", "robot", "arm", *SMALL, "-r", "image:=/raw/image")
    node = ("-r", "image:=/camera/image", "-p", "image_transport:=compressed", *PATIENT)
    processes.start("node", "node", "arm", "--ros-args", *node, stderr=client.log.open("w"))
    client.granted("activate")
    client.reach(0.5, -0.9)
    check_imagined(client, (-0.7, 1.1))
    print("PNG on image/compressed, beside where image was remapped to: goal reached", flush=True)

    client.on = False
    file = folder / "seen.jpg"
    subprocess.run([str(FORERUN), "robot", "arm", "--picture", "0.5,-0.9", str(file)], check=True)
    before, sent = client.number("images"), 0
    while client.number("images") < before + 10:
        client.publish(file.read_bytes(), "jpeg")
        client.spin(0.1)
        sent += 1
        assert sent < 100, f"{client.number('images') - before} of {sent} JPEG pictures were used"
    print("JPEG: used", flush=True)

    before = client.number("refused")
    black = [bytes(3 * 64)] * 64
    wrong = (
        (file.read_bytes()[:200], "jpeg", '("jpeg", 200 bytes)'),
        (png(64, 64, black)[:70], "png", '("png", 70 bytes)'),
        (b"", "jpeg", '("jpeg", 0 bytes)'),
        (bytes(1000), "16UC1; compressedDepth", '("16UC1; compressedDepth", 1000 bytes)'),
        (file.read_bytes(), "bayer_rggb8; jpeg compressed bgr8", "a Bayer mosaic"),
        (png(64, 64, black, claimed=(60000, 60000)), "png; a bomb", '("png; a bomb"'),
    )
    for data, kind, _ in wrong:
        for _ in range(5):
            client.publish(data, kind)
            client.spin(0.05)
    client.until("most are counted", lambda: client.number("refused") >= before + 3 * len(wrong))
    for _, _, text in wrong:
        assert client.said(text) == 1, f"{text!r} was said {client.said(text)} times"
    client.on = True
    client.granted("resume")
    client.reach(-0.7, 1.1)
    print(f"{client.number('refused') - before} corrupt pictures: counted, each kind said once, goal reached", flush=True)
    assert processes.stop("node", signal.SIGINT) == 0


def reliability(client, ends, topic):
    """That of the node's end of `topic`."""
    found = []

    def look():
        found[:] = [info.qos_profile for info in ends(topic) if info.node_name == "forerun"]
        return found

    client.until(topic, look)
    return found[0].reliability


def check_qos(client, processes):
    """Reliable instead of best effort, as the parameters say; what doesn't fit is said."""
    processes.start("robot", "robot", "arm", *SMALL, "-r", "image:=/camera/image")
    told = [f"{QOS}.reliability:=reliable", f"{QOS}.depth:=3", "qos_overrides./command.publisher.reliability:=best_effort",
            "qos_overrides./command.publisher.durability:=volatile", "qos_overrides./joint_states.subscription.history:=keep_all",
            "qos_overrides./parameter_events.publisher.depth:=7"]  # fmt: skip
    rules = [word for rule in told for word in ("-p", rule)]
    processes.start("node", "node", "arm", "--ros-args", "-r", "image:=/camera/image", *rules, *PATIENT,
                    stderr=client.log.open("w"))  # fmt: skip
    ears = client.node.get_subscriptions_info_by_topic
    assert reliability(client, ears, "/camera/image") == QoSReliabilityPolicy.RELIABLE
    assert reliability(client, ears, "/joint_states") == QoSReliabilityPolicy.BEST_EFFORT
    # The robot's camera publishes best effort.
    client.until("it is said", lambda: client.said("/camera/image: /arm publishes best effort, this node asks for reliable"))
    asker = AsyncParameterClient(client.node, "forerun")
    client.until("parameter services", asker.services_are_ready)
    names = [f"{QOS}.reliability", f"{QOS}.depth", f"{QOS}.durability"]
    future = asker.get_parameters(names)
    client.until("an answer", future.done)
    assert [parameter_value_to_python(value) for value in future.result().values] == ["reliable", 3, "volatile"]
    future = asker.describe_parameters(names)
    client.until("an answer", future.done)
    assert all(descriptor.read_only for descriptor in future.result().descriptors)
    client.refused("activate", "stale input: image")
    voices = client.node.get_publishers_info_by_topic
    assert reliability(client, voices, "/command") == QoSReliabilityPolicy.BEST_EFFORT
    # A camera that promises what is asked for.
    reliable = QoSProfile(depth=10, durability=QoSDurabilityPolicy.VOLATILE)
    pictures = client.node.create_publisher(Image, "/camera/image", reliable)
    before = client.number("images")
    image = Image(width=4, height=4, step=12, encoding="rgb8", data=bytes(48))
    for _ in range(20):
        image.header.stamp = client.node.get_clock().now().to_msg()
        image.header.frame_id = "reliable"
        pictures.publish(image)
        client.spin(0.05)
    client.until("reliable pictures", lambda: client.number("images") >= before + 10)
    assert processes.stop("node", signal.SIGINT) == 0
    shadow = "command:=shadow"
    for *rules, why in (
        (f"{QOS}.reliability:=perhaps", "expected one of best_effort, reliable"),
        (f"{QOS}.depth:=0", "expected 1 to 1000"),
        (f"{QOS}.reliabilty:=reliable", f"did you mean {QOS}.reliability?"),
        ("qos_overrides./image.subscription.depth:=7", "unknown parameter; did you mean qos_overrides."),
        ("qos_overrides./elsewhere.subscription.depth:=7", "unknown parameter"),
        # Nothing is published in the shadow, and nothing heard of commands elsewhere.
        (shadow, "qos_overrides./command.publisher.depth:=7", "unknown parameter; did you mean qos_overrides./command."),
        ("qos_overrides./command.subscription.depth:=7", "unknown parameter; did you mean qos_overrides./command."),
        (shadow, "shadow.of:=trajectory", "qos_overrides./command.subscription.depth:=7", "unknown parameter"),
    ):
        told = [word for rule in rules for word in ("-p", rule)]
        arguments = ("node", "arm", "--ros-args", "-r", "image:=/camera/image", *told)
        node = processes.start("node", *arguments, stderr=subprocess.PIPE, text=True)
        _, said = node.communicate(timeout=20)
        assert node.returncode == 2 and why in said, f"{rules}: {node.returncode}, {said}"
    print("quality of service: as told, what can't be heard is said, what is unknown refused by name", flush=True)


def check_shadow_qos(client, processes):
    """In the shadow the node's end of the topic of commands is the one that hears them."""
    overhears = ("-p", "command:=shadow", "-p", "qos_overrides./command.subscription.reliability:=reliable")
    processes.start("node", "node", "arm", "--ros-args", *overhears)
    ears = client.node.get_subscriptions_info_by_topic
    assert reliability(client, ears, "/command") == QoSReliabilityPolicy.RELIABLE
    listed = client.ask(ListParameters, "list_parameters", prefixes=["qos_overrides./command"], depth=0)
    named = {name.rsplit(".", 1)[0] for name in listed.result.names}
    assert named == {"qos_overrides./command.subscription"}, named
    assert processes.stop("node", signal.SIGINT) == 0
    print("quality of service in the shadow: of the end that hears", flush=True)


if __name__ == "__main__":
    with session() as started, tempfile.TemporaryDirectory() as made:
        camera = Camera(Path(made) / "node.log")
        check_compressed(camera, started, Path(made))
        check_qos(camera, started)
        check_shadow_qos(camera, started)
        assert started.stop("robot", signal.SIGINT) == 0
