"""Hanging protocols as values: selectors (which mammogram) and steps (where on the screen).

Their file format is read and written by `protocol_file`, and explained, key by key, in
resources/protocols/README.md.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from app.core.mammogram import Facts, Side

Orient = Literal["standard", "as_stored"]
Justify = Literal["chest_wall", "center"]
Size = Literal["same", "true", "fit_breast", "fit_image", "pixels"]
Overlay = Literal["none", "labels", "full"]
Pick = Literal["latest", "first", "all"]
Missing = Literal["skip_step", "leave_empty", "collapse"]
Linked = Literal["zoom", "pan", "window"]
SourceWanted = Literal["real", "synthetic", "any"]
Generate = Literal["none", "seeds", "sweep"]

#: Views as DICOM CID 4014 abbreviates them.
VIEWS = ("CC", "MLO", "ML", "LM", "LMO", "SIO", "FB", "XCCL", "XCCM", "ISO", "SPECIMEN")
#: View modifiers (DICOM CID 4015) by the words a protocol uses; "any" stands for all of them.
MODIFIERS = (
    "spot",
    "magnification",
    "implant_displaced",
    "rolled_lateral",
    "rolled_medial",
    "rolled_inferior",
    "rolled_superior",
    "tangential",
    "cleavage",
    "axillary_tail",
    "axillary_tissue",
    "anterior_compression",
    "infra_mammary_fold",
    "nipple_in_profile",
    "other",
)
ANY = "any"
WHEN = re.compile(r"current|oldest|any|prior[1-9]")


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
    when: str = "current"  #: current, prior1 to prior9, oldest or any exam of the person
    variant: int | None = None  #: of exams generated side by side: the how-manieth, from 1
    pick: Pick = "latest"  #: all makes a stack
    fallback: tuple[str, ...] = ()  #: selectors asked in turn when this one finds nothing

    def mismatch(self, facts: Facts) -> str | None:
        """Return in words the first condition that facts do not meet, None when they meet all."""
        if self.source != "any" and facts.source != self.source:
            return f"it is {facts.source.value}, {self.name} takes {self.source} images only"
        if self.side is not None and facts.side != self.side:
            return f"its side is {facts.side}" if facts.side else "its side is not known"
        if self.view is not None and facts.view != self.view:
            return f"its view is {facts.view}" if facts.view else "its view is not known"
        return self._modifier_mismatch(facts.modifiers)

    def _modifier_mismatch(self, found: frozenset[str]) -> str | None:
        unwanted = sorted(found if ANY in self.none_of else found & self.none_of)
        if unwanted:
            return f"{self.name} leaves out {modifier_words(unwanted)} views"
        lacking = sorted(self.all_of - found)
        if (
            not lacking
            and self.any_of
            and not (found if ANY in self.any_of else found & self.any_of)
        ):
            lacking = sorted(self.any_of)
        if ANY in lacking:
            return f"{self.name} asks for views with a modifier"
        return f"{self.name} asks for {modifier_words(lacking)} views" if lacking else None

    @property
    def prior(self) -> int | None:
        """How many exams back: 0 is the current one; None when that is not a fixed number."""
        if self.when == "current":
            return 0
        return int(self.when[5:]) if self.when.startswith("prior") else None


def modifier_words(modifiers: Iterable[str]) -> str:
    """Return modifiers as words for people, in order."""
    return ", ".join(sorted(modifiers)).replace("_", " ")


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
    number: int = 0  #: by which it is chosen, from 1; 0 comes after all that have one
    generate: Generate = "none"  #: what the variants are: consecutive seeds, or steps of a sweep

    @property
    def asks_for_priors(self) -> bool:
        """Whether any selector looks beyond the current exam."""
        return any(selector.when != "current" for selector in self.selectors.values())

    @property
    def variants(self) -> int:
        """How many exams have to be generated side by side."""
        return max((selector.variant or 1 for selector in self.selectors.values()), default=1)
