"""An rclpy node that subscribes and publishes what the Forerun node does, at the same rates, and decides nothing.

`forerun bench ros` runs it beside the node, in the same namespace; what it commands goes to a topic of its own: at
rest every tenth tick, from SIGUSR1 on every tick. At SIGINT it prints what it measured: from an image's stamp to the
publishing of the first command after it [ms].
"""

import json
import signal
import sys
import time
from collections import Counter

import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from geometry_msgs.msg import TwistStamped
from nav_msgs.msg import Odometry
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import Image, JointState
from std_msgs.msg import Float64MultiArray

# Ticks between two commands at rest.
REPEAT = 10
# Width of a bin of times [ms].
BIN = 0.02


class Peer(Node):
    """Sees, and commands zeros."""

    def __init__(self, robot, moving):
        super().__init__("rclpy_peer")
        self.fresh = None
        self.images = self.ticks = self.commands = 0
        self.moving = moving
        self.times = Counter()
        self.create_subscription(Image, "image", self.on_image, qos_profile_sensor_data)
        self.create_subscription(JointState, "joint_states", self.on_state, qos_profile_sensor_data)
        self.create_subscription(Odometry, "odom", self.on_state, qos_profile_sensor_data)
        self.command = TwistStamped() if robot == "rover" else Float64MultiArray(data=[0.0, 0.0])
        self.sink = self.create_publisher(type(self.command), "rclpy_peer/command", 10)
        self.status = self.create_publisher(DiagnosticStatus, "rclpy_peer/status", 10)
        self.diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self.create_timer(0.005, self.tick)
        self.create_timer(0.1, lambda: self.status.publish(self.say()))
        self.create_timer(1.0, lambda: self.diagnostics.publish(DiagnosticArray(status=[self.say()] * 6)))

    def say(self):
        values = [KeyValue(key=str(number), value="0.0") for number in range(24)]
        return DiagnosticStatus(name="rclpy_peer", message="seeing", values=values)

    def on_image(self, image):
        self.images += 1
        self.fresh = image.header.stamp

    def on_state(self, state):
        self.state = state

    def tick(self):
        self.ticks += 1
        if not self.moving and self.ticks % REPEAT:
            return
        self.sink.publish(self.command)
        self.commands += 1
        if self.moving and self.fresh is not None:
            stamp = self.fresh.sec * 1_000_000_000 + self.fresh.nanosec
            self.times[round((time.time_ns() - stamp) / 1e6 / BIN)] += 1
            self.fresh = None


def quantile(times, fraction):
    """In bins, as the node counts."""
    wanted, seen = fraction * times.total(), 0
    for bin, count in sorted(times.items()):
        seen += count
        if seen >= wanted:
            return bin * BIN
    return 0.0


if __name__ == "__main__":
    # A KeyboardInterrupt in the middle of a callback would be an error of rclpy's: only a flag is raised.
    over, moving = [], []
    signal.signal(signal.SIGINT, lambda *_: over.append(True))
    signal.signal(signal.SIGUSR1, lambda *_: moving.append(True))
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    peer = Peer(sys.argv[1], moving)
    executor = SingleThreadedExecutor()
    executor.add_node(peer)
    while not over:
        executor.spin_once(timeout_sec=0.1)
    quantiles = {name: quantile(peer.times, fraction) for name, fraction in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))}
    times = {"n": peer.times.total()} | quantiles
    print(json.dumps({"images": peer.images, "commands": peer.commands, "image_to_command": times}))
