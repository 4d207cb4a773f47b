"""Which mammogram goes to which cell of which step: deterministic, without scores.

A selector is a conjunction; among its matches `pick` decides. Every image that no step shows is
listed with the reason.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.core.geometry import Transform, standard_transform
from app.core.left_out import Found, mismatch, missing_words, reason_words
from app.core.mammogram import Exam, Facts, Source
from app.core.persons import Ranked, by_person, ranked
from app.core.protocol import (
    Cell,
    Link,
    Orient,
    Protocol,
    Selector,
    Step,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HungCell:
    """A cell and the mammogram in it; None leaves the place empty.

    `stack` is what else the same place can show, `image` first, then older exams. `part` tells
    which of how many pieces of one view this is: pieces share the place of their cell.
    """

    cell: Cell
    image: Facts | None
    stack: tuple[Facts, ...] = ()
    roles: tuple[str, ...] = ()  #: one for each image of the stack
    part: tuple[int, int] = (0, 1)
    missing: str = ""  #: why there is no image


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
    role: str = ""  #: what its exam is to the others


@dataclass(frozen=True, slots=True, kw_only=True)
class Hanging:
    """A protocol applied to exams: steps to page through, and what is not in them."""

    protocol: Protocol
    steps: tuple[HungStep, ...]
    unhung: tuple[Unhung, ...]


def hang(exams: Sequence[Exam], protocol: Protocol, *, prior: int = 1, newest: str = "") -> Hanging:
    """Hang all images of the exams; the same input always gives the same result.

    `prior` is how many exams back the protocol's `prior1` lies, 1 at least; `newest` is the date of
    the person's last exam when another counts as the current one. Steps without a single
    image are left out, and so are whole exams that no selector looks at. Order of exams matters
    only to break ties: the exam given first wins, then the file name.
    """
    images = ranked(exams, newest)
    last = max((one.back for one in images), default=0)
    selectors = protocol.selectors
    wanted = {name: _back(one, prior, last) for name, one in selectors.items()}
    found = {name: _matches(images, protocol, name, wanted) for name in selectors}
    steps: list[HungStep] = []
    skipped: dict[int, str] = {}  # id of facts -> why the step that wanted them is left out
    for step in protocol.steps:
        if step.each:
            steps.extend(_each(step, found[step.cells[0].name]))
            continue
        cells = tuple(hung for cell in step.cells for hung in _hung(cell, protocol, found, images))
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
    shown = {id(image) for done in steps for hung in done.cells for image in _seen(hung, selectors)}
    backs = {back for back in wanted.values() if back is not None} | {0}
    every = any(back is None for back in wanted.values())
    unhung = tuple(
        Unhung(
            image=one.image,
            reason=skipped.get(id(one.image)) or reason_words(one, protocol, found),
            role=one.role,
        )
        for one in images
        if id(one.image) not in shown
        and (every or one.back in backs)
        and one.variant <= (protocol.variants if protocol.generate == "none" else 0)
    )
    return Hanging(protocol=protocol, steps=tuple(steps), unhung=unhung)


def _back(selector: Selector, prior: int, last: int) -> int | None:
    """Return how many exams back a selector looks, None for all of them."""
    if selector.when == "any":
        return None
    if selector.when == "oldest":
        return last
    return 0 if not selector.prior else selector.prior + prior - 1


def _seen(hung: HungCell, selectors: Mapping[str, Selector]) -> tuple[Facts | None, ...]:
    """Return what a reader gets to see in a cell: a stack is paged through, others are not."""
    return hung.stack if selectors[hung.cell.name].pick == "all" else (hung.image,)


def _hung(cell: Cell, protocol: Protocol, found: Found, images: Sequence[Ranked]) -> list[HungCell]:
    """Return a cell filled: once, or once for each piece of a view taken in pieces."""
    selector, matches = protocol.selectors[cell.name], found[cell.name]
    if not matches:
        return [HungCell(cell=cell, image=None, missing=missing_words(selector, images))]
    if selector.pick == "all":
        stack = sorted(matches, key=lambda one: (one.back, one.variant))
    else:
        chosen = _picked(matches, selector)
        pieces = sorted((one for one in matches if _piece_of(one, chosen)), key=_height)
        if len(pieces) > 1:
            return [
                HungCell(
                    cell=cell,
                    image=one.image,
                    stack=(one.image,),
                    roles=(one.role,),
                    part=(number, len(pieces)),
                )
                for number, one in enumerate(pieces)
            ]
        older = _older(chosen, selector, images) if selector.when == "current" else []
        stack = [chosen, *older]
    return [
        HungCell(
            cell=cell,
            image=stack[0].image,
            stack=tuple(one.image for one in stack),
            roles=tuple(one.role for one in stack),
        )
    ]


def _piece_of(one: Ranked, chosen: Ranked) -> bool:
    """Return whether two images are pieces of one view of one exam: a mosaic of partial views."""
    a, b = one.image, chosen.image
    return (
        a.partial is not None
        and b.partial is not None
        and (one.back, one.variant, a.label, a.modifiers)
        == (chosen.back, chosen.variant, b.label, b.modifiers)
    )


def _height(piece: Ranked) -> int:
    """Return where a piece belongs among those below each other: lateral and superior are up."""
    words = (piece.image.partial or "").split()
    return ("inferior" in words or "medial" in words) - ("superior" in words or "lateral" in words)


def _older(chosen: Ranked, selector: Selector, images: Sequence[Ranked]) -> list[Ranked]:
    """Return what the same selector finds in exams before that of the image it has chosen."""
    older: dict[int, list[Ranked]] = {}
    for one in images:
        if one.back > chosen.back and mismatch(one, selector) is None:
            older.setdefault(one.back, []).append(one)
    return [_picked(older[back], selector) for back in sorted(older)]


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
    """Return the shipped protocol that suits exams hung at once and hangs at least one image.

    Exams of one person hang as current over prior.
    """
    sources = {image.source for exam in exams for image in exam.images}
    if sources == {Source.REAL, Source.SYNTHETIC}:
        wanted = "real-and-generated"
    else:
        wanted = "generated" if sources == {Source.SYNTHETIC} else "screening-4up"
    if sources == {Source.REAL} and len(exams) > 1 and by_person(exams)[0] == tuple(exams):
        wanted = "current-and-prior"
    chosen = protocols[wanted]
    return chosen if hang(exams, chosen).steps else protocols["single"]


def together(exams: Sequence[Exam], protocol: Protocol) -> list[tuple[Exam, ...]]:
    """Return which exams are hung at once: those of one person, the newest first, in given order.

    A protocol that asks for real and for generated images by name shows each person beside a
    generated exam: the first beside the first, and so on, beginning again when they run out. One
    that asks for variants shows all generated exams at once.
    """
    asked = {selector.source for selector in protocol.selectors.values()}
    real = by_person(exam for exam in exams if exam.source is Source.REAL)
    made = [exam for exam in exams if exam.source is Source.SYNTHETIC]
    if protocol.variants > 1 and made:
        return [(*person, *made) for person in real] if "real" in asked and real else [tuple(made)]
    if not ({"real", "synthetic"} <= asked and real and made):
        groups = {id(exam): group for group in real for exam in group}
        groups |= {id(exam): (exam,) for exam in made}
        return list({id(groups[id(exam)]): groups[id(exam)] for exam in exams}.values())
    pairs: list[tuple[Exam, ...]] = [
        (*person, made[number % len(made)]) for number, person in enumerate(real)
    ]
    return pairs + [(exam,) for exam in made[len(real) :]]


def _matches(
    images: Sequence[Ranked], protocol: Protocol, name: str, wanted: Mapping[str, int | None]
) -> list[Ranked]:
    """Return what a selector finds, or the first of its fallbacks that finds anything."""
    selector = protocol.selectors[name]
    for asked in (selector, *(protocol.selectors[other] for other in selector.fallback)):
        back = wanted[asked.name]
        matches = [
            one for one in images if back in (None, one.back) and mismatch(one, asked) is None
        ]
        if matches:
            return matches
    return []


def _picked(matches: Sequence[Ranked], selector: Selector) -> Ranked:
    """Return the latest or first of matches; For Presentation goes before For Processing."""
    made = [one for one in matches if "for processing" not in one.image.overlay] or matches
    pick = min if selector.pick == "first" else max  # both keep the first of equals
    return pick(made, key=lambda one: one.image.date)


def _each(step: Step, matches: Iterable[Ranked]) -> Iterable[HungStep]:
    order = {label: number for number, label in enumerate(("RCC", "LCC", "RMLO", "LMLO"))}
    for one in sorted(matches, key=lambda one: order.get(one.image.label, len(order))):
        image = one.image
        hung = HungCell(cell=step.cells[0], image=image, stack=(image,), roles=(one.role,))
        yield HungStep(name=image.acr_label, rows=step.rows, columns=step.columns, cells=(hung,))


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
