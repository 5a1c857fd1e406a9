"""`command: trajectory`: chunks on `joint_trajectory`, followed here as joint_trajectory_controller follows them.

Run by `tests/run`, or alone with a built binary and a sourced ROS 2:
    python tests/ros2/test_trajectory.py target/release/forerun
"""

import signal
import threading
import time

from peer import Client, Processes, session
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.executors import SingleThreadedExecutor
import rclpy
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray
from trajectory_msgs.msg import JointTrajectory

JOINTS = ["shoulder", "elbow"]
RATE = 200.0  # of the follower [Hz]
GAIN = 4.0  # of its position loop [1/s]


def seconds(stamp):
    return stamp.sec + 1e-9 * stamp.nanosec


class Chunk:
    """A trajectory as the controller samples it: quintic splines."""

    def __init__(self, message):
        self.start = seconds(message.header.stamp)
        self.names = message.joint_names
        self.points = message.points
        self.times = [seconds(point.time_from_start) for point in message.points]

    def refused(self):
        """What joint_trajectory_controller would refuse it for."""
        if sorted(self.names) != sorted(JOINTS):
            return f"joints {self.names}"
        if any(a >= b for a, b in zip(self.times, self.times[1:])):
            return "times do not strictly increase"
        for point in self.points:
            if not len(point.positions) == len(point.velocities) == len(point.accelerations) == 2:
                return "a point without position, velocity and acceleration for every joint"
        if any(self.points[-1].velocities):
            return "velocity at the end"
        return None

    def at(self, when):
        """Position, velocity and acceleration of both joints."""
        t = when - self.start
        after = next((i for i, time in enumerate(self.times) if time > t), None)
        if after is None or after == 0:
            point = self.points[-1 if after is None else 0]
            return [list(row) for row in (point.positions, point.velocities, point.accelerations)]
        a, b = self.points[after - 1], self.points[after]
        return [list(row) for row in zip(*(self.quintic(a, b, after, t, j) for j in range(2)))]

    def quintic(self, a, b, after, t, j):
        h, t = self.times[after] - self.times[after - 1], t - self.times[after - 1]
        p, v, c = a.positions[j], a.velocities[j], a.accelerations[j]
        q, w, d = b.positions[j], b.velocities[j], b.accelerations[j]
        k3 = (20 * (q - p) - (8 * w + 12 * v) * h - (3 * c - d) * h * h) / (2 * h**3)
        k4 = (30 * (p - q) + (14 * w + 16 * v) * h + (3 * c - 2 * d) * h * h) / (2 * h**4)
        k5 = (12 * (q - p) - 6 * (w + v) * h - (c - d) * h * h) / (2 * h**5)
        return (
            p + v * t + c / 2 * t**2 + k3 * t**3 + k4 * t**4 + k5 * t**5,
            v + c * t + 3 * k3 * t**2 + 4 * k4 * t**3 + 5 * k5 * t**4,
            c + 6 * k3 * t + 12 * k4 * t**2 + 20 * k5 * t**3,
        )


class Follower(threading.Thread):
    """Takes chunks, drives the joints along them."""

    def __init__(self):
        super().__init__(daemon=True)
        self.node = rclpy.create_node("follower")
        self.chunks, self.measured, self.over, self.off = [], [], False, False
        self.node.create_subscription(JointTrajectory, "/joint_trajectory", self.take, 10)
        self.node.create_subscription(JointState, "/joint_states", self.see, 10)
        self.commands = self.node.create_publisher(Float64MultiArray, "/command", 10)
        self.node.create_timer(1 / RATE, self.drive)
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.node)

    def take(self, message):
        chunk = Chunk(message)
        assert chunk.refused() is None, chunk.refused()
        self.chunks.append(chunk)

    def see(self, message):
        place = dict(zip(message.name, message.position))
        self.measured = [place[name] for name in JOINTS]

    def drive(self):
        if self.chunks and self.measured and not self.off:
            now = seconds(self.node.get_clock().now().to_msg())
            position, velocity, _ = self.chunks[-1].at(now)
            errors = [wanted - found for wanted, found in zip(position, self.measured)]
            data = [v + GAIN * error for v, error in zip(velocity, errors)]
            self.commands.publish(Float64MultiArray(data=data))

    def run(self):
        while not self.over:
            self.executor.spin_once(timeout_sec=0.02)


def pursue(client, goals, pose):
    before = int(client.value("goal") or 0)
    goals.publish(JointState(name=JOINTS, position=list(pose)))
    client.until("goal accepted", lambda: int(client.value("goal") or 0) > before)
    client.until(
        f"goal {pose} reached", lambda: client.status.message == "Holding: goal reached", 25.0
    )


def one_motion(chunks):
    """Each chunk begins where its predecessor is at that time."""
    worst = [0.0, 0.0, 0.0]
    for old, new in zip(chunks, chunks[1:]):
        assert new.start > old.start, "chunks in order"
        for kind, (a, b) in enumerate(zip(old.at(new.start), new.at(new.start))):
            worst[kind] = max(worst[kind], *(abs(x - y) for x, y in zip(a, b)))
    # Stamps are whole nanoseconds near 1.7e9 s: in f64 they are some 1e-7 s apart.
    assert worst[0] < 1e-5 and worst[1] < 1e-3 and worst[2] < 1.0, worst
    return worst


