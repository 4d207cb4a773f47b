"""The feature spaces metrics are taken in, in deviations of the training images."""

import numpy as np
from numpy.typing import NDArray

from gan import features
from train.evaluate.case import Case, Sample

HAND = "hand-crafted"
SPACES = (features.NAME, HAND)


def standardised(case: Case, space: str) -> tuple[NDArray[np.float64], ...]:
    """Return features of generated, training and held-out images, (n, d) each."""

    def of(sample: Sample) -> NDArray[np.float64]:
        found = sample.traits if space == HAND else sample.features
        return np.asarray(found, np.float64)

    mean, deviation = of(case.training).mean(axis=0), of(case.training).std(axis=0)
    useful = deviation > 1e-6
    return tuple(
        (of(sample)[:, useful] - mean[useful]) / deviation[useful]
        for sample in case.samples.values()
    )
