"""What is found out about a model: its directions."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gan.checkpoint import DirectionFacts


def find_directions(
    path: Path, samples: int, progress: Callable[[int, int], None], trainset: Path | None = None
) -> "tuple[tuple[DirectionFacts, ...], str]":
    """Find directions from random exams and store them in the model file; takes minutes.

    With a training set, what its records say (density class, age, vendor) is predicted, too.
    Returns their facts and the file's new hash: recipes made before refer to the file as it was.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from gan.checkpoint import load_model, replace_directions
    from gan.directions import MEASURING_RUNG, find
    from gan.inference import Drawer
    from gan.predicted import Predictor, predictors
    from gan.trainset import open_set

    model = load_model(path)
    top, air = model.config.rungs - 1, model.card.air
    told: tuple[Predictor, ...] = ()
    if trainset is not None:
        told = predictors(open_set(trainset), min(top, MEASURING_RUNG), air)
    # With the preview heads: what is measured is what the application shows, and reads back.
    draw = Drawer(model.generator, model.previews.heads)
    found = find(
        model.generator, air, top, samples=samples, progress=progress, predictors=told, draw=draw
    )
    return found.facts, replace_directions(path, found)