def rests_without_news(client, follower, silence=50.0):
    """A robot that holds is sent no chunks, but after its commander was held up on a busy machine."""
    client.spin(1.0)
    for _ in range(3):
        last = follower.chunks[-1]
        client.spin(2.0)
        if follower.chunks[-1] is last:
            return
        assert float(client.value("max_gap [ms]")) > silence, "chunks for a robot at rest"
    raise AssertionError("chunks for a robot at rest")


def stops_who_does_not_follow(client, goals, follower):
    """Drives that are off: a stop with its cause, and `~/resume` once they are on."""
    follower.off = True
    before = int(client.value("goal"))
    place = list(follower.measured)
    goals.publish(JointState(name=JOINTS, position=[-position for position in place]))
    client.until("goal accepted", lambda: int(client.value("goal")) > before)
    client.until(
        "it is stopped", lambda: client.status.message == "Stopped: robot does not follow", 12.0
    )
    behind = client.value("behind")
    assert "behind what it was sent" in behind and behind.split()[0] in JOINTS, behind
    client.until("diagnosed", lambda: any(behind in said for said in client.diagnosed))
    drift = max(abs(a - b) for a, b in zip(place, follower.measured))
    assert drift < 0.05, f"it moved {drift} rad with its drives off"
    print(f"drives off: {client.status.message}; {behind}", flush=True)
    follower.off = False
    client.spin(1.0)
    drift = max(abs(a - b) for a, b in zip(place, follower.measured))
    assert drift < 0.05, f"drives on, and it leapt {drift} rad"
    client.granted("resume")
    pursue(client, goals, (0.2, -0.2))


def rests_at_the_lowest_rate(processes, client, follower):
    options = ("-p", "command:=trajectory", "-p", "autostart:=true", "-p", "control.rate:=20.0")
    follower.chunks.clear()
    processes.start("node", "node", "arm", "--ros-args", *options)
    client.until("chunks", lambda: follower.chunks, 40.0)
    rests_without_news(client, follower, 100.0)


def refuses_bodies(processes: Processes):
    options = ("--ros-args", "-p", "command:=trajectory")
    assert processes.start("rover", "node", "rover", *options).wait(30) == 2


def main():
    with session() as processes:
        refuses_bodies(processes)
        processes.start("robot", "robot", "arm", "--size", "64x64", "--camera-rate", "30")
        options = ("-p", "command:=trajectory", "-p", "autostart:=true")
        processes.start("node", "node", "arm", "--ros-args", *options)
        client, follower = Client(), Follower()
        client.diagnosed = []
        supervisor = lambda message: client.diagnosed.extend(
            status.message for status in message.status if status.name.endswith("supervisor")
        )
        client.hear(DiagnosticArray, "/diagnostics", supervisor)
        follower.start()
        client.until("Holding", lambda: client.status.message.startswith("Holding"), 40.0)
        names = [info.node_name for info in client.node.get_publishers_info_by_topic("/command")]
        assert names == ["follower"], f"who publishes velocities: {names}"
        goals = client.node.create_publisher(JointState, "/forerun/goal/joints", 10)
        client.until("somebody takes goals", lambda: goals.get_subscription_count() > 0)
        for pose in ((0.5, -0.9), (-0.7, 1.1), (0.9, 0.8)):
            pursue(client, goals, pose)
            error = max(abs(a - b) for a, b in zip(follower.measured, pose))
            assert error < 0.15, f"{error} rad off the goal {pose}"
            print(f"goal {pose}: reached, {1000 * error:.0f} mrad off, {len(follower.chunks)} chunks", flush=True)
        rests_without_news(client, follower)
        worst = one_motion(follower.chunks)
        print(f"{len(follower.chunks)} chunks, apart at their joints by at most {worst}", flush=True)
        assert len(follower.chunks) > 20
        stops_who_does_not_follow(client, goals, follower)

        goals.publish(JointState(name=JOINTS, position=[-1.9, -1.2]))
        moving = lambda: max(map(abs, follower.chunks[-1].at(time.time())[1])) > 0.3
        client.until("it moves", moving)
        processes["node"].send_signal(signal.SIGKILL)
        processes["node"].wait()
        last = follower.chunks[-1]
        client.spin(1.5)
        assert follower.chunks[-1] is last and time.time() > last.start + last.times[-1]
        place = list(follower.measured)
        client.spin(0.5)
        drift = max(abs(a - b) for a, b in zip(place, follower.measured))
        assert drift < 0.01, f"it still moves after its commander died: {drift} rad in 0.5 s"
        rests_at_the_lowest_rate(processes, client, follower)
        follower.over = True
        follower.join()
        client.close()
    print("trajectories: ok", flush=True)


if __name__ == "__main__":
    main()
