"""Two-alternative forced choice: proportion correct estimates the same area as the ROC."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.reading.ratings import Choice
from app.reading.statistics import mrmc_gallas, mrmc_or
from app.reading.statistics.covariance import unbiased
from app.reading.statistics.equivalence import Equivalence, tost
from app.reading.statistics.estimate import Estimate
from app.reading.statistics.grid import Kernel
from app.reading.statistics.single_reader import Proportion, holm, proportion


@dataclass(frozen=True, kw_only=True)
class ReaderChoices:
    """One reader's choices: how often right, and how often the left one was taken."""

    reader: str
    correct: Proportion
    p_holm: float | None
    left: Proportion


@dataclass(frozen=True, kw_only=True)
class Choices:
    """The forced choices of one modality; for the panel, readers and pairs are random."""

    modality: str
    readers: tuple[ReaderChoices, ...]
    obuchowski_rockette: dict[str, Estimate]
    gallas: Estimate
    equivalence: Equivalence | None


def choices(
    rows: Sequence[Choice], modality: str, *, margin: float | None = None, alpha: float = 0.05
) -> Choices | None:
    """Return the analysis of the forced choices of one modality; None without any."""
    own = [r for r in rows if r.modality in (None, modality)]
    if not own:
        return None
    readers = list(dict.fromkeys(r.reader for r in own))
    pairs = list(dict.fromkeys(r.pair for r in own))
    values = np.full((1, len(readers), len(pairs), 1), np.nan)
    at_reader = {name: i for i, name in enumerate(readers)}
    at_pair = {name: i for i, name in enumerate(pairs)}
    for row in own:
        values[0, at_reader[row.reader], at_pair[row.pair], 0] = row.correct
    kernel = Kernel(values=values, sampled=(True, False))
    gallas = mrmc_gallas.single(kernel, 0, alpha=alpha)
    panel = mrmc_or.single(kernel.performance[0], unbiased(kernel), alpha=alpha)
    judged = panel[mrmc_or.RANDOM if len(readers) > 1 else mrmc_or.FIXED_READERS]
    return Choices(
        modality=modality,
        readers=_by_reader(own, readers, alpha),
        obuchowski_rockette=panel,
        gallas=gallas,
        equivalence=None if margin is None else tost(judged, 0.5, margin, alpha=alpha),
    )


def _by_reader(
    rows: Sequence[Choice], readers: Sequence[str], alpha: float
) -> tuple[ReaderChoices, ...]:
    def share(reader: str, values: Sequence[bool]) -> Proportion:
        return proportion(sum(values), len(values), alpha=alpha)

    correct = [share(n, [r.correct for r in rows if r.reader == n]) for n in readers]
    left = [share(n, [r.chose_left for r in rows if r.reader == n]) for n in readers]
    adjusted = holm([c.p for c in correct])
    return tuple(
        ReaderChoices(reader=n, correct=c, p_holm=p, left=side)
        for n, c, p, side in zip(readers, correct, adjusted, left, strict=True)
    )
