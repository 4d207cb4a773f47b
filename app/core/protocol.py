"""Hanging protocols as values, and the strict reader of their TOML files.

A protocol names selectors (which mammogram) and steps (where on the screen). The format is
explained, key by key, in resources/protocols/README.md.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast, get_args

from app.core.mammogram import Facts, Side

SCHEMA = 1
EMPTY = "."  #: the grid's word for a place without a mammogram

Orient = Literal["standard", "as_stored"]
Justify = Literal["chest_wall", "center"]
Size = Literal["same", "true", "fit_breast", "fit_image", "pixels"]
Overlay = Literal["none", "labels", "full"]
Pick = Literal["latest", "first"]
Missing = Literal["skip_step", "leave_empty", "collapse"]
Linked = Literal["zoom", "pan", "window"]
SourceWanted = Literal["real", "synthetic", "any"]

#: Views as DICOM CID 4014 abbreviates them.
VIEWS = ("CC", "MLO", "ML", "LM", "LMO", "SIO", "FB", "XCCL", "XCCM", "ISO", "SPECIMEN")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Which mammogram belongs in a cell: every condition must hold; None asks for nothing."""

    name: str
    side: Side | None = None
    view: str | None = None
    any_of: frozenset[str] = frozenset()  #: at least one of these modifiers, when not empty
    all_of: frozenset[str] = frozenset()
    none_of: frozenset[str] = frozenset()
    source: SourceWanted = "any"
    pick: Pick = "latest"
    fallback: tuple[str, ...] = ()  #: selectors asked in turn when this one finds nothing

    def mismatch(self, facts: Facts) -> str | None:
        """Return in words the first condition that facts do not meet, None when they meet all."""
        if self.source != "any" and facts.source != self.source:
            return f"it is {facts.source.value}, {self.name} takes {self.source} images only"
        if self.side is not None and facts.side != self.side:
            return f"its side is {facts.side}" if facts.side else "its side is not known"
        if self.view is not None and facts.view != self.view:
            return f"its view is {facts.view}" if facts.view else "its view is not known"
        unwanted = sorted(facts.modifiers & self.none_of)
        if unwanted:
            return f"{self.name} leaves out {', '.join(unwanted)} views"
        lacking = sorted(self.all_of - facts.modifiers)
        if not lacking and self.any_of and not self.any_of & facts.modifiers:
            lacking = sorted(self.any_of)
        return f"{self.name} asks for {', '.join(lacking)} views" if lacking else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CellOptions:
    """How a cell shows its mammogram."""

    orient: Orient = "standard"
    justify: Justify = "chest_wall"
    size: Size = "same"
    overlay: Overlay = "labels"
    invert: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One place of a step's grid; `name` is the selector that fills it."""

    name: str
    row: int
    column: int
    row_span: int = 1
    column_span: int = 1
    options: CellOptions = CellOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Cells that zoom, pan or change window together; `mirror` pans left and right in mirror."""

    cells: tuple[str, ...]
    what: frozenset[Linked] = frozenset(get_args(Linked))
    mirror: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One screenful. With `each`, its only cell is repeated as a step for every match."""

    name: str
    rows: int
    columns: int
    cells: tuple[Cell, ...]
    links: tuple[Link, ...] = ()
    when_missing: Missing = "leave_empty"
    each: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """A hanging protocol: selectors by name and the steps in reading order."""

    id: str
    title: str
    selectors: Mapping[str, Selector]
    steps: tuple[Step, ...] = field(default=())


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
        pick=table.choice("pick", get_args(Pick), "latest"),
        fallback=table.texts("fallback"),
    )
    modifiers.close()
    table.close()
    return selector


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
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{name}: not TOML: {error}") from error
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
    table.close()
    return Protocol(id=identity, title=title, selectors=selectors, steps=steps)
