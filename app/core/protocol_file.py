"""The TOML files of hanging protocols: a strict reader, and the table a writer needs.

Every error is a ValueError that begins with the file's name and names the key.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast, get_args

from app.core.protocol import (
    ANY,
    MODIFIERS,
    VIEWS,
    WHEN,
    Cell,
    CellOptions,
    Generate,
    Justify,
    Link,
    Linked,
    Missing,
    Orient,
    Overlay,
    Pick,
    Protocol,
    Selector,
    Size,
    SourceWanted,
    Step,
)

SCHEMA = 1
EMPTY = "."  #: the grid's word for a place without a mammogram
MOST_VARIANTS = 16
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


class _Table:
    """One TOML table being read: hands out checked values, refuses what nobody asked for."""

    def __init__(self, raw: object, where: str) -> None:
        self.where = where
        if not isinstance(raw, dict):
            raise ValueError(f"{where}: a table is expected")
        self.raw: dict[str, Any] = dict(raw)

    def take(self, key: str, kind: type, default: Any = None) -> Any:
        """Return and remove the value of key; without default the key must be there."""
        value = self.raw.pop(key, default)
        if value is None:
            raise ValueError(f"{self.where}: key '{key}' is missing")
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            words = {str: "text", bool: "true or false", list: "a list", dict: "a table"}
            expected = words.get(kind, "a whole number")
            raise ValueError(f"{self.where}: '{key}' is {value!r}; {expected} is expected")
        return value

    def choice(self, key: str, allowed: tuple[str, ...], default: str | None) -> Any:
        """Return the value of key, one of the allowed words, or the default."""
        if key not in self.raw:
            return default
        value = self.take(key, str)
        if value not in allowed:
            raise ValueError(
                f"{self.where}: '{key}' is {value!r}; allowed are {', '.join(allowed)}"
            )
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the list of words under key, empty when the key is absent."""
        values = self.take(key, list, [])
        if not all(isinstance(value, str) for value in values):
            raise ValueError(f"{self.where}: '{key}' must be a list of texts")
        return tuple(values)

    def close(self) -> None:
        """Refuse keys nobody took."""
        if self.raw:
            keys = ", ".join(sorted(f"'{key}'" for key in self.raw))
            raise ValueError(f"{self.where}: unknown key {keys}")


def _selector(name: str, raw: object, where: str) -> Selector:
    table = _Table(raw, f"{where}: [select.{name}]")
    if not _NAME.fullmatch(name):
        raise ValueError(f"{table.where}: a name has letters, digits, '_' and '-' only")
    modifiers = _Table(table.take("modifiers", dict, {}), f"{table.where} modifiers")
    selector = Selector(
        name=name,
        side=table.choice("side", ("R", "L"), None),
        view=table.choice("view", VIEWS, None),
        any_of=frozenset(modifiers.texts("any_of")),
        all_of=frozenset(modifiers.texts("all_of")),
        none_of=frozenset(modifiers.texts("none_of")),
        source=table.choice("source", get_args(SourceWanted), "any"),
        when=table.take("when", str, "current"),
        variant=table.take("variant", int) if "variant" in table.raw else None,
        pick=table.choice("pick", get_args(Pick), "latest"),
        fallback=table.texts("fallback"),
    )
    _check_selector(selector, table.where)
    modifiers.close()
    table.close()
    return selector


def _check_selector(selector: Selector, where: str) -> None:
    if not WHEN.fullmatch(selector.when):
        raise ValueError(
            f"{where}: 'when' is {selector.when!r}; allowed are current, prior1 to prior9, "
            "oldest, any"
        )
    if selector.variant is not None and not 1 <= selector.variant <= MOST_VARIANTS:
        raise ValueError(
            f"{where}: 'variant' is {selector.variant}; allowed are 1 to {MOST_VARIANTS}"
        )
    for key in ("any_of", "all_of", "none_of"):
        wrong = sorted(getattr(selector, key) - {*MODIFIERS, ANY})
        if wrong:
            listed = ", ".join((*MODIFIERS, ANY))
            raise ValueError(
                f"{where} modifiers: '{key}' names {', '.join(wrong)}; allowed are {listed}"
            )


