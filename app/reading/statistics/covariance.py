"""Covariances of the readers' performances over the sampling of cases, by three methods.

Each takes a kernel and returns a matrix over the flattened (modality, reader) pairs, in that
order. Readers may have rated different cases, and modalities may share cases of one class only:
each method uses the cases two readers have in common. Entries that can't be estimated are NaN.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.reading.statistics.grid import Floats, Kernel


@dataclass(frozen=True, kw_only=True, eq=False)
class PairSums:
    """Sums of products of two readers' kernels, and of how often both were observed.

    `numerators` and `counts` have shape (4, first, second): over pairs of entries with the same
    positive and the same negative case, the same positive, the same negative, or any.
    """

    numerators: Floats
    counts: Floats

    def exact(self) -> "PairSums":
        """Return the sums over pairs that share exactly: both, only positive, only negative, none.

        Source: Gallas, Acad Radiol 13 (2006) 353.
        """
        both, first, second, every = range(4)

        def split(sums: Floats) -> Floats:
            return np.stack(
                [
                    sums[both],
                    sums[first] - sums[both],
                    sums[second] - sums[both],
                    sums[every] - sums[first] - sums[second] + sums[both],
                ]
            )

        return PairSums(numerators=split(self.numerators), counts=split(self.counts))


def pair_sums(first: Floats, second: Floats) -> PairSums:
    """Return the sums for kernels of shape (readers, positives, negatives), NaN not observed."""
    parts = []
    for one, other in (
        (np.nan_to_num(first), np.nan_to_num(second)),
        ((~np.isnan(first)).astype(float), (~np.isnan(second)).astype(float)),
    ):
        flat, flat_other = one.reshape(len(one), -1), other.reshape(len(other), -1)
        sums = [
            flat @ flat_other.T,
            one.sum(axis=2) @ other.sum(axis=2).T,
            one.sum(axis=1) @ other.sum(axis=1).T,
            np.outer(flat.sum(axis=1), flat_other.sum(axis=1)),
        ]
        parts.append(np.stack(sums))
    return PairSums(numerators=parts[0], counts=parts[1])


def independent(sampled: tuple[bool, bool]) -> int:
    """Return which exact pairing shares no sampled case: its moment is the squared mean."""
    return {(True, True): 3, (True, False): 2, (False, True): 1}[sampled]


def unbiased(kernel: Kernel) -> Floats:
    """Return the U-statistic covariances, which may be negative (Gallas 2006, equations 7-10)."""
    flat = kernel.values.reshape(-1, *kernel.values.shape[2:])
    sums = pair_sums(flat, flat)
    exact = sums.exact()
    moments = np.divide(
        exact.numerators,
        exact.counts,
        out=np.zeros_like(exact.numerators),
        where=exact.counts > 0,
    )
    whole = sums.counts[3]
    weights = np.divide(exact.counts, whole, out=np.zeros_like(exact.counts), where=whole > 0)
    apart = independent(kernel.sampled)
    weights[apart] -= 1
    result = np.asarray((weights * moments).sum(axis=0))
    result[(exact.counts[apart] == 0) | (whole == 0)] = np.nan
    return result


def delong(kernel: Kernel) -> Floats:
    """Return the covariances from structural components (DeLong et al., Biometrics 44 (1988) 837).

    Cases that only one of two readers rated add nothing to their covariance.
    """
    flat = kernel.values.reshape(-1, *kernel.values.shape[2:])
    mean = kernel.performance.reshape(-1)
    total = np.zeros((len(flat), len(flat)))
    for axis in (0, 1):
        if kernel.sampled[axis]:
            total += _component(flat, mean, axis)
    return total


def _component(flat: Floats, mean: Floats, axis: int) -> Floats:
    seen = ~np.isnan(flat)
    other = 2 - axis  # axis 0: positives, average over negatives (axis 2 of flat), and back
    count = seen.sum(axis=other)
    component = np.divide(
        np.where(seen, flat, 0.0).sum(axis=other),
        count,
        out=np.zeros(count.shape),
        where=count > 0,
    )
    rated = count > 0
    centred = np.where(rated, component - np.nan_to_num(mean)[:, None], 0.0)
    weight = rated.astype(float)
    common, own = weight @ weight.T, weight.sum(axis=1)
    scale = np.outer(own, own) * (common - 1)
    unknown = (common == 1) | (np.outer(own, own) == 0)
    factor = np.divide(common, scale, out=np.zeros_like(scale), where=scale > 0)
    return np.where(unknown, np.nan, centred @ centred.T * factor)


def leave_one_out(kernel: Kernel) -> Floats:
    """Return the performance without each case in turn, shape (modalities * readers, cases).

    A case a reader did not rate leaves that reader's performance as it is. NaN where nothing is
    left. Positives come first, then negatives; a fixed axis is not left out.
    """
    flat = kernel.values.reshape(-1, *kernel.values.shape[2:])
    seen = (~np.isnan(flat)).astype(float)
    values = np.nan_to_num(flat)
    parts = []
    for axis in (0, 1):
        if kernel.sampled[axis]:
            other = 2 - axis
            total = values.sum(axis=(1, 2))[:, None] - values.sum(axis=other)
            count = seen.sum(axis=(1, 2))[:, None] - seen.sum(axis=other)
            parts.append(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0))
    return np.concatenate(parts, axis=1)


def jackknife(kernel: Kernel) -> Floats:
    """Return the leave-one-case-out covariances (Obuchowski & Rockette 1995; Hillis 2005)."""
    left = leave_one_out(kernel)
    cases = left.shape[1]
    centred = left - left.mean(axis=1, keepdims=True)
    return np.asarray(centred @ centred.T * ((cases - 1) / cases))


METHODS: dict[str, Callable[[Kernel], Floats]] = {
    "delong": delong,
    "jackknife": jackknife,
    "unbiased": unbiased,
}
