"""`/diagnostics` (REP-107): what warns, what is an error, and that both mean something.

Run by `tests/run`, or alone with a built binary and a sourced ROS 2:
    python tests/ros2/test_diagnostics.py target/release/forerun
"""

import signal
import time

from peer import Client, session
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.parameter import Parameter
from rclpy.parameter_client import AsyncParameterClient
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import Image, JointState

OK, WARN, ERROR = b"\x00", b"\x01", b"\x02"
TASKS = {"supervisor", "command loop", "inputs", "planner", "limits", "transport", "topics"}


class Watcher(Client):
    """Hears `/diagnostics` of one node."""

    def __init__(self, name="forerun"):
        super().__init__(name)
        self.tasks = {}
        self.arrays = []
        self.hear(DiagnosticArray, "/diagnostics", self.on_array)
        self.parameters = AsyncParameterClient(self.node, name)

    def on_array(self, array):
        mine = [status for status in array.status if status.name.startswith(f"/{self.name}: ")]
        self.tasks.update({status.name.split(": ", 1)[1]: status for status in mine})
        if mine:
            self.arrays.append(array)

    def says(self, task, level, text, seconds=20.0):
        def said():
            status = self.tasks.get(task)
            return status and status.level == level and text in status.message

        try:
            self.until("", said, seconds)
        except AssertionError:
            seen = {task: (status.level, status.message) for task, status in self.tasks.items()}
            raise AssertionError(f"{task} does not say {text!r} at {level}: {seen}") from None

    def allow(self, **values):
        """Sets thresholds."""
        changes = [Parameter(f"diagnostics.{name}", value=value) for name, value in values.items()]
        self.until("parameter services", self.parameters.services_are_ready)
        future = self.parameters.set_parameters_atomically(changes)
        self.until("an answer", future.done)
        assert future.result().result.successful, future.result()


def freeze(process, seconds):
    process.send_signal(signal.SIGSTOP)
    time.sleep(seconds)
    process.send_signal(signal.SIGCONT)


def check_without_a_robot(watcher):
    watcher.until("all tasks", lambda: set(watcher.tasks) == TASKS)
    assert all(status.level == OK and status.hardware_id == "arm" for status in watcher.tasks.values())
    watcher.says("inputs", OK, "no model is loaded")
    success, message = watcher.trigger("activate")
    assert not success and "stale input" in message
    watcher.says("inputs", WARN, "no image has come; activate will be refused")
    stamp = watcher.arrays[-1].header.stamp
    assert abs(stamp.sec - time.time()) < 3.0, stamp
    watcher.arrays.clear()
    watcher.spin(3.0)
    assert 2 <= len(watcher.arrays) <= 4, f"{len(watcher.arrays)} arrays in 3 s"
    print(f"{len(TASKS)} tasks a second; without a robot: {watcher.tasks['inputs'].message}", flush=True)


def check_stalls(watcher, processes):
    """Both are over before anybody could compute a mean that shows them."""
    robot = processes.start("robot", "robot", "arm")
    watcher.until("activated", lambda: watcher.trigger("activate")[0])
    watcher.allow(gap=0.09, late_ticks=1.0)
    watcher.says("supervisor", OK, "Holding")
    watcher.says("inputs", OK, "fresh")
    watcher.says("command loop", OK, "largest gap")
    freeze(processes["node"], 0.3)
    watcher.says("command loop", ERROR, "control.max_gap is 100.0 ms", seconds=3.0)
    print(f"node stalled for 0.3 s: {watcher.tasks['command loop'].message}", flush=True)
    watcher.says("command loop", OK, "largest gap")
    watcher.says("inputs", OK, "fresh")
    freeze(robot, 0.5)
    watcher.says("inputs", ERROR, "control.stale_", seconds=3.0)
    print(f"robot stalled for 0.5 s: {watcher.tasks['inputs'].message}", flush=True)
    watcher.says("inputs", OK, "fresh")


def check_thresholds(watcher):
    """They are parameters, and live."""
    watcher.allow(gap=0.001)
    watcher.says("command loop", WARN, "diagnostics.gap is 1.0 ms")
    watcher.allow(gap=0.09)
    watcher.says("command loop", OK, "largest gap")
    watcher.allow(input_age=0.01)
    watcher.says("inputs", WARN, "was")
    watcher.allow(input_age=1.0)

    goals = watcher.node.create_publisher(JointState, f"/{watcher.name}/goal/joints", 10)
    watcher.until("somebody takes goals", lambda: goals.get_subscription_count() > 0)
    watcher.allow(budget=0.0, limited=0.0)
    for turn in range(20):
        goals.publish(JointState(name=["shoulder", "elbow"], position=[1.2 * (-1) ** turn, 0.4]))
        watcher.spin(1.0)
        seen = [watcher.tasks[task].level for task in ("planner", "limits")]
        if seen == [WARN, WARN]:
            break
    assert seen == [WARN, WARN], watcher.tasks
    print(f"{watcher.tasks['planner'].message}; {watcher.tasks['limits'].message}", flush=True)
    watcher.allow(budget=100.0, limited=1.0)
    watcher.says("planner", OK, "slowest plan")
    watcher.says("limits", OK, "changed")


def check_losses(watcher):
    watcher.says("transport", OK, "nothing lost")
    images = watcher.node.create_publisher(Image, "/image", qos_profile_sensor_data)
    watcher.until("somebody takes images", lambda: images.get_subscription_count() > 0)
    stamp = watcher.node.get_clock().now().to_msg()
    wrong = Image(width=2, height=2, step=6, encoding="nonsense", data=bytes(12))
    wrong.header.stamp = stamp
    images.publish(wrong)
    watcher.says("transport", WARN, "1 messages refused")
    print(f"a wrong image: {watcher.tasks['transport'].message}", flush=True)
    watcher.says("transport", OK, "nothing lost")


if __name__ == "__main__":
    with session() as started:
        client = Watcher()
        started.start("node", "node", "arm")
        check_without_a_robot(client)
        check_stalls(client, started)
        check_thresholds(client)
        check_losses(client)
        started["robot"].kill()
        client.says("inputs", ERROR, "old")
        assert started.stop("node", signal.SIGINT) == 0
