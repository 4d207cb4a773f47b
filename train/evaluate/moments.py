"""First five moments of grey of each image: how generated ones fill the real ones' support."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import gaussian_kde

from train.evaluate import plots
from train.evaluate.case import Case
from train.evaluate.estimate import Chosen, distances
from train.evaluate.judgement import Judgement, Picture
from train.evaluate.traits import MOMENTS, TRAITS

ABOUT = (
    "Overlap, 0 to 1, of the densities of each moment of grey within the breast (Gaussian kernels, "
    "Scott's width): the integral of the lower of the two. Korkinof et al. (2021) report overlaps "
    "of 80 to 91 % for their generator by a definition we could not read, so the real-vs-real "
    "value here is the measure."
)
PLOTS = (("mean", "deviation"), ("skewness", "kurtosis"), ("mean", "skewness"))


def moments(case: Case) -> Judgement:
    """Judge whether generated images cover the moments of real ones."""
    columns = [TRAITS.index(name) for name in MOMENTS]
    made, trained, held = (s.traits[:, columns] for s in case.samples.values())

    def statistic(at: Chosen) -> NDArray[np.float64]:
        return np.array(
            [
                [
                    overlap(made[at.generated, k], held[at.held_out, k]),
                    overlap(trained[at.training, k], held[at.held_out, k]),
                ]
                for k in range(len(MOMENTS))
            ]
        )

    pictures = []
    for x, y in PLOTS:
        at = [MOMENTS.index(x), MOMENTS.index(y)]
        points = {"generated": made[:, at], "training": trained[:, at], "held-out": held[:, at]}
        pictures.append(Picture(caption=f"{x} and {y}", markup=plots.scatter(points, x=x, y=y)))
    return Judgement(
        title="Moments and their support overlap",
        about=ABOUT,
        figures=distances(case, MOMENTS, statistic),
        pictures=tuple(pictures),
    )


def overlap(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the overlap, 0 to 1, of the densities of two samples."""
    if min(a.std(), b.std()) < 1e-9:
        return float(abs(a.mean() - b.mean()) < 1e-9)
    both = np.concatenate([a, b])
    margin = 3 * max(a.std(), b.std())
    at = np.linspace(both.min() - margin, both.max() + margin, 400)
    lower = np.minimum(gaussian_kde(a)(at), gaussian_kde(b)(at))
    return float(np.trapezoid(lower, at))
