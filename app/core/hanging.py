"""Which mammogram goes to which cell of which step: deterministic, without scores.

A selector is a conjunction; among its matches `pick` decides. Every image that no step shows is
listed with the reason.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.core.geometry import Transform, standard_transform
from app.core.mammogram import Exam, Facts, Source
from app.core.protocol import Cell, CellOptions, Link, Orient, Protocol, Selector, Step
from app.core.protocol import parse_protocol as parse_protocol

__all__ = [
    "Cell",
    "CellOptions",
    "Hanging",
    "HungCell",
    "HungStep",
    "Link",
    "Protocol",
    "Unhung",
    "default_protocol",
    "hang",
    "hang_transform",
    "parse_protocol",
    "together",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class HungCell:
    """A cell and the mammogram in it; None leaves the place empty."""

    cell: Cell
    image: Facts | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HungStep:
    """A step with its cells filled."""

    name: str
    rows: int
    columns: int
    cells: tuple[HungCell, ...]
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unhung:
    """A mammogram that no step shows, and why."""

    image: Facts
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hanging:
    """A protocol applied to exams: steps to page through, and what is not in them."""

    protocol: Protocol
    steps: tuple[HungStep, ...]
    unhung: tuple[Unhung, ...]


def hang(exams: Sequence[Exam], protocol: Protocol) -> Hanging:
    """Hang all images of the exams; the same input always gives the same result.

    Steps without a single image are left out. Order of exams matters only to break ties: the
    exam given first wins, then the file name.
    """
    images = [image for exam in exams for image in sorted(exam.images, key=lambda i: i.file)]
    found = {name: _matches(images, protocol, name) for name in protocol.selectors}
    steps: list[HungStep] = []
    skipped: dict[int, str] = {}  # id of facts -> why the step that wanted them is left out
    for step in protocol.steps:
        if step.each:
            steps.extend(_each(step, found[step.cells[0].name]))
            continue
        cells = tuple(
            HungCell(cell=cell, image=_picked(found[cell.name], protocol.selectors[cell.name]))
            for cell in step.cells
        )
        missing = [hung.cell.name for hung in cells if hung.image is None]
        if missing and step.when_missing == "skip_step":
            for hung in cells:
                words = f"step '{step.name}' is left out because {', '.join(missing)} is missing"
                skipped.setdefault(id(hung.image), words)
        elif len(missing) < len(cells):
            hung_step = HungStep(
                name=step.name, rows=step.rows, columns=step.columns, cells=cells, links=step.links
            )
            steps.append(_collapsed(hung_step) if step.when_missing == "collapse" else hung_step)
    shown = {id(hung.image) for done in steps for hung in done.cells}
    unhung = tuple(
        Unhung(image=image, reason=skipped.get(id(image)) or _reason(image, protocol, found))
        for image in images
        if id(image) not in shown
    )
    return Hanging(protocol=protocol, steps=tuple(steps), unhung=unhung)


def hang_transform(facts: Facts, orient: Orient = "standard") -> tuple[Transform, str | None]:
    """Return how to turn an image for hanging, and in words what had to be assumed, if anything.

    Facts read from headers alone may lack an orientation; those of a read mammogram have one.
    """
    if orient == "as_stored":
        return Transform.IDENTITY, None
    if facts.orientation is None:
        return Transform.IDENTITY, "no Patient Orientation: shown as stored"
    stated = "\\".join(facts.orientation)
    if facts.side is None:
        return Transform.IDENTITY, "side not known: shown as stored"
    reason = facts.inferred.get("orientation")
    transform = standard_transform(facts.orientation, facts.side, facts.view)
    if transform is not None:
        return transform, reason
    # The stated plane is not the view's own: hang it as the view of that plane hangs.
    for view in ("CC", "MLO"):
        transform = standard_transform(facts.orientation, facts.side, view)
        if transform is not None:
            view_words = facts.view or "an unknown view"
            words = f"Patient Orientation {stated} of {view_words}: hung like {view}"
            return transform, reason or words
    return Transform.IDENTITY, f"Patient Orientation {stated} names no plane: shown as stored"


def default_protocol(exams: Sequence[Exam], protocols: Mapping[str, Protocol]) -> Protocol:
    """Return the shipped protocol that suits the exams' sources and hangs at least one image."""
    sources = {image.source for exam in exams for image in exam.images}
    if sources == {Source.REAL, Source.SYNTHETIC}:
        wanted = "real-and-generated"
    else:
        wanted = "generated" if sources == {Source.SYNTHETIC} else "screening-4up"
    chosen = protocols[wanted]
    return chosen if hang(exams, chosen).steps else protocols["single"]


