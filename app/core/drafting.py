"""Changes of a hanging protocol that is being edited: values in, values out.

Cells of a step share selectors by name; here a cell is given a selector and the names follow, so
that an editor never speaks of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from app.core.protocol import (
    ANY,
    Cell,
    CellOptions,
    Link,
    Linked,
    Protocol,
    Selector,
    Step,
)

MOST = 6  #: rows and columns of a grid
Place = tuple[int, int]  #: row, column


def new_protocol(identity: str, title: str) -> Protocol:
    """Return a protocol to begin with: right and left CC, chest walls meeting."""
    plain = Selector(name="RCC", side="R", view="CC", none_of=frozenset({ANY}))
    selectors = {"RCC": plain, "LCC": replace(plain, name="LCC", side="L")}
    cells = tuple(Cell(name=name, row=0, column=n) for n, name in enumerate(selectors))
    step = Step(
        name="CC", rows=1, columns=2, cells=cells, links=(Link(cells=("RCC", "LCC"), mirror=True),)
    )
    return Protocol(id=identity, title=title, selectors=selectors, steps=(step,))


# Steps.


def with_step(protocol: Protocol, number: int, step: Step) -> Protocol:
    """Return the protocol with one step replaced; selectors nothing names any more are dropped."""
    steps = (*protocol.steps[:number], step, *protocol.steps[number + 1 :])
    return _tidy(replace(protocol, steps=steps))


def added_step(protocol: Protocol, after: int) -> Protocol:
    """Return the protocol with a copy of a step behind it, under a name of its own."""
    names = {step.name for step in protocol.steps}
    number = 2
    base = protocol.steps[after]
    while f"{base.name} {number}" in names:
        number += 1
    step = replace(base, name=f"{base.name} {number}")
    return replace(
        protocol, steps=(*protocol.steps[: after + 1], step, *protocol.steps[after + 1 :])
    )


def removed_step(protocol: Protocol, number: int) -> Protocol:
    """Return the protocol without a step; the last one stays."""
    if len(protocol.steps) < 2:
        return protocol
    return _tidy(replace(protocol, steps=(*protocol.steps[:number], *protocol.steps[number + 1 :])))


def moved_step(protocol: Protocol, number: int, by: int) -> Protocol:
    """Return the protocol with a step earlier or later in the order."""
    to = number + by
    if not 0 <= to < len(protocol.steps):
        return protocol
    steps = list(protocol.steps)
    steps.insert(to, steps.pop(number))
    return replace(protocol, steps=tuple(steps))


def resized(step: Step, rows: int, columns: int) -> Step:
    """Return the step with another grid; cells that no longer fit are cut or dropped."""
    cells = tuple(
        replace(
            cell,
            row_span=min(cell.row_span, rows - cell.row),
            column_span=min(cell.column_span, columns - cell.column),
        )
        for cell in step.cells
        if cell.row < rows and cell.column < columns
    )
    return _relinked(replace(step, rows=rows, columns=columns, cells=cells))


# Cells.


def cell_at(step: Step, place: Place) -> Cell | None:
    """Return the cell that covers a place of the grid."""
    row, column = place
    for cell in step.cells:
        if (
            cell.row <= row < cell.row + cell.row_span
            and cell.column <= column < cell.column + cell.column_span
        ):
            return cell
    return None


def assigned(
    protocol: Protocol,
    number: int,
    place: Place,
    selector: Selector,
    options: CellOptions | None = None,
) -> Protocol:
    """Return the protocol with a selector in a place of a step; its name is found for it."""
    step = protocol.steps[number]
    old = cell_at(step, place)
    others = tuple(cell for cell in step.cells if cell is not old)
    name, selectors = _named(protocol.selectors, selector, {cell.name for cell in others})
    cell = Cell(name=name, row=place[0], column=place[1])
    if old is not None:
        cell = replace(old, name=name)
    if options is not None:
        cell = replace(cell, options=options)
    links = step.links
    if old is not None:
        swap = {old.name: name}
        links = tuple(
            replace(link, cells=tuple(swap.get(n, n) for n in link.cells)) for link in links
        )
    joins = old is None and len(links) == 1 and set(links[0].cells) == {c.name for c in others}
    if joins:  # all cells move together: so does the new one
        links = (replace(links[0], cells=(*links[0].cells, name)),)
    cells = tuple(sorted((*others, cell), key=lambda c: (c.row, c.column)))
    changed = _relinked(replace(step, cells=cells, links=links))
    return with_step(replace(protocol, selectors=selectors), number, changed)


def emptied(protocol: Protocol, number: int, place: Place) -> Protocol:
    """Return the protocol with nothing in a place of a step."""
    step = protocol.steps[number]
    old = cell_at(step, place)
    cells = tuple(cell for cell in step.cells if cell is not old)
    return with_step(protocol, number, _relinked(replace(step, cells=cells)))


def swapped(protocol: Protocol, number: int, one: Place, other: Place) -> Protocol:
    """Return the protocol with two places of a step exchanged; either may be empty."""
    step = protocol.steps[number]
    a, b = cell_at(step, one), cell_at(step, other)
    if a is b:
        return protocol
    cells = []
    for cell in step.cells:
        if cell is a:
            cell = _put(cell, b, other)
        elif cell is b:
            cell = _put(cell, a, one)
        cells.append(cell)
    cells.sort(key=lambda c: (c.row, c.column))
    return with_step(protocol, number, replace(step, cells=tuple(cells)))


def _put(cell: Cell, into: Cell | None, place: Place) -> Cell:
    if into is None:
        return replace(cell, row=place[0], column=place[1], row_span=1, column_span=1)
    return replace(
        cell,
        row=into.row,
        column=into.column,
        row_span=into.row_span,
        column_span=into.column_span,
    )


def spanned(step: Step, cell: Cell, row_span: int, column_span: int) -> Step:
    """Return the step with a cell over more places, or fewer; cells it would cover make room."""
    row_span = max(1, min(row_span, step.rows - cell.row))
    column_span = max(1, min(column_span, step.columns - cell.column))
    wider = replace(cell, row_span=row_span, column_span=column_span)
    cells = tuple(
        wider if one is cell else one for one in step.cells if one is cell or not _meet(one, wider)
    )
    return _relinked(replace(step, cells=cells))


def _meet(one: Cell, other: Cell) -> bool:
    return (
        one.row < other.row + other.row_span
        and other.row < one.row + one.row_span
        and one.column < other.column + other.column_span
        and other.column < one.column + one.column_span
    )


def linked(step: Step, what: Iterable[Linked], mirror: bool) -> Step:
    """Return the step with all its cells linked in what is named, or none when nothing is."""
    chosen = frozenset(what)
    names = tuple(cell.name for cell in step.cells)
    if not chosen or len(names) < 2:
        return replace(step, links=())
    return replace(step, links=(Link(cells=names, what=chosen, mirror=mirror),))


def _relinked(step: Step) -> Step:
    """Return the step with links among the cells it has."""
    names = {cell.name for cell in step.cells}
    links = (replace(k, cells=tuple(n for n in k.cells if n in names)) for k in step.links)
    return replace(step, links=tuple(link for link in links if len(link.cells) > 1))


# Selectors.


def label_of(selector: Selector) -> str:
    """Return a selector in few words, such as "RCC prior 1" or "LMLO generated 3"."""
    parts = [f"{selector.side or ''}{selector.view or ''}" or "any image"]
    if selector.when != "current":
        parts.append(selector.when.replace("prior", "prior ") if selector.prior else selector.when)
    if selector.source == "synthetic":
        parts.append(f"generated {selector.variant or ''}".strip())
    elif selector.source == "real":
        parts.append("real")
    return " ".join(parts)


def _named(
    known: Mapping[str, Selector], selector: Selector, taken: set[str]
) -> tuple[str, dict[str, Selector]]:
    """Return a name for a selector, that of an equal one if it may be, and all selectors."""
    for name, other in known.items():
        if name not in taken and replace(selector, name=name) == other:
            return name, dict(known)
    base = "".join(c if c.isalnum() else "_" for c in label_of(selector)).upper().strip("_")
    name, number = base, 2
    while name in known:
        name, number = f"{base}_{number}", number + 1
    return name, {**known, name: replace(selector, name=name)}


def _tidy(protocol: Protocol) -> Protocol:
    """Return the protocol without selectors that no cell and no other selector asks."""
    used = {cell.name for step in protocol.steps for cell in step.cells}
    waiting = list(used)
    while waiting:
        for other in protocol.selectors[waiting.pop()].fallback:
            if other not in used:
                used.add(other)
                waiting.append(other)
    kept = {name: one for name, one in protocol.selectors.items() if name in used}
    return replace(protocol, selectors=kept)
