"""Figures with intervals: whole samples once, random halves of their groups a hundred times.

The spread of a statistic over random halves, drawn without replacement, is that of the whole
sample (half-sample replication, McCarthy 1969; for a mean it is exactly so). Unlike a bootstrap
with replacement it puts no image twice into a sample, which would ruin nearest neighbours, and
bias every distance. Halves are of patients and of latents, not of images.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train.evaluate.case import Case, Sample

REPLICATES = 100
DRAWS = 8  #: matched draws averaged for a figure
DRAWS_IN_HALVES = 3
LEVEL = 95  #: per cent of the intervals

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number: of the generated images, of real ones, and the two beside each other."""

    name: str
    generated: Interval
    real: Interval  #: distances: training against held-out images; levels: of the held-out ones
    ratio: Interval | None = None  #: generated / real
    difference: Interval | None = None  #: generated - real
    training: Interval | None = None  #: levels only: of the training images


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chosen:
    """Which images of each sample a statistic is taken over."""

    generated: Places
    training: Places
    held_out: Places


Statistic = Callable[[Chosen], NDArray[np.float64]]


def distances(case: Case, names: tuple[str, ...], statistic: Statistic) -> tuple[Figure, ...]:
    """Return figures of distances to the held-out images: of generated ones and of training ones.

    `statistic` returns (len(names), 2), the two distances, for images of equal number in each view,
    since most distances depend on the number. Compared as a ratio.
    """

    def averaged(pools: Chosen, draws: int, draw: np.random.Generator) -> NDArray[np.float64]:
        found = [statistic(matched(case, pools, draw)) for _ in range(draws)]
        mean: NDArray[np.float64] = np.mean(found, axis=0)
        return mean

    whole, halves = replicated(case, averaged, names[0])
    figures = []
    for k, name in enumerate(names):
        ratio = whole[k, 0] / _not_zero(whole[k, 1]), halves[:, k, 0] / _not_zero(halves[:, k, 1])
        figures.append(
            Figure(
                name=name,
                generated=interval(whole[k, 0], halves[:, k, 0]),
                real=interval(whole[k, 1], halves[:, k, 1]),
                ratio=interval(*ratio),
            )
        )
    return tuple(figures)


def levels(case: Case, names: tuple[str, ...], statistic: Statistic) -> tuple[Figure, ...]:
    """Return figures of levels: `statistic` returns (len(names), 3), generated, training, held-out.

    Compared as the difference of generated and held-out images.
    """
    whole, halves = replicated(case, lambda pools, draws, draw: statistic(pools), names[0])
    figures = []
    for k, name in enumerate(names):
        made, trained, held = (interval(whole[k, i], halves[:, k, i]) for i in range(3))
        apart = interval(whole[k, 0] - whole[k, 2], halves[:, k, 0] - halves[:, k, 2])
        figures.append(
            Figure(name=name, generated=made, real=held, training=trained, difference=apart)
        )
    return tuple(figures)


def interval(value: float, halves: NDArray[np.float64]) -> Interval:
    """Return the interval of a value from its values over halves, whose bias is taken off."""
    known = halves[np.isfinite(halves)]
    if not np.isfinite(value) or known.size < 2:
        return Interval(value=float(value), low=float("nan"), high=float("nan"))
    tail = (100 - LEVEL) / 2
    low, high = np.percentile(known - known.mean(), (tail, 100 - tail))
    return Interval(value=float(value), low=float(value + low), high=float(value + high))


def _not_zero(x: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    return np.where(np.abs(x) < 1e-12, np.nan, x)


def replicated(
    case: Case,
    statistic: Callable[[Chosen, int, np.random.Generator], NDArray[np.float64]],
    purpose: str,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a statistic of the whole samples, and of random halves of them, (REPLICATES, ...).

    `statistic` is given pools to take images from, how many matched draws it shall average, and a
    random generator.
    """
    draw = case.draw(purpose)
    everything = Chosen(
        generated=np.arange(len(case.generated)),
        training=np.arange(len(case.training)),
        held_out=np.arange(len(case.held_out)),
    )
    whole = statistic(everything, DRAWS, draw)
    halves = []
    for _ in range(REPLICATES):
        pools = Chosen(
            generated=_half(case.generated, draw),
            training=_half(case.training, draw),
            held_out=_half(case.held_out, draw),
        )
        halves.append(statistic(pools, DRAWS_IN_HALVES, draw))
        case.tick()
    return whole, np.stack(halves)


def _half(sample: Sample, draw: np.random.Generator) -> Places:
    groups = np.unique(sample.group)
    chosen = draw.permutation(groups)[: -(-len(groups) // 2)]
    return np.flatnonzero(np.isin(sample.group, chosen))


def matched(case: Case, pools: Chosen, draw: np.random.Generator) -> Chosen:
    """Return equally many images of each view of the three samples, drawn from the pools."""
    chosen: list[list[Places]] = [[], [], []]
    for view in case.views:
        places = [
            pool[sample.view[pool] == view]
            for pool, sample in (
                (pools.generated, case.generated),
                (pools.training, case.training),
                (pools.held_out, case.held_out),
            )
        ]
        count = min(map(len, places))
        for into, pool in zip(chosen, places, strict=True):
            into.append(draw.permutation(pool)[:count])
    made, trained, held = (np.concatenate(parts) for parts in chosen)
    return Chosen(generated=made, training=trained, held_out=held)
