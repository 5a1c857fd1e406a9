"""A node in the shadow of another that drives the arm, of one that stands still, and of one that errs about; and of
somebody who drives the rover in circles.

Run by `tests/run`, or alone with a built binary and a sourced ROS 2:
    python tests/ros2/test_shadow.py target/release/forerun
"""

import math
import random
import signal
import tempfile

from peer import Client, session
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import Twist, TwistStamped
from lifecycle_msgs.srv import ChangeState
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import Image, JointState
from std_msgs.msg import Float64MultiArray
from test_robot import ROBOTS, photograph

COMMAND = "/command"
JOINTS = ["shoulder", "elbow"]
GOALS = ((0.5, -0.9), (-0.7, 1.1), (0.9, 0.8), (-0.4, -0.6))
# A busy machine must not stop the robot here: stops have tests of their own.
PATIENT = tuple(
    word
    for name in ("stale_state", "stale_image", "stale_plan", "max_gap")
    for word in ("-p", f"control.{name}:=5.0")
)


class Node(Client):
    """A node that takes goals; the first that is asked also looks who commands the robot, whenever it spins."""

    def __init__(self, name):
        super().__init__(name)
        self.goals = self.node.create_publisher(JointState, f"/{name}/goal/joints", 10)

    def pursue(self, goal):
        before = int(self.value("goal") or 0)
        self.until("somebody takes goals", lambda: self.goals.get_subscription_count() > 0)
        self.goals.publish(JointState(name=JOINTS, position=goal))
        self.until(f"goal {goal} accepted", lambda: int(self.value("goal") or 0) > before)

    def reached(self, goal):
        self.until(f"goal {goal} reached", lambda: self.status.message == "Holding: goal reached", 30.0)


class Shadow(Node):
    """The node in the shadow: what it reports, and who was ever seen to publish commands on one of `topics`."""

    def __init__(self, *topics):
        super().__init__("shadow")
        self.topics, self.reports, self.commanders, self.position = topics, [], set(), []
        self.hear(DiagnosticArray, "/diagnostics", self.on_diagnostics)
        self.hear(JointState, "/joint_states", self.on_state)

    def on_diagnostics(self, array):
        for status in array.status:
            if status.name.endswith(": shadow"):
                assert status.name == "/shadow: shadow", f"{status.name} is in nobody's shadow"
                self.reports.append((status, {pair.key: pair.value for pair in status.values}))
        self.look()

    def on_state(self, message):
        self.position = message.position

    def look(self):
        """Every publisher of the topics on the graph."""
        for topic in self.topics:
            found = self.node.get_publishers_info_by_topic(topic)
            self.commanders |= {info.node_name for info in found}

    def judged(self, plans, drive=lambda: None):
        """The verdict of the next reports, as many as it takes until `plans` plans were compared."""
        self.reports.clear()

        def compared():
            drive()
            return sum(int(values["plans compared"]) for _, values in self.reports) >= plans

        self.until(f"{plans} plans compared", compared, 40.0)
        return self.verdict()

    def verdict(self):
        """Mean costs (ours, its) and rms divergence of the reports since the last clearing."""
        counted, ours, its, squares = 0, 0.0, 0.0, 0.0
        for _, values in self.reports:
            count = int(values["plans compared"])
            if not count:
                continue
            counted += count
            ours += count * float(values["cost of our plans"])
            its += count * float(values["cost of its commands"])
            axes = values["divergence [of the velocity limits, rms an axis]"].split(", ")
            assert len(axes) == len(JOINTS), axes
            squares += count * sum(float(axis) ** 2 for axis in axes) / len(axes)
        verdict = ours / counted, its / counted, math.sqrt(squares / counted)
        print(f"{counted} plans: ours cost {verdict[0]:.2f}, its commands {verdict[1]:.2f}, divergence {verdict[2]:.3f}", flush=True)
        return verdict


def together(incumbent, shadow, goals):
    """Both pursue the same goals; the incumbent drives there."""
    for goal in goals:
        incumbent.pursue(goal)
        shadow.pursue(goal)
        incumbent.reached(goal)
        shadow.reached(goal)
        error = max(abs(a - b) for a, b in zip(shadow.position, goal))
        assert error < 0.1, f"reached is claimed {error:.3f} rad from the goal"
        yield error


