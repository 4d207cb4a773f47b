"""The frames of a walk or way: at equal shares of it, or with as much change in every step."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from app.core import pace
from app.core.recipe import Recipe

if TYPE_CHECKING:
    from app.synth.render import Synthesizer

At = Callable[[float], Recipe]  #: the exam at a place, 0 to 1
EVEN_RUNG = 3  #: pictures of this rung tell how much changes: 40x32


def along(recipe: Recipe) -> At:
    """Return what tells the exams of a walk; ValueError when it has no second end."""
    if recipe.end is None:
        raise ValueError("a walk needs two ends: set A and B")
    return lambda share: replace(recipe, position=share)


def paced(model: "Synthesizer", at: At, frames: int, *, even: bool) -> list[Recipe]:
    """Return so many exams of a way, its ends among them."""
    places = np.linspace(0, 1, frames)
    if even:
        rung = min(EVEN_RUNG, len(model.info.rungs) - 1)
        steps = pace.strides(np.stack([model.views(at(float(p)), rung)[1] for p in places]))
        places = np.array([pace.even(share, steps) for share in places])
    return [at(float(place)) for place in places]
