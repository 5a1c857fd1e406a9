"""A managed node, asked over DDS as nav2's lifecycle_manager asks (`bond_timeout: 0`), beside a node of rcl_lifecycle's own.

Run by `tests/run`, or alone with a built binary and a sourced ROS 2:
    python tests/ros2/test_lifecycle.py target/release/forerun
"""

import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from peer import FORERUN, ROOT, Client, session
from lifecycle_msgs.msg import State, Transition, TransitionEvent
from lifecycle_msgs.srv import ChangeState, GetAvailableStates, GetAvailableTransitions, GetState
from rclpy.lifecycle import Node as LifecycleNode
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray
from std_srvs.srv import Trigger

# Attempts to activate before inputs are fresh: begun, and failed.
LATE = ((2, 13), (13, 2))
# A busy machine must not stop the robot here: stops have tests of their own.
PATIENT = tuple(
    word
    for name in ("stale_state", "stale_image", "stale_plan", "max_gap")
    for word in ("-p", f"control.{name}:=5.0")
)
# What the graph has beyond rcl_lifecycle's: (id, label, start, goal).
MORE = {(2, "cleanup", 15, 11), (99, "transition_error", 3, 15)}


def edge(described):
    """A TransitionDescription or TransitionEvent as numbers and labels."""
    transition = described.transition
    return (transition.id, transition.label, described.start_state.id, described.goal_state.id)


# Leads a session of its own on the terminal that it is given, whatever its parent ignores.
LEADER = """
import fcntl, os, signal, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""


class Manager(Client):
    """What nav2's lifecycle_manager asks, and what it could hear."""

    def __init__(self, name="forerun"):
        super().__init__(name)
        self.events = []
        self.commands = []
        self.hear(TransitionEvent, f"/{name}/transition_event", self.events.append)
        self.hear(Float64MultiArray, "/command", lambda message: self.commands.append(list(message.data)))
        self.goals = self.node.create_publisher(JointState, f"/{name}/goal/joints", 10)

    def pursue(self, *position):
        """Gives a goal, again if a node that just came misses the first, and waits for motion."""
        goal = JointState(name=["shoulder", "elbow"], position=position)
        # A look ten times a second: a short way is over in one.
        for look in range(100):
            if look % 5 == 0:
                self.goals.publish(goal)
            self.spin(0.1)
            if self.commands and max(map(abs, self.commands[-1])) > 0.5:
                return
        raise AssertionError(f"no motion; {self.status}")

    def state(self):
        state = self.ask(GetState, "get_state").current_state
        return (state.id, state.label)

    def change(self, number, label=""):
        return self.ask(ChangeState, "change_state", transition=Transition(id=number, label=label)).success

    def pass_to(self, number, goal):
        """As nav2's manager does: ask, then look whether the node is where it should be."""
        done = self.change(number)
        for _ in range(5):
            if done or number != Transition.TRANSITION_ACTIVATE:
                break
            # A busy machine may bring inputs too late for the first time.
            self.spin(1.0)
            done = self.change(number)
        assert done, f"transition {number} refused: {self.value('lifecycle_refusal')}"
        state = self.state()
        assert state[0] == goal, f"{state} after transition {number}"

    def refused(self, number, why, label=""):
        before = self.state()
        assert not self.change(number, label), f"transition {number} {label} in {before}"
        assert self.state() == before
        self.until(f"the reason {why!r}", lambda: why in self.value("lifecycle_refusal"))

    def possible(self, service="get_available_transitions"):
        return [edge(described) for described in self.ask(GetAvailableTransitions, service).available_transitions]

    def commanders(self):
        return self.node.get_publishers_info_by_topic("/command")

    def arrived(self, count):
        self.until(f"{count} transition events", lambda: len(self.events) >= count)
        events = [edge(event) for event in self.events]
        self.events.clear()
        stamped = all(event[0] for event in events)
        assert stamped, f"events without their transition: {events}"
        return [(start, goal) for _, _, start, goal in events]


def same_as_rcl(ours):
    """States, graph and events are those of a node that rcl_lifecycle runs."""
    node = LifecycleNode("reference")
    theirs = Manager("reference")
    theirs.executor.add_node(node)
    states = [client.ask(GetAvailableStates, "get_available_states").available_states for client in (ours, theirs)]
    ours_states, their_states = ([(state.id, state.label) for state in listed] for listed in states)
    assert ours_states == their_states, (ours_states, their_states)
    graphs = [set(client.possible("get_transition_graph")) for client in (ours, theirs)]
    assert graphs[0] - graphs[1] == MORE and not graphs[1] - graphs[0], graphs[0] ^ graphs[1]
    assert sorted(ours.possible()) == sorted(theirs.possible())
    theirs.until("the reference's events", lambda: node.count_subscribers("/reference/transition_event") > 0)
    for number, goal in ((1, 2), (3, 3), (4, 2), (2, 1), (5, 4)):
        theirs.pass_to(number, goal)
    theirs.until("the reference's events", lambda: len(theirs.events) >= 10)
    events = [(event.start_state.id, event.goal_state.id) for event in theirs.events]
    theirs.executor.remove_node(node)
    theirs.close()
    node.destroy_node()
    print(f"{len(ours_states)} states and {len(graphs[1])} transitions as rcl_lifecycle has them", flush=True)
    return events


