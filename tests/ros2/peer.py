"""What the tests here have in common: processes of the binary under test, and a client of one node.

Importing it puts this process, and those that it starts, into a DDS domain of their own on this machine.
"""

import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FORERUN = Path(sys.argv[1] if len(sys.argv) > 1 else "target/release/forerun").resolve()

import domain  # noqa: E402, F401  (before rclpy reads the environment)
import rclpy  # noqa: E402
from diagnostic_msgs.msg import DiagnosticStatus  # noqa: E402
from rclpy.executors import SingleThreadedExecutor  # noqa: E402
from std_srvs.srv import Trigger  # noqa: E402


class Processes(dict):
    """Processes by name; none outlives the test."""

    def start(self, name, *arguments, **options):
        """Starts the binary under test, after whatever had the name before."""
        self.end(name)
        self[name] = subprocess.Popen([str(FORERUN), *arguments], **options)
        return self[name]

    def stop(self, name, number):
        """Sends a signal and gives the exit status."""
        self[name].send_signal(number)
        return self[name].wait(15)

    def end(self, name):
        """Kills it if it runs."""
        process = self.get(name)
        if process and process.poll() is None:
            process.kill()
            process.wait()


@contextmanager
def session():
    """rclpy and processes, both gone at the end."""
    rclpy.init()
    processes = Processes()
    try:
        yield processes
    finally:
        for name in processes:
            processes.end(name)
        rclpy.shutdown()


class Client:
    """Asks the node `name` (in full, without the first slash) and hears its `~/status`."""

    def __init__(self, name="forerun"):
        self.name = name
        self.node = rclpy.create_node("client_of_" + name.replace("/", "_"))
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.node)
        self.status = DiagnosticStatus()
        self.hear(DiagnosticStatus, f"/{name}/status", self.on_status)

    def on_status(self, message):
        self.status = message

    def hear(self, kind, topic, callback, qos=50):
        return self.node.create_subscription(kind, topic, callback, qos)

    def value(self, key):
        """A value of `~/status`."""
        return next((pair.value for pair in self.status.values if pair.key == key), "")

    def until(self, what, done, seconds=20.0):
        """Spins until `done()`; fails by name if that takes too long."""
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, f"not within {seconds} s: {what}; {self.status}"
            self.executor.spin_once(timeout_sec=0.02)

    def spin(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.executor.spin_once(timeout_sec=0.01)

    def ask(self, kind, service, **request):
        """Calls `~/service` and gives the answer."""
        caller = self.node.create_client(kind, f"/{self.name}/{service}")
        self.until(service, caller.service_is_ready)
        answer = caller.call_async(kind.Request(**request))
        self.until(f"answer of {service}", answer.done)
        self.node.destroy_client(caller)
        return answer.result()

    def trigger(self, service):
        answer = self.ask(Trigger, service)
        return answer.success, answer.message

    def granted(self, service):
        """Calls until it is granted: discovery and fresh inputs take their time."""
        self.until(service, lambda: self.trigger(service)[0])

    def refused(self, service, why):
        success, message = self.trigger(service)
        assert not success and why in message, f"{service}: {message}; expected {why!r}"

    def close(self):
        self.executor.remove_node(self.node)
        self.node.destroy_node()
