"""`/tf` and `/tf_static`: goal poses in frames of others, and transforms that are nonsense.

Run by `tests/run`, or alone with a binary built with `--features tf` and a sourced ROS 2 with tf2_msgs; with the word
`action`, and that feature too, also by `~/reach`:
    python tests/ros2/test_tf.py target/release/forerun [action]
"""

import math
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from peer import Client, session
from builtin_interfaces.msg import Time
from geometry_msgs.msg import PoseStamped, TransformStamped
from rcl_interfaces.msg import Log
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import JointState
from tf2_msgs.msg import TFMessage

LINKS = (0.25, 0.20)
# A busy machine must not stop the robot here: stops have tests of their own.
PATIENT = tuple(
    word
    for name in ("stale_state", "stale_image", "stale_plan", "max_gap")
    for word in ("-p", f"control.{name}:=3.0")
)
# Where things are, x and y [m] and yaw [rad].
BASE_IN_WORLD = (1.0, -0.5, 0.7)
TABLE_IN_WORLD = (1.2, 0.3, -1.1)
TOLERANCE = 0.03
# Two poses [rad] whose tips are 26 cm apart, and far from a stretched arm, which may stop beside a point.
LEFT, RIGHT = (0.7, -0.6), (-0.7, 1.1)


def tip(shoulder, elbow):
    """Forward kinematics of the planar arm [m]."""
    return (
        LINKS[0] * math.cos(shoulder) + LINKS[1] * math.cos(shoulder + elbow),
        LINKS[0] * math.sin(shoulder) + LINKS[1] * math.sin(shoulder + elbow),
    )


def cup(seconds):
    """The cup in the table's frame: it goes 10 cm and turns 0.2 rad a second, to and fro."""
    phase = abs(seconds % 20.0 - 10.0)
    return (0.1 * phase - 0.5, 0.05, 0.2 * phase)


def into(frame, point):
    """A point of the parent in a frame that lies there."""
    x, y = point[0] - frame[0], point[1] - frame[1]
    cos, sin = math.cos(frame[2]), math.sin(frame[2])
    return (cos * x + sin * y, cos * y - sin * x)


def out_of(frame, point):
    """A frame's point in its parent."""
    cos, sin = math.cos(frame[2]), math.sin(frame[2])
    return (frame[0] + cos * point[0] - sin * point[1], frame[1] + sin * point[0] + cos * point[1])


def stamp(seconds):
    return Time(sec=int(seconds), nanosec=int(seconds % 1 * 1e9))


def transform(parent, child, place, seconds=0.0):
    message = TransformStamped(child_frame_id=child)
    message.header.frame_id, message.header.stamp = parent, stamp(seconds)
    message.transform.translation.x, message.transform.translation.y = place[:2]
    message.transform.rotation.z = math.sin(place[2] / 2)
    message.transform.rotation.w = math.cos(place[2] / 2)
    return message


def pose(frame, point, seconds=0.0):
    message = PoseStamped()
    message.header.frame_id, message.header.stamp = frame, stamp(seconds)
    message.pose.position.x, message.pose.position.y = point
    return message


