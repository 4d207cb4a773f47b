"""Frechet distance on hand-crafted breast features, and which feature departs how far."""

import numpy as np
from numpy.typing import NDArray

from train.evaluate.case import Case
from train.evaluate.estimate import Chosen, distances
from train.evaluate.judgement import Judgement
from train.evaluate.standard import HAND, standardised
from train.evaluate.traits import TRAITS

ABOUT = (
    f"Frechet distance between Gaussians fitted to {len(TRAITS)} hand-crafted features, each in "
    f"deviations of the training images: {', '.join(TRAITS)}. Equal numbers of images and views, "
    "as the distance of small samples depends on their number. The table says which feature "
    "departs: means of generated and held-out images, and their difference in deviations."
)


def frechet(case: Case) -> Judgement:
    """Judge shape, grey, dense share and texture together, and one by one."""
    made, trained, held = standardised(case, HAND)

    def statistic(at: Chosen) -> NDArray[np.float64]:
        real = held[at.held_out]
        return np.array(
            [[distance(made[at.generated], real), distance(trained[at.training], real)]]
        )

    figures = distances(case, ("hand-crafted features",), statistic)
    deviation = np.maximum(case.training.traits.std(axis=0), 1e-9)
    means = case.generated.traits.mean(axis=0), case.held_out.traits.mean(axis=0)
    facts = {
        name: {
            "generated": float(means[0][k]),
            "held_out": float(means[1][k]),
            "deviations_apart": float((means[0][k] - means[1][k]) / deviation[k]),
        }
        for k, name in enumerate(TRAITS)
    }
    return Judgement(
        title="Frechet distance on breast features", about=ABOUT, figures=figures, facts=facts
    )


def distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return |mean a - mean b|^2 + trace(A + B - 2 (A B)^1/2) of samples, (n, d) each."""
    cov_a, cov_b = np.atleast_2d(np.cov(a.T)), np.atleast_2d(np.cov(b.T))
    values, vectors = np.linalg.eigh(cov_a)
    root = vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
    product = np.maximum(np.linalg.eigvalsh(root @ cov_b @ root), 0)
    apart = a.mean(axis=0) - b.mean(axis=0)
    return float(apart @ apart + np.trace(cov_a) + np.trace(cov_b) - 2 * np.sqrt(product).sum())
