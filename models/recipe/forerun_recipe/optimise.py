"""One optimisation loop: AdamW, warm-up, cosine, clipped gradients, a progress bar, a check against NaN."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.adamw import AdamW
from tqdm import trange

from forerun_recipe.errors import RecipeError

WARM_UP = 100  # updates

Terms = dict[str, Tensor]
"""Weighted terms by name; their sum is minimised."""


def optimise(
    name: str, parameters: Iterable[nn.Parameter], updates: int, rate: float, terms: Callable[[], Terms],
    *, decay: float = 1e-4, clip: float = 1.0,
) -> dict[str, float]:  # fmt: skip
    """Minimise the sum of `terms()`; returns their means over the last tenth of the updates."""
    chosen = list(parameters)
    optimiser = AdamW(chosen, lr=rate, weight_decay=decay)
    tail: dict[str, list[float]] = {}
    bar = trange(updates, desc=name, mininterval=1, miniters=1)
    for i in bar:
        schedule = min(1.0, (i + 1) / WARM_UP) * (0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * i / updates)))
        for group in optimiser.param_groups:
            group["lr"] = rate * schedule
        values = terms()
        loss = torch.stack(list(values.values())).sum()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(chosen, clip)
        optimiser.step()
        if i % 25 == 0 or i >= updates - updates // 10 - 1:
            numbers = {key: float(value.detach()) for key, value in values.items()}
            if not np.isfinite(list(numbers.values())).all():
                raise RecipeError(
                    f"training of {name} diverged", where=f"update {i}", found=numbers, expected="finite losses",
                    do="another --seed; then look at the recording: forerun check shows what it holds",
                )  # fmt: skip
            bar.set_postfix({key: f"{value:.4f}" for key, value in numbers.items()}, refresh=False)
            if i >= updates - updates // 10 - 1:
                for key, value in numbers.items():
                    tail.setdefault(key, []).append(value)
    return {key: float(np.mean(values)) for key, values in tail.items()}