class User(Client):
    """Publishes transforms and gives goals."""

    def __init__(self, name="forerun", tf="/tf", node=None):
        super().__init__(name)
        latched = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self.moving = self.node.create_publisher(TFMessage, tf, 100)
        self.fixed = self.node.create_publisher(TFMessage, f"{tf}_static", latched)
        self.poses = self.node.create_publisher(PoseStamped, f"/{name}/goal/pose", 10)
        self.joints, self.said = None, []
        self.hear(JointState, "/joint_states", self.on_joints, qos_profile_sensor_data)
        self.hear(Log, "/rosout", lambda message: self.said.append(message.msg), 1000)

    def on_joints(self, message):
        self.joints = message.position

    def number(self, key):
        return int(self.value(key) or 0)

    def ready(self):
        for publisher in (self.moving, self.fixed, self.poses):
            self.until("it is heard", lambda publisher=publisher: publisher.get_subscription_count() > 0)

    def move_cup(self):
        """The cup on the table at 20 Hz, from now on."""
        move = lambda: self.moving.publish(
            TFMessage(transforms=[transform("table", "cup", cup(now), now) for now in (time.time(),)])
        )
        self.node.create_timer(0.05, move)

    def in_cup(self, joints, seconds):
        """Where the tip at `joints` is for the cup at that time."""
        in_table = into(TABLE_IN_WORLD, out_of(BASE_IN_WORLD, tip(*joints)))
        return into(cup(seconds), in_table)

    def arrives(self, joints, before):
        """Pursues a goal newer than `before` and gets where it is."""
        self.until("the goal is accepted", lambda: self.number("goal") > before)
        self.until("the goal is reached", lambda: self.status.message == "Holding: goal reached", 40.0)
        self.joints = None
        self.until("joints", lambda: self.joints)
        error = math.dist(tip(*self.joints), tip(*joints))
        assert error < TOLERANCE, f"{1000 * error:.0f} mm from the goal"
        return f"reached, {1000 * error:.0f} mm"

    def reach(self, message, joints):
        before = self.number("goal")
        self.poses.publish(message)
        return self.arrives(joints, before)

    def refuses(self, message, *why):
        """By a sentence in `~/status`, and on `/rosout` the first time."""
        refused = self.number("goals_refused")
        self.poses.publish(message)
        self.until("it is refused", lambda: self.number("goals_refused") > refused)
        said = self.value("goal_refusal")
        assert all(part in said for part in why), f"{said}; expected {why}"
        return said


def check_chain(user):
    """World, table and a cup that moves."""
    user.fixed.publish(TFMessage(transforms=[transform("world", "base", BASE_IN_WORLD)]))
    user.fixed.publish(TFMessage(transforms=[transform("world", "table", TABLE_IN_WORLD)]))
    goal = LEFT
    on_table = into(TABLE_IN_WORLD, out_of(BASE_IN_WORLD, tip(*goal)))
    print("fixed frames:", user.reach(pose("/table", on_table), goal), flush=True)
    user.move_cup()
    user.spin(3.0)

    # It turns round every ten seconds: not within these two.
    user.until("it goes one way", lambda: 2.5 < time.time() % 10.0 < 9.0)
    past, goal = time.time() - 2.0, RIGHT
    assert math.dist(user.in_cup(goal, past), user.in_cup(goal, past + 2.0)) > 0.1, "it moves"
    print("a moving frame, 2 s ago:", user.reach(pose("cup", user.in_cup(goal, past), past), goal), flush=True)

    now, goal = time.time(), LEFT
    print("and now:", user.reach(pose("cup", user.in_cup(goal, now), now), goal), flush=True)

    # The newest that is known is at most one message old: 5 mm.
    goal = RIGHT
    print("whenever:", user.reach(pose("cup", user.in_cup(goal, time.time())), goal), flush=True)


def check_refusals(user):
    begin = time.monotonic()
    said = user.refuses(
        pose("nowhere", (0.1, 0.1)),
        "~/goal/pose: found a pose in frame nowhere; expected base: no transform to or from nowhere: known are world, base",
    )
    assert time.monotonic() - begin > 0.9, "it is waited for"
    user.until("it is said", lambda: any(said in line for line in user.said))
    user.fixed.publish(TFMessage(transforms=[transform("moon", "crater", (0.0, 0.0, 0.0))]))
    user.refuses(pose("crater", (0.1, 0.1)), "nobody publishes how they are connected", "crater hangs from moon, base from world")
    user.refuses(pose("cup", (0.1, 0.1), time.time() + 5.0), "cup in table: the newest transform is", "older than the stamp")
    user.refuses(pose("cup", (0.1, 0.1), time.time() - 60.0), "cup in table: the stamp is", "older than the oldest transform")
    user.refuses(pose("cup", (math.nan, 0.1)), "expected finite numbers")
    print("unknown, not connected, too new, too old: refused with the reason", flush=True)


