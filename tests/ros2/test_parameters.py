"""The node's parameters, as rclpy's parameter client asks for them (`ros2 param` and rqt_reconfigure do no other).

Run by `tests/run`, or alone with a built binary and a sourced ROS 2:
    python tests/ros2/test_parameters.py target/release/forerun
"""

import json
import platform
import signal
import subprocess
import tempfile
from pathlib import Path

import rclpy
from peer import FORERUN, Client, session
from rcl_interfaces.msg import ParameterEvent, ParameterType
from rclpy.parameter import Parameter, parameter_value_to_python
from rclpy.parameter_client import AsyncParameterClient

# What a value may look like, quoted and not.
WORDS = """true True TRUE tRue false False yes Yes YES yEs no off on On y N 5 +5 -5 0x10 -0X1f 010 08 0o10 1_000 1e1 .5 5. 1.e3
9223372036854775807 9223372036854775808 .inf inf nan .NaN 1e400 1e-400 null 1.0.0 12:30 "stream" 'stream' "true" '5' a#b =
""".split() + ["!!str 5", '!!int "5"', "!!float 5", "a b", "5 # five", '"a\\tb"', "", "[1, 2]", '"a', "@x", "*a"]
# A parameter of ours for each type of theirs.
OURS = {
    Parameter.Type.BOOL: "autostart",
    Parameter.Type.INTEGER: "planner.seed",
    Parameter.Type.DOUBLE: "cost.stop",
    Parameter.Type.STRING: "dds_profile",
}


def theirs(*arguments):
    """The parameter `x` as rclpy reads it; None if rcl refuses it."""
    context = rclpy.Context()
    try:
        rclpy.init(args=["--ros-args", *arguments], context=context)
        node = rclpy.create_node(
            "reader", context=context, enable_rosout=False, automatically_declare_parameters_from_overrides=True
        )
        read = node.get_parameter_or("x")
        node.destroy_node()
        return read
    except Exception:
        return None
    finally:
        context.try_shutdown()


