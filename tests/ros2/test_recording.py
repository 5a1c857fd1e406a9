"""What a node records: what came in, what was commanded, what was thought; in the shadow, too. Read back by MCAP's own
Python reader, which knows nothing of Forerun, and by the recipe.

Run by `tests/run`, or alone with a built binary, a sourced ROS 2 and, for the last part, a Python of the recipe's:
    python tests/ros2/test_recording.py target/release/forerun target/recipe-venv/bin/python
"""

import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

from peer import FORERUN, ROOT, Client, session
import rclpy
from geometry_msgs.msg import Twist
from lifecycle_msgs.srv import ChangeState
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import CameraInfo, CompressedImage, Imu, JointState, LaserScan
from std_msgs.msg import Float64MultiArray

JOINTS = ["shoulder", "elbow"]
CAMERA = ("--size", "160x120", "--camera-rate", "30", "--drops", "0")
# A busy machine must not stop the robot here: stops have tests of their own.
PATIENT = tuple(
    word
    for name in ("stale_state", "stale_image", "stale_plan", "max_gap")
    for word in ("-p", f"control.{name}:=5.0")
)
CONFIGURE, CLEANUP, DEACTIVATE = 1, 2, 4
# What the recipe makes of a recording: read, checked, cut into frames and action rows.
RECIPE = """
import sys
from pathlib import Path
from forerun_recipe.dataset import Reading, load
data = load([Path(sys.argv[1])], Reading(0.1, 2, 64), Path(sys.argv[2]))
print(len(data.stamp), int((data.chain[:, 1] >= 0).sum()), data.robot.name, data.robot.layout, ",".join(data.robot.axes))
"""


def read(file):
    """Messages by topic, in the order of log times: log time [ns], message decoded by the file's own schema, bytes."""
    topics = defaultdict(list)
    with file.open("rb") as stream:
        reader = make_reader(stream, decoder_factories=[DecoderFactory()])
        for _, channel, message, decoded in reader.iter_decoded_messages():
            topics[channel.topic].append((message.log_time, decoded, message.data))
        header = {record.name: record.metadata for record in reader.iter_metadata()}["forerun"]
    return topics, header


def nanoseconds(stamp):
    return stamp.sec * 1_000_000_000 + stamp.nanosec


class Peer(Client):
    """A client with the sensors that nobody but the recording reads, a quarter of them on a topic of another name."""

    def __init__(self, name="forerun"):
        super().__init__(name)
        self.goals = self.node.create_publisher(JointState, f"/{name}/goal/joints", 10)
        self.sent, self.came = defaultdict(list), defaultdict(dict)
        self.states, self.commands, self.due = set(), [], 0.0
        self.sensors = {
            "/imu": (self.node.create_publisher(Imu, "/imu", qos_profile_sensor_data), self.imu),
            "/camera_info": (self.node.create_publisher(CameraInfo, "/camera_info", 10), self.camera_info),
            "/scan": (self.node.create_publisher(LaserScan, "/front/scan", qos_profile_sensor_data), self.scan),
        }
        # What DDS brings to whoever listens, bytes between the fields included, by their stamps.
        for topic, (publisher, _) in self.sensors.items():
            take = lambda data, topic=topic: self.came[topic].update({data[4:12]: data})
            self.node.create_subscription(publisher.msg_type, publisher.topic, take, qos_profile_sensor_data, raw=True)
        self.hear(JointState, "/joint_states", self.on_state, qos_profile_sensor_data)
        self.hear(Float64MultiArray, "/command", lambda message: self.commands.append(tuple(message.data)))

    def on_state(self, message):
        self.states.add(nanoseconds(message.header.stamp))

    def stamped(self, kind, **values):
        message = kind(**values)
        message.header.stamp = self.node.get_clock().now().to_msg()
        message.header.frame_id = "front_laser"
        return message

    def imu(self, number):
        message = self.stamped(Imu)
        message.orientation_covariance[0] = -1.0
        message.angular_velocity.z = 0.25 * number
        message.linear_acceleration.z = 9.81
        return message

    def camera_info(self, number):
        return self.stamped(CameraInfo, height=120, width=160, distortion_model="plumb_bob", d=[0.1 * number] * 5,
                            k=[1.0, 0.0, 80.0, 0.0, 1.0, 60.0, 0.0, 0.0, 1.0])  # fmt: skip

    def scan(self, number):
        # Any length, so that padding is met, too; and what is no number.
        ranges = [math.inf, math.nan, *(0.01 * (number + beam) for beam in range(number % 7))]
        return self.stamped(LaserScan, angle_min=-1.5, angle_max=1.5, angle_increment=0.01, range_max=12.5, ranges=ranges)

    def publish(self):
        """One message of each sensor, fifty times a second at most."""
        if time.monotonic() < self.due:
            return
        self.due = time.monotonic() + 0.02
        for topic, (publisher, make) in self.sensors.items():
            self.sent[topic].append(make(len(self.sent[topic])))
            publisher.publish(self.sent[topic][-1])

    def heard(self):
        self.until("the node hears", lambda: all(end.get_subscription_count() for end, _ in self.sensors.values()))

    def pursue(self, *goal):
        before = int(self.value("goal") or 0)
        self.until("somebody takes goals", lambda: self.goals.get_subscription_count() > 0)
        self.goals.publish(JointState(name=JOINTS, position=goal))
        self.until("goal accepted", lambda: int(self.value("goal") or 0) > before)

    def reach(self, *goal):
        self.pursue(*goal)

        def reached():
            self.publish()
            return self.status.message == "Holding: goal reached"

        self.until(f"goal {goal} reached", reached, 30.0)

    def change(self, number):
        request = ChangeState.Request().transition
        request.id = number
        assert self.ask(ChangeState, "change_state", transition=request).success, number

    def now(self):
        return self.node.get_clock().now().nanoseconds