def together(exams: Sequence[Exam], protocol: Protocol) -> list[tuple[Exam, ...]]:
    """Return which exams are hung at once: each alone, in the order given.

    A protocol that asks for real and for generated images by name shows each real exam beside a
    generated one: the first beside the first, and so on, beginning again when they run out.
    """
    asked = {selector.source for selector in protocol.selectors.values()}
    real = [exam for exam in exams if exam.source is Source.REAL]
    made = [exam for exam in exams if exam.source is Source.SYNTHETIC]
    if not ({"real", "synthetic"} <= asked and real and made):
        return [(exam,) for exam in exams]
    pairs: list[tuple[Exam, ...]] = [
        (exam, made[number % len(made)]) for number, exam in enumerate(real)
    ]
    return pairs + [(exam,) for exam in made[len(real) :]]


def _matches(images: Sequence[Facts], protocol: Protocol, name: str) -> list[Facts]:
    """Return what a selector finds, or the first of its fallbacks that finds anything."""
    selector = protocol.selectors[name]
    for asked in (selector, *(protocol.selectors[other] for other in selector.fallback)):
        matches = [image for image in images if asked.mismatch(image) is None]
        if matches:
            return matches
    return []


def _picked(matches: Sequence[Facts], selector: Selector) -> Facts | None:
    if not matches:
        return None
    if selector.pick == "latest":
        return max(matches, key=lambda image: image.date)  # max keeps the first of equals
    return min(matches, key=lambda image: image.date)


def _each(step: Step, matches: Iterable[Facts]) -> Iterable[HungStep]:
    order = {label: number for number, label in enumerate(("RCC", "LCC", "RMLO", "LMLO"))}
    for image in sorted(matches, key=lambda image: order.get(image.label, len(order))):
        yield HungStep(
            name=image.label,
            rows=step.rows,
            columns=step.columns,
            cells=(HungCell(cell=step.cells[0], image=image),),
        )


def _collapsed(step: HungStep) -> HungStep:
    """Return the step without its empty cells, and without rows and columns left bare by that."""
    full = [hung for hung in step.cells if hung.image is not None]
    spans = [
        (
            range(hung.cell.row, hung.cell.row + hung.cell.row_span),
            range(hung.cell.column, hung.cell.column + hung.cell.column_span),
        )
        for hung in full
    ]
    rows = sorted({r for covered, _ in spans for r in covered})
    columns = sorted({c for _, covered in spans for c in covered})
    cells = tuple(
        replace(
            hung,
            cell=replace(
                hung.cell, row=rows.index(hung.cell.row), column=columns.index(hung.cell.column)
            ),
        )
        for hung in full
    )
    return replace(step, rows=len(rows), columns=len(columns), cells=cells)


def _reason(image: Facts, protocol: Protocol, found: Mapping[str, Sequence[Facts]]) -> str:
    """Return why no step shows an image, in words for the person who opened it."""
    for step in protocol.steps:
        for cell in step.cells:
            if any(image is match for match in found[cell.name]):
                selector = protocol.selectors[cell.name]
                return f"another image was chosen for {cell.name} ({selector.pick} of several)"
    if image.side is None and image.view is None:
        return "its side and view are not known"
    reasons = [selector.mismatch(image) for selector in protocol.selectors.values()]
    for known, words in (
        (image.side, "its side is not known"),
        (image.view, "its view is not known"),
    ):
        if known is None and words in reasons:
            return words
    placed = [
        reason
        for selector, reason in zip(protocol.selectors.values(), reasons, strict=True)
        if reason and selector.side in (None, image.side) and selector.view in (None, image.view)
    ]
    return placed[0] if placed else f"protocol '{protocol.id}' has no place for {image.label}"
