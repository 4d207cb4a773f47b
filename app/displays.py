"""What was measured of each screen, and when: one file in the user's data folder.

A check is kept whole, with the screen's own facts at that time, so that a later question (which
screen, how bright, how far from the display function) has its answer on paper.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.core.gsdf import Conformance, conformance
from app.notes import data_folder
from app.settings import write

KEPT = 200  #: checks of all screens; older ones are dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One series of luminances, read with a meter."""

    screen: str  #: identity, as the calibration of its size has it
    when: str  #: UTC, ISO 8601, to the second
    facts: Mapping[str, Any]  #: of the screen at that time
    greys: Sequence[int]
    measured: Sequence[float]  #: cd/m2, as the meter read them
    ambient: float = 0.0  #: cd/m2 that the dark screen reflects

    @property
    def conformance(self) -> Conformance:
        """How these luminances follow the display function."""
        return conformance(self.greys, self.measured, self.ambient)


def file() -> Path:
    """Return where the checks are kept."""
    return data_folder() / "displays.json"


def checks(screen: str | None = None) -> list[Check]:
    """Return the checks of a screen, or of all, oldest first; unreadable ones are left out."""
    try:
        raw = json.loads(file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    names = {one.name for one in fields(Check)}
    found = []
    for entry in raw if isinstance(raw, list) else []:
        try:
            check = Check(**{key: entry[key] for key in names})
            _ = check.conformance
        except (KeyError, TypeError, ValueError):
            continue
        if screen is None or check.screen == screen:
            found.append(check)
    return found


def latest(screen: str) -> Check | None:
    """Return the last check of a screen."""
    return next(reversed(checks(screen)), None)


def keep(
    screen: str,
    facts: Mapping[str, Any],
    greys: Sequence[int],
    measured: Sequence[float],
    ambient: float,
) -> Check:
    """Keep a check made now; ValueError when the luminances can't be, OSError when not written."""
    check = Check(
        screen=screen,
        when=datetime.now(UTC).isoformat(timespec="seconds"),
        facts=dict(facts),
        greys=list(greys),
        measured=list(measured),
        ambient=ambient,
    )
    _ = check.conformance
    write(file(), json.dumps([asdict(one) for one in [*checks(), check][-KEPT:]], indent=1))
    return check
