"""Kernel distance (Binkowski et al. 2018): unbiased, hence meaningful for few images."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gan import features
from train.evaluate.case import Case
from train.evaluate.estimate import Chosen, Figure, levels
from train.evaluate.judgement import Judgement
from train.evaluate.standard import SPACES, standardised

ABOUT = (
    "Unbiased squared maximum mean discrepancy with the kernel (x.y / d + 1)^3 to the held-out "
    "images, of all generated images, and of the training images as the real-vs-real value; the "
    "difference of the two is what the generator adds. 0 when alike; may be below 0 by chance. "
    f"Features: {features.NAME} ({features.ABOUT}), and the hand-crafted ones."
)


def kernel(case: Case) -> Judgement:
    """Judge the overall distance in both feature spaces."""
    figures: tuple[Figure, ...] = ()
    for space in SPACES:
        made, trained, held = standardised(case, space)
        grams = [_kernel(made, made), _kernel(trained, trained), _kernel(held, held)]
        cross = [_kernel(made, held), _kernel(trained, held)]

        def statistic(
            at: Chosen,
            grams: list[NDArray[np.float64]] = grams,
            cross: list[NDArray[np.float64]] = cross,
        ) -> NDArray[np.float64]:
            h = at.held_out
            found = [
                mmd(own[np.ix_(rows, rows)], grams[2][np.ix_(h, h)], both[np.ix_(rows, h)])
                for own, both, rows in zip(
                    grams[:2], cross, (at.generated, at.training), strict=True
                )
            ]
            return np.array([[*found, found[1]]])

        found = levels(case, (space,), statistic)
        figures += tuple(replace(f, training=None) for f in found)  # the real value itself
    return Judgement(title="Kernel distance (KID)", about=ABOUT, figures=figures)


def _kernel(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    value: NDArray[np.float64] = (x @ y.T / x.shape[1] + 1) ** 3
    return value


def mmd(a: NDArray[np.float64], b: NDArray[np.float64], between: NDArray[np.float64]) -> float:
    """Return the unbiased squared discrepancy from the kernels within and between two samples."""
    n, m = len(a), len(b)
    own = (a.sum() - np.trace(a)) / (n * (n - 1)) + (b.sum() - np.trace(b)) / (m * (m - 1))
    return float(own - 2 * between.mean())
