"""A node in the shadow of controllers that command by joint trajectories: of another node, and of a client whose
trajectories are known.

Run by `tests/run`, or alone with a built binary and a sourced ROS 2:
    python tests/ros2/test_shadow_trajectories.py target/release/forerun
"""

import math
import signal
import tempfile
from pathlib import Path

from peer import session
from builtin_interfaces.msg import Duration
from rclpy.qos import qos_profile_sensor_data
from test_recording import nanoseconds, read
from test_shadow import JOINTS, PATIENT, Node, Shadow, check_twin
from test_trajectory import Follower
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

TOPIC = "/joint_trajectory"
TICK = 5_000_000  # of the shadow's control [ns]


def point(after, positions, velocities=(), **more):
    due = Duration(sec=int(after), nanosec=round(after % 1 * 1e9))
    return JointTrajectoryPoint(positions=positions, velocities=velocities, time_from_start=due, **more)


def trajectory(*points, names=JOINTS):
    return JointTrajectory(joint_names=list(names), points=list(points))


def check_twins(processes, folder):
    """An incumbent that is the same controller, as ros2_control would be commanded by it; then one that stands."""
    camera = ("--size", "320x240", "--camera-rate", "30", "--drops", "0")
    processes.start("robot", "robot", "arm", *camera)
    start = ("--ros-args", *PATIENT, "-p", "autostart:=true")
    record = ("--record", str(folder / "shadow.mcap"))
    told = ("-p", "command:=shadow", "-p", "shadow.of:=trajectory")
    processes.start("shadow", "node", "arm", *record, *start, "-r", "__node:=shadow", *told)
    shadow = Shadow(TOPIC, "/command")
    shadow.until("the shadow holds", lambda: shadow.status.message.startswith("Holding"), 60.0)
    shadow.until("a report", lambda: shadow.reports)
    assert "no command of an incumbent has come" in shadow.reports[-1][0].message, shadow.reports[-1]
    assert not shadow.commanders, shadow.commanders

    trajectories = ("-p", "command:=trajectory")
    processes.start("incumbent", "node", "arm", *start, "-r", "__node:=incumbent", *trajectories)
    follower = Follower()
    follower.start()
    incumbent = Node("incumbent")
    incumbent.until("the incumbent holds", lambda: incumbent.status.message.startswith("Holding"), 60.0)
    shadow.until("it is heard", lambda: shadow.reports[-1][0].level == b"\0")

    ours, its, twins = check_twin(incumbent, shadow)
    twin_regret = its - ours
    # The incumbent holds; the shadow alone wants to go somewhere.
    assert incumbent.trigger("hold")[0]
    incumbent.until("it stands", lambda: incumbent.status.message.startswith("Holding"))
    shadow.pursue([-1.3 if position > 0.0 else 1.3 for position in shadow.position])
    shadow.spin(1.5)
    ours, its, stands = shadow.judged(60)
    assert stands > 2.0 * twins, f"divergence {stands:.3f} from one that stands, {twins:.3f} from the same"
    assert its - ours > 3.0 * abs(twin_regret), (its, ours, twin_regret)
    assert shadow.trigger("hold")[0]
    assert processes.stop("incumbent", signal.SIGTERM) == 0
    follower.over = True
    follower.join()
    follower.node.destroy_node()
    incumbent.close()
    return shadow


def check_known(shadow):
    """Straight lines, the joints the other way round; then splines that begin later than they come."""
    publisher = shadow.node.create_publisher(JointTrajectory, TOPIC, 10)
    shadow.until("the shadow hears", lambda: publisher.get_subscription_count() == 1)
    # The robot stands, whatever the trajectories: nobody follows them.
    shadow.spin(1.0)
    began = shadow.node.get_clock().now().nanoseconds
    lines = trajectory(
        point(0.0, [0.0, 0.0]), point(0.5, [0.5, -0.3]), point(1.0, [0.5, 0.2]), names=reversed(JOINTS)
    )
    publisher.publish(lines)
    shadow.spin(2.0)
    splines = trajectory(point(0.5, [0.4, 0.1], [1.0, 0.0]), point(1.5, [-0.6, 0.3], [0.0, 0.0]))
    splines.header.stamp = shadow.node.get_clock().now().to_msg()
    here = list(shadow.position)
    publisher.publish(splines)
    shadow.spin(2.5)
    # The same again, and stopped half-way.
    publisher.publish(lines)
    shadow.spin(0.7)
    publisher.publish(trajectory(point(0.0, [0.5, 0.0])))
    shadow.spin(1.0)
    return publisher, began, nanoseconds(splines.header.stamp), here