def _options(raw: object, where: str, base: CellOptions) -> CellOptions:
    table = _Table(raw, where)
    options = replace(
        base,
        orient=table.choice("orient", get_args(Orient), base.orient),
        justify=table.choice("justify", get_args(Justify), base.justify),
        size=table.choice("size", get_args(Size), base.size),
        overlay=table.choice("overlay", get_args(Overlay), base.overlay),
        invert=table.take("invert", bool, base.invert),
    )
    table.close()
    return options


def _grid(table: _Table) -> list[list[str]]:
    rows = table.take("grid", list)
    if not rows or not all(
        isinstance(row, list) and row and all(isinstance(name, str) for name in row) for row in rows
    ):
        raise ValueError(f"{table.where}: 'grid' must be a list of rows of cell names")
    if len({len(row) for row in rows}) > 1:
        raise ValueError(f"{table.where}: the rows of 'grid' differ in length")
    return cast("list[list[str]]", rows)


def _cells(grid: list[list[str]], where: str) -> list[Cell]:
    """Return the cells of a grid in reading order; a repeated name must fill a rectangle."""
    places: dict[str, list[tuple[int, int]]] = {}
    for r, row in enumerate(grid):
        for c, name in enumerate(row):
            if name != EMPTY:
                places.setdefault(name, []).append((r, c))
    cells = []
    for name, at in places.items():
        top, left = at[0]
        height = max(r for r, _ in at) - top + 1
        width = max(c for _, c in at) - min(c for _, c in at) + 1
        if height * width != len(at) or min(c for _, c in at) != left:
            raise ValueError(f"{where}: the places of '{name}' in 'grid' are not one rectangle")
        cells.append(Cell(name=name, row=top, column=left, row_span=height, column_span=width))
    if not cells:
        raise ValueError(f"{where}: 'grid' names no cell")
    return cells


def _link(raw: object, where: str, names: set[str]) -> Link:
    table = _Table(raw, where)
    cells, what = table.texts("cells"), table.texts("what")
    link = Link(
        cells=cells,
        what=cast("frozenset[Linked]", frozenset(what or get_args(Linked))),
        mirror=table.take("mirror", bool, False),
    )
    for key, found, allowed in (("cells", cells, names), ("what", what, set(get_args(Linked)))):
        wrong = sorted(set(found) - allowed)
        if wrong:
            listed = ", ".join(sorted(allowed))
            raise ValueError(f"{where}: '{key}' names {', '.join(wrong)}; allowed are {listed}")
    if len(cells) < 2:
        raise ValueError(f"{where}: 'cells' must name at least two cells of the step")
    table.close()
    return link


def _step(raw: object, where: str, base: CellOptions, selectors: Mapping[str, Selector]) -> Step:
    table = _Table(raw, where)
    name = table.take("name", str)
    table.where = where = f"{where} '{name}'"
    grid = _grid(table)
    cells = _cells(grid, where)
    unknown = sorted({cell.name for cell in cells} - set(selectors))
    if unknown:
        raise ValueError(f"{where}: 'grid' names {', '.join(unknown)}, which no [select] defines")
    base = _options(table.take("cell_defaults", dict, {}), f"{where} cell_defaults", base)
    own = _Table(table.take("cell", dict, {}), f"{where} cell")
    cells = [
        replace(
            cell,
            options=_options(own.take(cell.name, dict, {}), f"{where} cell.{cell.name}", base),
        )
        for cell in cells
    ]
    own.close()
    names = {cell.name for cell in cells}
    step = Step(
        name=name,
        rows=len(grid),
        columns=len(grid[0]),
        cells=tuple(cells),
        links=tuple(_link(link, f"{where} link", names) for link in table.take("link", list, [])),
        when_missing=table.choice("when_missing", get_args(Missing), "leave_empty"),
        each=table.take("each", bool, False),
    )
    if step.each and len(cells) != 1:
        raise ValueError(f"{where}: 'each' needs a grid of exactly one cell")
    table.close()
    return step


def parse_protocol(text: str, name: str) -> Protocol:
    """Return the protocol written in TOML text; ValueErrors start with name, the file's name."""
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name}: not TOML: {error}") from error
    return protocol_of(raw, name)