def check_waiting(user):
    """A goal waits for its transform, and gives way to whatever else is asked for."""
    goal = LEFT
    before = user.number("goal")
    user.poses.publish(pose("late", into(BASE_IN_WORLD[:2] + (0.0,), out_of(BASE_IN_WORLD, tip(*goal)))))
    user.spin(0.3)
    late = transform("world", "late", BASE_IN_WORLD[:2] + (0.0,))
    user.fixed.publish(TFMessage(transforms=[late]))
    print("a transform that comes later:", user.arrives(goal, before), flush=True)

    before, refused = user.number("goal"), user.number("goals_refused")
    user.poses.publish(pose("later", (0.0, 0.0)))
    user.spin(0.3)
    assert user.trigger("hold")[0]
    late.child_frame_id = "later"
    user.fixed.publish(TFMessage(transforms=[late]))
    user.until("it is refused", lambda: user.number("goals_refused") > refused)
    assert "something else was asked for" in user.value("goal_refusal"), user.value("goal_refusal")
    assert user.number("goal") == before and user.status.message.startswith("Holding"), user.status
    print("held while it waits: not pursued afterwards", flush=True)


def nonsense():
    """Wrong transforms, and what is said of them."""
    good = lambda: transform("table", "cup", cup(time.time()), time.time())

    def wrong(change):
        message = good()
        change(message)
        return message

    def broken(part, axis, value):
        return wrong(lambda message: setattr(getattr(message.transform, part), axis, value))

    return (
        (broken("translation", "y", math.nan), "/tf: cup in table: a value is not finite"),
        (broken("rotation", "w", math.inf), "/tf: cup in table: a value is not finite"),
        (broken("rotation", "x", 2.0), "/tf: cup in table: its rotation is not of unit length"),
        (transform("cup", "world", (0, 0, 0), time.time()), "/tf: world in cup closes a loop"),
        (transform("cup", "cup", (0, 0, 0), time.time()), "/tf: cup in cup: a frame in itself closes a loop"),
        (transform("", "cup", (0, 0, 0), time.time()), "/tf: cup in : a frame has no name"),
        (transform("table", "cup", (0, 0, 0), time.time() + 1e6), "s ahead of now: is a clock set wrong"),
        (transform("world", "table", (9, 9, 9), time.time()), "/tf: table is fixed by /tf_static, and moves on /tf"),
    )


def check_nonsense(user, log):
    kinds = nonsense()
    before = user.number("refused")
    for turn in range(20):
        user.moving.publish(TFMessage(transforms=[message for message, _ in kinds]))
        user.spin(0.02)
    user.until("all are counted", lambda: user.number("refused") >= before + 20 * len(kinds))
    for _, why in kinds:
        assert log.read_text().count(why) == 1, f"{why!r} was said {log.read_text().count(why)} times"
    print(f"{20 * len(kinds)} transforms of {len(kinds)} wrong kinds: counted, each kind said once", flush=True)

    chance = random.Random(7)
    number = lambda: chance.choice((math.nan, math.inf, 1e308, -1.0, 0.0, 1.0, chance.random()))
    name = lambda: chance.choice(("", "/", "world", "base", "a" * 2000, "\n", "ü", f"f{chance.randrange(10**6)}"))
    lines = len(log.read_text().splitlines())
    for turn in range(300):
        flood = []
        for _ in range(50):
            message = transform(name(), name(), (number(), number(), 0.0), chance.choice((0.0, 1e9, time.time())))
            message.transform.rotation.w = number()
            flood.append(message)
        (user.moving if turn % 3 else user.fixed).publish(TFMessage(transforms=flood))
        user.executor.spin_once(timeout_sec=0.0)
    user.spin(2.0)
    lines = len(log.read_text().splitlines()) - lines
    assert lines < 150, f"{lines} lines of log"
    for goal in (RIGHT, LEFT):
        said = user.reach(pose("base", tip(*goal), time.time()), goal)
    print(f"15000 random ones: {lines} lines of log; {said}", flush=True)