def check_bad_input(shadow, publisher):
    """What is no trajectory is counted by name, never compared, and no end of anything."""
    late = trajectory(point(0.1, [0.0, 0.0]))
    late.header.stamp.sec = 1_000_000_000
    spoilt = [
        (trajectory(point(0.1, [0.0, 0.0]), names=["shoulder", "knee"]), "found joint knee"),
        (trajectory(point(0.1, [0.0]), names=["elbow"]), "joint shoulder is left out"),
        (trajectory(point(0.1, [0.0, 0.0]), names=["elbow", "elbow"]), "joint shoulder is left out"),
        (trajectory(point(0.1, [0.0, math.nan])), "expected finite numbers"),
        (trajectory(point(0.1, [0.0, math.inf])), "expected finite numbers"),
        (trajectory(point(0.2, [0.0, 0.0]), point(0.2, [1.0, 0.0])), "more than the point before"),
        (trajectory(point(-1, [0.0, 0.0])), "expected 0 or more"),
        (trajectory(point(0.1, [0.0, 0.0], [1.0])), "1 velocities; expected 2"),
        (trajectory(*(point(0.01 * index, [0.0, 0.0]) for index in range(10_001))), "10001 points"),
        (late, "s before it came"),
        (trajectory(point(0.5, [0.0, 0.0], [0.0, 1.0])), "ends while elbow moves"),
        (trajectory(point(0.5, [0.0, 0.0], effort=[1.0, 1.0])), "point 0 has efforts"),
        (trajectory(names=["knee"]), "found joint knee"),
        (trajectory(), "no point at all"),
        (JointTrajectory(), "joint shoulder is left out"),
    ]
    publisher.publish(trajectory(point(60.0, [0.1, 0.1], accelerations=[1.0, 1.0])))
    for message, why in spoilt:
        refused = int(shadow.value("refused"))
        for _ in range(3):
            publisher.publish(message)
        shadow.until(why, lambda: int(shadow.value("refused")) >= refused + 3)
        refusal = shadow.value("refusal")
        assert "not compared: joint_trajectory" in refusal and why in refusal, refusal
    # What was under way goes on.
    heard = "commands of the incumbent since the last report"
    shadow.reports.clear()
    shadow.until("still heard", lambda: sum(int(values[heard]) for _, values in shadow.reports) > 200)
    beyond = "commands beyond the URDF's speeds since the last report"
    assert all(values[beyond] == "0" for _, values in shadow.reports), shadow.reports
    publisher.publish(trajectory(point(1.0, [1e6, -1e6])))
    shadow.until("counted", lambda: sum(int(values[beyond]) for _, values in shadow.reports) > 150)
    shadow.spin(2.0)
    # As its controller would, it hears nobody who promises nothing.
    careless = shadow.node.create_publisher(JointTrajectory, TOPIC, qos_profile_sensor_data)
    shadow.until("named as unheard", lambda: "best effort" in shadow.value("unheard"))
    shadow.node.destroy_publisher(careless)


def check_recorded(file, began, stamped, here):
    """`/command` is what the trajectories come to, tick by tick."""
    topics, _ = read(file)
    sent = [(time, list(message.data)) for time, message, _ in topics["/command"] if time >= began]

    def rows(name, since):
        """The commands of one trajectory, which the first one after `since` begins, and one that stands still."""
        found = [row for row in sent if row[0] >= since]
        count = next(index for index, row in enumerate(found[1:], 1) if row[0] - found[index - 1][0] > 10 * TICK)
        found = found[:count]
        gaps = [b[0] - a[0] for a, b in zip(found, found[1:])]
        assert set(gaps[:-1]) == {TICK} and gaps[-1] <= TICK, f"{name}: commands are {set(gaps)} ns apart"
        assert found[-1][1] == [0.0, 0.0], f"{name}: ends with {found[-1]}"
        return found

    def expect(name, found, velocities):
        assert all(math.isclose(a, b, abs_tol=1e-9) for a, b in zip(found, velocities)), (name, found, velocities)

    lines = rows("lines", began)
    assert len(lines) == 201, len(lines)
    for index, (_, velocities) in enumerate(lines[:-1]):
        expect(f"line {index}", velocities, [-0.6, 1.0] if index < 100 else [1.0, 0.0])

    splines = rows("splines", stamped)
    for axis, goal in enumerate([-0.6, 0.3]):
        end = here[axis] + sum(row[1][axis] for row in splines) * 1e-9 * TICK
        assert abs(end - goal) < 0.02, f"splines of {JOINTS[axis]} end at {end}, expected {goal}"
    # Where the second segment begins it moves as the point says.
    first = next(row for row in splines if row[0] >= stamped + 500_000_000)
    assert abs(first[1][0] - 1.0) < 0.05 and abs(first[1][1]) < 0.05, first

    again = rows("lines again", splines[-1][0] + TICK)
    assert 110 < len(again) < 190, f"stopped after {len(again)} ticks"
    expect("before the stop", again[-2][1], [1.0, 0.0])
    print(f"recorded: {len(lines)}, {len(splines)} and {len(again)} commands of three trajectories", flush=True)


def check(processes):
    options = ("--ros-args", "-p", "command:=shadow", "-p", "shadow.of:=trajectory")
    assert processes.start("rover", "node", "rover", *options).wait(30) == 2, "no trajectories of twists"
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        shadow = check_twins(processes, folder)
        publisher, *known = check_known(shadow)
        check_bad_input(shadow, publisher)
        assert shadow.commanders == {"incumbent", "follower", "client_of_shadow"}, shadow.commanders
        print(f"commanders ever seen: {', '.join(sorted(shadow.commanders))}", flush=True)
        for name in ("shadow", "robot"):
            assert processes.stop(name, signal.SIGTERM) == 0, name
        shadow.close()
        check_recorded(folder / "shadow.mcap", *known)


if __name__ == "__main__":
    with session() as processes:
        check(processes)
