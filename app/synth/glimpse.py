"""Small pictures of exams, ways through several, and exams between seeds."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from app.core.recipe import SEED_LIMIT, LatentPoint, Recipe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.synth.render import Synthesizer

ROW = 100  #: seeds from one row of the plane of seeds to the next


def miniature(model: "Synthesizer", recipe: Recipe, rung: int) -> "NDArray[np.uint8]":
    """Return the four views as they hang, (2 x rows, 2 x columns): CC over MLO, walls meeting."""
    right_cc, left_cc, right_mlo, left_mlo = model.views(recipe, rung)
    upper = np.hstack([right_cc[:, ::-1], left_cc])
    lower = np.hstack([right_mlo[:, ::-1], left_mlo])
    return np.ascontiguousarray(np.vstack([upper, lower]))


def still(model: "Synthesizer", recipe: Recipe) -> Recipe:
    """Return a recipe on a walk as one of a point of its own, with the nearer end's noise."""
    if recipe.end is None:
        return recipe
    near = recipe.end if recipe.position >= 0.5 else recipe.point
    latent = tuple(map(float, model.latent(recipe)))
    point = LatentPoint(seed=near.seed, latent=latent, aside=near.aside, noise=near.noise)
    return replace(recipe, point=point, end=None, position=0.0)


class Way:
    """A smooth way through at least two exams, its keys; `closed` returns to the first.

    What lies between keys has a latent of its own, at which both ends of the recipe lie: so the
    noise turns from key to key as on any walk.
    """

    def __init__(self, model: "Synthesizer", keys: Sequence[Recipe], *, closed: bool) -> None:
        self.keys = [still(model, key) for key in keys]
        self._latents = np.stack([model.latent(key) for key in self.keys])
        self._closed = closed

    def at(self, place: float) -> Recipe:
        """Return the exam at a place, 0 to 1."""
        from gan.latent import through

        at, share, latent = through(self._latents, place, closed=self._closed)
        a, b = self.keys[at], self.keys[(at + 1) % len(self.keys)]
        if share in (0.0, 1.0):
            return b if share else a
        own = tuple(map(float, latent))
        start, end = (replace(key.point, latent=own, edits=(), locked=()) for key in (a, b))
        return replace(
            a,
            point=start,
            end=end,
            position=share,
            difference=(1 - share) * a.difference + share * b.difference,
            typicality=(1 - share) * a.typicality + share * b.typicality,
        )


def among_seeds(model: "Synthesizer", start: Recipe, x: float, y: float) -> LatentPoint:
    """Return the point of the plane of seeds, x seeds and y rows from a recipe's seed.

    Between seeds the latents of the nearest four are blended by their nearness; on a seed it is
    that seed itself, and elsewhere the noise is the one of the recipe's seed.
    """
    left, low = math.floor(x), math.floor(y)
    seed = start.point.seed
    if x == left and y == low:
        return LatentPoint(seed=(seed + left + ROW * low) % SEED_LIMIT)
    total: NDArray[np.floating] | float = 0.0
    for right in (0, 1):
        for up in (0, 1):
            near = (1 - abs(x - left - right)) * (1 - abs(y - low - up))
            corner = LatentPoint(seed=(seed + left + right + ROW * (low + up)) % SEED_LIMIT)
            rest = Recipe(model=start.model, point=corner)
            total = total + near * model.latent(rest).astype(np.float64)
    return LatentPoint(seed=seed, latent=tuple(map(float, np.asarray(total, np.float32))))
