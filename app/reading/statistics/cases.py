"""What single images did: how often they were called positive, and where artefacts were seen."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.reading.ratings import CaseFacts, Rating
from app.reading.statistics.estimate import Estimate
from app.reading.statistics.grid import Kernel
from app.reading.statistics.mrmc_gallas import single
from app.reading.statistics.order import is_called
from app.reading.statistics.single_reader import Proportion, proportion

#: Share of generated images with an artefact obvious to an untrained observer (Korkinof et al.,
#: Radiol Artif Intell 3 (2021) e190181).
PUBLISHED = {"MLO": 0.136, "CC": 0.064}


@dataclass(frozen=True, kw_only=True)
class Difficulty:
    """How often one case was called positive, over all readers."""

    case: str
    modality: str | None
    truth: bool
    called: Proportion
    mean_rating: float


def difficulty(
    rows: Sequence[Rating], threshold: float, *, alpha: float = 0.05
) -> list[Difficulty]:
    """Return all cases, least often called positive first."""
    by_case: dict[tuple[str, str | None], list[Rating]] = {}
    for row in rows:
        if not row.repeat:
            by_case.setdefault((row.case, row.modality), []).append(row)
    found = [
        Difficulty(
            case=case,
            modality=modality,
            truth=own[0].truth,
            called=proportion(
                sum(is_called(r, threshold) for r in own), len(own), null=None, alpha=alpha
            ),
            mean_rating=float(np.mean([r.rating for r in own])),
        )
        for (case, modality), own in by_case.items()
    ]
    return sorted(found, key=lambda d: (d.called.value or 0, d.mean_rating, d.case))


@dataclass(frozen=True, kw_only=True)
class Artefacts:
    """Artefact marks on the positive cases of one view.

    `marked` is the share of answers with at least one mark, readers and cases random; `reasons`
    counts the answers that gave each reason. `published` is the share in Korkinof 2021.
    """

    view: str
    images: int
    answers: int
    marked: Estimate
    reasons: Mapping[str, int]
    published: float | None


def artefacts(
    rows: Sequence[Rating], cases: Mapping[str, CaseFacts], *, alpha: float = 0.05
) -> list[Artefacts]:
    """Return the tally by view; empty where no answer carries a mark."""
    rows = [r for r in rows if r.truth and not r.repeat]
    if not any(r.marks for r in rows):
        return []
    by_view: dict[str, list[Rating]] = {}
    for row in rows:
        by_view.setdefault(cases.get(row.case, CaseFacts()).view or "not stated", []).append(row)
    return [_tally(view, own, alpha) for view, own in sorted(by_view.items())]


def _tally(view: str, rows: Sequence[Rating], alpha: float) -> Artefacts:
    readers = list(dict.fromkeys(r.reader for r in rows))
    names = list(dict.fromkeys((r.case, r.modality) for r in rows))
    values = np.full((1, len(readers), len(names), 1), np.nan)
    at_reader = {name: i for i, name in enumerate(readers)}
    at_case = {name: i for i, name in enumerate(names)}
    for row in rows:
        values[0, at_reader[row.reader], at_case[row.case, row.modality], 0] = bool(row.marks)
    reasons = Counter(reason for row in rows for reason in {m.reason for m in row.marks})
    published = PUBLISHED.get(view.upper())
    marked = single(
        Kernel(values=values, sampled=(True, False)), 0, null=published or 0.0, alpha=alpha
    )
    return Artefacts(
        view=view,
        images=len(names),
        answers=len(rows),
        marked=marked,
        reasons=dict(reasons.most_common()),
        published=published,
    )
