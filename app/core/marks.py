"""Marks that others put on images: presentation states and computer-aided detection.

Places are in pixels of the stored image, as everywhere (`app.core.measure`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from app.core.display import Voi
from app.core.geometry import Point
from app.core.mammogram import Facts

Shape = Literal["polyline", "point", "ellipse", "circle", "text"]


class Outcome(StrEnum):
    """What came of computer-aided detection; no report at all is `NOT_RUN`."""

    FINDINGS = "findings"
    NONE_FOUND = "none found"
    FAILED = "failed"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One drawing of others.

    A polyline has its points in order; an ellipse the ends of its two axes; a circle its centre
    and a point on it; a point and a text one place.
    """

    shape: Shape
    points: tuple[Point, ...]
    text: str = ""
    filled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The contents of one file: marks by the SOP Instance UID of the image they belong to.

    `outcome` is None for a presentation state. Images that were looked at without a finding have
    an entry without marks.
    """

    file: str
    title: str  #: label of the state, or name and version of the algorithm
    images: Mapping[str, tuple[Mark, ...]]
    outcome: Outcome | None = None
    vois: Mapping[str, tuple[Voi, ...]] = field(default_factory=dict)  #: windows a state asks for


def marks_on(facts: Facts, all_marks: Iterable[Marks]) -> list[tuple[Marks, tuple[Mark, ...]]]:
    """Return the files with marks for an image, or for the image it was made from.

    Detection mostly runs on the For Processing twin; its places hold for this image only where
    the header says that spatial locations were preserved.
    """
    uids = [uid for uid in (facts.uid, *facts.twins) if uid]
    found = []
    for marks in all_marks:
        here = [marks.images[uid] for uid in uids if uid in marks.images]
        if here:
            found.append((marks, tuple(mark for part in here for mark in part)))
    return found


def detection_on(facts: Facts, all_marks: Iterable[Marks]) -> Outcome:
    """Return what computer-aided detection made of one image; the best news of several reports."""
    outcomes = set()
    for marks, drawn in marks_on(facts, all_marks):
        if marks.outcome is Outcome.FINDINGS:
            outcomes.add(Outcome.FINDINGS if drawn else Outcome.NONE_FOUND)
        elif marks.outcome is not None:
            outcomes.add(marks.outcome)
    for outcome in (Outcome.FINDINGS, Outcome.NONE_FOUND, Outcome.FAILED):
        if outcome in outcomes:
            return outcome
    return Outcome.NOT_RUN