def threads(process):
    tasks = Path(f"/proc/{process.pid}/task").iterdir()
    return {(task / "comm").read_text().strip() for task in tasks}


def check_management(client, processes):
    node = processes.start("node", "node", "arm", "--ros-args", *PATIENT)
    client.until("a status", lambda: client.status.message != "")
    # 1. What a manager finds.
    assert client.state() == (State.PRIMARY_STATE_UNCONFIGURED, "unconfigured")
    assert client.status.message == "Unconfigured: start", client.status.message
    assert not client.commanders() and "planner" not in threads(node)
    events = same_as_rcl(client)
    client.refused(Transition.TRANSITION_ACTIVATE, "transition 3 is not possible in state unconfigured")
    client.refused(0, '"deactivate" is not possible', label="deactivate")
    client.refused(77, "possible: configure (1), shutdown (5)")
    client.until("events are heard", lambda: client.node.count_publishers("/forerun/transition_event") > 0)

    # 2. Without a robot: configured, but not activated.
    client.pass_to(Transition.TRANSITION_CONFIGURE, State.PRIMARY_STATE_INACTIVE)
    assert {"planner", "command", "sender"} <= threads(node)
    client.refused(Transition.TRANSITION_ACTIVATE, "activate: stale input")
    assert client.arrived(4) == [(1, 10), (10, 2), (2, 13), (13, 2)]
    client.pass_to(Transition.TRANSITION_CLEANUP, State.PRIMARY_STATE_UNCONFIGURED)
    assert client.arrived(2) == [(2, 11), (11, 1)]
    client.until("no commander after cleanup", lambda: not client.commanders())
    assert "planner" not in threads(node), threads(node)
    client.until("it says why", lambda: client.status.message == "Unconfigured: cleaned up")
    print("unconfigured, configured, refused without a robot, cleaned up", flush=True)

    # 3. With a robot: start-up as the manager does it, then its shutdown, twice, as many threads as before.
    processes.start("robot", "robot", "arm")
    client.until("a robot", lambda: client.node.count_publishers("/joint_states") > 0)
    for turn in range(2):
        for number, goal in ((1, State.PRIMARY_STATE_INACTIVE), (3, State.PRIMARY_STATE_ACTIVE)):
            client.state()
            client.pass_to(number, goal)
        client.spin(0.5)
        client.commands.clear()
        client.spin(1.0)
        assert 15 <= len(client.commands) <= 25, f"{len(client.commands)} commands in a second at rest"
        client.pursue(2.0 - 4.0 * turn, 0.5)
        client.commands.clear()
        client.pass_to(Transition.TRANSITION_DEACTIVATE, State.PRIMARY_STATE_INACTIVE)
        client.spin(0.3)
        fastest = max(max(map(abs, command)) for command in client.commands)
        assert fastest > 0.3 and client.commands[-1] == [0.0, 0.0], client.commands
        braking = len(client.commands)
        client.spin(0.5)
        assert len(client.commands) == braking, "commands after deactivate"
        client.pass_to(Transition.TRANSITION_CLEANUP, State.PRIMARY_STATE_UNCONFIGURED)
        print(f"up and down: braked from {fastest:.2f} rad/s in {braking} commands, then silence", flush=True)
    client.pass_to(Transition.TRANSITION_UNCONFIGURED_SHUTDOWN, State.PRIMARY_STATE_FINALIZED)
    client.until("finalized", lambda: any(event.goal_state.id == 4 for event in client.events))
    heard = [event for event in client.arrived(18) if event not in LATE]
    assert heard == [event for event in events[:8] * 2 + events[8:] if event not in LATE], heard
    client.until("it says why", lambda: client.status.message == "Unconfigured: shut down")
    client.refused(Transition.TRANSITION_CONFIGURE, "start the node anew")
    assert client.possible() == []
    assert processes.stop("node", signal.SIGTERM) == 0
    print("the manager's sequence, twice; events as rcl_lifecycle publishes them; finalized, then exit 0", flush=True)


def check_shortcuts(client, processes):
    """`~/activate` configures by itself; a shutdown from Active brakes; SIGINT deactivates."""
    node = processes.start("node", "node", "arm", "--ros-args", *PATIENT)
    client.until("a new node", lambda: client.status.message == "Unconfigured: start")
    client.until("activated", lambda: client.trigger("activate") == (True, "Holding"))
    assert client.state()[0] == State.PRIMARY_STATE_ACTIVE
    client.pursue(0.9, 0.4)
    client.pass_to(Transition.TRANSITION_ACTIVE_SHUTDOWN, State.PRIMARY_STATE_FINALIZED)
    client.spin(0.3)
    assert client.commands[-1] == [0.0, 0.0], client.commands[-1]
    success, message = client.trigger("activate")
    assert not success and "finalized" in message, message
    client.events.clear()
    assert processes.stop("node", signal.SIGINT) == 0

    node = processes.start("node", "node", "arm", "--ros-args", *PATIENT, "-p", "autostart:=true")
    client.until("active by itself", lambda: client.status.message == "Holding: requested")
    assert client.arrived(4) == [(1, 10), (10, 2), (2, 13), (13, 3)]
    # One wish: a service manager tells every process, and launch its own once more.
    node.send_signal(signal.SIGTERM)
    node.send_signal(signal.SIGINT)
    assert processes.stop("node", signal.SIGINT) == 0
    assert client.arrived(2) == [(3, 14), (14, 2)]
    print("~/activate configures; shutdown brakes; autostart and SIGINT leave their events", flush=True)