def check_twin(incumbent, shadow):
    """An incumbent that is the same controller: goals are reached as ever, and the shadow would do the same."""
    shadow.reports.clear()
    errors = list(together(incumbent, shadow, GOALS))
    print(f"{len(errors)} goals reached, at most {max(errors):.3f} rad from them", flush=True)
    assert int(shadow.value("plans")) > 50, shadow.status

    return shadow.verdict()


def check_erring(shadow):
    """Somebody who sends the arm to and fro, as nobody's plan would."""
    publisher = shadow.node.create_publisher(Float64MultiArray, COMMAND, 10)
    shadow.until("the robot hears", lambda: publisher.get_subscription_count() >= 2)
    chance, speed = random.Random(7), [0.0, 0.0]

    def drive():
        for axis in range(2):
            # It comes back from where the joints end.
            back = -1.0 if shadow.position[axis] > 1.2 else 1.0 if shadow.position[axis] < -1.2 else 0.0
            drawn = back or chance.uniform(-1.0, 1.0)
            speed[axis] += 0.2 * (1.5 * drawn - speed[axis])
        publisher.publish(Float64MultiArray(data=speed))

    verdict = shadow.judged(60, drive)
    assert shadow.status.message.startswith("Tracking"), shadow.status

    # Not even a robot that goes on moving keeps it from being deactivated.
    caller = shadow.node.create_client(ChangeState, "/shadow/change_state")
    shadow.until("change_state", caller.service_is_ready)
    request = ChangeState.Request()
    request.transition.id = 4
    answer = caller.call_async(request)

    def answered():
        drive()
        return answer.done()

    shadow.until("deactivated", answered)
    assert answer.result().success and shadow.value("state") != "Fault", shadow.status
    shadow.node.destroy_publisher(publisher)
    return verdict


def check_best_effort(shadow):
    """Drivers that publish best effort are heard, too."""
    publisher = shadow.node.create_publisher(Float64MultiArray, COMMAND, qos_profile_sensor_data)
    shadow.reports.clear()

    def heard():
        publisher.publish(Float64MultiArray(data=[0.0, 0.0]))
        return any(int(values["commands of the incumbent since the last report"]) > 5 for _, values in shadow.reports)

    # The report after those that still count what went before.
    shadow.until("two reports", lambda: len(shadow.reports) > 2)
    shadow.reports.clear()
    shadow.until("best effort heard", heard)
    shadow.node.destroy_publisher(publisher)


def check(processes):
    camera = ("--size", "320x240", "--camera-rate", "30", "--drops", "0")
    processes.start("robot", "robot", "arm", *camera)
    start = ("--ros-args", *PATIENT, "-p", "autostart:=true")
    processes.start("shadow", "node", "arm", *start, "-r", "__node:=shadow", "-p", "command:=shadow")
    shadow = Shadow(COMMAND)
    shadow.until("the shadow holds", lambda: shadow.status.message.startswith("Holding"), 60.0)
    shadow.until("a report", lambda: shadow.reports)
    status, values = shadow.reports[-1]
    assert status.level == b"\1" and "no command of an incumbent has come" in status.message, status
    assert not shadow.node.get_publishers_info_by_topic(COMMAND), "it commands"

    processes.start("incumbent", "node", "arm", *start, "-r", "__node:=incumbent")
    incumbent = Node("incumbent")
    incumbent.until("the incumbent holds", lambda: incumbent.status.message.startswith("Holding"), 60.0)
    shadow.until("it is heard", lambda: shadow.reports[-1][0].level == b"\0")
    listeners = {info.node_name for info in shadow.node.get_subscriptions_info_by_topic(COMMAND)}
    assert listeners == {"arm", "shadow"}, listeners
    change = Parameter("command", value="stream").to_parameter_msg()
    (result,) = shadow.ask(SetParameters, "set_parameters", parameters=[change]).results
    assert not result.successful, "a shadow must not turn into a commander"

    ours, its, twins = check_twin(incumbent, shadow)
    twin_regret = its - ours
    print(f"the same controller: regret {twin_regret:+.2f}", flush=True)

    # The incumbent holds; the shadow alone wants to go somewhere.
    assert incumbent.trigger("hold")[0]
    incumbent.until("it stands", lambda: incumbent.status.message.startswith("Holding"))
    far = [-1.3 if position > 0.0 else 1.3 for position in shadow.position]
    shadow.pursue(far)
    shadow.spin(1.5)
    ours, its, stands = shadow.judged(60)
    assert stands > 2.0 * twins, f"divergence {stands:.3f} from one that stands, {twins:.3f} from the same"
    still_regret = its - ours
    assert still_regret > 3.0 * abs(twin_regret), (its, ours, twin_regret)
    assert shadow.commanders == {"incumbent"}, shadow.commanders

    assert processes.stop("incumbent", signal.SIGTERM) == 0
    ours, its, errs = check_erring(shadow)
    assert errs > 2.0 * twins, f"divergence {errs:.3f} from one that errs, {twins:.3f} from the same"
    assert its - ours > 3.0 * abs(twin_regret), (its, ours, twin_regret)
    check_best_effort(shadow)
    assert "shadow" not in shadow.commanders and "incumbent" in shadow.commanders, shadow.commanders
    print(f"commanders ever seen: {', '.join(sorted(shadow.commanders))}", flush=True)
    for name in ("shadow", "robot"):
        assert processes.stop(name, signal.SIGTERM) == 0, name
    incumbent.close()
    shadow.close()


