"""What is found out about a model: its directions."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gan.checkpoint import DirectionFacts


def find_directions(
    path: Path, samples: int, progress: Callable[[int, int], None]
) -> "tuple[tuple[DirectionFacts, ...], str]":
    """Find directions from random exams and store them in the model file; takes minutes.

    Returns their facts and the file's new hash: recipes made before refer to the file as it was.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from gan.checkpoint import load_model, replace_directions
    from gan.directions import find

    model = load_model(path)
    top = model.config.rungs - 1
    found = find(model.generator, model.card.air, top, samples=samples, progress=progress)
    return found.facts, replace_directions(path, found)