def check_refusals(folder):
    """What can't be recorded into is said before anything begins, and left as it was."""
    for file, said in (
        (folder / "no/such/a.mcap", "found no folder"),
        (Path("/sys/a.mcap"), "/sys/a.mcap"),
        (folder, "mcap"),
        (folder / "a.rrd", ".mcap"),
    ):
        line = [str(FORERUN), "node", "arm", "--record", str(file)]
        done = subprocess.run(line, capture_output=True, text=True, timeout=60)
        assert done.returncode == 2 and said in done.stderr and "panicked" not in done.stderr, (file, done)
    assert not list(folder.iterdir()), list(folder.iterdir())
    print("no folder, a read-only one, none of MCAP: refused with a sentence", flush=True)


def check_sensors(peer, topics, begin, end):
    """Bytes as they came, decoded by the file alone; stamps and log times are ROS time."""
    for topic, kind in (("/imu", Imu), ("/camera_info", CameraInfo), ("/scan", LaserScan)):
        sent = {nanoseconds(message.header.stamp): message for message in peer.sent[topic]}
        kept = topics[topic]
        assert len(kept) > 20, f"{len(kept)} of {len(sent)} on {topic}"
        assert len({data for _, _, data in kept}) == len(kept)
        # This process may lose some, too. Between processes DDS fills the last word up.
        came = [(data, peer.came[topic].get(data[4:12])) for _, _, data in kept]
        assert all(data == own + bytes(-len(own) % 4) for data, own in came if own), topic
        assert sum(own is not None for _, own in came) > 0.5 * len(kept), topic
        for log_time, decoded, data in kept:
            stamp = nanoseconds(decoded.header.stamp)
            message = sent[stamp]
            assert decoded.header.frame_id == "front_laser" and 0 <= log_time - stamp < 1_000_000_000
            if kind is LaserScan:  # has no bytes between its fields, and numbers that aren't equal to themselves
                assert data == serialize_message(message)
            else:
                assert deserialize_message(data, kind) == message
    rates = [decoded.angular_velocity.z for _, decoded, _ in topics["/imu"]]
    assert rates == sorted(set(rates)) and rates[-1] > 5.0
    assert topics["/camera_info"][-1][1].k[2] == 80.0 and topics["/camera_info"][-1][1].roi.do_rectify is False
    longest = max((decoded.ranges for _, decoded, _ in topics["/scan"]), key=len)
    assert math.isinf(longest[0]) and math.isnan(longest[1]) and len(longest) == 8

    for topic in ("/image", "/joint_states"):
        for log_time, decoded, _ in topics[topic]:
            assert begin < nanoseconds(decoded.header.stamp) <= log_time < end, topic
    for topic, messages in topics.items():
        for log_time, *_ in messages:
            assert begin < log_time < end, f"{topic} at {log_time}, not from {begin} to {end}"
    # A driver's stamps stay what they are, but for the reading of two clocks one after the other. They are 10 ms apart;
    # this process loses some.
    stamps = [nanoseconds(decoded.header.stamp) for _, decoded, _ in topics["/joint_states"][-200:]]
    kept = sum(any(abs(stamp - state) < 1_000_000 for state in peer.states) for stamp in stamps)
    assert kept > 0.6 * len(stamps), f"{kept} of {len(stamps)} stamps are the driver's"


