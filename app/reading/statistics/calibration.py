"""Whether stated confidence matches what was true, and whether it tells right from wrong."""

from dataclasses import dataclass

import numpy as np

from app.reading.statistics.estimate import Estimate, not_estimable
from app.reading.statistics.grid import Bools, Floats, Kernel
from app.reading.statistics.single_reader import Proportion, auc_delong, proportion


@dataclass(frozen=True, kw_only=True)
class Bin:
    """Answers with a stated probability between `low` and `high`, and how many were positive."""

    low: float
    high: float
    stated: float
    observed: Proportion


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Stated probability of "positive" against the truth.

    `brier` is the mean squared error, `error` the mean absolute gap of the bins weighted by their
    size. `type2_auc` is the area under the ROC of confidence for telling right answers from wrong.
    """

    bins: tuple[Bin, ...]
    brier: float
    error: float
    type2_auc: Estimate


def calibration(
    ratings: Floats,
    truth: Bools,
    correct: Bools,
    scale: tuple[float, float],
    threshold: float,
    confidence: Floats | None = None,
    *,
    alpha: float = 0.05,
) -> Calibration | None:
    """Return the calibration of ratings read as probabilities along `scale`; None without data.

    Scales of up to 11 levels keep their levels as bins; finer ones get five of equal width.
    Confidence is the distance of the rating from the threshold unless given (Galvin et al.,
    Psychon Bull Rev 10 (2003) 843).
    """
    low, high = scale
    if not len(ratings) or high <= low:
        return None
    stated = np.clip((ratings - low) / (high - low), 0, 1)
    levels = np.unique(stated)
    index = np.searchsorted(levels, stated)
    if len(levels) > 11:
        index = np.minimum((stated * 5).astype(int), 4)
    bins, gap = [], 0.0
    for number in np.unique(index):
        own = index == number
        share = proportion(int(truth[own].sum()), int(own.sum()), null=None, alpha=alpha)
        mean = float(stated[own].mean())
        gap += abs(mean - float(truth[own].mean())) * float(own.mean())
        bounds = float(stated[own].min()), float(stated[own].max())
        bins.append(Bin(low=bounds[0], high=bounds[1], stated=mean, observed=share))
    sure = np.abs(ratings - threshold) if confidence is None else confidence
    return Calibration(
        bins=tuple(bins),
        brier=float(((stated - truth) ** 2).mean()),
        error=gap,
        type2_auc=_type2(sure, correct, alpha),
    )


def _type2(sure: Floats, correct: Bools, alpha: float) -> Estimate:
    right, wrong = sure[correct], sure[~correct]
    if not len(right) or not len(wrong):
        words = f"no answer is {'right' if not len(right) else 'wrong'}"
        return not_estimable("confidence of right against wrong answers, DeLong", words)
    values = (np.sign(right[:, None] - wrong[None, :]) + 1) / 2
    return auc_delong(Kernel(values=values[None, None]), 0, 0, alpha=alpha)