def check_rover(processes):
    """Twists on `cmd_vel`: circles, whatever the goal."""
    rover = ROBOTS["rover"]
    camera = ("--size", "320x240", "--camera-rate", "30", "--drops", "0")
    processes.start("robot", "robot", "rover", *camera, *rover.serve)
    start = ("--ros-args", *PATIENT, "-p", "autostart:=true")
    processes.start("shadow", "node", "rover", *start, "-r", "__node:=shadow", "-p", "command:=shadow")
    shadow = Shadow("/cmd_vel")
    shadow.until("the shadow holds", lambda: shadow.status.message.startswith("Holding"), 60.0)
    # Somebody who says nothing that is understood is named, and not compared with.
    plain = shadow.node.create_publisher(Twist, "/cmd_vel", 10)
    shadow.until("named as unheard", lambda: "geometry_msgs/msg/Twist, expected" in shadow.value("unheard"))
    shadow.node.destroy_publisher(plain)

    publisher = shadow.node.create_publisher(TwistStamped, "/cmd_vel", 10)
    goals = shadow.node.create_publisher(Image, "/shadow/goal/image", 10)
    wrong = TwistStamped()
    wrong.twist.linear.y = 1.0

    def none_is_used():
        publisher.publish(wrong)
        status = shadow.reports[-1][0]
        return status.level == b"\1" and "none that can be used" in status.message and "cmd_vel" in status.message

    shadow.until("only wrong commands come: said", none_is_used)
    with tempfile.TemporaryDirectory() as folder:
        goal = photograph(rover, rover.far, folder)
    shadow.until("both hear", lambda: publisher.get_subscription_count() >= 2 and goals.get_subscription_count() > 0)
    goals.publish(goal)
    circle = TwistStamped()
    circle.twist.linear.x, circle.twist.angular.z = 0.2, 1.0
    shadow.until("it plans", lambda: shadow.status.message.startswith("Tracking"))
    ours, its, errs = shadow.judged(60, lambda: publisher.publish(circle))
    assert its > ours and errs > 0.1, (ours, its, errs)
    # What is no command is counted, and never compared.
    refused = int(shadow.value("refused"))
    for _ in range(10):
        circle.twist.linear.x = math.nan
        publisher.publish(circle)
        circle.twist.linear.x, circle.twist.linear.y = 0.2, 1.0
        publisher.publish(circle)
        circle.twist.linear.y = 0.0
    shadow.until("counted", lambda: int(shadow.value("refused")) >= refused + 20)
    assert "not compared: cmd_vel" in shadow.value("refusal"), shadow.value("refusal")
    shadow.until("diagnosed", lambda: any("of the incumbent can't be used: cmd_vel" in status.message for status, _ in shadow.reports))
    assert shadow.commanders == {"client_of_shadow"}, shadow.commanders
    for name in ("shadow", "robot"):
        assert processes.stop(name, signal.SIGTERM) == 0, name
    shadow.close()


if __name__ == "__main__":
    with session() as processes:
        check(processes)
        check_rover(processes)