def check_thoughts(topics, goal):
    """Plans with their reasons and knots, what became of the goal, every change of state."""
    plans = [decoded for _, decoded, _ in topics["/forerun/plan"]]
    assert len(plans) > 10, len(plans)
    for plan in plans:
        assert list(plan.axes) == JOINTS and plan.sentence and plan.interpolation == "linear"
        assert nanoseconds(plan.made) <= nanoseconds(plan.start)
        stamps = [nanoseconds(knot.stamp) for knot in plan.knots]
        assert stamps == sorted(set(stamps)) and stamps[-1] > nanoseconds(plan.start)
        assert all(len(knot.values) == 2 for knot in plan.knots)
    searched = [plan for plan in plans if plan.model_steps]
    assert len(searched) > len(plans) // 2
    for plan in searched:
        assert math.isclose(plan.cost, sum(term.chosen for term in plan.terms), rel_tol=1e-4, abs_tol=1e-4)
        assert plan.proposal in ("warm_start", "stand_still", "keep_last", "random", "policy"), plan.proposal
    assert any(plan.sentence.startswith("beats standing still by") for plan in searched)

    phases = [(decoded.phase, decoded.kind, tuple(decoded.values)) for _, decoded, _ in topics["/forerun/goal"]]
    assert phases == [("accepted", "joints", goal), ("reached", "joints", goal)], phases
    transitions = [(decoded.from_state, decoded.to_state, decoded.cause) for _, decoded, _ in topics["/forerun/transition"]]
    changes = ["Unconfigured", "Inactive", "Holding", "Tracking", "Holding"]
    causes = ["requested", "requested", "goal given", "goal reached"]
    assert transitions[:4] == list(zip(changes, changes[1:], causes)), transitions
    assert all(last[1] == first[0] for last, first in zip(transitions, transitions[1:])), transitions
    assert transitions[-1][1:] == ("Inactive", "requested"), transitions


def publish_frames(peer):
    """Where a laser is mounted, said once, before anybody listens; None without tf2_msgs, and then without feature tf."""
    if not find_spec("tf2_msgs"):
        return None
    from geometry_msgs.msg import TransformStamped
    from tf2_msgs.msg import TFMessage

    mount = peer.stamped(TransformStamped, child_frame_id="front_laser")
    mount.header.frame_id = "base"
    mount.transform.translation.x, mount.transform.rotation.z, mount.transform.rotation.w = 0.125, 0.6, 0.8
    late = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    latched = TFMessage(transforms=[mount])
    peer.node.create_publisher(TFMessage, "/tf_static", late).publish(latched)
    peer.sensors["/tf"] = (
        peer.node.create_publisher(TFMessage, "/tf", 10),
        lambda number: TFMessage(transforms=[peer.stamped(TransformStamped, child_frame_id=f"wheel_{number}")]),
    )
    return latched


def check_frames(topics, latched):
    if latched is None:
        print("skipped: no tf2_msgs", flush=True)
        return
    mounted = [decoded.transforms[0].child_frame_id for _, decoded, _ in topics["/tf_static"]]
    assert mounted == ["front_laser"], mounted
    data = topics["/tf_static"][0][2]
    assert deserialize_message(data, type(latched)) == latched
    wheels = [decoded.transforms[0].child_frame_id for _, decoded, _ in topics["/tf"]]
    assert len(wheels) > 20 and len(set(wheels)) == len(wheels), wheels


