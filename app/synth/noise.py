"""The noise of a generated exam's four views: of its seed, or found for a real image."""

import base64
import math
from typing import TYPE_CHECKING

import numpy as np

from app.core.mammogram import SCREENING
from app.core.recipe import LatentPoint, Recipe

if TYPE_CHECKING:
    from torch import Tensor

    from gan.config import NetworkConfig

KEPT = 8  #: noise of so many seeds and rungs is kept: a slider in motion asks for the same


class Noise:
    """Draws the noise that a network of a configuration takes, and keeps what was drawn last."""

    def __init__(self, config: "NetworkConfig") -> None:
        self._config = config
        self._kept: dict[tuple[object, ...], list[Tensor]] = {}

    def of(self, recipe: Recipe, rung: int) -> "list[Tensor]":
        """Return a map, (4, rows, columns), of each size of a rung: RCC, LCC, RMLO and LMLO.

        On a walk it turns from end to end too. ValueError when a recipe's own noise can't be read.
        """
        if not (sizes := self._config.noise_sizes(rung)):
            return []
        start = self._at(recipe.point, recipe.difference, rung, sizes)
        if recipe.end is None:
            return start
        stop = self._at(recipe.end, recipe.difference, rung, sizes)
        angle = recipe.position * math.pi / 2
        near, far = math.cos(angle), math.sin(angle)
        # The same noise at both ends stays: turned towards itself it would be louder in between.
        pairs = zip(start, stop, strict=True)
        return [a if a.equal(b) else near * a + far * b for a, b in pairs]

    def _at(
        self, point: LatentPoint, difference: float, rung: int, sizes: list[tuple[int, int]]
    ) -> "list[Tensor]":
        """Return the noise of a point's four views: the left departs from the right's."""
        key = (point.seed, point.noise, difference, rung)
        if key not in self._kept:
            import torch

            from gan.latent import noise_maps

            seed = point.seed
            right = noise_maps([4 * seed, 4 * seed + 1], sizes)  # CC and MLO
            other = noise_maps([4 * seed + 2, 4 * seed + 3], sizes)
            near, far = math.cos(difference * math.pi / 2), math.sin(difference * math.pi / 2)
            if len(self._kept) >= KEPT:
                self._kept.clear()
            maps = [
                torch.stack([r, near * r + far * o], dim=1).flatten(0, 1)  # RCC LCC RMLO LMLO
                for r, o in zip(right, other, strict=True)
            ]
            for view, packed in point.noise:
                _lay(maps, view, packed)
            self._kept[key] = maps
        return self._kept[key]


def _lay(maps: "list[Tensor]", view: str, packed: str) -> None:
    """Put a view's own noise, as `app.synth.found` packs it, in place of the coarsest maps."""
    import torch

    labels = [f"{side}{name}" for side, name in SCREENING]
    if view not in labels:
        raise ValueError(f"recipe: noise for a view {view!r}; allowed are {', '.join(labels)}")
    try:
        values = np.frombuffer(base64.b64decode(packed, validate=True), "<f2").astype(np.float32)
    except ValueError as error:
        raise ValueError(f"recipe: the noise of {view} can't be read") from error
    if not np.isfinite(values).all():
        raise ValueError(f"recipe: the noise of {view} is not finite")
    for one in maps:
        size = one[0].numel()
        if len(values) < size:  # a lower rung than it was found for, or finer noise of the seed
            return
        one[labels.index(view)] = torch.from_numpy(values[:size].reshape(one.shape[1:]))
        values = values[size:]
