"""Ratings as arrays, and the kernel of each endpoint over readers and cases."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from app.reading.ratings import CompletedReading, Rating

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Grid:
    """Ratings of one reading without repeats.

    `scores` and `calls` have shape (modalities, readers, cases), NaN where a reader did not rate
    a case; calls are 0 or 1. `truth` has shape (cases,), True for positive.
    """

    modalities: tuple[str, ...]
    readers: tuple[str, ...]
    cases: tuple[str, ...]
    truth: Bools
    scores: Floats
    calls: Floats

    def of(self, modalities: Sequence[str]) -> "Grid":
        """Return the grid of these modalities, without readers and cases that have no rating."""
        picked = [self.modalities.index(m) for m in modalities]
        scores, calls = self.scores[picked], self.calls[picked]
        rated: Bools = np.asarray(~np.isnan(scores))
        readers: Bools = np.asarray(rated.any(axis=(0, 2)))
        cases: Bools = np.asarray(rated.any(axis=(0, 1)))
        return replace(
            self,
            modalities=tuple(modalities),
            readers=tuple(r for r, keep in zip(self.readers, readers, strict=True) if keep),
            cases=tuple(c for c, keep in zip(self.cases, cases, strict=True) if keep),
            truth=self.truth[cases],
            scores=scores[:, readers][:, :, cases],
            calls=calls[:, readers][:, :, cases],
        )

    @property
    def read(self) -> Bools:
        """Which reader read in which modality, shape (modalities, readers)."""
        return np.asarray((~np.isnan(self.scores)).any(axis=2), dtype=np.bool_)

    @property
    def missing(self) -> int:
        """How many ratings lack, of the cases of each modality by the readers who read it."""
        rated: Bools = np.asarray(~np.isnan(self.scores))
        cases: Bools = np.asarray(rated.any(axis=1))
        wanted = cases[:, None, :] & self.read[:, :, None]
        return int((wanted & ~rated).sum())

    @property
    def crossed(self) -> bool:
        """Whether every reader rated every case in every modality."""
        return not bool(np.isnan(self.scores).any())


def grid_of(reading: CompletedReading) -> Grid:
    """Return the ratings of `reading`, without its repeats, as arrays."""
    rows = [r for r in reading.ratings if not r.repeat]
    modalities = reading.modalities
    readers = tuple(dict.fromkeys(r.reader for r in rows))
    cases = {r.case: r.truth for r in rows}
    shape = (len(modalities), len(readers), len(cases))
    scores, calls = np.full(shape, np.nan), np.full(shape, np.nan)
    at_reader = {name: i for i, name in enumerate(readers)}
    at_case = {name: i for i, name in enumerate(cases)}
    threshold = threshold_of(reading)
    for row in rows:
        places = modalities if row.modality is None else (row.modality,)
        called = row.rating > threshold if row.called is None else row.called
        for modality in places:
            place = modalities.index(modality), at_reader[row.reader], at_case[row.case]
            scores[place], calls[place] = row.rating, called
    return Grid(
        modalities=modalities,
        readers=readers,
        cases=tuple(cases),
        truth=np.array(list(cases.values()), dtype=np.bool_),
        scores=scores,
        calls=calls,
    )


def by_group(reading: CompletedReading, modality: str) -> CompletedReading | None:
    """Return one modality's ratings with the reader groups in the place of modalities."""
    rows: list[Rating] = []
    for row in reading.ratings:
        facts = reading.readers.get(row.reader)
        if facts and facts.group and row.modality in (None, modality):
            rows.append(replace(row, modality=facts.group))
    if len({row.modality for row in rows}) < 2:
        return None
    return replace(reading, ratings=tuple(rows), choices=())


def scale_of(reading: CompletedReading) -> tuple[float, float]:
    """Return the lowest and highest rating: as designed, or as found."""
    if reading.scale is not None:
        return reading.scale
    values = [r.rating for r in reading.ratings] or [0.0, 1.0]
    return min(values), max(values)


def threshold_of(reading: CompletedReading) -> float:
    """Return the rating above which a case counts as called positive.

    As given; else the middle of the designed scale; else, for at most 101 whole-numbered ratings,
    the middle of the range used; else the median of all ratings.
    """
    if reading.threshold is not None:
        return reading.threshold
    low, high = scale_of(reading)
    values = np.array([r.rating for r in reading.ratings])
    whole = bool(np.all(values == np.round(values))) and high - low <= 100
    if reading.scale is None and not whole:
        return float(np.median(values))
    return (low + high) / 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Kernel:
    """What is averaged over pairs of a positive and a negative case.

    `values` has shape (modalities, readers, positives, negatives), NaN where not observed.
    `sampled` says which of the two case axes is a sample; an endpoint of one class only has a
    single fixed entry on the other axis. `cases` gives the names along each axis.
    """

    values: Floats
    sampled: tuple[bool, bool] = (True, True)

    @property
    def performance(self) -> Floats:
        """Mean over the observed pairs, shape (modalities, readers), NaN where none."""
        seen = ~np.isnan(self.values)
        count = seen.sum(axis=(2, 3))
        total = np.where(seen, self.values, 0.0).sum(axis=(2, 3))
        mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
        return np.asarray(mean)

    @property
    def too_few(self) -> str | None:
        """Why variances can't be estimated, or None."""
        for axis, name in ((0, "positive"), (1, "negative")):
            if self.sampled[axis] and self.values.shape[2 + axis] < 2:
                count = ("no", "only one")[self.values.shape[2 + axis]]
                return f"there is {count} {name} case"
        return None


def auc_kernel(grid: Grid) -> Kernel:
    """Return 1 where the positive case is rated higher, 0.5 where equal, else 0 (Mann-Whitney)."""
    positive, negative = grid.scores[..., grid.truth], grid.scores[..., ~grid.truth]
    difference = positive[..., :, None] - negative[..., None, :]
    values: Any = np.where(np.isnan(difference), np.nan, (np.sign(difference) + 1) / 2)
    return Kernel(values=values)


def sensitivity_kernel(grid: Grid) -> Kernel:
    """Return the calls of the positive cases."""
    return Kernel(values=grid.calls[..., grid.truth][..., None], sampled=(True, False))


def specificity_kernel(grid: Grid) -> Kernel:
    """Return 1 for each negative case not called positive."""
    return Kernel(values=1 - grid.calls[..., None, ~grid.truth], sampled=(False, True))


def accuracy_kernel(grid: Grid) -> Kernel:
    """Return 1 for each case, of either class, that was called rightly."""
    right = np.where(grid.truth, grid.calls, 1 - grid.calls)
    return Kernel(values=right[..., None], sampled=(True, False))
