"""How large a device pixel of each screen is: measured by the reader with a card or a ruler."""

import json
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any

from PySide6.QtGui import QScreen

from app.notes import data_folder

CARD_MM = (85.60, 53.98)  #: a bank card (ISO/IEC 7810 ID-1)
FINEST_MM, COARSEST_MM = 0.02, 2.0  #: pixel pitches a screen can have


def identity(screen: QScreen) -> str:
    """Return what tells a screen from others, by maker, model, serial number and pixels."""
    size = screen.size() * screen.devicePixelRatio()
    parts = (screen.manufacturer(), screen.model(), screen.serialNumber(), screen.name())
    return "|".join((*parts, f"{size.width()}x{size.height()}"))


def _file() -> Path:
    return data_folder() / "screens.json"


@cache
def _kept(path: Path) -> dict[str, Any]:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return raw if isinstance(raw, dict) else {}


def calibrated_mm(screen: QScreen) -> float | None:
    """Return the measured pixel pitch of a screen in mm, None before it was calibrated."""
    pitch = _kept(_file()).get(identity(screen))
    if isinstance(pitch, int | float) and FINEST_MM <= pitch <= COARSEST_MM:
        return float(pitch)
    return None


def stated_mm(screen: QScreen) -> float | None:
    """Return the pitch the screen itself states, often wrongly; None when it states nothing."""
    wide, size = screen.physicalSize().width(), screen.size().width() * screen.devicePixelRatio()
    pitch = wide / size if size else 0.0
    return pitch if isfinite(pitch) and FINEST_MM <= pitch <= COARSEST_MM else None


def pitch_mm(screen: QScreen | None) -> float | None:
    """Return the size of a device pixel in mm: measured, else as stated, else None."""
    if screen is None:
        return None
    return calibrated_mm(screen) or stated_mm(screen)


def calibrate(screen: QScreen, pitch: float) -> None:
    """Keep the measured pitch of a screen; ValueError when no screen can have it."""
    if not FINEST_MM <= pitch <= COARSEST_MM:
        raise ValueError(f"pixel pitch {pitch:g} mm; allowed are {FINEST_MM} to {COARSEST_MM}")
    path = _file()
    kept = _kept(path) | {identity(screen): pitch}
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    new.replace(path)
    _kept.cache_clear()
