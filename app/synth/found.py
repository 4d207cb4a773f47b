"""A real exam's nearest generated one: frames it, follows the projection, packs what was found."""

import base64
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.recipe import LatentPoint, Recipe
from app.synth.render import Synthesizer

Pictures = Mapping[str, NDArray[np.float32]]  #: by label, such as RCC: (rows, columns) in [-1, 1]
#: Likeness below which an image is refused. With the shipped model held-out real ones reached 0.94
#: to 0.98, generated ones 0.97 to 0.98, a chessboard 0.80, random squares 0.78, white noise 0.32.
#: A ramp of grey from the chest wall outwards reaches 0.99: a breast without texture.
LEAST = 0.85
REFERENCES = 12  #: held-out generated images whose projections say what can be reached
FIRST_SEED = 4_000_000  #: of those
LABELS = ("RCC", "LCC", "RMLO", "LMLO")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """The nearest exam so far."""

    recipe: Recipe
    done: int
    total: int


def find(
    model: Synthesizer,
    pictures: Pictures,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Found]:
    """Yield nearer and nearer exams to one or more views of a woman, chest wall at the left.

    Ends when nothing more is gained, or once cancelled: the last is the best. ValueError for
    views the model does not make, or pictures of another size than it makes.
    """
    from gan.projection import View, project

    labels = [label for label in LABELS if label in pictures]
    if not labels or len(labels) != len(pictures):
        raise ValueError(f"views {', '.join(pictures) or 'none'}: allowed are {', '.join(LABELS)}")
    if any(picture.shape != model.info.rungs[-1] for picture in pictures.values()):
        rows, columns = model.info.rungs[-1]
        raise ValueError(f"the model makes {rows}x{columns} pixels; other pictures were given")
    views = [View(view=label[1:], left=label[0] == "L") for label in labels]
    target = np.stack([pictures[label] for label in labels])
    for step in project(model.network, target, views):
        yield Found(
            recipe=_recipe(model, labels, step.right, step.left, step.noise),
            done=step.done,
            total=step.total,
        )
        if cancelled():
            return


def _recipe(
    model: Synthesizer,
    labels: Sequence[str],
    right: NDArray[np.float32],
    left: NDArray[np.float32],
    noise: Sequence[NDArray[np.float32]],
) -> Recipe:
    """Return the recipe of latents and noise; of one breast alone both sides are made from it."""
    both = len({label[0] for label in labels}) == 2
    difference = 0.0
    if both:
        cosine = float(np.clip(np.dot(right, left) / right.size, -1, 1))
        difference = min(math.acos(cosine) / (math.pi / 2), 1.0)
    own = {
        label: packed([maps[k] for maps in noise]) for k, label in enumerate(labels) if len(noise)
    }
    if not both:
        own |= {f"{'L' if k[0] == 'R' else 'R'}{k[1:]}": maps for k, maps in own.items()}
    point = LatentPoint(
        seed=0,
        latent=tuple(right.tolist()),
        aside=tuple(left.tolist()) if both else (),
        noise=tuple(own.items()),
    )
    return Recipe(model=model.info.hash, point=point, difference=difference)


def packed(maps: Sequence[NDArray[np.float32]]) -> str:
    """Return maps of noise, each (h, w), as text: half precision, little endian, base64."""
    whole = np.concatenate([one.ravel() for one in maps]).astype("<f2")
    return base64.b64encode(whole.tobytes()).decode("ascii")


def score(made: Pictures, asked: Pictures) -> float:
    """Return how alike pictures are: mean correlation where either has breast, by label."""
    from gan.projection import likeness

    labels = list(asked)
    return likeness(np.stack([made[k] for k in labels]), np.stack([asked[k] for k in labels]))


def residual(made: NDArray[np.float32], asked: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return asked less made, as shares of the way from air to white: -1 to 1."""
    return np.asarray((np.clip(asked, -1, 1) - np.clip(made, -1, 1)) / 2, np.float32)


def unlike(value: float) -> str:
    """Return why a score is refused, in a sentence; empty when it is not."""
    if value >= LEAST:
        return ""
    return (
        f"This is not like any mammogram the model can make: likeness {value:.2f}, "
        f"at least {LEAST:.2f} is needed"
    )
