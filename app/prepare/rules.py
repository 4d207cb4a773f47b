"""Which images are not for training: rules by header, and a list the user gives.

A rule is one function; `prepare --keep NAME` switches it off unless it is fixed.
"""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from app.core.mammogram import Facts, Source

VIEWS = ("CC", "MLO")
#: Modifiers (CID 4015) that change what part of the breast is shown.
ELSEWHERE = frozenset({"cleavage", "axillary_tail", "axillary_tissue", "tangential", "other"})
QUALITY = ("lossy", "burned-in")  #: rules that judge the file, not what it shows
Finds = Callable[[Facts], str]
RULES: dict[str, Finds] = {}
FIXED: set[str] = set()


def rule(name: str, *, fixed: bool = False) -> Callable[[Finds], Finds]:
    """Enter a function under a name: it returns why an image is left out, or nothing."""

    def enter(finds: Finds) -> Finds:
        RULES[name] = finds
        if fixed:
            FIXED.add(name)
        return finds

    return enter


def _flag(facts: Facts, word: str, reason: str) -> str:
    return reason if word in facts.overlay else ""


@rule("generated", fixed=True)
def _generated(facts: Facts) -> str:
    return "is generated" if facts.source is Source.SYNTHETIC else ""


@rule("for-processing", fixed=True)
def _for_processing(facts: Facts) -> str:
    return _flag(facts, "for processing", "is For Processing; For Presentation is needed")


@rule("quality-control", fixed=True)
def _quality_control(facts: Facts) -> str:
    return _flag(facts, "quality control", "is a quality-control image")


@rule("view", fixed=True)
def _view(facts: Facts) -> str:
    return "" if facts.view in VIEWS else f"is {facts.view or 'of unknown view'}, not CC or MLO"


@rule("implant")
def _implant(facts: Facts) -> str:
    if "implant_displaced" in facts.modifiers:
        return "is an implant-displaced view"
    return _flag(facts, "implant", "shows an implant")


@rule("spot")
def _spot(facts: Facts) -> str:
    return "is a spot view" if "spot" in facts.modifiers else ""


@rule("magnification")
def _magnification(facts: Facts) -> str:
    if "magnification" in facts.modifiers:
        return "is a magnification view"
    return _flag(facts, "magnified", f"is magnified {facts.overlay.get('magnified', '')}")


@rule("part")
def _part(facts: Facts) -> str:
    if modifiers := sorted(facts.modifiers & ELSEWHERE):
        return f"is a modified view ({', '.join(modifiers).replace('_', ' ')})"
    return _flag(facts, "partial view", "shows a part of the breast")


@rule("tomosynthesis")
def _tomosynthesis(facts: Facts) -> str:
    return _flag(facts, "from tomosynthesis", "is computed from tomosynthesis")


@rule("lossy")
def _lossy(facts: Facts) -> str:
    return _flag(facts, "lossy", "was compressed with loss, by its header")


@rule("burned-in")
def _burned_in(facts: Facts) -> str:
    return _flag(facts, "burned in", "has burned-in annotation, by its header")


def excluded_because(facts: Facts) -> str | None:
    """Return why an image is no plain CC or MLO of a real breast by its header, or None."""
    return Rules(QUALITY, ()).reason(facts) or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the user's list: a file name, path ending or pattern, or a patient, and why."""

    file: str = ""
    patient: str = ""
    reason: str = ""

    def names(self, location: str, facts: Facts | None) -> bool:
        """Say whether the line means the image at a location."""
        if self.patient and (facts is None or facts.patient != self.patient):
            return False
        path = PurePosixPath(location.replace("\\", "/").replace("!", "/"))
        return path.match(self.file) if self.file else bool(self.patient)


def read_list(path: Path) -> tuple[Entry, ...]:
    """Return the lines of a CSV with columns file or patient, and reason; ValueError if it is none.

    `file` is a name, the end of a path, or a pattern such as `site2/*.dcm`.
    """
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path.name}: is not UTF-8 text with comma-separated columns") from error
    columns = set(rows[0]) if rows else {"file"}
    if not columns & {"file", "patient"}:
        raise ValueError(f"{path.name}: has no column 'file' or 'patient'; 'reason' is optional")
    entries = []
    for row in rows:
        stated = {key: (row.get(key) or "").strip() for key in ("file", "patient", "reason")}
        if stated["file"] or stated["patient"]:
            entries.append(Entry(**stated))
    return tuple(entries)


class Rules:
    """All that may leave an image out: header rules less those switched off, and the list."""

    def __init__(self, off: Iterable[str], listed: Sequence[Entry]) -> None:
        self.off, self.listed = frozenset(off), tuple(listed)
        if unknown := sorted(self.off - (set(RULES) - FIXED)):
            allowed = ", ".join(name for name in RULES if name not in FIXED)
            raise ValueError(f"rule {unknown[0]!r}: rules that may be switched off are {allowed}")
        # Thousands of plain names are looked up at once, patterns one by one.
        self._plain: dict[str, list[int]] = {}
        self._patterns: list[int] = []
        for number, entry in enumerate(self.listed):
            if entry.file and not set("*?[/\\") & set(entry.file):
                self._plain.setdefault(entry.file, []).append(number)
            else:
                self._patterns.append(number)

    def listed_as(self, location: str, facts: Facts | None) -> int | None:
        """Return the number of the first line of the list that means an image, or None."""
        name = PurePosixPath(location.replace("\\", "/").replace("!", "/")).name
        plain = self._plain.get(name, [])
        for number in sorted(plain + self._patterns):
            if self.listed[number].names(location, facts):
                return number
        return None

    def reason(self, facts: Facts) -> str:
        """Return why an image is left out by its header, in one clause, or nothing."""
        for name, finds in RULES.items():
            if name not in self.off and (reason := finds(facts)):
                return reason
        return ""
