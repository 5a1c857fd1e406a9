"""Kinematics by hand, and URDFs that must be refused by name."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import URDF

from forerun_recipe.errors import RecipeError
from forerun_recipe.urdf import parse


def test_tip_of_two_links() -> None:
    robot, q = parse(URDF), np.random.default_rng(0).uniform(-2, 2, (50, 2))
    a, b = q[:, 0], q[:, 0] + q[:, 1]
    want = np.stack([0.25 * np.cos(a) + 0.2 * np.cos(b), 0.25 * np.sin(a) + 0.2 * np.sin(b), 0 * a], 1)
    assert np.allclose(robot.tip(["shoulder", "elbow"], q), want)
    assert np.allclose(robot.tip(["elbow", "shoulder"], q[:, ::-1]), want)


def test_origin_rotation_prismatic_and_axis() -> None:
    text = """<robot name="r"><joint name="lift" type="prismatic"><parent link="a"/><child link="b"/>
      <origin xyz="1 0 0" rpy="0 1.5707963267948966 0"/><axis xyz="0 0 2"/><limit lower="0" upper="1" velocity="1"/></joint>
      <joint name="end" type="fixed"><parent link="b"/><child link="c"/><origin xyz="0 0 0.5"/></joint></robot>"""
    assert np.allclose(parse(text).tip(["lift"], np.array([[0.25]])), [[1.75, 0, 0]])


def test_limits() -> None:
    shoulder, elbow = (parse(URDF).joint(name) for name in ("shoulder", "elbow"))
    assert (shoulder.lower, shoulder.upper, shoulder.velocity, shoulder.acceleration) == (-2.6, 2.6, 2.0, 20.0)
    assert elbow.acceleration is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<robot", "no XML"),
        ("<robot name='r'/>", "none of them moving"),
        (URDF.replace('type="revolute"', 'type="planar"', 1), "'shoulder' of type 'planar'"),
        (URDF.replace('<axis xyz="0 0 1"/>', '<mimic joint="x"/>', 1), "'shoulder' mimics"),
        (URDF.replace('xyz="0.25 0 0"', 'xyz="0.25 0"'), "not three numbers"),
    ],
)
def test_refusals_name_the_joint(text: str, complaint: str) -> None:
    with pytest.raises(RecipeError, match=complaint):
        parse(text)


def test_unknown_axis() -> None:
    with pytest.raises(RecipeError, match="shoulder, elbow"):
        parse(URDF).joint("wrist")
