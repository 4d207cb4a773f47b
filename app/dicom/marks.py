"""Reads presentation states and Mammography CAD reports that others wrote."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydicom.dataset import Dataset

from app.core.display import Voi
from app.core.geometry import Point, Transform
from app.core.marks import Mark, Marks, Outcome
from app.dicom.direct import dataset_of, in_plain_words
from app.dicom.elements import number, text
from app.dicom.pixels import vois_of

GSPS = "1.2.840.10008.5.1.4.1.1.11.1"
MAMMO_CAD = "1.2.840.10008.5.1.4.1.1.88.50"
MOST = 20_000  #: marks of one file
#: CAD Processing and Findings Summary (CID 6047). Where some algorithms failed and others found
#: nothing, nobody knows: that is no "none found".
_OUTCOMES = {
    "111241": Outcome.NONE_FOUND,
    "111242": Outcome.FINDINGS,
    "111243": Outcome.FAILED,
    "111244": Outcome.FINDINGS,
    "111245": Outcome.FAILED,
}
_CENTER, _OUTLINE, _FINDING, _SUMMARY = "111010", "111041", "111059", "111017"
_NAME, _VERSION, _INTENT, _NOT_FOR_PRESENTATION = "111001", "111003", "111056", "111152"


def read_marks(location: str) -> Marks | None:
    """Return the marks in a file, None when it is neither presentation state nor CAD report.

    Unreadable when it is one of them and damaged.
    """
    with in_plain_words(location, "its marks can't be understood"):
        dataset = dataset_of(location, with_pixels=True)
        kind = text(dataset, "SOPClassUID")
        if kind == GSPS:
            return _state(dataset, location)
        if kind == MAMMO_CAD:
            return _report(dataset, location)
    return None


# Presentation states.


def _state(dataset: Dataset, location: str) -> Marks:
    images: dict[str, list[Mark]] = {}
    for series in dataset.get("ReferencedSeriesSequence") or []:
        for item in series.get("ReferencedImageSequence") or []:
            images.setdefault(text(item, "ReferencedSOPInstanceUID"), [])
    for group in dataset.get("GraphicAnnotationSequence") or []:
        named = [
            text(item, "ReferencedSOPInstanceUID")
            for item in group.get("ReferencedImageSequence") or []
        ]
        for uid in named or list(images):
            marks = images.setdefault(uid, [])
            marks += list(_of_group(group, _Area.of(dataset, uid)))
            del marks[MOST:]
    return Marks(
        file=location,
        title=text(dataset, "ContentLabel") or "presentation state",
        images={uid: tuple(marks) for uid, marks in images.items() if uid},
        vois=_windows(dataset, list(images)),
    )


def _windows(dataset: Dataset, images: list[str]) -> dict[str, tuple[Voi, ...]]:
    """Return the windows and LUTs for each image; an item that names none is for all."""
    found: dict[str, tuple[Voi, ...]] = {}
    for item in dataset.get("SoftcopyVOILUTSequence") or []:
        named = [
            text(image, "ReferencedSOPInstanceUID")
            for image in item.get("ReferencedImageSequence") or []
        ]
        for uid in named or images:
            found[uid] = (*found.get(uid, ()), *vois_of(item))
    return found


@dataclass(frozen=True, slots=True)
class _Area:
    """The displayed area of an image, for places given as shares of it."""

    left: float
    top: float
    columns: float
    rows: float
    transform: Transform

    @classmethod
    def of(cls, dataset: Dataset, uid: str) -> "_Area | None":
        """Return the area an image is displayed with; None when none is stated."""
        turn = _TURNS.get((int(number(dataset, "ImageRotation") or 0) % 360, _flipped(dataset)))
        for item in dataset.get("DisplayedAreaSelectionSequence") or []:
            named = [
                text(i, "ReferencedSOPInstanceUID") for i in item.get("ReferencedImageSequence", [])
            ]
            if named and uid not in named:
                continue
            left, top = (float(v) for v in item.DisplayedAreaTopLeftHandCorner)
            right, bottom = (float(v) for v in item.DisplayedAreaBottomRightHandCorner)
            if turn is not None:
                return cls(left - 1, top - 1, right - left + 1, bottom - top + 1, turn)
        return None

    def place(self, across: float, down: float) -> Point:
        """Return the place in the image of shares of the area as displayed."""
        rows, columns = round(self.rows), round(self.columns)
        high, wide = self.transform.shape(rows, columns)
        x, y = self.transform.back((across * wide, down * high), rows, columns)
        return self.left + x, self.top + y


def _flipped(dataset: Dataset) -> bool:
    return text(dataset, "ImageHorizontalFlip") == "Y"


#: Degrees clockwise, then mirrored (PS3.3 C.10.6).
_TURNS = {
    (0, False): Transform.IDENTITY,
    (90, False): Transform.ROTATE_90_CW,
    (180, False): Transform.ROTATE_180,
    (270, False): Transform.ROTATE_90_CCW,
    (0, True): Transform.FLIP_HORIZONTAL,
    (90, True): Transform.TRANSPOSE,
    (180, True): Transform.FLIP_VERTICAL,
    (270, True): Transform.ANTI_TRANSPOSE,
}


def _of_group(group: Dataset, area: _Area | None) -> Iterator[Mark]:
    for item in group.get("GraphicObjectSequence") or []:
        points = _places(item.GraphicData, text(item, "GraphicAnnotationUnits"), area)
        shape = {"INTERPOLATED": "POLYLINE"}.get(kind := text(item, "GraphicType"), kind).lower()
        if points and shape in ("polyline", "point", "ellipse", "circle"):
            filled = text(item, "GraphicFilled") == "Y"
            yield Mark(shape=shape, points=points, filled=filled)  # type: ignore[arg-type]  # tested
    for item in group.get("TextObjectSequence") or []:
        where = item.get("AnchorPoint")
        unit = text(item, "AnchorPointAnnotationUnits")
        if where is None:
            where = item.get("BoundingBoxTopLeftHandCorner")
            unit = text(item, "BoundingBoxAnnotationUnits")
        points = _places(where or [], unit, area)
        words = str(item.get("UnformattedTextValue", "")).replace("\r\n", "\n").strip()
        if points and words:
            yield Mark(shape="text", points=points[:1], text=words[:1000])


def _places(data: Any, unit: str, area: _Area | None) -> tuple[Point, ...]:
    """Return places in the image; none for places relative to an area that is not known."""
    values = [float(v) for v in data]
    if not all(abs(value) < 1e7 for value in values):  # infinite and NaN, too
        return ()
    pairs = list(zip(values[::2], values[1::2], strict=False))
    if unit == "DISPLAY":
        return tuple(area.place(*pair) for pair in pairs) if area is not None else ()
    return tuple(pairs)


# Mammography CAD (PS3.16 TID 4000).


@dataclass
class _Found:
    outcome: Outcome = Outcome.FAILED
    names: list[str] = field(default_factory=list)
    marks: dict[str, list[Mark]] = field(default_factory=dict)


def _report(dataset: Dataset, location: str) -> Marks:
    found = _Found()
    images = _image_library(dataset)
    found.marks = {uid: [] for uid in images.values()}
    _walk(dataset, (1,), images, found)
    return Marks(
        file=location,
        title=" + ".join(dict.fromkeys(found.names)) or text(dataset, "Manufacturer") or "CAD",
        images={uid: tuple(marks[:MOST]) for uid, marks in found.marks.items()},
        outcome=found.outcome,
    )


def _code(item: Dataset, keyword: str = "ConceptNameCodeSequence") -> tuple[str, str]:
    """Return value and meaning of a code, empty when there is none."""
    sequence = item.get(keyword)
    if not sequence:
        return "", ""
    return text(sequence[0], "CodeValue"), text(sequence[0], "CodeMeaning")


def _children(item: Dataset, path: tuple[int, ...]) -> Iterator[tuple[Dataset, tuple[int, ...]]]:
    for place, child in enumerate(item.get("ContentSequence") or [], 1):
        yield child, (*path, place)


def _image_library(dataset: Dataset) -> dict[tuple[int, ...], str]:
    """Return the UID of every image the report names, by its place in the tree."""
    images: dict[tuple[int, ...], str] = {}
    waiting: list[tuple[Dataset, tuple[int, ...]]] = [(dataset, (1,))]
    while waiting:
        item, path = waiting.pop()
        if text(item, "ValueType") == "IMAGE" and item.get("ReferencedSOPSequence"):
            images[path] = text(item.ReferencedSOPSequence[0], "ReferencedSOPInstanceUID")
        waiting += list(_children(item, path))
    return images


def _walk(
    item: Dataset, path: tuple[int, ...], images: dict[tuple[int, ...], str], found: _Found
) -> None:
    """Collect the outcome, the algorithms and the findings below an item."""
    name, _ = _code(item)
    if name == _SUMMARY:
        found.outcome = _OUTCOMES.get(_code(item, "ConceptCodeSequence")[0], Outcome.FAILED)
    elif name == _NAME:
        found.names.append(text(item, "TextValue"))
    elif name == _VERSION and found.names:
        version = text(item, "TextValue")
        if version and not found.names[-1].endswith(version):
            found.names[-1] += f" {version}"
    elif name == _FINDING:
        _finding(item, path, images, found)
    for child, place in _children(item, path):
        _walk(child, place, images, found)


def _finding(
    item: Dataset, path: tuple[int, ...], images: dict[tuple[int, ...], str], found: _Found
) -> None:
    """Take the outline of a finding, its centre where it has none; what others may not see not."""
    kind = _code(item, "ConceptCodeSequence")[1]
    outlines: list[tuple[str, Mark]] = []
    centers: list[tuple[str, Mark]] = []
    for child, place in _children(item, path):
        name, _ = _code(child)
        if name == _INTENT and _code(child, "ConceptCodeSequence")[0] == _NOT_FOR_PRESENTATION:
            return
        if name in (_CENTER, _OUTLINE) and text(child, "ValueType") == "SCOORD":
            uid = _referred(child, place, images)
            points = _places(child.GraphicData, "PIXEL", None)
            shape = text(child, "GraphicType").lower()
            if uid and points and shape in ("polyline", "point", "ellipse", "circle"):
                mark = Mark(shape=shape, points=points, text=kind)  # type: ignore[arg-type]  # tested
                (outlines if name == _OUTLINE else centers).append((uid, mark))
    for uid, mark in outlines or centers:
        found.marks.setdefault(uid, []).append(mark)


def _referred(item: Dataset, path: tuple[int, ...], images: dict[tuple[int, ...], str]) -> str:
    """Return the UID of the image coordinates are selected from: named here, or in the library."""
    for child, place in _children(item, path):
        by_reference = child.get("ReferencedContentItemIdentifier")
        if by_reference is not None:
            wanted = (
                tuple(int(v) for v in by_reference)
                if not isinstance(by_reference, int)
                else (by_reference,)
            )
            return images.get(wanted, "")
        if place in images:
            return images[place]
    return ""
