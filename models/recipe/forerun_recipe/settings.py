"""Every number that shapes training, with where it comes from and what it does."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Settings:
    """Defaults reach the arm's goals in closed loop; README.md says what was measured."""

    seed: int = 0
    period: float = 0.1  # s, asked model period; becomes a whole number of camera periods
    block: int = 2  # A, command means a step: two lose 2.0 mrad a step to the dead time, one 7.4
    size: int = 64  # network image side, a multiple of 16
    tolerance: float | None = None  # m, how near the tip must be to a goal; None: as `of` says

    # Networks. About 170 k, 140 k, 74 k and 3 k weights.
    latent: int = 16  # z; 32 let SIGReg's random projections miss a collapse to rank 6
    channels: tuple[int, int, int, int] = (16, 32, 48, 64)  # convolutions 3x3, stride 2
    head: int = 128
    pooled: bool = False  # also the means of the last two maps: which way something points, wherever it is
    step_hidden: int = 256  # dynamics: half as wide errs 10 % more in a step, a third more in three
    step_depth: int = 3  # hidden layers of the dynamics
    inverse_hidden: int = 128
    metric_hidden: int = 256
    metric_size: int = 16  # E
    probe_hidden: int = 128

    # Stage 1: encoder and dynamics together.
    windows: int = 48  # windows a batch
    window: int = 6  # frames a window
    jepa_updates: int = 2600  # 1300 give 15 % larger errors in two thirds of the time
    jepa_rate: float = 2e-3
    weight_sigreg: float = 5.0
    weight_covariance: float = 1.0  # second moments towards the identity: SIGReg alone stays low rank
    weight_inverse: float = 2.0
    weight_heading: float = 5.0  # read-out of a body's yaw from an inertial unit

    # Stage 2: encoder frozen.
    dynamics_windows: int = 96
    dynamics_horizon: int = 6  # steps a roll-out: belief's two and the planner's four; ten for a body that drives
    dynamics_updates: int = 6000
    dynamics_rate: float = 2e-3
    weight_still: float = 1.0  # at rest and told to rest, nothing changes: else plans drift off the goal
    metric_updates: int = 6000
    metric_pairs: int = 512
    metric_rate: float = 1e-3
    weight_near: float = 300.0
    slack: float = 0.02  # model steps that two views of one state may be apart
    probe_updates: int = 3000
    probe_rate: float = 2e-3

    judged_horizon: int = 10  # steps of the roll-outs that the report tells of
    strict: bool = True  # refuse a model whose metric cannot tell arrival from noise

    def of(self, twist: bool) -> Settings:
        """What a robot needs that is moved by a twist, or by its joints."""
        own = replace(self, tolerance=self.tolerance or (0.15 if twist else 0.03))
        return replace(own, dynamics_horizon=10, pooled=True) if twist else own

    def quick(self) -> Settings:
        """About a minute: proves that the recipe runs, not that the model is good."""
        return replace(self, jepa_updates=150, dynamics_updates=300, metric_updates=600, probe_updates=500, strict=False)
