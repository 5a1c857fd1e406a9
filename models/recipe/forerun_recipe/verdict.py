"""The numbers that judge an exported model; apart from `judge`, so that reading them needs no torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Verdict:
    """Measured with the weights that robots load, on held-out frames."""

    reached: float  # model steps
    floor: float  # model steps between two views of one state under different light, 95 % quantile
    surprise: float  # model steps
    tip_error: float  # m, median of the probe's tip
    joint_error: tuple[float, ...]  # rad or m an axis, median of the probe
    rollout_tip_error: float  # m, median after `horizon` open-loop steps
    copy_tip_error: float  # m, median when nothing is predicted to change
    metric_correlation: float  # with the measured distance in joint space
    latent_correlation: float  # the same for raw latent distance
    effective_rank: float  # of the learned latent

    def lines(self) -> list[str]:
        return [f"{key:20s} {value}" for key, value in asdict(self).items()]
