"""DICOM Hanging Protocol objects (PS3.3 A.44) read as protocols, as far as both agree."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from app.core.drafting import linked
from app.core.protocol import (
    ANY,
    Cell,
    CellOptions,
    Linked,
    Missing,
    Pick,
    Protocol,
    Selector,
    SourceWanted,
    Step,
)
from app.dicom.codes import MODIFIER_CODES, SIDES, VIEW_CODES
from app.dicom.direct import dataset_of
from app.dicom.elements import text
from app.dicom.hanging_write import LATERALITY, SOP_CLASS, SYNTHETIC, VIEW_MODIFIERS, VIEWS
from app.dicom.location import Unreadable

EVERY = frozenset(MODIFIER_CODES.values())
LINKED: tuple[Linked, ...] = ("zoom", "pan", "window")


def read_hanging_protocol(path: Path) -> tuple[Protocol, list[str]]:
    """Return the protocol of a file, and in sentences what of it Mammoscope does not do.

    ValueError when the file is none, or hangs no mammograms.
    """
    try:
        dataset = dataset_of(str(path), with_pixels=False)
    except Unreadable as error:
        raise ValueError(f"{path.name}: is not a DICOM file that can be read") from error
    if text(dataset, "SOPClassUID") != SOP_CLASS:
        raise ValueError(f"{path.name}: is not a DICOM Hanging Protocol")
    try:
        return _protocol(dataset, path)
    except (AttributeError, KeyError, TypeError, IndexError) as error:
        raise ValueError(f"{path.name}: is a Hanging Protocol that lacks what it needs") from error


def _protocol(dataset: Dataset, path: Path) -> tuple[Protocol, list[str]]:
    modalities = {text(one, "Modality") for one in dataset.HangingProtocolDefinitionSequence}
    if not modalities & {"MG", ""}:
        raise ValueError(f"{path.name}: hangs {', '.join(sorted(modalities))}, not mammograms (MG)")
    notes: list[str] = []
    sets = _image_sets(dataset, notes)
    adapt = text(dataset, "PartialDataDisplayHandling") == "ADAPT_LAYOUT"
    groups: dict[int, list[Dataset]] = {}
    for one in dataset.DisplaySetsSequence:
        groups.setdefault(int(one.DisplaySetPresentationGroup), []).append(one)
    selectors: dict[str, Selector] = {}
    steps = [
        _step(group, groups[group], sets, selectors, "collapse" if adapt else "leave_empty", notes)
        for group in sorted(groups)
    ]
    for keyword, words in (
        ("SynchronizedScrollingSequence", "Synchronised scrolling"),
        ("NavigationIndicatorSequence", "Navigation indicators"),
    ):
        if dataset.get(keyword):
            notes.append(f"{words} of the file is left out: all cells of a step move together.")
    title = text(dataset, "HangingProtocolDescription") or text(dataset, "HangingProtocolName")
    identity = re.sub(r"[^a-z0-9]+", "-", text(dataset, "HangingProtocolName").lower()).strip("-")
    named = {step.name for step in steps}
    if len(named) < len(steps):
        steps = [_named(step, number) for number, step in enumerate(steps, 1)]
    made = Protocol(id=identity or "imported", title=title, selectors=selectors, steps=tuple(steps))
    return made, list(dict.fromkeys(notes))


def _named(step: Step, place: int) -> Step:
    return replace(step, name=f"{step.name} {place}")


def _image_sets(dataset: Dataset, notes: list[str]) -> dict[int, Selector]:
    found: dict[int, Selector] = {}
    for one in dataset.ImageSetsSequence:
        side = view = None
        any_of: frozenset[str] = frozenset()
        source: SourceWanted = "any"
        for item in one.ImageSetSelectorSequence:
            attribute = int(item.SelectorAttribute)
            if attribute == LATERALITY:
                side = SIDES.get(text(item, "SelectorCSValue").upper())
            elif attribute == VIEWS:
                codes = item.SelectorCodeSequenceValue
                view = next((v for c in codes if (v := VIEW_CODES.get(text(c, "CodeValue")))), None)
            elif attribute == VIEW_MODIFIERS:
                any_of = _modifiers(item)
            elif attribute == SYNTHETIC and text(item, "SelectorCSValue") == "YES":
                source = "synthetic"
            elif attribute != 0x00080060:
                notes.append(f"Selecting by {item.SelectorAttribute} is left out.")
        for when in one.TimeBasedImageSetsSequence:
            place = int(when.ImageSetNumber)
            label = re.sub(r"[^A-Za-z0-9_-]+", "_", text(when, "ImageSetLabel")).strip("_-")
            found[place] = Selector(
                name=label or f"SET_{place}",
                side=side,
                view=view,
                any_of=any_of,
                source=source,
                when=_when(when, notes),
            )
    return found


def _modifiers(item: Dataset) -> frozenset[str]:
    codes = (text(code, "CodeValue") for code in item.SelectorCodeSequenceValue)
    words = frozenset(word for code in codes if (word := MODIFIER_CODES.get(code)))
    return frozenset({ANY}) if words == EVERY else words


def _when(item: Dataset, notes: list[str]) -> str:
    if text(item, "ImageSetSelectorCategory") == "ABSTRACT_PRIOR":
        values = _numbers(item, "AbstractPriorValue")
        if not values:
            notes.append("Priors told by a code are left out: the last prior is taken.")
            return "prior1"
        first, last = int(values[0]), int(values[-1])
        if first == last == -1:
            return "oldest"
        if first != last:
            notes.append(f"A range of priors ({first} to {last}) is read as its first.")
        return f"prior{min(max(first, 1), 9)}"
    values = _numbers(item, "RelativeTime")
    if not values or max(values) == 0:
        return "current"
    if min(values) == 0:
        return ANY
    notes.append("Priors told by a time span are read as the last prior.")
    return "prior1"


def _numbers(item: Dataset, keyword: str) -> list[float]:
    value = item.get(keyword)
    if value is None:
        return []
    return [float(v) for v in value] if isinstance(value, MultiValue | list) else [float(value)]


def _step(
    group: int,
    sets: Sequence[Dataset],
    images: dict[int, Selector],
    selectors: dict[str, Selector],
    missing: Missing,
    notes: list[str],
) -> Step:
    boxes = []
    for one in sets:
        if len(one.ImageBoxesSequence) > 1:
            notes.append("Display sets of several image boxes are read as their first.")
        left, top, right, bottom = _numbers(
            one.ImageBoxesSequence[0], "DisplayEnvironmentSpatialPosition"
        )
        boxes.append((left, 1 - top, right, 1 - bottom))
    across = _lines(edge for box in boxes for edge in (box[0], box[2]))
    down = _lines(edge for box in boxes for edge in (box[1], box[3]))
    cells: list[Cell] = []
    for one, (left, top, right, bottom) in zip(sets, boxes, strict=True):
        selector = _selector(one, images[int(one.ImageSetNumber)], selectors, cells, notes)
        row, column = _at(down, top), _at(across, left)
        cells.append(
            Cell(
                name=selector.name,
                row=row,
                column=column,
                row_span=max(_at(down, bottom) - row, 1),
                column_span=max(_at(across, right) - column, 1),
                options=_options(one),
            )
        )
    cells.sort(key=lambda cell: (cell.row, cell.column))
    words = next(
        (w for one in sets if (w := text(one, "DisplaySetPresentationGroupDescription"))), ""
    )
    step = Step(
        name=words or f"step {group}",
        rows=max(len(down) - 1, 1),
        columns=max(len(across) - 1, 1),
        cells=tuple(cells),
        when_missing=missing,
    )
    return linked(step, LINKED, True)


def _lines(edges: Iterable[float]) -> list[float]:
    """Return the lines of a grid: edges closer than a hundredth of the screen are one."""
    found: list[float] = []
    for edge in sorted(edges):
        if not found or edge - found[-1] > 0.01:
            found.append(float(edge))
    return found


def _at(lines: Sequence[float], edge: float) -> int:
    return min(range(len(lines)), key=lambda n: abs(lines[n] - edge))


def _selector(
    one: Dataset,
    base: Selector,
    selectors: dict[str, Selector],
    cells: Sequence[Cell],
    notes: list[str],
) -> Selector:
    """Return the selector of a display set: its image set, narrowed by its filters."""
    none_of: frozenset[str] = frozenset()
    any_of, source = base.any_of, base.source
    for item in one.get("FilterOperationsSequence") or []:
        keeps = text(item, "FilterByOperator") == "MEMBER_OF"
        attribute = int(item.SelectorAttribute) if "SelectorAttribute" in item else None
        if attribute == VIEW_MODIFIERS:
            names = _modifiers(item)
            any_of, none_of = (names, none_of) if keeps else (any_of, names)
        elif attribute == SYNTHETIC:
            source = "synthetic" if keeps else "real"
        else:
            notes.append("Filters by other attributes than view modifiers are left out.")
    if base.view is not None and not any_of and not none_of and base.source != "synthetic":
        none_of = frozenset({ANY})
        notes.append(
            "The file does not say whether special views (spot, magnification, ...) belong into "
            "its places: they are left out of them."
        )
    orders = one.get("SortingOperationsSequence") or []
    rising = any(text(order, "SortingDirection") == "INCREASING" for order in orders)
    stack = text(one.ImageBoxesSequence[0], "ImageBoxLayoutType") == "STACK"
    pick: Pick = "all" if stack else "first" if rising else "latest"
    made = replace(base, none_of=none_of, any_of=any_of, source=source, pick=pick)
    taken, name, copy = {cell.name for cell in cells}, made.name, 2
    while name in taken or selectors.get(name, replace(made, name=name)) != replace(
        made, name=name
    ):
        name, copy = f"{made.name}_{copy}", copy + 1
    selectors[name] = replace(made, name=name)
    return selectors[name]


def _options(one: Dataset) -> CellOptions:
    full = text(one, "ShowPatientDemographicsFlag") == "YES"
    bare = text(one, "ShowGraphicAnnotationFlag") == "NO" and not full
    centred = text(one, "DisplaySetHorizontalJustification") == "CENTER"
    return CellOptions(
        justify="center" if centred else "chest_wall",
        size="true" if text(one, "ShowImageTrueSizeFlag") == "YES" else "same",
        overlay="full" if full else "none" if bare else "labels",
        invert=text(one, "ShowGrayscaleInverted") == "YES",
    )