def check_node(processes, folder):
    """One that drives: a file from configure to cleanup, and another one from the next configure on."""
    file = folder / "node.mcap"
    begin = Client("nobody")
    began = begin.node.get_clock().now().nanoseconds
    begin.close()
    processes.start("robot", "robot", "arm", *CAMERA)
    start = ("--ros-args", *PATIENT, "-p", "autostart:=true", "-r", "scan:=/front/scan")
    processes.start("node", "node", "arm", "--record", str(file), *start)
    peer = Peer()
    latched = publish_frames(peer)
    peer.until("it holds", lambda: peer.status.message.startswith("Holding"), 60.0)
    peer.heard()
    # Somebody whose type nobody hears is named, as on every other topic.
    elsewhere = rclpy.Context()
    rclpy.init(context=elsewhere)
    stranger = rclpy.create_node("stranger", context=elsewhere)
    stranger.create_publisher(Twist, "/imu", 10)
    said = "/stranger publishes geometry_msgs/msg/Twist, expected sensor_msgs/msg/Imu"
    peer.until("named as unheard", lambda: said in peer.value("unheard"))
    stranger.destroy_node()
    rclpy.shutdown(context=elsewhere)
    peer.reach(0.5, -0.9)
    for _ in range(30):
        peer.publish()
        peer.spin(0.02)
    peer.change(DEACTIVATE)
    peer.change(CLEANUP)
    ended = peer.now()
    topics, header = read(file)
    first = file.read_bytes()
    expected = {"robot": "arm", "action_kind": "joint_velocity", "axes": "shoulder,elbow", "layout": "", "seed": ""}
    assert expected.items() <= header.items(), header
    assert "<robot" in topics["/robot_description"][0][1].data
    check_sensors(peer, topics, began, ended)
    check_thoughts(topics, (0.5, -0.9))
    commands = [tuple(decoded.data) for _, decoded, _ in topics["/command"]]
    # On the way 200 a second, at rest 20.
    assert len(commands) > 300, len(commands)
    assert set(peer.commands) <= set(commands), "a command that was sent is not in the file"
    assert "/forerun/command" not in topics and "/forerun/comparison" not in topics
    check_frames(topics, latched)
    print(f"{file.name}: {', '.join(f'{len(kept)} {topic}' for topic, kept in topics.items())}", flush=True)

    peer.change(CONFIGURE)
    peer.granted("activate")
    peer.reach(-0.7, 1.1)
    assert processes.stop("node", signal.SIGINT) == 0
    topics, _ = read(folder / "node-2.mcap")
    assert [decoded.phase for _, decoded, _ in topics["/forerun/goal"]] == ["accepted", "reached"]
    assert len(topics["/scan"]) > 0 and min(log_time for log_time, *_ in topics["/scan"]) > ended
    assert file.read_bytes() == first, "the first recording was touched"
    print("configured anew: node-2.mcap, the first one untouched", flush=True)
    peer.close()


def check_compressed(processes, folder):
    """JPEG stays JPEG."""
    picture = folder / "seen.jpg"
    subprocess.run([str(FORERUN), "robot", "arm", "--picture", "0.5,-0.9", str(picture)], check=True)
    data = picture.read_bytes()
    start = ("--ros-args", "-p", "autostart:=true", "-p", "image_transport:=compressed")
    processes.start("node", "node", "arm", "--record", str(folder / "jpeg.mcap"), *start)
    client = Client()
    publisher = client.node.create_publisher(CompressedImage, "/image/compressed", qos_profile_sensor_data)
    client.until("it holds or waits", lambda: client.value("state") in ("Inactive", "Holding"), 60.0)
    client.until("it hears", lambda: publisher.get_subscription_count() > 0)
    for _ in range(20):
        message = CompressedImage(format="jpeg", data=data)
        message.header.frame_id = "wrist_camera"
        message.header.stamp = client.node.get_clock().now().to_msg()
        publisher.publish(message)
        client.spin(0.05)
    assert processes.stop("node", signal.SIGINT) == 0
    topics, _ = read(folder / "jpeg.mcap")
    kept = topics["/image/compressed"]
    assert len(kept) > 10 and all(bytes(decoded.data) == data and decoded.format == "jpeg" for _, decoded, _ in kept)
    assert {decoded.header.frame_id for _, decoded, _ in kept} == {"wrist_camera"}
    assert "/image" not in topics
    print(f"{len(kept)} pictures are the JPEG files that came", flush=True)
    client.close()


def check_full_disk(processes, folder):
    """The recording ends with one warning, the robot goes on."""
    log = folder / "full.log"
    start = f"{FORERUN} node arm --record {folder / 'full.mcap'} --ros-args {' '.join(PATIENT)} -p autostart:=true -p dds_profile:=none"
    # No file may grow beyond so many KiB: what a full disk does, for any user. Shared memory would be such files, too.
    script = f"trap '' XFSZ; ulimit -f 1500; exec {start}"
    environment = os.environ | {"FASTDDS_BUILTIN_TRANSPORTS": "UDPv4"}
    processes["node"] = subprocess.Popen(["bash", "-c", script], env=environment, stderr=log.open("w"))
    peer = Peer()
    peer.until("it holds", lambda: peer.status.message.startswith("Holding"), 60.0)
    said = "the recording ends here, the robot goes on"
    peer.until("the disk is full", lambda: said in log.read_text(), 60.0)
    peer.reach(0.5, -0.9)
    peer.reach(-0.7, 1.1)
    assert processes.stop("node", signal.SIGINT) == 0
    text = log.read_text()
    assert text.count(said) == 1 and "has room" in text and "panicked" not in text, text
    assert (folder / "full.mcap").stat().st_size <= 1500 * 1024
    print("a full disk ends the recording, not the robot", flush=True)
    peer.close()