def protocol_of(raw: object, name: str) -> Protocol:
    """Return the protocol of such a table (`protocol_table`); ValueErrors start with name."""
    table = _Table(raw, name)
    schema = table.take("schema", int)
    if schema != SCHEMA:
        raise ValueError(f"{name}: 'schema' is {schema}; this version reads {SCHEMA}")
    identity = table.take("id", str)
    if not _NAME.fullmatch(identity):
        raise ValueError(f"{name}: 'id' is {identity!r}; letters, digits, '_' and '-' only")
    title = table.take("title", str)
    select = table.take("select", dict)
    selectors = {key: _selector(key, value, name) for key, value in select.items()}
    for selector in selectors.values():
        unknown = sorted(set(selector.fallback) - set(selectors))
        if unknown:
            raise ValueError(
                f"{name}: [select.{selector.name}]: 'fallback' names {', '.join(unknown)}, "
                "which no [select] defines"
            )
    base = _options(table.take("cell_defaults", dict, {}), f"{name}: cell_defaults", CellOptions())
    raw_steps = table.take("step", list)
    steps = tuple(
        _step(step, f"{name}: step {number}", base, selectors)
        for number, step in enumerate(raw_steps, 1)
    )
    if not steps:
        raise ValueError(f"{name}: at least one [[step]] is needed")
    generate = table.choice("generate", get_args(Generate), "none")
    number = table.take("number", int, 0)
    if not 0 <= number <= 99:
        raise ValueError(f"{name}: 'number' is {number}; allowed are 1 to 99")
    table.close()
    return Protocol(
        id=identity, title=title, selectors=selectors, steps=steps, number=number, generate=generate
    )


# Writing.


def protocol_table(protocol: Protocol) -> dict[str, Any]:
    """Return the table that `parse_protocol` reads as this protocol, keys in their usual order."""
    table: dict[str, Any] = {"schema": SCHEMA, "id": protocol.id, "title": protocol.title}
    if protocol.number:
        table["number"] = protocol.number
    if protocol.generate != "none":
        table["generate"] = protocol.generate
    table["select"] = {name: _selector_table(one) for name, one in protocol.selectors.items()}
    table["step"] = [_step_table(step) for step in protocol.steps]
    return table


def _selector_table(selector: Selector) -> dict[str, Any]:
    usual = Selector(name=selector.name)
    keys = ("side", "view", "source", "when", "variant", "pick")
    table = {
        key: getattr(selector, key) for key in keys if getattr(selector, key) != getattr(usual, key)
    }
    modifiers = {
        key: sorted(getattr(selector, key))
        for key in ("none_of", "any_of", "all_of")
        if getattr(selector, key)
    }
    if modifiers:
        table["modifiers"] = modifiers
    if selector.fallback:
        table["fallback"] = list(selector.fallback)
    return table


def _step_table(step: Step) -> dict[str, Any]:
    grid = [[EMPTY] * step.columns for _ in range(step.rows)]
    for cell in step.cells:
        for row in range(cell.row, cell.row + cell.row_span):
            for column in range(cell.column, cell.column + cell.column_span):
                grid[row][column] = cell.name
    table: dict[str, Any] = {"name": step.name, "grid": grid}
    if step.each:
        table["each"] = True
    if step.when_missing != "leave_empty":
        table["when_missing"] = step.when_missing
    common = step.cells[0].options
    if any(cell.options != common for cell in step.cells):
        common = CellOptions()
    if defaults := _differing(common, CellOptions()):
        table["cell_defaults"] = defaults
    own = {cell.name: found for cell in step.cells if (found := _differing(cell.options, common))}
    if own:
        table["cell"] = own
    if step.links:
        table["link"] = [_link_table(link) for link in step.links]
    return table


def _differing(options: CellOptions, usual: CellOptions) -> dict[str, Any]:
    keys = ("orient", "justify", "size", "overlay", "invert")
    return {k: getattr(options, k) for k in keys if getattr(options, k) != getattr(usual, k)}


def _link_table(link: Link) -> dict[str, Any]:
    table: dict[str, Any] = {"cells": list(link.cells)}
    if link.what != frozenset(get_args(Linked)):
        table["what"] = [what for what in get_args(Linked) if what in link.what]
    if link.mirror:
        table["mirror"] = True
    return table