def check_action(user):
    """`~/reach` by a pose in another frame."""
    from action_msgs.msg import GoalStatus
    from forerun_interfaces.action import Reach
    from rclpy.action import ActionClient

    action = ActionClient(user.node, Reach, "/forerun/reach")
    user.until("~/reach is served", action.server_is_ready)

    def send(message):
        sent = action.send_goal_async(Reach.Goal(pose=message))
        user.until("the goal is answered", sent.done)
        return sent.result()

    now, goal = time.time(), RIGHT
    before = user.number("goal")
    handle = send(pose("cup", user.in_cup(goal, now), now))
    assert handle.accepted, user.value("goal_refusal")
    answer = handle.get_result_async()
    said = user.arrives(goal, before)
    user.until("the result", answer.done)
    assert answer.result().status == GoalStatus.STATUS_SUCCEEDED, answer.result()
    assert not send(pose("nowhere", (0.1, 0.1))).accepted
    why = "~/reach: found a pose in frame nowhere; expected base: no transform"
    user.until("the refusal", lambda: why in user.value("goal_refusal"))
    action.destroy()
    print("~/reach by a pose of now in a moving frame:", said, flush=True)


def check_clock(processes):
    """In a namespace with transforms of its own, by a clock that jumps. What has no model says so once it is asked to move."""
    told = ("-r", "__ns:=/left", "-r", "/tf:=tf", "-r", "/tf_static:=tf_static", "-p", "use_sim_time:=true")
    processes.start("left", "node", "arm", "--ros-args", *told)
    user = User("left/forerun", "/left/tf")
    clock = user.node.create_publisher(Clock, "/clock", 1)
    now = 100.0

    def tick(seconds):
        nonlocal now
        for _ in range(int(seconds / 0.02)):
            now += 0.02
            clock.publish(Clock(clock=stamp(now)))
            user.spin(0.02)

    user.ready()
    user.until("the clock is heard", lambda: clock.get_subscription_count() > 0)
    tick(1.0)
    for step in range(10):
        user.moving.publish(TFMessage(transforms=[transform("base", "cup", (0.2, 0.2, 0.0), now)]))
        tick(0.1)
    user.refuses(pose("cup", (0.0, 0.0)), "no model is loaded")
    now = 50.0
    tick(0.5)
    user.refuses(pose("cup", (0.0, 0.0)), "nobody publishes how they are connected")
    # It stood meanwhile.
    tick(0.2)
    user.moving.publish(TFMessage(transforms=[transform("base", "cup", (0.2, 0.2, 0.0), now)]))
    tick(0.1)
    user.refuses(pose("cup", (0.0, 0.0)), "no model is loaded")
    assert processes.stop("left", signal.SIGINT) == 0
    user.close()
    print("/left/tf by a clock that jumps: what was before is forgotten", flush=True)


def main():
    with session() as processes, tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "node.log"
        processes.start("robot", "robot", "arm", "--size", "64x64", "--camera-rate", "30", "--drops", "0")
        processes.start("node", "node", "arm", "--ros-args", *PATIENT, stderr=log.open("w"))
        user = User()
        user.ready()
        user.granted("activate")
        check_chain(user)
        check_refusals(user)
        check_waiting(user)
        if "action" in sys.argv[2:]:
            check_action(user)
        check_nonsense(user, log)
        assert processes.stop("node", signal.SIGINT) == 0
        assert "panicked" not in log.read_text()
        user.close()
        check_clock(processes)
    print("tf: ok", flush=True)


if __name__ == "__main__":
    main()
