"""What an overlay says of a mammogram, in groups that each go to a corner."""

import re
from collections.abc import Mapping
from typing import Literal

from app.core.mammogram import Facts, Source
from app.core.persons import day_words
from app.core.protocol import modifier_words

Group = Literal["patient", "exam", "technique", "dose", "flags", "display", "file"]
Corner = Literal["upper outer", "lower outer", "upper wall", "lower wall", "off"]
GROUPS: tuple[Group, ...] = (
    "patient",
    "exam",
    "technique",
    "dose",
    "flags",
    "display",
    "file",
)
#: Where groups stand unless the settings say otherwise: away from the breast.
USUAL: Mapping[Group, Corner] = {
    "patient": "upper outer",
    "exam": "upper outer",
    "technique": "upper outer",
    "dose": "upper outer",
    "flags": "upper outer",
    "display": "lower outer",
    "file": "lower outer",
}
_GROUP_OF: Mapping[str, Group] = {
    "name": "patient",
    "age": "patient",
    "kVp": "technique",
    "exposure": "technique",
    "exposure time": "technique",
    "exposure index": "technique",
    "anode": "technique",
    "filter": "technique",
    "thickness": "technique",
    "force": "technique",
    "angle": "technique",
    "magnified": "technique",
    "organ dose": "dose",
    "entrance dose": "dose",
    "for processing": "flags",
    "from tomosynthesis": "flags",
    "implant": "flags",
    "partial view": "flags",
    "quality control": "flags",
    "burned in": "flags",
    "lossy": "flags",
    "caution": "flags",
}


def _age(text: str) -> str:
    """Return a DICOM age, 058Y, in words; anything else as it is."""
    found = re.fullmatch(r"0*(\d+)([YMWD])", text)
    units = {"Y": "years", "M": "months", "W": "weeks", "D": "days"}
    return f"{found[1]} {units[found[2]]}" if found else text


def _name(text: str) -> str:
    """Return a DICOM name, FAMILY^GIVEN^..., as people write it."""
    family, _, given = text.partition("=")[0].partition("^")
    return ", ".join(part for part in (family, given.replace("^", " ").strip()) if part)


_WORDS = {"name": _name, "age": _age}


def grouped(facts: Facts, part: tuple[int, int] = (0, 1)) -> dict[Group, list[str]]:
    """Return the lines of each group; nothing is invented, what is not known has no line."""
    lines: dict[Group, list[str]] = {group: [] for group in GROUPS}
    if facts.patient:
        lines["patient"].append(facts.patient)
    if facts.date:
        lines["exam"].append(day_words(facts.date))
    for key, value in facts.overlay.items():
        group = _GROUP_OF.get(key, "exam")
        if group == "patient":
            lines[group].append(_WORDS[key](value))
        elif group != "flags":
            lines[group].append(f"{key} {value}" if key else value)
    lines["flags"] = flags(facts, part)
    if facts.modifiers:
        lines["display"].append(modifier_words(facts.modifiers))
    if facts.source != Source.SYNTHETIC:
        lines["file"].append(facts.file.replace("\\", "/").rsplit("/", 1)[-1])
    return lines


def flags(facts: Facts, part: tuple[int, int] = (0, 1)) -> list[str]:
    """Return what a reader has to know before looking: one line each."""
    found = []
    for key, value in facts.overlay.items():
        if _GROUP_OF.get(key) == "flags" and key != "partial view":
            found.append(key if value == "yes" else f"{key} {value}")
    if facts.partial is not None:
        of = f" {part[0] + 1} of {part[1]}" if part[1] > 1 else ""
        where = f": {facts.partial}" if facts.partial else ""
        found.append(f"partial view{of}{where}")
    elif "partial view" in facts.overlay:
        found.append("partial view")
    return found