def ours(*arguments):
    """What `forerun params` makes of it; None if it refuses it."""
    done = subprocess.run([str(FORERUN), "params", "node", *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode in (0, 2) and "panicked" not in done.stderr, done
    return None if done.returncode else done.stdout


def check_words(folder):
    """A word is of the type, and has the value, that rclpy says, on the command line and in a file."""
    file = Path(folder) / "words.yaml"

    def in_file(name, word):
        file.write_text(f"/**:\n  ros__parameters:\n    {name}: {word}\n")
        return ["--params-file", str(file)]

    kinds = set()
    for word in WORDS:
        read = theirs("-p", f"x:={word}")
        again = theirs(*in_file("x", word))
        kind = read.type_ if read else None
        assert (again.type_ if again else None) == kind, word
        kinds.add(kind)
        # What is refused as their type may be refused for its size; taken for another type it must not be.
        real = Parameter.Type.DOUBLE, Parameter.Type.INTEGER
        for name in (name for type_, name in OURS.items() if type_ != kind and (type_, kind) != real):
            assert ours("--set", f"{name}={word}") is None, (name, word)
        name = OURS.get(kind)
        small = kind not in (Parameter.Type.INTEGER, Parameter.Type.DOUBLE) or 0 <= read.value <= 1000
        if name and small:
            value = {Parameter.Type.BOOL: lambda: str(read.value).lower(), Parameter.Type.STRING: lambda: json.dumps(read.value)}
            line = f" {name.split('.')[-1]}: {value.get(kind, lambda: read.value)()}\n"
            for said in (ours("--set", f"{name}={word}"), ours(*in_file(name, word))):
                assert said and line in said, (name, word, line)
    assert kinds >= set(OURS), kinds
    print(f"{len(WORDS)} words: of the type and value that rclpy says, by an argument and in a file", flush=True)


def check_kernel():
    """A kernel that this processor lacks is refused before anything is served."""
    other = "avx2" if platform.machine() == "aarch64" else "neon"
    line = [str(FORERUN), "node", "arm", "--ros-args", "-p", f"model.kernel:={other}", "-p", "autostart:=true"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and f"model.kernel: found {other}, expected auto or" in done.stderr, done
    print(f"model.kernel:={other}: status 2, with what there is", flush=True)


def asked(changes):
    """Keywords as parameters: `cost__stop` is cost.stop."""
    return [Parameter(name.replace("__", "."), value=value) for name, value in changes.items()]


class Asker(Client):
    """Asks for parameters, and hears of their changes."""

    def __init__(self, name="forerun"):
        super().__init__(name)
        self.parameters = AsyncParameterClient(self.node, name)
        self.events = []
        self.hear(ParameterEvent, "/parameter_events", self.on_event)

    def on_event(self, event):
        if event.node == f"/{self.name}":
            self.events += [(change.name, parameter_value_to_python(change.value)) for change in event.changed_parameters]

    def answer(self, future):
        self.until("an answer", future.done)
        return future.result()

    def get(self, *names):
        return [parameter_value_to_python(value) for value in self.answer(self.parameters.get_parameters(list(names))).values]

    def describe(self, *names):
        return self.answer(self.parameters.describe_parameters(list(names))).descriptors

    def list(self, *prefixes, depth=0):
        return self.answer(self.parameters.list_parameters(list(prefixes) or None, depth)).result

    def set(self, **changes):
        """One result a change: '' or the reason."""
        results = self.answer(self.parameters.set_parameters(asked(changes))).results
        assert all(result.successful == (result.reason == "") for result in results), results
        return [result.reason for result in results]

    def set_atomically(self, **changes):
        result = self.answer(self.parameters.set_parameters_atomically(asked(changes))).result
        assert result.successful == (result.reason == ""), result
        return result.reason

    def heard(self, *changes):
        self.until(f"/parameter_events {changes}", lambda: len(self.events) >= len(changes))
        assert self.events == list(changes), self.events
        self.events.clear()


def check_what_is_said(asker):
    names = asker.list().names
    assert len(names) > 40 and len(set(names)) == len(names), names
    for descriptor, kind in zip(asker.describe(*names), asker.answer(asker.parameters.get_parameter_types(names)).types):
        assert descriptor.type == kind and descriptor.description, descriptor
        ranges = len(descriptor.integer_range) + len(descriptor.floating_point_range)
        numbers = (ParameterType.PARAMETER_INTEGER, ParameterType.PARAMETER_DOUBLE)
        assert ranges == (descriptor.type in numbers), descriptor
        assert not descriptor.dynamic_typing, descriptor
    values = asker.get(*names)
    assert None not in values, dict(zip(names, values))
    under = asker.list("planner", "cost").names
    assert under == [name for name in names if name.startswith(("planner.", "cost."))], under
    assert asker.list(depth=1).names == [name for name in names if "." not in name]
    (nothing,) = asker.get("cost.stopp")
    assert nothing is None
    print(f"{len(names)} parameters: listed, typed, described, with ranges", flush=True)


def check_changes(asker):
    """Live ones, at any time."""
    stop, effort = asker.get("cost.stop", "cost.effort")
    asker.events.clear()
    assert asker.set(cost__stop=1.5) == [""]
    asker.heard(("cost.stop", 1.5))
    # A whole number is a real one, too.
    assert asker.set(cost__stop=2) == [""] and asker.get("cost.stop") == [2.0]
    asker.heard(("cost.stop", 2.0))
    # The same value again is no change.
    assert asker.set(cost__stop=2.0) == [""]
    for change, reason in (
        ({"cost__stop": -1.0}, "expected 0 to 1000"),
        ({"cost__stop": "much"}, "expected a finite number"),
        ({"cost__stop": float("nan")}, "expected a finite number"),
        ({"cost__stop": [1.0, 2.0]}, "found a list"),
        ({"cost__stop": None}, "can't be deleted"),
        ({"cost__stopp": 1.0}, "did you mean cost.stop?"),
        ({"autostart": True}, "autostart"),
    ):
        (why,) = asker.set(**change)
        assert reason in why, (change, why)
    # One by one, or all of them or none.
    results = asker.set(cost__stop=3.0, cost__effort=-1.0)
    assert results[0] == "" and "cost.effort" in results[1], results
    asker.heard(("cost.stop", 3.0))
    why = asker.set_atomically(cost__stop=4.0, cost__effort=-1.0)
    assert "cost.effort" in why and asker.get("cost.stop") == [3.0], why
    assert asker.set_atomically(cost__stop=stop, cost__effort=effort + 0.5) == ""
    asker.heard(("cost.stop", stop), ("cost.effort", effort + 0.5))
    assert asker.set(cost__effort=effort) == [""]
    asker.heard(("cost.effort", effort))
    assert asker.get("cost.stop", "cost.effort") == [stop, effort]
    print("changes: one by one, or all of them or none; refused with the reason; published", flush=True)


def check_between_models(asker, processes):
    """What can't change while a model is loaded changes before it is."""
    frozen = ("planner.candidates", "control.rate")
    assert [descriptor.read_only for descriptor in asker.describe(*frozen, "cost.stop", "autostart")] == [
        False,
        False,
        False,
        True,
    ]
    assert asker.set(planner__candidates=16, control__rate=100.0) == ["", ""]
    asker.heard(("planner.candidates", 16), ("control.rate", 100.0))
    processes.start("robot", "robot", "arm")
    asker.until("activated", lambda: asker.trigger("activate") == (True, "Holding"))
    assert [descriptor.read_only for descriptor in asker.describe(*frozen, "cost.stop")] == [True, True, False]
    (why,) = asker.set(planner__candidates=8)
    assert "can't change while a model is loaded" in why and "cleanup" in why, why
    (why,) = asker.set(command="trajectory")
    assert "can't change while the node runs" in why, why
    # It is what the line was made with.
    asker.until("a first tick", lambda: int(asker.value("ticks") or 0) > 0)
    begin = int(asker.value("ticks"))
    asker.spin(2.0)
    ticks = int(asker.value("ticks")) - begin
    assert ticks < 300, f"{ticks} ticks in 2 s at control.rate 100"
    check_changes(asker)
    assert asker.get(*frozen) == [16, 100.0]
    print(f"while no model is loaded all but the node's own may change: {ticks} ticks in 2 s at 100 Hz", flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        check_words(scratch)
    check_kernel()
    with session() as started:
        client = Asker()
        started.start("node", "node", "arm", "--ros-args", "-p", "autostart:=False", "-p", "planner.seed:=0x10", "-p", 'command:="stream"')
        client.until("a status", lambda: client.status.message != "")
        client.until("parameter services", client.parameters.services_are_ready)
        assert client.get("autostart", "planner.seed", "command") == [False, 16, "stream"]
        check_what_is_said(client)
        check_changes(client)
        check_between_models(client, started)
        assert started.stop("node", signal.SIGINT) == 0
        assert started.stop("robot", signal.SIGINT) == 0
