"""`~/reach`: goals that somebody waits for, given by an rclpy action client as a behaviour tree gives them.

Run by `tests/run`, or alone with a binary built with `--features action` and a sourced ROS 2 with forerun_interfaces:
    python tests/ros2/test_action.py target/release/forerun
"""

import math
import signal

from peer import Client, session
from action_msgs.msg import GoalStatus
from forerun_interfaces.action import Reach
from geometry_msgs.msg import PoseStamped
from rclpy.action import ActionClient
from sensor_msgs.msg import Image, JointState

JOINTS = ["shoulder", "elbow"]
FAR = (-1.9, -1.2)


def joints(*position):
    return JointState(name=JOINTS, position=list(position))


class Tree:
    """Gives goals, as a leaf of a behaviour tree does."""

    def __init__(self, client):
        self.client = client
        self.action = ActionClient(client.node, Reach, "/forerun/reach")
        client.until("~/reach is served", self.action.server_is_ready)

    def send(self, **goal):
        """Gives a goal; gives its handle and the feedback that comes."""
        heard = []
        take = lambda message: heard.append(message.feedback)
        sent = self.action.send_goal_async(Reach.Goal(**goal), feedback_callback=take)
        self.client.until("the goal is answered", sent.done)
        return sent.result(), heard

    def pursue(self, **goal):
        handle, heard = self.send(**goal)
        assert handle.accepted, f"refused: {self.client.value('goal_refusal')}"
        return handle, heard

    def result(self, handle, seconds=30.0):
        """The status and the result, when it is there."""
        answer = handle.get_result_async()
        self.client.until("the result", answer.done, seconds)
        return answer.result().status, answer.result().result

    def refused(self, why, **goal):
        handle, _ = self.send(**goal)
        assert not handle.accepted, f"accepted: {goal}"
        said = lambda: self.client.value("goal_refusal")
        self.client.until(f"{why!r} in ~/status", lambda: "~/reach" in said() and why in said())

    def tracking(self, heard):
        """Waits until the goal is pursued by plans."""
        planned = lambda: heard and math.isfinite(heard[-1].plan_cost)
        self.client.until("feedback with a plan", planned)
        self.client.until("Tracking", lambda: self.client.status.message.startswith("Tracking"))


def refuses_what_is_not_one_goal(tree):
    point = PoseStamped()
    point.header.frame_id = "somewhere"
    tree.refused("found no goal")
    tree.refused("only one of image, joints and pose", joints=joints(0.5, -0.9), pose=point)
    tree.refused("joint elbow is missing", joints=JointState(name=["shoulder"], position=[0.1]))
    tree.refused("1 names but 0 positions", joints=JointState(name=["shoulder"]))
    tree.refused("in frame somewhere", pose=point)
    tree.refused("time_limit of -1 s", joints=joints(0.5, -0.9), time_limit=-1.0)
    tree.refused("time_limit of NaN s", joints=joints(0.5, -0.9), time_limit=math.nan)
    tree.refused("expected -2.6 to 2.6", joints=joints(9.0, 0.0))
    tree.refused("image", image=Image(width=2, height=2, step=6, encoding="bayer", data=bytes(12)))
    print("what is not one goal, or a bad one: refused", flush=True)


def reaches(tree):
    handle, heard = tree.pursue(joints=joints(0.5, -0.9), time_limit=60.0)
    status, result = tree.result(handle)
    assert status == GoalStatus.STATUS_SUCCEEDED and result.reached, (status, result)
    assert result.cause == "goal reached" and 0.0 < result.time < 60.0, result
    far = [one.distance_steps for one in heard if math.isfinite(one.distance_steps)]
    left = [one.time_left for one in heard]
    assert len(far) > 5 and far[-1] < 0.5 * max(far), far
    assert left == sorted(left, reverse=True) and 0.0 < left[-1] < left[0] <= 60.0, left
    assert any(math.isfinite(one.plan_cost) for one in heard), heard
    assert all(math.isnan(one.distance) for one in heard), "joint goals have no place"
    print(f"reached in {result.time:.1f} s: {far[0]:.1f} to {far[-1]:.1f} model steps", flush=True)


def goes_to_a_point(tree):
    """Which says how far it is in metres."""
    goal = PoseStamped()
    goal.header.frame_id = "base"
    goal.pose.position.x, goal.pose.position.y = 0.2, 0.2
    handle, heard = tree.pursue(pose=goal)
    status, result = tree.result(handle)
    assert status == GoalStatus.STATUS_SUCCEEDED, (status, result)
    far = [one.distance for one in heard if math.isfinite(one.distance)]
    assert far[-1] < 0.05 < far[0] < 2.0, far
    assert all(math.isinf(one.time_left) for one in heard), "nobody gave a limit"
    print(f"point reached: {far[0]:.2f} to {far[-1]:.3f} m", flush=True)


