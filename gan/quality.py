"""How usual an exam is among a model's own: broken shapes, grids and specks are not.

Each view's features (`gan.features`) and attributes are put in deviations of random exams, then
measured by their distance from the middle along and off the main axes of those (Mahalanobis). Of
exams of the shipped model that were damaged on purpose, and as many whole ones, a random whole one
scored higher than a random damaged one in 78 % (checkerboard of 3 % of white), 77 % (six specks),
84 % (a hole), 83 % (cut off), 100 % (mirrored), but 62 % (two exams joined) and 51 % (blurred): a
gate takes out what is broken, not what is merely soft. The critic's score did worse on all but the
hole and the join.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gan.attributes import measure
from gan.features import features

AXES = 30
EXAMS = 256  #: random exams that say what is usual
LEAST = 1e-6

Described = NDArray[np.float64]  #: (views, features)


def described(images: NDArray[np.float32], air: float) -> Described:
    """Return features and attributes, (views, d), of an exam, (views, h, w) in [-1, 1]."""
    grey = np.ascontiguousarray((np.clip(images, -1, 1) + 1) / 2, np.float32)
    return np.concatenate([features(grey), measure(images, air)], axis=1).astype(np.float64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Usual:
    """What is usual of a model's exams, and how unusual each of the exams was that told so."""

    middle: Described
    spread: Described
    axes: NDArray[np.float64]  #: (views, axes, d), each as long as one over its deviation
    off: NDArray[np.float64]  #: deviation off the axes, by view
    oddness: NDArray[np.float64]  #: of exams that the axes were not found from, ascending

    def odd(self, exam: Described) -> float:
        """Return how far an exam is from the middle, in deviations; mean over its views."""
        z = (exam - self.middle) / self.spread
        along = np.einsum("vad,vd->va", self.axes, z)
        lengths = np.linalg.norm(self.axes, axis=2, keepdims=True) ** 2
        rest = z - np.einsum("va,vad->vd", along, self.axes / lengths)
        far = (along**2).sum(axis=1) + (rest**2).sum(axis=1) / self.off**2
        return float(np.sqrt(far).mean())

    def quality(self, exam: Described) -> float:
        """Return the share, 0 to 1, of random exams that are more unusual."""
        return 1.0 - float(np.searchsorted(self.oddness, self.odd(exam))) / len(self.oddness)


def usual(exams: NDArray[np.float64]) -> Usual:
    """Return what is usual of random exams, (n, views, d): axes of the first half, then judged."""
    half = len(exams) // 2
    known = exams[:half]
    middle, spread = known.mean(axis=0), known.std(axis=0) + LEAST
    axes, off = [], []
    for z in np.moveaxis((known - middle) / spread, 1, 0):
        _, deviations, rows = np.linalg.svd(z, full_matrices=False)
        count = min(AXES, half - 1, len(rows))
        axes.append(rows[:count] / (deviations[:count, None] / np.sqrt(half) + LEAST))
        rest = z - z @ rows[:count].T @ rows[:count]
        # As much weight as all of the axes together: there are many more features off them.
        off.append(np.sqrt((rest**2).sum(axis=1).mean() / count) + LEAST)
    found = Usual(
        middle=middle,
        spread=spread,
        axes=np.stack(axes),
        off=np.array(off),
        oddness=np.zeros(1),
    )
    judged = np.sort([found.odd(exam) for exam in exams[half:]])
    return Usual(middle=middle, spread=spread, axes=found.axes, off=found.off, oddness=judged)
