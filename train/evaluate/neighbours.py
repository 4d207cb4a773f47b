"""Precision, recall, density and coverage (Kynkaanniemi et al. 2019; Naeem et al. 2020)."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from gan import features
from train.evaluate.case import Case
from train.evaluate.estimate import Chosen, Figure, distances
from train.evaluate.judgement import Judgement
from train.evaluate.standard import SPACES, standardised

ABOUT = (
    "Of equally many generated and held-out images: precision is the share of generated images "
    "within the 5th-neighbour ball of any real one, recall the reverse, density how many real "
    "balls hold a generated image (over 5; 1 when alike), coverage the share of real balls with a "
    "generated image in them. Real: training images in the place of generated ones. Features: "
    f"{features.NAME} ({features.ABOUT}), and the hand-crafted ones."
)
NAMES = ("precision", "recall", "density", "coverage")
K = 5


def neighbours(case: Case) -> Judgement:
    """Judge fidelity and diversity apart, in both feature spaces."""
    figures: tuple[Figure, ...] = ()
    for space in SPACES:
        made, trained, held = standardised(case, space)
        names = tuple(f"{name}, {space}" for name in NAMES)
        figures += distances(case, names, _statistic(made, trained, held))
    return Judgement(title="Precision, recall, density, coverage", about=ABOUT, figures=figures)


def _statistic(
    made: NDArray[np.float64], trained: NDArray[np.float64], held: NDArray[np.float64]
) -> Callable[[Chosen], NDArray[np.float64]]:
    def statistic(at: Chosen) -> NDArray[np.float64]:
        real = held[at.held_out]
        return np.stack([prdc(real, made[at.generated]), prdc(real, trained[at.training])], axis=1)

    return statistic


def prdc(real: NDArray[np.float64], made: NDArray[np.float64], k: int = K) -> NDArray[np.float64]:
    """Return precision, recall, density, coverage of made, (m, d), given real, (n, d)."""
    k = min(k, len(real) - 1, len(made) - 1)
    radius_real = np.partition(cdist(real, real), k, axis=1)[:, k]  # place 0 is the point itself
    radius_made = np.partition(cdist(made, made), k, axis=1)[:, k]
    between = cdist(real, made)
    within = between < radius_real[:, None]
    return np.array(
        [
            within.any(axis=0).mean(),
            (between < radius_made).any(axis=1).mean(),
            within.sum() / (k * len(made)),
            (between.min(axis=1) < radius_real).mean(),
        ]
    )