def holds_when_cancelled(tree):
    handle, heard = tree.pursue(joints=joints(*FAR))
    tree.tracking(heard)
    answer = handle.cancel_goal_async()
    tree.client.until("the cancellation is answered", answer.done)
    assert [one.goal_id for one in answer.result().goals_canceling] == [handle.goal_id]
    status, result = tree.result(handle)
    assert status == GoalStatus.STATUS_CANCELED and not result.reached, (status, result)
    assert result.cause == "goal cancelled", result
    tree.client.until("Holding", lambda: tree.client.status.message == "Holding: goal cancelled")
    late = handle.cancel_goal_async()
    tree.client.until("the second cancellation is answered", late.done)
    assert not late.result().goals_canceling, "cancelled twice"
    print("cancelled: holds", flush=True)


def ends_by_somebody_else(tree):
    """A newer goal, a topic's too; `~/hold`; the time limit."""
    first, heard = tree.pursue(joints=joints(*FAR))
    tree.tracking(heard)
    second, heard = tree.pursue(joints=joints(1.2, 0.9))
    status, result = tree.result(first)
    assert status == GoalStatus.STATUS_ABORTED, (status, result)
    assert result.cause == "pre-empted by a newer goal" and not result.reached, result
    tree.tracking(heard)
    topic = tree.client.node.create_publisher(JointState, "/forerun/goal/joints", 10)
    tree.client.until("goals are heard", lambda: topic.get_subscription_count() > 0)
    topic.publish(joints(*FAR))
    status, result = tree.result(second)
    assert status == GoalStatus.STATUS_ABORTED, (status, result)
    assert result.cause == "pre-empted by a newer goal", result

    third, heard = tree.pursue(joints=joints(1.2, 0.9))
    tree.tracking(heard)
    assert tree.client.trigger("hold")[0]
    status, result = tree.result(third)
    assert (status, result.cause) == (GoalStatus.STATUS_ABORTED, "goal cancelled"), result

    short, _ = tree.pursue(joints=joints(*FAR), time_limit=0.3)
    status, result = tree.result(short)
    assert (status, result.cause) == (GoalStatus.STATUS_ABORTED, "goal timed out"), result
    tree.client.until("Holding", lambda: tree.client.status.message.startswith("Holding"))
    print("pre-empted by an action and by a topic, held, timed out: aborted", flush=True)


def ends_with_the_robot(tree, processes):
    handle, heard = tree.pursue(joints=joints(*FAR))
    tree.tracking(heard)
    processes["robot"].send_signal(signal.SIGKILL)
    status, result = tree.result(handle)
    assert status == GoalStatus.STATUS_ABORTED and "stale input" in result.cause, (status, result)
    tree.client.until("Stopped", lambda: tree.client.status.message.startswith("Stopped"))
    tree.refused("Stopped", joints=joints(0.5, -0.9))
    print(f"robot killed: aborted, {result.cause}; the next goal is refused", flush=True)


def ends_with_the_node(tree, processes, robot):
    robot()
    tree.client.granted("resume")
    handle, heard = tree.pursue(joints=joints(*FAR))
    tree.tracking(heard)
    answer = handle.get_result_async()
    tree.client.spin(0.2)
    processes["node"].send_signal(signal.SIGINT)
    tree.client.until("the result", answer.done)
    status, result = answer.result().status, answer.result().result
    assert (status, result.cause) == (GoalStatus.STATUS_ABORTED, "requested"), (status, result)
    assert processes["node"].wait(15) == 0
    print("node ended: aborted, requested", flush=True)


def main():
    with session() as processes:
        robot = lambda: processes.start(
            "robot", "robot", "arm", "--size", "64x64", "--camera-rate", "30"
        )
        robot()
        processes.start("node", "node", "arm")
        client = Client()
        tree = Tree(client)
        tree.refused("no model is loaded", joints=joints(0.5, -0.9))
        client.granted("activate")
        refuses_what_is_not_one_goal(tree)
        reaches(tree)
        goes_to_a_point(tree)
        holds_when_cancelled(tree)
        ends_by_somebody_else(tree)
        ends_with_the_robot(tree, processes)
        ends_with_the_node(tree, processes, robot)
        tree.action.destroy()
        client.close()
    print("action: ok", flush=True)


if __name__ == "__main__":
    main()
