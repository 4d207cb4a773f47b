"""What a reader draws on a mammogram, and whether he marked it as a key image.

Places are (x, y) in pixels of the stored image, as in `app.core.measure`: they outlive every flip,
zoom and window.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from types import MappingProxyType
from typing import Any, Literal, cast, get_args

from app.core.geometry import Point

Kind = Literal["distance", "angle", "ellipse", "rectangle", "freehand", "profile"]
FORMAT = 1
#: How many places a kind needs, at least and at most.
PLACES: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "distance": (2, 2),
        "angle": (3, 3),
        "ellipse": (2, 2),
        "rectangle": (2, 2),
        "freehand": (3, 10_000),
        "profile": (2, 2),
    }
)
MAX_ANNOTATIONS = 10_000  #: of one image
REGIONS = ("ellipse", "rectangle", "freehand")


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One drawing: an angle has its corner second, a box two opposite corners."""

    kind: Kind
    points: tuple[Point, ...]
    label: str = ""  #: the reader's words

    def __post_init__(self) -> None:
        least, most = PLACES[self.kind]
        if not least <= len(self.points) <= most:
            raise ValueError(f"{self.kind} of {len(self.points)} places; {least} are needed")
        if not all(isfinite(value) for point in self.points for value in point):
            raise ValueError(f"{self.kind}: places must be finite numbers")

    def moved(self, right: float, down: float) -> "Annotation":
        """Return the drawing pushed by pixels of the stored image."""
        return replace(self, points=tuple((x + right, y + down) for x, y in self.points))

    def with_place(self, number: int, place: Point) -> "Annotation":
        """Return the drawing with one of its places put elsewhere."""
        points = (*self.points[:number], place, *self.points[number + 1 :])
        return replace(self, points=points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """All that readers left on one image."""

    annotations: tuple[Annotation, ...] = ()
    key: bool = False  #: marked as a key image

    def with_annotation(self, annotation: Annotation, number: int | None = None) -> "Notes":
        """Return the notes with an annotation added, or put in place of one there is."""
        if number is None:
            return replace(self, annotations=(*self.annotations, annotation))
        before, after = self.annotations[:number], self.annotations[number + 1 :]
        return replace(self, annotations=(*before, annotation, *after))

    def without(self, number: int) -> "Notes":
        """Return the notes less one annotation."""
        kept = self.annotations[:number] + self.annotations[number + 1 :]
        return replace(self, annotations=kept)

    def to_json(self) -> str:
        """Return the notes as JSON text; nothing in it tells whose image it is."""
        drawn = [
            {"kind": a.kind, "points": [list(p) for p in a.points], "label": a.label}
            for a in self.annotations
        ]
        found = {"mammoscope_notes": FORMAT, "key": self.key, "annotations": drawn}
        return json.dumps(found, sort_keys=True, ensure_ascii=False)


def notes_from_json(text: str) -> Notes:
    """Return the notes `Notes.to_json` wrote; ValueError says what is wrong with the text."""
    try:
        raw = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError("annotations: not JSON") from error
    if not isinstance(raw, dict) or raw.get("mammoscope_notes") != FORMAT:
        raise ValueError(f"annotations: not Mammoscope annotations of format {FORMAT}")
    if set(raw) != {"mammoscope_notes", "key", "annotations"}:
        raise ValueError(f"annotations: unknown or missing keys in {sorted(map(str, raw))}")
    drawn, key = raw["annotations"], raw["key"]
    if not isinstance(drawn, list) or len(drawn) > MAX_ANNOTATIONS or not isinstance(key, bool):
        raise ValueError("annotations: a list of annotations and a true or false key are expected")
    return Notes(annotations=tuple(_annotation(item) for item in drawn), key=key)


def _annotation(raw: Any) -> Annotation:
    if not isinstance(raw, dict) or set(raw) != {"kind", "points", "label"}:
        raise ValueError("annotations: each has kind, points and label")
    kind, points, label = raw["kind"], raw["points"], raw["label"]
    if kind not in get_args(Kind):
        raise ValueError(f"annotations: kind {kind!r}; allowed are {', '.join(get_args(Kind))}")
    if not isinstance(label, str):
        raise ValueError("annotations: label must be text")
    try:
        places = tuple((float(x), float(y)) for x, y in points)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError("annotations: points are pairs of numbers") from error
    return Annotation(kind=cast(Kind, kind), points=places, label=label)


# Undo: every change of the notes of an image, in order.


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The notes of one image before and after something was drawn, moved or deleted."""

    image: str
    before: Notes
    after: Notes


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLog:
    """Changes that can be undone, and those that were; a value like `viewstate.History`."""

    past: tuple[Change, ...] = ()
    future: tuple[Change, ...] = ()

    def with_change(self, change: Change) -> "ChangeLog":
        """Return the log with a change on top; what was undone before it is gone."""
        return ChangeLog(past=(*self.past[-199:], change))

    def undone(self) -> "tuple[ChangeLog, Change | None]":
        """Return the log one step back and the change to take back."""
        if not self.past:
            return self, None
        last = self.past[-1]
        return ChangeLog(past=self.past[:-1], future=(last, *self.future)), last

    def redone(self) -> "tuple[ChangeLog, Change | None]":
        """Return the log one step forward and the change to make again."""
        if not self.future:
            return self, None
        first = self.future[0]
        return ChangeLog(past=(*self.past, first), future=self.future[1:]), first
