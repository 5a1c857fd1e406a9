"""The node's parameters, as rclpy's parameter client asks for them (`ros2 param` and rqt_reconfigure do no other).

Run by `tests/run`, or alone with a built binary and a sourced ROS 2:
    python tests/ros2/test_parameters.py target/release/forerun
"""

import signal

from peer import Client, session
from rcl_interfaces.msg import ParameterEvent, ParameterType
from rclpy.parameter import Parameter, parameter_value_to_python
from rclpy.parameter_client import AsyncParameterClient


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
    with session() as started:
        client = Asker()
        started.start("node", "node", "arm")
        client.until("a status", lambda: client.status.message != "")
        client.until("parameter services", client.parameters.services_are_ready)
        check_what_is_said(client)
        check_changes(client)
        check_between_models(client, started)
        assert started.stop("node", signal.SIGINT) == 0
        assert started.stop("robot", signal.SIGINT) == 0
