"""Distances of histograms: breast area, dense share, grey. They see what normalising hides."""

import numpy as np
from numpy.typing import NDArray

from train.evaluate import plots
from train.evaluate.case import Case, Sample
from train.evaluate.estimate import Chosen, distances
from train.evaluate.judgement import Judgement, Picture
from train.evaluate.traits import TRAITS

ABOUT = (
    "1-Wasserstein distance (in the unit: shares of the image or breast, grey from 0 to 1) and "
    "Kolmogorov-Smirnov distance of the distributions over images of breast area and dense share, "
    "and over pixels in the breast of grey (99 percentiles of each image)."
)
PERCENTILES = np.arange(1, 100)


def histograms(case: Case) -> Judgement:
    """Judge brightness, size and dense share."""
    values = {
        name: [s.traits[:, [TRAITS.index(name)]] for s in case.samples.values()]
        for name in ("area", "dense share")
    }
    values["grey"] = [_greys(sample) for sample in case.samples.values()]
    names = tuple(f"{name}, {kind}" for name in values for kind in ("Wasserstein", "KS"))

    def statistic(at: Chosen) -> NDArray[np.float64]:
        found = []
        for made, trained, held in values.values():
            real = held[at.held_out].ravel()
            others = made[at.generated].ravel(), trained[at.training].ravel()
            found.append([wasserstein(other, real) for other in others])
            found.append([kolmogorov(other, real) for other in others])
        return np.array(found)

    samples = tuple(case.samples)
    pictures = tuple(
        Picture(
            caption=f"{name} of all images" if name != "grey" else "grey in the breast",
            markup=plots.histogram(
                {s: v.ravel() for s, v in zip(samples, found, strict=True)}, x=name
            ),
        )
        for name, found in values.items()
    )
    figures = distances(case, names, statistic)
    return Judgement(title="Histograms", about=ABOUT, figures=figures, pictures=pictures)


def _greys(sample: Sample) -> NDArray[np.float64]:
    return np.stack(
        [np.percentile(sample.grey(i)[sample.mask[i]], PERCENTILES) for i in range(len(sample))]
    )


def wasserstein(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the 1-Wasserstein distance of two samples of equal size, (n,) each."""
    return float(np.abs(np.sort(a) - np.sort(b)).mean())


def kolmogorov(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the largest difference of two samples' distribution functions."""
    a, b = np.sort(a), np.sort(b)
    at = np.concatenate([a, b])
    below = np.searchsorted(a, at, side="right") / a.size, np.searchsorted(b, at, "right") / b.size
    return float(np.abs(below[0] - below[1]).max())