def check_shadow(processes, folder):
    """Beside whoever drives: what he sent is what the robot was sent; ours is what we thought of it."""
    file = folder / "shadow.mcap"
    start = ("--ros-args", *PATIENT, "-p", "autostart:=true")
    processes.start("node", "node", "arm", *start, "-r", "__node:=incumbent")
    shadowed = ("-r", "__node:=shadow", "-p", "command:=shadow")
    processes.start("shadow", "node", "arm", "--record", str(file), *start, *shadowed)
    incumbent, shadow = Peer("incumbent"), Peer("shadow")
    for peer in (incumbent, shadow):
        peer.until("it holds", lambda peer=peer: peer.status.message.startswith("Holding"), 60.0)
    for goal in ((0.5, -0.9), (-0.7, 1.1)):
        shadow.pursue(*goal)
        incumbent.reach(*goal)
        shadow.until("the shadow, too", lambda: shadow.status.message == "Holding: goal reached", 30.0)
    shadow.spin(1.0)
    for name in ("shadow", "node"):
        assert processes.stop(name, signal.SIGINT) == 0, name

    topics, _ = read(file)
    comparisons = [decoded for _, decoded, _ in topics["/forerun/comparison"]]
    plans = {decoded.sequence: decoded for _, decoded, _ in topics["/forerun/plan"]}
    assert len(comparisons) > 20, len(comparisons)
    for comparison in comparisons:
        assert nanoseconds(comparison.start) == nanoseconds(plans[comparison.plan].start)
        assert nanoseconds(comparison.stamp) > nanoseconds(comparison.start)
        assert math.isclose(comparison.regret, comparison.incumbent - comparison.ours, abs_tol=1e-9)
        assert list(comparison.axes) == JOINTS and len(comparison.divergence) == 2
        assert all(part >= 0.0 for part in comparison.divergence)
    assert any(comparison.divergence[0] > 0.0 for comparison in comparisons)
    counts = [(comparison.limited_ticks, comparison.misses) for comparison in comparisons]
    assert counts == sorted(counts), "counters that go back"
    assert any(comparison.incumbent > 0.0 for comparison in comparisons)

    sent = {tuple(decoded.data) for _, decoded, _ in topics["/command"]}
    heard = set(incumbent.commands)
    assert len(sent & heard) > 100, "what the robot was sent is not what the incumbent sent"
    ours = [tuple(decoded.data) for _, decoded, _ in topics["/forerun/command"]]
    moving = {command for command in ours if any(command)}
    # Both may be at the same limit now and then.
    same = len(moving & heard)
    assert len(ours) > 500 and len(moving) > 100 and same < 0.2 * len(moving), (len(ours), len(moving), same)
    mean = sum(comparison.regret for comparison in comparisons) / len(comparisons)
    print(f"in the shadow: {len(plans)} plans, {len(comparisons)} comparisons, mean regret {mean:+.3f}", flush=True)
    for peer in (incumbent, shadow):
        peer.close()


def check_recipe(python, file, folder):
    """The recipe learns from what a node recorded, driving or in the shadow."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "models/recipe")}
    line = [python, "-c", RECIPE, str(file), str(folder / "cache")]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    frames, chained, robot, layout, axes = done.stdout.split()
    assert int(frames) > 30 and int(chained) > 20, done.stdout
    assert (robot, layout, axes) == ("arm", "arm-v1", "shoulder,elbow"), done.stdout
    print(f"the recipe reads {file.name}: {frames} frames, {chained} with an action before them", flush=True)


if __name__ == "__main__":
    with session() as started, tempfile.TemporaryDirectory() as made:
        place = Path(made)
        check_refusals(place)
        check_node(started, place)
        check_compressed(started, place)
        check_full_disk(started, place)
        check_shadow(started, place)
        assert started.stop("robot", signal.SIGINT) == 0
        if len(sys.argv) > 2:
            for name in ("node.mcap", "shadow.mcap"):
                check_recipe(sys.argv[2], place / name, place)
        else:
            print("skipped: no Python of the recipe's")