def check_hangup(client, processes):
    """The terminal closes in motion, as at the end of an ssh session: the node brakes, and ends."""
    terminal, inner = pty.openpty()
    line = [sys.executable, "-c", LEADER, str(FORERUN), "node", "arm", "--ros-args", *PATIENT, "--log-level", "info"]
    node = subprocess.Popen(line, stdin=inner, stdout=inner, stderr=inner)
    processes["node"] = node
    os.close(inner)
    client.granted("activate")
    client.pursue(-0.9, -0.4)
    client.events.clear()
    client.commands.clear()
    # What it says from now on can't be written any more.
    os.close(terminal)
    client.until("it ends", lambda: node.poll() is not None)
    client.spin(0.3)
    fastest = max(max(map(abs, command)) for command in client.commands)
    assert fastest > 0.3 and client.commands[-1] == [0.0, 0.0], client.commands
    assert node.returncode == 0, node.returncode
    assert client.arrived(2) == [(3, 14), (14, 2)]
    # Where this test runs under nohup, the robot does, too.
    heard = signal.getsignal(signal.SIGHUP) != signal.SIG_IGN
    assert processes.stop("robot", signal.SIGHUP if heard else signal.SIGTERM) == 0
    print(f"a terminal that closes: braked from {fastest:.2f} rad/s, exit 0; the robot, too", flush=True)


def check_bad_package(client, processes, folder):
    """A package that is refused is no end: it is mended, and configured."""
    package = Path(folder) / "arm"
    shutil.copytree(ROOT / "models" / "arm", package)
    graph = package / "probe.onnx"
    sound = graph.read_bytes()
    graph.write_bytes(sound[:-1])
    refused = processes.start("node", "node", "arm", "--model", str(package), "--ros-args", "-p", "autostart:=true", stderr=subprocess.PIPE)
    _, said = refused.communicate(timeout=30)
    assert refused.returncode == 3 and graph.name in said.decode(), (refused.returncode, said)
    node = processes.start("node", "node", "arm", "--model", str(package), "--ros-args", *PATIENT, stderr=subprocess.PIPE)
    # What the refused one has left.
    client.spin(0.5)
    client.status.message = ""
    client.until("a new node", lambda: client.status.message == "Unconfigured: start")
    client.events.clear()
    client.refused(Transition.TRANSITION_CONFIGURE, graph.name)
    client.until("it says why", lambda: client.status.message == "Unconfigured: configure failed")
    assert client.arrived(2) == [(1, 10), (10, 1)]
    assert not client.commanders()
    graph.write_bytes(sound)
    client.pass_to(Transition.TRANSITION_CONFIGURE, State.PRIMARY_STATE_INACTIVE)
    client.pass_to(Transition.TRANSITION_ACTIVATE, State.PRIMARY_STATE_ACTIVE)
    node.send_signal(signal.SIGTERM)
    _, said = node.communicate(timeout=15)
    assert node.returncode == 0 and graph.name in said.decode(), said
    print("a broken package: refused by its file's name, mended, configured; with autostart exit 3", flush=True)


def check_race(client, processes):
    """Who calls as soon as a service is there is served before autostart, which takes it as done, and goes on."""
    for kind, service, request in (
        (ChangeState, "change_state", ChangeState.Request(transition=Transition(id=Transition.TRANSITION_CONFIGURE))),
        (Trigger, "activate", Trigger.Request()),
    ) * 2:
        caller = client.node.create_client(kind, f"/forerun/{service}")
        client.until("the last one is gone", lambda: not caller.service_is_ready())
        node = processes.start("node", "node", "arm", "--ros-args", *PATIENT, "-p", "autostart:=true")
        end = time.monotonic() + 20.0
        while not caller.service_is_ready():
            assert time.monotonic() < end, service
            time.sleep(0.0005)
        answer = caller.call_async(request)
        client.until(f"an answer of {service}", answer.done)
        client.until("active", lambda: client.state()[0] == State.PRIMARY_STATE_ACTIVE)
        assert node.poll() is None, node.returncode
        client.node.destroy_client(caller)
        assert processes.stop("node", signal.SIGINT) == 0
    print("configured or activated before autostart got to it: it goes on", flush=True)


if __name__ == "__main__":
    with session() as started, tempfile.TemporaryDirectory() as scratch:
        manager = Manager()
        check_management(manager, started)
        check_shortcuts(manager, started)
        check_race(manager, started)
        check_bad_package(manager, started, scratch)
        check_hangup(manager, started)
