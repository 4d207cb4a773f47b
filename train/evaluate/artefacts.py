"""The sheet of a hundred random exams that a person looks at, and the tally of what was seen."""

import json
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from train.evaluate import plots
from train.evaluate.estimate import Interval
from train.evaluate.sample import Source, breasts

EXAMS, ACROSS = 100, 10
TALL = (80, 160)  #: rows of an image on the sheet, at least and at most
KINDS = ("checkerboard", "boundary", "nipple", "spots", "shape", "other")
FORMAT = 1
Z95 = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a person saw on the sheet."""

    reader: str
    exams: int  #: how many were looked at, from the first on
    with_artefact: Interval  #: share of exams, Wilson's interval
    images: dict[str, Interval]  #: share of images with an artefact, by view
    kinds: dict[str, int]  #: images with each kind


def sheet(source: Source, first: int) -> NDArray[np.uint8]:
    """Return a hundred exams in a grid of ten by ten, rows first: right beside left, views below.

    Seeds follow one another from the first: no exam is chosen or left out.
    """
    seeds = range(first, first + EXAMS)
    right, left = breasts(source, seeds), breasts(source, seeds, left=True)
    white = np.iinfo(source.kind).max
    tall = min(max(source.size[0], TALL[0]), TALL[1])
    exams = []
    for one, other in zip(right, left, strict=True):
        rows = [
            np.hstack([plots.small(x / white, tall) for x in (one[k][:, ::-1], other[k])])
            for k in range(len(source.views))
        ]
        exams.append(np.pad(np.vstack(rows), 3, constant_values=60))
    return np.vstack([np.hstack(exams[i : i + ACROSS]) for i in range(0, EXAMS, ACROSS)])


def blank(model: str, first: int, views: tuple[str, ...]) -> dict[str, Any]:
    """Return a tally to be filled in."""
    places = [side + view for view in views for side in "RL"]
    return {
        "mammoscope_tally": FORMAT,
        "model": model,
        "first_seed": first,
        "reader": "",
        "exams_looked_at": 0,
        "marks": {},
        "how": (
            "Name yourself as reader, say how many exams of artefacts.png you looked at, and give "
            f'each seed with an obvious artefact as "17": {{"{places[0]}": ["shape"]}}. '
            f"Images: {', '.join(places)}. Kinds: {', '.join(KINDS)}."
        ),
    }


def read_tally(path: Path, model: str, first: int, views: tuple[str, ...]) -> Tally:
    """Return the tally in a file; ValueError when it is of other pictures or not filled in."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name}: not JSON ({error})") from error
    if not isinstance(raw, dict) or raw.get("mammoscope_tally") != FORMAT:
        raise ValueError(f"{path.name}: not a Mammoscope tally of format {FORMAT}")
    if raw.get("model") != model or raw.get("first_seed") != first:
        raise ValueError(f"{path.name}: a tally of other pictures (model or first seed differ)")
    reader, exams, marks = (raw.get(k) for k in ("reader", "exams_looked_at", "marks"))
    if not isinstance(reader, str) or not reader.strip():
        raise ValueError(f"{path.name}: reader is empty; say who looked")
    if type(exams) is not int or not 1 <= exams <= EXAMS or not isinstance(marks, dict):
        raise ValueError(f"{path.name}: exams_looked_at is {exams!r}; allowed are 1 to {EXAMS}")
    seen = _marks(path.name, marks, range(first, first + exams), views)
    places = {(seed, place) for seed, place, _ in seen}
    by_view = Counter(place[1:] for _, place in places)
    return Tally(
        reader=reader.strip(),
        exams=exams,
        with_artefact=wilson(len({seed for seed, _ in places}), exams),
        images={view: wilson(by_view[view], 2 * exams) for view in views},
        kinds=dict(Counter(kind for _, _, kind in seen)),
    )


def _marks(
    file: str, marks: dict[str, Any], seeds: range, views: tuple[str, ...]
) -> set[tuple[str, str, str]]:
    """Return seed, image and kind of every artefact; ValueError for what is not on the sheet."""
    images = sorted(side + view for view in views for side in "RL")
    seen: set[tuple[str, str, str]] = set()
    for seed, of_exam in marks.items():
        fine = seed in map(str, seeds) and isinstance(of_exam, dict)
        for place, kinds in of_exam.items() if fine else ():
            known = isinstance(kinds, list) and all(kind in KINDS for kind in kinds)
            fine = fine and place in images and known
            seen |= {(seed, place, kind) for kind in kinds}
        if not fine:
            raise ValueError(
                f"{file}: seed {seed}: {of_exam}; allowed are seeds {seeds[0]} to {seeds[-1]}, "
                f"images {', '.join(images)}, and lists of {', '.join(KINDS)}"
            )
    return seen


def wilson(count: int, of: int) -> Interval:
    """Return a share and its 95 % interval (Wilson 1927)."""
    share = count / of
    middle = (share + Z95**2 / (2 * of)) / (1 + Z95**2 / of)
    half = Z95 / (1 + Z95**2 / of) * math.sqrt(share * (1 - share) / of + Z95**2 / (4 * of**2))
    return Interval(value=share, low=max(0.0, middle - half), high=min(1.0, middle + half))
